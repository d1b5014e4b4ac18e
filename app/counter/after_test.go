package counter

import (
	"reflect"
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
		if got := w.stands(p.Order, "a").Fiscal; got.Number != fiscal.Number {
			t.Errorf("where the court is silent, what it has said is %+v", got)
		}
	})
}

// What the court names as a payment's fiscal receipt is kept with when that was heard first, beside the order: it moves
// none, and no order is paid by it. A court that is silent, or has the bill no more, denies nothing; one that has the
// bill and names none is believed.
func TestFiscalIsKept(t *testing.T) {
	inWorld(t, func(w *world) {
		ctx := w.t.Context()
		names := func(f bill.Fiscal) {
			w.court.mu.Lock()
			defer w.court.mu.Unlock()
			for i := range w.court.bills {
				w.court.bills[i].Settled, w.court.bills[i].Fiscal = true, f
			}
		}
		first, second := bill.Fiscal{Code: "11010126", Number: "0012345678"}, bill.Fiscal{Number: "0012345679"}
		paid := w.paidBy("a")
		names(first)
		time.Sleep(2 * time.Minute)
		before, err := w.Ledger.Order(ctx, paid.Order)
		if err != nil {
			t.Fatal(err)
		}
		entries := func(event string) (n int) {
			all, err := w.Ledger.Since(ctx, 0, payment.MaxPage)
			if err != nil {
				t.Fatal(err)
			}
			for _, e := range all {
				if e.Event == event {
					n++
				}
			}
			return n
		}
		expect := func(what string, want bill.Fiscal, missed bool, heard int) FiscalFact {
			t.Helper()
			f, err := w.AskFiscal(ctx, before)
			if w.court.silent != (err != nil) || f.Fiscal != want || f.Missed.IsZero() == missed ||
				entries("fiscal-heard") != heard {
				t.Errorf("%s: %+v, %v, %d times heard", what, f, err, entries("fiscal-heard"))
			}
			kept, err := w.Fiscal(ctx, before.No)
			if err != nil || kept != f {
				t.Errorf("%s: kept is %+v, %v, answered %+v", what, kept, err, f)
			}
			if onPaper := w.fiscal(ctx, before); missed == onPaper.Known() {
				t.Errorf("%s: on paper %+v", what, onPaper)
			}
			return f
		}
		at := expect("named", first, false, 1).Heard
		time.Sleep(time.Hour)
		if again := expect("named again", first, false, 1); !again.Heard.Equal(at) {
			t.Errorf("heard at %s, not at %s", again.Heard, at)
		}
		w.court.silent = true
		expect("silent", first, false, 1)
		w.court.silent = false
		names(bill.Fiscal{})
		expect("named no more", first, true, 1)
		expect("still not", first, true, 1)
		if n := entries("fiscal-missed"); n != 1 {
			t.Errorf("missed %d times", n)
		}
		names(second)
		if now := expect("another", second, false, 2); !now.Heard.After(at) {
			t.Errorf("heard at %s", now.Heard)
		}
		w.court.mu.Lock()
		w.court.bills = nil
		w.court.mu.Unlock()
		expect("the bill is gone", second, false, 2)
		if after, err := w.Ledger.Order(ctx, before.No); err != nil || !reflect.DeepEqual(after, before) {
			t.Errorf("the order became %+v, %v", after, err)
		}
		w.court.mu.Lock()
		w.court.bills = []bill.Bill{theBill}
		w.court.mu.Unlock()
		names(first)
		for what, change := range map[string]func(*payment.Order){
			"not paid":         func(o *payment.Order) { o.State = payment.Waiting },
			"a second payment": func(o *payment.Order) { o.Oddity = payment.SecondPayment },
			"came back":        func(o *payment.Order) { o.Returned.State = payment.AllReturned },
		} {
			o := before
			o.No = what
			change(&o)
			if f, err := w.AskFiscal(ctx, o); err != nil || f != (FiscalFact{}) {
				t.Errorf("of one that is %s: %+v, %v", what, f, err)
			}
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
