package app

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"

	"courtkiosk/app/bill"
	"courtkiosk/app/caseno"
	"courtkiosk/payment"
)

// Kinds of work owed once an order is paid. A register has nobody to report to, so nothing is owed to the court's
// system here; courtapi will owe its report.
const effectReceipt = "receipt"

// DueState is how a bill stands once the court's word and the ledger's are put together.
type DueState string

// The ways a bill can stand.
const (
	DueOwed      DueState = "owed"           // to be paid, nobody is paying
	DuePaying    DueState = "paying"         // an order of this machine is open
	DueElsewhere DueState = "elsewhere"      // another machine's order is open
	DuePaidThere DueState = "paid-elsewhere" // another machine's order was paid
	DuePaid      DueState = "paid"           // an order of this machine was paid
	DueChanged   DueState = "changed"        // paid here, and the court now asks for another amount
	DueDisputed  DueState = "disputed"       // money is there that is not what we asked for
	DueNothing   DueState = "nothing"        // the court asks for nothing: waived or withdrawn
)

// A Due is one bill of a case, joined with its newest order that counts.
type Due struct {
	Bill  bill.Bill
	State DueState
	Order payment.Order // zero in DueOwed and DueNothing
}

// Amount is what the screen shows: an open or paid order's amount wins over the bill's.
func (d Due) Amount() payment.Fen {
	if d.Order.No != "" {
		return d.Order.Amount
	}
	return d.Bill.Amount
}

// What Pay refuses besides a *payment.BlockedError and a *ClosedError.
var (
	// ErrBillGone means: the court no longer asks for the bill.
	ErrBillGone = errors.New("app: the bill was withdrawn")
	// ErrUnreachable means: WeChat does not answer, so no order was opened.
	ErrUnreachable = errors.New("app: the gateway does not answer")
)

// A ChangedError says that the court asks for another amount than the one that was confirmed.
type ChangedError struct{ Shown, Now payment.Fen }

func (e *ChangedError) Error() string {
	return fmt.Sprintf("app: bill was confirmed at %s and is now %s", e.Shown, e.Now)
}

// Find returns the bills of a case as they stand, those that only the ledger still knows last. A case that
// neither knows is bill.ErrNotFound.
func (a *App) Find(ctx context.Context, n caseno.Number) ([]Due, error) {
	bills, err := a.bills.Find(ctx, n)
	if err != nil && !errors.Is(err, bill.ErrNotFound) {
		return nil, fmt.Errorf("find bills: %w", err)
	}
	orders, lerr := a.ledger.Labelled(ctx, n.Base().String())
	if lerr != nil {
		return nil, fmt.Errorf("find orders: %w", lerr)
	}
	var dues []Due
	for _, b := range bills {
		key := b.Key(a.Config.Court.Code)
		d := join(b, orders, key)
		orders = slices.DeleteFunc(orders, func(o payment.Order) bool { return o.Key == key })
		if err := a.remark(ctx, d); err != nil {
			return nil, err
		}
		dues = append(dues, d)
	}
	dues = append(dues, remaining(orders)...)
	if len(dues) == 0 {
		return nil, err
	}
	return dues, nil
}

// join says how a bill stands, given the orders of its case, oldest first.
func join(b bill.Bill, orders []payment.Order, key payment.Key) Due {
	d := Due{Bill: b, State: DueOwed}
	if b.Withdrawn || b.Amount == 0 {
		d.State = DueNothing
	}
	for _, o := range orders {
		if o.Key == key && o.Blocks() && o.Oddity != payment.SecondPayment {
			d.Order = o
		}
	}
	if d.Order.No == "" {
		return d
	}
	d.State = standing(d.Order)
	if d.State == DuePaid && !b.Withdrawn && b.Amount != d.Order.Amount {
		d.State = DueChanged
	}
	return d
}

func standing(o payment.Order) DueState {
	switch {
	case o.State == payment.Paid:
		return DuePaid
	case o.State == payment.Disputed:
		return DueDisputed
	case o.PaidElsewhere():
		return DuePaidThere
	case o.State == payment.Foreign:
		return DueElsewhere
	}
	return DuePaying
}

// remaining returns the orders whose bill the court no longer lists: money was taken, so they are shown.
func remaining(orders []payment.Order) []Due {
	var dues []Due
	for _, o := range orders {
		if o.Oddity == payment.SecondPayment || !o.Blocks() {
			continue
		}
		dues = append(dues, OrderDue(o))
	}
	return dues
}

// OrderDue returns what an order alone tells of its bill.
func OrderDue(o payment.Order) Due {
	d := detailsOf(o)
	return Due{
		Bill:  bill.Bill{Case: d.Case, Notice: d.Notice, Item: d.Item, Purse: bill.Purse(o.Key.Purse), Amount: o.Amount, Withdrawn: true},
		State: standing(o), Order: o,
	}
}

// effectChanged is the clerk's work item of a paid bill whose amount the court changed.
const effectChanged = payment.Attention + "/amount"

// remark owes a clerk a look at a bill whose amount was changed after it was paid, once.
func (a *App) remark(ctx context.Context, d Due) error {
	if d.State != DueChanged {
		return nil
	}
	effects, err := a.ledger.Effects(ctx, d.Order.No)
	if err != nil || slices.ContainsFunc(effects, func(e payment.Effect) bool { return e.Kind == effectChanged }) {
		return err
	}
	note := fmt.Sprintf("paid %s, the court now asks for %s", d.Order.Amount, d.Bill.Amount)
	_, err = a.ledger.Update(ctx, d.Order.No, func(o payment.Order, _ []payment.Order) (payment.Change, error) {
		owed := []payment.Effect{{Kind: effectChanged, State: payment.Owed, Note: note}}
		return payment.Change{Order: o, Owed: owed, Note: note}, nil
	})
	return err
}

// Pay opens an order for a bill that a visitor has confirmed at the amount shown, or returns the session of the order
// that is still open for it. The court is asked once more first.
func (a *App) Pay(ctx context.Context, n caseno.Number, billID string, shown payment.Fen) (*payment.Session, error) {
	if closed := a.Service(); closed != nil {
		return nil, closed
	}
	dues, err := a.Find(ctx, n)
	if err != nil {
		return nil, err
	}
	i := slices.IndexFunc(dues, func(d Due) bool { return d.Bill.ID() == billID })
	if i < 0 || dues[i].State == DueNothing {
		return nil, ErrBillGone
	}
	d := dues[i]
	if d.Amount() != shown {
		return nil, &ChangedError{Shown: shown, Now: d.Amount()}
	}
	r, err := a.request(d.Bill)
	if err != nil {
		return nil, err
	}
	if d.State == DueOwed && a.cashier.Health().Trouble != nil {
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

// details is what an order keeps of its bill for receipts and look-ups: no personal data.
type details struct {
	Case   caseno.Number
	Item   string
	Notice string `json:",omitempty"`
}

func detailsOf(o payment.Order) details {
	var d details
	_ = json.Unmarshal(o.Details, &d) // written by request; the ledger guards it by a checksum
	return d
}

func (a *App) request(b bill.Bill) (payment.Request, error) {
	text, err := json.Marshal(details{Case: b.Case, Item: b.Item, Notice: b.Notice})
	if err != nil {
		return payment.Request{}, err
	}
	return payment.Request{
		Key:      b.Key(a.Config.Court.Code),
		Merchant: a.Config.Merchant(b.Purse),
		Amount:   b.Amount,
		Title:    strings.Join([]string{a.Config.Court.Name, b.Item, b.Case.String()}, " "),
		Labels:   []string{b.Case.Base().String()},
		Details:  text,
		Personal: []byte(b.Payer.String()), // masked: nothing prints more
		Owed:     []string{effectReceipt},
		OwedTwin: []string{effectReceipt},
	}, nil
}
