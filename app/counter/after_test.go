package counter

import (
	"testing"
	"time"

	"courtkiosk/app/bill"
	"courtkiosk/payment"
)

// What the court gives back, WeChat's bill and the fiscal receipt are told as far as they are known; the numbers of the
// receipt only to who has proven to hold the payment.
func TestWhatFollowsAPayment(t *testing.T) {
	inWorld(t, func(w *world) {
		ctx := w.t.Context()
		p := w.paidBy("a")
		fiscal := bill.Fiscal{Code: "11010126", Number: "0012345678", Check: "a1b2c3"}
		w.court.mu.Lock()
		for i := range w.court.bills {
			w.court.bills[i].Settled, w.court.bills[i].Fiscal = true, fiscal
		}
		w.court.mu.Unlock()
		if got := w.stands(p.Order, "b"); got.Fiscal.Issued || got.Refund.State != "" || !got.Matched.IsZero() {
			t.Errorf("at once: %+v", got)
		}
		time.Sleep(2 * time.Minute)
		if got := w.stands(p.Order, "b").Fiscal; !got.Issued || got.Number != "" || got.Check != "" {
			t.Errorf("to a stranger: %+v", got)
		}
		if got := w.stands(p.Order, "a").Fiscal; got.Number != fiscal.Number || got.Code != fiscal.Code {
			t.Errorf("to the payer: %+v", got)
		}
		if r, err := w.Paper(ctx, p.Order); err != nil || r.FiscalNumber != fiscal.Number {
			t.Errorf("on paper: %+v, %v", r, err)
		}

		o, err := w.Ledger.Order(ctx, p.Order)
		if err != nil {
			t.Fatal(err)
		}
		day := o.PaidAt.In(payment.China).Format(time.DateOnly)
		s := payment.Statement{MchID: o.Merchant.MchID, Day: day, State: payment.StatementRead, Read: time.Now()}
		store(t, w.Ledger.Statements(), s)
		if got := w.stands(p.Order, "b").Matched; got.Format(time.DateOnly) != day {
			t.Errorf("matched on %v, want %s", got, day)
		}
		d := payment.Difference{MchID: s.MchID, Day: day, Kind: "missing", Order: o.No, Found: time.Now()}
		store(t, w.Ledger.Differences(), d)
		if got := w.stands(p.Order, "b").Matched; !got.IsZero() {
			t.Errorf("with a difference it is matched on %v", got)
		}

		asked := time.Now().Truncate(time.Microsecond)
		_, err = w.Ledger.AskRefund(ctx, o.No, "ask", func(of payment.Refunded) (payment.RefundChange, error) {
			return of.Ask(payment.RefundAsk{Sum: 1, By: payment.By{Person: "1001"}}, asked)
		})
		if err != nil {
			t.Fatal(err)
		}
		if got := w.stands(p.Order, "b").Refund; got.State != payment.RefundAsked || !got.Asked.Equal(asked) {
			t.Errorf("asked for: %+v", got)
		}
		w.court.silent = true
		if got := w.stands(p.Order, "a").Fiscal; got.Issued {
			t.Errorf("where the court is silent: %+v", got)
		}
	})
}

// A bill that was read before a payment was booked says nothing of it.
func TestABillReadBeforeMatchesNothing(t *testing.T) {
	inWorld(t, func(w *world) {
		read := time.Now().Add(-time.Second)
		o, err := w.Ledger.Order(w.t.Context(), w.paidBy("a").Order)
		if err != nil {
			t.Fatal(err)
		}
		store(t, w.Ledger.Statements(), payment.Statement{MchID: o.Merchant.MchID, State: payment.StatementRead,
			Day: o.PaidAt.In(payment.China).Format(time.DateOnly), Read: read})
		if got := w.stands(o.No, "b").Matched; !got.IsZero() {
			t.Errorf("matched on %v", got)
		}
	})
}

func store[T payment.Keyed](t *testing.T, b payment.Book[T], record T) {
	t.Helper()
	_, err := b.Update(t.Context(), record.Key(), func(T, payment.Staff) (T, payment.Entry, error) {
		return record, payment.Entry{Event: "tested"}, nil
	})
	if err != nil {
		t.Fatal(err)
	}
}
