package bolt

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"go.etcd.io/bbolt"

	"courtkiosk/payment"
)

// keyDeparture is where the ledger was moved.
var keyDeparture = []byte("departure")

// An exporter hands over the rows of a ledger in one transaction.
type exporter struct {
	ctx  context.Context
	tx   *bbolt.Tx
	sink func(row any) error
}

// Export hands all that another kind of store needs to take this one's place to sink, row after row. A ledger that was
// moved hands over what it had then. It is one transaction, and sink must not come back to the ledger.
func (l *Ledger) Export(ctx context.Context, sink func(row any) error) (e payment.Estate, err error) {
	if err := l.Checked(ctx); err != nil {
		return e, err
	}
	err = l.view(func(tx *bbolt.Tx) error {
		x := exporter{ctx, tx, sink}
		if e, err = l.estate(tx); err != nil {
			return err
		}
		for _, part := range []func() error{
			x.orders, x.effects, x.refunds, x.requests, x.personal, x.days, x.books, x.words, x.tries,
		} {
			if err := part(); err != nil {
				return err
			}
		}
		last, err := departureOf(tx)
		if err != nil {
			return err
		}
		e.Head, err = x.audit(last.Entry, e.Seam)
		return err
	})
	return e, err
}

// estate reads what is not a row.
func (l *Ledger) estate(tx *bbolt.Tx) (e payment.Estate, err error) {
	meta := tx.Bucket(bucketMeta)
	e.Identity, e.Receipts = l.identity, meta.Sequence()
	e.Identity.Made = micro(e.Identity.Made)
	seam := meta.Get(keySeam)
	if len(seam) != 8 {
		return e, fmt.Errorf("%w: where the audit's chain has its seam", payment.ErrDamaged)
	}
	e.Seam = numberOf(seam)
	if e.Former, err = formerOf(tx); err != nil {
		return e, err
	}
	var r Restored
	switch err := get(meta, keyIncomplete, &r); {
	case err == nil:
		e.Lost = &payment.Lost{Source: r.Source, As: r.As}
	case !errors.Is(err, payment.ErrNotFound):
		return e, err
	}
	return e, nil
}

// micro cuts a time to what every ledger keeps; layout 1 kept more.
func micro(t time.Time) time.Time {
	if t.IsZero() {
		return time.Time{}
	}
	return t.UTC().Truncate(time.Microsecond)
}

// each reads the records of a bucket.
func each[T any](x exporter, bucket *bbolt.Bucket, do func(key []byte, v T) error) error {
	return bucket.ForEach(func(key, record []byte) error {
		var v T
		if err := decode(record, key, &v); err != nil {
			return err
		}
		if err := do(key, v); err != nil {
			return err
		}
		return x.ctx.Err()
	})
}

func (x exporter) orders() error {
	return each(x, x.tx.Bucket(bucketOrders), func(_ []byte, s stored) error {
		s.Order.ChangedAt = micro(s.Order.ChangedAt)
		return x.sink(payment.HeldOrder(s))
	})
}

func (x exporter) effects() error {
	var s stored
	return each(x, x.tx.Bucket(bucketEffects), func(_ []byte, e payment.Effect) error {
		if s.Order.No != e.Order { // they lie together
			s = stored{}
			if err := mustGet(x.tx.Bucket(bucketOrders), []byte(e.Order), &s); err != nil {
				return err
			}
		}
		e.Since, e.Until = micro(e.Since), micro(e.Until)
		return x.sink(payment.HeldEffect{Effect: e, PaidAt: micro(s.Order.PaidAt), Sequence: s.Order.Sequence})
	})
}

func (x exporter) refunds() error {
	return each(x, x.tx.Bucket(bucketRefunds), func(_ []byte, r returned) error {
		r.Refund.ChangedAt = micro(r.Refund.ChangedAt)
		return x.sink(payment.HeldRefund(r))
	})
}

func (x exporter) requests() error {
	return each(x, x.tx.Bucket(bucketRequests), func(id []byte, r request) error {
		return x.sink(payment.HeldRequest{ID: string(id), No: r.No, Incarnation: r.Incarnation})
	})
}

func (x exporter) personal() error {
	return each(x, x.tx.Bucket(bucketPersonal), func(no []byte, data []byte) error {
		return x.sink(payment.HeldPersonal{No: string(no), Data: data})
	})
}

func (x exporter) days() error {
	return x.tx.Bucket(bucketDays).ForEach(func(key, n []byte) error {
		device, rest := part(key)
		day, _ := part(rest)
		if len(n) != 8 || day == "" {
			return fmt.Errorf("%w: the counter of a day", payment.ErrDamaged)
		}
		return errors.Join(x.sink(payment.HeldDay{Device: device, Day: day, N: numberOf(n)}), x.ctx.Err())
	})
}

func (x exporter) books() error {
	all := x.tx.Bucket(bucketBooks)
	return all.ForEachBucket(func(name []byte) error {
		return each(x, all.Bucket(name), func(key []byte, doc json.RawMessage) error {
			return x.sink(payment.HeldRecord{Book: string(name), Key: string(key), Doc: doc})
		})
	})
}

func (x exporter) words() error {
	words, err := wordsIn(x.tx)
	for i, w := range words {
		err = errors.Join(err, x.sink(payment.HeldWord{Born: uint64(i + 1), Word: w}))
	}
	return err
}

func (x exporter) tries() error {
	days := x.tx.Bucket(bucketMeta).Bucket(keyTries)
	if days == nil {
		return nil
	}
	const day = len(time.DateOnly)
	return days.ForEach(func(key, record []byte) error {
		var t payment.Tries
		if len(key) < day {
			return fmt.Errorf("%w: the day of tries", payment.ErrDamaged)
		}
		if err := decode(record, key[:day], &t); err != nil { // the subject is a case, which no log may name
			return err
		}
		return x.sink(payment.HeldTries{Day: string(key[:day]), Subject: string(key[day:]), Tries: t})
	})
}

// audit hands over the entries up to one, all when it is 0, each held against the one before it.
func (x exporter) audit(end, seam uint64) (last payment.Entry, err error) {
	err = each(x, x.tx.Bucket(bucketAudit), func(_ []byte, e payment.Entry) error {
		if end > 0 && e.Seq > end {
			return nil
		}
		if !e.Follows(last, seam) {
			return fmt.Errorf("%w: audit entry %d does not follow entry %d", payment.ErrDamaged, e.Seq, last.Seq)
		}
		last = e
		return x.sink(e)
	})
	return last, err
}

func departureOf(tx *bbolt.Tx) (d payment.Departure, err error) {
	if err = get(tx.Bucket(bucketMeta), keyDeparture, &d); errors.Is(err, payment.ErrNotFound) {
		err = nil
	}
	return d, err
}

// Departure returns where the ledger was moved.
func (l *Ledger) Departure() (d payment.Departure, ok bool, err error) {
	err = l.view(func(tx *bbolt.Tx) error {
		d, err = departureOf(tx)
		return err
	})
	return d, d.Token != "", err
}

// Depart ends this ledger: it was moved, goes on there, and is never opened for anything else again. It must be durable
// before the other one begins. Programs that know nothing of moves find it succeeded, and begin no payment.
func (l *Ledger) Depart(ctx context.Context, d payment.Departure, by payment.By) error {
	err := l.update(ctx, func(tx *bbolt.Tx) error {
		meta := tx.Bucket(bucketMeta)
		if before, err := departureOf(tx); err != nil || before.Token != "" {
			return errors.Join(err, refusal{payment.ErrMovedOn})
		}
		d.At = now()
		return errors.Join(
			put(meta, keyDeparture, d),
			put(meta, keySuccessor, payment.Succession{Was: l.identity.Instance, Is: d.To, At: d.At, Entry: d.Entry}),
			record(tx, payment.Entry{Event: "moved", Note: "to " + d.To, By: by}),
		)
	})
	if err == nil {
		l.succeeded.Store(true)
		l.mark()
	}
	return err
}
