package bolt

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"go.etcd.io/bbolt"
	"pgregory.net/rapid"

	"courtkiosk/payment"
	"courtkiosk/payment/ledgertest"
)

// told writes orders of many kinds, paid in another order than opened.
func told(t *testing.T, l *Ledger, n int) {
	t.Helper()
	for i := range n {
		r := ledgertest.Request(i)
		r.Amount = payment.Fen(100 + 100*(i%3))
		r.Key.Purse = []string{"litigation", "fine"}[i%2]
		at := ledgertest.Born.Add(time.Duration(i) * 7 * time.Hour)
		o, err := l.Create(t.Context(), r, func(earlier []payment.Order) (payment.Order, error) {
			draft := payment.Order{PayWithin: 5 * time.Minute, Device: fmt.Sprint("0", i%2), Attach: "X"}
			return payment.Next(r, earlier, draft, at)
		})
		must(t, err)
		if i%4 == 3 {
			continue
		}
		paid := payment.Reported{
			No: o.No, MchID: o.Merchant.MchID, AppID: o.Merchant.AppID, Attach: "X", Currency: "CNY",
			State: payment.TradeSuccess, Amount: o.Amount + payment.Fen(100*(i%5/4)), // some other than asked for
			TransactionID: fmt.Sprintf("4200%06d%04d", i, i%3), PaidAt: at.Add(time.Duration(i%9) * 5 * time.Hour),
		}
		_, err = l.Update(t.Context(), o.No, func(o payment.Order, others []payment.Order) (payment.Change, error) {
			return o.Apply(paid, others, at)
		})
		must(t, err)
	}
}

// Whatever is looked for, all that a plain comparison finds is found, in its order, by pages of any size.
func TestFind(t *testing.T) {
	l := fresh(t)
	told(t, l, 60)
	all, err := recent(l, 100)
	must(t, err)
	if len(all) != 60 {
		t.Fatalf("%d orders", len(all))
	}
	found := 0
	rapid.Check(t, func(r *rapid.T) {
		one := rapid.SampledFrom(all).Draw(r, "like")
		f := payment.Filter{N: rapid.IntRange(1, 70).Draw(r, "n"), Paid: rapid.Bool().Draw(r, "paid")}
		set := func(name string, do func()) {
			if rapid.IntRange(0, 3).Draw(r, name) == 0 {
				do()
			}
		}
		set("transaction", func() {
			id := one.TransactionID
			f.Transaction = id[min(len(id), rapid.IntRange(0, 10).Draw(r, "from")):]
		})
		set("sequence", func() { f.Sequence = one.Sequence })
		set("serial", func() { f.Serial = one.Serial })
		set("amount", func() {
			f.Amount = rapid.SampledFrom([]payment.Fen{one.Amount, one.PaidAmount}).Draw(r, "amount of")
		})
		set("day", func() { f.Day = rapid.SampledFrom([]time.Time{one.CreatedAt, one.PaidAt}).Draw(r, "day of") })
		set("device", func() { f.Device = one.Device })
		set("purse", func() { f.Purse = one.Key.Purse })
		set("state", func() { f.State = one.State })
		want := plainly(all, f)
		var got []string
		for pages := 0; ; pages++ {
			p, err := l.Find(context.Background(), f)
			if err != nil {
				r.Fatal(err)
			}
			for _, o := range p.Orders {
				got = append(got, o.No)
			}
			if f.Before = p.Next; f.Before == "" {
				break
			}
			if pages > len(all) {
				r.Fatal("it never ends")
			}
		}
		if !slices.Equal(got, want) {
			r.Fatalf("%+v: found %q, want %q", f, got, want)
		}
		found += len(got)
	})
	if found == 0 {
		t.Error("nothing was ever found")
	}
}

// plainly compares every order, newest first by the time that the filter asks for.
func plainly(all []payment.Order, f payment.Filter) (numbers []string) {
	s, err := searchFor(payment.Filter{N: 1, Day: f.Day})
	if err != nil {
		panic(err)
	}
	s.filter = f
	byPaid := f.Paid && f.Transaction == "" && f.Sequence == 0 && f.Serial == 0
	at := func(o payment.Order) time.Time {
		if byPaid {
			return o.PaidAt
		}
		return o.CreatedAt
	}
	list := slices.Clone(all) // newest first, and so are those of one time
	slices.SortStableFunc(list, func(a, b payment.Order) int { return at(b).Compare(at(a)) })
	for _, o := range list {
		if s.matches(o) {
			numbers = append(numbers, o.No)
		}
	}
	return numbers
}

// A search that finds little among much ends its page early, and goes on from there.
func TestFindStopsAndGoesOn(t *testing.T) {
	l := fresh(t)
	const n = 2*mostCost/orderCost + 500
	<-l.checked // it reads what this writes past the ledger
	must(t, l.db.Update(func(tx *bbolt.Tx) error {
		for i := range n {
			if err := l.fill(tx, i, true); err != nil {
				return err
			}
		}
		return nil
	}))
	f, pages := payment.Filter{Device: "none", N: 10}, 0
	for ; pages == 0 || f.Before != ""; pages++ {
		p, err := l.Find(t.Context(), f)
		if err != nil || len(p.Orders) > 0 {
			t.Fatal(len(p.Orders), err)
		}
		f.Before = p.Next
	}
	if pages != 3 {
		t.Errorf("%d orders were looked through in %d pages, want 3", n, pages)
	}
}

func TestFindRefuses(t *testing.T) {
	l := fresh(t)
	told(t, l, 9)
	p, err := l.Find(t.Context(), payment.Filter{N: 1})
	must(t, err)
	for name, f := range map[string]payment.Filter{
		"no page": {}, "a page too large": {N: payment.MaxPage + 1}, "three digits": {Transaction: "123", N: 1},
		"no cursor": {Before: "%", N: 1}, "another search's cursor": {Before: p.Next, Paid: true, N: 1},
		"another day's cursor": {Before: p.Next, Day: ledgertest.Born.AddDate(0, 0, -3), N: 1},
	} {
		if _, err := l.Find(t.Context(), f); !errors.Is(err, payment.ErrFilter) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// The keys of times sort as the times do.
func TestMicros(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		draw := func(name string) time.Time {
			return time.UnixMicro(rapid.Int64Range(-1<<55, 1<<55).Draw(r, name)).UTC()
		}
		a, b := draw("a"), draw("b")
		if got, want := slices.Compare(micros(a), micros(b)), a.Compare(b); got != want || !timeOf(micros(a)).Equal(a) {
			r.Fatalf("%v and %v compare as %d, want %d", a, b, got, want)
		}
	})
	if cmp.Compare(string(micros(time.Time{})), string(micros(time.Unix(0, 0)))) >= 0 {
		t.Error("no time does not come before all times")
	}
}
