package bolt

import (
	"bytes"
	"context"
	"errors"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"go.etcd.io/bbolt"

	"courtkiosk/payment"
)

// leases are who follows which order. One process holds the file, so they live in its memory, for as many holders as it
// serves.
type leases struct {
	mu    sync.Mutex // nothing that may wait is done under it: readers of the file hold up its growth
	of    map[string]lease
	ended []string // orders that are final: their last followers still read them
	fence uint64   // of the last lease

	first uint64      // where the fences of this process begin
	kept  atomic.Bool // whether the file knows it
}

type lease struct {
	payment.Lease
	final bool
}

// stayFinal is how many orders keep their lease after their end. A follower reads its order once an hour at least.
const stayFinal = 10_000

// perRun is how many fences a process may give before the next one's begin.
const perRun = 1 << 32

// begin sets where the fences of this process begin: above those of every process whose beginning the file knows, and,
// because a copy that was put back knows less, above the seconds of the clock.
func (l *leases) begin(stored []byte, now time.Time) {
	l.first = uint64(max(0, now.Unix())) * perRun
	if len(stored) == 8 {
		l.first = max(l.first, numberOf(stored)+perRun)
	}
	l.fence, l.of = l.first, make(map[string]lease)
}

// keep stores, with the first thing that the process writes, where its fences began. Before that nothing that was done
// under one of them is durable.
func (l *leases) keep(tx *bbolt.Tx) error {
	if l.kept.Load() {
		return nil
	}
	return tx.Bucket(bucketMeta).Put(keyFences, number(l.first))
}

// get returns the lease of an order, zero when nobody ever had one.
func (l *leases) get(no string) payment.Lease {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.of[no].Lease
}

// open gives a new order the lease that it asks for. What its number was leased by before is another order's.
func (l *leases) open(no string, asked payment.Lease) payment.Lease {
	l.mu.Lock()
	defer l.mu.Unlock()
	delete(l.of, no)
	if asked.Holder == "" {
		return payment.Lease{}
	}
	return l.take(no, asked.Holder, asked.Until)
}

// free reports whether a holder may have the lease of an order.
func (l *leases) free(no, holder string, now time.Time) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	h, ok := l.of[no]
	return !ok || h.Holder == holder || h.over(now)
}

// claim gives orders to a holder.
func (l *leases) claim(orders []payment.Order, holder string, until time.Time) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for i, o := range orders {
		orders[i].Lease = l.take(o.No, holder, until)
	}
}

func (h lease) over(now time.Time) bool { return !h.Until.IsZero() && !now.Before(h.Until) }

// take gives the lease to a holder; one that it had last keeps its fence. l.mu is held.
func (l *leases) take(no, holder string, until time.Time) payment.Lease {
	h, ok := l.of[no]
	if !ok || h.Holder != holder {
		l.fence++
		h = lease{Lease: payment.Lease{Holder: holder, Fence: l.fence}}
	}
	h.Until = until
	l.of[no] = h
	return h.Lease
}

// end notes that the order of a lease is final: nobody claims or renews it any more.
func (l *leases) end(no string, fence uint64) {
	l.mu.Lock()
	defer l.mu.Unlock()
	h, ok := l.of[no]
	if !ok || h.final || h.Fence != fence { // the number may be another order's by now
		return
	}
	h.final = true
	l.of[no] = h
	if l.ended = append(l.ended, no); len(l.ended) > stayFinal {
		if l.of[l.ended[0]].final { // its number may be another order's now
			delete(l.of, l.ended[0])
		}
		l.ended = l.ended[1:]
	}
}

// leased fills in who follows an order.
func (l *Ledger) leased(o payment.Order) payment.Order {
	o.Lease = l.leases.get(o.No)
	return o
}

// errEnough ends a walk that has found what it wanted.
var errEnough = errors.New("bolt: enough")

// Claim leases to a holder at most n orders that are not Final, oldest first. It waits for a change that is under
// way: a rule that found its follower in its right is stored before another one has it.
func (l *Ledger) Claim(ctx context.Context, holder string, n int, until time.Time) ([]payment.Order, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	l.serial.Lock()
	defer l.serial.Unlock()
	var open []payment.Order
	now := time.Now()
	err := l.view(func(tx *bbolt.Tx) error {
		return scan(tx.Bucket(bucketOpen), nil, func(_, no []byte) error {
			if len(open) >= n {
				return errEnough
			}
			if !l.leases.free(string(no), holder, now) {
				return nil
			}
			var s stored
			if err := mustGet(tx.Bucket(bucketOrders), no, &s); err != nil {
				return err
			}
			open = append(open, s.Order)
			return nil
		})
	})
	if err != nil && !errors.Is(err, errEnough) {
		return nil, err
	}
	l.leases.claim(open, holder, until)
	return open, nil
}

// Renew moves the end of all leases of open orders that a holder still has.
func (l *Ledger) Renew(ctx context.Context, holder string, until time.Time) ([]string, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	l.leases.mu.Lock()
	defer l.leases.mu.Unlock()
	var held []string
	now := time.Now()
	for no, h := range l.leases.of {
		if h.Holder != holder || h.final || h.over(now) {
			continue
		}
		h.Until = until
		l.leases.of[no] = h
		held = append(held, no)
	}
	slices.Sort(held)
	return held, nil
}

// same reports whether a request asks for what an order was opened for.
func same(r payment.Request, o payment.Order) bool {
	return r.Key == o.Key && r.Amount == o.Amount && r.Merchant == o.Merchant
}

// A request is which order an asking has opened or joined. A void order's number is used again, so the order is named
// by its incarnation too.
type request struct{ No, Incarnation string }

// requested returns the order that an asking has opened or joined; ok is false when there is none, or when it was void
// and its number is another order's now.
func requested(tx *bbolt.Tx, id string) (s stored, ok bool, err error) {
	var r request
	err = get(tx.Bucket(bucketRequests), []byte(id), &r)
	if id == "" || errors.Is(err, payment.ErrNotFound) {
		return s, false, nil
	}
	if err != nil {
		return s, false, err
	}
	err = mustGet(tx.Bucket(bucketOrders), []byte(r.No), &s)
	return s, err == nil && s.Order.Incarnation() == r.Incarnation, err
}

// remember notes that an asking has opened or joined the order. One that has opened another is ErrConflict.
func remember(tx *bbolt.Tx, o payment.Order) error {
	if o.Request == "" {
		return nil
	}
	s, ok, err := requested(tx, o.Request)
	if err != nil {
		return err
	}
	if ok && s.Order.No != o.No {
		return refusal{payment.ErrConflict}
	}
	return put(tx.Bucket(bucketRequests), bytes.Clone([]byte(o.Request)), request{o.No, o.Incarnation()})
}
