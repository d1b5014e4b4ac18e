package counter

import (
	"context"
	"errors"
	"fmt"
	"time"

	"courtkiosk/app/bill"
	"courtkiosk/payment"
)

// lookFor is how long a visitor waits for WeChat's word on payments that were made before.
const lookFor = 3 * time.Second

// looked returns the orders as WeChat sees their payments now: some of the money may have come back since. What gets no
// answer in time stands as it was known; where WeChat is silent anyway nobody waits for it.
func (c *Counter) looked(ctx context.Context, orders ...payment.Order) []payment.Order {
	ctx, cancel := context.WithTimeout(ctx, lookFor)
	defer cancel()
	for i, o := range orders {
		if ctx.Err() != nil || c.Cashier.Health(o.Merchant).Trouble != nil {
			continue
		}
		now, err := c.Cashier.Look(ctx, o)
		if err != nil {
			c.Log.WarnContext(ctx, "payment not asked about again", "order", o.No, "err", err)
			continue
		}
		orders[i] = now
	}
	return orders
}

// AskedAgain returns an order as WeChat sees its payment now, for who shows it; as it was known where that gets no
// answer.
func (c *Counter) AskedAgain(ctx context.Context, o payment.Order) payment.Order {
	return c.looked(ctx, o)[0]
}

// errReturned: some of the money came back, or all of it; receipts are held until somebody knows.
var errReturned = errors.New("counter: some of the payment came back")

// returnedError is why the receipt of a payment is not handed out of which some came back.
func returnedError(o payment.Order) error {
	return fmt.Errorf("%w: %s of %s", errReturned, o.Returned.State, o.No)
}

// TellBack tells the court how much of a payment came back that it was told of: a report.Tell. What it was not told yet
// may be several refunds; when one of them gets no answer all are told again, which changes nothing.
func (c *Counter) TellBack(ctx context.Context, o payment.Order) error {
	court, ok := c.Court.(bill.Refunding)
	if !ok {
		return errors.New("counter: the court hears of no refunds")
	}
	given, err := c.Ledger.RefundsOf(ctx, o.No)
	if err != nil {
		return err
	}
	for _, r := range bill.RefundsOf(o, given, c.paidOf(o)) {
		if err := court.TellRefund(ctx, r); err != nil {
			return err
		}
	}
	return nil
}
