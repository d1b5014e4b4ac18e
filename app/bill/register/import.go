package register

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"time"

	"go.etcd.io/bbolt"

	"courtkiosk/app/bill"
)

// A Summary says what an import changed.
type Summary struct{ Added, Changed, Withdrawn, Unchanged int }

// Import replaces the list by what reader holds, all or nothing. The error of bad rows is Refused.
func (r *Register) Import(ctx context.Context, reader io.Reader, source string, now time.Time) (Summary, error) {
	bills, err := read(reader, now)
	if err != nil {
		return Summary{}, err
	}
	var s Summary
	err = r.db.Update(func(tx *bbolt.Tx) error {
		bucket := tx.Bucket(bucketBills)
		seen := make(map[string]bool, len(bills))
		for _, b := range bills {
			seen[string(key(b.Bill))] = true
		}
		if err := renamed(bucket, bills, seen); err != nil {
			return err
		}
		for _, b := range bills {
			if err := s.put(bucket, key(b.Bill), b.Bill); err != nil {
				return err
			}
		}
		if err := s.withdraw(bucket, seen); err != nil {
			return err
		}
		if err := index(tx, bills); err != nil {
			return err
		}
		info, err := json.Marshal(Info{Source: source, Imported: now, Bills: len(bills)})
		if err != nil {
			return err
		}
		if err := tx.Bucket(bucketMeta).Put(keyInfo, info); err != nil {
			return err
		}
		return ctx.Err()
	})
	if refused, ok := errors.AsType[*Refused](err); ok {
		return Summary{}, refused
	}
	if err != nil {
		return Summary{}, fmt.Errorf("store bills: %w", err)
	}
	return s, nil
}

// index makes the list of payment codes anew. A code names bills of one case only, which read has seen to.
func index(tx *bbolt.Tx, bills []listed) error {
	if tx.Bucket(bucketCodes) != nil {
		if err := tx.DeleteBucket(bucketCodes); err != nil {
			return err
		}
	}
	codes, err := tx.CreateBucket(bucketCodes)
	for i := 0; i < len(bills) && err == nil; i++ {
		if b := bills[i].Bill; b.Code != "" {
			err = codes.Put(append(codePrefix(b.Code), key(b)...), nil)
		}
	}
	return err
}

// renamed refuses bills that the list asked for under another identity until now: by item, and now by a notice's
// number, or the other way round. Who has paid the one would be asked for the other. A list without the bill,
// imported first, withdraws it and says that this is meant.
func renamed(bucket *bbolt.Bucket, bills []listed, seen map[string]bool) error {
	bad := &Refused{}
	for _, b := range bills {
		if bucket.Get(key(b.Bill)) != nil {
			continue
		}
		bare := b.Bill
		bare.Notice = ""
		prefix := casePrefix(b.Case)
		c := bucket.Cursor()
		for k, v := c.Seek(prefix); bytes.HasPrefix(k, prefix); k, v = c.Next() {
			old, err := decodeBill(v)
			if err != nil {
				return err
			}
			was, is := old.Notice, b.Notice
			old.Notice = ""
			if (was == "") != (is == "") && old.ID() == bare.ID() && !old.Withdrawn && !seen[string(k)] {
				bad.add(BadRow{Line: b.line, Reason: "the same bill was listed " + by(was) + " before and is now listed " + by(is)})
				break
			}
		}
	}
	if len(bad.Rows) > 0 {
		return bad
	}
	return nil
}

func by(notice string) string {
	if notice == "" {
		return "without a notice number"
	}
	return "with a notice number"
}

func (s *Summary) put(bucket *bbolt.Bucket, k []byte, b bill.Bill) error {
	text, err := json.Marshal(b)
	if err != nil {
		return err
	}
	switch old := bucket.Get(k); {
	case old == nil:
		s.Added++
	case string(old) == string(text):
		s.Unchanged++
		return nil
	default:
		s.Changed++
	}
	return bucket.Put(k, text)
}

// withdraw marks the bills that the source lists no more. They are kept: somebody may hold their notice.
func (s *Summary) withdraw(bucket *bbolt.Bucket, seen map[string]bool) error {
	gone := make(map[string][]byte)
	err := bucket.ForEach(func(k, v []byte) error {
		if seen[string(k)] {
			return nil
		}
		b, err := decodeBill(v)
		if err != nil {
			return err
		}
		if b.Withdrawn {
			return nil
		}
		b.Withdrawn = true
		text, err := json.Marshal(b)
		gone[string(k)] = text
		return err
	})
	for k, text := range gone {
		s.Withdrawn++
		err = errors.Join(err, bucket.Put([]byte(k), text))
	}
	return err
}
