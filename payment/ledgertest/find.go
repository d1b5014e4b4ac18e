package ledgertest

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"courtkiosk/payment"
)

// stock fills a ledger with orders of several devices, purses, amounts, days and ends, and returns them, newest first.
func stock(t *testing.T, l payment.Ledger, n int) []payment.Order {
	t.Helper()
	random := rand.New(rand.NewPCG(5, 6))
	pick := func(of ...string) string { return of[random.IntN(len(of))] }
	var all []payment.Order
	for i := range n {
		r := Request(i)
		r.Device, r.Key.Purse = pick("03", "04", "window 2"), pick("litigation", "fines")
		r.Amount = payment.Fen(100 * (1 + random.IntN(4)))
		all = append(all, New(t, l, r, Born.Add(time.Duration(i)*5*time.Hour)))
	}
	for i, n := range random.Perm(len(all)) { // paid in another order than opened
		o := all[n]
		r := answer(o, payment.TradeSuccess)
		r.TransactionID, r.PaidAt = fmt.Sprintf("4200%024d", 7919*(n+1)), Born.Add(time.Duration(i)*7*time.Hour)
		var err error
		switch random.IntN(8) {
		case 6, 7: // at another machine, and adopted since
			r.Attach = pick("03/another", "04/another", "03")
			if all[n], err = apply(l, o, r); i%2 == 0 {
				all[n] = Step(t, l, o.No, func(o payment.Order) payment.Change { return o.Adopt(nil) })
			}
		case 0:
			all[n] = Step(t, l, o.No, code)
		case 1:
			all[n] = Said(t, l, o, payment.TradeClosed)
		case 2:
			r.Amount += 100 // disputed
			all[n], err = apply(l, o, r)
		default:
			all[n], err = apply(l, o, r)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	slices.Reverse(all)
	return all
}

// wanted says of each order whether a filter describes it, as the words of payment.Filter have it.
func wanted(f payment.Filter, all []payment.Order) (want []payment.Order) {
	f.Paid = f.Paid || f.PaidTo != ""
	for _, o := range all {
		device, _ := o.Elsewhere()
		at := o.CreatedAt
		if f.Paid {
			at = o.PaidAt
		}
		day := func(t time.Time) string { return t.In(payment.China).Format(time.DateOnly) }
		switch {
		case f.Transaction != "" && !strings.HasSuffix(o.TransactionID, f.Transaction),
			f.Sequence != 0 && o.Sequence != f.Sequence,
			f.Serial != 0 && o.Serial != f.Serial,
			f.Amount != 0 && o.Amount != f.Amount && o.PaidAmount != f.Amount,
			f.Paid && o.PaidAt.IsZero(),
			!f.Day.IsZero() && day(at) != day(f.Day),
			f.Device != "" && o.Device != f.Device,
			f.Purse != "" && o.Key.Purse != f.Purse,
			f.PaidTo != "" && device != f.PaidTo,
			f.State != "" && o.State != f.State:
		default:
			want = append(want, o)
		}
	}
	if f.Paid {
		slices.SortFunc(want, func(a, b payment.Order) int { return b.PaidAt.Compare(a.PaidAt) })
	}
	return want
}

// turn reads all pages of a filter, and calls between after each.
func turn(t *testing.T, l payment.Ledger, f payment.Filter, between func()) (all []payment.Order) {
	t.Helper()
	for range 10_000 {
		page, err := l.Find(t.Context(), f)
		if err != nil || len(page.Orders) > f.N {
			t.Fatalf("find %+v: %d orders, %v", f, len(page.Orders), err)
		}
		all = append(all, page.Orders...)
		if page.Next == "" {
			return all
		}
		f.Before = page.Next
		between()
	}
	t.Fatalf("find %+v comes to no end", f)
	return nil
}

func find(t *testing.T, s Store) {
	l := s.Open(t)
	all := stock(t, l, 40)
	o := all[slices.IndexFunc(all, func(o payment.Order) bool { return o.State == payment.Paid })]
	filters := []payment.Filter{
		{}, {Transaction: o.TransactionID}, {Transaction: o.TransactionID[20:]}, {Transaction: "0000"},
		{Transaction: o.TransactionID[len(o.TransactionID)-4:]}, {Transaction: "9" + o.TransactionID},
		{Sequence: o.Sequence}, {Sequence: 1 << 60}, {Serial: 1, Day: o.CreatedAt}, {Serial: 2, Day: o.CreatedAt.UTC()},
		{Amount: 200}, {Amount: 500}, {Amount: 99}, {Paid: true}, {Day: o.CreatedAt}, {Paid: true, Day: o.PaidAt},
		{Day: Born.AddDate(1, 0, 0)}, {Device: "04"}, {Device: "0"}, {Purse: "fines"}, {Purse: "fine"},
		{State: payment.Disputed}, {State: payment.Closed}, {State: payment.Void},
		{PaidTo: "03"}, {PaidTo: "04"}, {PaidTo: "0"}, {PaidTo: "03", State: payment.Foreign},
		{PaidTo: "03", State: payment.Paid}, {PaidTo: "03", Day: o.PaidAt}, {PaidTo: "03", Amount: 200},
	}
	random := rand.New(rand.NewPCG(7, 8))
	for range 60 {
		filters = append(filters, anyFilter(random, all))
	}
	for _, f := range filters {
		want := wanted(f, all)
		for _, n := range []int{1, 2, 3, 7, 39, 40, 41, payment.MaxPage} {
			f.N = n
			got := turn(t, l, f, func() {})
			if !same(inOrder(f, got), inOrder(f, want)) {
				t.Errorf("find %+v: %q, want %q", f, numbers(got), numbers(want))
			}
		}
	}
}

// inOrder leaves found orders as they are, except where the contract does not say by which of two times they are
// sorted: found by another index, and compared with the time paid.
func inOrder(f payment.Filter, list []payment.Order) []payment.Order {
	all := make([]payment.Order, 0, len(list))
	for _, o := range list {
		all = append(all, plain(o))
	}
	if (f.Paid || f.PaidTo != "") && (f.Transaction != "" || f.Sequence != 0 || f.Serial != 0 || f.Amount != 0) {
		slices.SortFunc(all, func(a, b payment.Order) int { return strings.Compare(a.No, b.No) })
	}
	return all
}

// anyFilter is a filter of some fields, most of them as one of the orders has them.
func anyFilter(random *rand.Rand, all []payment.Order) (f payment.Filter) {
	for range 1 + random.IntN(4) {
		o := all[random.IntN(len(all))]
		if random.IntN(3) > 0 {
			o = all[len(all)/2] // the same for several fields, so that something is found
		}
		switch random.IntN(10) {
		case 9:
			f.PaidTo, _ = o.Elsewhere()
		case 0:
			if o.TransactionID != "" {
				f.Transaction = o.TransactionID[random.IntN(len(o.TransactionID)-4):]
			}
		case 1:
			f.Sequence = o.Sequence
		case 2:
			f.Serial, f.Day = o.Serial, o.CreatedAt
		case 3:
			f.Amount = o.Amount
		case 4:
			f.Paid = true
		case 5:
			f.Day = o.CreatedAt
		case 6:
			f.Device = o.Device
		case 7:
			f.Purse = o.Key.Purse
		case 8:
			f.State = o.State
		}
	}
	if f.Serial != 0 {
		f.Paid = false // a serial is of the day opened
	}
	return f
}

// What is opened while somebody turns pages comes before the first of them, and shifts none.
func findGrowing(t *testing.T, s Store) {
	l := s.Open(t)
	writer := another(t, s, l)
	all := stock(t, l, 10)
	n := len(all)
	grow := func() {
		New(t, writer, Request(n), Born.Add(time.Duration(n)*5*time.Hour))
		n++
	}
	if got := turn(t, l, payment.Filter{N: 2}, grow); !slices.Equal(numbers(got), numbers(all)) {
		t.Errorf("found %q, want %q", numbers(got), numbers(all))
	}
	if n == len(all) {
		t.Error("nothing was opened meanwhile")
	}
}

// An index must follow what a rule makes of an order.
func findChanged(t *testing.T, s Store) {
	l := s.Open(t)
	o := New(t, l, Request(1), Born)
	finds := func(f payment.Filter, want ...payment.Order) {
		t.Helper()
		f.N = 10
		if got := turn(t, l, f, func() {}); !same(inOrder(f, got), inOrder(f, want)) {
			t.Errorf("find %+v: %+v, want %+v", f, got, want)
		}
	}
	finds(payment.Filter{Amount: o.Amount}, o)
	finds(payment.Filter{Paid: true})
	r := answer(o, payment.TradeSuccess)
	r.Attach, r.Amount = "99/another", 100
	elsewhere, err := apply(l, o, r)
	finds(payment.Filter{PaidTo: "99", State: payment.Foreign}, elsewhere)
	if err != nil || !elsewhere.PaidElsewhere() {
		t.Fatalf("paid elsewhere: %+v, %v", elsewhere, err)
	}
	finds(payment.Filter{Amount: 270000}, elsewhere)
	finds(payment.Filter{Amount: 100}, elsewhere)
	finds(payment.Filter{Transaction: r.TransactionID}, elsewhere)
	finds(payment.Filter{Paid: true, Day: Born}, elsewhere)
	adopted := Step(t, l, o.No, func(o payment.Order) payment.Change { return o.Adopt(nil) })
	finds(payment.Filter{PaidTo: "99", State: payment.Foreign})
	finds(payment.Filter{PaidTo: "99"}, adopted)
	finds(payment.Filter{Amount: 270000}) // ours asked for that; theirs was paid
	finds(payment.Filter{Amount: 100}, adopted)
	finds(payment.Filter{Sequence: adopted.Sequence}, adopted)
	finds(payment.Filter{State: payment.Foreign})
	finds(payment.Filter{State: payment.Paid}, adopted)
	first := New(t, l, Request(2), Born)
	Step(t, l, first.No, absent)
	richer := Request(2)
	richer.Amount, richer.Device = 300000, "04"
	later := New(t, l, richer, Born.Add(24*time.Hour))
	finds(payment.Filter{Amount: 270000})
	finds(payment.Filter{Amount: 300000}, later)
	finds(payment.Filter{Device: "04"}, later)
	finds(payment.Filter{Day: Born}, adopted)
	finds(payment.Filter{Serial: 2, Day: Born})
	finds(payment.Filter{Serial: 1, Day: later.CreatedAt}, later)
}

func findRefused(t *testing.T, s Store) {
	l := s.Open(t)
	paidAt(t, l, 1, Born)
	for _, f := range []payment.Filter{
		{}, {N: -1}, {N: payment.MaxPage + 1}, {Amount: 1}, {N: 1, Transaction: "1"},
		{N: 1, Transaction: "123", Sequence: 1},
	} {
		if page, err := l.Find(t.Context(), f); !errors.Is(err, payment.ErrFilter) {
			t.Errorf("find %+v: %+v, %v", f, page, err)
		}
	}
}
