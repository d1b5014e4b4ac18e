package bolt

import (
	"context"
	"fmt"
	"sync"
	"testing"
	"time"

	"courtkiosk/payment"
	"courtkiosk/payment/ledgertest"
)

// A fence is never given again: not by the next process, not when the clock was set back, not after the ledger was put
// back from a copy.
func TestFencesGoOn(t *testing.T) {
	p := settled(t)
	var last uint64
	higher := func(what string, l *Ledger) {
		t.Helper()
		for _, holder := range []string{"A", "B"} {
			list, err := l.Claim(t.Context(), holder, 1, time.Now().Add(-time.Second)) // run out at once
			must(t, err)
			if len(list) != 1 || list[0].Lease.Fence <= last {
				t.Errorf("%s: %d orders, fence %d after %d", what, len(list), list[0].Lease.Fence, last)
			}
			last = list[0].Lease.Fence
		}
		ledgertest.New(t, l, ledgertest.Request(int(time.Now().UnixNano())), ledgertest.Born)
	}
	l := open(t, p.path)
	higher("at first", l)
	must(t, l.Close())
	l = open(t, p.path)
	higher("the next start", l)
	stored := number(l.leases.first)
	must(t, l.Close())
	l = open(t, p.path)
	l.leases.begin(stored, time.Date(1970, 1, 1, 0, 0, 0, 0, time.UTC))
	higher("with the clock set back", l)
	must(t, l.Close())
	ruin(t, p.path)
	_, err := Restore(t.Context(), p.path, identity, Options{Backups: p.backups})
	must(t, err)
	l = open(t, p.path)
	l.leases.begin(nil, time.Unix(int64(last/perRun)+1, 0)) // a restore takes longer than the starts above
	higher("put back", l)
}

// A void order's number may be used again before the end of the first is noted: the second one's lease goes on.
func TestALeaseEndsWithItsOwnOrder(t *testing.T) {
	var l leases
	l.begin(nil, time.Now())
	first := l.open("no", payment.Lease{Holder: "A"})
	second := l.open("no", payment.Lease{Holder: "A"})
	l.end("no", first.Fence)
	if l.of["no"].final {
		t.Error("the end of the first order ends the lease of the second")
	}
	if l.end("no", second.Fence); !l.of["no"].final {
		t.Error("its own end does not end it")
	}
}

// An order that has ended keeps its lease for its last follower, and not for ever.
func TestLeasesEnd(t *testing.T) {
	var l leases
	l.begin(nil, time.Now())
	for n := range stayFinal + 500 {
		no := fmt.Sprint(n)
		fence := l.open(no, payment.Lease{Holder: "A"}).Fence
		l.end(no, fence)
		l.end(no, fence) // the same news
	}
	if len(l.of) != stayFinal || l.get("0").Fence != 0 || l.get(fmt.Sprint(stayFinal+499)).Holder != "A" {
		t.Errorf("%d leases are kept", len(l.of))
	}
	l.open("x", payment.Lease{Holder: "A"})
	l.end("x", l.get("x").Fence)
	l.open("x", payment.Lease{Holder: "B"}) // a void order's number again
	for n := range stayFinal + 1 {
		l.open(fmt.Sprint("y", n), payment.Lease{Holder: "A"})
		l.end(fmt.Sprint("y", n), l.get(fmt.Sprint("y", n)).Fence)
	}
	if l.get("x").Holder != "B" {
		t.Error("the lease of an open order went with its number's first one")
	}
}

// Readers, writers that make the file grow, and holders do not wait for each other in a circle.
func TestLeasesDoNotBlock(t *testing.T) {
	l := fresh(t)
	ctx, stop := context.WithCancel(t.Context())
	var group sync.WaitGroup
	for _, do := range []func(i int){
		func(int) { l.Unsettled(ctx) },
		func(i int) { l.Claim(ctx, fmt.Sprint(i%3), 50, time.Now().Add(time.Millisecond)) },
		func(i int) { l.Renew(ctx, fmt.Sprint(i%3), time.Now().Add(time.Millisecond)) },
	} {
		group.Go(func() {
			for i := 0; ctx.Err() == nil; i++ {
				do(i)
			}
		})
	}
	for n := range 150 {
		r := ledgertest.Request(n)
		r.Details = make([]byte, 20_000)
		ledgertest.New(t, l, r, ledgertest.Born)
	}
	stop()
	group.Wait()
}

// A follower in its right is not overtaken while what it says is being stored: whoever claims then reads it.
func TestClaimWaitsForAChange(t *testing.T) {
	l := fresh(t)
	o := ledgertest.New(t, l, ledgertest.Request(1), ledgertest.Born)
	claimed := make(chan payment.Order)
	_, err := l.Update(t.Context(), o.No, func(o payment.Order, _ []payment.Order) (payment.Change, error) {
		go func() {
			list, err := l.Claim(t.Context(), "B", 1, time.Time{})
			if err != nil || len(list) != 1 {
				t.Errorf("%d orders, %v", len(list), err)
				list = make([]payment.Order, 1)
			}
			claimed <- list[0]
		}()
		select {
		case <-claimed:
			t.Error("another follower has the order before the change is stored")
		case <-time.After(20 * time.Millisecond): // as long as a claim takes, and more
		}
		return o.Code("weixin://x"), nil
	})
	must(t, err)
	if got := <-claimed; got.State != payment.Waiting || got.Lease.Holder != "B" {
		t.Errorf("claimed as %s by %s", got.State, got.Lease.Holder)
	}
}
