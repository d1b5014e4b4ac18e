package payment

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"
)

// MaxOffset is how far this machine's clock may be from WeChat's before no new payment is begun. Beyond 5
// minutes WeChat refuses every request.
const MaxOffset = 2 * time.Minute

// doubtFor is how long a key is doubted by answers that could not be verified, where none comes that can be.
const doubtFor = time.Hour

// Health is what the last calls for a merchant said about the gateway.
type Health struct {
	Trouble      error     // of the last call, nil when it was answered
	Since        time.Time // since when there is trouble
	Unauthorized bool      // two 401 in a row: no payment can be begun
	Unverified   bool      // two answers in a row by a key that we do not believe: no payment can be begun
	Clock        bool      // our clock is off by more than MaxOffset
	Heard        bool      // the gateway has answered at least once
	Last         time.Time // when it answered last; zero before
}

type health struct {
	mu        sync.Mutex
	merchants map[string]*standing
}

// A standing is how one merchant number stands with the gateway.
type standing struct {
	now    Health
	denied int // 401 in a row
	doubts int // answers in a row that were signed and not believed
	doubt  time.Time
}

// of returns the standing of a merchant number; h.mu is held.
func (h *health) of(mchid string) *standing {
	if h.merchants == nil {
		h.merchants = make(map[string]*standing)
	}
	if h.merchants[mchid] == nil {
		h.merchants[mchid] = new(standing)
	}
	return h.merchants[mchid]
}

// note records the outcome of a call and reports whether trouble has just ended.
func (h *health) note(mchid string, err error, at time.Time) (recovered bool) {
	if errors.Is(err, context.Canceled) {
		return false
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	s := h.of(mchid)
	if errors.Is(err, ErrUnauthorized) {
		s.denied++
	} else if Answered(err) {
		s.denied = 0
	}
	switch { // an answer that nobody signed, as "no such order", proves nothing of the key that we believe
	case errors.Is(err, ErrUnverified):
		s.doubts, s.doubt = s.doubts+1, at
	case err == nil, Answered(err) && at.Sub(s.doubt) > doubtFor:
		s.doubts = 0
	}
	s.now.Unauthorized, s.now.Unverified = s.denied >= 2, s.doubts >= 2
	if Answered(err) {
		recovered = s.now.Trouble != nil
		s.now.Trouble, s.now.Since, s.now.Heard, s.now.Last = nil, time.Time{}, true, at
		return recovered
	}
	if s.now.Trouble == nil {
		s.now.Since = at
	}
	s.now.Trouble = err
	return false
}

// Answered reports whether a call reached a gateway that understood us, whatever it said about the order.
func Answered(err error) bool {
	return err == nil || errors.Is(err, ErrAbsent) || errors.Is(err, ErrAbsentHere) || errors.Is(err, ErrNumberTaken) ||
		errors.Is(err, ErrRefused)
}

// Health returns what the last calls for a merchant said about the gateway. The clock is one for all merchants.
func (c *Cashier) Health(m Merchant) Health {
	c.health.mu.Lock()
	h := c.health.of(m.MchID).now
	c.health.mu.Unlock()
	if offset, ok := c.desk.Gateway.Offset(); ok && offset.Abs() > MaxOffset {
		h.Clock = true
	}
	h.Clock = h.Clock || errors.Is(h.Trouble, ErrClock)
	return h
}

// nowhere is an order that cannot exist.
func nowhere(m Merchant) Order { return Order{No: Key{Purse: "probe"}.Number(m, 0), Merchant: m} }

// TryKey tries a merchant's key before any money is taken by it: it asks about an order that cannot exist. "No such
// order" is the answer to the right key alone, and nil here; any other answer is the error. WeChat falsifies a
// signature now and then, to see whether anybody looks at it, so that one that is not taken or not believed is asked
// for again.
func TryKey(ctx context.Context, g interface {
	Query(ctx context.Context, o Order) (Reported, error)
}, m Merchant,
) error {
	var err error
	for range 2 {
		if _, err = g.Query(ctx, nowhere(m)); !errors.Is(err, ErrUnauthorized) && !errors.Is(err, ErrUnverified) {
			break
		}
	}
	switch {
	case errors.Is(err, ErrAbsent), errors.Is(err, ErrAbsentHere):
		return nil
	case err == nil:
		return fmt.Errorf("%w: it knows an order that nobody has made", ErrUnknown)
	}
	return err
}

// Probe asks the gateway for an order that cannot exist: "no such order" proves the road, the clock and the key,
// and costs nothing. It returns nil then.
func (c *Cashier) Probe(ctx context.Context, m Merchant) error {
	wait := func(ctx context.Context) error { return c.await(ctx, m, true, nil) }
	if err := wait(ctx); err != nil {
		return err
	}
	_, err := c.desk.Gateway.Query(withTurns(ctx, wait), nowhere(m))
	c.heard(m, err)
	if Answered(err) {
		return nil
	}
	return err
}
