package bolt

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"reflect"
	"slices"

	"go.etcd.io/bbolt"

	"courtkiosk/payment"
)

// A refund is stored with the sequence of its asking, which sorts those that are open.
type returned struct {
	Born   uint64
	Refund payment.Refund
}

// AskRefund stores the refund that rule makes of an order, or returns the one that id has asked for before.
func (l *Ledger) AskRefund(
	ctx context.Context, order, id string, rule func(payment.Refunded) (payment.RefundChange, error),
) (r payment.Refund, err error) {
	err = l.update(ctx, func(tx *bbolt.Tx) error {
		s, of, err := l.refunded(tx, order)
		if err != nil {
			return err
		}
		asked := func(r payment.Refund) bool { return id != "" && r.Request == id }
		if i := slices.IndexFunc(of.Refunds, asked); i >= 0 {
			r = of.Refunds[i]
			return errUnchanged
		}
		c, err := rule(of)
		if err != nil {
			return refusal{err}
		}
		c.Refund.Request = id
		born, err := tx.Bucket(bucketRefunds).NextSequence()
		if err != nil {
			return err
		}
		r, err = l.storeRefund(tx, returned{Born: born}, s, c)
		return err
	})
	return unlessUnchanged(r, err)
}

// UpdateRefund stores the change that rule makes of a refund.
func (l *Ledger) UpdateRefund(
	ctx context.Context, no string, rule func(payment.Refund, payment.Refunded) (payment.RefundChange, error),
) (r payment.Refund, err error) {
	sent := false
	err = l.update(ctx, func(tx *bbolt.Tx) error {
		var before returned
		if err := found(get(tx.Bucket(bucketRefunds), []byte(no), &before)); err != nil {
			return err
		}
		s, of, err := l.refunded(tx, before.Refund.Order)
		if err != nil {
			return err
		}
		c, err := rule(before.Refund, of)
		if err != nil {
			return refusal{err}
		}
		r, err = l.storeRefund(tx, before, s, c)
		sent = c.Event == payment.SendsRefund
		return err
	})
	if err == nil && sent { // it is about to be seen outside of this machine
		l.mark()
	}
	return unlessUnchanged(r, err)
}

// found makes a missing record the caller's affair.
func found(err error) error {
	if errors.Is(err, payment.ErrNotFound) {
		return refusal{err}
	}
	return err
}

// unlessUnchanged is what a change returns that may have had nothing to write.
func unlessUnchanged[T any](record T, err error) (T, error) {
	if err != nil && !errors.Is(err, errUnchanged) {
		var none T
		return none, err
	}
	return record, nil
}

// refunded reads an order with its refunds.
func (l *Ledger) refunded(tx *bbolt.Tx, order string) (s stored, of payment.Refunded, err error) {
	if err := found(get(tx.Bucket(bucketOrders), []byte(order), &s)); err != nil {
		return s, of, err
	}
	siblings, err := ofBill(tx, s.Order.Key)
	if err != nil {
		return s, of, err
	}
	of.Order = l.leased(s.Order)
	of.Others = slices.DeleteFunc(l.orders(siblings), func(o payment.Order) bool { return o.No == order })
	of.Refunds, err = refundsOf(tx, s.Order)
	if err == nil {
		of.Staff, err = staffIn(tx)
	}
	return s, of, err
}

// refundsOf reads the refunds of an order, which its own count names.
func refundsOf(tx *bbolt.Tx, o payment.Order) (list []payment.Refund, err error) {
	for part := 1; part <= o.Refunding.Parts; part++ {
		var r returned
		if err := mustGet(tx.Bucket(bucketRefunds), []byte(payment.RefundNumber(o.No, part)), &r); err != nil {
			return nil, err
		}
		list = append(list, r.Refund)
	}
	return list, nil
}

// storeRefund writes one change: the refund, what leads to it, its order and the audit entry. before is zero but for
// its sequence of a new one.
func (l *Ledger) storeRefund(tx *bbolt.Tx, before returned, s stored, c payment.RefundChange) (payment.Refund, error) {
	if err := c.Stands(before.Refund); err != nil {
		return before.Refund, refusal{err}
	}
	idle := c.Event == "" && reflect.DeepEqual(c.Refund, before.Refund)
	err := errUnchanged
	if c.Order.Order.No != "" {
		c.Order.Order.Lease = payment.Lease{} // no rule's to change
		c.Order.By, c.Order.Note = cmp.Or(c.Order.By, c.By), cmp.Or(c.Order.Note, string(c.Event))
		_, err = store(tx, s, c.Order)
	}
	if err != nil && !errors.Is(err, errUnchanged) || idle {
		return before.Refund, err
	}
	r := c.Refund
	r.ChangedAt = now()
	key, open := []byte(r.No), tx.Bucket(bucketReturns)
	if r.Final() {
		err = open.Delete(number(before.Born))
	} else {
		err = open.Put(number(before.Born), key)
	}
	err = errors.Join(err, put(tx.Bucket(bucketRefunds), key, returned{before.Born, r}))
	return r, errors.Join(err, record(tx, c.Entry()))
}

// Refund returns one refund.
func (l *Ledger) Refund(_ context.Context, no string) (payment.Refund, error) {
	var r returned
	err := l.view(func(tx *bbolt.Tx) error { return get(tx.Bucket(bucketRefunds), []byte(no), &r) })
	return r.Refund, err
}

// RefundsOf returns the refunds of an order, oldest first.
func (l *Ledger) RefundsOf(_ context.Context, order string) (list []payment.Refund, err error) {
	err = l.view(func(tx *bbolt.Tx) error {
		var s stored
		err := get(tx.Bucket(bucketOrders), []byte(order), &s)
		if err == nil {
			list, err = refundsOf(tx, s.Order)
		}
		return err
	})
	return list, err
}

// OpenRefunds returns the refunds that are not final, oldest first.
func (l *Ledger) OpenRefunds(context.Context) (list []payment.Refund, err error) {
	err = l.view(func(tx *bbolt.Tx) error {
		return tx.Bucket(bucketReturns).ForEach(func(_, no []byte) error {
			var r returned
			err := mustGet(tx.Bucket(bucketRefunds), no, &r)
			list = append(list, r.Refund)
			return err
		})
	})
	return list, err
}

// RefundPage returns refunds by their numbers.
func (l *Ledger) RefundPage(_ context.Context, after string, n int) (list []payment.Refund, err error) {
	err = l.view(func(tx *bbolt.Tx) error {
		c := tx.Bucket(bucketRefunds).Cursor()
		key, record := c.Seek([]byte(after))
		if string(key) == after {
			key, record = c.Next()
		}
		for ; key != nil && len(list) < n; key, record = c.Next() {
			var r returned
			if err := decode(record, key, &r); err != nil {
				return err
			}
			list = append(list, r.Refund)
		}
		return nil
	})
	return list, err
}

// refunds: each is read, belongs to an order that counts it, and stands among the open ones as it should; and the
// order's own sums are theirs.
func (v *verifier) refunds() {
	open := 0
	sums := make(map[string]payment.Refunding)
	v.each(bucketRefunds, func(no, record []byte) {
		var r returned
		if err := decode(record, no, &r); err != nil {
			v.say("refund: %v", err)
			return
		}
		if r.Refund.No != string(no) || r.Refund.No != payment.RefundNumber(r.Refund.Order, r.Refund.Part) {
			v.say("refund %s is not part %d of order %s", no, r.Refund.Part, r.Refund.Order)
		}
		v.given("refund", string(no), bucketRefunds, r.Born)
		sum := sums[r.Refund.Order]
		sum.Parts++
		if r.Refund.Left() {
			sum.Sent += r.Refund.Sum
		}
		if r.Refund.State == payment.RefundDone {
			sum.Done += r.Refund.Sum
		}
		sums[r.Refund.Order] = sum
		stands := v.tx.Bucket(bucketReturns).Get(number(r.Born))
		if !r.Refund.Final() {
			open++
		}
		if r.Refund.Final() == bytes.Equal(stands, no) {
			v.say("refund %s is %s; among the open ones: %t", no, r.Refund.State, stands != nil)
		}
	})
	v.counts(bucketReturns, open)
	v.each(bucketOrders, func(no, record []byte) {
		var s stored
		if decode(record, no, &s) == nil && s.Order.Refunding != sums[s.Order.No] {
			v.say("order %s says of its refunds %+v, and they are %+v", no, s.Order.Refunding, sums[s.Order.No])
		}
		delete(sums, string(no))
	})
	for no := range sums {
		v.say("refunds of an unknown order %s", no)
	}
}
