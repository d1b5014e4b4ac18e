package payment

import (
	"errors"
	"fmt"
	"time"
)

// DifferenceKind is what a bill of WeChat's and a ledger say differently; payment/reconcile has the kinds.
type DifferenceKind string

// DifferenceStep is the one right next step about a difference; payment/reconcile has the steps.
type DifferenceStep string

// A Statement is what is known of one merchant's day in China.
type Statement struct {
	MchID string
	Day   string // 2006-01-02, in China
	State StatementState
	Asked time.Time // when WeChat was last asked for it
	Read  time.Time `json:",omitzero"`
	Hash  string    `json:",omitzero"` // of the trade bill, as WeChat has signed it
	Funds string    `json:",omitzero"` // of the fund-flow bill
	Why   string    `json:",omitzero"` // what it is not believed for, or why it could not be had: a code, no words
	// the same of the fund-flow bill, of a day whose trade bill was read; empty where it was read, too
	FundsWhy string `json:",omitzero"`
	Sums     []byte `json:",omitzero"` // the sums and the steps between them, as JSON of payment/reconcile
	Found    int    `json:",omitzero"` // differences that it came to
}

// Key is the merchant and the day.
func (s Statement) Key() string { return s.MchID + "/" + s.Day }

// StatementState is how far the reconciliation of a day is.
type StatementState string

// The states of a day. Only a day that was read and has no open difference is clean or resolved.
const (
	StatementAbsent  StatementState = "absent"  // there is no bill yet, or none could be had
	StatementRefused StatementState = "refused" // a bill came and is not believed
	StatementEmpty   StatementState = "empty"   // WeChat says that nobody has paid, and the ledger says so too
	StatementRead    StatementState = "read"    // read and compared
	// one of the bills was read, and the other is missing: what sheets say of a day that is read and not Settled
	StatementPart StatementState = "part"
)

// A Difference is one thing that a bill of WeChat's and the ledger say differently. It is found, taken and resolved;
// what it tells changes nothing by itself.
type Difference struct {
	MchID         string
	Day           string // 2006-01-02, in China
	Kind          DifferenceKind
	Order         string // out_trade_no
	TransactionID string `json:",omitzero"` // as the bill says, else as the ledger does
	RefundNo      string `json:",omitzero"`
	Device        string `json:",omitzero"` // by the payment's mark
	Ours, Theirs  Fen    // 0 of who says nothing
	Line          int    `json:",omitzero"` // of the bill; 0 of what is not in it
	Next          DifferenceStep

	Found    time.Time
	Taken    Decision `json:",omitzero"` // by who looks into it
	Resolved Decision `json:",omitzero"`
	How      How      `json:",omitzero"`
	Refund   string   `json:",omitzero"` // the refund that has resolved it
	Note     string   `json:",omitzero"` // a person's reason; no personal data

	// what a signed query said of the order since: a state, and a sum if one was told
	Said   string    `json:",omitzero"`
	SaidAt time.Time `json:",omitzero"`
}

// Key names a difference, so that reading a bill twice finds it once.
func (d Difference) Key() string {
	return d.MchID + "/" + d.Day + "/" + string(d.Kind) + "/" + d.Order + "/" + d.RefundNo
}

// How is how a difference was resolved.
type How = string

// The ways in which a difference ends. The last three are the program's: ledger and bills agree since.
const (
	HowAsked    How = "asked"     // a signed query has said what is
	HowAdopted  How = "adopted"   // the payment is booked here now
	HowRefunded How = "refunded"  // a refund of ours has given it back
	HowReturned How = "returned"  // a person has said how much came back outside of this program
	HowNoted    How = "noted"     // explained, by the note alone
	HowBooked   How = "booked"    // a signed query has booked what the bill says
	HowNextBill How = "next-bill" // the bill of the day beside has it
	HowReread   How = "re-read"   // the bill was read again, and nothing differs
)

// Why a difference is not resolved.
var (
	// ErrNoReason means: a person must say why.
	ErrNoReason = errors.New("payment: a reason must be given")
	// ErrNotAsked means: WeChat was not asked about it since it was found.
	ErrNotAsked = errors.New("payment: WeChat must be asked about it first")
)

// takenFor is how long somebody has a difference to themselves.
const takenFor = 30 * time.Minute

// Open reports whether somebody must still look into it.
func (d Difference) Open() bool { return d.Found != (time.Time{}) && d.Resolved.At.IsZero() }

// TakenAt returns who has taken it up at a moment; empty when it lies free.
func (d Difference) TakenAt(now time.Time) string {
	if now.Sub(d.Taken.At) >= takenFor {
		return ""
	}
	return d.Taken.By.Person
}

// A Resolution is how a person ends a difference.
type Resolution struct {
	How     How
	Note    string
	By      By
	Refunds []Refund // of the order, as the ledger has them
}

// Resolve returns a difference that a person has ended. Who approved a refund of its order that has left since it was
// found is ErrOwnRefund, however it is said to have ended: else one person would pay out and explain it. A refund that
// has left keeps its approver, so it may be read before the transaction.
func (d Difference) Resolve(r Resolution, now time.Time) (Difference, Entry, error) {
	switch holder := d.TakenAt(now); {
	case r.By.Person == "":
		return d, Entry{}, ErrNoPerson
	case !d.Open():
		return d, Entry{}, fmt.Errorf("%w: the difference is resolved", ErrConflict)
	case holder != "" && holder != r.By.Person:
		return d, Entry{}, fmt.Errorf("%w: %s looks into it", ErrConflict, holder)
	case r.Note == "":
		return d, Entry{}, ErrNoReason
	case r.How == HowAsked && d.SaidAt.IsZero():
		return d, Entry{}, ErrNotAsked
	}
	switch r.How {
	case HowAsked, HowAdopted, HowRefunded, HowReturned, HowNoted:
	default:
		return d, Entry{}, fmt.Errorf("%w: nobody resolves a difference as %q", ErrConflict, r.How)
	}
	refund := ""
	for _, of := range r.Refunds {
		if !d.EndedBy(of) {
			continue
		}
		if of.Decided.By.Person == r.By.Person {
			return d, Entry{}, ErrOwnRefund
		}
		refund = of.No
	}
	if r.How == HowRefunded {
		if refund == "" {
			return d, Entry{}, fmt.Errorf("%w: no refund of the order has left since", ErrConflict)
		}
		d.Refund = refund
	}
	d.Resolved, d.How, d.Note = Decision{r.By, now}, r.How, r.Note
	return d, d.entry("difference-resolved", r.How+": "+r.Note, r.By), nil
}

// EndedBy reports whether a refund may be what has ended the difference: it is of its order, and has left since.
func (d Difference) EndedBy(r Refund) bool {
	return r.Order == d.Order && r.Left() && !r.SentAt.Before(d.Found)
}

// Settled returns a difference that bills or a signed query have ended by themselves.
func (d Difference) Settled(how How, now time.Time) (Difference, Entry) {
	d.Resolved, d.How = Decision{At: now}, how
	return d, d.entry("difference-resolved", how, By{})
}

// Noticed returns a difference as it is found now, with the life that it had, and what the audit says when it is new.
func (d Difference) Noticed(before Difference, now time.Time) (Difference, Entry) {
	if before.Found.IsZero() {
		d.Found = now
		return d, d.entry("difference-found", fmt.Sprintf("ours %s, the bill's %s", d.Ours, d.Theirs), By{})
	}
	d.Found, d.Taken, d.Resolved, d.How = before.Found, before.Taken, before.Resolved, before.How
	d.Refund, d.Note, d.Said, d.SaidAt = before.Refund, before.Note, before.Said, before.SaidAt
	if d.How == HowReread { // by the bill's word, and now it says otherwise
		d.Resolved, d.How = Decision{}, ""
	}
	return d, Entry{}
}

// entry is what the audit says about a difference.
func (d Difference) entry(event, note string, by By) Entry {
	text := d.MchID + " " + d.Day + " " + string(d.Kind)
	if note != "" {
		text += ": " + note
	}
	return Entry{Order: d.Order, Event: event, Note: text, By: by}
}

// Settled reports whether nothing more is asked for the day: it is known what WeChat says of it, in both bills.
func (s Statement) Settled() bool { return s.Known() && s.FundsWhy == "" }

// Known reports whether it is known what WeChat says of the day's payments.
func (s Statement) Known() bool {
	return s.State == StatementEmpty || s.State == StatementRead && s.Hash != ""
}

// Figures are what the program counts of itself on one day in China: the promises that are measured.
type Figures struct {
	Day    string // 2006-01-02
	Device string
	Counts map[string]int64 `json:",omitzero"` // by what is counted; times in milliseconds
}

// Key is the day and the device.
func (f Figures) Key() string { return f.Day + "/" + f.Device }
