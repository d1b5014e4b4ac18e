package postgres

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5"

	"courtkiosk/payment"
)

const bookOfPeople = "people"

// books are the names of all books.
var books = []string{bookOfPeople, "sign-ins", "windows", "closings", "statements", "differences", "figures", "notices",
	"facts", "calls"}

// A book is a part of the table of all books. One shelf of it is locked by who changes it.
type book[T payment.Keyed] struct {
	*Ledger
	name string
}

// People returns who has an account.
func (l *Ledger) People() payment.Book[payment.Person] { return book[payment.Person]{l, bookOfPeople} }

// SignIns returns who is signed in.
func (l *Ledger) SignIns() payment.Book[payment.SignIn] { return book[payment.SignIn]{l, "sign-ins"} }

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

var (
	lockShelf  = statement(`select from courtkiosk.shelf where court = $1 and book = $2 for update`)
	shareShelf = statement(`select from courtkiosk.shelf where court = $1 and book = $2 for share`)
	readRecord = statement(`select doc from courtkiosk.book where court = $1 and book = $2 and key = $3`)
	putRecord  = statement(`insert into courtkiosk.book (court, book, key, doc) values ($1, $2, $3, $4)
		on conflict (court, book, key) do update set doc = excluded.doc`)
	readBook = statement(`select doc from courtkiosk.book where court = $1 and book = $2 order by key`)
	// starts_with compares bytes, and a key is never before what it begins with
	readForward = statement(`select doc from courtkiosk.book where court = $1 and book = $2 and key >= $3
		and ($4 = '' or key > $4) and starts_with(key, $3) order by key limit $5`)
	readBackward = statement(`select doc from courtkiosk.book where court = $1 and book = $2 and key >= $3
		and ($4 = '' or key < $4) and starts_with(key, $3) order by key desc limit $5`)
)

func scanRecord[T any](row pgx.CollectableRow) (record T, err error) {
	var doc []byte
	if err := row.Scan(&doc); err != nil {
		return record, err
	}
	if err := json.Unmarshal(doc, &record); err != nil {
		return record, fmt.Errorf("%w: %T: %w", errScan, record, err)
	}
	return record, nil
}

// queueStaff reads everybody; whoever decides by it has locked, or shares, the shelf of the people.
func queueStaff(b *pgx.Batch, court string, staff *payment.Staff) {
	b.Queue(readBook, court, bookOfPeople).Query(collect((*[]payment.Person)(staff), scanRecord[payment.Person]))
}

// Get returns the record of a key.
func (b book[T]) Get(ctx context.Context, key string) (record T, err error) {
	var list []T
	err = b.read(ctx, func(batch *pgx.Batch) {
		batch.Queue(readRecord, b.court, b.name, key).Query(collect(&list, scanRecord[T]))
	})
	if err == nil && len(list) == 0 {
		err = payment.ErrNotFound
	}
	if err != nil {
		return record, err
	}
	return list[0], nil
}

// Update stores what rule makes of a record.
func (b book[T]) Update(
	ctx context.Context, key string, rule func(T, payment.Staff) (T, payment.Entry, error),
) (after T, err error) {
	var list []T
	var staff payment.Staff
	reads := func(batch *pgx.Batch) {
		batch.Queue(lockShelf, b.court, b.name)
		if b.name != bookOfPeople {
			batch.Queue(shareShelf, b.court, bookOfPeople)
		}
		batch.Queue(readRecord, b.court, b.name, key).Query(collect(&list, scanRecord[T]))
		queueStaff(batch, b.court, &staff)
	}
	err = b.write(ctx, reads, func(t *tx) error {
		var before T
		if len(list) > 0 {
			before = list[0]
		}
		was, err := json.Marshal(before) // now: the rule may write into what it is given
		if err != nil {
			return refusal{err}
		}
		var e payment.Entry
		if after, e, err = rule(before, staff); err != nil {
			return refusal{err}
		}
		if after.Key() != key {
			return refusal{payment.ErrConflict}
		}
		is, err := json.Marshal(after)
		if err != nil {
			return refusal{err}
		}
		if bytes.Equal(was, is) {
			return errUnchanged
		}
		t.queue(putRecord, b.court, b.name, key, is)
		if e.Event != "" {
			t.record(e)
		}
		return nil
	})
	if err != nil && !errors.Is(err, errUnchanged) {
		var none T
		return none, err
	}
	return after, nil
}

// List returns a part of the book.
func (b book[T]) List(ctx context.Context, r payment.Range) (list []T, err error) {
	if r.N < 1 || r.N > payment.MaxPage {
		return nil, payment.ErrFilter
	}
	sql := readForward
	if r.Backward {
		sql = readBackward
	}
	err = b.read(ctx, func(batch *pgx.Batch) {
		batch.Queue(sql, b.court, b.name, r.Prefix, r.After, r.N).Query(collect(&list, scanRecord[T]))
	})
	return list, err
}
