package bolt

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"go.etcd.io/bbolt"

	"courtkiosk/payment"
)

// Effects returns the effects of an order.
func (l *Ledger) Effects(ctx context.Context, no string) (list []payment.Effect, err error) {
	err = l.view(func(tx *bbolt.Tx) error {
		list, err = effectsOf(tx, no)
		return err
	})
	return list, err
}

func effectsOf(tx *bbolt.Tx, no string) (list []payment.Effect, err error) {
	prefix := join(no)
	err = scan(tx.Bucket(bucketEffects), prefix, func(rest, record []byte) error {
		var e payment.Effect
		if err := decode(record, slices.Concat(prefix, rest), &e); err != nil {
			return err
		}
		list = append(list, e)
		return nil
	})
	return list, err
}

// owe adds an effect; one that is there already is left alone.
func owe(tx *bbolt.Tx, o payment.Order, e payment.Effect) error {
	if tx.Bucket(bucketEffects).Get(join(o.No, e.Kind)) != nil {
		return nil
	}
	e.Order, e.Since = o.No, o.ChangedAt
	return putEffect(tx, o, payment.Effect{}, e)
}

// turn moves an effect, if it is there and stands where the turn begins.
func turn(tx *bbolt.Tx, o payment.Order, t payment.Turn, by payment.By) error {
	var before payment.Effect
	err := get(tx.Bucket(bucketEffects), join(o.No, t.Kind), &before)
	if errors.Is(err, payment.ErrNotFound) || err == nil && before.State != t.From {
		return nil
	}
	if err != nil {
		return err
	}
	e := t.Of(before, o.ChangedAt, by)
	entry := payment.Entry{Order: o.No, Event: e.Kind + " " + string(e.State), Note: e.Note, By: by}
	return errors.Join(putEffect(tx, o, before, e), record(tx, entry))
}

// UpdateEffect stores what rule makes of an effect.
func (l *Ledger) UpdateEffect(
	ctx context.Context, no, kind string, rule func(payment.Effect) (payment.Effect, error),
) (payment.Effect, error) {
	var e payment.Effect
	err := l.update(ctx, func(tx *bbolt.Tx) error {
		var before payment.Effect
		err := get(tx.Bucket(bucketEffects), join(no, kind), &before)
		if errors.Is(err, payment.ErrNotFound) {
			return refusal{err}
		}
		if err != nil {
			return err
		}
		if e, err = rule(before); err != nil {
			return refusal{err}
		}
		e.Order, e.Kind, e.Since = before.Order, before.Kind, before.Since
		if e.State != before.State {
			e.Since = now()
		}
		var s stored
		if err := mustGet(tx.Bucket(bucketOrders), []byte(no), &s); err != nil {
			return err
		}
		if err := putEffect(tx, s.Order, before, e); err != nil {
			return err
		}
		entry := payment.Entry{Order: no, Event: kind + " " + string(e.State), By: e.By}
		if e.Note != before.Note {
			entry.Note = e.Note
		}
		return record(tx, entry)
	})
	if err != nil {
		return payment.Effect{}, err
	}
	return e, nil
}

// The kinds of keys in bucketWork. What may be taken up now is apart from what rests until its time, so that looking
// for work does not read what rests. The time of a key is when its order was paid, then its place among the receipts.
const (
	workReady  = 'r' // kind, time paid, receipt's sequence, number
	workRests  = 'w' // kind, until when, number
	workHanded = 'h' // number, kind
)

func readyKey(o payment.Order, kind string) []byte {
	return slices.Concat([]byte{workReady}, join(kind), micros(o.PaidAt), number(o.Sequence), join(o.No))
}

func restsKey(e payment.Effect) []byte {
	return slices.Concat([]byte{workRests}, join(e.Kind), micros(e.Until), join(e.Order))
}

func handedKey(e payment.Effect) []byte { return append([]byte{workHanded}, join(e.Order, e.Kind)...) }

// workKey is where an effect of an order stands among the work, nil when there is nothing to do. What has rested until
// its time stands where it rested, until somebody looks for work.
func workKey(o payment.Order, e payment.Effect) []byte {
	switch {
	case e.State == payment.Handed:
		return handedKey(e)
	case e.State != payment.Owed && e.State != payment.Doubtful:
		return nil
	case e.Until.IsZero():
		return readyKey(o, e.Kind)
	}
	return restsKey(e)
}

// putEffect stores an effect, and where it stands among what is owed; before is the zero effect of a new one.
func putEffect(tx *bbolt.Tx, o payment.Order, before, e payment.Effect) error {
	work, key := tx.Bucket(bucketWork), join(e.Order, e.Kind)
	var errs []error
	if before.Order != "" {
		errs = append(errs, work.Delete(readyKey(o, before.Kind)))
		if old := workKey(o, before); old != nil {
			errs = append(errs, work.Delete(old))
		}
	}
	if at := workKey(o, e); at != nil {
		errs = append(errs, work.Put(at, key))
	}
	if e.State == payment.Done {
		errs = append(errs, tx.Bucket(bucketOwed).Delete(key))
	} else {
		errs = append(errs, tx.Bucket(bucketOwed).Put(key, standing(e)))
	}
	return errors.Join(append(errs, put(tx.Bucket(bucketEffects), key, e))...)
}

// standing says since when an effect is in which state.
func standing(e payment.Effect) []byte { return append(micros(e.Since), e.State...) }

// rank moves the work of an order to its new place, once the order was paid or booked.
func rank(tx *bbolt.Tx, before, o payment.Order) error {
	if before.PaidAt.Equal(o.PaidAt) && before.Sequence == o.Sequence {
		return nil
	}
	list, err := effectsOf(tx, o.No)
	work := tx.Bucket(bucketWork)
	for _, e := range list {
		old := readyKey(before, e.Kind)
		if key := work.Get(old); key != nil {
			key = bytes.Clone(key)
			err = errors.Join(err, work.Delete(old), work.Put(readyKey(o, e.Kind), key))
		}
	}
	return err
}

// ClaimWork takes up at most n effects of a kind. When there is nothing to do nothing is written.
func (l *Ledger) ClaimWork(
	ctx context.Context, kind, holder string, n int, now, until time.Time,
) (pieces []payment.Piece, err error) {
	if err := ctx.Err(); err != nil || n < 1 {
		return nil, err
	}
	idle := false
	err = l.view(func(tx *bbolt.Tx) error {
		ready, err := firstReady(tx, kind, 1)
		idle = len(ready) == 0 && len(rested(tx, kind, now, 1)) == 0
		return err
	})
	if err != nil || idle {
		return nil, err
	}
	err = l.update(ctx, func(tx *bbolt.Tx) error {
		pieces = nil
		if err := wake(tx, kind, now); err != nil {
			return err
		}
		ready, err := firstReady(tx, kind, n)
		if err != nil {
			return err
		}
		for _, p := range ready {
			before := p.Effect
			p.Effect.Holder, p.Effect.Until = holder, until
			if err := putEffect(tx, p.Order, before, p.Effect); err != nil {
				return err
			}
			p.Order = l.leased(p.Order)
			pieces = append(pieces, p)
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return pieces, nil
}

// firstReady returns the first n effects of a kind that may be taken up, those of the orders that were paid first
// first.
func firstReady(tx *bbolt.Tx, kind string, n int) (pieces []payment.Piece, err error) {
	err = scan(tx.Bucket(bucketWork), append([]byte{workReady}, join(kind)...), func(_, key []byte) error {
		if len(pieces) == n {
			return errEnough
		}
		p, err := piece(tx, key)
		pieces = append(pieces, p)
		return err
	})
	if errors.Is(err, errEnough) {
		err = nil
	}
	return pieces, err
}

// piece reads an effect, by its key, and its order.
func piece(tx *bbolt.Tx, key []byte) (p payment.Piece, err error) {
	if err := mustGet(tx.Bucket(bucketEffects), key, &p.Effect); err != nil {
		return p, err
	}
	var s stored
	err = mustGet(tx.Bucket(bucketOrders), []byte(p.Effect.Order), &s)
	p.Order = s.Order
	return p, err
}

// rested returns the keys of at most n effects of a kind that have rested until their time.
func rested(tx *bbolt.Tx, kind string, now time.Time, n int) (keys [][]byte) {
	prefix, end := append([]byte{workRests}, join(kind)...), micros(now)
	_ = scan(tx.Bucket(bucketWork), prefix, func(rest, _ []byte) error {
		if len(keys) == n || len(rest) < 8 || bytes.Compare(rest[:8], end) > 0 {
			return errEnough
		}
		keys = append(keys, slices.Concat(prefix, rest))
		return nil
	})
	return keys
}

// atOnce is how many effects are woken at a time.
const atOnce = 1000

// wake puts what has rested until its time among what may be taken up.
func wake(tx *bbolt.Tx, kind string, now time.Time) error {
	work := tx.Bucket(bucketWork)
	for keys := rested(tx, kind, now, atOnce); len(keys) > 0; keys = rested(tx, kind, now, atOnce) {
		for _, at := range keys {
			key := bytes.Clone(work.Get(at))
			p, err := piece(tx, key)
			if err := errors.Join(err, work.Delete(at)); err != nil {
				return err
			}
			if err := work.Put(readyKey(p.Order, p.Effect.Kind), key); err != nil {
				return err
			}
		}
	}
	return nil
}

// InHand returns at most n effects that are Handed and were handed by the holder, or whose Until is before now.
func (l *Ledger) InHand(ctx context.Context, holder string, n int, now time.Time) (list []payment.Effect, err error) {
	err = l.view(func(tx *bbolt.Tx) error {
		return scan(tx.Bucket(bucketWork), []byte{workHanded}, func(_, key []byte) error {
			if len(list) >= n {
				return errEnough
			}
			var e payment.Effect
			if err := mustGet(tx.Bucket(bucketEffects), key, &e); err != nil {
				return err
			}
			if e.Holder == holder || e.Until.Before(now) {
				list = append(list, e)
			}
			return nil
		})
	})
	if errors.Is(err, errEnough) {
		err = nil
	}
	return list, err
}

// Pending returns at most n effects that are not Done, of a kind and those below it, that come after one of them.
func (l *Ledger) Pending(
	ctx context.Context, kind string, after payment.Effect, n int,
) (list []payment.Effect, err error) {
	err = l.view(func(tx *bbolt.Tx) error {
		from := join(after.Order, after.Kind)
		c := tx.Bucket(bucketOwed).Cursor()
		for key, _ := c.Seek(from); key != nil && len(list) < n; key, _ = c.Next() {
			_, rest := part(key)
			k, _ := part(rest)
			if bytes.Equal(key, from) || kind != "" && k != kind && !strings.HasPrefix(k, kind+"/") {
				continue
			}
			var e payment.Effect
			if err := mustGet(tx.Bucket(bucketEffects), key, &e); err != nil {
				return err
			}
			list = append(list, e)
		}
		return ctx.Err()
	})
	return list, err
}

// Tally counts all effects that are not Done, by kind and state. It reads no record.
func (l *Ledger) Tally(ctx context.Context) ([]payment.Tally, error) {
	type heap struct {
		kind  string
		state payment.EffectState
	}
	counts := make(map[heap]payment.Tally)
	err := l.view(func(tx *bbolt.Tx) error {
		return tx.Bucket(bucketOwed).ForEach(func(key, value []byte) error {
			if len(value) < 8 {
				return fmt.Errorf("%w: it does not say how %q stands", payment.ErrDamaged, key)
			}
			_, rest := part(key)
			kind, _ := part(rest)
			since, state := timeOf(value), payment.EffectState(value[8:])
			t := counts[heap{kind, state}]
			if t.Kind, t.State = kind, state; t.N == 0 || since.Before(t.Oldest) {
				t.Oldest = since
			}
			t.N++
			counts[heap{kind, state}] = t
			return ctx.Err()
		})
	})
	if err != nil {
		return nil, err
	}
	return slices.SortedFunc(maps.Values(counts), func(a, b payment.Tally) int {
		return cmp.Or(cmp.Compare(a.Kind, b.Kind), cmp.Compare(a.State, b.State))
	}), nil
}
