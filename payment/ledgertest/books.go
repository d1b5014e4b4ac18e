package ledgertest

import (
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"sync"
	"testing"

	"courtkiosk/payment"
)

// A volume is a book as its cases see it, whatever its records are.
type volume struct {
	name string
	run  func(t *testing.T, s Store)
}

// volumes are all books, each with a record of the n-th key. Keys of the same n/10 begin alike.
var volumes = []volume{
	volumeOf("people", payment.Books.People, func(n int) payment.Person { return payment.Person{Number: key(n)} }),
	volumeOf("sign-ins", payment.Books.SignIns, func(n int) payment.SignIn { return payment.SignIn{Person: key(n)} }),
	volumeOf("windows", payment.Books.Windows, func(n int) payment.Window { return payment.Window{Name: key(n)} }),
	volumeOf("closings", payment.Books.Closings, func(n int) payment.ClosingSheet {
		return payment.ClosingSheet{Device: fmt.Sprint("窗", n/10), Number: n % 10}
	}),
	volumeOf("statements", payment.Books.Statements, func(n int) payment.Statement {
		return payment.Statement{MchID: fmt.Sprint("窗", n/10), Day: fmt.Sprint(n)}
	}),
	volumeOf("differences", payment.Books.Differences, func(n int) payment.Difference {
		return payment.Difference{MchID: fmt.Sprint("窗", n/10), Day: fmt.Sprint(n), Kind: "kind", Order: "order",
			RefundNo: "refund"}
	}),
	volumeOf("figures", payment.Books.Figures, func(n int) payment.Figures {
		return payment.Figures{Day: fmt.Sprint("窗", n/10), Device: fmt.Sprint(n)}
	}),
	volumeOf("notices", payment.Books.Notices, func(n int) payment.Notice {
		return payment.Notice{Until: fmt.Sprint("窗", n/10), No: fmt.Sprint(n)}
	}),
	volumeOf("facts", payment.Books.Facts, func(n int) payment.Fact {
		return payment.Fact{Order: fmt.Sprint("窗", n/10), Kind: fmt.Sprint(n)}
	}),
	volumeOf("calls", payment.Books.Calls, func(n int) payment.Call { return payment.Call{Device: key(n)} }),
}

func key(n int) string { return fmt.Sprintf("窗%d/%d", n/10, n) }

// books writes and reads every book.
func books(t *testing.T, s Store) {
	for _, v := range volumes {
		t.Run(v.name, func(t *testing.T) { v.run(t, s) })
	}
}

// volumeOf returns the cases of one book. record makes the n-th record of it, with nothing but its key.
func volumeOf[T payment.Keyed](name string, of func(payment.Books) payment.Book[T], record func(n int) T) volume {
	return volume{name, func(t *testing.T, s Store) {
		l := s.Open(t)
		keep(t, s, l, of, record)
		leaf(t, of(l), record)
	}}
}

// keep writes a record with every field filled, and finds it as it is; what changes nothing, or is refused, stores
// nothing.
func keep[T payment.Keyed](
	t *testing.T, s Store, l payment.Ledger, of func(payment.Books) payment.Book[T], record func(n int) T,
) {
	ctx, b := t.Context(), of(l)
	full := complete(t, record(11))
	at := record(11).Key()
	if _, err := b.Get(ctx, at); !errors.Is(err, payment.ErrNotFound) {
		t.Errorf("before it is written: %v", err)
	}
	n := len(entries(t, l))
	write := func(before T, _ payment.Staff) (T, payment.Entry, error) {
		return full, payment.Entry{Order: "order", Event: "written", Note: "why", By: staff(1)}, nil
	}
	got, err := b.Update(ctx, at, write)
	if err != nil || !same(got, full) {
		t.Fatalf("written\n%+v, %v, want\n%+v", got, err, full)
	}
	exact(t, "a record", full)
	list := entries(t, l)[n:]
	if len(list) != 1 || list[0].Event != "written" || list[0].Order != "order" || list[0].By != staff(1) ||
		list[0].Note != "why" {
		t.Errorf("the audit says %+v", list)
	}
	for range 2 {
		if got, err := of(another(t, s, l)).Get(ctx, at); err != nil || !same(got, full) {
			t.Errorf("stored\n%+v, %v, want\n%+v", got, err, full)
		}
		if got, err := b.Update(ctx, at, write); err != nil || !same(got, full) {
			t.Errorf("the same again: %+v, %v", got, err)
		}
		reflect.ValueOf(&got).Elem().SetZero()
	}
	wrong := errors.New("refused")
	_, err = b.Update(ctx, at, func(before T, _ payment.Staff) (T, payment.Entry, error) {
		if !same(before, full) {
			t.Errorf("the rule sees\n%+v, want\n%+v", before, full)
		}
		return record(11), payment.Entry{Event: "lost"}, wrong
	})
	if !errors.Is(err, wrong) {
		t.Errorf("the rule's error became %v", err)
	}
	if _, err := b.Update(ctx, at, func(T, payment.Staff) (T, payment.Entry, error) {
		return record(12), payment.Entry{Event: "lost"}, nil
	}); !errors.Is(err, payment.ErrConflict) {
		t.Errorf("a record of another key: %v", err)
	}
	if got, err := b.Get(ctx, at); err != nil || !same(got, full) || len(entries(t, l)) != n+1 {
		t.Errorf("after what was refused: %+v, %v", got, err)
	}
	if _, err := b.Update(ctx, at, func(T, payment.Staff) (T, payment.Entry, error) {
		return record(11), payment.Entry{}, nil
	}); err != nil || len(entries(t, l)) != n+1 {
		t.Errorf("without an event: %v, %d entries", err, len(entries(t, l)))
	}
}

// complete returns a record that has a value in each field; those that make its key are record's.
func complete[T payment.Keyed](t *testing.T, record T) T {
	v, n := reflect.ValueOf(&record).Elem(), 0
	visit(v, func(at reflect.Value) {
		if n++; at.IsZero() {
			fill(t, at, n)
		}
	})
	return record
}

// leaf walks a book forwards and backwards.
func leaf[T payment.Keyed](t *testing.T, b payment.Book[T], record func(n int) T) {
	ctx := t.Context()
	var want []string
	for n := 21; n < 29; n++ {
		at := record(n).Key()
		if _, err := b.Update(ctx, at, func(T, payment.Staff) (T, payment.Entry, error) {
			return record(n), payment.Entry{}, nil
		}); err != nil {
			t.Fatal(err)
		}
		want = append(want, at)
	}
	prefix := want[0][:strings.Index(want[0], "/")+1]
	for _, n := range []int{1, 3, 8, payment.MaxPage} {
		for _, backward := range []bool{false, true} {
			var got []string
			for r := (payment.Range{Prefix: prefix, Backward: backward, N: n}); ; r.After = got[len(got)-1] {
				page, err := b.List(ctx, r)
				if err != nil || len(page) > n {
					t.Fatalf("%+v: %d records, %v", r, len(page), err)
				}
				for _, one := range page {
					got = append(got, one.Key())
				}
				if len(page) < n {
					break
				}
			}
			if backward {
				slices.Reverse(got)
			}
			if !slices.Equal(got, want) {
				t.Errorf("by %d, backward %t: %q, want %q", n, backward, got, want)
			}
			var each []string
			for one, err := range payment.Each(ctx, b, payment.Range{Prefix: prefix, Backward: backward, N: n}) {
				if err != nil {
					t.Fatal(err)
				}
				each = append(each, one.Key())
			}
			if backward {
				slices.Reverse(each)
			}
			if !slices.Equal(each, want) {
				t.Errorf("each by %d, backward %t: %q, want %q", n, backward, each, want)
			}
		}
	}
	if all, err := b.List(ctx, payment.Range{N: payment.MaxPage}); err != nil || len(all) != len(want)+1 {
		t.Errorf("all: %d, %v", len(all), err)
	}
	last, err := b.List(ctx, payment.Range{Backward: true, N: 1})
	if err != nil || len(last) != 1 || last[0].Key() != want[7] {
		t.Errorf("the last: %+v, %v", last, err)
	}
	if none, err := b.List(ctx, payment.Range{Prefix: "nobody", N: 1}); err != nil || len(none) != 0 {
		t.Errorf("of nobody: %+v, %v", none, err)
	}
	for _, n := range []int{-1, 0, payment.MaxPage + 1} {
		if _, err := b.List(ctx, payment.Range{N: n}); !errors.Is(err, payment.ErrFilter) {
			t.Errorf("%d records: %v", n, err)
		}
	}
}

// hire is a rule that gives somebody an account.
func hire(number string) func(payment.Person, payment.Staff) (payment.Person, payment.Entry, error) {
	return func(p payment.Person, _ payment.Staff) (payment.Person, payment.Entry, error) {
		if p.Number != "" {
			return p, payment.Entry{}, payment.ErrConflict
		}
		by := payment.By{Device: "console"}
		return payment.Person{Number: number, Role: "lead", Made: payment.Decision{By: by, At: Born}},
			payment.Entry{Event: "person-made", Note: number, By: by}, nil
	}
}

// bookRace: of those who make one record at once, one does.
func bookRace(t *testing.T, s Store) {
	l := s.Open(t)
	handles := []payment.Ledger{l, another(t, s, l)}
	made := make([]error, racers)
	var group sync.WaitGroup
	for i := range racers {
		group.Go(func() { _, made[i] = handles[i%2].People().Update(t.Context(), "1001", hire("1001")) })
	}
	group.Wait()
	won := 0
	for _, err := range made {
		if err == nil {
			won++
		} else if !errors.Is(err, payment.ErrConflict) {
			t.Error(err)
		}
	}
	if n := len(entries(t, l)); won != 1 || n != 1 {
		t.Errorf("%d have made it, %d entries", won, n)
	}
}

func byNumber(a, b payment.Person) int { return strings.Compare(a.Number, b.Number) }

// staffSeen: every rule that people are behind sees all of them, as its transaction does.
func staffSeen(t *testing.T, s Store) {
	l := s.Open(t)
	r := refund(t, l, 1)
	for n := range 3 {
		number := fmt.Sprint(1003 - n)
		if _, err := l.People().Update(t.Context(), number, hire(number)); err != nil {
			t.Fatal(err)
		}
		sees := func(where string, staff payment.Staff) {
			t.Helper()
			if p, ok := staff.Of(number); len(staff) != n+1 || !ok || p.Role != "lead" ||
				!slices.IsSortedFunc(staff, byNumber) {
				t.Errorf("%s sees %+v", where, staff)
			}
		}
		if _, err := decide(l, r.No, func(r payment.Refund, of payment.Refunded) (payment.RefundChange, error) {
			sees("a refund's rule", of.Staff)
			return payment.RefundChange{Refund: r}, nil
		}); err != nil {
			t.Error(err)
		}
		o := paidAt(t, l, 10+n, Born)
		if _, err := l.AskRefund(t.Context(), o.No, "", func(of payment.Refunded) (payment.RefundChange, error) {
			sees("an asking's rule", of.Staff)
			return payment.RefundChange{}, payment.ErrConflict
		}); !errors.Is(err, payment.ErrConflict) {
			t.Error(err)
		}
		if _, err := l.Windows().Update(t.Context(), "w", func(
			w payment.Window, staff payment.Staff,
		) (payment.Window, payment.Entry, error) {
			sees("a window's rule", staff)
			return payment.Window{Name: "w"}, payment.Entry{}, nil
		}); err != nil {
			t.Error(err)
		}
	}
}

func reopenBooks(t *testing.T, s Store) {
	l := s.Open(t)
	want, err := l.People().Update(t.Context(), "1001", hire("1001"))
	if err != nil {
		t.Fatal(err)
	}
	l = s.Reopen(t, l)
	if got, err := l.People().Get(t.Context(), "1001"); err != nil || !same(got, want) {
		t.Errorf("after a start it is %+v, %v, was %+v", got, err, want)
	}
}

func unsureBook(t *testing.T, s Store) {
	either(t, s, func(t *testing.T, l payment.Ledger, unsure func(), stored bool) {
		unsure()
		_, err := l.People().Update(t.Context(), "1001", hire("1001"))
		isUnsure(t, err)
		_, err = l.People().Get(t.Context(), "1001")
		if stored != (err == nil) || !stored && !errors.Is(err, payment.ErrNotFound) {
			t.Errorf("stored %t: %v", stored, err)
		}
		if n := len(entries(t, l)); stored != (n == 1) {
			t.Errorf("stored %t: %d entries", stored, n)
		}
	})
}
