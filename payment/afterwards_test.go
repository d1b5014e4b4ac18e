package payment_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"courtkiosk/payment"
	"courtkiosk/payment/gatewaytest"
)

// refund gives the money of an order back at WeChat, without us.
func (w *world) refund(no string) {
	w.Helper()
	w.office.Change(gatewaytest.TradeID(merchant, no), func(t *gatewaytest.Trade) bool {
		t.State = payment.TradeRefund
		return true
	})
}

// states returns how the work of an order stands.
func (w *world) states(no string) map[string]payment.EffectState {
	w.Helper()
	effects, err := w.ledger.Effects(context.Background(), no)
	if err != nil {
		w.Fatal(err)
	}
	all := make(map[string]payment.EffectState)
	for _, e := range effects {
		all[e.Kind] = e.State
	}
	return all
}

// The named input of the issue: refunded after booking, and asked.
func TestRefundAfterBooking(t *testing.T) {
	simulate(t, func(w *world) {
		f, leave := w.visit(bill)
		defer leave()
		no := f.News().Order.No
		w.until(no, payment.Waiting, time.Second)
		w.office.Pay(no)
		w.until(no, payment.Paid, 5*time.Second)
		w.refund(no)
		o, err := w.cashier.Ask(context.Background(), no)
		if err != nil || o.State != payment.Paid || o.Returned.State != payment.SomeReturned {
			w.Fatalf("%s, returned %+v, %v", o.State, o.Returned, err)
		}
		if s := w.states(no); s["receipt"] != payment.Held || s["report"] != payment.Held ||
			s[payment.AttentionRefund] != payment.Owed {
			w.Errorf("work stands %v", s)
		}
		entries, err := w.ledger.Audit(context.Background(), no)
		if err != nil {
			w.Fatal(err)
		}
		again, err := w.cashier.Ask(context.Background(), no)
		after, _ := w.ledger.Audit(context.Background(), no)
		if err != nil || !again.ChangedAt.Equal(o.ChangedAt) || len(after) != len(entries) {
			w.Errorf("asked again: %v, %d entries after %d", err, len(after), len(entries))
		}
		if _, err := w.cashier.Take(context.Background(), request(bill)); err == nil {
			w.Error("the bill is open again before anybody knows how much came back")
		}
		b := payment.Back{All: true, Reason: "paid twice"}
		if _, err := w.cashier.Return(context.Background(), no, b); err != nil {
			w.Fatal(err)
		}
		second := w.take(bill).News().Order
		if second.Attempt != 2 || second.No == no {
			w.Errorf("attempt %d after all came back", second.Attempt)
		}
	})
}

// Whoever says how much came back is not believed against WeChat, which is asked first.
func TestReturnAsksFirst(t *testing.T) {
	simulate(t, func(w *world) {
		f, leave := w.visit(bill)
		defer leave()
		no := f.News().Order.No
		w.until(no, payment.Waiting, time.Second)
		w.office.Pay(no)
		w.until(no, payment.Paid, 5*time.Second)
		said := payment.Back{Part: 100, Reason: "copying fee", By: payment.By{Device: "03"}}
		if _, err := w.cashier.Return(context.Background(), no, said); !errors.Is(err, payment.ErrNotReturned) {
			w.Errorf("while WeChat says SUCCESS: %v", err)
		}
		w.refund(no)
		o, err := w.cashier.Return(context.Background(), no, said)
		if err != nil || o.Returned.Sum != 100 || o.Returned.State != payment.PartReturned {
			w.Errorf("returned %+v, %v", o.Returned, err)
		}
		if s := w.states(no); s["receipt"] != payment.Owed || s["report"] != payment.Owed ||
			s[payment.AttentionRefund] != payment.Done {
			w.Errorf("work stands %v", s)
		}
	})
}

// Once a day the payments of the last seven days are asked about, through the limiter of what was left behind.
func TestRevisit(t *testing.T) {
	simulate(t, func(w *world) {
		var numbers []string
		for _, bill := range []string{"one", "two", "three"} {
			f, leave := w.visit(bill)
			no := f.News().Order.No
			w.until(no, payment.Waiting, time.Second)
			w.office.Pay(no)
			w.until(no, payment.Paid, 5*time.Second)
			leave()
			numbers = append(numbers, no)
			w.pass(4 * 24 * time.Hour)
		}
		for _, no := range numbers {
			w.refund(no)
		}
		asked := func(no string) int { return len(w.office.Asked("", no)) }
		before := []int{asked(numbers[0]), asked(numbers[1]), asked(numbers[2])}
		if err := w.cashier.Revisit(context.Background()); err != nil {
			w.Fatal(err)
		}
		for i, no := range numbers {
			o, err := w.ledger.Order(context.Background(), no)
			recent := i == 2 // paid 12, 8 and 4 days ago
			if err != nil || o.Returned.Some() != recent || (asked(no) > before[i]) != recent {
				w.Errorf("%d, paid %v: returned %+v, asked %d times more, %v", i, o.PaidAt, o.Returned,
					asked(no)-before[i], err)
			}
		}
	})
}

// The court refuses to hear of a part that came back, or was told of no payment: no telling is on its way, and a bill
// whose rest comes back is not blocked for ever. While one may be, the next sum waits.
func TestReturnOfWhatTheCourtRefuses(t *testing.T) {
	for state, want := range map[payment.EffectState]error{
		payment.Held: nil, payment.Owed: payment.ErrReturnedUntold, payment.Doubtful: payment.ErrReturnedUntold,
		payment.Handed: payment.ErrReturnedUntold,
	} {
		t.Run(string(state), func(t *testing.T) {
			simulate(t, func(w *world) {
				r := request(bill)
				r.OwedBack = []string{"back"}
				f, err := w.cashier.Take(context.Background(), r)
				if err != nil {
					t.Fatal(err)
				}
				no := f.News().Order.No
				w.until(no, payment.Waiting, time.Second)
				w.office.Pay(no)
				w.until(no, payment.Paid, time.Minute)
				w.refund(no)
				if _, err := w.cashier.Return(context.Background(), no,
					payment.Back{Part: 100, Reason: "a part"}); err != nil {
					t.Fatal(err)
				}
				_, err = w.ledger.UpdateEffect(context.Background(), no, "back",
					func(e payment.Effect) (payment.Effect, error) {
						e.State = state
						return e, nil
					})
				if err != nil {
					t.Fatal(err)
				}
				o, err := w.cashier.Return(context.Background(), no, payment.Back{All: true, Reason: "the rest"})
				if !errors.Is(err, want) || want == nil && o.Blocks() {
					t.Errorf("the rest: %+v, %v, want %v", o.Returned, err, want)
				}
				if s := w.states(no); want == nil && s["back"] != payment.Owed {
					t.Errorf("the court may hear of it now: %v", s)
				}
			})
		})
	}
}
