package counter

import (
	"context"
	"fmt"

	"courtkiosk/app/bill"
	"courtkiosk/app/receipt"
	"courtkiosk/payment"
)

// Where returns how far a payment is; the court is not asked, WeChat is. An order's number is a hash of facts that
// anybody may know: it names a payment and proves nothing. So whoever has one, from a payment record or a verification
// slip, is told the state and its days, which the case's number would show as well, and neither case nor amount. No
// digits are told to anybody here: they are what the receipt asks for.
func (c *Counter) Where(ctx context.Context, order, visit string) (Where, error) {
	o, err := c.Ledger.Order(ctx, order)
	if err != nil {
		return Where{}, c.refuse(ctx, "say where a payment is", err)
	}
	w, err := c.where(ctx, c.looked(ctx, o)[0], visit)
	return w, c.refuse(ctx, "say where a payment is", err)
}

// Present takes the code of a receipt for a proof to hold it: who presents it may have a copy without any digits. The
// code holds the whole transaction id, and the paper around it spells it out, so six digits of it would prove nothing
// more; and a signature is not guessed, so no try is counted. A key that the court has revoked proves nothing.
func (c *Counter) Present(ctx context.Context, p Presented) (Where, error) {
	o, err := c.presented(ctx, p.Code)
	if err != nil {
		return Where{}, c.refuse(ctx, "take a receipt's code", err)
	}
	if err := c.Ledger.Note(ctx, payment.Entry{Event: "receipt-presented", Note: o.No}); err != nil {
		return Where{}, c.refuse(ctx, "take a receipt's code", err)
	}
	c.allow(o.No, p.Visit)
	w, err := c.where(ctx, c.looked(ctx, o)[0], p.Visit)
	return w, c.refuse(ctx, "take a receipt's code", err)
}

// presented finds the order that a receipt was printed for.
func (c *Counter) presented(ctx context.Context, code string) (payment.Order, error) {
	ring, err := c.Ring()
	if err != nil {
		return payment.Order{}, err
	}
	said, err := ring.Verify(code)
	if err != nil {
		return payment.Order{}, err
	}
	found, err := c.Ledger.Find(ctx, payment.Filter{Transaction: said.TransactionID, N: 10})
	if err != nil {
		return payment.Order{}, err
	}
	for _, o := range found.Orders {
		if o.State == payment.Paid && o.TransactionID == said.TransactionID && c.House.ReceiptNumber(o) == said.Number {
			return o, nil
		}
	}
	return payment.Order{}, fmt.Errorf("%w: signed with %s", errNotHere, said.Key)
}

// where puts an order and its work into what may cross the counter.
func (c *Counter) where(ctx context.Context, o payment.Order, visit string) (Where, error) {
	effects, err := c.Ledger.Effects(ctx, o.No)
	if err != nil {
		return Where{}, err
	}
	w := Where{
		Order: o.No, Reference: c.House.Reference(o), State: o.State, Elsewhere: o.PaidElsewhere(), PaidAt: o.PaidAt,
		Returned: o.Returned.State, Said: o.Returned.At,
	}
	for _, e := range effects {
		owed, done := Owed{State: e.State, Since: e.Since, Times: e.Tries}, e.State == payment.Done
		switch e.Kind {
		case effectReceipt:
			owed.Known = done && receipt.OutcomeOf(e.Note).Proven()
			w.Receipt = owed
		case c.Report:
			owed.Known = done && e.Note == "" // what a clerk has struck off has a reason
			w.Report = owed
		}
	}
	if w.Refund, err = c.refund(ctx, o); err != nil {
		return Where{}, err
	}
	if w.Refund.State == payment.RefundDone && o.Returned.By == (payment.By{}) {
		w.Said = w.Refund.Arrived // the day of the arrival, not of our hearing of it
	}
	if w.Matched, err = c.matched(ctx, o); err != nil {
		return Where{}, err
	}
	f := c.fiscal(ctx, o)
	w.Fiscal = Fiscal{Issued: f.Known(), Day: f.Issued}
	if o.State == payment.Paid && c.mayPrint(o, visit) == nil {
		w.Fiscal.Number, w.Fiscal.Code, w.Fiscal.Check = f.Number, f.Code, f.Check
		w.Proven, w.Case, w.Amount, w.Back = true, bill.OfOrder(o).Case.String(), o.PaidAmount, o.Returned.Sum
	}
	return w, nil
}
