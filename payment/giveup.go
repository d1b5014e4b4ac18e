package payment

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// ErrMayBeHeld means: somebody may hold the code of the order, so a person may not give it up.
var ErrMayBeHeld = errors.New("payment: somebody may hold the order's code")

// GiveUpFrom is from when on a person may give the order up: no payment that was begun in time can still show up, and
// no machine gives a visitor longer than that.
func (o Order) GiveUpFrom() time.Time { return o.Expires.Add(MaxPayWithin) }

// GiveUp returns the order as void: a person ends it that nobody can ask WeChat about, of a merchant that nobody has or
// whose keys are wrong. One that had a code or has ended is ErrConflict, one whose code somebody may hold ErrMayBeHeld
// with why. What WeChat should ever sign of it counts all the same.
func (o Order) GiveUp(now time.Time) (Change, error) {
	why := ""
	switch from := o.GiveUpFrom(); {
	case o.State != Created || o.CodeURL != "":
		return Change{}, fmt.Errorf("%w: it is %s; only one that never had a code can be given up", ErrConflict,
			o.State)
	case o.Recovered:
		why = "it comes from a copy of the ledger: it may have been shown since"
	case !o.NotPaidAt.IsZero():
		why = "WeChat has signed that it knows the order: another machine may have it"
	case !now.After(from):
		why = "it may still be under way; ask again after " + from.In(China).Format("2006-01-02 15:04:05")
	default:
		o.State = Void
		return Change{Order: o, Event: GivenUp}, nil
	}
	return Change{}, fmt.Errorf("%w: %s", ErrMayBeHeld, why)
}

// GiveUp ends an order that nobody can ask WeChat about; see Order.GiveUp. A person says so, for a reason that the
// audit keeps. Where the merchant's keys are here WeChat is asked first, and what it signs comes before that word.
func (c *Cashier) GiveUp(ctx context.Context, no, reason string, by By) (Order, error) {
	o, err := c.desk.Ledger.Order(ctx, no)
	if err != nil {
		return o, err
	}
	if _, err := o.GiveUp(c.Now()); err != nil {
		return o, err
	}
	served := c.desk.Gateway.Serves(o.Merchant)
	if served {
		if _, err := c.heardOf(ctx, o, true); err != nil && (ctx.Err() != nil || errors.Is(err, ErrUnbookable)) {
			return o, err
		}
	}
	now, unsure := c.Now(), false
	rule := func(o Order, _ []Order) (Change, error) {
		if unsure && o.State == Void {
			return Change{Order: o}, nil // it was stored
		}
		change, err := o.GiveUp(now)
		return change.said(reason, by), err
	}
	if o, err = c.desk.Ledger.Update(ctx, no, rule); errors.Is(err, ErrUnsure) {
		unsure = true
		o, err = c.desk.Ledger.Update(ctx, no, rule)
	}
	if err != nil {
		return o, err
	}
	if s := c.session(no); s != nil {
		s.Ask() // it reads that its order has ended
	}
	if !served {
		c.noLongerUnserved(o.Merchant.MchID)
	}
	return o, nil
}

// CountUnserved counts anew the open orders that wait for a merchant's keys, for a cashier that was not started and
// follows none.
func (c *Cashier) CountUnserved(ctx context.Context) error {
	open, err := c.desk.Ledger.Unsettled(ctx)
	if err != nil {
		return fmt.Errorf("read open orders: %w", err)
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.unserved = make(map[string]int)
	for _, o := range open {
		if !c.desk.Gateway.Serves(o.Merchant) {
			c.unserved[o.Merchant.MchID]++
		}
	}
	return nil
}

// noLongerUnserved takes one order off the count of those that wait for a merchant's keys.
func (c *Cashier) noLongerUnserved(mchid string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.unserved[mchid]--; c.unserved[mchid] <= 0 {
		delete(c.unserved, mchid)
	}
}
