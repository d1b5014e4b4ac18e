package postgres

import (
	"context"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"courtkiosk/payment"
	"courtkiosk/payment/ledgertest"
	"courtkiosk/payment/postgres/postgrestest"
)

// within is how long news may take of which a notice was lost, on a machine that is busy.
const within = payment.SweptWithin + 3*time.Second

// lines returns how many connections of ledgers hear notices, and ends them when they are to be.
func lines(t *testing.T, dsn string, end bool) (n int) {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), postgrestest.Superuser(t, dsn))
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close(context.Background())
	err = conn.QueryRow(t.Context(), `select count(*), count(case when $1 then pg_terminate_backend(pid) end)
		from pg_stat_activity where datname = current_database() and application_name like '% notices'`, end).
		Scan(&n, new(int))
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// A notice brings the news at once: not with the next sweep.
func TestNoticeBringsNews(t *testing.T) {
	dsn := postgrestest.New(t)
	a, b := open(t, dsn, ""), open(t, dsn, "")
	ear := ledgertest.Hear(t, b, 0)
	want := make(map[string]uint64)
	var took time.Duration
	for n := range 20 {
		if n > 0 {
			time.Sleep(2 * sweepRest)
		}
		o := ledgertest.New(t, a, ledgertest.Request(n), ledgertest.Born)
		want[o.No] = uint64(n + 1)
		if d := ear.Await(t, want, within); n > 0 {
			took = max(took, d)
		}
	}
	t.Logf("the slowest news took %v", took)
	if took > payment.SweptWithin/2 {
		t.Errorf("the slowest news took %v", took)
	}
}

// What no notice tells of the sweep finds.
func TestLostNoticeIsSwept(t *testing.T) {
	says := notify
	t.Cleanup(func() { notify = says }) // after the ledgers are closed
	notify = "select $1::text"
	dsn := postgrestest.New(t)
	a, b := open(t, dsn, ""), open(t, dsn, "")
	ear := ledgertest.Hear(t, b, 0)
	time.Sleep(payment.SweptWithin / 4) // it listens
	want := make(map[string]uint64)
	for n := range 3 {
		o := ledgertest.New(t, a, ledgertest.Request(n), ledgertest.Born)
		want[o.No] = uint64(n + 1)
		t.Logf("news %d took %v", n, ear.Await(t, want, within))
	}
}

// A notice is not believed: one that tells of nothing tells nothing.
func TestEmptyNotice(t *testing.T) {
	dsn := postgrestest.New(t)
	a, b := open(t, dsn, ""), open(t, dsn, "")
	ear := ledgertest.Hear(t, b, 0)
	o := ledgertest.New(t, a, ledgertest.Request(1), ledgertest.Born)
	want := map[string]uint64{o.No: 1}
	ear.Await(t, want, within)
	for range 10 {
		postgrestest.Exec(t, dsn, `select pg_notify('courtkiosk', '京0101'), pg_notify('courtkiosk', 'K01 paid'),
			pg_notify('courtkiosk', '')`)
	}
	ear.Await(t, want, within)
}

// A line that is cut is laid again, and what was stored meanwhile is told.
func TestLineIsLaidAgain(t *testing.T) {
	dsn := postgrestest.New(t)
	a, b := open(t, dsn, ""), open(t, dsn, "")
	ear := ledgertest.Hear(t, b, 0)
	want := make(map[string]uint64)
	for n := range 5 {
		o := ledgertest.New(t, a, ledgertest.Request(n), ledgertest.Born)
		want[o.No] = uint64(n + 1)
		ear.Await(t, want, within)
		if lines(t, dsn, true) != 1 {
			t.Fatal("not one line")
		}
	}
	for until := time.Now().Add(within); lines(t, dsn, false) != 1; time.Sleep(10 * time.Millisecond) {
		if time.Now().After(until) {
			t.Fatal("no line was laid again")
		}
	}
	ear.Stop()
	for until := time.Now().Add(within); lines(t, dsn, false) != 0; time.Sleep(10 * time.Millisecond) {
		if time.Now().After(until) {
			t.Fatal("a line outlives who heard by it")
		}
	}
}

// A line that is dead, and that nobody has cut, is given up.
func TestDeadLineIsGivenUp(t *testing.T) {
	dsn := postgrestest.New(t)
	road, through := postgrestest.Cut(t, dsn)
	a, b := open(t, dsn, ""), open(t, through, "")
	ear := ledgertest.Hear(t, b, 0)
	o := ledgertest.New(t, a, ledgertest.Request(1), ledgertest.Born)
	want := map[string]uint64{o.No: 1}
	ear.Await(t, want, within)
	road.Hold()
	o = ledgertest.New(t, a, ledgertest.Request(2), ledgertest.Born)
	want[o.No] = 2
	time.Sleep(payment.SweptWithin + patience + time.Second)
	if n := len(ear.Heard()); n != 1 {
		t.Errorf("heard of %d orders through a road that is shut", n)
	}
	road.Release()
	ear.Await(t, want, within)
}

// Two courts of one database hear nothing of each other.
func TestNewsOfAnotherCourt(t *testing.T) {
	dsn := postgrestest.New(t)
	other := identity
	other.Court = "京0102"
	a := open(t, dsn, "")
	b, err := Open(t.Context(), dsn, other, Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = b.Close() })
	ear := ledgertest.Hear(t, b, 0)
	ledgertest.New(t, a, ledgertest.Request(1), ledgertest.Born)
	r := ledgertest.Request(2)
	r.Key.Court = other.Court
	o := ledgertest.New(t, b, r, ledgertest.Born)
	ear.Await(t, map[string]uint64{o.No: 1}, within)
}
