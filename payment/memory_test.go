package payment_test

import (
	"context"
	"reflect"
	"slices"
	"sync"

	"courtkiosk/payment"
)

// memory is a Ledger for simulations: what a session needs of one, and nothing else. It keeps the contract's
// two teeth: a bill's number is given once unless void, and an edge outside the graph is refused.
type memory struct {
	payment.Ledger // the rest: a session that asks for it panics

	mu       sync.Mutex
	instance string
	orders   []payment.Order
	effects  []payment.Effect
	walked   []payment.Edge
	sequence uint64
	fail     error                 // what every write comes to
	written  func(o payment.Order) // called after each write, outside of the lock
}

func (m *memory) Identity() payment.Identity {
	id := payment.Identity{Court: "京0101", Environment: "test", Instance: m.instance}
	if id.Instance == "" {
		id.Instance = "4f1c"
	}
	return id
}

// copied is a backup.
func (m *memory) copied() *memory {
	m.mu.Lock()
	defer m.mu.Unlock()
	return &memory{instance: m.instance, orders: slices.Clone(m.orders), effects: slices.Clone(m.effects), sequence: m.sequence}
}

func (m *memory) Create(ctx context.Context, k payment.Key, _ []byte, next func([]payment.Order) (payment.Order, error)) (payment.Order, error) {
	o, err := m.create(ctx, k, next)
	if err == nil && m.written != nil {
		m.written(o)
	}
	return o, err
}

func (m *memory) create(ctx context.Context, k payment.Key, next func([]payment.Order) (payment.Order, error)) (payment.Order, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if err := m.broken(ctx); err != nil {
		return payment.Order{}, err
	}
	o, err := next(m.ofBill(k, ""))
	if err != nil {
		return payment.Order{}, err
	}
	if i := m.index(o.No); i >= 0 {
		if m.orders[i].State != payment.Void {
			return payment.Order{}, payment.ErrConflict
		}
		m.orders = slices.Delete(m.orders, i, i+1)
	}
	m.orders = append(m.orders, o)
	return o, nil
}

func (m *memory) Update(ctx context.Context, no string, rule func(payment.Order, []payment.Order) (payment.Change, error)) (payment.Order, error) {
	o, changed, err := m.update(ctx, no, rule)
	if changed && m.written != nil {
		m.written(o)
	}
	return o, err
}

func (m *memory) update(ctx context.Context, no string, rule func(payment.Order, []payment.Order) (payment.Change, error)) (payment.Order, bool, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	i := m.index(no)
	if i < 0 {
		return payment.Order{}, false, payment.ErrNotFound
	}
	o := m.orders[i]
	c, err := rule(o, m.ofBill(o.Key, no))
	if err != nil {
		return o, false, err
	}
	if reflect.DeepEqual(c.Order, o) && len(c.Owed) == 0 {
		return o, false, nil
	}
	if err := m.broken(ctx); err != nil {
		return o, false, err
	}
	edge := payment.Edge{From: o.State, Event: c.Event, To: c.Order.State}
	if c.Event != "" && !payment.Allowed(edge) || c.Event == "" && edge.From != edge.To {
		return o, false, &payment.TransitionError{Order: no, Edge: edge}
	}
	if c.Order.State == payment.Paid && c.Order.Sequence == 0 {
		m.sequence++
		c.Order.Sequence = m.sequence
	}
	m.orders[i] = c.Order
	m.walked = append(m.walked, edge)
	for _, e := range c.Owed {
		if e.Order = no; !slices.ContainsFunc(m.effects, same(no, e.Kind)) {
			m.effects = append(m.effects, e)
		}
	}
	return c.Order, true, nil
}

func same(no, kind string) func(payment.Effect) bool {
	return func(e payment.Effect) bool { return e.Order == no && e.Kind == kind }
}

func (m *memory) UpdateEffect(ctx context.Context, no, kind string, rule func(payment.Effect) (payment.Effect, error)) (payment.Effect, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	i := slices.IndexFunc(m.effects, same(no, kind))
	if i < 0 {
		return payment.Effect{}, payment.ErrNotFound
	}
	e, err := rule(m.effects[i])
	if err == nil {
		err = m.broken(ctx)
	}
	if err != nil {
		return payment.Effect{}, err
	}
	m.effects[i] = e
	return e, nil
}

func (m *memory) Effects(_ context.Context, no string) ([]payment.Effect, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	return slices.DeleteFunc(slices.Clone(m.effects), func(e payment.Effect) bool {
		return no != "" && e.Order != no || no == "" && e.State == payment.Done
	}), nil
}

func (m *memory) broken(ctx context.Context) error {
	if m.fail != nil {
		return m.fail
	}
	return ctx.Err()
}

func (m *memory) index(no string) int {
	return slices.IndexFunc(m.orders, func(o payment.Order) bool { return o.No == no })
}

func (m *memory) ofBill(k payment.Key, but string) []payment.Order {
	return slices.DeleteFunc(slices.Clone(m.orders), func(o payment.Order) bool { return o.Key != k || o.No == but })
}

func (m *memory) OfBill(_ context.Context, k payment.Key) ([]payment.Order, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.ofBill(k, ""), nil
}

func (m *memory) Unsettled(context.Context) ([]payment.Order, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	return slices.DeleteFunc(slices.Clone(m.orders), payment.Order.Final), nil
}

func (m *memory) Recent(_ context.Context, n int) ([]payment.Order, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	list := slices.Clone(m.orders)
	slices.Reverse(list)
	return list[:min(n, len(list))], nil
}

func (m *memory) Order(_ context.Context, no string) (payment.Order, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if i := m.index(no); i >= 0 {
		return m.orders[i], nil
	}
	return payment.Order{}, payment.ErrNotFound
}

func (m *memory) Close() error { return nil }

// owes returns the kinds of work owed for an order, in the order of their making.
func (m *memory) owes(no string) []string {
	m.mu.Lock()
	defer m.mu.Unlock()
	var kinds []string
	for _, e := range m.effects {
		if e.Order == no {
			kinds = append(kinds, e.Kind)
		}
	}
	return kinds
}
