package counter

import (
	"testing"
	"time"

	"courtkiosk/app/bill"
	"courtkiosk/payment"
)

// What came back is neither a success nor "already paid", from the next look on; and it is open again once all of it is
// known to have come back.
func TestWhatCameBack(t *testing.T) {
	inWorld(t, func(w *world) {
		ctx := w.t.Context()
		p := w.paidBy("a")
		w.gate.refunds(p.Order)
		if d := w.only(); d.State != bill.DueReturned || d.Order != p.Order {
			w.t.Fatalf("found %+v", d)
		}
		if got, err := w.Where(ctx, p.Order, ""); err != nil || got.Returned != payment.SomeReturned {
			w.t.Errorf("scanned: %+v, %v", got, err)
		}
		if got := w.at(p.Order); got.Returned != payment.SomeReturned || got.State != payment.Paid {
			w.t.Errorf("progress %+v", got)
		}
		_, err := w.Receipt(ctx, Print{Order: p.Order, Visit: "a"})
		refused(w.t, "a receipt while nobody knows how much", err, Returned)
		_, err = w.Look(ctx, p.Order, "a")
		refused(w.t, "its code", err, Returned)
		_, err = w.Pay(ctx, ask(w.only(), "b"))
		refused(w.t, "paying again", err, Returned)

		if _, err := w.cashier.Return(ctx, p.Order, payment.Back{All: true, Reason: "paid twice"}); err != nil {
			w.t.Fatal(err)
		}
		if e := w.receiptOf(p.Order); e.State != payment.Held {
			w.t.Errorf("the receipt is %s", e.State)
		}
		h, err := w.Copy(ctx, Print{Order: p.Order}, payment.By{})
		if err != nil || h.Receipt.Returned != payment.AllReturned || h.Receipt.Back != 270000 {
			w.t.Errorf("a receipt for who asks: %+v, %v", h, err)
		}
		if err := w.Printed(ctx, h.End("", payment.ErrNotBegun)); err != nil ||
			w.receiptOf(p.Order).State != payment.Held {
			w.t.Errorf("not begun: %+v, %v", w.receiptOf(p.Order), err)
		}
		d := w.only()
		if d.State != bill.DueOwed || d.Order != "" {
			w.t.Fatalf("found after all came back: %+v", d)
		}
		second := w.paidBy("c")
		o, err := w.Ledger.Order(ctx, second.Order)
		if err != nil || second.Order == p.Order || o.Oddity != payment.None || o.Attempt != 2 {
			w.t.Errorf("paid again: %+v, %v", o, err)
		}
		if d := w.only(); d.State != bill.DuePaid || d.Order != second.Order {
			w.t.Errorf("found after the second payment: %+v", d)
		}
	})
}

// Of a bill that the court asks for no more, a payment that came back is all that is known.
func TestCameBackAndWithdrawn(t *testing.T) {
	inWorld(t, func(w *world) {
		p := w.paidBy("a")
		w.gate.refunds(p.Order)
		b := payment.Back{All: true, Reason: "withdrawn"}
		if _, err := w.cashier.Return(w.t.Context(), p.Order, b); err != nil {
			w.t.Fatal(err)
		}
		w.court.bills[0].Withdrawn = true
		d := w.only()
		if d.State != bill.DueReturned || d.Order != p.Order {
			w.t.Errorf("found %+v", d)
		}
		_, err := w.Pay(w.t.Context(), ask(d, "b"))
		refused(w.t, "paying what nobody asks for", err, Returned)
	})
}

// A copy of a receipt that was printed before says that the money came back, as far as that is known.
func TestCopySaysWhatCameBack(t *testing.T) {
	inWorld(t, func(w *world) {
		ctx := w.t.Context()
		p := w.paidBy("a")
		h, err := w.Receipt(ctx, Print{Order: p.Order, Visit: "a"})
		if err != nil || h.Receipt.Returned != payment.NothingReturned {
			w.t.Fatalf("%+v, %v", h, err)
		}
		if err := w.Printed(ctx, h.End("sent", nil)); err != nil {
			w.t.Fatal(err)
		}
		w.gate.refunds(p.Order)
		if h, err = w.Receipt(ctx, Print{Order: p.Order, Visit: "a", Copy: true}); err != nil ||
			h.Receipt.Returned != payment.SomeReturned || h.Receipt.Copy != 2 {
			w.t.Errorf("a copy: %+v, %v", h, err)
		}
	})
}

// Where WeChat is silent a payment stands as it was known, and nobody waits for it longer than some seconds.
func TestLookWithoutAnAnswer(t *testing.T) {
	inWorld(t, func(w *world) {
		p := w.paidBy("a")
		w.gate.refunds(p.Order)
		w.gate.fail(payment.ErrUnknown)
		began := time.Now()
		if d := w.only(); d.State != bill.DuePaid {
			t.Errorf("found %+v", d)
		}
		if waited := time.Since(began); waited > lookFor {
			t.Errorf("waited %v", waited)
		}
	})
}

// The court hears what it does not know yet of the sum that came back, by a number that names the sum.
func TestTellBack(t *testing.T) {
	inWorld(t, func(w *world) {
		p := w.paidBy("a")
		o, err := w.Ledger.Order(w.t.Context(), p.Order)
		if err != nil || len(o.OwedBack) != 1 {
			w.t.Fatalf("%+v, %v", o, err)
		}
		o.Returned = payment.Returned{State: payment.PartReturned, Sum: 500, Told: 200, At: time.Now()}
		if err := w.TellBack(w.t.Context(), o); err != nil {
			w.t.Fatal(err)
		}
		if r := w.court.back; r.Amount != 300 || r.No != o.No+"-500" || r.Paid.TransactionID != o.TransactionID {
			t.Errorf("told %+v", r)
		}
	})
}
