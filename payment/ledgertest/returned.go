package ledgertest

import (
	"slices"
	"testing"

	"courtkiosk/payment"
)

// turns moves work that is owed in the transaction of the change, and no other work.
func turns(t *testing.T, s Store) {
	l := s.Open(t)
	ctx := t.Context()
	o := New(t, l, Request(1), Born)
	Step(t, l, o.No, code)
	paid := Said(t, l, o, payment.TradeSuccess)
	pieces, err := l.ClaimWork(ctx, "report", "A", 1, now(), hour())
	if err != nil || len(pieces) != 1 {
		t.Fatalf("claimed %+v, %v", pieces, err)
	}
	before := len(entries(t, l))
	back := Said(t, l, o, payment.TradeRefund)
	if back.Returned.State != payment.SomeReturned || back.ChangedAt.Before(paid.ChangedAt) ||
		!same(read(t, l, o.No), back) {
		t.Errorf("after REFUND: %+v", back)
	}
	for _, kind := range []string{"receipt", "report"} {
		if e := effectOf(t, l, o.No, kind); e.State != payment.Held || e.Holder != "" || !e.Until.IsZero() ||
			!e.Since.Equal(back.ChangedAt) {
			t.Errorf("%s stands %+v", kind, e)
		}
	}
	if e := effectOf(t, l, o.No, payment.AttentionRefund); e.State != payment.Owed {
		t.Errorf("a clerk's work stands %+v", e)
	}
	if pieces, err := l.ClaimWork(ctx, "report", "A", 1, hour().Add(1), hour().Add(2)); err != nil || len(pieces) > 0 {
		t.Errorf("claimed what is held: %+v, %v", pieces, err)
	}
	audited := entries(t, l)
	if len(audited) != before+3 {
		t.Errorf("%d entries more, want one of each move and one of the order", len(audited)-before)
	}
	Said(t, l, o, payment.TradeRefund)
	if n := len(entries(t, l)); n != len(audited) {
		t.Errorf("said again: %d entries more", n-len(audited))
	}
	by := payment.By{Person: "0042"}
	returned := Step(t, l, o.No, func(o payment.Order) payment.Change {
		c, err := o.Return(false, 100, "at the window", by, Born)
		if err != nil {
			t.Error(err)
		}
		c.Turns = append(c.Turns, payment.Turn{Kind: "receipt", From: payment.Done, To: payment.Owed},
			payment.Turn{Kind: "nobody's", From: payment.Held, To: payment.Owed})
		return c
	})
	stored := read(t, another(t, s, l), o.No)
	if r := stored.Returned; !same(stored, returned) || r.Sum != 100 || r.By != by || !r.At.Equal(Born) {
		t.Errorf("returned %+v, stored %+v", returned.Returned, r)
	}
	if e := effectOf(t, l, o.No, payment.AttentionRefund); e.State != payment.Done || e.By != by {
		t.Errorf("a clerk's work stands %+v", e)
	}
	pieces, err = l.ClaimWork(ctx, "report", "A", 1, now(), hour())
	if err != nil || len(pieces) != 1 || pieces[0].Order.Returned.Sum != 100 {
		t.Errorf("claimed %+v, %v", pieces, err)
	}
	tally, err := l.Tally(ctx)
	if err != nil || slices.ContainsFunc(tally, func(t payment.Tally) bool { return t.State == payment.Held }) {
		t.Errorf("tally %+v, %v", tally, err)
	}
}
