package counter

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"courtkiosk/app/bill"
	"courtkiosk/payment"
)

// Pay opens an order for a bill that a visitor has confirmed as it was shown, or joins the order that is still open
// for it. The court is asked once more first: another quote is a refusal of Changed with the bill as it stands. An
// open order for what the court asks no more is brought to its end, and its progress is returned: it may have been
// paid. It waits for WeChat's first word, 5 seconds at most, and up to 15 where it walks over numbers of the bill that
// were used up at other machines: a Wish to Leave without an order stops that, and nothing is opened after it. After a
// lost answer the same Ask is repeated; it opens nothing new.
func (c *Counter) Pay(ctx context.Context, a Ask) (Progress, error) {
	walking, end := c.walking(ctx, a.Visit)
	defer end()
	o, err := c.pay(ctx, walking, a)
	if errors.Is(err, errLeft) {
		return Progress{}, &Refusal{Code: Internal, Err: err}
	}
	if err != nil {
		return Progress{}, c.refuse(ctx, "pay", err)
	}
	return c.progress(o, payment.News{Order: o}, a.Visit), nil
}

func (c *Counter) pay(ctx, walking context.Context, a Ask) (payment.Order, error) {
	shown, err := readName(a.Bill)
	if err != nil {
		return payment.Order{}, err
	}
	if closed := c.Standing(ctx).Of(shown.Purse); closed != nil {
		return payment.Order{}, closed
	}
	at := time.Now()
	d, err := c.again(ctx, shown.bill())
	if errors.Is(err, bill.ErrUnreachable) {
		return c.backTo(ctx, a, shown, err)
	}
	if err != nil {
		return payment.Order{}, err
	}
	if d.State == bill.DuePaying && !c.Cashier.Serves(d.Order.Merchant) { // what became of it nobody can ask
		return payment.Order{}, fmt.Errorf("%w: %s, of open order %s", payment.ErrNotServed, d.Order.Merchant.MchID,
			d.Order.No)
	}
	switch err := d.Confirm(a.Quote); {
	case d.State == bill.DueReturned:
		return payment.Order{}, &Refusal{Code: Returned, Args: ofOrder(d.Order)}
	case d.Stale():
		return c.closing(ctx, d.Order.No)
	case errors.Is(err, bill.ErrRenamed) && d.State == bill.DuePaying && !bill.Confirms(a.Quote, d.Amount()):
		return payment.Order{}, c.changed(&bill.ChangedError{Now: d})
	case errors.Is(err, bill.ErrRenamed) && d.State == bill.DuePaying:
		return c.back(ctx, d.Order.No, a.Visit)
	case err != nil:
		return payment.Order{}, c.changed(err)
	case d.State == bill.DueChanged:
		return payment.Order{}, &Refusal{Code: ChangedAfter, Args: ofOrder(d.Order)}
	}
	return c.take(ctx, walking, a, d, at)
}

// changed puts the bill as it stands into the refusal of another quote.
func (c *Counter) changed(err error) error {
	changed, ok := errors.AsType[*bill.ChangedError](err)
	if !ok {
		return err
	}
	now := c.due(changed.Now)
	return &Refusal{Code: Changed, Now: &now, Err: err}
}

// backTo returns to the order that was shown with the bill, while the court is silent: its code was shown before, so
// nothing new is asked of anybody.
func (c *Counter) backTo(ctx context.Context, a Ask, shown name, silent error) (payment.Order, error) {
	f, ok := c.Cashier.Followed(shown.Order)
	if !ok {
		return payment.Order{}, silent
	}
	o := f.News().Order
	if !bill.Confirms(a.Quote, o.Amount) || !slices.Contains(o.Labels, shown.Case.BaseString()) {
		return payment.Order{}, silent
	}
	return c.back(ctx, o.No, a.Visit)
}

// back has a visit stand before an order that is open.
func (c *Counter) back(ctx context.Context, no, visit string) (payment.Order, error) {
	err := c.wish(ctx, Wish{Kind: Back, Order: no, Visit: visit})
	if err != nil {
		return payment.Order{}, err
	}
	return c.Ledger.Order(ctx, no)
}

// closing has an order closed that the court asks for no more.
func (c *Counter) closing(ctx context.Context, no string) (payment.Order, error) {
	if err := c.close(ctx, no, payment.Wish{Source: payment.ByCourt}); err != nil {
		return payment.Order{}, err
	}
	return c.Ledger.Order(ctx, no)
}

// take asks money for a due that was confirmed at a time.
func (c *Counter) take(
	ctx, walking context.Context, a Ask, d bill.Due, at time.Time,
) (payment.Order, error) {
	if !c.Serves(d.Bill.Case.Court) {
		return payment.Order{}, errOtherCourt
	}
	r, err := c.request(d.Bill)
	if err != nil {
		return payment.Order{}, err
	}
	r.ID, r.Visit, r.Device = a.ID, a.Visit, a.Device
	if d.State == bill.DueOwed && c.Cashier.Health(r.Merchant).Trouble != nil {
		// Ask before an order is opened: one that WeChat never heard of blocks its bill until its time is over.
		if err := c.Cashier.Probe(ctx, r.Merchant); err != nil {
			return payment.Order{}, fmt.Errorf("%w: %w", errUnreachable, err)
		}
	}
	if _, incomplete := c.Keeper.Incomplete(); incomplete {
		if _, err := c.Cashier.Recall(ctx, r); err != nil { // it may have been paid before the ledger was lost
			return payment.Order{}, fmt.Errorf("%w: %w", errUnreachable, err)
		}
	}
	f, err := c.walk(ctx, walking, a, r, d.Bill, at)
	if open := openAtAnother(r, err); open != "" {
		return c.closing(ctx, open)
	}
	if err != nil {
		return payment.Order{}, err
	}
	return f.News().Order, nil
}

// openAtAnother returns the number of the bill's open order that asks for another amount than the confirmed one, which
// is the court's: another machine that shares the ledger opened it meanwhile.
func openAtAnother(r payment.Request, err error) string {
	blocked, ok := errors.AsType[*payment.BlockedError](err)
	if !ok || blocked.Order.Final() || blocked.Order.State == payment.Foreign || blocked.Order.Amount == r.Amount {
		return ""
	}
	return blocked.Order.No
}

// request is what money is asked to do for a bill.
func (c *Counter) request(b bill.Bill) (payment.Request, error) {
	r, err := b.Request(c.Merchant(b.Purse), c.House.Name, []string{effectReceipt, c.Report}, []string{effectReceipt})
	if _, ok := c.Court.(bill.Refunding); ok {
		r.OwedBack = []string{c.ReportBack}
	}
	return r, err
}
