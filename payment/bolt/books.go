package bolt

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"slices"

	"go.etcd.io/bbolt"

	"courtkiosk/payment"
)

// A book is a bucket within the bucket of all books, made with its first record.
type book[T payment.Keyed] struct {
	*Ledger
	name string
}

const (
	bookOfPeople  = "people"
	bookOfSignIns = "sign-ins"
)

// People returns who has an account.
func (l *Ledger) People() payment.Book[payment.Person] { return book[payment.Person]{l, bookOfPeople} }

// SignIns returns who is signed in.
func (l *Ledger) SignIns() payment.Book[payment.SignIn] {
	return book[payment.SignIn]{l, bookOfSignIns}
}

// Windows returns the browsers that may open the clerk's page.
func (l *Ledger) Windows() payment.Book[payment.Window] { return book[payment.Window]{l, "windows"} }

// Closings returns the end-of-day sheets.
func (l *Ledger) Closings() payment.Book[payment.ClosingSheet] {
	return book[payment.ClosingSheet]{l, "closings"}
}

// Statements returns what is known of WeChat's bills.
func (l *Ledger) Statements() payment.Book[payment.Statement] {
	return book[payment.Statement]{l, "statements"}
}

// Differences returns what WeChat's bills and the ledger say differently.
func (l *Ledger) Differences() payment.Book[payment.Difference] {
	return book[payment.Difference]{l, "differences"}
}

// Figures returns what the program counts of itself.
func (l *Ledger) Figures() payment.Book[payment.Figures] { return book[payment.Figures]{l, "figures"} }

// Notices returns what the lobby's screens announce.
func (l *Ledger) Notices() payment.Book[payment.Notice] { return book[payment.Notice]{l, "notices"} }

// Facts returns what was said of orders outside.
func (l *Ledger) Facts() payment.Book[payment.Fact] { return book[payment.Fact]{l, "facts"} }

// Calls returns the machines that have called for a person.
func (l *Ledger) Calls() payment.Book[payment.Call] { return book[payment.Call]{l, "calls"} }

// in returns the book's bucket, nil before its first record.
func (b book[T]) in(tx *bbolt.Tx) *bbolt.Bucket { return tx.Bucket(bucketBooks).Bucket([]byte(b.name)) }

// Get returns the record of a key.
func (b book[T]) Get(_ context.Context, key string) (record T, err error) {
	err = b.view(func(tx *bbolt.Tx) error {
		if in := b.in(tx); in != nil {
			return get(in, []byte(key), &record)
		}
		return payment.ErrNotFound
	})
	return record, err
}

// Update stores what rule makes of a record.
func (b book[T]) Update(
	ctx context.Context, key string, rule func(T, payment.Staff) (T, payment.Entry, error),
) (after T, err error) {
	audited := false
	err = b.update(ctx, func(tx *bbolt.Tx) error {
		in, err := tx.Bucket(bucketBooks).CreateBucketIfNotExists([]byte(b.name))
		if err != nil {
			return err
		}
		var before T
		if err := get(in, []byte(key), &before); err != nil && !errors.Is(err, payment.ErrNotFound) {
			return err
		}
		was, err := json.Marshal(before) // now: the rule may write into what it is given
		if err != nil {
			return err
		}
		staff, err := staffIn(tx)
		if err != nil {
			return err
		}
		var e payment.Entry
		if after, e, err = rule(before, staff); err != nil {
			return refusal{err}
		}
		if after.Key() != key {
			return refusal{payment.ErrConflict}
		}
		if is, err := json.Marshal(after); err == nil && bytes.Equal(was, is) {
			return errUnchanged
		}
		err = put(in, []byte(key), after)
		if audited = e.Event != ""; audited {
			err = errors.Join(err, record(tx, e))
		}
		return err
	})
	if err == nil && audited { // it may stand on paper next
		b.mark()
	}
	return unlessUnchanged(after, err)
}

// staffIn reads everybody.
func staffIn(tx *bbolt.Tx) (staff payment.Staff, err error) {
	in := tx.Bucket(bucketBooks).Bucket([]byte(bookOfPeople))
	if in == nil {
		return nil, nil
	}
	return staff, in.ForEach(func(key, record []byte) error {
		var p payment.Person
		err := decode(record, key, &p)
		staff = append(staff, p)
		return err
	})
}

// List returns a part of the book.
func (b book[T]) List(_ context.Context, r payment.Range) (list []T, err error) {
	if r.N < 1 || r.N > payment.MaxPage {
		return nil, payment.ErrFilter
	}
	return list, b.view(func(tx *bbolt.Tx) error {
		in := b.in(tx)
		if in == nil {
			return nil
		}
		c := in.Cursor()
		key, record := seek(c, r)
		for ; key != nil && bytes.HasPrefix(key, []byte(r.Prefix)) && len(list) < r.N; key, record = onward(c, r) {
			var one T
			if err := decode(record, key, &one); err != nil {
				return err
			}
			list = append(list, one)
		}
		return nil
	})
}

func onward(c *bbolt.Cursor, r payment.Range) (key, record []byte) {
	if r.Backward {
		return c.Prev()
	}
	return c.Next()
}

// seek sets a cursor on the first record of a range.
func seek(c *bbolt.Cursor, r payment.Range) (key, record []byte) {
	if !r.Backward {
		key, record = c.Seek([]byte(max(r.Prefix, r.After)))
		if r.After != "" && string(key) == r.After {
			return c.Next()
		}
		return key, record
	}
	end := []byte(r.After)
	if r.After == "" {
		end = beyond([]byte(r.Prefix))
	}
	if end == nil {
		return c.Last()
	}
	if key, _ = c.Seek(end); key == nil {
		return c.Last()
	}
	return c.Prev()
}

// beyond is the first key that comes after all that begin with a prefix; nil is the end.
func beyond(prefix []byte) []byte {
	end := slices.Clone(prefix)
	for i := len(end) - 1; i >= 0; i-- {
		if end[i] < 0xff {
			end[i]++
			return end[:i+1]
		}
	}
	return nil
}

// books: each record is read, and stands under its own key.
func (v *verifier) books() {
	written[payment.Person](v, bookOfPeople)
	written[payment.SignIn](v, bookOfSignIns)
	written[payment.Window](v, "windows")
	written[payment.ClosingSheet](v, "closings")
	written[payment.Statement](v, "statements")
	written[payment.Difference](v, "differences")
	written[payment.Figures](v, "figures")
	written[payment.Notice](v, "notices")
	written[payment.Fact](v, "facts")
	written[payment.Call](v, "calls")
}

func written[T payment.Keyed](v *verifier, name string) {
	in := v.tx.Bucket(bucketBooks).Bucket([]byte(name))
	if in == nil {
		return
	}
	_ = in.ForEach(func(key, record []byte) error { // it does not fail
		var one T
		if err := decode(record, key, &one); err != nil {
			v.say("%s: %v", name, err)
		} else if one.Key() != string(key) {
			v.say("%s: %q stands under the key of another", name, key)
		}
		return nil
	})
}
