package bill

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
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
	DueReturned  DueState = "returned"       // paid, and some of the money came back, or all of it
	DueDisputed  DueState = "disputed"       // money is there that is not what we asked for
	DueSettled   DueState = "settled"        // the court has its money by another way
	DueMissing   DueState = "missing"        // the court's newest list leaves it out: ask at the window
	DueNothing   DueState = "nothing"        // the court asks for nothing: waived or withdrawn
)

// A Due is one bill of a case, joined with its newest order that counts.
type Due struct {
	Bill  Bill
	State DueState
	Order payment.Order // zero in DueOwed, DueSettled, DueMissing and DueNothing
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

// Join says how each bill stands, given the orders of their case, oldest first; those whose bill the court no longer
// lists come last: money was taken, or may be.
func Join(bills []Bill, orders []payment.Order) []Due {
	dues := make([]Due, len(bills))
	for i, b := range bills {
		dues[i] = Due{Bill: b, State: asked(b)}
	}
	for _, o := range orders {
		if !o.Blocks() && !o.Returned.All() || second(o, orders) {
			continue
		}
		which := meant(bills, o)
		for _, i := range which {
			if o.Returned.All() && (bills[i].Payable() && !bills[i].Settled ||
				dues[i].Order.No != "" && dues[i].Order.Blocks()) {
				continue // the court asks for it again, or it was paid again
			}
			dues[i] = dues[i].with(o)
			if len(which) > 1 { // nobody but a clerk can tell which of them it is for
				dues[i].State = DueDisputed
			}
		}
		if len(which) == 0 {
			dues = append(dues, OrderDue(o))
		}
	}
	return dues
}

// second reports whether an order is a second payment of its bill, beside another one that stands.
func second(o payment.Order, all []payment.Order) bool {
	return o.Oddity == payment.SecondPayment && slices.ContainsFunc(all, func(other payment.Order) bool {
		return other.No != o.No && other.Key == o.Key && other.Blocks() && other.Oddity != payment.SecondPayment
	})
}

// asked says how a bill stands that has no order.
func asked(b Bill) DueState {
	switch {
	case b.Settled:
		return DueSettled
	case b.Missing && !b.Withdrawn:
		return DueMissing
	case !b.Payable():
		return DueNothing
	}
	return DueOwed
}

// meant returns the bills that an order is for: the one of its identity, or else those that the court has given a
// notice number since, or taken it from. Who has paid by item must not be asked again by notice, as on the day when a
// court's own system is first asked.
func meant(bills []Bill, o payment.Order) (which []int) {
	for i, b := range bills {
		if b.Key() == o.Key {
			return []int{i}
		}
	}
	old := OfOrder(o)
	for i, b := range bills {
		was, is := old.Notice, b.Notice
		old.Notice, b.Notice = "", ""
		if (was == "") != (is == "") && old.ID() == b.ID() {
			which = append(which, i)
		}
		old.Notice = was
	}
	return which
}

// with returns the due once an order of it is known.
func (d Due) with(o payment.Order) Due {
	d.Order, d.State = o, dueOf(o)
	if d.State == DuePaid && !d.Bill.Withdrawn && !d.Bill.Missing && !d.Bill.Settled && d.Bill.Amount != o.Amount {
		d.State = DueChanged
	}
	return d
}

// dueOf says how a bill stands by its order alone.
func dueOf(o payment.Order) DueState {
	switch {
	case o.Returned.Some():
		return DueReturned
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

// What Confirm refuses besides a *ChangedError.
var (
	// ErrGone means: the court no longer asks for the bill.
	ErrGone = errors.New("bill: the bill was withdrawn")
	// ErrMissing means: the court's newest list leaves the bill out, which withdraws nothing. Nobody knows more.
	ErrMissing = errors.New("bill: the court's list does not have the bill now")
	// ErrSettled means: the court has the bill's money by another way.
	ErrSettled = errors.New("bill: the bill was paid by another way")
	// ErrRenamed means: the bill has an order under an identity that it had before. A new one would be a second
	// payment. It comes with a *payment.BlockedError.
	ErrRenamed = errors.New("bill: the bill has an order under another identity")
)

// A ChangedError says that something else is asked for than what was confirmed.
type ChangedError struct{ Now Due }

func (e *ChangedError) Error() string {
	return fmt.Sprintf("bill: it was confirmed otherwise and is now %s (%s)", e.Now.Amount(), e.Now.Quote())
}

// Quote names what a visitor confirms: the court's words, and the amount, which an open order may hold to another
// than the court asks now.
func (d Due) Quote() string { return d.Bill.Quote() + sumQuote(d.Amount()) }

// sumQuote names an amount; it stands last in a quote.
func sumQuote(f payment.Fen) string {
	h := sha256.Sum256([]byte("amount " + f.String()))
	return hex.EncodeToString(h[:8])
}

// Confirms reports whether a quote that was shown named an amount, whatever words stood beside it.
func Confirms(quote string, f payment.Fen) bool { return strings.HasSuffix(quote, sumQuote(f)) }

// Confirm says why a due whose quote was shown may not be paid as it stands now; nil when it may.
func (d Due) Confirm(shown string) error {
	switch {
	case d.State == DueNothing:
		return ErrGone
	case d.State == DueMissing:
		return ErrMissing
	case d.State == DueSettled:
		return ErrSettled
	case d.Order.No != "" && d.Order.Key != d.Bill.Key():
		return fmt.Errorf("%w: %w", ErrRenamed, &payment.BlockedError{Order: d.Order})
	case !Confirms(shown, d.Amount()) || d.State == DueOwed && d.Quote() != shown:
		return &ChangedError{d}
	}
	return nil
}

// OrderDue returns what an order alone tells of its bill.
func OrderDue(o payment.Order) Due { return Due{Bill: OfOrder(o), State: dueOf(o), Order: o} }

// kept is what an order keeps of its bill for receipts, look-ups and reports: no personal data.
type kept struct {
	Case    caseno.Number
	Item    string
	Notice  string `json:",omitempty"`
	Ref     string `json:",omitempty"`
	Version string `json:",omitempty"`
}

// OfOrder returns what an order keeps of its bill. It counts as withdrawn: the order does not know what the court
// asks now.
func OfOrder(o payment.Order) Bill {
	var k kept
	_ = json.Unmarshal(o.Details, &k) // written by Request; the ledger guards it by a checksum
	return Bill{Case: k.Case, Notice: k.Notice, Item: k.Item, Purse: Purse(o.Key.Purse), Amount: o.Amount,
		Withdrawn: true, Ref: k.Ref, Version: k.Version}
}

// PaidOf returns what a court is told about a paid order.
func PaidOf(o payment.Order, receipt, kiosk string) Paid {
	return Paid{Bill: OfOrder(o), Amount: o.PaidAmount, TransactionID: o.TransactionID, OrderNo: o.No,
		Merchant: o.Merchant.MchID,
		PaidAt:   o.PaidAt, Receipt: receipt, Kiosk: kiosk}
}

// Request asks money to take the bill's amount for a merchant. owed are the kinds of work that follow a payment, twin
// those that follow a second one.
func (b Bill) Request(m payment.Merchant, court string, owed, twin []string) (payment.Request, error) {
	text, err := json.Marshal(kept{Case: b.Case, Item: b.Item, Notice: b.Notice, Ref: b.Ref, Version: b.Version})
	if err != nil {
		return payment.Request{}, err
	}
	return payment.Request{
		Key:      b.Key(),
		Merchant: m,
		Amount:   b.Amount,
		Title:    title(court, b.Item, b.Case),
		Labels:   []string{b.Case.BaseString()},
		Details:  text,
		Personal: []byte(b.PrintedPayer()),
		Owed:     owed,
		OwedTwin: twin,
	}, nil
}

// EffectChanged is the clerk's work item of a paid bill whose amount the court has changed since.
const EffectChanged = payment.Attention + "/amount"

// OweLook owes a clerk a look at a bill whose amount was changed after it was paid, once.
func OweLook(ctx context.Context, l payment.Ledger, d Due) error {
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
