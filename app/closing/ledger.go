package closing

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"courtkiosk/app/receipt"
	"courtkiosk/payment"
)

// A Book makes the sheets of a ledger's devices, and keeps them.
type Book struct {
	Ledger payment.Ledger
	Kiosk  string // the device of orders that name none
	// Reference is an order's local number.
	Reference func(payment.Order) string
}

// Last returns the newest closing of a device, zero where there is none, and what stands on it.
func (b Book) Last(ctx context.Context, device string) (payment.ClosingSheet, Sheet, error) {
	list, err := b.Ledger.Closings().List(ctx, payment.Range{Prefix: device + "/", Backward: true, N: 1})
	if err != nil || len(list) == 0 {
		return payment.ClosingSheet{}, Sheet{}, err
	}
	s, err := Read(list[0])
	return list[0], s, err
}

// Read returns what stands on a closing.
func Read(c payment.ClosingSheet) (s Sheet, err error) {
	if err := json.Unmarshal(c.Content, &s); err != nil {
		return s, fmt.Errorf("closing %s: %w", c.Key(), err)
	}
	return s, nil
}

// Trial returns the closing that a device would have now, and what stands on it. Nothing is stored, and nobody has
// signed it.
func (b Book) Trial(ctx context.Context, device string, at time.Time) (payment.ClosingSheet, Sheet, error) {
	return b.make(ctx, device, payment.By{Device: device}, at)
}

func (b Book) make(ctx context.Context, device string, by payment.By, at time.Time) (
	payment.ClosingSheet, Sheet, error,
) {
	facts, err := b.facts(ctx, device)
	if err != nil {
		return payment.ClosingSheet{}, Sheet{}, fmt.Errorf("closing of %s: %w", device, err)
	}
	s := Of(facts)
	content, err := json.Marshal(s)
	if err != nil {
		return payment.ClosingSheet{}, Sheet{}, err
	}
	return facts.Last.Next(device, facts.To, content, by, at), s, nil
}

// Close makes the closing of a device and stores it, signed by who closes: a person, or the device alone, whose sheets
// are signed in ink. allowed says in the transaction why that person may not. Who has closed in the meantime is
// payment.ErrConflict.
func (b Book) Close(ctx context.Context, device string, by payment.By, at time.Time,
	allowed func(payment.Staff) error,
) (payment.ClosingSheet, Sheet, error) {
	made, s, err := b.make(ctx, device, by, at)
	if err != nil {
		return made, s, err
	}
	store := func(before payment.ClosingSheet, staff payment.Staff) (payment.ClosingSheet, payment.Entry, error) {
		if err := allowed(staff); err != nil {
			return before, payment.Entry{}, err
		}
		return made.Store(before)
	}
	kept, err := b.Ledger.Closings().Update(ctx, made.Key(), store)
	if errors.Is(err, payment.ErrUnsure) {
		kept, err = b.Ledger.Closings().Update(ctx, made.Key(), store)
	}
	return kept, s, err
}

// Countersign signs a closing by another person than the one who has closed. hash is the sheet that this person has
// seen; another one is payment.ErrConflict.
func (b Book) Countersign(ctx context.Context, device string, number int, hash []byte, by payment.By, at time.Time,
	allowed func(payment.Staff) error,
) (payment.ClosingSheet, error) {
	return b.Ledger.Closings().Update(ctx, payment.ClosingKey(device, number),
		func(c payment.ClosingSheet, staff payment.Staff) (payment.ClosingSheet, payment.Entry, error) {
			if err := allowed(staff); err != nil {
				return c, payment.Entry{}, err
			}
			if !slices.Equal(c.Hash, hash) && c.Number > 0 {
				return c, payment.Entry{}, fmt.Errorf("%w: another sheet than the one that was seen",
					payment.ErrConflict)
			}
			return c.Countersign(by, at)
		})
}

// tries is how often the facts are read again because something has happened meanwhile.
const tries = 3

// facts reads what a sheet is made of. On a machine that takes payments meanwhile a few more entries are read until
// none has come between; what still comes is the next sheet's, and what is left open may be newer by a moment.
func (b Book) facts(ctx context.Context, device string) (f Facts, err error) {
	f = Facts{Device: device, Orders: make(map[string]Order), Reference: b.Reference}
	if f.Last, f.Before, err = b.Last(ctx, device); err != nil {
		return f, err
	}
	f.To = f.Last.To
	statements := make(map[string]payment.StatementState)
	f.State = func(mchid, day string) payment.StatementState { return statements[mchid+"/"+day] }
	for range tries {
		more, err := b.since(ctx, f.To)
		if err != nil || len(more) == 0 && len(f.Orders) > 0 {
			return f, errors.Join(err, b.statements(ctx, f, statements))
		}
		f.Entries = append(f.Entries, more...)
		if len(more) > 0 {
			f.To = more[len(more)-1].Seq
		}
		var touched []string
		for _, l := range f.Before.Left {
			touched = append(touched, l.Order)
		}
		for _, l := range f.Before.Broken {
			touched = append(touched, l.Order)
		}
		if len(f.Orders) > 0 {
			touched = touched[:0] // they are read already
		}
		if err := b.orders(ctx, f, append(touched, numbers(more)...)); err != nil {
			return f, err
		}
	}
	return f, b.statements(ctx, f, statements)
}

func numbers(entries []payment.Entry) (list []string) {
	for _, e := range entries {
		list = append(list, e.Order)
	}
	return list
}

// since reads the audit after a sequence number to its end.
func (b Book) since(ctx context.Context, seq uint64) (all []payment.Entry, err error) {
	for {
		page, err := b.Ledger.Since(ctx, seq, payment.MaxPage)
		all = append(all, page...)
		if err != nil || len(page) < payment.MaxPage {
			return all, err
		}
		seq = page[len(page)-1].Seq
	}
}

// orders reads orders anew, with what a sheet needs of each.
func (b Book) orders(ctx context.Context, f Facts, touched []string) error {
	slices.Sort(touched)
	for _, no := range slices.Compact(touched) {
		if no == "" {
			continue
		}
		o, err := b.order(ctx, no)
		if errors.Is(err, payment.ErrNotFound) {
			continue // a bill of WeChat's names it, and no ledger of ours
		}
		if err != nil {
			return err
		}
		f.Orders[no] = o
	}
	return nil
}

// order reads one order. What cannot be read of it makes it broken, and stops nobody.
func (b Book) order(ctx context.Context, no string) (o Order, err error) {
	if o.Order, err = b.Ledger.Order(ctx, no); err == nil {
		o.Effects, err = b.Ledger.Effects(ctx, no)
	}
	if err == nil && o.Refunding.Parts > 0 {
		o.Refunds, err = b.Ledger.RefundsOf(ctx, no)
	}
	if err == nil && !o.copied() && o.Refunding.Parts == 0 {
		return o, nil
	}
	if ctx.Err() != nil || errors.Is(err, payment.ErrFailed) || errors.Is(err, payment.ErrAway) ||
		errors.Is(err, payment.ErrNotFound) {
		return o, errors.Join(err, ctx.Err())
	}
	broken := err != nil
	if o.History, err = b.Ledger.Audit(ctx, no); err != nil {
		return o, fmt.Errorf("audit of %s: %w", no, err)
	}
	if broken {
		o = Order{Broken: true, History: o.History}
	}
	return o, nil
}

// copied reports whether a receipt of the order was handed more than once.
func (o Order) copied() bool {
	return slices.ContainsFunc(o.Effects, func(e payment.Effect) bool {
		return e.Kind == receipt.Effect && e.Tries > 1
	})
}

// statements reads how far the reconciliation of the days is that a sheet may name.
func (b Book) statements(ctx context.Context, f Facts, into map[string]payment.StatementState) error {
	want := make(map[string]bool)
	for _, u := range f.Before.Unchecked {
		want[u.MchID+"/"+u.Day] = true
	}
	for _, o := range f.Orders {
		if !o.PaidAt.IsZero() {
			want[o.Merchant.MchID+"/"+dayOf(o.PaidAt)] = true
		}
	}
	for key := range want {
		s, err := b.statement(ctx, key)
		if err != nil {
			return err
		}
		into[key] = s.State
	}
	return nil
}

// statement is what is known of a merchant's day; nothing where nobody has asked for its bill.
func (b Book) statement(ctx context.Context, key string) (payment.Statement, error) {
	s, err := b.Ledger.Statements().Get(ctx, key)
	if errors.Is(err, payment.ErrNotFound) {
		err = nil
	}
	if s.State == payment.StatementRead && !s.Settled() {
		s.State = payment.StatementPart
	}
	return s, err
}

// Verify returns what is wrong with the chain of a device's closings; nothing when it holds.
func (b Book) Verify(ctx context.Context, device string) (findings []string, err error) {
	var last payment.ClosingSheet
	for c, err := range payment.Each(ctx, b.Ledger.Closings(), payment.Range{Prefix: device + "/"}) {
		if err != nil {
			return findings, err
		}
		if !c.Follows(last) {
			findings = append(findings, fmt.Sprintf("sheet %s does not follow the one before", c.Key()))
		}
		last = c
	}
	return findings, nil
}

// Devices returns the devices that have closed, and the kiosk, in order.
func (b Book) Devices(ctx context.Context) ([]string, error) {
	list := []string{b.Kiosk}
	r := payment.Range{N: 1}
	for {
		page, err := b.Ledger.Closings().List(ctx, r)
		if err != nil || len(page) == 0 {
			slices.Sort(list)
			return slices.Compact(list), err
		}
		list = append(list, page[0].Device)
		r.After = strings.TrimSuffix(page[0].Key(), fmt.Sprintf("%08d", page[0].Number)) + "99999999"
	}
}
