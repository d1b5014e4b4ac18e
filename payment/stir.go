package payment

import (
	"context"
	"errors"
	"sync"
	"time"
)

// Stirring is what a Ledger has that several machines share: it tells what any of them has stored.
type Stirring interface {
	// Last returns the sequence number of the last audit entry, 0 of a ledger without one.
	Last(ctx context.Context) (uint64, error)
	// Stirred tells f of each order of which an audit entry was stored after a sequence number, whoever stored it, and
	// of the last such entry. Of many entries it may tell once, and of one twice. It goes on until ctx ends. A notice
	// makes it look at once; what no notice told of it finds within SweptWithin. f is called by one goroutine and may
	// not block.
	Stirred(ctx context.Context, after uint64, f func(no string, seq uint64)) error
}

// SweptWithin is how long news may take that no notice told of.
const SweptWithin = 2 * time.Second

// A switchboard says to those who wait for orders which of them have changed.
type switchboard struct {
	mu    sync.Mutex
	lines map[string]map[chan struct{}]bool
}

// Stirs returns a channel that holds one whenever an order was changed, here or at a machine that shares the ledger.
// What was changed the ledger tells. Where one process has the ledger it stays empty.
func (c *Cashier) Stirs(no string) (changed <-chan struct{}, stop func()) {
	b, line := &c.board, make(chan struct{}, 1)
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.lines == nil {
		b.lines = make(map[string]map[chan struct{}]bool)
	}
	if b.lines[no] == nil {
		b.lines[no] = make(map[chan struct{}]bool)
	}
	b.lines[no][line] = true
	return line, func() {
		b.mu.Lock()
		defer b.mu.Unlock()
		if delete(b.lines[no], line); len(b.lines[no]) == 0 {
			delete(b.lines, no)
		}
	}
}

func (b *switchboard) ring(no string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for line := range b.lines[no] {
		post(line)
	}
}

// listen begins to hear what the ledger tells, from now on, where others share it.
func (c *Cashier) listen(ctx context.Context) error {
	ledger, ok := c.desk.Ledger.(Stirring)
	if !ok || c.desk.Lease == 0 {
		return nil
	}
	last, err := ledger.Last(ctx)
	if err != nil {
		return err
	}
	c.running.Go(func() {
		err := ledger.Stirred(ctx, last, func(no string, _ uint64) { c.board.ring(no) })
		if ctx.Err() == nil {
			c.desk.Log.ErrorContext(ctx, "what other machines store is not heard", "err", err)
		}
	})
	return nil
}

// heed takes over what was stored while the session rested, and reports whether it has to act on that: what it has
// stored itself it knows, and of most that others store WeChat need not be asked.
func (s *Session) heed(ctx context.Context) bool {
	before := s.order
	if err := s.read(ctx); err != nil {
		return true // the step is told the same, and is repeated until it can be read
	}
	return s.order.Final() || s.order.State != before.State || s.order.Unwanted != before.Unwanted ||
		s.visited() && !s.watched
}

// lookAgain is when an order is looked at again that could not be read.
const lookAgain = time.Second

// lookOn tells the watchers of an order that another machine follows what becomes of it, and that machine that somebody
// waits. It ends with the order, or once nobody watches.
func (s *Session) lookOn(ctx context.Context) {
	stirs, stop := s.cashier.Stirs(s.no)
	defer stop()
	for ctx.Err() == nil {
		drain(s.wake)
		within := s.look(ctx)
		if within == 0 {
			return
		}
		timer := time.NewTimer(within)
		select {
		case <-ctx.Done():
		case <-timer.C:
		case <-stirs:
		case <-s.wake: // a wish, or nobody watches
		}
		timer.Stop()
	}
}

// look reads the order once, and returns when to do so again at the latest; 0 is never.
func (s *Session) look(ctx context.Context) time.Duration {
	s.mu.Lock()
	if len(s.watchers) == 0 {
		s.looks = false
		s.mu.Unlock()
		return 0
	}
	s.mu.Unlock()
	s.forget()
	o, err := s.cashier.desk.Ledger.Order(ctx, s.no)
	if now := s.cashier.Now(); err == nil && o.Incarnation() == s.incarnation && !o.Final() &&
		o.WatchedUntil.Before(now.Add(WatchedFor/2)) {
		o, err = s.cashier.desk.Ledger.Update(ctx, s.no, func(o Order, _ []Order) (Change, error) {
			if o.Incarnation() != s.incarnation {
				return Change{Order: o}, nil
			}
			return o.Watch(now), nil
		})
	}
	switch {
	case errors.Is(err, ErrNotFound):
		return 0
	case err != nil:
		return lookAgain
	case o.Incarnation() != s.incarnation:
		return 0 // its number is another's by now
	}
	s.order = o
	s.publish()
	if o.Final() {
		return 0
	}
	return WatchedFor / 2
}
