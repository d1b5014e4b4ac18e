// Package endtoend holds the tests of the whole program: the built binary on an X server of its own, touched as a
// visitor touches it, paid through a simulated WeChat Pay over real HTTP, killed at random moments, and measured.
package endtoend
