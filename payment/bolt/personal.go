package bolt

import (
	"bytes"
	"context"
	"errors"
	"time"

	"go.etcd.io/bbolt"

	"courtkiosk/payment"
)

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
			if s.Order.Final() && s.Order.Ended().Before(t) {
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
