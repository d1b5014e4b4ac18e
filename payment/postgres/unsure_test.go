package postgres

import (
	"context"
	"errors"
	"path/filepath"
	"testing"
	"time"

	"courtkiosk/payment"
	"courtkiosk/payment/ledgertest"
	"courtkiosk/payment/postgres/postgrestest"
)

// lined opens a ledger through a line that can be held.
func lined(t *testing.T) (l *Ledger, line *postgrestest.Line, dsn string) {
	t.Helper()
	dsn = postgrestest.New(t)
	line, through := postgrestest.Cut(t, dsn)
	l = open(t, through, filepath.Join(t.TempDir(), "place"))
	if err := l.prove(t.Context()); err != nil {
		t.Fatal(err)
	}
	return l, line, dsn
}

// during creates an order, and does something between the two trips.
func during(ctx context.Context, l *Ledger, r payment.Request, do func()) (payment.Order, error) {
	draft := payment.Order{PayWithin: 5 * time.Minute, Device: "03"}
	return l.Create(ctx, r, func(earlier []payment.Order) (payment.Order, error) {
		do()
		return payment.Next(r, earlier, draft, ledgertest.Born)
	})
}

func asked(n int, id string) payment.Request {
	r := ledgertest.Request(n)
	r.ID = id
	return r
}

// once asks that an asking has opened one order, however often it was repeated.
func once(t *testing.T, l *Ledger, r payment.Request) {
	t.Helper()
	o, err := ledgertest.Next(l, r, ledgertest.Born)
	if err != nil {
		t.Fatal(err)
	}
	list, err := l.OfBill(t.Context(), r.Key)
	if err != nil || len(list) != 1 || list[0].No != o.No {
		t.Errorf("%d orders of the bill, %v", len(list), err)
	}
	if entries, err := l.Audit(t.Context(), o.No); err != nil || len(entries) != 1 {
		t.Errorf("%d entries of the order, %v", len(entries), err)
	}
}

// atMost complains of whoever waited longer.
func atMost(t *testing.T, limit time.Duration, began time.Time) {
	t.Helper()
	if took := time.Since(began); took > limit {
		t.Errorf("answered after %v, which is more than %v", took, limit)
	}
}

const slack = 1500 * time.Millisecond // of a busy machine

func TestDeadNetwork(t *testing.T) {
	l, line, _ := lined(t)
	began := time.Now()
	if _, err := during(t.Context(), l, asked(1, "one"), line.Hold); !errors.Is(err, payment.ErrUnsure) {
		t.Errorf("in the midst of a commit: %v", err)
	}
	atMost(t, patience+slack, began)
	eventually(t, slack+2*patience, "closed", func() bool {
		return errors.Is(l.Ready(t.Context()), payment.ErrAway)
	})
	for name, do := range map[string]func() error{
		"another order": func() error { _, err := ledgertest.Next(l, asked(2, "two"), ledgertest.Born); return err },
		"a note":        func() error { return l.Note(t.Context(), payment.Entry{Event: "x"}) },
	} {
		began := time.Now()
		if err := do(); !errors.Is(err, payment.ErrAway) && !errors.Is(err, payment.ErrUnsure) {
			t.Errorf("%s: %v", name, err)
		}
		atMost(t, patience+time.Second+slack, began)
	}
	began = time.Now()
	if _, err := l.OfBill(t.Context(), asked(1, "").Key); !errors.Is(err, payment.ErrAway) {
		t.Errorf("a reader: %v", err)
	}
	atMost(t, patience+time.Second+slack, began)
	line.Release()
	back := eventually(t, 10*time.Second, "open", func() bool { return l.Ready(t.Context()) == nil })
	if back > 4*time.Second {
		t.Errorf("open again after %v", back)
	}
	once(t, l, asked(1, "one"))
	once(t, l, asked(2, "two"))
}

func TestCallerLeavesInMidCommit(t *testing.T) {
	l, line, _ := lined(t)
	ctx, leave := context.WithCancel(t.Context())
	began := time.Now()
	_, err := during(ctx, l, asked(1, "one"), func() {
		line.Hold()
		time.AfterFunc(200*time.Millisecond, leave)
	})
	if !errors.Is(err, payment.ErrUnsure) {
		t.Errorf("who leaves was told: %v", err)
	}
	atMost(t, slack, began)
	line.Release()
	once(t, l, asked(1, "one"))
}

func TestBrokenConnections(t *testing.T) {
	l, _, dsn := lined(t)
	super := postgrestest.Superuser(t, dsn)
	end := func() {
		postgrestest.Exec(t, super, "select pg_terminate_backend(pid, 5000) from pg_stat_activity"+
			" where application_name = 'courtkiosk'")
	}
	end()
	once(t, l, asked(1, "idle")) // another connection is taken
	_, err := during(t.Context(), l, asked(2, "midst"), end)
	if err != nil && !errors.Is(err, payment.ErrUnsure) {
		t.Errorf("ended between its two trips: %v", err)
	}
	once(t, l, asked(2, "midst"))
	end()
	if _, err := l.OfBill(t.Context(), asked(1, "").Key); err != nil {
		t.Errorf("a reader: %v", err)
	}
	eventually(t, 3*time.Second, "ready", func() bool { return l.Ready(t.Context()) == nil })
}

func TestCloseWhileACommitWaits(t *testing.T) {
	l, line, dsn := lined(t)
	if _, err := during(t.Context(), l, asked(1, "one"), line.Hold); !errors.Is(err, payment.ErrUnsure) {
		t.Errorf("in the midst of a commit: %v", err)
	}
	began := time.Now()
	if err := l.Close(); err != nil {
		t.Error(err)
	}
	atMost(t, 2*patience+slack, began)
	once(t, open(t, dsn, ""), asked(1, "one"))
}

// The database is there, and the ledger that this machine remembers is not: an empty backup was put back.
func TestEmptyDatabaseInPlaceOfALedger(t *testing.T) {
	place := filepath.Join(t.TempDir(), "place")
	l := open(t, postgrestest.New(t), place)
	var last payment.Order
	for n := range 3 {
		last = ledgertest.Said(t, l, ledgertest.New(t, l, ledgertest.Request(n), ledgertest.Born), payment.TradeSuccess)
	}
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	l = open(t, postgrestest.New(t), place)
	lost, ok := l.Incomplete()
	if !ok || !lost.As.IsZero() {
		t.Errorf("incomplete %v, %+v", ok, lost)
	}
	o := ledgertest.Said(t, l, ledgertest.New(t, l, ledgertest.Request(9), ledgertest.Born), payment.TradeSuccess)
	if o.Sequence <= last.Sequence {
		t.Errorf("receipt %d after %d", o.Sequence, last.Sequence)
	}
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	elsewhere := identity
	elsewhere.Instance = "9d20"
	l, err := Open(t.Context(), postgrestest.New(t), elsewhere, Options{Place: place})
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	if lost, ok := l.Incomplete(); ok {
		t.Errorf("a new ledger of another name: %+v", lost)
	}
}

// A commit that waits on one connection says nothing of a database that answers on others.
func TestOneConnectionHangs(t *testing.T) {
	l, line, _ := lined(t)
	still(t, l)
	_, err := during(t.Context(), l, asked(1, "one"), line.Hold)
	if !errors.Is(err, payment.ErrUnsure) {
		t.Fatal(err)
	}
	eventually(t, patience, "closed: nothing comes through", func() bool {
		return errors.Is(l.Ready(t.Context()), payment.ErrAway)
	})
	l.pulse.begin(1, nil)(true)
	if err := l.Ready(t.Context()); err != nil {
		t.Errorf("a later one came through: %v", err)
	}
	line.Release()
}
