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

// mostTried is how many attempts at one bill a lost number is looked for among.
const mostTried = 20

// Recover takes an order in that this ledger has lost and a bill of WeChat's names: among the bills of the court's list
// the one is looked for that the order was opened for, and what WeChat knows of that bill is taken in as by Replay. It
// reports whether there was such a bill. A court without a list cannot be asked whose a number is.
func (c *Counter) Recover(ctx context.Context, m payment.Merchant, no string) (known bool, err error) {
	list, ok := c.Court.(bill.Listed)
	if !ok {
		return false, nil
	}
	bills, err := list.All(ctx)
	if err != nil {
		return false, err
	}
	for _, b := range bills {
		if c.Merchant(b.Purse) != m {
			continue
		}
		for n := 1; n <= mostTried; n++ {
			if b.Key().Number(m, n) != no {
				continue
			}
			r, err := c.request(b)
			if err == nil {
				_, err = c.Cashier.Recall(ctx, r)
			}
			return true, err
		}
	}
	return false, nil
}
