package app

import (
	"context"
	"errors"
	"fmt"

	"courtkiosk/app/bill"
	"courtkiosk/app/receipt"
	"courtkiosk/app/report"
	"courtkiosk/payment"
)

// effectReceipt is the kind of work that prints a receipt.
const effectReceipt = "receipt"

// What Find and Pay refuse besides a *payment.BlockedError, a *ClosedError and what bill.Due.Confirm says.
var (
	// ErrOtherCourt means: the case belongs to a court that this machine does not serve.
	ErrOtherCourt = errors.New("app: a case of another court")
	// ErrUnreachable means: WeChat does not answer, so no order was opened.
	ErrUnreachable = errors.New("app: the gateway does not answer")
)

// Find returns the bills of a case or of a payment code as they stand; those of a case that only the ledger still knows come last. What
// neither court nor ledger knows is bill.ErrNotFound. With bill.ErrUnreachable come those that the ledger knows: all of them have an order,
// and others may be asked for.
func (a *App) Find(ctx context.Context, q bill.Query) ([]bill.Due, error) {
	if q.Code == "" && !a.Config.Court.Serves(q.Case.Court) {
		return a.known(ctx, q, ErrOtherCourt)
	}
	bills, err := a.court.Find(ctx, q)
	switch {
	case errors.Is(err, bill.ErrNotFound) && q.Code == "":
		return a.known(ctx, q, err)
	case errors.Is(err, bill.ErrUnreachable) && q.Code == "":
		dues, _ := a.known(ctx, q, nil) // the court's silence is the error to tell
		return dues, fmt.Errorf("find bills: %w", err)
	case err != nil:
		return nil, fmt.Errorf("find bills: %w", err)
	case !a.Config.Court.Serves(bills[0].Case.Court):
		return nil, ErrOtherCourt
	}
	orders, err := a.ledger.Labelled(ctx, bills[0].Case.BaseString())
	if err != nil {
		return nil, fmt.Errorf("find orders: %w", err)
	}
	dues := bill.Join(bills, orders)
	if q.Code != "" {
		dues = dues[:len(bills)]
	}
	for _, d := range dues {
		if err := bill.Remark(ctx, a.ledger, d); err != nil {
			return nil, err
		}
	}
	return dues, nil
}

// known returns what the ledger alone knows of a case, or err when that is nothing.
func (a *App) known(ctx context.Context, q bill.Query, err error) ([]bill.Due, error) {
	orders, lerr := a.ledger.Labelled(ctx, q.Case.BaseString())
	if lerr != nil {
		return nil, fmt.Errorf("find orders: %w", lerr)
	}
	dues := bill.Join(nil, orders)
	if len(dues) == 0 {
		return nil, err
	}
	return dues, nil
}

// again returns a bill that was shown as it stands now.
func (a *App) again(ctx context.Context, shown bill.Due) (bill.Due, error) {
	b, err := a.court.Again(ctx, shown.Bill)
	gone := errors.Is(err, bill.ErrNotFound)
	if err != nil && !gone {
		return bill.Due{}, fmt.Errorf("ask for the bill again: %w", err)
	}
	orders, err := a.ledger.Labelled(ctx, shown.Bill.Case.BaseString())
	if err != nil {
		return bill.Due{}, fmt.Errorf("find orders: %w", err)
	}
	if gone {
		b = shown.Bill
		b.Withdrawn = true
	}
	return bill.Join([]bill.Bill{b}, orders)[0], nil
}

// Pay opens an order for a bill that a visitor has confirmed as it was shown, or returns the session of the order that is still open for
// it. The court is asked once more first. An open order for what the court asks no more is brought to its end, and its session is
// returned: it may have been paid.
func (a *App) Pay(ctx context.Context, shown bill.Due) (*payment.Session, error) {
	if closed := a.Service(); closed != nil {
		return nil, closed
	}
	d, err := a.again(ctx, shown)
	if s := a.cashier.Session(shown.Order.No); errors.Is(err, bill.ErrUnreachable) && s != nil {
		s.Back() // its code was shown before: nothing new is asked
		return s, nil
	}
	if err != nil {
		return nil, err
	}
	s := a.cashier.Session(d.Order.No)
	switch err := d.Confirm(shown); {
	case s != nil && d.Stale():
		s.Cancel()
		return s, nil
	case s != nil && errors.Is(err, bill.ErrRenamed):
		s.Back()
		return s, nil
	case err != nil:
		return nil, err
	}
	r, err := a.request(d.Bill)
	if err != nil {
		return nil, err
	}
	if d.State == bill.DueOwed && a.cashier.Health().Trouble != nil {
		// Ask before an order is opened: one that WeChat never heard of blocks its bill until its time is over.
		if err := a.cashier.Probe(ctx, r.Merchant); err != nil {
			return nil, fmt.Errorf("%w: %w", ErrUnreachable, err)
		}
	}
	if _, incomplete := a.ledger.Incomplete(); incomplete {
		if _, err := a.cashier.Recall(ctx, r); err != nil { // the bill may have been paid before the ledger was lost
			return nil, fmt.Errorf("%w: %w", ErrUnreachable, err)
		}
	}
	return a.cashier.Take(ctx, r)
}

// Recheck asks the court again for the bills of all orders that can still be paid, and brings those to an end that it asks for no more.
func (a *App) Recheck(ctx context.Context) {
	orders, err := a.ledger.Unsettled(ctx)
	for _, o := range orders {
		if o.Cancelled || o.Expires.Before(a.cashier.Now()) {
			continue
		}
		d, aerr := a.again(ctx, bill.OrderDue(o))
		err = errors.Join(err, aerr)
		if s := a.cashier.Session(o.No); s != nil && aerr == nil && d.Stale() {
			a.log.WarnContext(ctx, "bill changed while it was being paid", "order", o.No)
			s.Cancel()
		}
	}
	if err != nil {
		a.log.WarnContext(ctx, "open orders not compared with the court's word", "err", err)
	}
}

func (a *App) request(b bill.Bill) (payment.Request, error) {
	return b.Request(a.Config.Merchant(b.Purse), a.Config.Court.Name, []string{effectReceipt, report.Effect}, []string{effectReceipt})
}

// tell tells the court of one payment.
func (a *App) tell(ctx context.Context, o payment.Order) error {
	number := receipt.FormatNumber(a.Config.Court.Code, a.Config.Kiosk.ID, o.Sequence, o.PaidAt)
	return a.court.Tell(ctx, bill.PaidOf(o, number, a.Config.Kiosk.ID))
}
