package counter

import (
	"cmp"
	"context"
	"errors"
	"fmt"

	"courtkiosk/app/bill"
	"courtkiosk/payment"
)

// Recheck asks the court again for the bills of all orders that can still be paid, and has those closed that it asks
// for no more. What cannot be asked now is logged, and asked the next time.
func (c *Counter) Recheck(ctx context.Context) {
	orders, err := c.Ledger.Unsettled(ctx)
	for _, o := range orders {
		if o.Unwanted != (payment.Wish{}) || o.Expires.Before(c.Cashier.Now()) {
			continue
		}
		d, aerr := c.again(ctx, bill.OrderDue(o).Bill)
		if aerr == nil && d.Stale() && d.Order.No == o.No {
			c.Log.WarnContext(ctx, "bill changed while it was being paid", "order", o.No)
			aerr = c.close(ctx, o.No, payment.Wish{Source: payment.ByCourt})
		}
		err = errors.Join(err, aerr)
	}
	if err != nil {
		c.Log.WarnContext(ctx, "open orders not compared with the court's word", "err", err)
	}
}

// Tell tells the court of a paid order: a report.Tell.
func (c *Counter) Tell(ctx context.Context, o payment.Order) error {
	return c.Court.Tell(ctx, c.paidOf(o))
}

func (c *Counter) paidOf(o payment.Order) bill.Paid {
	return bill.PaidOf(o, c.House.ReceiptNumber(o), cmp.Or(o.Device, c.House.Kiosk))
}

// Replay asks WeChat for the orders of every listed bill that a restored ledger may have lost, until all is answered
// or ctx ends. Bills that visitors come for meanwhile are asked for by Pay. Of a court without a list the ledger
// stays incomplete, and Pay asks for each bill first.
func (c *Counter) Replay(ctx context.Context) {
	list, ok := c.Court.(bill.Listed)
	if !ok {
		return
	}
	bills, err := list.All(ctx)
	requests := make([]payment.Request, len(bills))
	for i := 0; i < len(bills) && err == nil; i++ {
		requests[i], err = c.request(bills[i])
	}
	if err == nil {
		err = c.Cashier.Replay(ctx, requests)
	}
	if err == nil {
		err = c.Keeper.Complete(ctx, fmt.Sprintf("%d bills asked", len(bills)))
	}
	c.Log.InfoContext(ctx, "lost orders asked for", "bills", len(bills), "err", err)
}
