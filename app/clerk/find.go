package clerk

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"courtkiosk/app/bill"
	"courtkiosk/payment"
)

// LookBack is how far a search goes back that names no day.
const LookBack = 90 * 24 * time.Hour

// mostHits is how many orders a search shows; whoever looks for one of more says more of it.
const mostHits = 50

// A Hit is an order that was found, with what a list shows of it.
type Hit struct {
	Order     payment.Order
	Bill      bill.Bill // as it was when the order was opened
	Payer     string    // as receipts print it; empty once it was expunged
	Reference string    // ZF-…
	Mark      Mark
	Receipt   payment.Effect // zero of one that owes none
}

// At is the time that a list is sorted by: when it was paid, else when it was opened.
func (h Hit) At() time.Time {
	if h.Order.PaidAt.IsZero() {
		return h.Order.CreatedAt
	}
	return h.Order.PaidAt
}

// A Found is what a search has come to.
type Found struct {
	Reading Reading // how what was typed was understood
	Hits    []Hit   // newest first
	More    bool    // there are others
	Since   time.Time
	Also    []Reading // how else it can be understood, with what each would find
}

// Paid counts the orders among the hits that money came for, and their sum; Back is what of that came back.
func (f Found) Paid() (n int, sum, back payment.Fen) {
	for _, h := range f.Hits {
		if h.Order.State == payment.Paid || h.Order.State == payment.Disputed {
			n, sum, back = n+1, sum+h.Order.PaidAmount, back+h.Order.Returned.Sum
		}
	}
	return n, sum, back
}

// Find looks for orders by whatever was typed or scanned. as says how it is understood; empty is the likeliest that
// finds something. What no search can find by is the empty Found.
func (d *Desk) Find(ctx context.Context, c Clerk, text string, as As) (Found, error) {
	if err := c.May(Find); err != nil {
		return Found{}, err
	}
	at := now()
	var all []Found
	main := -1
	for _, r := range Read(text, d.Counter.House.Court, at) {
		if r.As == AsCode && as != AsCode && main >= 0 { // the court is asked for it
			continue
		}
		f, err := d.by(ctx, r, at)
		if err != nil {
			return Found{}, err
		}
		if r.As == as || as == "" && main < 0 && len(f.Hits) > 0 {
			main = len(all)
		}
		all = append(all, f)
	}
	main = max(main, 0)
	found := all[main]
	for i, f := range all {
		if i != main && f.Reading.N > 0 {
			found.Also = append(found.Also, f.Reading)
		}
	}
	return found, d.fill(ctx, found.Hits)
}

// Printable is what a reprint depends on, and a form for one is made from.
func (h Hit) Printable() any { return []any{h.Order, h.Receipt} }

// fill completes what a list shows of its orders.
func (d *Desk) fill(ctx context.Context, hits []Hit) error {
	for i := range hits {
		o := hits[i].Order
		effects, err := d.Ledger.Effects(ctx, o.No)
		if err != nil {
			return err
		}
		payer, err := d.Ledger.Personal(ctx, o.No)
		if err != nil {
			return err
		}
		hits[i] = Hit{Order: o, Bill: bill.OfOrder(o), Payer: string(payer), Reference: d.Counter.House.Reference(o),
			Mark: MarkOf(o, effects, now())}
		if at := slices.IndexFunc(effects, func(e payment.Effect) bool { return e.Kind == receiptKind }); at >= 0 {
			hits[i].Receipt = effects[at]
		}
	}
	return nil
}

// by looks for orders in one way.
func (d *Desk) by(ctx context.Context, r Reading, at time.Time) (Found, error) {
	f := Found{Reading: r}
	var orders []payment.Order
	var err error
	switch r.As {
	case AsNewest:
		orders, f.More, err = d.pages(ctx, payment.Filter{}, at.Add(-LookBack))
		f.Since = at.Add(-LookBack)
	case AsCase:
		for _, n := range r.Cases {
			of, e := d.Ledger.Labelled(ctx, n.BaseString())
			orders, err = append(orders, of...), errors.Join(err, e)
		}
	case AsCode:
		orders, err = d.byCode(ctx, r.Text)
	case AsNumber:
		orders, err = d.byNumber(ctx, r.Text)
	case AsReceipt:
		orders, err = d.byReceipt(ctx, r.Text)
	case AsTransaction:
		orders, f.More, err = d.pages(ctx, payment.Filter{Transaction: r.Text}, time.Time{})
	case AsTail:
		f.Since = at.Add(-LookBack)
		orders, f.More, err = d.pages(ctx, payment.Filter{Transaction: r.Text}, f.Since)
	case AsReference, AsReceiptNumber:
		orders, err = d.byReference(ctx, r)
	case AsAmount:
		if r.Day.IsZero() {
			f.Since = at.Add(-LookBack)
		}
		orders, f.More, err = d.pages(ctx, payment.Filter{Amount: r.Amount, Day: r.Day}, f.Since)
	case AsDay:
		orders, f.More, err = d.pages(ctx, payment.Filter{Day: r.Day}, time.Time{})
	}
	if errors.Is(err, payment.ErrNotFound) || errors.Is(err, bill.ErrNotFound) {
		err = nil
	}
	for _, o := range orders {
		f.Hits = append(f.Hits, Hit{Order: o})
	}
	slices.SortStableFunc(f.Hits, func(a, b Hit) int { return b.At().Compare(a.At()) })
	if len(f.Hits) > mostHits {
		f.Hits, f.More = f.Hits[:mostHits], true
	}
	f.Reading.N, f.Reading.More = len(f.Hits), f.More
	return f, err
}

// pages reads the newest orders of a filter, back to a time.
func (d *Desk) pages(ctx context.Context, f payment.Filter, since time.Time) (all []payment.Order, more bool,
	err error) {
	f.N = mostHits + 1
	for {
		p, err := d.Ledger.Find(ctx, f)
		if err != nil {
			return nil, false, err
		}
		for _, o := range p.Orders {
			if !since.IsZero() && o.CreatedAt.Before(since) {
				return all, false, nil
			}
			if len(all) == mostHits {
				return all, true, nil
			}
			all = append(all, o)
		}
		if p.Next == "" {
			return all, false, nil
		}
		f.Before = p.Next
	}
}

// codeWithin is how long the court is waited for when a payment code is looked for.
const codeWithin = 3 * time.Second

// byCode returns the orders of the bills that the court names by a payment code. A court that is silent knows none now.
func (d *Desk) byCode(ctx context.Context, code string) (found []payment.Order, err error) {
	ctx, cancel := context.WithTimeout(ctx, codeWithin)
	defer cancel()
	bills, err := d.Counter.Court.Find(ctx, bill.Query{Code: code})
	if errors.Is(err, bill.ErrUnreachable) {
		return nil, nil
	}
	for _, b := range bills {
		of, e := d.Ledger.OfBill(ctx, b.Key())
		found, err = append(found, of...), errors.Join(err, e)
	}
	return found, err
}

// byNumber returns the order of a merchant's number, ours to WeChat: an order's, or a refund's.
func (d *Desk) byNumber(ctx context.Context, no string) ([]payment.Order, error) {
	o, err := d.Ledger.Order(ctx, no)
	if errors.Is(err, payment.ErrNotFound) {
		var r payment.Refund
		if r, err = d.Ledger.Refund(ctx, no); err == nil {
			o, err = d.Ledger.Order(ctx, r.Order)
		}
	}
	if err != nil {
		return nil, err
	}
	return []payment.Order{o}, nil
}

// byReceipt returns the order of a receipt by its signed code. One that is not believed leads to nothing.
func (d *Desk) byReceipt(ctx context.Context, code string) ([]payment.Order, error) {
	ring, err := d.Counter.Ring()
	if err != nil {
		return nil, err
	}
	said, err := ring.Verify(code)
	if err != nil {
		return nil, nil //nolint:nilerr // it is no receipt of ours
	}
	all, _, err := d.pages(ctx, payment.Filter{Transaction: said.TransactionID}, time.Time{})
	return slices.DeleteFunc(all, func(o payment.Order) bool {
		return d.Counter.House.ReceiptNumber(o) != said.Number
	}), err
}

// byReference returns the order of a local number, or of a receipt's, of any device.
func (d *Desk) byReference(ctx context.Context, r Reading) ([]payment.Order, error) {
	f, number := payment.Filter{Serial: r.Serial, Day: r.Day}, d.Counter.House.Reference
	if r.As == AsReceiptNumber {
		f, number = payment.Filter{Sequence: r.Serial}, d.Counter.House.ReceiptNumber
	}
	all, _, err := d.pages(ctx, f, time.Time{})
	return slices.DeleteFunc(all, func(o payment.Order) bool { return !strings.EqualFold(number(o), r.Text) }), err
}

// A Mark is how an order stands, in one word: what a clerk must know first.
type Mark string

// The marks, those that want somebody first.
const (
	Disputed      Mark = "disputed"       // money is there, and not what was asked for
	Second        Mark = "second"         // its bill was paid before
	SomeBack      Mark = "some-back"      // WeChat says that some came back, and how much is not known
	PrintDoubtful Mark = "print-doubtful" // the receipt may be on paper
	ReportRefused Mark = "report-refused" // the court will not take the report
	Answered      Mark = "answered"       // WeChat's answers about it do not fit
	Abnormal      Mark = "abnormal"       // a refund of it was not taken
	Checking      Mark = "checking"       // its time is over, and its outcome is not known
	Unprinted     Mark = "unprinted"      // paid, and nobody has the receipt
	Called        Mark = "called"         // of no order: somebody before a machine asks for a person, now
	CallMissed    Mark = "call-missed"    // of no order: nobody has gone to one today
	Refunding     Mark = "refunding"      // a refund is on its way
	Back          Mark = "back"           // all of it came back
	PartBack      Mark = "part-back"
	IsPaid        Mark = "paid"
	Waiting       Mark = "waiting" // somebody may be paying now
	Unpaid        Mark = "unpaid"
	Elsewhere     Mark = "elsewhere" // another machine's
)

// MarkOf says how an order stands, by itself and by what it owes.
func MarkOf(o payment.Order, effects []payment.Effect, at time.Time) Mark {
	for _, e := range effects {
		if e.State == payment.Done {
			continue
		}
		if m := markOf(o, e, at); m == Disputed || m == Second || m == SomeBack || m == ReportRefused ||
			m == Answered || m == Abnormal {
			return m
		}
	}
	switch {
	case o.State == payment.Foreign:
		return Elsewhere
	case o.State == payment.Disputed:
		return Disputed
	case !o.Final() && at.After(o.StuckSince()):
		return Checking
	case !o.Final():
		return Waiting
	case o.State != payment.Paid:
		return Unpaid
	case o.Returned.All():
		return Back
	case o.Refunding.Sent > o.Refunding.Done:
		return Refunding
	case o.Returned.State == payment.PartReturned:
		return PartBack
	}
	for _, e := range effects {
		if m := markOf(o, e, at); m != "" {
			return m
		}
	}
	return IsPaid
}

// overdue is how long a receipt may be owed before somebody must look: a visitor takes it, or leaves it.
const overdue = 10 * time.Minute

// markOf says what a piece of work means for its order; empty where it means nothing.
func markOf(o payment.Order, e payment.Effect, at time.Time) Mark {
	switch e.Kind {
	case payment.Attention:
		if o.Oddity == payment.SecondPayment && o.State == payment.Paid {
			return Second
		}
		return Disputed
	case payment.AttentionSecond:
		return Second
	case payment.AttentionRefund:
		return SomeBack
	case payment.AttentionAbnormal:
		return Abnormal
	case payment.AttentionAnswer:
		return Answered
	case reportRefused, backRefused:
		return ReportRefused
	case receiptKind:
		if e.State == payment.Doubtful {
			return PrintDoubtful
		}
		if e.State == payment.Owed && at.Sub(e.Since) > overdue {
			return Unprinted
		}
	}
	return ""
}

// The kinds of work that other rooms name.
const (
	receiptKind   = "receipt"                      // of app/counter
	reportKind    = "report"                       // of app/report
	reportRefused = payment.Attention + "/report"  // likewise
	backRefused   = payment.Attention + "/refused" // likewise: what came back of a payment
)

// FullName returns the whole name of an order's payer, which the ledger does not have: the court is asked. The reason
// stands in the audit, with who has asked, before the name is told.
func (d *Desk) FullName(ctx context.Context, c Clerk, no, reason string) (string, error) {
	ctx, err := c.acts(ctx, FullName)
	if err != nil {
		return "", err
	}
	if reason = Plain(reason); reason == "" {
		return "", ErrReason
	}
	o, err := d.Ledger.Order(ctx, no)
	if err != nil {
		return "", err
	}
	b, err := d.Counter.Court.Again(ctx, bill.OfOrder(o))
	if err != nil {
		return "", fmt.Errorf("ask the court for the payer: %w", err)
	}
	err = d.Ledger.Note(ctx, payment.Entry{Event: "full-name-shown", Note: no + ": " + reason, By: c.By})
	if err != nil {
		return "", err
	}
	return string(b.Payer), nil
}
