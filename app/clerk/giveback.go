package clerk

import (
	"context"
	"errors"
	"slices"
	"strings"

	"courtkiosk/payment"
)

// A GiveBack is a refund with everything that is known of its order, and of the other payments of the bill.
type GiveBack struct {
	payment.Refund
	Of    Order
	Pairs []Order // every payment of the bill, the order's own included, in the order in which they were paid
}

// A RefundAsk is what a refund is asked for, as the first of the two puts it.
type RefundAsk struct {
	ID     string // names the asking: a form that comes twice asks once
	Order  string
	Sum    payment.Fen
	Reason string // for the audit; no personal data
	Shown  string // what WeChat shows to the payer
}

// GivesBack says why nobody can ask for a refund here: payment.ErrNoRefunds where the configuration has them off, or
// ErrTooFewLeads.
func (d *Desk) GivesBack(ctx context.Context) error {
	if !d.Cashier.GivesBack() {
		return payment.ErrNoRefunds
	}
	return d.RefundsOff(ctx)
}

// AskRefund is the first of the two. WeChat is asked about every payment of the bill before: what it does not answer to
// is not given back.
func (d *Desk) AskRefund(ctx context.Context, c Clerk, a RefundAsk) (payment.Refund, error) {
	if err := c.May(AskRefund); err != nil {
		return payment.Refund{}, err
	}
	if a.Reason = Plain(a.Reason); a.Reason == "" {
		return payment.Refund{}, ErrReason
	}
	if err := d.askAll(ctx, a.Order); err != nil {
		return payment.Refund{}, err
	}
	return d.Cashier.AskRefund(ctx, a.Order, payment.RefundAsk{
		ID: a.ID, Sum: a.Sum, Reason: a.Reason, Shown: a.Shown, By: c.By,
	})
}

// ApproveRefund is the second of the two. WeChat is asked once more about every payment of the bill.
func (d *Desk) ApproveRefund(ctx context.Context, c Clerk, no string) (payment.Refund, error) {
	if err := c.May(DecideRefund); err != nil {
		return payment.Refund{}, err
	}
	r, err := d.Ledger.Refund(ctx, no)
	if err == nil {
		err = d.askAll(ctx, r.Order)
	}
	if err != nil {
		return payment.Refund{}, err
	}
	return d.Cashier.ApproveRefund(ctx, no, c.By)
}

// RefuseRefund is the second of the two who does not want it, for a reason.
func (d *Desk) RefuseRefund(ctx context.Context, c Clerk, no, reason string) (payment.Refund, error) {
	if err := c.May(DecideRefund); err != nil {
		return payment.Refund{}, err
	}
	if reason = Plain(reason); reason == "" {
		return payment.Refund{}, ErrReason
	}
	return d.Cashier.RefuseRefund(ctx, no, reason, c.By)
}

// WithdrawRefund takes a refund back that was not sent, for a reason.
func (d *Desk) WithdrawRefund(ctx context.Context, c Clerk, no, reason string) (payment.Refund, error) {
	if err := c.May(TakeBack); err != nil {
		return payment.Refund{}, err
	}
	if reason = Plain(reason); reason == "" {
		return payment.Refund{}, ErrReason
	}
	return d.Cashier.WithdrawRefund(ctx, no, reason, c.By)
}

// askAll asks WeChat about every payment of an order's bill.
func (d *Desk) askAll(ctx context.Context, no string) error {
	o, err := d.Ledger.Order(ctx, no)
	if err != nil {
		return err
	}
	all, err := d.Ledger.OfBill(ctx, o.Key)
	ctx, cancel := context.WithTimeout(ctx, answerWithin)
	defer cancel()
	for _, p := range all {
		if err == nil && (p.State == payment.Paid || p.State == payment.Disputed) {
			_, err = d.answer(ctx, p.No)
		}
	}
	if err != nil && ctx.Err() != nil {
		err = payment.ErrUnknown
	}
	return err
}

// Pairs are the payments of an order's bill as the page of a refund shows them side by side.
func (d *Desk) Pairs(ctx context.Context, c Clerk, o Order) ([]Order, error) {
	list := []Order{o}
	for _, p := range o.Others {
		if p.State != payment.Paid && p.State != payment.Disputed {
			continue
		}
		other, err := d.Open(ctx, c, p.No)
		if err != nil {
			return nil, err
		}
		list = append(list, other)
	}
	slices.SortStableFunc(list, func(a, b Order) int { return a.Hit.Order.PaidAt.Compare(b.Hit.Order.PaidAt) })
	return list, nil
}

// Refund returns a refund with what is known of its payments.
func (d *Desk) Refund(ctx context.Context, c Clerk, no string) (GiveBack, error) {
	if err := c.May(SeeRefunds); err != nil {
		return GiveBack{}, err
	}
	r, err := d.Ledger.Refund(ctx, no)
	if err != nil {
		return GiveBack{}, err
	}
	g := GiveBack{Refund: r}
	if g.Of, err = d.Open(ctx, c, r.Order); err != nil {
		return GiveBack{}, err
	}
	g.Pairs, err = d.Pairs(ctx, c, g.Of)
	return g, err
}

// OpenRefunds returns the refunds that have not come to an end, oldest first, each with its order.
func (d *Desk) OpenRefunds(ctx context.Context, c Clerk) (list []GiveBack, err error) {
	if err := c.May(SeeRefunds); err != nil {
		return nil, err
	}
	open, err := d.Ledger.OpenRefunds(ctx)
	for _, r := range open {
		o, oerr := d.Open(ctx, c, r.Order)
		list, err = append(list, GiveBack{Refund: r, Of: o}), errors.Join(err, oerr)
	}
	return list, err
}

// ReadSum reads a sum in yuan as a clerk types it: 2700, 2,700.00.
func ReadSum(text string) (payment.Fen, bool) { return readAmount(strings.TrimSpace(text)) }
