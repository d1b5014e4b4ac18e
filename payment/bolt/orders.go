package bolt

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"time"

	"go.etcd.io/bbolt"

	"courtkiosk/payment"
)

// Create stores the order that next makes of the earlier orders of r's bill, or returns the one that r.ID has opened or
// joined before.
func (l *Ledger) Create(
	ctx context.Context, r payment.Request, next func([]payment.Order) (payment.Order, error),
) (payment.Order, error) {
	var o payment.Order
	err := l.update(ctx, func(tx *bbolt.Tx) error {
		before, ok, err := requested(tx, r.ID)
		if err != nil {
			return err
		}
		if ok && !same(r, before.Order) {
			err := fmt.Errorf("%w: request %s was for another bill, amount or merchant", payment.ErrConflict, r.ID)
			return refusal{err}
		}
		if ok {
			o = before.Order
			return errUnchanged
		}
		earlier, err := ofBill(tx, r.Key)
		if err != nil {
			return err
		}
		if o, err = next(l.orders(earlier)); err != nil {
			return refusal{err}
		}
		o, err = l.open(tx, r, o)
		return err
	})
	if errors.Is(err, errUnchanged) {
		return l.leased(o), nil
	}
	if err != nil {
		return payment.Order{}, err
	}
	return o, nil
}

// open stores a new order with everything that finds it. Its lease is the last thing: a refused order has none.
func (l *Ledger) open(tx *bbolt.Tx, r payment.Request, o payment.Order) (payment.Order, error) {
	if l.moved && !o.Recovered { // what WeChat knows of already is taken in
		return o, refusal{payment.ErrMoved}
	}
	if l.succeeded.Load() && !o.Recovered {
		return o, refusal{payment.ErrSucceeded}
	}
	edge := payment.Edge{Event: payment.Opened, To: o.State}
	if !payment.Allowed(edge) || o.Key != r.Key {
		return o, refusal{&payment.TransitionError{Order: o.No, Edge: edge}}
	}
	if err := forget(tx, o.No); err != nil {
		return o, err
	}
	var err error
	if o.Serial, err = nextSerial(tx, o.Device, o.CreatedAt); err != nil {
		return o, err
	}
	o.Request, o.ChangedAt = cmp.Or(r.ID, o.Request), now()
	if err := insert(tx, o, r.Personal); err != nil {
		return o, err
	}
	e := payment.Entry{Order: o.No, Event: string(payment.Opened), To: o.State, By: payment.By{Device: o.Device}}
	if err := record(tx, e); err != nil {
		return o, err
	}
	o.Lease = l.leases.open(o.No, o.Lease)
	return o, nil
}

// forget removes a Void order whose number is used again. Another state under the same number is refused.
func forget(tx *bbolt.Tx, no string) error {
	var old stored
	err := get(tx.Bucket(bucketOrders), []byte(no), &old)
	if errors.Is(err, payment.ErrNotFound) {
		return nil
	}
	if err != nil {
		return err
	}
	if old.Order.State != payment.Void {
		return refusal{fmt.Errorf("%w: order %s exists and is %s", payment.ErrConflict, no, old.Order.State)}
	}
	return errors.Join(reindex(tx, &old, nil), tx.Bucket(bucketPersonal).Delete([]byte(no)))
}

func nextSerial(tx *bbolt.Tx, device string, at time.Time) (uint64, error) {
	days, day := tx.Bucket(bucketDays), dayKey(device, at)
	n := uint64(1)
	if last := days.Get(day); last != nil {
		n = numberOf(last) + 1
	}
	return n, days.Put(day, number(n))
}

// insert stores a new order, its personal data, and what leads to it.
func insert(tx *bbolt.Tx, o payment.Order, personal []byte) error {
	born, err := tx.Bucket(bucketOrders).NextSequence()
	if err != nil {
		return err
	}
	s := stored{born, o}
	if err := remember(tx, o); err != nil {
		return err
	}
	err = errors.Join(put(tx.Bucket(bucketOrders), []byte(o.No), s), reindex(tx, nil, &s))
	if len(personal) > 0 {
		err = errors.Join(err, put(tx.Bucket(bucketPersonal), []byte(o.No), personal))
	}
	return err
}

// Update stores the change that rule makes of an order.
func (l *Ledger) Update(
	ctx context.Context, no string, rule func(payment.Order, []payment.Order) (payment.Change, error),
) (payment.Order, error) {
	var o payment.Order
	seen := false // outside of this machine, from now on
	err := l.update(ctx, func(tx *bbolt.Tx) error {
		s, err := l.latest.get(tx, no)
		if errors.Is(err, payment.ErrNotFound) {
			return refusal{err}
		}
		if err != nil {
			return err
		}
		siblings, err := listed(tx, tx.Bucket(bucketBills), billKey(s.Order.Key), no)
		if err != nil {
			return err
		}
		o = l.leased(s.Order)
		c, err := rule(clone(o), l.orders(siblings))
		if err != nil {
			return refusal{err}
		}
		c.Order.Lease = o.Lease // no rule's to change
		before := o
		o, err = store(tx, stored{s.Born, o}, c)
		seen = o.CodeURL != before.CodeURL || o.Sequence != before.Sequence
		return err
	})
	if err != nil && !errors.Is(err, errUnchanged) {
		return payment.Order{}, err
	}
	if seen {
		l.mark()
	}
	if o.Final() {
		l.leases.end(no, o.Lease.Fence)
	}
	return o, nil
}

// clone copies what a rule could reach through a slice.
func clone(o payment.Order) payment.Order {
	o.Labels, o.Details, o.Body = slices.Clone(o.Labels), bytes.Clone(o.Details), bytes.Clone(o.Body)
	o.Owed, o.OwedTwin, o.OwedBack = slices.Clone(o.Owed), slices.Clone(o.OwedTwin), slices.Clone(o.OwedBack)
	return o
}

// store writes one change: the order, what leads to it, the owed effects, the audit entry.
func store(tx *bbolt.Tx, before stored, c payment.Change) (payment.Order, error) {
	o, old := c.Order, before.Order
	edge := payment.Edge{From: old.State, Event: c.Event, To: o.State}
	if (c.Event == "" && o.State != old.State) || (c.Event != "" && !payment.Allowed(edge)) || o.No != old.No {
		return old, refusal{&payment.TransitionError{Order: old.No, Edge: edge}}
	}
	if c.Event == "" && len(c.Owed) == 0 && reflect.DeepEqual(o, old) {
		return old, errUnchanged
	}
	if c.Moves(old) {
		o.ChangedAt = now()
	}
	if o.State == payment.Paid && o.Sequence == 0 {
		var err error
		if o.Sequence, err = tx.Bucket(bucketMeta).NextSequence(); err != nil {
			return old, err
		}
	}
	if o.Request != old.Request {
		if err := remember(tx, o); err != nil {
			return old, err
		}
	}
	after := stored{before.Born, o}
	err := errors.Join(put(tx.Bucket(bucketOrders), []byte(o.No), after), reindex(tx, &before, &after))
	err = errors.Join(err, rank(tx, old, o))
	for _, t := range c.Turns {
		err = errors.Join(err, turn(tx, o, t, c.By))
	}
	for _, e := range c.Owed {
		err = errors.Join(err, owe(tx, o, e))
	}
	if err != nil {
		return old, err
	}
	event := cmp.Or(string(c.Event), "noted")
	return o, record(tx, payment.Entry{Order: o.No, From: old.State, Event: event, To: o.State, Note: c.Note, By: c.By})
}

// Order returns one order.
func (l *Ledger) Order(ctx context.Context, no string) (payment.Order, error) {
	var s stored
	err := l.view(func(tx *bbolt.Tx) (err error) {
		s, err = l.latest.get(tx, no)
		return err
	})
	if err != nil {
		return payment.Order{}, err
	}
	return l.leased(s.Order), nil
}

// OfBill returns the orders of a bill, oldest first.
func (l *Ledger) OfBill(ctx context.Context, k payment.Key) (list []payment.Order, err error) {
	err = l.view(func(tx *bbolt.Tx) error {
		found, err := ofBill(tx, k)
		list = l.orders(found)
		return err
	})
	return list, err
}

func ofBill(tx *bbolt.Tx, k payment.Key) ([]stored, error) {
	return listed(tx, tx.Bucket(bucketBills), billKey(k))
}

// Labelled returns the orders that carry a label, oldest first.
func (l *Ledger) Labelled(ctx context.Context, label string) (list []payment.Order, err error) {
	err = l.view(func(tx *bbolt.Tx) error {
		found, err := listed(tx, tx.Bucket(bucketLabels), join(label))
		list = l.orders(found)
		return err
	})
	return list, err
}

// Unsettled returns the orders that are not final, oldest first.
func (l *Ledger) Unsettled(ctx context.Context) (list []payment.Order, err error) {
	err = l.view(func(tx *bbolt.Tx) error {
		found, err := listed(tx, tx.Bucket(bucketOpen), nil)
		list = l.orders(found)
		return err
	})
	return list, err
}

// listed reads the orders that an index names under prefix, but for those of these numbers.
func listed(tx *bbolt.Tx, index *bbolt.Bucket, prefix []byte, but ...string) ([]stored, error) {
	var list []stored
	err := scan(index, prefix, func(rest, no []byte) error {
		if len(rest) != 8 {
			return nil // a longer bill or label that begins alike
		}
		if slices.Contains(but, string(no)) {
			return nil
		}
		var s stored
		if err := mustGet(tx.Bucket(bucketOrders), no, &s); err != nil {
			return err
		}
		list = append(list, s)
		return nil
	})
	return list, err
}

// orders are what was found, each with its lease.
func (l *Ledger) orders(list []stored) []payment.Order {
	var out []payment.Order
	for _, s := range list {
		out = append(out, l.leased(s.Order))
	}
	return out
}
