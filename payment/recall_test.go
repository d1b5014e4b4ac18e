package payment_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"courtkiosk/payment"
	"courtkiosk/payment/gatewaytest"
)

// WeChat is asked for an order that a ledger has lost, and the answer is about another one. The order is stored by
// then: it is followed until WeChat has spoken of it.
func TestRecalledByAnotherAnswer(t *testing.T) {
	simulate(t, func(w *world) {
		no := w.take(bill).News().Order.No
		w.until(no, payment.Waiting, time.Second)
		w.office.Pay(no)
		w.until(no, payment.Paid, time.Minute)
		w.crash()
		w.ledger = newLedger()
		w.start()
		asked := 0
		w.office.Fails(func(c gatewaytest.Call) gatewaytest.Fault {
			asked++
			return gatewaytest.Fault{Other: asked == 1}
		})
		if _, err := w.cashier.Recall(context.Background(), request(bill)); !errors.Is(err, payment.ErrNoAnswer) {
			t.Fatalf("got %v, want %v", err, payment.ErrNoAnswer)
		}
		if o := w.until(no, payment.Paid, 2*time.Minute); !o.Recovered {
			t.Error("its receipt prints by itself, though it may have been printed")
		}
	})
}

// A kiosk has another id since it was paid: the ledger is the same, so that no person's word is needed to find again
// what it has lost, and what it was paid under its first id is asked about for a week.
func TestPaidUnderAFormerID(t *testing.T) {
	simulate(t, func(w *world) {
		w.crash()
		w.id = "09"
		w.start()
		no := w.take(bill).News().Order.No
		w.until(no, payment.Waiting, time.Second)
		w.office.Pay(no)
		w.until(no, payment.Paid, time.Minute)
		w.crash()
		w.ledger, w.id = newLedger(), "03"
		w.start()
		o, err := w.cashier.Recall(context.Background(), request(bill))
		if err != nil || o.State != payment.Paid || !o.Recovered {
			t.Fatalf("it is %s, %v", o.State, err)
		}
		w.office.Change(no, func(t *gatewaytest.Trade) bool { t.State = payment.TradeRefund; return true })
		if err := w.cashier.Revisit(context.Background()); err != nil {
			t.Fatal(err)
		}
		if o := w.order(no); !o.Returned.Some() {
			t.Error("nobody has noticed that it came back")
		}
	})
}
