package bolt

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"time"

	"go.etcd.io/bbolt"

	"courtkiosk/payment"
)

// Create stores the order that next makes of the bill's earlier orders.
func (l *Ledger) Create(ctx context.Context, k payment.Key, personal []byte, next func([]payment.Order) (payment.Order, error)) (payment.Order, error) {
	var o payment.Order
	err := l.update(ctx, func(tx *bbolt.Tx) error {
		earlier, err := ofBill(tx, k)
		if err != nil {
			return err
		}
		if o, err = next(orders(earlier)); err != nil {
			return refusal{err}
		}
		if !payment.Allowed(payment.Edge{From: "", Event: payment.Opened, To: o.State}) || o.Key != k {
			return refusal{&payment.TransitionError{Order: o.No, Edge: payment.Edge{Event: payment.Opened, To: o.State}}}
		}
		if err := forget(tx, o.No); err != nil {
			return err
		}
		if o.Serial, err = nextSerial(tx, o.CreatedAt); err != nil {
			return err
		}
		o.ChangedAt = time.Now()
		born, err := tx.Bucket(bucketOrders).NextSequence()
		if err != nil {
			return err
		}
		if err := l.index(tx, born, o, personal); err != nil {
			return err
		}
		return record(tx, payment.Entry{Order: o.No, Event: string(payment.Opened), To: o.State})
	})
	if err != nil {
		return payment.Order{}, err
	}
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
	born := number(old.Born)
	errs := []error{
		tx.Bucket(bucketTimeline).Delete(born),
		tx.Bucket(bucketBills).Delete(append(billKey(old.Order.Key), born...)),
		tx.Bucket(bucketPersonal).Delete([]byte(no)),
	}
	for _, label := range old.Order.Labels {
		errs = append(errs, tx.Bucket(bucketLabels).Delete(append(join(label), born...)))
	}
	return errors.Join(errs...)
}

func nextSerial(tx *bbolt.Tx, at time.Time) (uint64, error) {
	days, day := tx.Bucket(bucketDays), dayKey(at)
	n := uint64(1)
	if last := days.Get(day); last != nil {
		n = numberOf(last) + 1
	}
	return n, days.Put(day, number(n))
}

// index stores a new order with everything that finds it.
func (l *Ledger) index(tx *bbolt.Tx, born uint64, o payment.Order, personal []byte) error {
	no, at := []byte(o.No), number(born)
	errs := []error{
		put(tx.Bucket(bucketOrders), no, stored{born, o}),
		tx.Bucket(bucketTimeline).Put(at, no),
		tx.Bucket(bucketOpen).Put(at, no),
		tx.Bucket(bucketBills).Put(append(billKey(o.Key), at...), no),
	}
	for _, label := range o.Labels {
		errs = append(errs, tx.Bucket(bucketLabels).Put(append(join(label), at...), no))
	}
	if len(personal) > 0 {
		errs = append(errs, put(tx.Bucket(bucketPersonal), no, personal))
	}
	return errors.Join(errs...)
}

// Update stores the change that rule makes of an order.
func (l *Ledger) Update(ctx context.Context, no string, rule func(payment.Order, []payment.Order) (payment.Change, error)) (payment.Order, error) {
	var s stored
	err := l.update(ctx, func(tx *bbolt.Tx) error {
		err := get(tx.Bucket(bucketOrders), []byte(no), &s)
		if errors.Is(err, payment.ErrNotFound) {
			return refusal{err}
		}
		if err != nil {
			return err
		}
		siblings, err := ofBill(tx, s.Order.Key)
		if err != nil {
			return err
		}
		others := slices.DeleteFunc(orders(siblings), func(o payment.Order) bool { return o.No == no })
		before := s.Order
		c, err := rule(clone(before), others)
		if err != nil {
			return refusal{err}
		}
		if s.Order, err = l.store(tx, s.Born, before, c); err != nil {
			return err
		}
		return nil
	})
	if errors.Is(err, errUnchanged) {
		err = nil
	}
	if err != nil {
		return payment.Order{}, err
	}
	return s.Order, nil
}

// clone copies what a rule could reach through a slice.
func clone(o payment.Order) payment.Order {
	o.Labels, o.Details, o.Body = slices.Clone(o.Labels), bytes.Clone(o.Details), bytes.Clone(o.Body)
	o.Owed, o.OwedTwin = slices.Clone(o.Owed), slices.Clone(o.OwedTwin)
	return o
}

// store writes one change: the order, its place among the open ones, the owed effects, the audit entry.
func (l *Ledger) store(tx *bbolt.Tx, born uint64, before payment.Order, c payment.Change) (payment.Order, error) {
	o := c.Order
	edge := payment.Edge{From: before.State, Event: c.Event, To: o.State}
	if (c.Event == "" && o.State != before.State) || (c.Event != "" && !payment.Allowed(edge)) || o.No != before.No {
		return before, refusal{&payment.TransitionError{Order: before.No, Edge: edge}}
	}
	if c.Event == "" && len(c.Owed) == 0 && reflect.DeepEqual(o, before) {
		return before, errUnchanged
	}
	o.ChangedAt = time.Now()
	if o.State == payment.Paid && o.Sequence == 0 {
		var err error
		if o.Sequence, err = tx.Bucket(bucketMeta).NextSequence(); err != nil {
			return before, err
		}
	}
	if err := put(tx.Bucket(bucketOrders), []byte(o.No), stored{born, o}); err != nil {
		return before, err
	}
	if o.Final() {
		if err := tx.Bucket(bucketOpen).Delete(number(born)); err != nil {
			return before, err
		}
	}
	for _, e := range c.Owed {
		if err := owe(tx, o, e); err != nil {
			return before, err
		}
	}
	event := string(c.Event)
	if event == "" {
		event = "noted"
	}
	return o, record(tx, payment.Entry{Order: o.No, From: before.State, Event: event, To: o.State, Note: c.Note})
}

// owe adds an effect; one that is there already is left alone.
func owe(tx *bbolt.Tx, o payment.Order, e payment.Effect) error {
	effects, key := tx.Bucket(bucketEffects), join(o.No, e.Kind)
	if effects.Get(key) != nil {
		return nil
	}
	e.Order, e.Since = o.No, o.ChangedAt
	if err := put(effects, key, e); err != nil {
		return err
	}
	return tx.Bucket(bucketOwed).Put(key, nil)
}

// Order returns one order.
func (l *Ledger) Order(ctx context.Context, no string) (payment.Order, error) {
	var s stored
	err := l.view(func(tx *bbolt.Tx) error { return get(tx.Bucket(bucketOrders), []byte(no), &s) })
	return s.Order, err
}

// OfBill returns the orders of a bill, oldest first.
func (l *Ledger) OfBill(ctx context.Context, k payment.Key) (list []payment.Order, err error) {
	err = l.view(func(tx *bbolt.Tx) error {
		found, err := ofBill(tx, k)
		list = orders(found)
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
		list = orders(found)
		return err
	})
	return list, err
}

// Unsettled returns the orders that are not final, oldest first.
func (l *Ledger) Unsettled(ctx context.Context) (list []payment.Order, err error) {
	err = l.view(func(tx *bbolt.Tx) error {
		found, err := listed(tx, tx.Bucket(bucketOpen), nil)
		list = orders(found)
		return err
	})
	return list, err
}

// listed reads the orders that an index names under prefix.
func listed(tx *bbolt.Tx, index *bbolt.Bucket, prefix []byte) ([]stored, error) {
	var list []stored
	err := scan(index, prefix, func(rest, no []byte) error {
		if len(rest) != 8 {
			return nil // a longer bill or label that begins alike
		}
		var s stored
		if err := named(tx.Bucket(bucketOrders), no, &s); err != nil {
			return err
		}
		list = append(list, s)
		return nil
	})
	return list, err
}

func orders(list []stored) []payment.Order {
	var out []payment.Order
	for _, s := range list {
		out = append(out, s.Order)
	}
	return out
}

// Recent returns the newest orders, newest first.
func (l *Ledger) Recent(ctx context.Context, n int) ([]payment.Order, error) {
	var list []payment.Order
	err := l.view(func(tx *bbolt.Tx) error {
		c := tx.Bucket(bucketTimeline).Cursor()
		for k, no := c.Last(); k != nil && len(list) < n; k, no = c.Prev() {
			var s stored
			if err := named(tx.Bucket(bucketOrders), no, &s); err != nil {
				return err
			}
			list = append(list, s.Order)
		}
		return nil
	})
	return list, err
}
