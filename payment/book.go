package payment

import (
	"cmp"
	"context"
	"iter"
	"slices"
)

// A Keyed record says under which key it is stored.
type Keyed interface{ Key() string }

// A Book holds the records of one kind that the people of a court keep beside the orders. Its records outlive what
// they tell of: none is ever removed.
type Book[T Keyed] interface {
	// Get returns the record of a key, or ErrNotFound.
	Get(ctx context.Context, key string) (T, error)
	// Update stores what rule makes of the record of a key, zero where there is none, with its audit entry, and returns
	// it; staff is everybody as the transaction sees them. The error of rule is returned as it is and nothing is
	// stored. A record under another key than its own is ErrConflict. One that is as it was stores nothing, an Entry
	// without an Event leaves the audit alone.
	Update(ctx context.Context, key string, rule func(before T, staff Staff) (T, Entry, error)) (T, error)
	// List returns the records that a Range describes, in the order of their keys' bytes.
	List(ctx context.Context, r Range) ([]T, error)
}

// A Range is a part of a Book.
type Range struct {
	Prefix   string // of the keys
	After    string // the last key of the page before; empty for the first page
	Backward bool   // from the last key to the first
	N        int    // records at most; 1 to MaxPage
}

// Each yields the records that a Range describes, page after page of N records, MaxPage when N is zero. What cannot be
// read is yielded as an error, and is the last.
func Each[T Keyed](ctx context.Context, b Book[T], r Range) iter.Seq2[T, error] {
	r.N = cmp.Or(r.N, MaxPage)
	return func(yield func(T, error) bool) {
		for {
			page, err := b.List(ctx, r)
			if err != nil {
				var none T
				yield(none, err)
				return
			}
			for _, record := range page {
				if !yield(record, nil) {
					return
				}
			}
			if len(page) < r.N {
				return
			}
			r.After = page[len(page)-1].Key()
		}
	}
}

// Books are the part of a Ledger that people write. They lie in the ledger so that the rule of two is checked in the
// transaction that its decision is stored in.
type Books interface {
	People() Book[Person]
	SignIns() Book[SignIn]
	Windows() Book[Window]
	Closings() Book[ClosingSheet]
	Statements() Book[Statement]
	Differences() Book[Difference]
	Figures() Book[Figures]
	Notices() Book[Notice]
	Facts() Book[Fact]
	Calls() Book[Call]
}

// Staff is everybody who has, or had, an account, by staff number.
type Staff []Person

// Of returns the person of a staff number.
func (s Staff) Of(number string) (Person, bool) {
	i := slices.IndexFunc(s, func(p Person) bool { return p.Number == number })
	if i < 0 {
		return Person{}, false
	}
	return s[i], true
}
