package bolt

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"time"

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
	e.Seq, e.At = seq, time.Now().UTC()
	e.Hash = chain(last.Hash, e)
	if err := put(audit, number(seq), e); err != nil {
		return err
	}
	return tx.Bucket(bucketHistory).Put(append(join(e.Order), number(seq)...), nil)
}

// chain is the hash of an entry: over the hash before it and its own facts as JSON.
func chain(before []byte, e payment.Entry) []byte {
	e.Hash = nil
	text, _ := json.Marshal(e) // of strings, a number and a time
	sum := sha256.Sum256(append(bytes.Clone(before), text...))
	return sum[:]
}

// Audit returns the entries of an order, or of all orders with an empty no, oldest first.
func (l *Ledger) Audit(ctx context.Context, no string) ([]payment.Entry, error) {
	var list []payment.Entry
	err := l.view(func(tx *bbolt.Tx) error {
		audit := tx.Bucket(bucketAudit)
		read := func(seq []byte) error {
			var e payment.Entry
			if err := get(audit, seq, &e); err != nil {
				return err
			}
			list = append(list, e)
			return nil
		}
		if no == "" {
			return audit.ForEach(func(seq, _ []byte) error { return read(seq) })
		}
		return scan(tx.Bucket(bucketHistory), join(no), func(rest, _ []byte) error { return read(rest) })
	})
	return list, err
}
