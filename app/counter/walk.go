package counter

import (
	"context"
	"errors"
	"fmt"
	"time"

	"courtkiosk/app/bill"
	"courtkiosk/payment"
)

// confirmedFor is how long what the court has said counts as just confirmed; then it is asked before another number of
// the bill is taken.
const confirmedFor = 5 * time.Second

// A walk is a visit's wait for a number of its bill that can be paid: it knows no order yet.
type walk struct {
	visit string
	leave context.CancelFunc
}

// errLeft: the visit has left before anything was opened for it. Nobody hears it any more.
var errLeft = errors.New("counter: the visit has left")

// walking returns a context that ends once a visit leaves which knows no order yet. The court may be slow: it begins
// before that is asked.
func (c *Counter) walking(ctx context.Context, visit string) (walking context.Context, end func()) {
	walking, leave := context.WithCancel(ctx)
	w := &walk{visit, leave}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.walks[w] = true
	return walking, func() {
		leave()
		c.mu.Lock()
		defer c.mu.Unlock()
		delete(c.walks, w)
	}
}

// walk waits until the order of a request that was confirmed at a time can be paid, or has come to another word of
// WeChat. Numbers that were used up at other machines are walked over until walking ends.
func (c *Counter) walk(
	ctx, walking context.Context, a Ask, r payment.Request, b bill.Bill, at time.Time,
) (payment.Followed, error) {
	if walking.Err() != nil && ctx.Err() == nil {
		return nil, errLeft
	}
	f, err := c.Cashier.Take(ctx, r)
	if err != nil {
		return nil, err
	}
	return c.Cashier.Walk(walking, r, f, func(context.Context) error {
		if time.Since(at) <= confirmedFor {
			return nil
		}
		at = time.Now()
		return c.stillOwed(ctx, a, b)
	})
}

// stillOwed asks the court once more for a bill that was confirmed.
func (c *Counter) stillOwed(ctx context.Context, a Ask, b bill.Bill) error {
	d, err := c.again(ctx, b)
	if err != nil {
		return fmt.Errorf("before another number: %w", err)
	}
	return c.changed(d.Confirm(a.Quote))
}

// stop ends the walks of a visit that leaves, and knows no order yet to say so of.
func (c *Counter) stop(visit string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for w := range c.walks {
		if w.visit == visit {
			w.leave()
		}
	}
}
