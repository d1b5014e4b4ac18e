// Package counter is what a face may ask of the court's counter: find what a case owes, pay a bill, follow the
// payment, wish something of it (to cancel it, or to have it asked about now), print its receipt, and prove to be the
// payer. The lobby, the clerk's page and the command line speak to it alike.
//
// What crosses the counter are plain values that go through JSON and back, because the same is spoken over a wire to
// machines that may know little: no record of package payment, no name that is not masked, no amount that a face could
// choose, no error but a Refusal.
package counter

import (
	"errors"
	"fmt"
	"time"

	"courtkiosk/app/bill"
	"courtkiosk/app/doctor"
	"courtkiosk/app/receipt"
	"courtkiosk/payment"
)

// A Code says why the counter refuses, or what troubles it. Faces put it into words.
type Code string

// The codes.
const (
	NotFound      Code = "not-found"      // neither court nor ledger knows of it
	OtherCourt    Code = "other-court"    // a case of a court that is not served here
	CourtSilent   Code = "court-silent"   // the court's system gives no answer; what comes with it the ledger knows
	Gone          Code = "gone"           // the court asks for the bill no more
	Missing       Code = "missing"        // the court's newest list leaves the bill out; nobody knows more
	Settled       Code = "settled"        // the court has its money by another way
	Changed       Code = "changed"        // another quote than the one that was confirmed; Refusal.Now holds it
	Paid          Code = "paid"           // an order of this ledger was paid
	PaidElsewhere Code = "paid-elsewhere" // another machine's order was paid
	Elsewhere     Code = "elsewhere"      // another machine's order is open
	Returned      Code = "returned"       // some of the payment came back, or all of it
	Disputed      Code = "disputed"       // money is there that is not what was asked for
	ChangedAfter  Code = "changed-after"  // paid, and the court now asks for another amount
	Resting       Code = "resting"        // an order that never was at WeChat rests before its number is used again
	TryLater      Code = "try-later"      // numbers of the bill were used up at other machines; they are walked over
	Unreachable   Code = "unreachable"    // WeChat does not answer
	Throttled     Code = "throttled"      // WeChat asks for patience
	Unauthorized  Code = "unauthorized"   // WeChat refuses the merchant's signature, or its key is not here
	Unverified    Code = "unverified"     // WeChat's answers are signed by a key that is not believed here
	ClockWrong    Code = "clock"          // this machine's clock and WeChat's are too far apart
	Rejected      Code = "rejected"       // WeChat refuses the request itself
	Away          Code = "ledger-away"    // the ledger's database gives no answer; what is paid is booked after that
	Closed        Code = "closed"         // no new payment is begun; Args["trouble"] says why
	Printed       Code = "printed"        // the receipt was printed, or may have been: a copy needs a proof
	NoReceipt     Code = "no-receipt"     // there is none: not paid, or a clerk must look first
	NotProven     Code = "not-proven"     // a receipt was asked for by a visit that has neither paid nor proven
	TooManyTries  Code = "too-many-tries" // of proving, for this case and today
	Unbelieved    Code = "unbelieved"     // what was presented is no receipt's code, or not believed
	NotHere       Code = "not-here"       // a genuine receipt, of no payment that this ledger knows
	Internal      Code = "internal"       // something that no visitor can mend; the log has it
)

// Codes lists every code.
var Codes = []Code{
	NotFound, OtherCourt, CourtSilent, Gone, Missing, Settled, Changed, Paid, PaidElsewhere, Elsewhere, Returned,
	Disputed, ChangedAfter, Resting, TryLater, Unreachable, Throttled, Unauthorized, Unverified, ClockWrong, Rejected,
	Away, Closed, Printed, NoReceipt, NotProven, TooManyTries, Unbelieved, NotHere, Internal,
}

// Trouble is the key of Refusal.Args that names, of Closed, the trouble: a doctor.Code.
const Trouble = "trouble"

// The troubles that close the service, as Args hold them.
const (
	TroubleLedger       = string(doctor.Ledger)
	TroubleAway         = string(doctor.Away)
	TroubleDisk         = string(doctor.Disk)
	TroubleMoved        = string(doctor.Moved)
	TroubleSucceeded    = string(doctor.Succeeded)
	TroubleClock        = string(doctor.Clock)
	TroubleUnauthorized = string(doctor.Unauthorized)
	TroubleUnverified   = string(doctor.Unverified)
	TroubleNoKey        = string(doctor.NoKey)
	TroubleTwice        = string(doctor.Twice)
)

// A Refusal is the one error that crosses the counter: a code with its arguments. What stands behind it is for the
// log of the machine that it happened on, and does not cross.
type Refusal struct {
	Code Code
	Args map[string]string `json:",omitempty"`
	Now  *Due              `json:",omitempty"` // of Changed: what the court asks now
	Err  error             `json:"-"`
}

func (r *Refusal) Error() string {
	if r.Err == nil {
		return fmt.Sprintf("counter: %s", r.Code)
	}
	return fmt.Sprintf("counter: %s: %v", r.Code, r.Err)
}

func (r *Refusal) Unwrap() error { return r.Err }

// Is reports whether an error is a Refusal of a code.
func Is(err error, c Code) bool {
	r, ok := errors.AsType[*Refusal](err)
	return ok && r.Code == c
}

// A Due is one bill of a case as it stands, the court's word and the ledger's put together, with words that may be
// shown.
type Due struct {
	Bill     string // names the bill to Pay; opaque
	ID       string // names the bill to people who choose by hand: bill.Bill.ID
	Quote    string // what is confirmed by paying; opaque
	State    bill.DueState
	Case     string // canonical, with the suffix of the notice
	Base     string // canonical, without it: what the bills of one case share
	Notice   string // number of the court's notice; empty when it has none
	Item     string
	Purse    bill.Purse
	Amount   payment.Fen // of an open or paid order what it asked for
	Payer    string      // masked
	Payee    string
	Cause    string // of action; empty when it is sensitive
	Remark   string // empty when it tells a sensitive cause
	Relief   bill.Relief
	Deadline time.Time // the last day to pay, midnight in China; zero when unknown
	// DeadlineUnsure says that it was computed, and that a holiday may lie there which is not announced yet.
	DeadlineUnsure bool      `json:",omitzero"`
	Order          string    // number of the order that counts; empty when there is none
	PaidAt         time.Time // of that order; zero when it is not paid
	// Withdrawn says that the court asks for it no more. Unlike a Due of state "nothing" it may have been paid before.
	Withdrawn bool `json:",omitzero"`
	// What the fee schedule says, for a clerk's eyes, when it is something else than the court asks; else zero.
	LawfulFrom, LawfulTo payment.Fen `json:",omitzero"`
}

// A Standing says for which purses new payments may be begun. What is open is followed all the same.
type Standing struct {
	Closed *Refusal                `json:",omitempty"` // of every purse; nil while one is open
	Purses map[bill.Purse]*Refusal `json:",omitempty"` // the purses that are closed
}

// Of returns why no payment to a purse may be begun; nil when one may.
func (s Standing) Of(p bill.Purse) *Refusal {
	if s.Closed != nil {
		return s.Closed
	}
	return s.Purses[p]
}

// An Ask asks to pay one bill as it was shown. Asking again with the same ID opens nothing new.
type Ask struct {
	ID     string // random, kept by the face until it has an answer
	Visit  string // random; the visit whose screen will show the code
	Device string // the kiosk or window; the counter's own when empty
	Bill   string // Due.Bill
	Quote  string // Due.Quote
}

// Progress is how far an order is.
type Progress struct {
	Order         string // number, WeChat's out_trade_no
	Reference     string // local number on slips and screens
	State         payment.State
	Oddity        payment.Oddity
	Returned      payment.ReturnedState // how much of the payment came back
	Elsewhere     bool                  // the order of this number was paid at another machine
	Amount        payment.Fen
	PaidAmount    payment.Fen // what WeChat says was paid
	Code          string      // what the QR says; empty until it is known, and once somebody wishes the order closed
	CreatedAt     time.Time
	Expires       time.Time // the last moment to pay, by WeChat's clock
	PayWithin     time.Duration
	Wished        payment.Source // who wishes it closed; empty when nobody does
	PaidAt        time.Time
	TransactionID string // WeChat's; empty until paid, and to a visit that may not have the receipt

	Asked   time.Time // when WeChat last answered; zero before
	Trouble Code      // why the last question got no answer; empty when it did
	Since   time.Time // since when there is trouble
	Now     time.Time // when this was said, by WeChat's clock
}

// Over reports whether nothing more will be told of the order: WeChat has spoken, or another machine has it.
func (p Progress) Over() bool {
	switch p.State {
	case payment.Paid, payment.Closed, payment.Void, payment.Disputed, payment.Foreign:
		return true
	}
	return false
}

// WishKind is what a visit may wish of an order.
type WishKind string

// The wishes.
const (
	Cancel WishKind = "cancel" // that it be closed
	Leave  WishKind = "leave"  // that it go on without a screen
	Back   WishKind = "back"   // that it be shown again
	Look   WishKind = "look"   // that WeChat be asked now
)

// A Wish is what a visit wishes of an order. A wish of an earlier visit than the last one changes nothing.
type Wish struct {
	Kind  WishKind
	Order string // empty of a Leave before Pay has answered: it stops what Pay waits for
	Visit string
}

// A Proof is what somebody says to prove to hold a payment: the last six digits of WeChat's transaction id.
type Proof struct {
	Order  string // number of the order
	Visit  string // the visit that will ask for the receipt
	Digits string
}

// Tried is what a try to prove a payment has come to.
type Tried struct {
	Yes  bool
	Soon bool          // it came too soon after a wrong one, and was neither counted nor compared
	Left int           // how many more may be made for the case today
	Wait time.Duration // until the next one is heard
}

// A Presented is the signed code of a receipt that somebody holds to a scanner.
type Presented struct {
	Code  string
	Visit string // the visit that may ask for a copy of the receipt from then on
}

// Where is what is known of a payment and of what follows from it. It is no proof of it and names no person; what an
// order's number must not tell stands in it only for a visit that may have the receipt.
type Where struct {
	Order     string
	Reference string
	State     payment.State
	Elsewhere bool      // paid at another machine
	PaidAt    time.Time // zero while it is not known to be paid
	Receipt   Owed
	Report    Owed // to the court
	Returned  payment.ReturnedState
	Said      time.Time // when it was said that some came back; zero when none did
	Refund    Refund    // the newest of our own that stands
	Matched   time.Time // the day whose bill of WeChat's has the payment; zero while that is not known
	Fiscal    Fiscal    // the court's fiscal receipt

	Proven bool        // the visit may have the receipt, and is told what follows
	Case   string      `json:",omitzero"`
	Amount payment.Fen `json:",omitzero"`
	Back   payment.Fen `json:",omitzero"` // how much came back, of part and all
}

// A Refund is how far the court's own giving back is, with the days that are known; zero when nothing is given back.
type Refund struct {
	State   payment.RefundState
	Asked   time.Time
	Sent    time.Time // zero before
	Arrived time.Time // zero before
}

// A Fiscal is the fiscal receipt of a payment, as the court names it. Its numbers, by which anybody could look at it,
// are told only to a visit that has proven to hold the payment.
type Fiscal struct {
	Issued bool
	Day    time.Time // zero when the court does not say
	Number string    `json:",omitzero"`
	Code   string    `json:",omitzero"`
	Check  string    `json:",omitzero"`
}

// Owed is how far a piece of work is that a payment owes; zero when it owes none.
type Owed struct {
	State payment.EffectState
	Since time.Time
	Times int // how often it was handed out
	// of work that is done: a printer has proven the paper, the court has answered; else it was sent, or ended by hand
	Known bool
}

// A Print asks for the facts of a receipt that the face prints itself. It marks the receipt as handed, durably.
type Print struct {
	Order  string
	Visit  string
	Device string
	Copy   bool // one more than may be on paper already; needs a Proof of this visit, or that it has just had the first
}

// Handed is a receipt that a face shall print: facts, signed, with the copy number that stands on it.
type Handed struct {
	Receipt receipt.Receipt
	Try     int                 // how often it was handed, this time included; PrintEnd names it
	Was     payment.EffectState // how it stood before; PrintEnd names it
	Until   time.Time           // when it counts as perhaps printed; PrintEnd names it, it tells this try from another
}

// A PrintEnd says what became of a receipt that was handed to a face; Handed.End makes it of a printer's answer.
type PrintEnd struct {
	Order   string
	Try     int                 // Handed.Try
	Was     payment.EffectState // Handed.Was
	Until   time.Time           // Handed.Until
	Outcome string              // receipt.Outcome; empty when it failed
	Note    string              // what is known of the paper or of the printer's trouble; no personal data
	Failed  bool                // it did not come out, or perhaps not
	Begun   bool                // something was sent to the printer: there may be paper
}
