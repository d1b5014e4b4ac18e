package bill

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"courtkiosk/app/caseno"
	"courtkiosk/payment"
)

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
	DueSettled   DueState = "settled"        // the court has its money by another way
	DueNothing   DueState = "nothing"        // the court asks for nothing: waived or withdrawn
)

// A Due is one bill of a case, joined with its newest order that counts.
type Due struct {
	Bill  Bill
	State DueState
	Order payment.Order // zero in DueOwed, DueSettled and DueNothing
}

// Amount is what the screen shows: an open or paid order's amount wins over the bill's.
func (d Due) Amount() payment.Fen {
	if d.Order.No != "" {
		return d.Order.Amount
	}
	return d.Bill.Amount
}

// Stale reports whether this machine's open order asks for what the court asks for no more.
func (d Due) Stale() bool { return d.State == DuePaying && d.Bill.Objects(d.Order.Amount) != nil }

// Join says how each bill stands, given the orders of their case, oldest first; those whose bill the court no longer lists come last:
// money was taken, or may be.
func Join(bills []Bill, orders []payment.Order) []Due {
	dues := make([]Due, 0, len(bills))
	for _, b := range bills {
		dues = append(dues, join(b, orders))
	}
	for _, o := range orders {
		listed := slices.ContainsFunc(bills, func(b Bill) bool { return b.Key() == o.Key })
		if !listed && o.Oddity != payment.SecondPayment && o.Blocks() {
			dues = append(dues, OrderDue(o))
		}
	}
	return dues
}

func join(b Bill, orders []payment.Order) Due {
	d := Due{Bill: b, State: DueOwed}
	switch {
	case b.Settled:
		d.State = DueSettled
	case !b.Payable():
		d.State = DueNothing
	}
	for _, o := range orders {
		if o.Key == b.Key() && o.Blocks() && o.Oddity != payment.SecondPayment {
			d.Order = o
		}
	}
	if d.Order.No == "" {
		return d
	}
	d.State = standing(d.Order)
	if d.State == DuePaid && !b.Withdrawn && !b.Settled && b.Amount != d.Order.Amount {
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

// OrderDue returns what an order alone tells of its bill.
func OrderDue(o payment.Order) Due { return Due{Bill: OfOrder(o), State: standing(o), Order: o} }

// kept is what an order keeps of its bill for receipts, look-ups and reports: no personal data.
type kept struct {
	Case    caseno.Number
	Item    string
	Notice  string `json:",omitempty"`
	Ref     string `json:",omitempty"`
	Version string `json:",omitempty"`
}

// OfOrder returns what an order keeps of its bill. It counts as withdrawn: the order does not know what the court asks now.
func OfOrder(o payment.Order) Bill {
	var k kept
	_ = json.Unmarshal(o.Details, &k) // written by Request; the ledger guards it by a checksum
	return Bill{Case: k.Case, Notice: k.Notice, Item: k.Item, Purse: Purse(o.Key.Purse), Amount: o.Amount, Withdrawn: true, Ref: k.Ref, Version: k.Version}
}

// PaidOf returns what a court is told about a paid order.
func PaidOf(o payment.Order, receipt, kiosk string) Paid {
	return Paid{Bill: OfOrder(o), Amount: o.PaidAmount, TransactionID: o.TransactionID, OrderNo: o.No, Merchant: o.Merchant.MchID,
		PaidAt: o.PaidAt, Receipt: receipt, Kiosk: kiosk}
}

// Request asks money to take the bill's amount for a merchant. owed are the kinds of work that follow a payment, twin those that follow
// a second one.
func (b Bill) Request(m payment.Merchant, court string, owed, twin []string) (payment.Request, error) {
	text, err := json.Marshal(kept{Case: b.Case, Item: b.Item, Notice: b.Notice, Ref: b.Ref, Version: b.Version})
	if err != nil {
		return payment.Request{}, err
	}
	return payment.Request{
		Key:      b.Key(),
		Merchant: m,
		Amount:   b.Amount,
		Title:    strings.Join([]string{court, b.Item, b.Case.String()}, " "),
		Labels:   []string{b.Case.Base().String()},
		Details:  text,
		Personal: []byte(b.Payer.String()), // masked: nothing prints more
		Owed:     owed,
		OwedTwin: twin,
	}, nil
}

// EffectChanged is the clerk's work item of a paid bill whose amount the court has changed since.
const EffectChanged = payment.Attention + "/amount"

// Remark owes a clerk a look at a bill whose amount was changed after it was paid, once.
func Remark(ctx context.Context, l payment.Ledger, d Due) error {
	if d.State != DueChanged {
		return nil
	}
	effects, err := l.Effects(ctx, d.Order.No)
	if err != nil || slices.ContainsFunc(effects, func(e payment.Effect) bool { return e.Kind == EffectChanged }) {
		return err
	}
	note := fmt.Sprintf("paid %s, the court now asks for %s", d.Order.Amount, d.Bill.Amount)
	_, err = l.Update(ctx, d.Order.No, func(o payment.Order, _ []payment.Order) (payment.Change, error) {
		owed := []payment.Effect{{Kind: EffectChanged, State: payment.Owed, Note: note}}
		return payment.Change{Order: o, Owed: owed, Note: note}, nil
	})
	return err
}
