package ledgertest

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"sync"
	"testing"
	"time"

	"courtkiosk/payment"
)

// opened opens n bills, one a second.
func opened(t *testing.T, l payment.Ledger, n int) (all []payment.Order) {
	t.Helper()
	for i := range n {
		all = append(all, New(t, l, Request(i), Born.Add(time.Duration(i)*time.Second)))
	}
	return all
}

// claims claims and compares what is claimed.
func claims(
	t *testing.T, l payment.Ledger, holder string, n int, until time.Time, want []payment.Order,
) []payment.Order {
	t.Helper()
	list, err := l.Claim(t.Context(), holder, n, until)
	if err != nil || !slices.Equal(numbers(list), numbers(want)) {
		t.Fatalf("%s claims %q, %v, want %q", holder, numbers(list), err, numbers(want))
	}
	for _, o := range list {
		if o.Lease.Holder != holder || !o.Lease.Until.Equal(until) || o.Lease.Fence == 0 || !same(read(t, l, o.No), o) {
			t.Errorf("%s claims %+v, stored %+v, until %v", holder, o.Lease, read(t, l, o.No).Lease, until)
		}
	}
	return list
}

func leases(t *testing.T, s Store) {
	a := s.Open(t)
	b := another(t, s, a)
	all := opened(t, a, 6)
	Said(t, a, all[2], payment.TradeClosed)
	Said(t, a, all[5], payment.TradeSuccess)
	told := len(entries(t, a))
	first := claims(t, a, "A", 2, hour(), all[:2])
	claims(t, b, "B", 1, time.Time{}, all[3:4])
	claims(t, b, "B", 10, time.Time{}, all[3:5])
	claims(t, b, "C", 10, hour(), nil)
	claims(t, a, "A", 10, hour(), all[:2])
	claims(t, a, "A", 1, past(), all[:1])
	taken := claims(t, b, "C", 10, hour(), all[:1])
	if taken[0].Lease.Fence <= first[0].Lease.Fence {
		t.Errorf("fence %d after %d", taken[0].Lease.Fence, first[0].Lease.Fence)
	}
	claims(t, a, "A", 10, hour(), all[1:2])
	claims(t, a, "D", 10, hour(), nil)
	for i, o := range all[:2] {
		got := read(t, a, o.No)
		if got.Lease = o.Lease; !same(got, o) {
			t.Errorf("a lease has changed order %d from %+v to %+v", i, o, got)
		}
	}
	if n := len(entries(t, a)); n != told {
		t.Errorf("leases made %d entries %d", told, n)
	}
}

func leasedAtCreation(t *testing.T, s Store) {
	a := s.Open(t)
	b := another(t, s, a)
	r := Request(1)
	r.ID = "asked"
	until := hour()
	o, err := nextLeased(a, r, payment.Lease{Holder: "A", Until: until}, Born)
	if err != nil || o.Lease.Holder != "A" || !o.Lease.Until.Equal(until) || o.Lease.Fence == 0 {
		t.Fatalf("created with %+v, %v", o.Lease, err)
	}
	if again, err := nextLeased(b, r, payment.Lease{Holder: "B", Until: until}, Born); err != nil || !same(again, o) {
		t.Errorf("the same request of another holder is answered by %+v, %v", again, err)
	}
	claims(t, b, "B", 10, until, nil)
	if got := claims(t, a, "A", 10, until, []payment.Order{o}); got[0].Lease != o.Lease && !same(got[0], o) {
		t.Errorf("claimed with %+v, created with %+v", got[0].Lease, o.Lease)
	}
	ever, err := nextLeased(a, Request(2), payment.Lease{Holder: "A"}, Born.Add(time.Second))
	if err != nil || ever.Lease.Holder != "A" || !ever.Lease.Until.IsZero() || ever.Lease.Fence == 0 {
		t.Errorf("created for ever with %+v, %v", ever.Lease, err)
	}
	free := New(t, a, Request(3), Born.Add(2*time.Second))
	if free.Lease != (payment.Lease{}) {
		t.Errorf("created for nobody with %+v", free.Lease)
	}
	claims(t, b, "B", 10, until, []payment.Order{free})
	gone := Step(t, a, o.No, absent)
	later := New(t, a, Request(1), Born.Add(time.Hour)) // in a void order's number, and for nobody
	if later.No != gone.No || later.Lease.Holder != "" {
		t.Errorf("the later order is %s with %+v", later.No, later.Lease)
	}
	claims(t, b, "B", 10, until, []payment.Order{free, later})
}

func leasesInRules(t *testing.T, s Store) {
	l := s.Open(t)
	o := New(t, l, Request(1), Born)
	held := claims(t, l, "A", 1, hour(), []payment.Order{o})[0]
	got := Step(t, l, o.No, func(seen payment.Order) payment.Change {
		if !same(seen.Lease, held.Lease) || seen.Incarnation() != o.Incarnation() {
			t.Errorf("the rule sees %+v of %s, want %+v of %s",
				seen.Lease, seen.Incarnation(), held.Lease, o.Incarnation())
		}
		seen.Lease = payment.Lease{Holder: "rule", Fence: seen.Lease.Fence + 7}
		return payment.Change{Order: seen}
	})
	if !same(got, held) || !same(read(t, l, o.No), held) || len(entries(t, l)) != 1 {
		t.Errorf("a rule that changes the lease alone has made %+v, want %+v", got, held)
	}
	coded := Step(t, l, o.No, func(o payment.Order) payment.Change {
		o.Lease = payment.Lease{}
		return code(o)
	})
	if !same(coded.Lease, held.Lease) || coded.State != payment.Waiting {
		t.Errorf("a rule that takes the lease away has made %+v", coded)
	}
	// Its follower must read that it has ended as its own: who has lost the lease is told nothing.
	for _, got := range []payment.Order{Said(t, l, o, payment.TradeSuccess), read(t, l, o.No)} {
		if got.Lease.Holder != held.Lease.Holder || got.Lease.Fence != held.Lease.Fence {
			t.Errorf("an order that has ended has %+v, want %+v", got.Lease, held.Lease)
		}
	}
	claims(t, l, "A", 10, hour(), nil)
}

func leasesRace(t *testing.T, s Store) {
	l := s.Open(t)
	handles := []payment.Ledger{l, another(t, s, l)}
	all := opened(t, l, 24)
	var group sync.WaitGroup
	have := make([][]string, 6)
	for i := range have {
		group.Go(func() {
			for n := 3; n <= len(all)+3; n += 3 { // what it has already is among it
				list, err := handles[i%2].Claim(context.Background(), fmt.Sprint("holder ", i), n, time.Time{})
				have[i] = numbers(list)
				if err != nil {
					t.Error(err)
				}
				if err != nil || len(list) < n {
					return
				}
			}
		})
	}
	group.Wait()
	got, want := slices.Sorted(slices.Values(slices.Concat(have...))), slices.Sorted(slices.Values(numbers(all)))
	if !slices.Equal(got, want) {
		t.Errorf("claimed by all: %d orders, want each of %d once: %q", len(got), len(want), have)
	}
}

func renew(t *testing.T, s Store) {
	a := s.Open(t)
	b := another(t, s, a)
	renews := func(holder string, until time.Time, want ...string) {
		t.Helper()
		held, err := a.Renew(t.Context(), holder, until)
		if slices.Sort(held); err != nil || !slices.Equal(held, slices.Sorted(slices.Values(want))) {
			t.Errorf("%s renews %q, %v, want %q", holder, held, err, want)
		}
	}
	all := opened(t, a, 5)
	renews("A", hour())
	held := claims(t, a, "A", 3, hour(), all[:3])
	other := claims(t, b, "B", 1, hour(), all[3:4])[0]
	Said(t, a, all[0], payment.TradeClosed)
	later := hour().Add(time.Hour)
	renews("A", later, all[1].No, all[2].No)
	for i, o := range held[1:] {
		want := o
		if want.Lease.Until = later; !same(read(t, b, o.No), want) {
			t.Errorf("renewed order %d is %+v, want %+v", i+1, read(t, b, o.No), want)
		}
	}
	if got := read(t, a, other.No); !same(got, other) {
		t.Errorf("another's lease is %+v, was %+v", got.Lease, other.Lease)
	}
	claims(t, a, "A", 1, past(), all[1:2]) // that one has run out
	renews("A", hour(), all[2].No)
	claims(t, b, "C", 1, hour(), all[1:2])
	renews("A", hour(), all[2].No)
	renews("C", time.Time{}, all[1].No)
	if got := read(t, a, all[1].No).Lease; !got.Until.IsZero() {
		t.Errorf("renewed for ever, until %v", got.Until)
	}
	claims(t, b, "D", 10, hour(), all[4:])
}

// fences is a property: whoever claims, whenever, a holder that takes an order over has a higher fence than all before
// it, and one that still has it keeps its own.
func fences(t *testing.T, s Store) {
	l := s.Open(t)
	handles := []payment.Ledger{l, another(t, s, l)}
	opened(t, l, 4)
	random := rand.New(rand.NewPCG(1, 2))
	last := make(map[string]payment.Lease)
	for range 60 {
		holder, until := fmt.Sprint("holder ", random.IntN(3)), hour()
		if random.IntN(2) == 0 {
			until = past()
		}
		list, err := handles[random.IntN(2)].Claim(t.Context(), holder, 1+random.IntN(4), until)
		if err != nil {
			t.Fatal(err)
		}
		for _, o := range list {
			before := last[o.No]
			lasted := before.Until.After(now())
			switch {
			case before.Holder == holder && lasted && o.Lease.Fence != before.Fence:
				t.Fatalf("the holder of %+v has now %+v", before, o.Lease)
			case before.Holder != holder && (lasted || o.Lease.Fence <= before.Fence):
				t.Fatalf("after %+v another holder has %+v", before, o.Lease)
			}
			last[o.No] = o.Lease
		}
	}
}
