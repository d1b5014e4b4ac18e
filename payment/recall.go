package payment

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"
)

// Ask asks WeChat once what became of an order, final or not, and stores what follows. An order that is being
// followed is asked by its session at once.
func (c *Cashier) Ask(ctx context.Context, no string) (Order, error) {
	o, err := c.desk.Ledger.Order(ctx, no)
	if err != nil {
		return o, err
	}
	if s := c.session(no); s != nil && !o.Final() { // else it is on its way out, and asks no more
		s.Ask()
		return o, nil
	}
	return c.heardOf(ctx, o, false)
}

// heardOf asks WeChat about an order, for a visitor who waits or with what was left behind, and stores what follows.
func (c *Cashier) heardOf(ctx context.Context, o Order, visitor bool) (Order, error) {
	r, err := c.look(ctx, o, visitor)
	if err != nil {
		return o, err
	}
	ctx, now := Unguarded(ctx), c.Now()
	o, err = c.desk.Ledger.Update(ctx, o.No, func(o Order, others []Order) (Change, error) {
		return c.rules.Apply(o, r, others, now)
	})
	if err != nil {
		return o, err
	}
	return c.inherit(ctx, o)
}

// look asks WeChat about an order when the merchant's limiter allows it, and again while the answer cannot be booked.
func (c *Cashier) look(ctx context.Context, o Order, visitor bool) (r Reported, err error) {
	wait := func(ctx context.Context) error { return c.await(ctx, o.Merchant, visitor, nil) }
	for range maxFlaws {
		if err := wait(ctx); err != nil {
			return Reported{}, err
		}
		r, err = c.query(ctx, o, wait)
		c.heard(o.Merchant, err)
		if err != nil || r.Flaw == "" {
			return r, err
		}
	}
	c.desk.Log.ErrorContext(ctx, "payment cannot be booked", "order", o.No, "state", o.State, "flaw", r.Flaw)
	return r, nil
}

// Adopt takes another machine's paid order over: that machine is lost, a clerk says so, for a reason that the audit
// keeps. An order that was not paid elsewhere is ErrConflict.
func (c *Cashier) Adopt(ctx context.Context, no, reason string, by By) (Order, error) {
	return c.desk.Ledger.Update(ctx, no, func(o Order, others []Order) (Change, error) {
		if !o.PaidElsewhere() {
			return Change{}, fmt.Errorf("%w: it is %s, not paid at another machine", ErrConflict, o.State)
		}
		return o.Adopt(others).said(reason, by), nil
	})
}

// mostAttempts is how many orders of one bill are believed: more is no visitor's doing.
const mostAttempts = 200

// Recall asks WeChat whether it knows orders of the bill that this ledger has lost: it was restored from a backup, or
// its disk died. Each is taken into the ledger as WeChat describes it, whatever else became of the bill; one that can
// still be paid is followed to its end, and a payment to a ledger that a person calls lost is booked. It returns the
// last order of the bill at r's merchant, or a zero one.
func (c *Cashier) Recall(ctx context.Context, r Request) (last Order, err error) {
	if err := c.started(); err != nil {
		return last, err
	}
	draft, err := c.draft(r)
	if err != nil {
		return last, err
	}
	for n := 1; n == 1 || last.State == Closed || last.Returned.Some(); n++ { // that all came back may be lost, too
		if n > mostAttempts {
			return last, fmt.Errorf("%w: WeChat knows %d attempts at one bill", ErrUnknown, mostAttempts)
		}
		asked := r.attempt(n, draft, c.Now())
		o, err := c.desk.Ledger.Order(ctx, asked.No)
		switch {
		case err == nil && o.State != Void: // a void number may have been used again since
			if last, err = c.again(ctx, o); err != nil {
				return last, err
			}
			continue
		case err != nil && !errors.Is(err, ErrNotFound):
			return last, err
		}
		report, err := c.look(ctx, asked, false)
		if errors.Is(err, ErrAbsent) {
			return last, nil
		}
		if err != nil {
			return last, err
		}
		if last, err = c.takeIn(ctx, r, n, report); err != nil {
			return last, err
		}
	}
	return last, nil
}

// Replay recalls the orders of every request, trying again each minute what gets no answer, until all is answered or
// ctx ends.
func (c *Cashier) Replay(ctx context.Context, all []Request) error {
	for len(all) > 0 {
		_, err := c.Recall(ctx, all[0])
		if err == nil {
			all = all[1:]
			continue
		}
		c.desk.Log.WarnContext(ctx, "lost orders not asked for yet", "requests", len(all), "err", err)
		select {
		case <-time.After(time.Minute):
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	return nil
}

// takeIn makes r's nth order, whose time is over so that it is never created, and applies what WeChat says of it.
func (c *Cashier) takeIn(ctx context.Context, r Request, n int, report Reported) (Order, error) {
	r.ID = "" // it opens nothing
	device := deviceOf(report.Attach)
	ours, err := c.desk.Ours(ctx, device)
	if err != nil {
		return Order{}, fmt.Errorf("device %s: %w", device, err)
	}
	if ours || c.desk.Ledger.Identity().Ours(report.Attach) { // of whatever id it had then
		r.Device = device
	}
	made, err := c.create(ctx, r, func(r Request, _ []Order, draft Order, now time.Time) (Order, error) {
		o := r.attempt(n, draft, now)
		o.Expires, o.Recovered = now.In(China).Truncate(time.Second), true
		return o, nil
	})
	if err != nil {
		return made, err
	}
	now := c.Now()
	o, err := c.desk.Ledger.Update(ctx, made.No, func(o Order, others []Order) (Change, error) {
		return c.rules.Apply(o, report, others, now)
	})
	if err == nil {
		o, err = c.inherit(ctx, o)
	}
	if err != nil {
		o = made // it is stored: whatever was heard of it, it is followed from here on
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.run.Err() == nil && !o.Final() {
		c.follow(o, false)
	}
	return o, err
}

// again asks about an order that the ledger has, where more may be known now: whether it came back, and whom it was
// paid to. Since then a person may have called that ledger lost.
func (c *Cashier) again(ctx context.Context, o Order) (Order, error) {
	if c.mayReturn(o) && !o.Returned.Some() || o.PaidElsewhere() && o.PaidTo == "" {
		return c.heardOf(ctx, o, false)
	}
	return c.inherit(ctx, o)
}

// deviceOf returns the kiosk or window that an attach names.
func deviceOf(attach string) string {
	device, _, _ := strings.Cut(attach, "/")
	return device
}
