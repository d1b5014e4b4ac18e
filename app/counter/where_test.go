package counter

import (
	"errors"
	"os"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"courtkiosk/app/receipt"
	"courtkiosk/payment"
)

// where asks where a payment is, as a visit.
func (w *world) stands(order, visit string) Where {
	w.t.Helper()
	got, err := w.Where(w.t.Context(), order, visit)
	if err != nil {
		w.t.Fatal(err)
	}
	return got
}

// From its opening on a payment is told by its order's number, with the days of what followed, and to who has proven
// with case and amount. Nobody is told the digits that prove it.
func TestWhere(t *testing.T) {
	inWorld(t, func(w *world) {
		ctx := w.t.Context()
		open := w.take("a")
		if got := w.stands(open.Order, "a"); got.State != payment.Waiting || !got.PaidAt.IsZero() || got.Proven ||
			got.Receipt != (Owed{}) || got.Reference != open.Reference {
			t.Errorf("open: %+v", got)
		}
		w.gate.pays(open.Order)
		p := w.at(open.Order)
		got := w.stands(p.Order, "b")
		if got.State != payment.Paid || !got.PaidAt.Equal(p.PaidAt) || got.Receipt.State != payment.Owed ||
			got.Report.State != payment.Owed {
			t.Errorf("paid: %+v", got)
		}
		h, err := w.Receipt(ctx, Print{Order: p.Order, Visit: "a"})
		if err == nil {
			time.Sleep(time.Second)
			err = w.Printed(ctx, h.End(receipt.PrintedProven, nil))
		}
		if err != nil {
			t.Fatal(err)
		}
		got = w.stands(p.Order, "b")
		if got.Receipt.State != payment.Done || !got.Receipt.Known || got.Receipt.Times != 1 ||
			!got.Receipt.Since.After(p.PaidAt) {
			t.Errorf("printed: %+v", got)
		}
		h, err = w.Copy(ctx, Print{Order: p.Order}, payment.By{})
		if err == nil {
			err = w.Printed(ctx, h.End("", errors.New("the paper is stuck")))
		}
		if err != nil {
			t.Fatal(err)
		}
		if got = w.stands(p.Order, "b"); got.Receipt.State != payment.Doubtful || got.Receipt.Times != 2 {
			t.Errorf("perhaps printed: %+v", got)
		}
		for reason, known := range map[string]bool{"": true, "told by telephone": false} {
			_, err := w.Ledger.UpdateEffect(ctx, p.Order, "report", func(e payment.Effect) (payment.Effect, error) {
				e.State, e.Note = payment.Done, reason
				return e, nil
			})
			if got = w.stands(p.Order, "b"); err != nil || got.Report.State != payment.Done ||
				got.Report.Known != known {
				t.Errorf("told, %q: %+v, %v", reason, got, err)
			}
		}
		w.gate.refunds(p.Order)
		if got = w.stands(p.Order, "b"); got.Returned != payment.SomeReturned || got.Said.IsZero() {
			t.Errorf("returned: %+v", got)
		}
		if _, err := w.cashier.Return(ctx, p.Order, payment.Back{Part: 100, Reason: "too much"}); err != nil {
			t.Fatal(err)
		}
		if got = w.stands(p.Order, "b"); got.Returned != payment.PartReturned {
			t.Errorf("a part: %+v", got)
		}
		if got.Proven || got.Case != "" || got.Amount != 0 || got.Back != 0 {
			t.Errorf("who has the number alone is told %+v", got)
		}
		w.tries(w.Counter, p.Order, last6(p))
		got = w.stands(p.Order, "b")
		if !got.Proven || got.Case != number.String() || got.Amount != 270000 || got.Back != 100 {
			t.Errorf("who has proven is told %+v", got)
		}
		if strings.Contains(got.Order+got.Reference+got.Case, last6(p)) {
			t.Errorf("the digits are told: %+v", got)
		}
		_, err = w.Where(ctx, "NOSUCHORDER", "b")
		refused(t, "an order that is not here", err, NotFound)
	})
}

// A receipt's code, as it stands on paper, lets a visit have a copy, without digits and without a try.
func TestPresent(t *testing.T) {
	inWorld(t, func(w *world) {
		ctx := w.t.Context()
		w.signs()
		p := w.paidBy("a")
		paper, err := w.Paper(ctx, p.Order)
		if err != nil {
			t.Fatal(err)
		}
		for range payment.MaxTries {
			time.Sleep(w.tries(w.Counter, p.Order, "123456").Wait)
		}
		_, err = w.Receipt(ctx, Print{Order: p.Order, Visit: "b", Copy: true})
		refused(t, "a copy before", err, NotProven)
		got, err := w.Present(ctx, Presented{Code: strings.ToLower(paper.Code), Visit: "b"})
		if err != nil || !got.Proven || got.Order != p.Order || got.Case != paper.Case {
			t.Errorf("it comes to %+v, %v", got, err)
		}
		if h, err := w.Receipt(ctx, Print{Order: p.Order, Visit: "b", Copy: true}); err != nil ||
			h.Receipt.Number != paper.Number {
			t.Errorf("a copy: %+v, %v", h, err)
		}
		_, err = w.Receipt(ctx, Print{Order: p.Order, Visit: "c", Copy: true})
		refused(t, "a copy for another visit", err, NotProven)
	})
}

// What proves nothing lets nobody have anything: a code that was altered, one of a key that is unknown or revoked, and
// a genuine one of another payment's number.
func TestPresentNothing(t *testing.T) {
	inWorld(t, func(w *world) {
		ctx := w.t.Context()
		stranger := w.signs()
		key := w.signs()
		p := w.paidBy("a")
		paper, err := w.Paper(ctx, p.Order)
		if err != nil {
			t.Fatal(err)
		}
		other, short := paper, paper
		other.Number = paper.Number[:len(paper.Number)-1] + "X"
		short.TransactionID = p.TransactionID[len(p.TransactionID)-6:]
		tests := map[string]struct {
			code string
			want Code
		}{
			"nothing":              {"", Unbelieved},
			"the order's number":   {p.Order, Unbelieved},
			"one letter off":       {paper.Code[:len(paper.Code)-1] + "7", Unbelieved},
			"a stranger's":         {stranger.Sign(paper).Code, Unbelieved},
			"another number":       {key.Sign(other).Code, NotHere},
			"the last digits only": {key.Sign(short).Code, NotHere},
		}
		for name, tt := range tests {
			_, err := w.Present(ctx, Presented{Code: tt.code, Visit: "b"})
			refused(t, name, err, tt.want)
		}
		ring, err := w.Ring()
		if err != nil {
			t.Fatal(err)
		}
		for id, k := range ring {
			k.Revoked = true
			ring[id] = k
		}
		w.Ring = func() (receipt.Ring, error) { return ring, nil }
		_, err = w.Present(ctx, Presented{Code: paper.Code, Visit: "b"})
		refused(t, "of a revoked key", err, Unbelieved)
		w.Ring = func() (receipt.Ring, error) { return nil, os.ErrPermission }
		_, err = w.Present(ctx, Presented{Code: paper.Code, Visit: "b"})
		refused(t, "a list that cannot be read", err, Internal)
		if w.allowed(p.Order, "b") {
			t.Error("the visit may print")
		}
	})
}

// A refund request is for who may have a copy: by digits, or by a receipt. It holds the code that finds the payment,
// leaves order and work as they stand, and is in the audit. Of a payment that came back as a whole there is none.
func TestRefundRequest(t *testing.T) {
	inWorld(t, func(w *world) {
		ctx := w.t.Context()
		w.signs()
		p := w.paidBy("a")
		ask := Print{Order: p.Order, Visit: "b", Device: "07"}
		_, err := w.RefundRequest(ctx, ask)
		refused(t, "before a proof", err, NotProven)
		_, err = w.RefundRequest(ctx, Print{Order: p.Order})
		refused(t, "of no visit", err, NotProven)
		w.tries(w.Counter, p.Order, "123456")
		_, err = w.RefundRequest(ctx, ask)
		refused(t, "after wrong digits", err, NotProven)
		time.Sleep(time.Hour)
		w.tries(w.Counter, p.Order, last6(p))
		order, effects := w.kept(p.Order)
		got, err := w.RefundRequest(ctx, ask)
		if err != nil {
			t.Fatal(err)
		}
		paper, err := w.Paper(ctx, p.Order)
		if err != nil {
			t.Fatal(err)
		}
		want := receipt.RefundRequest{
			Court: w.House.Name, Reference: p.Reference, Case: number.String(), Item: theBill.Item, Amount: 270000,
			PaidAt: p.PaidAt, TransactionID: p.TransactionID, OrderNo: p.Order, Code: paper.Code, At: got.At,
			Kiosk: "07", Window: w.House.Window, Hotline: w.House.Hotline, Environment: w.House.Environment,
		}
		if got != want || got.At.IsZero() {
			t.Errorf("the form says %+v\nwant %+v", got, want)
		}
		if found, err := w.Present(ctx, Presented{Code: got.Code, Visit: "c"}); err != nil || found.Order != p.Order {
			t.Errorf("its code leads to %+v, %v", found, err)
		}
		if o, all := w.kept(p.Order); !reflect.DeepEqual(o, order) || !reflect.DeepEqual(all, effects) {
			t.Errorf("it has changed what is kept: %+v, %+v", o, all)
		}
		entries, err := w.Ledger.Since(ctx, 0, 1000)
		entries = slices.DeleteFunc(entries, func(e payment.Entry) bool { return e.Event != eventRequest })
		if err != nil || len(entries) != 1 || entries[0].Note != p.Order || entries[0].By.Device != "07" {
			t.Errorf("the audit says %+v, %v", entries, err)
		}
		w.gate.refunds(p.Order)
		w.stands(p.Order, "b")
		if got, err = w.RefundRequest(ctx, ask); err != nil || got.Returned != payment.SomeReturned {
			t.Errorf("of which some came back: %+v, %v", got, err)
		}
		if _, err := w.cashier.Return(ctx, p.Order, payment.Back{All: true, Reason: "twice"}); err != nil {
			t.Fatal(err)
		}
		_, err = w.RefundRequest(ctx, ask)
		refused(t, "of which all came back", err, Returned)
	})
}

// kept is what the ledger keeps of an order.
func (w *world) kept(no string) (payment.Order, []payment.Effect) {
	w.t.Helper()
	o, err := w.Ledger.Order(w.t.Context(), no)
	if err != nil {
		w.t.Fatal(err)
	}
	effects, err := w.Ledger.Effects(w.t.Context(), no)
	if err != nil {
		w.t.Fatal(err)
	}
	return o, effects
}
