package counter

import (
	"context"
	"testing"

	"courtkiosk/app/bill"
	"courtkiosk/payment"
)

// The code of an order that is wished closed crosses the counter no more, to whoever comes.
func TestNoCodeOfWhatIsWishedClosed(t *testing.T) {
	inWorld(t, func(w *world) {
		p := w.take("a")
		w.gate.fail(payment.ErrUnknown)
		if err := w.Wish(w.t.Context(), Wish{Kind: Cancel, Order: p.Order, Visit: "a"}); err != nil {
			t.Fatal(err)
		}
		again, err := w.Pay(w.t.Context(), ask(w.only(), "b"))
		if err != nil || again.Code != "" || again.Wished == "" {
			t.Errorf("who comes is told %+v, %v", again, err)
		}
		if p = w.at(p.Order); p.Code != "" {
			t.Errorf("whoever asks is told the code %s", p.Code)
		}
	})
}

// Who left while the code was prepared, and comes back, is given a code.
func TestAWishThatIsWithdrawn(t *testing.T) {
	inWorld(t, func(w *world) {
		w.gate.fail(payment.ErrUnknown)
		p := w.take("a")
		for _, kind := range []WishKind{Cancel, Leave} {
			if err := w.Wish(w.t.Context(), Wish{Kind: kind, Order: p.Order, Visit: "a"}); err != nil {
				t.Fatal(err)
			}
		}
		again, err := w.Pay(w.t.Context(), ask(w.only(), "b"))
		if err != nil || again.Wished != "" || again.Order != p.Order {
			t.Fatalf("who comes back: %+v, %v", again, err)
		}
		w.gate.fail(nil)
		if p = w.at(p.Order); p.State != payment.Waiting || p.Code == "" {
			t.Errorf("then it is %s with code %q", p.State, p.Code)
		}
	})
}

// quicker is a cashier at which somebody else is quicker, with another amount.
type quicker struct{ *payment.Cashier }

func (q quicker) Take(ctx context.Context, r payment.Request) (payment.Followed, error) {
	other := r
	other.ID, other.Visit, other.Amount = "", "", r.Amount-100
	if _, err := q.Cashier.Take(ctx, other); err != nil {
		return nil, err
	}
	return q.Cashier.Take(ctx, r)
}

// An order of another amount is not joined. The court asks for it no more, so it is closed.
func TestAnotherAmountMeanwhile(t *testing.T) {
	inWorld(t, func(w *world) {
		o := w.options()
		o.Cashier = quicker{w.cashier}
		p, err := New(o).Pay(w.t.Context(), ask(w.only(), "a"))
		if err != nil || p.Amount != 269900 || p.Wished != payment.ByCourt || p.Code != "" {
			t.Errorf("told %+v, %v", p, err)
		}
		if p = w.at(p.Order); p.State != payment.Closed {
			t.Errorf("it is %s", p.State)
		}
	})
}

// The court has numbered its notice since, and the open order is of another amount than the one that was confirmed.
func TestAnotherAmountUnderANewName(t *testing.T) {
	inWorld(t, func(w *world) {
		shown := w.only()
		w.court.bills[0].Amount += 100
		w.take("a")
		w.court.bills[0].Notice = "N1"
		_, err := w.Pay(w.t.Context(), Ask{ID: "b", Visit: "b", Bill: w.only().Bill, Quote: shown.Quote})
		r := refused(t, "the old amount", err, Changed)
		if r.Now == nil || r.Now.Amount != theBill.Amount+100 || r.Now.State != bill.DuePaying {
			t.Errorf("now %+v", r.Now)
		}
	})
}
