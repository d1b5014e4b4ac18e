package postgres

import (
	"errors"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"courtkiosk/payment/postgres/postgrestest"
)

// A database that is as it should be says so to whoever asks as the program's role.
func TestLook(t *testing.T) {
	dsn := postgrestest.New(t)
	place := filepath.Join(t.TempDir(), "place")
	if s := Look(t.Context(), dsn, identity.Court, place); s.Environment != "" || s.Primary == "" || s.Remembered != 1 {
		t.Errorf("of a database without a ledger: %+v", s)
	}
	open(t, dsn, place)
	s := Look(t.Context(), dsn, identity.Court, place)
	if len(s.Hosts) != 1 || s.Hosts[0].Error != "" || s.Hosts[0].Timeline != 1 || s.Hosts[0].Secret ||
		s.Primary != s.Hosts[0].Name || s.Schema != newest() || s.Newest != newest() || s.Environment != "test" ||
		len(s.Powers) > 0 || !s.Commits || s.Took <= 0 || s.Standbys != "" || s.Streams != 0 || !s.Local ||
		s.Verified || s.Ahead.Abs() > s.Took+1e9 {
		t.Errorf("got %+v", s)
	}
	if s := Look(t.Context(), dsn, "京0102", place); s.Environment != "" {
		t.Errorf("another court reads of environment %q", s.Environment)
	}
}

// What may be wrong with a database is known without opening a ledger in it.
func TestLookFinds(t *testing.T) {
	dsn := postgrestest.New(t)
	powers := func(s State, want string) {
		t.Helper()
		if !slices.ContainsFunc(s.Powers, func(p string) bool { return strings.Contains(p, want) }) {
			t.Errorf("it may %q, and not %q", s.Powers, want)
		}
	}
	powers(Look(t.Context(), postgrestest.Owner(t, dsn), identity.Court, ""), "OWNER")
	powers(Look(t.Context(), postgrestest.Superuser(t, dsn), identity.Court, ""), "SUPERUSER")
	postgrestest.Exec(t, postgrestest.Owner(t, dsn), `grant delete on courtkiosk.audit to courtkiosk`)
	powers(Look(t.Context(), dsn, identity.Court, ""), "courtkiosk.audit")
	as, _ := postgrestest.Password(t, dsn)
	s := Look(t.Context(), as+" password=s3cr3t", identity.Court, "")
	if s.Primary != "" || s.Hosts[0].Code != "28P01" || strings.Contains(s.Hosts[0].Error, "s3cr3t") {
		t.Errorf("with a wrong password: %+v", s)
	}
	s = Look(t.Context(), "host=127.0.0.1 port=1 user=x dbname=x", identity.Court, "")
	if s.Primary != "" || !strings.Contains(s.Hosts[0].Error, "refused") {
		t.Errorf("of no server: %+v", s)
	}
	postgrestest.Exec(t, postgrestest.Owner(t, dsn), `drop schema courtkiosk cascade`)
	if s := Look(t.Context(), dsn, identity.Court, ""); s.Schema != 0 || s.Primary == "" || !s.Commits {
		t.Errorf("of a database without a schema: %+v", s)
	}
}

// A primary whose standby must confirm tells whether it does, and which of two servers takes writes.
func TestLookAtAPair(t *testing.T) {
	pair := postgrestest.StartPair(t, true)
	place := filepath.Join(t.TempDir(), "place")
	s := Look(t.Context(), pair.DSN(), identity.Court, place)
	if len(s.Hosts) != 2 || s.Primary != s.Hosts[0].Name || !s.Hosts[1].Standby || s.Standbys == "" || !s.Synchronous ||
		s.Streams != 1 || !s.Commits {
		t.Errorf("got %+v", s)
	}
	pair.B.Cut()
	if s := Look(t.Context(), pair.DSN(), identity.Court, place); s.Commits || s.Streams != 0 || s.Primary == "" {
		t.Errorf("with the standby cut off: %+v", s)
	}
	pair.B.Rejoin()
	pair.A.Kill()
	pair.B.Promote()
	pair.A.Start()
	s = Look(t.Context(), pair.DSN(), identity.Court, place)
	if s.Primary != s.Hosts[1].Name || s.Hosts[1].Timeline != 2 || !s.Stale(s.Hosts[0]) || s.Stale(s.Hosts[1]) {
		t.Errorf("with the old primary back: %+v", s)
	}
}

// No error repeats a word of a DSN that cannot be read.
func TestParseTellsNothing(t *testing.T) {
	for _, dsn := range []string{
		"postgres://courtkiosk:s3cr3t@db:x/y", "postgres://courtkiosk:s3cr3t%zz@db/y", "host=db password=s3cr3t port=x",
		"host=db password='s3cr3t", "password=a s3cr3t host=db", "host=db password=s3cr3t sslmode=s3cr3t",
	} {
		_, err := parse(dsn)
		if !errors.Is(err, errDSN) {
			t.Errorf("%s: %v", dsn, err)
		}
		_, err = Open(t.Context(), dsn, identity, Options{})
		if err == nil || strings.Contains(err.Error(), "s3cr3t") {
			t.Errorf("opened: %v", err)
		}
		if _, err := Migrate(t.Context(), dsn, "x"); err == nil || strings.Contains(err.Error(), "s3cr3t") {
			t.Errorf("migrated: %v", err)
		}
	}
	_, err := parse("host=db sslmode=verify-full sslrootcert=/nowhere/ca.pem password=s3cr3t")
	if err == nil || !strings.Contains(err.Error(), "/nowhere/ca.pem") || strings.Contains(err.Error(), "s3cr3t") {
		t.Errorf("of a file that is missing: %v", err)
	}
}
