package payment_test

import (
	"context"
	"errors"
	"log/slog"
	"testing"
	"time"

	"courtkiosk/payment"
)

// A machine that could not renew its leases in time, and that nobody has taken them from, follows its orders on: there
// is no moment in which nobody does.
func TestLeaseThatRanOutIsTakenUpAgain(t *testing.T) {
	simulate(t, func(w *world) {
		w.crash()
		w.cashier = payment.NewCashier(payment.Desk{
			Ledger: w.ledger, Gateway: w.gate, Log: slog.New(slog.DiscardHandler), Kiosk: "03",
			PayWithin: 5 * time.Minute, Lease: 30 * time.Second,
		})
		ctx, stop := context.WithCancel(context.Background())
		w.stop = stop
		if err := w.cashier.Start(ctx, false); err != nil {
			w.Fatal(err)
		}
		s := w.take(bill)
		no := s.News().Order.No
		w.pass(5 * time.Second)
		w.ledger.Fail(errors.New("no road to the store"))
		w.pass(45 * time.Second)
		w.ledger.Fail(nil)
		for range 300 {
			w.pass(100 * time.Millisecond)
			if w.followed(no) == nil {
				w.Fatalf("nobody follows order %s", no)
			}
		}
		w.office.Pay(no)
		w.until(no, payment.Paid, time.Minute)
	})
}
