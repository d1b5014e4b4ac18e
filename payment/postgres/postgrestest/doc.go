// Package postgrestest starts real PostgreSQL servers for tests: one for a test process, whose databases are clones of
// a prepared one; a primary with its standby; and a line to a server that can be cut at a COMMIT. It runs what Debian's
// package postgresql installs.
package postgrestest
