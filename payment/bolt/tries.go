package bolt

import (
	"bytes"
	"context"
	"errors"
	"time"

	"go.etcd.io/bbolt"

	"courtkiosk/payment"
)

// UpdateTries stores what rule makes of the tries at a subject on a day, and forgets those of the days before.
func (l *Ledger) UpdateTries(
	ctx context.Context, of string, at time.Time, e payment.Entry, rule func(payment.Tries) (payment.Tries, error),
) (payment.Tries, error) {
	var t payment.Tries
	err := l.update(ctx, func(tx *bbolt.Tx) error {
		days, err := tx.Bucket(bucketMeta).CreateBucketIfNotExists(keyTries)
		if err != nil {
			return err
		}
		day := dayOf(at)
		key := append(bytes.Clone(day), of...)
		if record := days.Get(key); record != nil {
			if err := decode(record, day, &t); err != nil { // the subject is a case, which no log may name
				return err
			}
		}
		if t, err = rule(t); err != nil {
			return refusal{err}
		}
		return errors.Join(forgetBefore(days, day), put(days, key, t), record(tx, e))
	})
	if err != nil {
		return payment.Tries{}, err
	}
	return t, nil
}

// ForgetTries forgets what was counted on the days before that of a time; it writes only where there is something.
func (l *Ledger) ForgetTries(ctx context.Context, at time.Time) error {
	day, old := dayOf(at), false
	err := l.view(func(tx *bbolt.Tx) error {
		if days := tx.Bucket(bucketMeta).Bucket(keyTries); days != nil {
			first, _ := days.Cursor().First()
			old = first != nil && bytes.Compare(first, day) < 0
		}
		return nil
	})
	if err != nil || !old {
		return err
	}
	return l.update(ctx, func(tx *bbolt.Tx) error { return forgetBefore(tx.Bucket(bucketMeta).Bucket(keyTries), day) })
}

// dayOf is the day in China, as the keys of tries begin.
func dayOf(at time.Time) []byte { return []byte(at.In(payment.China).Format(time.DateOnly)) }

// forgetBefore removes what was counted on the days before one.
func forgetBefore(days *bbolt.Bucket, day []byte) error {
	var old [][]byte
	c := days.Cursor()
	for k, _ := c.First(); k != nil && bytes.Compare(k, day) < 0; k, _ = c.Next() {
		old = append(old, bytes.Clone(k))
	}
	for _, k := range old {
		if err := days.Delete(k); err != nil {
			return err
		}
	}
	return nil
}

// tries: each is read.
func (v *verifier) tries() {
	days := v.tx.Bucket(bucketMeta).Bucket(keyTries)
	if days == nil {
		return
	}
	_ = days.ForEach(func(key, record []byte) error { // it does not fail
		var t payment.Tries
		if err := decode(record, key[:min(len(key), len(time.DateOnly))], &t); err != nil { // without the case
			v.say("tries: %v", err)
		}
		return nil
	})
}
