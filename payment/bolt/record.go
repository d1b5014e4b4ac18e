package bolt

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"hash/crc32"
	"time"

	"go.etcd.io/bbolt"

	"courtkiosk/payment"
)

// recordVersion is the first byte of every record; the four bytes after it are the CRC-32C of what follows.
const recordVersion = 1

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// put stores v under key.
func put(b *bbolt.Bucket, key []byte, v any) error {
	text, err := json.Marshal(v)
	if err != nil {
		return refusal{err}
	}
	record := make([]byte, 5, 5+len(text))
	record[0] = recordVersion
	binary.BigEndian.PutUint32(record[1:], crc32.Checksum(text, castagnoli))
	return b.Put(key, append(record, text...))
}

// get reads the record under key into v. No record is payment.ErrNotFound, one that was changed ErrDamaged.
func get(b *bbolt.Bucket, key []byte, v any) error {
	record := b.Get(key)
	if record == nil {
		return payment.ErrNotFound
	}
	return decode(record, key, v)
}

// named reads the record that an index names. One that is not there is damage: both were written in one transaction.
func named(b *bbolt.Bucket, key []byte, v any) error {
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
	return nil
}

// An order is stored with the sequence of its creation, which sorts every index.
type stored struct {
	Born  uint64
	Order payment.Order
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

func dayKey(t time.Time) []byte { return []byte(t.In(payment.China).Format(time.DateOnly)) }

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
