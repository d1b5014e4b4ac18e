package bolt

import (
	"bytes"
	"context"
	"errors"
	"slices"
	"time"

	"go.etcd.io/bbolt"

	"courtkiosk/payment"
)

// Effects returns the effects of an order, or with an empty no every effect that is not done.
func (l *Ledger) Effects(ctx context.Context, no string) ([]payment.Effect, error) {
	var list []payment.Effect
	err := l.view(func(tx *bbolt.Tx) error {
		index, prefix := tx.Bucket(bucketOwed), []byte(nil)
		if no != "" {
			index, prefix = tx.Bucket(bucketEffects), join(no)
		}
		return scan(index, prefix, func(rest, _ []byte) error {
			key := slices.Concat(prefix, rest)
			var e payment.Effect
			if err := named(tx.Bucket(bucketEffects), key, &e); err != nil {
				return err
			}
			list = append(list, e)
			return nil
		})
	})
	return list, err
}

// UpdateEffect stores what rule makes of an effect.
func (l *Ledger) UpdateEffect(ctx context.Context, no, kind string, rule func(payment.Effect) (payment.Effect, error)) (payment.Effect, error) {
	var e payment.Effect
	key := join(no, kind)
	err := l.update(ctx, func(tx *bbolt.Tx) error {
		err := get(tx.Bucket(bucketEffects), key, &e)
		if errors.Is(err, payment.ErrNotFound) {
			return refusal{err}
		}
		if err != nil {
			return err
		}
		before := e
		if e, err = rule(before); err != nil {
			return refusal{err}
		}
		e.Order, e.Kind = before.Order, before.Kind
		e.Since = time.Now()
		if err := put(tx.Bucket(bucketEffects), key, e); err != nil {
			return err
		}
		if e.State == payment.Done {
			err = tx.Bucket(bucketOwed).Delete(key)
		} else {
			err = tx.Bucket(bucketOwed).Put(key, nil)
		}
		if err != nil {
			return err
		}
		entry := payment.Entry{Order: no, Event: kind + " " + string(e.State)}
		if e.Note != before.Note {
			entry.Note = e.Note
		}
		return record(tx, entry)
	})
	return e, err
}

// Personal returns an order's personal data, nil after it was expunged.
func (l *Ledger) Personal(ctx context.Context, no string) ([]byte, error) {
	var data []byte
	err := l.view(func(tx *bbolt.Tx) error { return get(tx.Bucket(bucketPersonal), []byte(no), &data) })
	if errors.Is(err, payment.ErrNotFound) {
		err = nil
	}
	return bytes.Clone(data), err
}

// Expunge forgets the personal data of orders that ended before t.
func (l *Ledger) Expunge(ctx context.Context, t time.Time) (int, error) {
	var ended [][]byte
	err := l.view(func(tx *bbolt.Tx) error {
		return tx.Bucket(bucketPersonal).ForEach(func(no, _ []byte) error {
			var s stored
			if err := get(tx.Bucket(bucketOrders), no, &s); err != nil {
				return err
			}
			if s.Order.Final() && s.Order.ChangedAt.Before(t) {
				ended = append(ended, bytes.Clone(no))
			}
			return nil
		})
	})
	if err != nil || len(ended) == 0 {
		return 0, err
	}
	return len(ended), l.update(ctx, func(tx *bbolt.Tx) error {
		for _, no := range ended {
			if err := tx.Bucket(bucketPersonal).Delete(no); err != nil {
				return err
			}
			if err := record(tx, payment.Entry{Order: string(no), Event: "expunged"}); err != nil {
				return err
			}
		}
		return nil
	})
}
