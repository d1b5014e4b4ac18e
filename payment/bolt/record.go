package bolt

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"hash/crc32"
	"sync"
	"time"

	"go.etcd.io/bbolt"

	"courtkiosk/payment"
)

// recordVersion is the first byte of every record; the four bytes after it are the CRC-32C of what follows.
const recordVersion = 1

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// put stores v under key.
func put(b *bbolt.Bucket, key []byte, v any) error {
	record, err := encode(v)
	if err != nil {
		return refusal{err}
	}
	return b.Put(key, record)
}

func encode(v any) ([]byte, error) {
	text, err := json.Marshal(v)
	if err != nil {
		return nil, err
	}
	record := make([]byte, 5, 5+len(text))
	record[0] = recordVersion
	binary.BigEndian.PutUint32(record[1:], crc32.Checksum(text, castagnoli))
	return append(record, text...), nil
}

// get reads the record under key into v. No record is payment.ErrNotFound, one that was changed ErrDamaged.
func get(b *bbolt.Bucket, key []byte, v any) error {
	record := b.Get(key)
	if record == nil {
		return payment.ErrNotFound
	}
	return decode(record, key, v)
}

// mustGet reads the record that an index names. One that is not there is damage: both were written in one transaction.
func mustGet(b *bbolt.Bucket, key []byte, v any) error {
	err := get(b, key, v)
	if errors.Is(err, payment.ErrNotFound) {
		return fmt.Errorf("%w: an index names %q, which is not there", payment.ErrDamaged, key)
	}
	return err
}

func decode(record, key []byte, v any) error {
	if len(record) < 5 || record[0] != recordVersion {
		return fmt.Errorf("%w: record %q is of an unknown form", payment.ErrDamaged, key)
	}
	text := record[5:]
	if binary.BigEndian.Uint32(record[1:]) != crc32.Checksum(text, castagnoli) {
		return fmt.Errorf("%w: record %q does not match its checksum", payment.ErrDamaged, key)
	}
	if err := json.Unmarshal(text, v); err != nil {
		return fmt.Errorf("%w: record %q: %w", payment.ErrDamaged, key, err)
	}
	if s, ok := v.(*stored); ok { // orders of older versions are read too
		s.Order = s.Order.Modern()
	}
	return nil
}

// An order is stored with the sequence of its creation, which sorts every index.
type stored struct {
	Born  uint64
	Order payment.Order
}

// latest is the open order that was read last. Its follower reads it each second while its code is shown; a record that
// is byte for byte the one that was read is not decoded anew. One that has ended is not kept in memory.
type latest struct {
	mu     sync.Mutex
	record []byte
	stored stored
}

// get reads an order. No order is payment.ErrNotFound, one that was changed ErrDamaged.
func (l *latest) get(tx *bbolt.Tx, no string) (stored, error) {
	orders, key := tx.Bucket(bucketOrders), []byte(no)
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.record == nil || !bytes.Equal(l.record, orders.Get(key)) {
		l.record, l.stored = nil, stored{}
		var s stored
		if err := get(orders, key, &s); err != nil || s.Order.Final() {
			return s, err
		}
		l.record, l.stored = bytes.Clone(orders.Get(key)), s
	}
	return stored{l.stored.Born, clone(l.stored.Order)}, nil
}

func number(n uint64) []byte      { return binary.BigEndian.AppendUint64(nil, n) }
func numberOf(data []byte) uint64 { return binary.BigEndian.Uint64(data) }

// join makes a key of parts that no other parts make.
func join(parts ...string) []byte {
	var key []byte
	for _, p := range parts {
		key = binary.BigEndian.AppendUint16(key, uint16(len(p)))
		key = append(key, p...)
	}
	return key
}

func billKey(k payment.Key) []byte { return join(k.Court, k.Purse, k.Bill) }

// dayKey names the orders that a device opens on a day.
func dayKey(device string, t time.Time) []byte {
	return join(device, t.In(payment.China).Format(time.DateOnly))
}

// micros makes a key that sorts by time, in the microseconds that every ledger keeps.
func micros(t time.Time) []byte { return number(uint64(t.UnixMicro()) ^ 1<<63) }

// timeOf reads the time that a key or value of micros begins with.
func timeOf(data []byte) time.Time { return time.UnixMicro(int64(numberOf(data) ^ 1<<63)).UTC() }

// now is the time of what the ledger does itself.
func now() time.Time { return time.Now().UTC().Truncate(time.Microsecond) }

// part returns the first part of a key that join has made, and the rest.
func part(key []byte) (first string, rest []byte) {
	if len(key) < 2 || len(key) < 2+int(binary.BigEndian.Uint16(key)) {
		return "", nil
	}
	n := 2 + int(binary.BigEndian.Uint16(key))
	return string(key[2:n]), key[n:]
}

// scan calls fn for the keys under prefix, in order, with the rest of the key behind the prefix.
func scan(b *bbolt.Bucket, prefix []byte, fn func(rest, value []byte) error) error {
	c := b.Cursor()
	for k, v := c.Seek(prefix); k != nil && bytes.HasPrefix(k, prefix); k, v = c.Next() {
		if err := fn(k[len(prefix):], v); err != nil {
			return err
		}
	}
	return nil
}
