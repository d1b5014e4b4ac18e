package ledgertest

import (
	"bytes"
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"sync"
	"time"

	"courtkiosk/payment"
)

// A Memory is a whole payment.Ledger and payment.Keeper that is gone with the process. Close leaves what is in it, so
// that the next run of a program may be given the same Memory. Any number of goroutines may use it; its exported
// fields are set before they do.
type Memory struct {
	// Written, unless nil, is told of each order after a write of it, outside of the transaction. A test that pulls the
	// plug right after a write does it there.
	Written func(payment.Order)
	// Rerun has every rule run twice. Only what it says the second time counts.
	Rerun bool
	// Deaf, unless nil, says of each write that its notice is lost: Stirred finds it when it sweeps.
	Deaf func() bool
	// SweptNever has Stirred trust the notices alone.
	SweptNever bool

	identity payment.Identity
	named    sync.Mutex // held beside mu while identity changes: a rule may ask for it

	mu       sync.Mutex
	orders   map[string]*kept
	bills    map[payment.Key][]*kept // oldest first, as are the labels and the line
	labels   map[string][]*kept
	line     []*kept
	asked    map[string]*kept // by Request.ID
	days     map[deviceDay]uint64
	audit    []payment.Entry
	born     uint64
	fence    uint64 // of the last lease, whichever order it is of
	sequence uint64
	fails    error // what every write comes to
	unsure   *bool // the next commit gets no answer; whether it is stored
	lost     *payment.Lost
	words    []payment.Word
	tries    map[deviceDay]payment.Tries // by subject in place of a device
	gifts    []*gift                     // all refunds, oldest first
	books    map[string]map[string][]byte
	ears     map[chan struct{}]bool // of those who hear of each write

	home, here string           // its own machine, and where it is
	former     []payment.Former // names that it had
	beyond     []Mark           // that it knows to be lost
}

// kept is an order with all that belongs to it.
type kept struct {
	born     uint64 // counts the orders
	order    payment.Order
	effects  []payment.Effect
	personal []byte
	refunds  []*gift // oldest first
}

type deviceDay struct{ device, day string }

func dayOf(device string, t time.Time) deviceDay {
	return deviceDay{device, t.In(payment.China).Format(time.DateOnly)}
}

// NewMemory returns an empty ledger that is bound to id, and made now unless id says when.
func NewMemory(id payment.Identity) *Memory {
	if id.Made.IsZero() {
		id.Made = now()
	}
	return &Memory{
		identity: id, orders: make(map[string]*kept), asked: make(map[string]*kept),
		bills: make(map[payment.Key][]*kept), labels: make(map[string][]*kept), days: make(map[deviceDay]uint64),
		tries: make(map[deviceDay]payment.Tries), books: make(map[string]map[string][]byte),
	}
}

// lock begins a transaction and returns what ends it.
func (m *Memory) lock() (unlock func()) {
	m.mu.Lock()
	return m.mu.Unlock
}

// commit does what a transaction has decided, unless its guard refuses it, or what Fail and Unsure have prepared for
// it.
func (m *Memory) commit(ctx context.Context, apply func()) error {
	if err := cmp.Or(m.fails, ctx.Err()); err != nil {
		return err
	}
	if may := payment.Guard(ctx); may != nil {
		if err := may(m.staff()); err != nil {
			return err
		}
	}
	stored, err := true, error(nil)
	if m.unsure != nil {
		stored, err, m.unsure = *m.unsure, payment.ErrUnsure, nil
	}
	if stored {
		apply()
	}
	return err
}

// rule runs a rule, as often as it is to be run.
func rule[T any](m *Memory, run func() (T, error)) (T, error) {
	if m.Rerun {
		_, _ = run() // a transaction that had to begin again
	}
	return run()
}

// now is the time of a write.
func now() time.Time { return time.Now().UTC().Truncate(time.Microsecond) }

// Fail makes every write from now on come to err and store nothing, as on a full disk; nil heals.
func (m *Memory) Fail(err error) {
	defer m.lock()()
	m.fails = err
}

// Unsure lets the next commit come to payment.ErrUnsure, stored or not.
func (m *Memory) Unsure(stored bool) {
	defer m.lock()()
	m.unsure = &stored
}

// Copy returns another ledger that holds the same, as a backup does.
func (m *Memory) Copy() *Memory {
	defer m.lock()()
	to := NewMemory(m.identity)
	for _, k := range m.line {
		to.put(clone(k.order), slices.Clone(k.effects), k.personal)
	}
	for id, k := range m.asked {
		to.asked[id] = to.orders[k.order.No]
	}
	for _, g := range m.gifts {
		to.give(to.orders[g.Order], &gift{g.Refund})
	}
	maps.Copy(to.days, m.days)
	maps.Copy(to.tries, m.tries)
	for name, records := range m.books {
		to.books[name] = maps.Clone(records)
	}
	to.Rerun, to.audit, to.lost = m.Rerun, slices.Clone(m.audit), m.lost
	to.fence, to.sequence, to.words = m.fence, m.sequence, slices.Clone(m.words)
	to.home, to.here, to.former, to.beyond = m.home, m.here, slices.Clone(m.former), slices.Clone(m.beyond)
	return to
}

// Lose makes the Memory one that was restored and does not know what happened since.
func (m *Memory) Lose(l payment.Lost) {
	defer m.lock()()
	m.lost = &l
}

// Identity returns what the ledger was made for.
func (m *Memory) Identity() payment.Identity {
	m.named.Lock()
	defer m.named.Unlock()
	return m.identity
}

// Close does nothing.
func (m *Memory) Close() error { return nil }

// Create stores the order that next makes of the bill's earlier ones.
func (m *Memory) Create(
	ctx context.Context, r payment.Request, next func([]payment.Order) (payment.Order, error),
) (payment.Order, error) {
	o, wrote, err := m.create(ctx, r, next)
	return m.told(o, wrote, err)
}

// told calls Written, and returns what a write returns.
func (m *Memory) told(o payment.Order, wrote bool, err error) (payment.Order, error) {
	if wrote && m.Written != nil {
		m.Written(o)
	}
	if err != nil {
		return payment.Order{}, err
	}
	return o, nil
}

func (m *Memory) create(
	ctx context.Context, r payment.Request, next func([]payment.Order) (payment.Order, error),
) (o payment.Order, wrote bool, err error) {
	defer m.lock()()
	if k := m.asked[r.ID]; k != nil {
		if o = k.order; o.Key != r.Key || o.Amount != r.Amount || o.Merchant != r.Merchant {
			return o, false, fmt.Errorf("%w: the request has asked for order %s", payment.ErrConflict, o.No)
		}
		return clone(o), false, nil
	}
	if o, err = rule(m, func() (payment.Order, error) { return next(m.ofBill(r.Key, "")) }); err != nil {
		return o, false, err
	}
	if m.moved() && !o.Recovered {
		return o, false, payment.ErrMoved
	}
	edge := payment.Edge{Event: payment.Opened, To: o.State}
	if !payment.Allowed(edge) || o.Key != r.Key {
		return o, false, &payment.TransitionError{Order: o.No, Edge: edge}
	}
	old := m.orders[o.No]
	if old != nil && old.order.State != payment.Void {
		return o, false, fmt.Errorf("%w: order %s exists and is %s", payment.ErrConflict, o.No, old.order.State)
	}
	err = m.commit(ctx, func() {
		wrote = true
		o = m.open(clone(o), r, old)
	})
	return clone(o), wrote, err
}

// open stores a new order, in place of a void one of its number.
func (m *Memory) open(o payment.Order, r payment.Request, old *kept) payment.Order {
	var effects []payment.Effect
	if old != nil {
		effects = old.effects
		m.forget(old)
	}
	day := dayOf(o.Device, o.CreatedAt)
	m.days[day]++
	o.Serial, o.ChangedAt = m.days[day], now()
	if o.Lease.Fence = 0; o.Lease.Holder != "" {
		m.lease(&o, o.Lease.Holder, o.Lease.Until)
	}
	k := m.put(o, effects, bytes.Clone(r.Personal))
	m.answers(r.ID, k)
	by := payment.By{Device: o.Device}
	m.walk(payment.Edge{Event: payment.Opened, To: o.State}, payment.Entry{Order: o.No, By: by})
	return o
}

// forget takes an order out of every index.
func (m *Memory) forget(old *kept) {
	is := func(k *kept) bool { return k == old }
	m.line = slices.DeleteFunc(m.line, is)
	m.bills[old.order.Key] = slices.DeleteFunc(m.bills[old.order.Key], is)
	for _, label := range old.order.Labels {
		m.labels[label] = slices.DeleteFunc(m.labels[label], is)
	}
	for id, k := range m.asked {
		if k == old {
			delete(m.asked, id)
		}
	}
}

// put stores an order as the newest.
func (m *Memory) put(o payment.Order, effects []payment.Effect, personal []byte) *kept {
	m.born++
	k := &kept{born: m.born, order: o, effects: effects, personal: personal}
	m.orders[o.No] = k
	m.line = append(m.line, k)
	m.bills[o.Key] = append(m.bills[o.Key], k)
	for _, label := range o.Labels {
		if list := m.labels[label]; !slices.Contains(list, k) {
			m.labels[label] = append(list, k)
		}
	}
	m.answers(o.Request, k)
	return k
}

// answers notes that an order answers a request from now on, unless another one does.
func (m *Memory) answers(id string, k *kept) {
	if id != "" && m.asked[id] == nil {
		m.asked[id] = k
	}
}

// Update stores the change that rule makes of an order.
func (m *Memory) Update(
	ctx context.Context, no string, rule func(payment.Order, []payment.Order) (payment.Change, error),
) (payment.Order, error) {
	o, wrote, err := m.update(ctx, no, rule)
	return m.told(o, wrote, err)
}

func (m *Memory) update(
	ctx context.Context, no string, decide func(payment.Order, []payment.Order) (payment.Change, error),
) (o payment.Order, wrote bool, err error) {
	defer m.lock()()
	k := m.orders[no]
	if k == nil {
		return o, false, payment.ErrNotFound
	}
	c, err := rule(m, func() (payment.Change, error) { return decide(clone(k.order), m.ofBill(k.order.Key, no)) })
	if err != nil {
		return o, false, err
	}
	c.Order.Lease = k.order.Lease
	if err := k.stands(c); err != nil {
		return c.Order, false, err
	}
	if len(c.Owed) == 0 && reflect.DeepEqual(c.Order, k.order) {
		return clone(c.Order), false, nil
	}
	err = m.commit(ctx, func() {
		wrote = true
		o = m.change(k, c)
	})
	if !wrote {
		o = c.Order
	}
	return o, wrote, err
}

// stands returns nil when an order may change so.
func (k *kept) stands(c payment.Change) error {
	edge := payment.Edge{From: k.order.State, Event: c.Event, To: c.Order.State}
	if c.Event != "" && !payment.Allowed(edge) || c.Event == "" && edge.From != edge.To || c.Order.No != k.order.No {
		return &payment.TransitionError{Order: k.order.No, Edge: edge}
	}
	return nil
}

// change stores a change of an order.
func (m *Memory) change(k *kept, c payment.Change) payment.Order {
	o := c.Order
	edge := payment.Edge{From: k.order.State, Event: c.Event, To: o.State}
	if c.Moves(k.order) {
		o.ChangedAt = now()
	}
	if o.State == payment.Paid && o.Sequence == 0 {
		m.sequence++
		o.Sequence = m.sequence
	}
	k.order = clone(o)
	m.answers(o.Request, k)
	m.turn(k, c.Turns, c.By)
	k.owe(c.Owed)
	m.walk(edge, payment.Entry{Order: o.No, Note: c.Note, By: c.By})
	return o
}

// owe adds what is not owed yet.
func (k *kept) owe(owed []payment.Effect) {
	for _, e := range owed {
		e.Order, e.Since = k.order.No, k.order.ChangedAt
		if k.effect(e.Kind) == nil {
			k.effects = append(k.effects, e)
		}
	}
}

// turn moves what is owed already.
func (m *Memory) turn(k *kept, turns []payment.Turn, by payment.By) {
	for _, t := range turns {
		if e := k.effect(t.Kind); e != nil && e.State == t.From {
			*e = t.Of(*e, k.order.ChangedAt, by)
			m.record(payment.Entry{Order: e.Order, Event: e.Kind + " " + string(e.State), Note: e.Note, By: by})
		}
	}
}

func (k *kept) effect(kind string) *payment.Effect {
	i := slices.IndexFunc(k.effects, func(e payment.Effect) bool { return e.Kind == kind })
	if i < 0 {
		return nil
	}
	return &k.effects[i]
}

// walk records the edge that an order has walked.
func (m *Memory) walk(edge payment.Edge, e payment.Entry) {
	e.From, e.Event, e.To = edge.From, string(cmp.Or(edge.Event, "noted")), edge.To
	m.record(e)
}

// record appends to the audit.
func (m *Memory) record(e payment.Entry) {
	var before []byte
	if n := len(m.audit); n > 0 {
		before = m.audit[n-1].Hash
	}
	e = e.Storable()
	e.Seq, e.At = uint64(len(m.audit)+1), now()
	text := bytes.Clone(before)
	text = binary.BigEndian.AppendUint64(text, e.Seq)
	text = binary.BigEndian.AppendUint64(text, uint64(e.At.UnixMicro()))
	for _, s := range []string{e.Order, string(e.From), e.Event, string(e.To), e.Note, e.By.Device, e.By.Person} {
		text = binary.BigEndian.AppendUint32(text, uint32(len(s)))
		text = append(text, s...)
	}
	sum := sha256.Sum256(text)
	e.Hash = sum[:]
	m.audit = append(m.audit, e)
	m.notify()
}

// lease gives a lease of o to a holder, who keeps its fence when it has the last one already.
func (m *Memory) lease(o *payment.Order, holder string, until time.Time) {
	if o.Lease.Fence == 0 || o.Lease.Holder != holder {
		m.fence++
		o.Lease.Fence = m.fence
	}
	o.Lease.Holder, o.Lease.Until = holder, until
}

// leased reports whether a holder has a lease that lasts at a time.
func leased(l payment.Lease, at time.Time) bool {
	return l.Holder != "" && (l.Until.IsZero() || l.Until.After(at))
}

// Claim leases to a holder the oldest orders that nobody else has a lease of.
func (m *Memory) Claim(ctx context.Context, holder string, n int, until time.Time) (list []payment.Order, err error) {
	defer m.lock()()
	var free []*kept
	for at, i := now(), 0; i < len(m.line) && len(free) < n; i++ {
		o := &m.line[i].order
		if !o.Final() && (o.Lease.Holder == holder || !leased(o.Lease, at)) {
			free = append(free, m.line[i])
		}
	}
	if len(free) == 0 {
		return nil, nil
	}
	err = m.commit(ctx, func() {
		for _, k := range free {
			m.lease(&k.order, holder, until)
		}
	})
	if err != nil {
		return nil, err
	}
	return copies(free), nil
}

// Renew moves the end of the leases that a holder still has.
func (m *Memory) Renew(ctx context.Context, holder string, until time.Time) (numbers []string, err error) {
	defer m.lock()()
	var held []*kept
	at := now()
	for _, k := range m.line {
		if l := k.order.Lease; l.Holder == holder && !k.order.Final() && leased(l, at) {
			held = append(held, k)
			numbers = append(numbers, k.order.No)
		}
	}
	err = m.commit(ctx, func() {
		for _, k := range held {
			k.order.Lease.Until = until
		}
	})
	if err != nil {
		return nil, err
	}
	return numbers, nil
}

// clone copies what could be reached through a slice.
func clone(o payment.Order) payment.Order {
	o.Body, o.Details = bytes.Clone(o.Body), bytes.Clone(o.Details)
	o.Labels, o.Owed, o.OwedTwin = slices.Clone(o.Labels), slices.Clone(o.Owed), slices.Clone(o.OwedTwin)
	o.OwedBack = slices.Clone(o.OwedBack)
	return o
}

func copies(list []*kept) []payment.Order {
	var all []payment.Order
	for _, k := range list {
		all = append(all, clone(k.order))
	}
	return all
}
