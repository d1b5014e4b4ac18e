package lives

import (
	"errors"
	"strings"
	"testing"
	"time"

	"courtkiosk/payment"
	"courtkiosk/payment/wechatsim"
)

var clerk = payment.By{Person: "1024"}

// disputes pays an order of which WeChat's answers cannot be booked, as many as most.
func (r real) disputes(t *testing.T, most int) payment.Order {
	t.Helper()
	s, err := r.cashier.Take(t.Context(), r.request)
	if err != nil {
		t.Fatal(err)
	}
	o := r.until(t, s, payment.Waiting)
	if err := r.sim.Pay(o.No); err != nil {
		t.Fatal(err)
	}
	r.says(func(m map[string]any) { delete(m, "success_time") }, most)
	return r.until(t, s, payment.Disputed)
}

// work returns how the work of an order stands.
func (r real) work(t *testing.T, no string) map[string]payment.EffectState {
	t.Helper()
	list, err := r.ledger.Effects(t.Context(), no)
	if err != nil {
		t.Fatal(err)
	}
	states := make(map[string]payment.EffectState)
	for _, e := range list {
		states[e.Kind] = e.State
	}
	return states
}

// What WeChat did not say at first it says when it is asked again: the payment is booked, and nobody accepts before
// what no receipt could say.
func TestRealDisputeIsCompleted(t *testing.T) {
	inReal(t, func(t *testing.T, r real) {
		o := r.disputes(t, 3)
		if _, err := r.cashier.Accept(t.Context(), o.No, "seen", clerk); !errors.Is(err, payment.ErrConflict) {
			t.Errorf("accepted without a time: %v", err)
		}
		got, err := r.cashier.Ask(t.Context(), o.No)
		if err != nil || got.State != payment.Paid || got.Sequence == 0 || got.PaidAt.IsZero() {
			t.Errorf("asked again: %+v, %v", got, err)
		}
		if again, err := r.cashier.Ask(t.Context(), o.No); err != nil || again.Sequence != got.Sequence {
			t.Errorf("asked once more: %+v, %v", again, err)
		}
		if w := r.work(t, o.No); w["receipt"] != payment.Owed || w[payment.Attention] != payment.Owed {
			t.Errorf("owes %v", w)
		}
		if err := payment.Strike(t.Context(), r.ledger, o.No, payment.Attention, "looked", clerk); err != nil {
			t.Error(err)
		}
		r.checkSaid(t, o.No, "attention done", "looked")
	})
}

// What WeChat never says a clerk ends by hand: nothing is printed and nobody waits, whatever WeChat says later. The
// bill stays blocked, for there is money.
func TestRealDisputeIsEndedByHand(t *testing.T) {
	inReal(t, func(t *testing.T, r real) {
		o := r.disputes(t, 6)
		if got, err := r.cashier.Ask(t.Context(), o.No); err != nil || got.State != payment.Disputed {
			t.Errorf("asked in vain: %s, %v", got.State, err)
		}
		for range 2 {
			if _, err := r.cashier.EndByHand(t.Context(), o.No, "booked at the window", clerk); err != nil {
				t.Fatal(err)
			}
		}
		r.checkSaid(t, o.No, string(payment.EndedByHand), "booked at the window")
		r.checkSaid(t, o.No, "attention done", "by hand: booked at the window")
		if _, err := r.cashier.Accept(t.Context(), o.No, "no", clerk); !errors.Is(err, payment.ErrConflict) {
			t.Errorf("accepted after its end: %v", err)
		}
		got, err := r.cashier.Ask(t.Context(), o.No)
		if w := r.work(t, o.No); err != nil || got.State != payment.Disputed || len(w) != 1 {
			t.Errorf("asked after its end: %s, owes %v, %v", got.State, w, err)
		}
		blocked := new(payment.BlockedError)
		if _, err := r.cashier.Take(t.Context(), r.request); !errors.As(err, &blocked) {
			t.Errorf("its bill is paid again: %v", err)
		}
	})
}

// An accepted payment is booked, and only its own trouble ends with it.
func TestRealDisputeIsAccepted(t *testing.T) {
	inReal(t, func(t *testing.T, r real) {
		s, err := r.cashier.Take(t.Context(), r.request)
		if err != nil {
			t.Fatal(err)
		}
		o := r.until(t, s, payment.Waiting)
		if err := r.sim.Pay(o.No); err != nil {
			t.Fatal(err)
		}
		said := r.says(func(m map[string]any) { m["amount"] = map[string]any{"total": 1, "currency": "CNY"} }, 1000)
		o = r.until(t, s, payment.Disputed)
		if _, err := r.cashier.EndByHand(t.Context(), "NOBODY", "x", clerk); !errors.Is(err, payment.ErrNotFound) {
			t.Errorf("an order that is not here: %v", err)
		}
		o, err = r.cashier.Accept(t.Context(), o.No, "the court takes one fen", clerk)
		if err != nil || o.State != payment.Paid || o.PaidAmount != 1 || said() == 0 {
			t.Fatalf("accepted %+v, %v", o, err)
		}
		r.checkSaid(t, o.No, string(payment.Accepted), "the court takes one fen")
		if w := r.work(t, o.No); w["receipt"] != payment.Owed || w[payment.Attention] != payment.Done {
			t.Errorf("owes %v", w)
		}
		if _, err := r.cashier.EndByHand(t.Context(), o.No, "x", clerk); !errors.Is(err, payment.ErrConflict) {
			t.Errorf("paid and ended by hand: %v", err)
		}
	})
}

// Who has an order in hand that WeChat does not answer about is told of it no more; it is followed as ever.
func TestRealUnsettledInHand(t *testing.T) {
	inReal(t, func(t *testing.T, r real) {
		s, err := r.cashier.Take(t.Context(), r.request)
		if err != nil {
			t.Fatal(err)
		}
		o := r.until(t, s, payment.Waiting)
		if _, err := r.cashier.EndByHand(t.Context(), o.No, "x", clerk); !errors.Is(err, payment.ErrConflict) {
			t.Errorf("a visitor's order is taken in hand: %v", err)
		}
		if err := r.sim.Pay(o.No); err != nil {
			t.Fatal(err)
		}
		r.says(func(m map[string]any) { delete(m, "out_trade_no") }, 1000)
		time.Sleep(time.Hour)
		if o, err = r.cashier.EndByHand(t.Context(), o.No, "asked WeChat", clerk); err != nil || !o.ByHand {
			t.Fatalf("%+v, %v", o, err)
		}
		r.checkSaid(t, o.No, "noted", "no outcome; asked WeChat")
		r.sim.Inject(nil)
		time.Sleep(time.Hour)
		if got, err := r.ledger.Order(t.Context(), o.No); err != nil || got.State != payment.Paid {
			t.Errorf("it is %s, %v", got.State, err)
		}
	})
}

// checkSaid fails unless the audit has an entry of the clerk's with a note.
func (r real) checkSaid(t *testing.T, no, event, note string) {
	t.Helper()
	history, err := r.ledger.Audit(t.Context(), no)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range history {
		if e.Event == event && e.By == clerk && strings.Contains(e.Note, note) {
			return
		}
	}
	t.Errorf("nobody said %s: %q in %+v", event, note, history)
}

// An order of a merchant that nobody has, with real signatures: the create is refused, nobody is paid, and a person
// ends it. Its number is used again once that merchant is there after all.
func TestRealOrderOfAMerchantThatNobodyHas(t *testing.T) {
	inReal(t, func(t *testing.T, r real) {
		r.sim.Inject(func(wechatsim.Call) *wechatsim.Fault {
			return &wechatsim.Fault{Before: true, Status: 401, Code: "SIGN_ERROR"}
		})
		s, err := r.cashier.Take(t.Context(), r.request)
		if err != nil {
			t.Fatal(err)
		}
		no := s.News().Order.No
		if _, err := r.cashier.GiveUp(t.Context(), no, "x", clerk); !errors.Is(err, payment.ErrMayBeHeld) {
			t.Errorf("given up while its create is sent: %v", err)
		}
		time.Sleep(time.Hour)
		o, err := r.cashier.GiveUp(t.Context(), no, "mistyped mchid", clerk)
		if err != nil || o.State != payment.Void {
			t.Fatalf("it is %s, %v", o.State, err)
		}
		r.checkSaid(t, no, string(payment.GivenUp), "mistyped mchid")
		r.sim.Inject(nil)
		if s, err = r.cashier.Take(t.Context(), r.request); err != nil {
			t.Fatal(err)
		}
		if o = r.until(t, s, payment.Waiting); o.No != no {
			t.Errorf("its number is not used again: %s", o.No)
		}
	})
}
