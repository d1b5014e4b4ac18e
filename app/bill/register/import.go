package register

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"time"

	"go.etcd.io/bbolt"

	"courtkiosk/app/bill"
)

// A Summary says what an import changed.
type Summary struct {
	Added, Changed, Withdrawn, Unchanged int
	// Odd are rows that were taken, but whose amount is not what the fee schedule says: for a clerk's eyes. At most a
	// hundred.
	Odd []BadRow
	// Skipped are the bad rows that were left out by hand. Such an import withdraws nothing.
	Skipped []BadRow
	// Hidden are the lines that were taken, but are hidden or filtered out in their sheet: the clerk may not know of
	// them.
	Hidden []int
}

// Import replaces the list by what reader holds, all or nothing. The error of bad rows is Refused.
func (r *Register) Import(ctx context.Context, reader io.Reader, source string, now time.Time) (Summary, error) {
	text, err := io.ReadAll(io.LimitReader(reader, maxFile+1))
	if err != nil {
		return Summary{}, fmt.Errorf("read list: %w", err)
	}
	s, err := r.take(ctx, text, source, now, false)
	if refused, ok := errors.AsType[*Refused](err); ok {
		refused.File = source
	}
	return s, err
}

// take imports a whole file. careful refuses a list that looks cut off.
func (r *Register) take(ctx context.Context, text []byte, source string, now time.Time, careful bool) (Summary, error) {
	bills, err := read(bytes.NewReader(text), now)
	if err != nil {
		return Summary{}, err
	}
	return r.store(ctx, bills, Info{Source: source, Imported: now, Bills: len(bills), Sum: sum(text), ByHand: !careful},
		careful)
}

// A list that withdraws more than half of what was asked, and more than a few bills, is taken only by hand: an export
// that was cut off looks like this, and people would be told that they owe nothing.
const fewBills = 20

func (s Summary) looksCutOff() bool {
	return s.Withdrawn > fewBills && s.Withdrawn > s.Changed+s.Unchanged
}

func (r *Register) store(ctx context.Context, bills []listed, info Info, careful bool) (s Summary, err error) {
	s.Odd, s.Hidden = odd(bills), hidden(bills)
	err = r.db.Update(func(tx *bbolt.Tx) error {
		bucket := tx.Bucket(bucketBills)
		seen := make(map[string]bool, len(bills))
		for i, b := range bills {
			bills[i].key = key(b.Bill)
			seen[string(bills[i].key)] = true
		}
		if err := renamed(bucket, bills, seen); err != nil {
			return err
		}
		// In the order of keys, else bbolt moves half of the list for each bill: 11 s for 100,000 bills in place of 3.
		slices.SortFunc(bills, func(a, b listed) int { return bytes.Compare(a.key, b.key) })
		for _, b := range bills {
			if err := s.put(bucket, b.key, b.Bill); err != nil {
				return err
			}
		}
		if info.Skipped == 0 {
			if err := s.withdraw(bucket, seen); err != nil {
				return err
			}
		}
		if careful && s.looksCutOff() {
			return refuse(1, "list.cut-off", "gone", strconv.Itoa(s.Withdrawn),
				"all", strconv.Itoa(s.Withdrawn+s.Changed+s.Unchanged))
		}
		if err := index(tx, bills); err != nil {
			return err
		}
		text, err := json.Marshal(info)
		if err != nil {
			return err
		}
		if err := tx.Bucket(bucketMeta).Put(keyInfo, text); err != nil {
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

// hidden returns the lines that are not seen in the sheet.
func hidden(bills []listed) (lines []int) {
	for _, b := range bills {
		if b.hidden {
			lines = append(lines, b.line)
		}
	}
	return lines
}

// odd names the rows whose amount is not what the fee schedule says.
func odd(bills []listed) []BadRow {
	bad := &Refused{}
	for _, b := range bills {
		if low, high, ok, checked := b.AgainstLaw(); checked && !ok {
			row := BadRow{Line: b.line, Reason: "list.odd",
				Pairs: []string{"amount", b.Amount.String(), "law", low.String()}}
			if high != low {
				row.Reason = "list.odd-range"
				row.Pairs = []string{"amount", b.Amount.String(), "low", low.String(), "high", high.String()}
			}
			bad.add(row)
		}
	}
	return bad.Rows
}

// index makes the list of payment codes anew. A code names bills of one case only, which read has seen to.
func index(tx *bbolt.Tx, bills []listed) error {
	if tx.Bucket(bucketCodes) != nil {
		if err := tx.DeleteBucket(bucketCodes); err != nil {
			return err
		}
	}
	codes, err := tx.CreateBucket(bucketCodes)
	if err != nil {
		return err
	}
	var keys [][]byte
	for _, b := range bills {
		if b.Code != "" {
			keys = append(keys, append(codePrefix(b.Code), b.key...))
		}
	}
	slices.SortFunc(keys, bytes.Compare)
	for _, k := range keys {
		if err := codes.Put(k, nil); err != nil {
			return err
		}
	}
	return nil
}

// renamed refuses bills that the list asked for under another identity until now: by item, and now by a notice's
// number, or the other way round. Who has paid the one would be asked for the other. A list without the bill,
// imported first, withdraws it and says that this is meant.
func renamed(bucket *bbolt.Bucket, bills []listed, seen map[string]bool) error {
	bad := &Refused{}
	for _, b := range bills {
		if bucket.Get(b.key) != nil {
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
				reason := "list.was-without"
				if is == "" {
					reason = "list.was-with"
				}
				bad.add(BadRow{Line: b.line, Reason: reason})
				break
			}
		}
	}
	if len(bad.Rows) > 0 {
		return bad
	}
	return nil
}

func (s *Summary) put(bucket *bbolt.Bucket, k []byte, b bill.Bill) error {
	text, err := encodeBill(b)
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
		text, err := encodeBill(b)
		gone[string(k)] = text
		return err
	})
	for k, text := range gone {
		s.Withdrawn++
		err = errors.Join(err, bucket.Put([]byte(k), text))
	}
	return err
}
