package bolt

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"math"
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
	e.Seq, e.At = seq, now()
	e.Hash = chain(last.Hash, e)
	if err := put(audit, number(seq), e); err != nil {
		return err
	}
	return tx.Bucket(bucketHistory).Put(append(join(e.Order), number(seq)...), nil)
}

// chainName begins what is hashed, so that nothing else that is hashed with SHA-256 is an entry.
const chainName = "courtkiosk audit v2"

// chain is the hash of an entry, the second version of it: SHA-256 over these byte strings, each with its length before
// it in eight bytes, the most significant first, as all numbers are:
//
//	"courtkiosk audit v2"
//	the hash of the entry before, empty for the first
//	Seq, in eight bytes
//	At, microseconds since 1970 UTC, in eight bytes
//	Order, From, Event, To, Note, By.Device, By.Person, in UTF-8
func chain(before []byte, e payment.Entry) []byte {
	h := sha256.New()
	for _, field := range [][]byte{
		[]byte(chainName), before, number(e.Seq), number(uint64(e.At.UnixMicro())),
		[]byte(e.Order), []byte(e.From), []byte(e.Event), []byte(e.To), []byte(e.Note),
		[]byte(e.By.Device), []byte(e.By.Person),
	} {
		var length [8]byte
		binary.BigEndian.PutUint64(length[:], uint64(len(field)))
		h.Write(length[:])
		h.Write(field)
	}
	return h.Sum(nil)
}

// chain1 is the hash of an entry that layout 1 has written: over the hash before and the entry as JSON, in that
// layout's fields.
func chain1(before []byte, e payment.Entry) []byte {
	text, _ := json.Marshal(struct { // of strings, a number and a time
		Seq   uint64
		At    time.Time
		Order string
		From  payment.State
		Event string
		To    payment.State
		Note  string
		Hash  []byte
	}{e.Seq, e.At, e.Order, e.From, e.Event, e.To, e.Note, nil})
	sum := sha256.Sum256(append(bytes.Clone(before), text...))
	return sum[:]
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
			if !follows(last, e, numberOf(seam)) {
				return fmt.Errorf("%w: audit entry %d does not follow entry %d", payment.ErrDamaged, e.Seq, last.Seq)
			}
			list, last = append(list, e), e
		}
		return ctx.Err()
	})
	return list, err
}

// follows reports whether an entry comes right after another. Seam is the first that is chained by today's rule.
func follows(last, e payment.Entry, seam uint64) bool {
	rule := chain
	if e.Seq < seam {
		rule = chain1
	}
	return e.Seq == last.Seq+1 && bytes.Equal(e.Hash, rule(last.Hash, e))
}
