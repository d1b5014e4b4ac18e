package clerk

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"courtkiosk/app/counter"
	"courtkiosk/app/receipt"
	"courtkiosk/payment"
)

// An Order is everything that this court knows of one order.
type Order struct {
	Hit
	Purse   string // the purse's title
	Payee   string
	Number  string           // of the receipt; empty while there is none
	Report  payment.Effect   // zero of one that owes none
	Work    []Item           // about it
	Refunds []payment.Refund // oldest first
	Left    payment.Fen      // what can still be given back
	Others  []payment.Order  // of its bill
	Audit   []payment.Entry  // oldest first

	Statement  payment.Statement // of the day that it was paid on; zero while there is none
	Difference payment.Difference
	Closing    payment.ClosingSheet // the sheet that it stands on; zero while there is none
	Fiscal     counter.FiscalFact   // what the court has named; zero while it has named none
}

// Version is what a form about the order is made from: what an act of a clerk depends on.
func (o Order) Version() any { return []any{o.Order, o.Receipt, o.Report, o.Refunds, workOf(o.Work)} }

func workOf(items []Item) (all []any) {
	for _, i := range items {
		all = append(all, []any{i.Key, i.Taken, i.Note})
	}
	return all
}

// Open returns what is known of an order.
func (d *Desk) Open(ctx context.Context, c Clerk, no string) (Order, error) {
	if err := c.May(Find); err != nil {
		return Order{}, err
	}
	o, err := d.Ledger.Order(ctx, no)
	if err != nil {
		return Order{}, err
	}
	effects, err := d.Ledger.Effects(ctx, no)
	if err != nil {
		return Order{}, err
	}
	hits := []Hit{{Order: o}}
	if err := d.fill(ctx, hits); err != nil {
		return Order{}, err
	}
	all := Order{Hit: hits[0], Payee: d.Counter.House.Payee}
	all.Purse = all.Bill.Purse.Title()
	if o.State == payment.Paid {
		all.Number = d.Counter.House.ReceiptNumber(o)
	}
	at := now()
	for _, e := range effects {
		if e.Kind == reportKind {
			all.Report = e
		}
		if m := markOf(o, e, at); m != "" && e.State != payment.Done {
			all.Work = append(all.Work, itemOf(o, e, m, at))
		}
	}
	if slices.ContainsFunc(all.Work, func(i Item) bool { return i.Mark != Unprinted }) { // that is graver
		all.Work = slices.DeleteFunc(all.Work, func(i Item) bool { return i.Mark == Unprinted })
	}
	return d.around(ctx, all)
}

// around reads what stands beside an order: refunds, the bill's other orders, audit, WeChat's bill, closing.
func (d *Desk) around(ctx context.Context, all Order) (Order, error) {
	var errs [5]error
	o := all.Order
	all.Fiscal, errs[4] = d.Counter.Fiscal(ctx, o.No)
	all.Refunds, errs[0] = d.Ledger.RefundsOf(ctx, o.No)
	all.Others, errs[1] = d.Ledger.OfBill(ctx, o.Key)
	all.Audit, errs[2] = d.Ledger.Audit(ctx, o.No)
	all.Others = slices.DeleteFunc(all.Others, func(p payment.Order) bool { return p.No == o.No })
	if all.Left = left(o, all.Refunds); o.State != payment.Paid && o.State != payment.Disputed {
		all.Left = 0
	}
	if !o.PaidAt.IsZero() {
		day := o.PaidAt.In(payment.China).Format(time.DateOnly)
		var err error
		all.Statement, err = d.Ledger.Statements().Get(ctx, o.Merchant.MchID+"/"+day)
		if err != nil && !errors.Is(err, payment.ErrNotFound) {
			return all, err
		}
		if all.Statement.State == payment.StatementRead {
			all.Difference, errs[3] = d.differenceOf(ctx, o, day)
		}
		if all.Closing, err = d.closingOf(ctx, o, all.Audit); err != nil {
			return all, err
		}
	}
	return all, errors.Join(errs[:]...)
}

// left is what of a payment can still be given back.
func left(o payment.Order, refunds []payment.Refund) payment.Fen {
	sum := o.PaidAmount - (o.Returned.Sum - o.Refunding.Done)
	for _, r := range refunds {
		if r.Counts() {
			sum -= r.Sum
		}
	}
	return max(0, sum)
}

// differenceOf returns what the bill of a day says otherwise of an order.
func (d *Desk) differenceOf(ctx context.Context, o payment.Order, day string) (found payment.Difference, err error) {
	r := payment.Range{Prefix: o.Merchant.MchID + "/" + day + "/"}
	for x, err := range payment.Each(ctx, d.Ledger.Differences(), r) {
		if err != nil || x.Order == o.No {
			return x, err
		}
	}
	return found, nil
}

// closingOf returns the sheet on which the payment stands: the one of its device that tells of its booking.
func (d *Desk) closingOf(ctx context.Context, o payment.Order, audit []payment.Entry) (payment.ClosingSheet, error) {
	var booked uint64
	for _, e := range audit {
		if e.To == payment.Paid && e.From != payment.Paid {
			booked = e.Seq
		}
	}
	if booked == 0 {
		return payment.ClosingSheet{}, nil
	}
	list, err := d.Ledger.Closings().List(ctx, payment.Range{Prefix: o.Device + "/", Backward: true,
		N: payment.MaxPage})
	for _, c := range list {
		if c.After < booked && booked <= c.To {
			return c, nil
		}
	}
	return payment.ClosingSheet{}, err
}

// answerWithin is how long WeChat is waited for.
const answerWithin = 8 * time.Second

// AskWeChat asks WeChat about an order, and books what it says. What gets no answer leaves the order as it was.
func (d *Desk) AskWeChat(ctx context.Context, c Clerk, no string) (payment.Answer, error) {
	if err := c.May(AskWeChat); err != nil {
		return payment.Answer{}, err
	}
	ctx, cancel := context.WithTimeout(ctx, answerWithin)
	defer cancel()
	a, err := d.answer(ctx, no)
	if err != nil && ctx.Err() != nil {
		err = payment.ErrUnknown
	}
	return a, err
}

// answer asks WeChat when it is the desk's turn: a page that is loaded again and again takes no visitor's.
func (d *Desk) answer(ctx context.Context, no string) (payment.Answer, error) {
	if err := d.asks.Wait(ctx); err != nil {
		return payment.Answer{}, fmt.Errorf("%w: too much is asked at once: %w", payment.ErrUnknown, err)
	}
	return d.Cashier.Answer(ctx, no)
}

// AskFiscal asks the court for an order's fiscal receipt, and keeps what it names. The error is bill.ErrUnreachable,
// another of the court's, or the ledger's.
func (d *Desk) AskFiscal(ctx context.Context, c Clerk, no string) (counter.FiscalFact, error) {
	if err := c.May(AskWeChat); err != nil {
		return counter.FiscalFact{}, err
	}
	o, err := d.Ledger.Order(ctx, no)
	if err != nil {
		return counter.FiscalFact{}, err
	}
	return d.Counter.AskFiscal(ctx, o)
}

// Reprint prints a receipt once more. It is marked as handed before the printer hears of it, and counted.
func (d *Desk) Reprint(ctx context.Context, c Clerk, no string) (counter.Handed, receipt.Outcome, error) {
	acts, err := c.acts(ctx, Reprint)
	if err != nil {
		return counter.Handed{}, "", err
	}
	if err := d.Printer.Ready(ctx); err != nil {
		return counter.Handed{}, "", err
	}
	h, err := d.Counter.Copy(acts, counter.Print{Order: no, Device: c.By.Device}, c.By)
	if err != nil {
		return h, "", err
	}
	defer d.recount()
	out, failed := d.Printer.Print(ctx, h.Receipt)
	return h, out, errors.Join(failed, d.Counter.Printed(ctx, h.End(out, failed)))
}

// AddNote puts a remark to an order into the audit. It must hold no name.
func (d *Desk) AddNote(ctx context.Context, c Clerk, no, text string) error {
	ctx, err := c.acts(ctx, Note)
	if err != nil {
		return err
	}
	if text = Plain(text); text == "" {
		return ErrReason
	}
	if _, err := d.Ledger.Order(ctx, no); err != nil {
		return err
	}
	return d.Ledger.Note(ctx, payment.Entry{Event: "noted", Note: no + ": " + text, By: c.By})
}

// OrderExplained is what the audit calls a paper about an order that somebody was given.
const OrderExplained = "order-explained"

// Explain returns what is known of an order, to be put on paper. Whom it is for, and why, stands in the audit before;
// it must hold no name.
func (d *Desk) Explain(ctx context.Context, c Clerk, no, whom string) (Order, error) {
	ctx, err := c.acts(ctx, Explain)
	if err != nil {
		return Order{}, err
	}
	if whom = Plain(whom); whom == "" {
		return Order{}, ErrReason
	}
	o, err := d.Open(ctx, c, no)
	if err != nil {
		return Order{}, err
	}
	return o, d.Ledger.Note(ctx, payment.Entry{Event: OrderExplained, Note: no + ": " + whom, By: c.By})
}
