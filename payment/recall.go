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
	if s := c.Session(no); s != nil {
		s.Ask()
		return o, nil
	}
	r, err := c.look(ctx, o)
	if err != nil {
		return o, err
	}
	now := c.Now()
	return c.desk.Ledger.Update(ctx, no, func(o Order, others []Order) (Change, error) { return c.rules.apply(o, r, others, now) })
}

// look asks WeChat about an order when the merchant's backlog allows it.
func (c *Cashier) look(ctx context.Context, o Order) (Report, error) {
	if err := c.await(ctx, o.Merchant, false, nil); err != nil {
		return Report{}, err
	}
	r, err := c.desk.Gateway.Query(ctx, o)
	c.heard(o.Merchant, err)
	return r, err
}

// Adopt takes another machine's paid order over: that machine is lost. An order that was not paid elsewhere is ErrConflict.
func (c *Cashier) Adopt(ctx context.Context, no string) (Order, error) {
	return c.desk.Ledger.Update(ctx, no, func(o Order, others []Order) (Change, error) {
		if !o.PaidElsewhere() {
			return Change{}, fmt.Errorf("%w: it is %s, not paid at another machine", ErrConflict, o.State)
		}
		return o.Adopt(others), nil
	})
}

// Recall asks WeChat whether it knows orders of the bill that this ledger has lost: it was restored from a backup, or its disk died.
// Each is taken into the ledger as WeChat describes it; one that can still be paid is followed to its end, and a payment
// that carries this kiosk's name is booked. It returns the last order that it took in, or a zero one.
func (c *Cashier) Recall(ctx context.Context, r Request) (Order, error) {
	var found Order
	for {
		if err := c.started(); err != nil {
			return found, err
		}
		o, err := c.draft(r)
		if err != nil {
			return found, err
		}
		earlier, err := c.desk.Ledger.OfBill(ctx, r.Key)
		if err != nil {
			return found, err
		}
		next, err := c.rules.next(r, earlier, o, c.Now())
		if blocked, ok := errors.AsType[*BlockedError](err); ok {
			return c.reclaim(ctx, blocked.Order)
		}
		if err != nil {
			return found, err
		}
		report, err := c.look(ctx, next)
		if errors.Is(err, ErrAbsent) {
			return found, nil
		}
		if err != nil {
			return found, err
		}
		if found, err = c.takeIn(ctx, r, report); err != nil || found.State != Closed {
			return found, err
		}
	}
}

// takeIn makes an order of r whose time is over, so that it is never created, and applies what WeChat says of it.
func (c *Cashier) takeIn(ctx context.Context, r Request, report Report) (Order, error) {
	now := c.Now()
	o, err := c.create(ctx, r, func(o Order) Order {
		o.Expires, o.Recovered = now.In(China).Truncate(time.Second), true
		return o
	})
	if err != nil {
		return o, err
	}
	o, err = c.desk.Ledger.Update(ctx, o.No, func(o Order, others []Order) (Change, error) { return c.rules.apply(o, report, others, now) })
	if err != nil {
		return o, err
	}
	if o.PaidElsewhere() && kioskOf(report.Attach) == kioskOf(o.Attach) {
		return c.Adopt(ctx, o.No)
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.run.Err() == nil && !o.Final() {
		c.follow(o)
	}
	return o, nil
}

// reclaim books a foreign order that was paid to this kiosk before it lost its ledger; who was paid only WeChat knows.
func (c *Cashier) reclaim(ctx context.Context, o Order) (Order, error) {
	if !o.PaidElsewhere() {
		return o, nil
	}
	r, err := c.look(ctx, o)
	if err != nil || kioskOf(r.Attach) != kioskOf(o.Attach) || !r.names(o) {
		return o, err
	}
	return c.Adopt(ctx, o.No)
}

// kioskOf returns the kiosk that an attach names.
func kioskOf(attach string) string {
	kiosk, _, _ := strings.Cut(attach, "/")
	return kiosk
}
