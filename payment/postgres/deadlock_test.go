package postgres

import (
	"sync"
	"testing"

	"courtkiosk/payment"
	"courtkiosk/payment/ledgertest"
	"courtkiosk/payment/postgres/postgrestest"
)

// What locks the head of the audit waits for nothing behind it: a deadlock would stop the whole court until the
// database has found it, a second later.
func TestNoDeadlock(t *testing.T) {
	dsn := postgrestest.New(t)
	l := open(t, dsn, "")
	for n := range 60 {
		o, err := ledgertest.Next(l, ledgertest.Request(n), ledgertest.Born)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := l.Update(t.Context(), o.No, func(o payment.Order, _ []payment.Order) (payment.Change, error) {
			return payment.Change{Order: o, Owed: []payment.Effect{{Kind: "attention", State: payment.Owed}}}, nil
		}); err != nil {
			t.Fatal(err)
		}
		var working sync.WaitGroup
		working.Go(func() {
			if _, err := ledgertest.Settle(l, o); err != nil {
				t.Error(err)
			}
		})
		for range 3 {
			working.Go(func() {
				if _, err := l.UpdateEffect(t.Context(), o.No, "attention", tried); err != nil {
					t.Error(err)
				}
			})
		}
		working.Wait()
	}
	if err := l.Close(); err != nil { // each connection tells what it has counted
		t.Fatal(err)
	}
	if n := postgrestest.Exec(t, postgrestest.Superuser(t, dsn), `select deadlocks from pg_stat_database
		where datname = current_database()`); n != "0" {
		t.Errorf("%s deadlocks", n)
	}
}

func tried(e payment.Effect) (payment.Effect, error) {
	e.Tries++
	return e, nil
}
