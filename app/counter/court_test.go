package counter

import (
	"context"
	"log/slog"
	"testing"

	"courtkiosk/app/bill"
	"courtkiosk/payment"
	"courtkiosk/payment/ledgertest"
)

// listed is a court whose bills are a list.
type listed struct{ *court }

func (l listed) All(context.Context) ([]bill.Bill, error) { return l.bills, nil }

func (l listed) Watch(context.Context, string, *slog.Logger, func(context.Context)) {}

// A ledger that was lost is told by WeChat what was paid, if there is a list to ask by; without one it stays
// incomplete, and a visitor's bill is asked for when he comes.
func TestReplay(t *testing.T) {
	for name, list := range map[string]bool{"a list": true, "a case system": false} {
		t.Run(name, func(t *testing.T) {
			inWorld(t, func(before *world) {
				p := before.paidBy("a")
				l := ledgertest.NewMemory(before.ledger.Identity())
				l.Lose(payment.Lost{Source: "ledger-2026-11-27.db"})
				w := newWorld(before.t, l)
				w.gate.states = before.gate.states
				if list {
					w.Court = listed{w.court}
				}
				w.Replay(w.t.Context())
				_, incomplete := l.Incomplete()
				found, err := l.OfBill(w.t.Context(), theBill.Key())
				if err != nil || incomplete == list || (len(found) == 1) != list {
					t.Fatalf("incomplete %t, found %+v, %v", incomplete, found, err)
				}
				if !list {
					_, err := w.Pay(w.t.Context(), ask(w.only(), "b"))
					refused(w.t, "what was paid before the loss", err, Paid)
				}
				if d := w.only(); d.State != bill.DuePaid || d.Order != p.Order {
					t.Errorf("the bill is %+v", d)
				}
				if e := w.receiptOf(p.Order); e.State != payment.Doubtful {
					t.Errorf("its receipt is %s: it may have been printed before the loss", e.State)
				}
			})
		})
	}
}

// A number that a bill of WeChat's names, and that the ledger has lost, is one bill's of the list; of a court without a
// list, and of a number that is no bill's, nothing is taken in.
func TestRecover(t *testing.T) {
	for name, tt := range map[string]struct {
		list, other, want bool
	}{"a list": {true, false, true}, "a case system": {false, false, false}, "another number": {true, true, false}} {
		t.Run(name, func(t *testing.T) {
			inWorld(t, func(before *world) {
				p := before.paidBy("a")
				w := newWorld(before.t, ledgertest.NewMemory(before.ledger.Identity()))
				w.gate.states = before.gate.states
				if tt.list {
					w.Court = listed{w.court}
				}
				no := p.Order
				if tt.other {
					no = "ANOTHER"
				}
				known, err := w.Recover(w.t.Context(), w.Merchant(theBill.Purse), no)
				if err != nil || known != tt.want {
					t.Fatalf("known %t, %v", known, err)
				}
				o, err := w.Ledger.Order(w.t.Context(), p.Order)
				if (err == nil) != tt.want || tt.want && (o.State != payment.Paid || !o.Recovered) {
					t.Errorf("%+v, %v", o, err)
				}
			})
		})
	}
}

func TestTell(t *testing.T) {
	inWorld(t, func(w *world) {
		a := ask(w.only(), "a")
		a.Device = "07"
		p, err := w.Pay(w.t.Context(), a)
		if err != nil {
			t.Fatal(err)
		}
		w.at(p.Order)
		w.gate.pays(p.Order)
		p = w.at(p.Order)
		o, err := w.Ledger.Order(w.t.Context(), p.Order)
		if err != nil {
			t.Fatal(err)
		}
		if err := w.Tell(w.t.Context(), o); err != nil {
			t.Fatal(err)
		}
		r, err := w.Paper(w.t.Context(), p.Order)
		if err != nil {
			t.Fatal(err)
		}
		got := w.court.told
		if got.Receipt != r.Number || got.Kiosk != "07" || got.TransactionID != p.TransactionID {
			t.Errorf("the court was told %+v", got)
		}
	})
}
