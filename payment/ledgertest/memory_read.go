package ledgertest

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"courtkiosk/payment"
)

func (m *Memory) ofBill(k payment.Key, but string) []payment.Order {
	var all []payment.Order
	for _, k := range m.bills[k] {
		if k.order.No != but {
			all = append(all, clone(k.order))
		}
	}
	return all
}

// Order returns one order.
func (m *Memory) Order(_ context.Context, no string) (payment.Order, error) {
	defer m.lock()()
	if k := m.orders[no]; k != nil {
		return clone(k.order), nil
	}
	return payment.Order{}, payment.ErrNotFound
}

// OfBill returns the orders of a bill, oldest first.
func (m *Memory) OfBill(_ context.Context, k payment.Key) ([]payment.Order, error) {
	defer m.lock()()
	return m.ofBill(k, ""), nil
}

// Labelled returns the orders that carry a label, oldest first.
func (m *Memory) Labelled(_ context.Context, label string) ([]payment.Order, error) {
	defer m.lock()()
	return copies(m.labels[label]), nil
}

// Unsettled returns the orders that are not final, oldest first.
func (m *Memory) Unsettled(context.Context) (open []payment.Order, err error) {
	defer m.lock()()
	for _, k := range m.line {
		if !k.order.Final() {
			open = append(open, clone(k.order))
		}
	}
	return open, nil
}

// fewestDigits is how many of a transaction's last digits are looked for at least.
const fewestDigits = 4

// Find returns a page of what a filter describes. Like a store that walks one index, it looks at no more orders than
// were asked for, so that a page may be short, or empty, before the end.
func (m *Memory) Find(_ context.Context, f payment.Filter) (page payment.Page, err error) {
	if f.N < 1 || f.N > payment.MaxPage {
		return page, fmt.Errorf("%w: %d orders a page", payment.ErrFilter, f.N)
	}
	if f.Transaction != "" && len(f.Transaction) < fewestDigits {
		return page, fmt.Errorf("%w: %d digits of a transaction", payment.ErrFilter, len(f.Transaction))
	}
	before, err := placed(f.Before)
	if err != nil {
		return page, err
	}
	f.Paid = f.Paid || f.PaidTo != ""
	defer m.lock()()
	walk, at := index(f)
	var found []spot
	for _, k := range m.line {
		if s := (spot{at(k), k}); walk(k.order) && (f.Before == "" || s.compare(before) < 0) {
			found = append(found, s)
		}
	}
	slices.SortFunc(found, func(a, b spot) int { return b.compare(a) })
	if len(found) > f.N {
		found = found[:f.N]
		last := found[f.N-1]
		page.Next = fmt.Sprintf("%d.%d", last.at, last.born)
	}
	for _, k := range found {
		if matches(f, k.order) {
			page.Orders = append(page.Orders, clone(k.order))
		}
	}
	return page, nil
}

// A spot is where an index has an order.
type spot struct {
	at int64 // microseconds; 0 of an index that is by time opened
	*kept
}

func (s spot) compare(other spot) int {
	return cmp.Or(cmp.Compare(s.at, other.at), cmp.Compare(s.born, other.born))
}

// placed reads the spot that a page ended with.
func placed(next string) (spot, error) {
	s := spot{kept: new(kept)}
	if next == "" {
		return s, nil
	}
	if _, err := fmt.Sscanf(next, "%d.%d", &s.at, &s.born); err != nil {
		return s, fmt.Errorf("%w: no page ended with %q", payment.ErrFilter, next)
	}
	return s, nil
}

// index returns which orders the index holds that a filter walks, and by which time it sorts them.
func index(f payment.Filter) (holds func(payment.Order) bool, at func(*kept) int64) {
	one := payment.Filter{}
	at = func(*kept) int64 { return 0 }
	switch {
	case f.PaidTo != "":
		one.PaidTo, one.Paid = f.PaidTo, true
		at = func(k *kept) int64 { return k.order.PaidAt.UnixMicro() }
	case f.Transaction != "":
		one.Transaction = f.Transaction
	case f.Sequence != 0:
		one.Sequence = f.Sequence
	case f.Serial != 0:
		one.Serial = f.Serial
	case f.Amount != 0:
		one.Amount = f.Amount
	case f.Paid:
		one.Paid = true
		at = func(k *kept) int64 { return k.order.PaidAt.UnixMicro() }
	}
	return func(o payment.Order) bool { return matches(one, o) }, at
}

func matches(f payment.Filter, o payment.Order) bool {
	at := o.CreatedAt
	if f.Paid {
		at = o.PaidAt
	}
	device, _ := o.Elsewhere()
	return strings.HasSuffix(o.TransactionID, f.Transaction) &&
		(f.PaidTo == "" || device == f.PaidTo) &&
		(f.Sequence == 0 || o.Sequence == f.Sequence) &&
		(f.Serial == 0 || o.Serial == f.Serial) &&
		(f.Amount == 0 || o.Amount == f.Amount || o.PaidAmount == f.Amount) &&
		!(f.Paid && at.IsZero()) &&
		(f.Day.IsZero() || dayOf("", at) == dayOf("", f.Day)) &&
		(f.Device == "" || o.Device == f.Device) &&
		(f.Purse == "" || o.Key.Purse == f.Purse) &&
		(f.State == "" || o.State == f.State)
}

// Personal returns an order's personal data.
func (m *Memory) Personal(_ context.Context, no string) ([]byte, error) {
	defer m.lock()()
	if k := m.orders[no]; k != nil {
		return bytes.Clone(k.personal), nil
	}
	return nil, nil
}

// Expunge forgets the personal data of orders that ended before t.
func (m *Memory) Expunge(ctx context.Context, t time.Time) (n int, err error) {
	defer m.lock()()
	var ended []*kept
	for _, k := range m.line {
		if len(k.personal) > 0 && k.order.Final() && k.order.Ended().Before(t) {
			ended = append(ended, k)
		}
	}
	if len(ended) == 0 {
		return 0, nil
	}
	return len(ended), m.commit(ctx, func() {
		for _, k := range ended {
			k.personal = nil
			m.record(payment.Entry{Order: k.order.No, Event: "expunged"})
		}
	})
}

// Note appends an entry that belongs to no order.
func (m *Memory) Note(ctx context.Context, e payment.Entry) error {
	defer m.lock()()
	return m.commit(ctx, func() { m.record(e) })
}

// Audit returns the entries of an order, oldest first.
func (m *Memory) Audit(_ context.Context, no string) (list []payment.Entry, err error) {
	defer m.lock()()
	for _, e := range m.audit {
		if e.Order == no {
			list = append(list, e)
		}
	}
	return list, nil
}

// Since returns at most n entries after a sequence number, oldest first.
func (m *Memory) Since(_ context.Context, seq uint64, n int) ([]payment.Entry, error) {
	defer m.lock()()
	all := m.audit[min(seq, uint64(len(m.audit))):]
	return slices.Clone(all[:min(n, len(all))]), nil
}

// Ready returns what Fail was told, as a ledger says it that must be opened anew, unless it is one that is away.
func (m *Memory) Ready(context.Context) error {
	defer m.lock()()
	if errors.Is(m.fails, payment.ErrAway) {
		return m.fails
	}
	if m.fails != nil {
		return fmt.Errorf("%w: %w", payment.ErrFailed, m.fails)
	}
	if m.moved() {
		return payment.ErrMoved
	}
	return nil
}

// Care has nothing to do.
func (m *Memory) Care(context.Context, time.Time) error { return nil }

// Incomplete tells what Lose was told.
func (m *Memory) Incomplete() (payment.Lost, bool) {
	defer m.lock()()
	if m.lost == nil {
		return payment.Lost{}, false
	}
	return *m.lost, true
}

// Complete notes that WeChat was asked for all of it.
func (m *Memory) Complete(ctx context.Context, note string) error {
	defer m.lock()()
	return m.commit(ctx, func() {
		m.lost = nil
		m.record(payment.Entry{Event: "complete", Note: note})
	})
}
