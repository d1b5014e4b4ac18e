package counter

import (
	"bytes"
	"context"
	"encoding/json"
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
	if err != nil {
		return time.Time{}, err
	}
	if before, err := c.bookedBefore(ctx, o, kept.Read); err != nil || !before {
		return time.Time{}, err
	}
	for d, err := range payment.Each(ctx, c.Ledger.Differences(), payment.Range{Prefix: s.Key() + "/"}) {
		if err != nil || d.Order == o.No && d.Resolved.At.IsZero() {
			return time.Time{}, err
		}
	}
	return time.Date(day.Year(), day.Month(), day.Day(), 0, 0, 0, 0, payment.China), nil
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

// kindFiscal is the fact that a fiscal receipt was named.
const kindFiscal = "fiscal"

// A FiscalFact is the fiscal receipt of an order as the court has named it last; zero while it has named none.
type FiscalFact struct {
	bill.Fiscal
	Heard  time.Time // since when it is known as it is
	Missed time.Time // when the court did not name it any more; zero since it named it last
}

// Fiscal returns what is kept of an order's fiscal receipt. It asks nobody.
func (c *Counter) Fiscal(ctx context.Context, order string) (f FiscalFact, err error) {
	kept, err := c.Ledger.Facts().Get(ctx, payment.Fact{Order: order, Kind: kindFiscal}.Key())
	if errors.Is(err, payment.ErrNotFound) {
		return FiscalFact{}, nil
	}
	if err == nil {
		err = json.Unmarshal(kept.Says, &f.Fiscal)
	}
	f.Heard, f.Missed = kept.Heard, kept.Missed
	return f, err
}

// AskFiscal asks the court for an order's fiscal receipt, and returns what is kept of it then. A second payment of a
// bill has none, of one that came back nobody knows what became of it, and a court issues none within a minute: it is
// not asked about those. The error is the court's or the ledger's; what is kept is true all the same.
func (c *Counter) AskFiscal(ctx context.Context, o payment.Order) (FiscalFact, error) {
	if !named(o) || c.Cashier.Now().Before(o.PaidAt.Add(fiscalAfter)) {
		return c.Fiscal(ctx, o.No)
	}
	asked, cancel := context.WithTimeout(ctx, fiscalWithin)
	defer cancel()
	b, err := c.Court.Again(asked, bill.OfOrder(o))
	switch {
	case errors.Is(err, bill.ErrNotFound): // a list that has it no more denies nothing
		err = nil
	case err == nil:
		err = c.keep(ctx, o, b.Fiscal)
	}
	kept, failed := c.Fiscal(ctx, o.No)
	return kept, errors.Join(err, failed)
}

// named reports whether what the court calls a bill's fiscal receipt is this payment's.
func named(o payment.Order) bool {
	return o.State == payment.Paid && o.Oddity != payment.SecondPayment && !o.Returned.Some()
}

// keep stores what the court says of an order's fiscal receipt, with when that was heard first. It is kept beside the
// order and changes nothing of it: no bill is paid by it.
func (c *Counter) keep(ctx context.Context, o payment.Order, said bill.Fiscal) error {
	text, err := json.Marshal(said)
	if err != nil {
		return err
	}
	now := c.Cashier.Now().UTC()
	key := payment.Fact{Order: o.No, Kind: kindFiscal}.Key()
	if _, err := c.Ledger.Facts().Get(ctx, key); errors.Is(err, payment.ErrNotFound) && !said.Known() {
		return nil
	}
	_, err = c.Ledger.Facts().Update(ctx, key, func(f payment.Fact, _ payment.Staff) (payment.Fact, payment.Entry,
		error) {
		f.Order, f.Kind = o.No, kindFiscal
		switch {
		case !said.Known() && f.Missed.IsZero():
			f.Missed = now
			return f, payment.Entry{Event: "fiscal-missed", Note: o.No}, nil
		case !said.Known() || bytes.Equal(f.Says, text) && f.Missed.IsZero():
			return f, payment.Entry{}, nil
		}
		f.Says, f.Heard, f.Missed = text, now, time.Time{}
		return f, payment.Entry{Event: "fiscal-heard", Note: o.No}, nil
	})
	return err
}

// fiscal is the fiscal receipt that the court has issued for an order, as it says now or, where it gives no answer, as
// it has said; zero where it has not, or names it no more.
func (c *Counter) fiscal(ctx context.Context, o payment.Order) bill.Fiscal {
	if !named(o) {
		return bill.Fiscal{}
	}
	f, err := c.AskFiscal(ctx, o)
	if err != nil {
		c.Log.WarnContext(ctx, "fiscal receipt not asked about", "order", o.No, "err", err)
	}
	if !f.Missed.IsZero() {
		return bill.Fiscal{}
	}
	return f.Fiscal
}
