package ledgertest

import (
	"context"
	"errors"
	"maps"
	"slices"
	"sync"
	"testing"
	"time"

	"courtkiosk/payment"
)

// An Ear hears what a ledger tells of changes, from when it is made until it is stopped.
type Ear struct {
	Err  chan error // what the hearing comes to
	Stop context.CancelFunc

	mu    sync.Mutex
	heard []payment.Entry // number and sequence
}

// Hear makes an ear that is told what comes after an entry.
func Hear(t testing.TB, l payment.Ledger, after uint64) *Ear {
	t.Helper()
	s, ok := l.(payment.Stirring)
	if !ok {
		t.Fatal("a ledger that others share tells nothing of what they store")
	}
	ctx, stop := context.WithCancel(context.Background())
	e := &Ear{Err: make(chan error, 1), Stop: stop}
	go func() {
		e.Err <- s.Stirred(ctx, after, func(no string, seq uint64) {
			e.mu.Lock()
			defer e.mu.Unlock()
			e.heard = append(e.heard, payment.Entry{Order: no, Seq: seq})
		})
	}()
	t.Cleanup(func() {
		stop()
		if err := <-e.Err; !errors.Is(err, context.Canceled) {
			t.Errorf("the hearing came to %v", err)
		}
	})
	return e
}

// Heard returns the last entry that was told of each order.
func (e *Ear) Heard() map[string]uint64 {
	e.mu.Lock()
	defer e.mu.Unlock()
	last := make(map[string]uint64)
	for _, one := range e.heard {
		last[one.Order] = one.Seq
	}
	return last
}

// Await waits until just these entries were told of, and returns how long that took.
func (e *Ear) Await(t testing.TB, want map[string]uint64, within time.Duration) time.Duration {
	t.Helper()
	began := time.Now()
	for !maps.Equal(e.Heard(), want) {
		if time.Since(began) > within {
			t.Fatalf("heard %v within %v, want %v", e.Heard(), within, want)
		}
		time.Sleep(time.Millisecond)
	}
	return time.Since(began)
}

// Last returns the sequence number of a ledger's last entry, by both ways to it.
func Last(t testing.TB, l payment.Ledger) uint64 {
	t.Helper()
	last, err := l.(payment.Stirring).Last(t.Context())
	list := entries(t, l)
	if err != nil || last != uint64(len(list)) {
		t.Fatalf("the last entry is %d, %v, of %d", last, err, len(list))
	}
	return last
}

// stirred: whoever hears is told of what anybody stores, from an entry on, in the order of the entries.
func stirred(t *testing.T, s Store) {
	a := s.Open(t)
	b := another(t, s, a)
	first := Hear(t, b, Last(t, a))
	const within = payment.SweptWithin + 3*time.Second
	o := New(t, a, Request(1), Born)
	want := map[string]uint64{o.No: 1}
	first.Await(t, want, within)
	if err := a.Note(t.Context(), payment.Entry{Event: "looked"}); err != nil {
		t.Fatal(err)
	}
	p := New(t, b, Request(2), Born)
	Said(t, a, o, payment.TradeSuccess)
	want[p.No], want[o.No] = 3, 4
	first.Await(t, want, within)
	_, err := a.UpdateEffect(t.Context(), o.No, "receipt", func(e payment.Effect) (payment.Effect, error) {
		e.State = payment.Handed
		return e, nil
	})
	if err != nil {
		t.Fatal(err)
	}
	want[o.No] = Last(t, b)
	first.Await(t, want, within)
	delete(want, p.No)
	Hear(t, a, 3).Await(t, want, within) // who begins later, and has read so far
	first.mu.Lock()
	defer first.mu.Unlock()
	if !slices.IsSortedFunc(first.heard, func(a, b payment.Entry) int { return int(a.Seq) - int(b.Seq) }) {
		t.Errorf("told in another order: %v", first.heard)
	}
}

// stirredWriters: of many who write at once, none is missed.
func stirredWriters(t *testing.T, s Store) {
	a := s.Open(t)
	handles := []payment.Ledger{a, another(t, s, a)}
	ear := Hear(t, handles[1], 0)
	var group sync.WaitGroup
	for i := range 8 {
		group.Go(func() {
			for n := range 25 {
				if _, err := Next(handles[i%2], Request(100*i+n), Born); err != nil {
					t.Error(err)
				}
			}
		})
	}
	group.Wait()
	want := make(map[string]uint64)
	for _, e := range entries(t, a) {
		want[e.Order] = e.Seq
	}
	ear.Await(t, want, payment.SweptWithin+3*time.Second)
	if len(want) != 200 {
		t.Errorf("%d orders", len(want))
	}
}
