package counter

import (
	"context"
	"errors"
	"slices"
	"time"

	"courtkiosk/app/bill"
	"courtkiosk/payment"
)

// refund is the newest refund of an order that stands: one that was refused, withdrawn or closed gives nothing back.
func (c *Counter) refund(ctx context.Context, o payment.Order) (Refund, error) {
	if o.Refunding.Parts == 0 {
		return Refund{}, nil
	}
	given, err := c.Ledger.RefundsOf(ctx, o.No)
	if err != nil {
		return Refund{}, err
	}
	for _, r := range slices.Backward(given) {
		if r.Counts() {
			return Refund{State: r.State, Asked: r.Asked.At, Sent: r.SentAt, Arrived: r.ArrivedAt}, nil
		}
	}
	return Refund{}, nil
}

// matched is the day of the bill of WeChat's that has an order: the bill was read and compared after the order was
// booked, and came to no difference about it that is open. Zero while that is not known.
func (c *Counter) matched(ctx context.Context, o payment.Order) (time.Time, error) {
	if o.State != payment.Paid {
		return time.Time{}, nil
	}
	day := o.PaidAt.In(payment.China)
	s := payment.Statement{MchID: o.Merchant.MchID, Day: day.Format(time.DateOnly)}
	kept, err := c.Ledger.Statements().Get(ctx, s.Key())
	if errors.Is(err, payment.ErrNotFound) || err == nil && kept.State != payment.StatementRead {
		return time.Time{}, nil
	}
	if err == nil {
		var before bool
		if before, err = c.bookedBefore(ctx, o, kept.Read); err == nil && !before {
			return time.Time{}, nil
		}
	}
	for r := (payment.Range{Prefix: s.Key() + "/", N: payment.MaxPage}); err == nil; {
		var found []payment.Difference
		found, err = c.Ledger.Differences().List(ctx, r)
		for _, d := range found {
			if d.Order == o.No && d.Resolved.At.IsZero() {
				return time.Time{}, nil
			}
		}
		if err == nil && len(found) < r.N {
			return time.Date(day.Year(), day.Month(), day.Day(), 0, 0, 0, 0, payment.China), nil
		}
		if len(found) > 0 {
			r.After = found[len(found)-1].Key()
		}
	}
	return time.Time{}, err
}

// bookedBefore reports whether an order was paid in the ledger before a time: what came later was not compared.
func (c *Counter) bookedBefore(ctx context.Context, o payment.Order, at time.Time) (bool, error) {
	audit, err := c.Ledger.Audit(ctx, o.No)
	return slices.ContainsFunc(audit, func(e payment.Entry) bool {
		return e.To == payment.Paid && e.At.Before(at)
	}), err
}

const (
	fiscalAfter  = time.Minute     // a court issues nothing sooner: the first receipt waits for nobody
	fiscalWithin = 2 * time.Second // the court is waited for
)

// fiscal is the fiscal receipt that the court has issued for an order, as it says now; zero where it does not say. A
// second payment of a bill has none, and one that came back may have none any more.
func (c *Counter) fiscal(ctx context.Context, o payment.Order) bill.Fiscal {
	if o.State != payment.Paid || o.Oddity == payment.SecondPayment || o.Returned.Some() ||
		c.Cashier.Now().Before(o.PaidAt.Add(fiscalAfter)) {
		return bill.Fiscal{}
	}
	ctx, cancel := context.WithTimeout(ctx, fiscalWithin)
	defer cancel()
	b, err := c.Court.Again(ctx, bill.OfOrder(o))
	switch {
	case errors.Is(err, bill.ErrNotFound):
		return bill.Fiscal{}
	case err != nil:
		c.Log.WarnContext(ctx, "fiscal receipt not asked about", "order", o.No, "err", err)
		return bill.Fiscal{}
	}
	return b.Fiscal
}
