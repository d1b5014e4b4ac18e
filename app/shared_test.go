package app

import (
	"context"
	"log/slog"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"courtkiosk/app/config"
	"courtkiosk/app/counter"
	"courtkiosk/app/doctor"
	"courtkiosk/app/ledger"
	"courtkiosk/payment"
	"courtkiosk/payment/postgres/postgrestest"
)

func TestMain(m *testing.M) {
	os.Exit(postgrestest.Main(m, func(ctx context.Context, owner string) error {
		_, _, err := ledger.Migrate(ctx, owner, "courtkiosk")
		return err
	}))
}

// openShared opens a shop whose ledger is in a database.
func openShared(t *testing.T, dsn string) *shop {
	t.Helper()
	dir := t.TempDir()
	secret := filepath.Join(dir, "dsn")
	if err := os.WriteFile(secret, []byte(dsn), 0o600); err != nil {
		t.Fatal(err)
	}
	a, err := OpenDemo(dir, func(c *config.Config) { c.Ledger.DSN = secret }, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	s := &shop{t: t}
	s.start(a)
	t.Cleanup(func() {
		s.stop()
		if err := s.App.Close(); err != nil {
			t.Error(err)
		}
	})
	s.list(row)
	return s
}

// freeze stops a database's server as it stands, the processes that serve the database and the one that would start
// others, until the returned function is called.
func freeze(t *testing.T, dsn string) (thaw func()) {
	t.Helper()
	super := postgrestest.Superuser(t, dsn)
	said := postgrestest.Exec(t, super, `select split_part(pg_read_file('postmaster.pid'), E'\n', 1)
		union all select pid::text from pg_stat_activity
			where datname = current_database() and pid <> pg_backend_pid()`)
	var pids []int
	for _, line := range strings.Fields(said) {
		pid, err := strconv.Atoi(line)
		if err != nil {
			t.Fatal(err)
		}
		pids = append(pids, pid)
	}
	if len(pids) < 2 {
		t.Fatalf("nobody uses the database: %q", said)
	}
	send := func(s syscall.Signal) {
		for _, pid := range pids {
			_ = syscall.Kill(pid, s) // one of them may have ended
		}
	}
	t.Cleanup(func() { send(syscall.SIGCONT) })
	send(syscall.SIGSTOP)
	return func() { send(syscall.SIGCONT) }
}

// within waits until something is so.
func (s *shop) within(limit time.Duration, what string, is func() bool) time.Duration {
	s.t.Helper()
	begun := time.Now()
	for !is() {
		if time.Since(begun) > limit {
			s.t.Fatalf("not within %v: %s", limit, what)
		}
		time.Sleep(20 * time.Millisecond)
	}
	return time.Since(begun)
}

func (s *shop) closedFor() string {
	c := s.Standing(s.t.Context()).Closed
	if c == nil {
		return ""
	}
	return c.Args[counter.Trouble]
}

// The service closes by its own word when the database's server stands still, answers every question all the same,
// opens again by itself, and settles what was paid meanwhile.
func TestADatabaseThatStandsStill(t *testing.T) {
	dsn := postgrestest.New(t)
	s := openShared(t, dsn)
	if s.closedFor() != "" {
		t.Fatalf("closed for %s", s.closedFor())
	}
	p := s.taken(s.only(), "a", payment.Waiting)
	thaw := freeze(t, dsn)
	closed := s.within(15*time.Second, "closed", func() bool { return s.closedFor() != "" })
	if got := s.closedFor(); got != counter.TroubleAway {
		t.Errorf("closed for %q, want %q", got, counter.TroubleAway)
	}
	begun := time.Now()
	h, err := s.Care().Health(t.Context())
	if err != nil || h.Away == nil || len(h.Report) == 0 || h.Report[0].Code != doctor.Away {
		t.Errorf("health says %+v, %v", h.Report, err)
	}
	if took := time.Since(begun); took > time.Second {
		t.Errorf("health takes %v to say so", took)
	}
	if err := s.Demo.Sim.Pay(p.Order); err != nil { // the visitor has the code
		t.Fatal(err)
	}
	time.Sleep(2 * time.Second)
	thaw()
	opened := s.within(20*time.Second, "open again", func() bool { return s.closedFor() == "" })
	s.within(20*time.Second, "paid", func() bool {
		o, err := s.ledger.Order(t.Context(), p.Order)
		return err == nil && o.State == payment.Paid
	})
	t.Logf("closed after %v, open again after %v", closed.Round(time.Millisecond), opened.Round(time.Millisecond))
}

// Two machines share a ledger: each has a name of its own, which it keeps, and one takes up what the other has left.
func TestTwoMachinesShareALedger(t *testing.T) {
	dsn := postgrestest.New(t)
	a := openShared(t, dsn)
	b := openShared(t, dsn)
	if one, two := payment.HolderOf(a.ledger), payment.HolderOf(b.ledger); one == two || one == "" ||
		one == a.ledger.Identity().Instance {
		t.Errorf("they are called %q and %q", one, two)
	}
	p := a.taken(a.only(), "v", payment.Waiting)
	o, err := b.ledger.Order(t.Context(), p.Order)
	if err != nil || o.Lease.Holder != payment.HolderOf(a.ledger) || o.Lease.Until.IsZero() {
		t.Errorf("it is leased to %+v, %v", o.Lease, err)
	}
	if n := b.Cashier().Following(); n != 0 {
		t.Errorf("the other machine follows %d orders", n)
	}
	a.stop() // without a word to the other one
	took := b.within(leaseFor+15*time.Second, "taken up", func() bool { return b.Cashier().Following() == 1 })
	t.Logf("taken up after %v", took.Round(time.Millisecond))
}
