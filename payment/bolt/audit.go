package bolt

import (
	"context"
	"errors"
	"fmt"
	"math"

	"go.etcd.io/bbolt"

	"courtkiosk/payment"
)

// record appends an entry to the audit and chains it to the one before.
func record(tx *bbolt.Tx, e payment.Entry) error {
	audit := tx.Bucket(bucketAudit)
	seq, err := audit.NextSequence()
	if err != nil {
		return err
	}
	var last payment.Entry
	if seq > 1 {
		if err := get(audit, number(seq-1), &last); err != nil {
			return fmt.Errorf("%w: audit entry %d", payment.ErrDamaged, seq-1)
		}
	}
	e = e.Storable()
	e.Seq, e.At = seq, now()
	e.Hash = e.Sum(last.Hash)
	if err := put(audit, number(seq), e); err != nil {
		return err
	}
	return tx.Bucket(bucketHistory).Put(append(join(e.Order), number(seq)...), nil)
}

// Note appends an entry that belongs to no order.
func (l *Ledger) Note(ctx context.Context, e payment.Entry) error {
	e.Order = ""
	return l.update(ctx, func(tx *bbolt.Tx) error { return record(tx, e) })
}

// Audit returns the entries of an order, oldest first.
func (l *Ledger) Audit(ctx context.Context, no string) (list []payment.Entry, err error) {
	err = l.view(func(tx *bbolt.Tx) error {
		audit := tx.Bucket(bucketAudit)
		return scan(tx.Bucket(bucketHistory), join(no), func(seq, _ []byte) error {
			var e payment.Entry
			if err := mustGet(audit, seq, &e); err != nil {
				return err
			}
			list = append(list, e)
			return ctx.Err()
		})
	})
	return list, err
}

// Since returns at most n entries after a sequence number, oldest first, each held against the one before it.
func (l *Ledger) Since(ctx context.Context, seq uint64, n int) (list []payment.Entry, err error) {
	if seq == math.MaxUint64 {
		return nil, nil
	}
	err = l.view(func(tx *bbolt.Tx) error {
		var last payment.Entry
		err := get(tx.Bucket(bucketAudit), number(seq), &last)
		if err != nil && !errors.Is(err, payment.ErrNotFound) {
			return err
		}
		seam := tx.Bucket(bucketMeta).Get(keySeam)
		if len(seam) != 8 {
			return fmt.Errorf("%w: where the audit's chain has its seam", payment.ErrDamaged)
		}
		c := tx.Bucket(bucketAudit).Cursor()
		for k, record := c.Seek(number(seq + 1)); k != nil && len(list) < n; k, record = c.Next() {
			var e payment.Entry
			if err := decode(record, k, &e); err != nil {
				return err
			}
			if !e.Follows(last, numberOf(seam)) {
				return fmt.Errorf("%w: audit entry %d does not follow entry %d", payment.ErrDamaged, e.Seq, last.Seq)
			}
			list, last = append(list, e), e
		}
		return ctx.Err()
	})
	return list, err
}
