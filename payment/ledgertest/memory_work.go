package ledgertest

import (
	"cmp"
	"context"
	"slices"
	"strings"
	"time"

	"courtkiosk/payment"
)

// Effects returns the effects of an order.
func (m *Memory) Effects(_ context.Context, no string) ([]payment.Effect, error) {
	defer m.lock()()
	if k := m.orders[no]; k != nil {
		return slices.Clone(k.effects), nil
	}
	return nil, nil
}

// UpdateEffect stores what rule makes of an effect.
func (m *Memory) UpdateEffect(
	ctx context.Context, no, kind string, move func(payment.Effect) (payment.Effect, error),
) (payment.Effect, error) {
	defer m.lock()()
	var at *payment.Effect
	if k := m.orders[no]; k != nil {
		at = k.effect(kind)
	}
	if at == nil {
		return payment.Effect{}, payment.ErrNotFound
	}
	before := *at
	e, err := rule(m, func() (payment.Effect, error) { return move(before) })
	if err != nil {
		return payment.Effect{}, err
	}
	e.Order, e.Kind, e.Since = no, kind, before.Since
	entry := payment.Entry{Order: no, Event: kind + " " + string(e.State), By: e.By}
	if e.Note != before.Note {
		entry.Note = e.Note
	}
	err = m.commit(ctx, func() {
		if e.State != before.State {
			e.Since = now()
		}
		*at = e
		m.record(entry)
	})
	if err != nil {
		return payment.Effect{}, err
	}
	return e, nil
}

// owed calls visit for each effect that is not done.
func (m *Memory) owed(visit func(*kept, *payment.Effect)) {
	for _, k := range m.line {
		for i := range k.effects {
			if k.effects[i].State != payment.Done {
				visit(k, &k.effects[i])
			}
		}
	}
}

// ClaimWork takes up owed work for a holder, of the orders that were paid first.
func (m *Memory) ClaimWork(
	ctx context.Context, kind, holder string, n int, now, until time.Time,
) (pieces []payment.Piece, err error) {
	type claim struct {
		k *kept
		e *payment.Effect
	}
	defer m.lock()()
	var free []claim
	m.owed(func(k *kept, e *payment.Effect) {
		if e.Kind == kind && (e.State == payment.Owed || e.State == payment.Doubtful) && !e.Until.After(now) {
			free = append(free, claim{k, e})
		}
	})
	slices.SortStableFunc(free, func(a, b claim) int {
		return cmp.Or(a.k.order.PaidAt.Compare(b.k.order.PaidAt), cmp.Compare(a.k.order.Sequence, b.k.order.Sequence))
	})
	free = free[:min(n, len(free))]
	if len(free) == 0 {
		return nil, nil
	}
	err = m.commit(ctx, func() {
		for _, c := range free {
			c.e.Holder, c.e.Until = holder, until
			pieces = append(pieces, payment.Piece{Effect: *c.e, Order: clone(c.k.order)})
		}
	})
	if err != nil {
		return nil, err
	}
	return pieces, nil
}

// InHand returns what a holder has handed, and what others have had in hand for too long.
func (m *Memory) InHand(_ context.Context, holder string, n int, now time.Time) (list []payment.Effect, err error) {
	defer m.lock()()
	m.owed(func(_ *kept, e *payment.Effect) {
		if len(list) < n && e.State == payment.Handed && (e.Holder == holder || e.Until.Before(now)) {
			list = append(list, *e)
		}
	})
	return list, nil
}

// Pending returns the next effects of a kind and those below it that are not done.
func (m *Memory) Pending(
	_ context.Context, kind string, after payment.Effect, n int,
) (list []payment.Effect, err error) {
	defer m.lock()()
	m.owed(func(_ *kept, e *payment.Effect) {
		if (kind == "" || e.Kind == kind || strings.HasPrefix(e.Kind, kind+"/")) && byName(*e, after) > 0 {
			list = append(list, *e)
		}
	})
	slices.SortFunc(list, byName)
	return list[:min(n, len(list))], nil
}

func byName(a, b payment.Effect) int {
	return cmp.Or(cmp.Compare(a.Order, b.Order), cmp.Compare(a.Kind, b.Kind))
}

// Tally counts the effects that are not done.
func (m *Memory) Tally(context.Context) (list []payment.Tally, err error) {
	defer m.lock()()
	m.owed(func(_ *kept, e *payment.Effect) {
		i := slices.IndexFunc(list, func(t payment.Tally) bool { return t.Kind == e.Kind && t.State == e.State })
		if i < 0 {
			list = append(list, payment.Tally{Kind: e.Kind, State: e.State, Oldest: e.Since})
			i = len(list) - 1
		}
		list[i].N++
		if e.Since.Before(list[i].Oldest) {
			list[i].Oldest = e.Since
		}
	})
	return list, nil
}
