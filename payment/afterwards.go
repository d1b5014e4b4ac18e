package payment

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"
)

// revisitedFor is for how many days payments are asked about that have come to their end: WeChat tells nobody of a
// refund that was made outside of this program.
const revisitedFor = 7

// Look asks WeChat for a visitor whether some of an order's money came back since it was paid, and returns the order as
// it is known then. One that cannot have come back, or that came back as a whole, is not asked about.
func (c *Cashier) Look(ctx context.Context, o Order) (Order, error) {
	if !c.mayReturn(o) {
		return o, nil
	}
	return c.heardOf(ctx, o, true)
}

// mayReturn reports whether WeChat can say something new of a payment.
func (c *Cashier) mayReturn(o Order) bool {
	return o.received() && !o.Returned.All() && c.desk.Gateway.Serves(o.Merchant)
}

// Revisit asks WeChat whether some of the payments of the last seven days came back that this machine has taken. What
// gets no answer is an error; the others are asked about all the same.
func (c *Cashier) Revisit(ctx context.Context) error {
	var errs []error
	today := c.Now().In(China)
	for ago := range revisitedFor {
		f := Filter{Paid: true, Day: today.AddDate(0, 0, -ago), N: atOnce}
		for more := true; more && ctx.Err() == nil; more = f.Before != "" {
			page, err := c.desk.Ledger.Find(ctx, f)
			if err != nil {
				return fmt.Errorf("find payments of %s: %w", f.Day.Format(time.DateOnly), err)
			}
			f.Before = page.Next
			for _, o := range page.Orders {
				if o.Returned.Some() || !c.mayReturn(o) {
					continue // of what came back only a person says more
				}
				if c.desk.Lease > 0 { // else each is ours, under whatever id the kiosk had then
					ours, err := c.desk.Ours(ctx, o.Device)
					if err != nil {
						errs = append(errs, fmt.Errorf("device %s: %w", o.Device, err))
					}
					if !ours {
						continue
					}
				}
				if _, err := c.heardOf(ctx, o, false); err != nil {
					errs = append(errs, fmt.Errorf("order %s: %w", o.No, err))
				}
			}
		}
	}
	return errors.Join(append(errs, ctx.Err())...)
}

// A Back is a person's word on how much of a payment came back.
type Back struct {
	All    bool
	Part   Fen // where it was not all
	Reason string
	By     By
}

// Return stores a person's word on how much of an order's money came back. WeChat is asked first: it must have said
// that some did.
func (c *Cashier) Return(ctx context.Context, no string, b Back) (Order, error) {
	o, err := c.desk.Ledger.Order(ctx, no)
	if err == nil && o.received() && !o.Returned.Some() {
		_, err = c.Ask(ctx, no)
	}
	if err != nil {
		return o, err
	}
	hears, err := c.hears(ctx, o)
	if err != nil {
		return o, err
	}
	now := c.Now()
	return c.desk.Ledger.Update(ctx, no, func(o Order, _ []Order) (Change, error) {
		return o.returns(b.All, b.Part, b.Reason, b.By, now, hears && o.Oddity != SecondPayment)
	})
}

// hears reports whether the court is being told of what came back of an order. What is held it has refused to hear, or
// it has refused the payment: nothing is on its way to it.
func (c *Cashier) hears(ctx context.Context, o Order) (bool, error) {
	work, err := c.desk.Ledger.Effects(ctx, o.No)
	return slices.ContainsFunc(work, func(e Effect) bool {
		return slices.Contains(o.OwedBack, e.Kind) && e.State != Held
	}), err
}
