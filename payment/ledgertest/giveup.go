package ledgertest

import (
	"errors"
	"slices"
	"testing"
	"time"

	"courtkiosk/payment"
)

// givenUp: a person ends an order that nobody can ask about, in the audit by name, and its bill is free for another
// merchant.
func givenUp(t *testing.T, s Store) {
	l := s.Open(t)
	o := New(t, l, Request(1), Born)
	by := payment.By{Device: "03", Person: "1024"}
	at := func(now time.Time) (payment.Order, error) {
		return l.Update(t.Context(), o.No, func(o payment.Order, _ []payment.Order) (payment.Change, error) {
			c, err := o.GiveUp(now)
			c.Note, c.By = "mistyped", by
			return c, err
		})
	}
	if _, err := at(o.GiveUpFrom()); !errors.Is(err, payment.ErrMayBeHeld) {
		t.Errorf("too early: %v", err)
	}
	other := Request(1)
	other.Merchant.MchID = "1900000002"
	if _, err := Next(l, other, Born.Add(time.Hour)); !isBlocked(err) {
		t.Errorf("the bill is free: %v", err)
	}
	gone, err := at(o.GiveUpFrom().Add(1))
	if err != nil || gone.State != payment.Void || !same(read(t, another(t, s, l), o.No), gone) {
		t.Fatalf("given up %+v, %v", gone, err)
	}
	list, err := l.Audit(t.Context(), o.No)
	if err != nil || len(list) != 2 {
		t.Fatalf("audit %+v, %v", list, err)
	}
	e := list[1]
	if e.From != payment.Created || e.Event != string(payment.GivenUp) || e.To != payment.Void ||
		e.Note != "mistyped" || e.By != by {
		t.Errorf("audit %+v", e)
	}
	if open, err := l.Unsettled(t.Context()); err != nil || len(open) != 0 {
		t.Errorf("%d are open, %v", len(open), err)
	}
	next := New(t, l, other, Born.Add(time.Hour))
	if all, err := l.OfBill(t.Context(), o.Key); err != nil || !slices.Equal(numbers(all), []string{o.No, next.No}) {
		t.Errorf("of the bill %q, %v", numbers(all), err)
	}
	if paid := Said(t, l, gone, payment.TradeSuccess); paid.State != payment.Paid {
		t.Errorf("what WeChat signs after it is %s", paid.State)
	}
}
