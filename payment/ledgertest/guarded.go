package ledgertest

import (
	"context"
	"errors"
	"reflect"
	"slices"
	"testing"

	"courtkiosk/payment"
)

// A world is what the writes of a guarded person find.
type world struct {
	payment.Ledger
	open, paid payment.Order
	refund     payment.Refund
}

// writes are all methods of a Ledger by which somebody stores something.
var writes = map[string]func(context.Context, world) error{
	"Create": func(ctx context.Context, w world) error {
		_, err := w.Ledger.Create(ctx, Request(9), func(earlier []payment.Order) (payment.Order, error) {
			return payment.Next(Request(9), earlier, payment.Order{Device: "03", Attach: "03/X"}, Born)
		})
		return err
	},
	"Update": func(ctx context.Context, w world) error {
		_, err := w.Ledger.Update(ctx, w.open.No, func(o payment.Order, _ []payment.Order) (payment.Change, error) {
			return o.Join("visit", "", Born), nil
		})
		return err
	},
	"UpdateEffect": func(ctx context.Context, w world) error {
		_, err := w.Ledger.UpdateEffect(ctx, w.paid.No, "receipt", func(e payment.Effect) (payment.Effect, error) {
			e.Note = "seen"
			return e, nil
		})
		return err
	},
	"AskRefund": func(ctx context.Context, w world) error {
		_, err := w.Ledger.AskRefund(ctx, w.paid.No, "", func(of payment.Refunded) (payment.RefundChange, error) {
			return of.Ask(payment.RefundAsk{Sum: 1, Reason: "paid twice", Shown: "重复交费退回", By: staff(1)}, Born)
		})
		return err
	},
	"UpdateRefund": func(ctx context.Context, w world) error {
		_, err := w.Ledger.UpdateRefund(ctx, w.refund.No, approve(2))
		return err
	},
	"Note": func(ctx context.Context, w world) error { return w.Ledger.Note(ctx, payment.Entry{Event: "noted"}) },
	"Say": func(ctx context.Context, w world) error {
		return w.Ledger.Say(ctx, payment.Word{Instance: "LOST", Lost: true, At: Born, Reason: "burnt", By: staff(1)})
	},
	"UpdateTries": func(ctx context.Context, w world) error {
		_, err := w.Ledger.UpdateTries(ctx, "case", Born, payment.Entry{Event: "proof-tried"},
			func(t payment.Tries) (payment.Tries, error) {
				t.Wrong++
				return t, nil
			})
		return err
	},
	"People":      write(payment.Books.People, payment.Person{Number: "1009"}),
	"SignIns":     write(payment.Books.SignIns, payment.SignIn{Person: "1009"}),
	"Windows":     write(payment.Books.Windows, payment.Window{Name: "w"}),
	"Closings":    write(payment.Books.Closings, payment.ClosingSheet{Device: "w", Number: 1}),
	"Statements":  write(payment.Books.Statements, payment.Statement{MchID: "1", Day: "2026-11-23"}),
	"Differences": write(payment.Books.Differences, payment.Difference{MchID: "1", Day: "2026-11-23"}),
	"Figures":     write(payment.Books.Figures, payment.Figures{Day: "2026-11-23"}),
	"Notices":     write(payment.Books.Notices, payment.Notice{No: "1", Until: "2026-11-23"}),
	"Facts":       write(payment.Books.Facts, payment.Fact{Order: "order", Kind: "kind"}),
	"Calls":       write(payment.Books.Calls, payment.Call{Device: "03", N: 1}),
}

func write[T payment.Keyed](of func(payment.Books) payment.Book[T], record T) func(context.Context, world) error {
	return func(ctx context.Context, w world) error {
		_, err := of(w).Update(ctx, record.Key(), func(T, payment.Staff) (T, payment.Entry, error) {
			return record, payment.Entry{Event: "written"}, nil
		})
		return err
	}
}

// others are the methods of a Ledger that store nothing in somebody's name.
var others = []string{
	"Audit", "Claim", "ClaimWork", "Close", "Effects", "Expunge", "Find", "ForgetTries", "Identity", "InHand",
	"Labelled", "OfBill", "OpenRefunds", "Order", "Pending", "Personal", "Refund", "RefundPage", "RefundsOf", "Renew",
	"Since", "Tally", "Unsettled", "Words",
}

// guarded: no write of any kind is stored that its guard refuses, and the guard sees the staff of that very moment.
func guarded(t *testing.T, s Store) {
	for m := range reflect.TypeFor[payment.Ledger]().Methods() {
		if writes[m.Name] == nil && !slices.Contains(others, m.Name) {
			t.Errorf("nobody has said whether %s stores something in somebody's name", m.Name)
		}
	}
	for name, write := range writes {
		t.Run(name, func(t *testing.T) {
			l := s.Open(t)
			w := world{l, New(t, l, Request(1), Born), paidAt(t, l, 2, Born), refund(t, l, 3)}
			if _, err := l.People().Update(t.Context(), "1001", hire("1001")); err != nil {
				t.Fatal(err)
			}
			gone, wrong := errors.New("has left"), errors.New("refused")
			ctx := payment.Guarded(t.Context(), func(staff payment.Staff) error {
				if p, ok := staff.Of("1001"); !ok || !p.Ended.At.IsZero() {
					return gone
				}
				return nil
			})
			twice := payment.Guarded(ctx, func(payment.Staff) error { return wrong })
			before := entries(t, l)
			if err := write(twice, w); !errors.Is(err, wrong) {
				t.Errorf("under two guards of which one refuses: %v", err)
			}
			if _, err := l.People().Update(t.Context(), "1001", func(p payment.Person, _ payment.Staff) (payment.Person,
				payment.Entry, error) {
				p.Ended.At = Born
				return p, payment.Entry{}, nil
			}); err != nil {
				t.Fatal(err)
			}
			if err := write(ctx, w); !errors.Is(err, gone) {
				t.Errorf("of who has left: %v", err)
			}
			if after := entries(t, another(t, s, l)); len(after) != len(before) {
				t.Errorf("the audit tells of %+v", after[len(before):])
			}
			if err := write(payment.Unguarded(ctx), w); err != nil {
				t.Errorf("unguarded: %v", err)
			}
			if after := entries(t, l); len(after) == len(before) {
				t.Error("the write writes nothing, so it shows nothing")
			}
		})
	}
}
