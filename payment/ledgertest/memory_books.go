package ledgertest

import (
	"bytes"
	"context"
	"encoding/json"
	"maps"
	"slices"
	"strings"

	"courtkiosk/payment"
)

// A book keeps its records as JSON, so that nobody reaches into one.
type book[T payment.Keyed] struct {
	m    *Memory
	name string
}

const bookOfPeople = "people"

// People returns who has an account.
func (m *Memory) People() payment.Book[payment.Person] { return book[payment.Person]{m, bookOfPeople} }

// SignIns returns who is signed in.
func (m *Memory) SignIns() payment.Book[payment.SignIn] { return book[payment.SignIn]{m, "sign-ins"} }

// Windows returns the browsers that may open the clerk's page.
func (m *Memory) Windows() payment.Book[payment.Window] { return book[payment.Window]{m, "windows"} }

// Closings returns the end-of-day sheets.
func (m *Memory) Closings() payment.Book[payment.ClosingSheet] {
	return book[payment.ClosingSheet]{m, "closings"}
}

// Statements returns what is known of WeChat's bills.
func (m *Memory) Statements() payment.Book[payment.Statement] {
	return book[payment.Statement]{m, "statements"}
}

// Differences returns what WeChat's bills and the ledger say differently.
func (m *Memory) Differences() payment.Book[payment.Difference] {
	return book[payment.Difference]{m, "differences"}
}

// Figures returns what the program counts of itself.
func (m *Memory) Figures() payment.Book[payment.Figures] { return book[payment.Figures]{m, "figures"} }

// Notices returns what the lobby's screens announce.
func (m *Memory) Notices() payment.Book[payment.Notice] { return book[payment.Notice]{m, "notices"} }

// Facts returns what was said of orders outside.
func (m *Memory) Facts() payment.Book[payment.Fact] { return book[payment.Fact]{m, "facts"} }

// Calls returns the machines that have called for a person.
func (m *Memory) Calls() payment.Book[payment.Call] { return book[payment.Call]{m, "calls"} }

// Get returns the record of a key.
func (b book[T]) Get(_ context.Context, key string) (T, error) {
	defer b.m.lock()()
	return b.get(key)
}

func (b book[T]) get(key string) (record T, err error) {
	text, ok := b.m.books[b.name][key]
	if !ok {
		return record, payment.ErrNotFound
	}
	return record, json.Unmarshal(text, &record)
}

// Update stores what decide makes of a record.
func (b book[T]) Update(
	ctx context.Context, key string, decide func(T, payment.Staff) (T, payment.Entry, error),
) (after T, err error) {
	defer b.m.lock()()
	var e payment.Entry
	after, err = rule(b.m, func() (T, error) {
		var given, made T
		given, _ = b.get(key) // zero where there is none
		var err error
		made, e, err = decide(given, b.m.staff())
		return made, err
	})
	var none T
	switch {
	case err != nil:
		return none, err
	case after.Key() != key:
		return none, payment.ErrConflict
	}
	text, err := json.Marshal(after)
	if err != nil || bytes.Equal(text, b.m.books[b.name][key]) {
		return after, err
	}
	err = b.m.commit(ctx, func() {
		if b.m.books[b.name] == nil {
			b.m.books[b.name] = make(map[string][]byte)
		}
		b.m.books[b.name][key] = text
		if e.Event != "" {
			b.m.record(e)
		}
	})
	if err != nil {
		return none, err
	}
	return after, nil
}

// List returns a part of the book.
func (b book[T]) List(_ context.Context, r payment.Range) (list []T, err error) {
	if r.N < 1 || r.N > payment.MaxPage {
		return nil, payment.ErrFilter
	}
	defer b.m.lock()()
	keys := slices.Sorted(maps.Keys(b.m.books[b.name]))
	if r.Backward {
		slices.Reverse(keys)
	}
	for _, key := range keys {
		passed := r.After != "" && (key == r.After || key < r.After != r.Backward)
		if passed || !strings.HasPrefix(key, r.Prefix) || len(list) == r.N {
			continue
		}
		record, err := b.get(key)
		if err != nil {
			return nil, err
		}
		list = append(list, record)
	}
	return list, nil
}

// staff is everybody.
func (m *Memory) staff() (staff payment.Staff) {
	people := book[payment.Person]{m, bookOfPeople}
	for _, number := range slices.Sorted(maps.Keys(m.books[bookOfPeople])) {
		p, _ := people.get(number)
		staff = append(staff, p)
	}
	return staff
}
