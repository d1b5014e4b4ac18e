package ledgertest

import (
	"errors"
	"slices"
	"testing"
	"time"

	"courtkiosk/payment"
)

// either runs a case with a commit that is stored and with one that is not: who gets no answer cannot tell them apart.
func either(t *testing.T, s Store, run func(t *testing.T, l payment.Ledger, unsure func(), stored bool)) {
	for name, stored := range map[string]bool{"stored": true, "not stored": false} {
		t.Run(name, func(t *testing.T) {
			l := s.Open(t)
			arm := s.Unsure(t, l)
			run(t, l, func() { arm(stored) }, stored)
		})
	}
}

// isUnsure complains of an error that is not payment.ErrUnsure.
func isUnsure(t *testing.T, err error) {
	t.Helper()
	if !errors.Is(err, payment.ErrUnsure) {
		t.Fatalf("without an answer: %v, want %v", err, payment.ErrUnsure)
	}
}

func unsureCreate(t *testing.T, s Store) {
	either(t, s, func(t *testing.T, l payment.Ledger, unsure func(), stored bool) {
		r := Request(1)
		r.ID, r.Personal = "asked", []byte("张*明")
		unsure()
		_, err := Next(l, r, Born)
		isUnsure(t, err)
		if list, err := l.OfBill(t.Context(), r.Key); err != nil || stored != (len(list) == 1) {
			t.Errorf("%d orders of the bill, %v", len(list), err)
		}
		o := New(t, l, r, Born)
		again := New(t, l, r, Born.Add(time.Minute))
		if o.Serial != 1 || o.State != payment.Created || !same(again, o) {
			t.Errorf("asked again: %+v, then %+v", o, again)
		}
		if data, err := l.Personal(t.Context(), o.No); err != nil || string(data) != "张*明" {
			t.Errorf("personal = %s, %v", data, err)
		}
		next := New(t, l, Request(2), Born)
		if n := len(entries(t, l)); next.Serial != 2 || n != 2 {
			t.Errorf("the next order has serial %d, and there are %d entries", next.Serial, n)
		}
	})
}

func unsureVoid(t *testing.T, s Store) {
	either(t, s, func(t *testing.T, l payment.Ledger, unsure func(), stored bool) {
		r := Request(1)
		r.ID = "first"
		first := New(t, l, r, Born)
		Step(t, l, first.No, absent)
		r.ID = "later"
		unsure()
		_, err := Next(l, r, Born.Add(time.Hour))
		isUnsure(t, err)
		o := New(t, l, r, Born.Add(time.Hour))
		if o.No != first.No || o.Request != "later" || o.State != payment.Created ||
			o.Incarnation() == first.Incarnation() {
			t.Errorf("asked again: %+v", o)
		}
		if again := New(t, l, r, Born.Add(2*time.Hour)); !same(again, o) {
			t.Errorf("asked once more: %+v, want %+v", again, o)
		}
		if list, err := l.OfBill(t.Context(), r.Key); err != nil || len(list) != 1 || o.Serial != 2 {
			t.Errorf("%d orders of the bill, %v, serial %d", len(list), err, o.Serial)
		}
	})
}

func unsureUpdate(t *testing.T, s Store) {
	either(t, s, func(t *testing.T, l payment.Ledger, unsure func(), stored bool) {
		o := New(t, l, Request(1), Born)
		unsure()
		_, err := apply(l, o, answer(o, payment.TradeSuccess))
		isUnsure(t, err)
		if got := read(t, l, o.No); stored != (got.State == payment.Paid) {
			t.Errorf("it is %s", got.State)
		}
		paid := Said(t, l, o, payment.TradeSuccess)
		if paid.State != payment.Paid || paid.Sequence == 0 || !same(paid, read(t, l, o.No)) {
			t.Errorf("asked again: %+v", paid)
		}
		owed, err := l.Effects(t.Context(), o.No)
		list, err2 := l.Audit(t.Context(), o.No)
		if err := errors.Join(err, err2); err != nil || len(owed) != 2 || len(list) != 2 {
			t.Errorf("%d effects, %d entries, %v", len(owed), len(list), err)
		}
		if next := paidAt(t, l, 2, Born); next.Sequence <= paid.Sequence {
			t.Errorf("sequence %d after %d", next.Sequence, paid.Sequence)
		}
	})
}

func unsureWork(t *testing.T, s Store) {
	either(t, s, func(t *testing.T, l payment.Ledger, unsure func(), stored bool) {
		o := paidAt(t, l, 1, Born)
		hand := handIn("A", hour())
		unsure()
		done := false
		err := payment.Deliver(t.Context(), l, o.No, "receipt", hand, func(payment.Effect) (string, error) {
			done = true
			return "", nil
		}, payment.Owed)
		if isUnsure(t, err); done {
			t.Error("work was begun that may not be marked as handed")
		}
		doubtful, err := payment.Doubt(t.Context(), l, "A", now())
		if err != nil || stored != (len(doubtful) == 1) {
			t.Errorf("at the next start %+v is doubtful, %v", doubtful, err)
		}
		before, handed, err := payment.Begin(t.Context(), l, o.No, "receipt", hand, payment.Owed, payment.Doubtful)
		if err != nil {
			t.Fatal(err)
		}
		unsure()
		err = payment.End(t.Context(), l, before, handed, "on paper", nil)
		if err != nil {
			t.Errorf("ended without an answer: %v", err)
		}
		if got := effectOf(t, l, o.No, "receipt"); got.State != payment.Done || got.Note != "on paper" {
			t.Errorf("at its end %+v", got)
		}
		told := slices.DeleteFunc(entries(t, l), func(e payment.Entry) bool { return e.Event != "receipt done" })
		if len(told) != 1 {
			t.Errorf("the audit tells of its end %d times", len(told))
		}
	})
}

func unsureClaims(t *testing.T, s Store) {
	either(t, s, func(t *testing.T, l payment.Ledger, unsure func(), stored bool) {
		paid := paidAt(t, l, 9, Born)
		all := opened(t, l, 2)
		until := hour()
		unsure()
		_, err := l.Claim(t.Context(), "A", 10, until)
		isUnsure(t, err)
		claims(t, l, "A", 10, until, all)
		claims(t, l, "B", 10, until, nil)
		unsure()
		_, err = l.Renew(t.Context(), "A", until.Add(time.Minute))
		isUnsure(t, err)
		if held, err := l.Renew(t.Context(), "A", until.Add(time.Minute)); err != nil || len(held) != 2 {
			t.Errorf("renewed %q, %v", held, err)
		}
		unsure()
		_, err = l.ClaimWork(t.Context(), "report", "A", 10, now(), until)
		isUnsure(t, err)
		if stored { // nobody knows that it was claimed; it waits until that has run out
			claimsWork(t, l, "A", 10, now(), until)
		}
		claimsWork(t, l, "A", 10, until, until.Add(time.Hour), paid)
	})
}
