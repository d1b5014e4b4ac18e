package postgres

import (
	"testing"

	"courtkiosk/payment/postgres/postgrestest"
)

// A ledger that was made by a program which knew fewer books gets the shelves of today's.
func TestShelvesOfToday(t *testing.T) {
	dsn := postgrestest.New(t)
	super := postgrestest.Superuser(t, dsn)
	open(t, dsn, "").Close()
	count := func() string { return postgrestest.Exec(t, super, "select count(*) from courtkiosk.shelf") }
	whole := count()
	postgrestest.Exec(t, super, "delete from courtkiosk.shelf where book = 'calls'")
	if count() == whole {
		t.Fatal("no shelf was taken away")
	}
	open(t, dsn, "").Close()
	if got := count(); got != whole {
		t.Errorf("%s shelves after a start, want %s", got, whole)
	}
}
