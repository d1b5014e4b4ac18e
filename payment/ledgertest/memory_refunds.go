package ledgertest

import (
	"bytes"
	"cmp"
	"context"
	"reflect"
	"slices"
	"strings"

	"courtkiosk/payment"
)

// A gift is a refund that is kept.
type gift struct{ payment.Refund }

// give adds a refund of an order.
func (m *Memory) give(k *kept, g *gift) {
	k.refunds, m.gifts = append(k.refunds, g), append(m.gifts, g)
}

// AskRefund stores the refund that rule makes of an order.
func (m *Memory) AskRefund(
	ctx context.Context, order, id string, decide func(payment.Refunded) (payment.RefundChange, error),
) (payment.Refund, error) {
	defer m.lock()()
	k := m.orders[order]
	if k == nil {
		return payment.Refund{}, payment.ErrNotFound
	}
	asked := func(g *gift) bool { return id != "" && g.Request == id }
	if i := slices.IndexFunc(k.refunds, asked); i >= 0 {
		return k.refunds[i].clone(), nil
	}
	c, err := rule(m, func() (payment.RefundChange, error) { return decide(m.refunded(k)) })
	if err != nil {
		return payment.Refund{}, err
	}
	c.Refund.Request = id
	return m.storeRefund(ctx, k, nil, c)
}

// UpdateRefund stores the change that rule makes of a refund.
func (m *Memory) UpdateRefund(
	ctx context.Context, no string, decide func(payment.Refund, payment.Refunded) (payment.RefundChange, error),
) (payment.Refund, error) {
	defer m.lock()()
	i := slices.IndexFunc(m.gifts, func(g *gift) bool { return g.No == no })
	if i < 0 {
		return payment.Refund{}, payment.ErrNotFound
	}
	k := m.orders[m.gifts[i].Order]
	c, err := rule(m, func() (payment.RefundChange, error) { return decide(m.gifts[i].clone(), m.refunded(k)) })
	if err != nil {
		return payment.Refund{}, err
	}
	return m.storeRefund(ctx, k, m.gifts[i], c)
}

// storeRefund stores a change of an order's refund; g is nil of a new one.
func (m *Memory) storeRefund(ctx context.Context, k *kept, g *gift, c payment.RefundChange) (payment.Refund, error) {
	before := payment.Refund{}
	if g != nil {
		before = g.Refund
	}
	if err := c.Stands(before); err != nil {
		return payment.Refund{}, err
	}
	of := c.Order
	of.By, of.Note = cmp.Or(of.By, c.By), cmp.Or(of.Note, string(c.Event))
	moves := of.Order.No != ""
	if moves {
		of.Order.Lease = k.order.Lease
		if err := k.stands(of); err != nil {
			return payment.Refund{}, err
		}
		moves = len(of.Owed) > 0 || !reflect.DeepEqual(of.Order, k.order)
	}
	r := c.Refund
	idle := c.Event == "" && reflect.DeepEqual(r, before)
	if idle && !moves {
		return g.clone(), nil
	}
	err := m.commit(ctx, func() {
		if moves {
			m.change(k, of)
		}
		if idle {
			return
		}
		r.ChangedAt = now()
		if g == nil {
			g = &gift{}
			m.give(k, g)
		}
		g.Refund = r
		m.record(c.Entry())
	})
	if err != nil {
		return payment.Refund{}, err
	}
	return g.clone(), nil
}

func (m *Memory) refunded(k *kept) payment.Refunded {
	of := payment.Refunded{Order: clone(k.order), Others: m.ofBill(k.order.Key, k.order.No), Staff: m.staff()}
	for _, g := range k.refunds {
		of.Refunds = append(of.Refunds, g.clone())
	}
	return of
}

// clone copies what could be reached through a slice.
func (g *gift) clone() payment.Refund {
	r := g.Refund
	r.Body = bytes.Clone(r.Body)
	return r
}

// Refund returns one refund.
func (m *Memory) Refund(_ context.Context, no string) (payment.Refund, error) {
	defer m.lock()()
	i := slices.IndexFunc(m.gifts, func(g *gift) bool { return g.No == no })
	if i < 0 {
		return payment.Refund{}, payment.ErrNotFound
	}
	return m.gifts[i].clone(), nil
}

// RefundsOf returns the refunds of an order, oldest first.
func (m *Memory) RefundsOf(_ context.Context, order string) ([]payment.Refund, error) {
	defer m.lock()()
	k := m.orders[order]
	if k == nil {
		return nil, payment.ErrNotFound
	}
	return m.refunded(k).Refunds, nil
}

// OpenRefunds returns the refunds that are not final, oldest first.
func (m *Memory) OpenRefunds(context.Context) (list []payment.Refund, err error) {
	defer m.lock()()
	for _, g := range m.gifts {
		if !g.Final() {
			list = append(list, g.clone())
		}
	}
	return list, nil
}

// RefundPage returns refunds by their numbers.
func (m *Memory) RefundPage(_ context.Context, after string, n int) (list []payment.Refund, err error) {
	defer m.lock()()
	for _, g := range m.gifts {
		if g.No > after {
			list = append(list, g.clone())
		}
	}
	slices.SortFunc(list, func(a, b payment.Refund) int { return strings.Compare(a.No, b.No) })
	return list[:min(n, len(list))], nil
}
