package ledgertest

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"sync"
	"time"

	"courtkiosk/payment"
)

// Memory is a payment.Ledger that keeps everything in memory, for simulations and for tests of what stands on a
// ledger. It passes the contract of Run whole; to open it again is to Copy it. Any number of goroutines may use it.
type Memory struct {
	// Written, unless nil, is told of each order after a write of it, outside of the transaction. A test that pulls the
	// plug right after a write does it there.
	Written func(payment.Order)

	identity payment.Identity

	mu    sync.Mutex
	fails error
	held
}

// held is what a file would hold.
type held struct {
	orders   []payment.Order // oldest first
	effects  []payment.Effect
	personal map[string][]byte // by order number
	audit    []payment.Entry   // without hashes: Audit chains what it returns
	days     map[string]uint64 // serials given, by day in China
	sequence uint64
}

// NewMemory returns an empty ledger of the identity.
func NewMemory(id payment.Identity) *Memory {
	return &Memory{identity: id, held: held{personal: make(map[string][]byte), days: make(map[string]uint64)}}
}

// Copy returns another ledger that holds the same: a backup, or what the next run finds.
func (m *Memory) Copy() *Memory {
	m.mu.Lock()
	defer m.mu.Unlock()
	h := m.held // what the slices hold is replaced, never changed in place
	h.orders, h.effects, h.audit = slices.Clone(h.orders), slices.Clone(h.effects), slices.Clone(h.audit)
	h.personal, h.days = maps.Clone(h.personal), maps.Clone(h.days)
	return &Memory{identity: m.identity, held: h}
}

// Fail makes every write from now on come to err and store nothing, as on a full disk; nil heals.
func (m *Memory) Fail(err error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.fails = err
}

// Identity returns what the ledger was made for.
func (m *Memory) Identity() payment.Identity { return m.identity }

// Close does nothing: what is in memory stays.
func (m *Memory) Close() error { return nil }

// Create stores the order that next makes of the bill's earlier orders.
func (m *Memory) Create(ctx context.Context, k payment.Key, personal []byte,
	next func([]payment.Order) (payment.Order, error)) (payment.Order, error) {
	o, err := m.create(ctx, k, personal, next)
	if err == nil && m.Written != nil {
		m.Written(o)
	}
	return o, err
}

func (m *Memory) create(ctx context.Context, k payment.Key, personal []byte,
	next func([]payment.Order) (payment.Order, error)) (payment.Order, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if err := m.broken(ctx); err != nil {
		return payment.Order{}, err
	}
	o, err := next(m.ofBill(k, ""))
	if err != nil {
		return payment.Order{}, err
	}
	edge := payment.Edge{Event: payment.Opened, To: o.State}
	if !payment.Allowed(edge) || o.Key != k {
		return payment.Order{}, &payment.TransitionError{Order: o.No, Edge: edge}
	}
	if i := m.index(o.No); i >= 0 {
		if s := m.orders[i].State; s != payment.Void {
			return payment.Order{}, fmt.Errorf("%w: order %s exists and is %s", payment.ErrConflict, o.No, s)
		}
		m.orders = slices.Delete(m.orders, i, i+1)
	}
	day := o.CreatedAt.In(payment.China).Format(time.DateOnly)
	m.days[day]++
	o.Serial, o.ChangedAt = m.days[day], time.Now()
	m.orders = append(m.orders, clone(o))
	delete(m.personal, o.No)
	if len(personal) > 0 {
		m.personal[o.No] = bytes.Clone(personal)
	}
	m.record(payment.Entry{Order: o.No, Event: string(payment.Opened), To: o.State})
	return o, nil
}

// Update stores the change that rule makes of an order.
func (m *Memory) Update(ctx context.Context, no string,
	rule func(payment.Order, []payment.Order) (payment.Change, error)) (payment.Order, error) {
	o, changed, err := m.update(ctx, no, rule)
	if changed && m.Written != nil {
		m.Written(o)
	}
	return o, err
}

func (m *Memory) update(ctx context.Context, no string,
	rule func(payment.Order, []payment.Order) (payment.Change, error)) (o payment.Order, changed bool, err error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	i := m.index(no)
	if i < 0 {
		return payment.Order{}, false, payment.ErrNotFound
	}
	before := m.orders[i]
	c, err := rule(clone(before), m.ofBill(before.Key, no))
	if err != nil {
		return payment.Order{}, false, err
	}
	o = c.Order
	edge := payment.Edge{From: before.State, Event: c.Event, To: o.State}
	if c.Event != "" && !payment.Allowed(edge) || c.Event == "" && edge.From != edge.To || o.No != no {
		return payment.Order{}, false, &payment.TransitionError{Order: no, Edge: edge}
	}
	if c.Event == "" && len(c.Owed) == 0 && reflect.DeepEqual(o, before) {
		return clone(before), false, nil
	}
	if err := m.broken(ctx); err != nil {
		return payment.Order{}, false, err
	}
	o.ChangedAt = time.Now()
	if o.State == payment.Paid && o.Sequence == 0 {
		m.sequence++
		o.Sequence = m.sequence
	}
	m.orders[i] = clone(o)
	for _, e := range c.Owed {
		if e.Order, e.Since = no, o.ChangedAt; !slices.ContainsFunc(m.effects, same(no, e.Kind)) {
			m.effects = append(m.effects, e)
		}
	}
	event := string(c.Event)
	if event == "" {
		event = "noted"
	}
	m.record(payment.Entry{Order: no, From: edge.From, Event: event, To: edge.To, Note: c.Note})
	return o, true, nil
}

// UpdateEffect stores what rule makes of an effect.
func (m *Memory) UpdateEffect(ctx context.Context, no, kind string,
	rule func(payment.Effect) (payment.Effect, error)) (payment.Effect, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	i := slices.IndexFunc(m.effects, same(no, kind))
	if i < 0 {
		return payment.Effect{}, payment.ErrNotFound
	}
	before := m.effects[i]
	e, err := rule(before)
	if err == nil {
		err = m.broken(ctx)
	}
	if err != nil {
		return payment.Effect{}, err
	}
	e.Order, e.Kind, e.Since = no, kind, time.Now()
	m.effects[i] = e
	entry := payment.Entry{Order: no, Event: kind + " " + string(e.State)}
	if e.Note != before.Note {
		entry.Note = e.Note
	}
	m.record(entry)
	return e, nil
}

// Expunge forgets the personal data of orders that ended before t.
func (m *Memory) Expunge(ctx context.Context, t time.Time) (int, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if err := m.broken(ctx); err != nil {
		return 0, err
	}
	n := 0
	for _, o := range m.orders {
		if m.personal[o.No] != nil && o.Final() && o.ChangedAt.Before(t) {
			delete(m.personal, o.No)
			m.record(payment.Entry{Order: o.No, Event: "expunged"})
			n++
		}
	}
	return n, nil
}

// broken is what a write comes to before it is made.
func (m *Memory) broken(ctx context.Context) error {
	if m.fails != nil {
		return m.fails
	}
	return ctx.Err()
}

func (m *Memory) record(e payment.Entry) {
	e.Seq, e.At = uint64(len(m.audit)+1), time.Now().UTC()
	m.audit = append(m.audit, e)
}

// Order returns one order.
func (m *Memory) Order(_ context.Context, no string) (payment.Order, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if i := m.index(no); i >= 0 {
		return clone(m.orders[i]), nil
	}
	return payment.Order{}, payment.ErrNotFound
}

// OfBill returns the orders of a bill, oldest first.
func (m *Memory) OfBill(_ context.Context, k payment.Key) ([]payment.Order, error) {
	return m.list(func(o *payment.Order) bool { return o.Key == k }), nil
}

// Labelled returns the orders that carry a label, oldest first.
func (m *Memory) Labelled(_ context.Context, label string) ([]payment.Order, error) {
	return m.list(func(o *payment.Order) bool { return slices.Contains(o.Labels, label) }), nil
}

// Unsettled returns the orders that are not final, oldest first.
func (m *Memory) Unsettled(context.Context) ([]payment.Order, error) {
	return m.list(func(o *payment.Order) bool { return !o.Final() }), nil
}

// Recent returns the newest orders, newest first, at most n.
func (m *Memory) Recent(_ context.Context, n int) ([]payment.Order, error) {
	list := m.list(func(*payment.Order) bool { return true })
	slices.Reverse(list)
	return list[:min(n, len(list))], nil
}

// Effects returns the effects of an order, or with an empty no every effect that is not done, oldest first.
func (m *Memory) Effects(_ context.Context, no string) ([]payment.Effect, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	return slices.DeleteFunc(slices.Clone(m.effects), func(e payment.Effect) bool {
		return no != "" && e.Order != no || no == "" && e.State == payment.Done
	}), nil
}

// Personal returns an order's personal data, nil after it was expunged.
func (m *Memory) Personal(_ context.Context, no string) ([]byte, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	return bytes.Clone(m.personal[no]), nil
}

// Audit returns the entries of an order, or of all orders with an empty no, oldest first.
func (m *Memory) Audit(_ context.Context, no string) ([]payment.Entry, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	var list []payment.Entry
	var last []byte
	for _, e := range m.audit {
		text, err := json.Marshal(e)
		if err != nil {
			return nil, err
		}
		sum := sha256.Sum256(append(bytes.Clone(last), text...))
		e.Hash, last = sum[:], sum[:]
		if no == "" || e.Order == no {
			list = append(list, e)
		}
	}
	return list, nil
}

func (m *Memory) list(match func(*payment.Order) bool) []payment.Order {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.matching(match)
}

func (m *Memory) matching(match func(*payment.Order) bool) []payment.Order {
	var list []payment.Order
	for i := range m.orders {
		if match(&m.orders[i]) {
			list = append(list, clone(m.orders[i]))
		}
	}
	return list
}

func (m *Memory) ofBill(k payment.Key, but string) []payment.Order {
	return m.matching(func(o *payment.Order) bool { return o.Key == k && o.No != but })
}

func (m *Memory) index(no string) int {
	return slices.IndexFunc(m.orders, func(o payment.Order) bool { return o.No == no })
}

// clone copies what could be reached through a slice.
func clone(o payment.Order) payment.Order {
	o.Labels, o.Details, o.Body = slices.Clone(o.Labels), bytes.Clone(o.Details), bytes.Clone(o.Body)
	o.Owed, o.OwedTwin = slices.Clone(o.Owed), slices.Clone(o.OwedTwin)
	return o
}

func same(no, kind string) func(payment.Effect) bool {
	return func(e payment.Effect) bool { return e.Order == no && e.Kind == kind }
}
