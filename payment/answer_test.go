package payment_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"courtkiosk/payment"
	"courtkiosk/payment/gatewaytest"
)

// Who asks about an order hears what WeChat answers now, of one that is followed too, and nothing else is taken for an
// answer. Its follower and all that it owes stay as they would be.
func TestAnswerIsWhatWasAnswered(t *testing.T) {
	simulate(t, func(w *world) {
		no := w.take(bill).News().Order.No
		w.until(no, payment.Waiting, time.Second)
		answer := func(want payment.TradeState, state payment.State) {
			t.Helper()
			got, err := w.cashier.Answer(context.Background(), no)
			if err != nil || got.Said.State != want || got.Order.State != state {
				t.Errorf("answered %s, %v, the order is %s; want %s, %s", got.Said.State, err, got.Order.State, want,
					state)
			}
		}
		answer(payment.TradeNotPaid, payment.Waiting)
		w.office.Fails(gatewaytest.Down(time.Now(), time.Now().Add(time.Minute)))
		w.office.Pay(no)
		got, err := w.cashier.Answer(context.Background(), no)
		if !errors.Is(err, payment.ErrUnknown) || got.Said.State != "" || got.Order.State != payment.Waiting {
			t.Errorf("without an answer: %s, %v, %s", got.Said.State, err, got.Order.State)
		}
		w.pass(time.Minute)
		w.office.Fails(nil)
		answer(payment.TradeSuccess, payment.Paid)
		w.pass(time.Second)
		if w.followed(no) != nil {
			t.Error("it is followed after its end")
		}
		w.owes(no, "receipt", "report")
		answer(payment.TradeSuccess, payment.Paid) // also of one that has ended
		w.office.Fails(func(gatewaytest.Call) gatewaytest.Fault { return gatewaytest.Fault{Err: payment.ErrAbsent} })
		if got, err := w.cashier.Answer(context.Background(), no); !errors.Is(err, payment.ErrAbsent) ||
			got.Said.State != "" || got.Order.State != payment.Paid {
			t.Errorf("of an order that WeChat denies: %s, %v, %s", got.Said.State, err, got.Order.State)
		}
		if _, err := w.cashier.Answer(context.Background(), "NOSUCHORDER"); !errors.Is(err, payment.ErrNotFound) {
			t.Errorf("of none: %v", err)
		}
	})
}
