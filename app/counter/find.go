package counter

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"

	"courtkiosk/app/bill"
	"courtkiosk/app/caseno"
)

// Find returns the bills of a case or of a payment code as they stand; those of a case that only the ledger still
// knows come last. With a refusal of CourtSilent come those that the ledger knows: all of them have an order, and
// others may be asked for.
func (c *Counter) Find(ctx context.Context, q bill.Query) ([]Due, error) {
	found, err := c.find(ctx, q)
	dues := make([]Due, len(found))
	for i, d := range found {
		dues[i] = c.due(d)
	}
	return dues, c.refuse(ctx, "find bills", err)
}

func (c *Counter) find(ctx context.Context, q bill.Query) ([]bill.Due, error) {
	if q.Code == "" && !c.Serves(q.Case.Court) {
		return c.known(ctx, q, errOtherCourt)
	}
	bills, err := c.Court.Find(ctx, q)
	switch {
	case errors.Is(err, bill.ErrNotFound) && q.Code == "":
		return c.known(ctx, q, err)
	case errors.Is(err, bill.ErrUnreachable) && q.Code == "":
		dues, _ := c.known(ctx, q, nil) // the court's silence is the error to tell
		return dues, err
	case err != nil:
		return nil, err
	case !c.Serves(bills[0].Case.Court):
		return nil, errOtherCourt
	}
	orders, err := c.Ledger.Labelled(ctx, bills[0].Case.BaseString())
	if err != nil {
		return nil, fmt.Errorf("find orders: %w", err)
	}
	dues := bill.Join(bills, c.looked(ctx, orders...))
	if q.Code != "" {
		dues = dues[:len(bills)]
	}
	for _, d := range dues {
		if err := bill.OweLook(ctx, c.Ledger, d); err != nil {
			return nil, err
		}
	}
	return dues, nil
}

// known returns what the ledger alone knows of a case, or err when that is nothing.
func (c *Counter) known(ctx context.Context, q bill.Query, err error) ([]bill.Due, error) {
	orders, lerr := c.Ledger.Labelled(ctx, q.Case.BaseString())
	if lerr != nil {
		return nil, fmt.Errorf("find orders: %w", lerr)
	}
	dues := bill.Join(nil, c.looked(ctx, orders...))
	if len(dues) == 0 {
		return nil, err
	}
	return dues, nil
}

// due puts a bill as it stands into words that may cross the counter.
func (c *Counter) due(d bill.Due) Due {
	b := d.Bill
	deadline, sure := b.LastDay(c.Holidays)
	said := Due{
		Bill: nameOf(d), ID: b.ID(), Quote: d.Quote(), State: d.State,
		Case: b.Case.String(), Base: b.Case.BaseString(), Notice: b.Notice, Item: b.Item, Purse: b.Purse,
		Amount: d.Amount(), Payer: b.Payer.String(), Payee: c.House.Payee, Cause: b.Cause, Remark: b.Remark,
		Relief: b.Relief, Deadline: deadline, DeadlineUnsure: !sure, Order: d.Order.No, PaidAt: d.Order.PaidAt,
		Withdrawn: b.Withdrawn,
	}
	if bill.Sensitive(b.Cause, c.Quiet) {
		said.Cause = ""
	}
	if bill.Sensitive(b.Remark, c.Quiet) { // it may tell the cause
		said.Remark = ""
	}
	if low, high, ok, checked := b.AgainstLaw(); checked && !ok {
		said.LawfulFrom, said.LawfulTo = low, high
	}
	return said
}

// A name is what Due.Bill holds: enough to ask the court for the bill again, and the order that was shown with it. It
// holds no amount and no person.
type name struct {
	Case   caseno.Number
	Purse  bill.Purse
	Notice string `json:",omitzero"`
	Item   string `json:",omitzero"`
	Ref    string `json:",omitzero"`
	Code   string `json:",omitzero"`
	Order  string `json:",omitzero"`
}

func nameOf(d bill.Due) string {
	b := d.Bill
	text, err := json.Marshal(name{b.Case, b.Purse, b.Notice, b.Item, b.Ref, b.Code, d.Order.No})
	if err != nil {
		panic(err) // a struct of texts and numbers
	}
	return base64.RawURLEncoding.EncodeToString(text)
}

// readName reads what nameOf has written. What it has not, is a bill that nobody knows.
func readName(text string) (n name, err error) {
	plain, err := base64.RawURLEncoding.DecodeString(text)
	if err == nil {
		err = json.Unmarshal(plain, &n)
	}
	if err != nil {
		return n, fmt.Errorf("%w: no name of a bill: %w", bill.ErrNotFound, err)
	}
	return n, nil
}

func (n name) bill() bill.Bill {
	return bill.Bill{Case: n.Case, Purse: n.Purse, Notice: n.Notice, Item: n.Item, Ref: n.Ref, Code: n.Code}
}

// again returns a bill as it stands now. One that the court does not know is missing: it has not said that it asks for
// it no more.
func (c *Counter) again(ctx context.Context, shown bill.Bill) (bill.Due, error) {
	b, err := c.Court.Again(ctx, shown)
	gone := errors.Is(err, bill.ErrNotFound)
	if err != nil && !gone {
		return bill.Due{}, fmt.Errorf("ask for the bill again: %w", err)
	}
	orders, err := c.Ledger.Labelled(ctx, shown.Case.BaseString())
	if err != nil {
		return bill.Due{}, fmt.Errorf("find orders: %w", err)
	}
	if gone {
		b = shown
		b.Withdrawn, b.Missing = false, true
	}
	return bill.Join([]bill.Bill{b}, orders)[0], nil
}
