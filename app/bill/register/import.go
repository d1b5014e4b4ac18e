package register

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"time"

	"go.etcd.io/bbolt"

	"courtkiosk/app/bill"
)

// A Summary says what an import changed.
type Summary struct {
	Added, Changed, Unchanged int
	Missing                   int // bills that this list leaves out, and the one before it did not
	// Odd are rows that were taken, but whose amount is not what the fee schedule says: for a clerk's eyes. At most a
	// hundred.
	Odd []BadRow
	// Ignored are the columns that were passed over, as the file writes them.
	Ignored []string
	// Skipped are the bad rows that were left out by hand. Such an import withdraws nothing.
	Skipped []BadRow
	// Hidden are the lines that were taken, but are hidden or filtered out in their sheet: the clerk may not know of
	// them.
	Hidden []int
}

// Import replaces the list by what reader holds, all or nothing. The error of bad rows is Refused.
func (r *Register) Import(ctx context.Context, reader io.Reader, source string, now time.Time) (Summary, error) {
	return r.ImportAgreed(ctx, reader, source, now, Agreed{})
}

// ImportAgreed is Import of a list of which a person has said what would refuse it.
func (r *Register) ImportAgreed(
	ctx context.Context, reader io.Reader, source string, now time.Time, agreed Agreed,
) (Summary, error) {
	text, err := io.ReadAll(io.LimitReader(reader, maxFile+1))
	if err != nil {
		return Summary{}, fmt.Errorf("read list: %w", err)
	}
	s, err := r.take(ctx, text, Info{Source: source, Imported: now, ByHand: true}, agreed)
	if refused, ok := errors.AsType[*Refused](err); ok {
		refused.File = source
	}
	return s, err
}

// take imports a whole file; info says where it comes from.
func (r *Register) take(ctx context.Context, text []byte, info Info, agreed Agreed) (Summary, error) {
	list, err := r.read(ctx, text, info.Imported)
	if err != nil {
		return Summary{}, err
	}
	info.Bills, info.Sum = len(list.bills), sum(text)
	s, err := r.store(ctx, list.bills, info, agreed)
	s.Ignored = list.ignored
	return s, err
}

// read reads a whole file within the full budget, free of its caller.
func (r *Register) read(ctx context.Context, text []byte, now time.Time) (reading, error) {
	return apart(ctx, func(ctx context.Context) (reading, error) {
		return read(ctx, full, bytes.NewReader(text), now, r.ignore)
	})
}

func (r *Register) store(ctx context.Context, bills []listed, info Info, agreed Agreed) (s Summary, err error) {
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
			if err := ctx.Err(); err != nil {
				return err
			}
			if err := s.put(bucket, b.key, b.Bill); err != nil {
				return err
			}
		}
		last, err := infoOf(tx)
		if err != nil {
			return err
		}
		since, largest := last.since(info.Imported)
		if info.Skipped == 0 { // else what is not there may stand in a bad row
			var lately int
			if s.Missing, lately, err = missing(bucket, seen, info.Imported, since); err != nil {
				return err
			}
			if err := leavesOut(s.Missing, lately, largest, agreed); err != nil {
				return err
			}
		}
		if err := index(tx, bills); err != nil {
			return err
		}
		text, err := json.Marshal(info.after(last, agreed.Missing > 0))
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
// imported first, says that this is meant.
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
			other := (was == "") != (is == "") && old.ID() == bare.ID()
			if other && !old.Withdrawn && !old.Missing && !seen[string(k)] {
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
