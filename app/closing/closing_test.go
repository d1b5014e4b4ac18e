package closing_test

import (
	"bytes"
	"errors"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"courtkiosk/app/bill"
	"courtkiosk/app/closing"
	"courtkiosk/payment"
	"courtkiosk/payment/ledgertest"
)

func newMemory() *ledgertest.Memory {
	return ledgertest.NewMemory(payment.Identity{Court: "京0101", Environment: "test", Instance: "X"})
}

// What sheets of a device must say together, whatever happened: their ranges follow each other, each payment and each
// refund stands on exactly one, and a trial is the closing that it would be.
func TestClosingsPartitionWhatHappened(t *testing.T) {
	items := []struct {
		purse bill.Purse
		item  string
	}{{bill.Litigation, "案件受理费"}, {bill.Litigation, "申请执行费"}, {bill.Execution, "执行款"}, {bill.Fine, "罚款"}}
	rapid.Check(t, func(t *rapid.T) {
		w := &world{tester: t, ledger: newMemory(), at: born}
		var open, paid, closed []payment.Order
		var sent, accepted []payment.Refund
		var sheets []closing.Sheet
		take := func(list *[]payment.Order) (payment.Order, bool) {
			if len(*list) == 0 {
				return payment.Order{}, false
			}
			i := rapid.IntRange(0, len(*list)-1).Draw(t, "which")
			o := (*list)[i]
			*list = slices.Delete(*list, i, i+1)
			return o, true
		}
		finish := func() {
			trial, x, err := w.book().Trial(none, "03", w.at)
			w.must(err)
			c, z := w.close("03", "0217")
			if !bytes.Equal(trial.Content, c.Content) || trial.To != c.To || trial.After != c.After {
				t.Fatalf("the trial was\n%s\nthe closing is\n%s", trial.Content, c.Content)
			}
			if !x.Agrees() || !z.Agrees() {
				t.Fatalf("it does not agree with itself: %+v", z)
			}
			sheets = append(sheets, z)
		}
		n := 0
		for range rapid.IntRange(1, 60).Draw(t, "steps") {
			w.at = w.at.Add(time.Duration(rapid.IntRange(0, 7200).Draw(t, "seconds")) * time.Second)
			switch rapid.IntRange(0, 11).Draw(t, "what") {
			case 0, 1, 2:
				i := rapid.SampledFrom(items).Draw(t, "item")
				f := payment.Fen(rapid.IntRange(1, 500000).Draw(t, "fen"))
				device := rapid.SampledFrom([]string{"03", "03", "03", "04"}).Draw(t, "device")
				open, n = append(open, w.open(device, billOf(n, i.purse, i.item, f))), n+1
			case 3, 4:
				if o, ok := take(&open); ok {
					paid = append(paid, w.pay(o))
				}
			case 5:
				if o, ok := take(&open); ok {
					closed = append(closed, w.said(o, payment.TradeClosed, 0))
				}
			case 6:
				if o, ok := take(&closed); ok {
					paid = append(paid, w.pay(o)) // after it was closed
				}
			case 7:
				if o, ok := take(&paid); ok {
					now, err := w.ledger.Order(none, o.No)
					w.must(err)
					if now.Returned.All() { // its receipt is held
						paid = append(paid, o)
						continue
					}
					w.hand(o, rapid.SampledFrom([]error{nil, errTorn, payment.ErrNotBegun}).Draw(t, "print"))
					paid = append(paid, o)
				}
			case 8:
				if o, ok := take(&paid); ok {
					o, err := w.ledger.Order(none, o.No)
					w.must(err)
					if left := o.PaidAmount - o.Refunding.Sent; left > 0 {
						f := payment.Fen(rapid.IntRange(1, int(left)).Draw(t, "back"))
						sent = append(sent, w.send(w.ask(o, f)))
					}
					paid = append(paid, o)
				}
			case 9:
				if len(sent) > 0 {
					status := rapid.SampledFrom([]payment.RefundStatus{payment.StatusProcessing, payment.StatusSuccess,
						payment.StatusClosed, payment.StatusAbnormal}).Draw(t, "status")
					accepted = append(accepted, w.heard(sent[0], status))
					sent = sent[1:]
				}
			case 10:
				if len(accepted) > 0 {
					status := rapid.SampledFrom([]payment.RefundStatus{payment.StatusProcessing, payment.StatusSuccess,
						payment.StatusClosed}).Draw(t, "status")
					if now := w.heard(accepted[0], status); now.Final() {
						accepted = accepted[1:]
					}
				}
			case 11:
				finish()
			}
		}
		finish()
		w.check(sheets)
	})
}

var errTorn = errors.New("paper torn")

// check compares the sheets of device 03 with the ledger.
func (w *world) check(sheets []closing.Sheet) {
	w.Helper()
	findings, err := w.book().Verify(none, "03")
	w.must(err)
	if len(findings) > 0 {
		w.Fatalf("%v", findings)
	}
	var got, want closing.Line
	var last closing.Sheet
	for _, s := range sheets {
		if s.After != last.To || s.To < s.After {
			w.Fatalf("a sheet of %d to %d comes after %d", s.After, s.To, last.To)
		}
		n := s.Orders
		if n.Carried+n.Opened+n.Late != n.Paid+n.Closed+n.Open+n.Disputed+n.Elsewhere ||
			n.Carried != last.Orders.Open+last.Orders.Disputed+last.Orders.Elsewhere {
			w.Fatalf("the orders are %+v, after %+v", n, last.Orders)
		}
		total := s.Total()
		got.Paid.N, got.Paid.Fen = got.Paid.N+total.Paid.N, got.Paid.Fen+total.Paid.Fen
		got.Back.N, got.Back.Fen = got.Back.N+total.Back.N, got.Back.Fen+total.Back.Fen
		last = s
	}
	page, err := w.ledger.Find(none, payment.Filter{Device: "03", N: payment.MaxPage})
	w.must(err)
	left := 0
	for _, o := range page.Orders {
		if o.State == payment.Paid {
			want.Paid.N, want.Paid.Fen = want.Paid.N+1, want.Paid.Fen+o.PaidAmount
		} else if !o.Final() {
			left++
		}
		refunds, err := w.ledger.RefundsOf(none, o.No)
		w.must(err)
		for _, r := range refunds {
			switch r.State {
			case payment.RefundAccepted, payment.RefundDone, payment.RefundAbnormal:
				want.Back.N, want.Back.Fen = want.Back.N+1, want.Back.Fen+r.Sum
			}
		}
	}
	if got != want {
		w.Fatalf("the sheets say %+v, the ledger says %+v", got, want)
	}
	open := 0
	for _, l := range last.Left {
		if l.Kind == closing.LeftOrder {
			open++
		}
	}
	if open != left {
		w.Fatalf("%d orders are open, and the last sheet names %d", left, open)
	}
}
