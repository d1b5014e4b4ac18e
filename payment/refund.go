package payment

import (
	"cmp"
	"crypto/sha256"
	"encoding/base32"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"time"
)

// What WeChat demands of refunds (pay.weixin.qq.com/doc/v3/merchant/4012525104).
const (
	RefundWithin = 365 * 24 * time.Hour // after the payment
	RefundParts  = 50                   // of one order
	RefundApart  = time.Minute          // between two of one order
)

// A Refund is money of one order that we give back to the account that it was paid from. Two persons decide it; from
// the moment that it is sent it is WeChat's, and nobody takes it back.
type Refund struct {
	No       string // WeChat's out_refund_no, see RefundNumber
	Order    string
	Part     int      // 1, 2, … of its order
	Request  string   // the RefundAsk.ID that asked for it
	Merchant Merchant // of the order
	Sum      Fen      // what is given back
	Total    Fen      // what the order was paid, as WeChat wants it named beside Sum
	Reason   string   // why, for the audit; no personal data
	Shown    string   // why, as WeChat shows it to the payer
	Body     []byte   `json:",omitzero"` // the request, stored before its first byte is sent, re-sent byte for byte

	State   RefundState
	Asked   Decision
	Decided Decision  `json:",omitzero"` // approved, refused or withdrawn
	SentAt  time.Time `json:",omitzero"` // when its first byte was about to leave
	HeardAt time.Time `json:",omitzero"` // when WeChat was last asked about it
	Tries   int       `json:",omitzero"` // how often it was sent
	// what it came to last, while it stays approved or sent: WeChat's code or one of ours, in short
	Trouble string `json:",omitzero"`
	ID      string `json:",omitzero"` // WeChat's refund_id
	// WeChat's create_time; zero of one that WeChat has not taken on, as far as it is known
	AcceptedAt time.Time `json:",omitzero"`
	KnownAt    time.Time `json:",omitzero"` // when this ledger heard of that
	ArrivedAt  time.Time `json:",omitzero"` // WeChat's success_time
	ChangedAt  time.Time // given by the ledger
}

// A Decision is what a person has decided, and when.
type Decision struct {
	By By
	At time.Time
}

// RefundState is where a refund stands.
type RefundState string

// The states of a refund.
const (
	RefundAsked     RefundState = "asked"     // by one person
	RefundApproved  RefundState = "approved"  // by another; nothing has left this machine
	RefundRefused   RefundState = "refused"   // by another
	RefundWithdrawn RefundState = "withdrawn" // before it was sent
	RefundSent      RefundState = "sent"      // it may have left; whatever an unsigned answer says, it stays so
	RefundAccepted  RefundState = "accepted"  // a signed query said PROCESSING
	RefundDone      RefundState = "done"      // SUCCESS: the money is the payer's again
	RefundAbnormal  RefundState = "abnormal"  // ABNORMAL: the payer's account takes it not, and it has left ours
	RefundClosed    RefundState = "closed"    // CLOSED: it was never carried out, and its number is burnt
)

// RefundEvent is what moves a refund along an edge of RefundGraph.
type RefundEvent string

// The events of a refund's life.
const (
	AsksRefund      RefundEvent = "refund-asked"
	ApprovesRefund  RefundEvent = "refund-approved"
	RefusesRefund   RefundEvent = "refund-refused"
	WithdrawsRefund RefundEvent = "refund-withdrawn"
	SendsRefund     RefundEvent = "refund-sent"
	SaidProcessing  RefundEvent = "refund-said-processing"
	SaidSuccess     RefundEvent = "refund-said-success"
	SaidAbnormal    RefundEvent = "refund-said-abnormal"
	SaidEnded       RefundEvent = "refund-said-closed"
	RestoresRefund  RefundEvent = "refund-restored"
)

// A RefundEdge is one way a refund can change its state.
type RefundEdge struct {
	From  RefundState
	Event RefundEvent
	To    RefundState
}

// RefundGraph lists every edge of a refund's life; what is not listed cannot happen. The picture in
// assets/docs/proofs.md is rendered from it.
var RefundGraph = []RefundEdge{
	{"", AsksRefund, RefundAsked},
	{RefundAsked, ApprovesRefund, RefundApproved},
	{RefundAsked, RefusesRefund, RefundRefused},
	{RefundAsked, WithdrawsRefund, RefundWithdrawn},
	{RefundApproved, WithdrawsRefund, RefundWithdrawn},
	{RefundApproved, SendsRefund, RefundSent},
	{RefundApproved, RestoresRefund, RefundAsked}, // it may have been withdrawn since
	{RefundSent, SaidProcessing, RefundAccepted},
	{RefundSent, SaidSuccess, RefundDone},
	{RefundSent, SaidAbnormal, RefundAbnormal},
	{RefundSent, SaidEnded, RefundClosed},
	{RefundAccepted, SaidSuccess, RefundDone},
	{RefundAccepted, SaidAbnormal, RefundAbnormal},
	{RefundAccepted, SaidEnded, RefundClosed},
	{RefundAbnormal, SaidProcessing, RefundAccepted}, // it was sent to another account, at the merchant platform
	{RefundAbnormal, SaidSuccess, RefundDone},
	{RefundAbnormal, SaidEnded, RefundClosed},
}

// AllowedRefund reports whether the edge is in the RefundGraph.
func AllowedRefund(e RefundEdge) bool { return slices.Contains(RefundGraph, e) }

// A RefundTransitionError says that an edge is not in the RefundGraph.
type RefundTransitionError struct {
	Refund string
	RefundEdge
}

func (e *RefundTransitionError) Error() string {
	return fmt.Sprintf("payment: refund %s cannot go from %q by %s to %q", e.Refund, e.From, e.Event, e.To)
}

// Stands returns nil when a refund may change so; before is zero of a new one.
func (c RefundChange) Stands(before Refund) error {
	e := RefundEdge{before.State, c.Event, c.Refund.State}
	switch {
	case before.No != "" && (c.Refund.No != before.No || c.Refund.Order != before.Order):
	case c.Event == "" && e.From == e.To && before.No != "", c.Event != "" && AllowedRefund(e):
		return nil
	}
	return &RefundTransitionError{c.Refund.No, e}
}

// Entry is what the audit says of the change.
func (c RefundChange) Entry() Entry {
	return Entry{Order: c.Refund.Order, Event: cmp.Or(string(c.Event), "refund-noted"), Note: c.Note, By: c.By}
}

// Final reports whether nothing more comes of the refund.
func (r Refund) Final() bool {
	switch r.State {
	case RefundRefused, RefundWithdrawn, RefundDone, RefundClosed:
		return true
	}
	return false
}

// Counts reports whether the refund's sum counts against what was paid: it came back, or it still may.
func (r Refund) Counts() bool {
	switch r.State {
	case RefundRefused, RefundWithdrawn, RefundClosed:
		return false
	}
	return true
}

// Left reports whether the refund may have left this machine.
func (r Refund) Left() bool { return r.Counts() && r.State != RefundAsked && r.State != RefundApproved }

// Billed returns when WeChat has taken the refund on: the trade bill of that day in China has it, whatever becomes of
// it. It is zero of one that WeChat is not known to have taken on, or has never carried out.
func (r Refund) Billed() time.Time {
	switch r.State {
	case RefundAccepted, RefundDone, RefundAbnormal:
	default:
		return time.Time{}
	}
	if r.AcceptedAt.IsZero() { // of before that was asked for
		return r.SentAt
	}
	return r.AcceptedAt
}

// RefundNumber returns WeChat's out_refund_no of a part of an order, 32 characters of A-Z and 2-7. It is a hash, so
// that a ledger that has lost a refund asks for it by the same number again, and WeChat gives the money back once.
func RefundNumber(order string, part int) string {
	h := sha256.New()
	for _, s := range []string{"courtkiosk refund v1", order, strconv.Itoa(part)} {
		h.Write([]byte(strconv.Itoa(len(s)) + ":" + s))
	}
	return base32.StdEncoding.EncodeToString(h.Sum(nil)[:20])
}

// Refunding is what an order knows of its refunds.
type Refunding struct {
	Parts int `json:",omitzero"` // asked for, whatever became of them
	Sent  Fen `json:",omitzero"` // may have left this machine, and was not closed at WeChat
	Done  Fen `json:",omitzero"` // came back
}

// Refunded is an order and its refunds, as a rule sees them.
type Refunded struct {
	Order   Order
	Others  []Order  // of the order's bill
	Refunds []Refund // of the order, oldest first
	Staff   Staff    // who may have decided, or may decide
}

// A RefundChange is what a rule decides of a refund: the refund as it becomes, the edge that it walks, and what that
// changes of the order. One that changes neither writes nothing.
type RefundChange struct {
	Refund Refund
	Event  RefundEvent
	Order  Change // its By and Note are the refund's, unless it walks an edge of its own
	Note   string // for the audit: facts, no personal data
	By     By
}

// What a refund is refused for.
var (
	// ErrNoPerson means: nobody has said who decides it.
	ErrNoPerson = errors.New("payment: a person must be named")
	// ErrSamePerson means: who has asked for a refund cannot approve or refuse it.
	ErrSamePerson = errors.New("payment: another person must decide it than the one who asked")
	// ErrSameSigner means: who has made a closing cannot be its second signer. It is an ErrSamePerson.
	ErrSameSigner = fmt.Errorf("%w, and a closing has two signers", ErrSamePerson)
	// ErrOwnRefund means: who has approved the refund cannot end the difference that it explains. It is an
	// ErrSamePerson.
	ErrOwnRefund = fmt.Errorf("%w, and who approves a refund does not end its difference", ErrSamePerson)
	// ErrRefundSum means: more than is left of the payment, or less than one fen.
	ErrRefundSum = errors.New("payment: not a sum that is left of the payment")
	// ErrRefundUnknown means: WeChat says that some of the payment came back, and how much is not known.
	ErrRefundUnknown = errors.New("payment: some of it came back already, and how much is not known")
	// ErrRefundLate means: WeChat gives nothing back of a payment that is older than RefundWithin.
	ErrRefundLate = errors.New("payment: the payment is too old to be given back")
	// ErrRefundParts means: WeChat takes RefundParts refunds of one order.
	ErrRefundParts = errors.New("payment: too many refunds of one order")
	// ErrRefundSoon means: the last refund of the order was sent less than RefundApart ago.
	ErrRefundSoon = errors.New("payment: another refund of the order was sent a moment ago")
)

// A RefundAsk is what a person asks to be given back.
type RefundAsk struct {
	ID     string // names this asking, so that it may be repeated after a lost answer
	Sum    Fen
	Reason string
	Shown  string
	By     By
}

// Ask returns the refund that a person asks for, or says why there is none.
func (of Refunded) Ask(a RefundAsk, now time.Time) (RefundChange, error) {
	o := of.Order
	switch {
	case a.By.Person == "":
		return RefundChange{}, ErrNoPerson
	case o.State != Paid && o.State != Disputed || !o.whole():
		return RefundChange{}, fmt.Errorf("%w: it is %s, and no payment that can be given back", ErrConflict, o.State)
	case a.Sum < 1 || a.Sum > of.left():
		return RefundChange{}, fmt.Errorf("%w: %s of %s", ErrRefundSum, a.Sum, max(0, of.left()))
	}
	if err := of.refundable(now); err != nil {
		return RefundChange{}, err
	}
	o.Refunding.Parts++
	r := Refund{
		No: RefundNumber(o.No, o.Refunding.Parts), Order: o.No, Part: o.Refunding.Parts, Request: a.ID,
		Merchant: o.Merchant, Sum: a.Sum, Total: o.PaidAmount, Reason: a.Reason, Shown: a.Shown,
		State: RefundAsked, Asked: Decision{a.By, now},
	}
	return RefundChange{Refund: r, Event: AsksRefund, Order: Change{Order: o}, Note: r.note(a.Reason), By: a.By}, nil
}

// left is what can still be asked for: what was paid, less what came back outside of this program, less what our own
// refunds count.
func (of Refunded) left() Fen {
	left := of.Order.PaidAmount - (of.Order.Returned.Sum - of.Order.Refunding.Done)
	for _, r := range of.Refunds {
		if r.Counts() {
			left -= r.Sum
		}
	}
	return left
}

// refundable says why WeChat would give nothing back of the order, or why nobody can know what.
func (of Refunded) refundable(now time.Time) error {
	sent := 0
	for _, r := range of.Refunds {
		if !r.SentAt.IsZero() {
			sent++
		}
	}
	switch {
	case of.Order.Returned.State == SomeReturned:
		return ErrRefundUnknown
	case now.After(of.Order.PaidAt.Add(RefundWithin)):
		return fmt.Errorf("%w: paid %s", ErrRefundLate, of.Order.PaidAt.In(China).Format(time.DateOnly))
	case sent >= RefundParts:
		return ErrRefundParts
	}
	return nil
}

// affordable says why a refund that was asked for may not go on: some came back outside of this program since.
func (of Refunded) affordable(now time.Time) error {
	if err := of.refundable(now); err != nil {
		return err
	}
	if left := of.left(); left < 0 {
		return fmt.Errorf("%w: %s too much", ErrRefundSum, -left)
	}
	return nil
}

// Approve returns the refund once another person wants it, too.
func (of Refunded) Approve(r Refund, by By, now time.Time) (RefundChange, error) {
	if err := r.decidable(by); err != nil {
		return RefundChange{}, err
	}
	if err := of.affordable(now); err != nil {
		return RefundChange{}, err
	}
	return r.decide(RefundApproved, ApprovesRefund, "", by, now), nil
}

// Refuse returns the refund once another person does not want it.
func (of Refunded) Refuse(r Refund, reason string, by By, now time.Time) (RefundChange, error) {
	if err := r.decidable(by); err != nil {
		return RefundChange{}, err
	}
	return r.decide(RefundRefused, RefusesRefund, reason, by, now), nil
}

// Withdraw returns the refund once a person, also the one who asked, has taken it back. What was sent stays sent.
func (of Refunded) Withdraw(r Refund, reason string, by By, now time.Time) (RefundChange, error) {
	switch {
	case by.Person == "":
		return RefundChange{}, ErrNoPerson
	case r.State != RefundAsked && r.State != RefundApproved:
		return RefundChange{}, fmt.Errorf("%w: the refund is %s", ErrConflict, r.State)
	}
	return r.decide(RefundWithdrawn, WithdrawsRefund, reason, by, now), nil
}

// decidable says why a person may not decide about a refund.
func (r Refund) decidable(by By) error {
	switch {
	case by.Person == "":
		return ErrNoPerson
	case r.State != RefundAsked:
		return fmt.Errorf("%w: the refund is %s", ErrConflict, r.State)
	case by.Person == r.Asked.By.Person:
		return ErrSamePerson
	}
	return nil
}

func (r Refund) decide(to RefundState, e RefundEvent, reason string, by By, now time.Time) RefundChange {
	r.State, r.Decided = to, Decision{by, now}
	return RefundChange{Refund: r, Event: e, Note: r.note(reason), By: by}
}

// Send returns an approved refund as it must be stored before its first byte leaves; body is the request. One that was
// sent already may be sent again, as it is.
func (of Refunded) Send(r Refund, body []byte, now time.Time) (RefundChange, error) {
	if r.State != RefundApproved {
		return RefundChange{}, fmt.Errorf("%w: the refund is %s", ErrConflict, r.State)
	}
	if err := of.affordable(now); err != nil {
		return RefundChange{}, err
	}
	for _, other := range of.Refunds {
		if !other.SentAt.IsZero() && now.Before(other.SentAt.Add(RefundApart)) {
			return RefundChange{}, ErrRefundSoon
		}
	}
	o := of.Order
	o.Refunding.Sent += r.Sum
	r.State, r.Body, r.SentAt, r.HeardAt, r.Trouble = RefundSent, body, now, time.Time{}, ""
	return RefundChange{Refund: r, Event: SendsRefund, Order: Change{Order: o}, Note: r.note("")}, nil
}

// Restored returns a refund that came from a backup: one that was approved then may have been withdrawn since, and
// waits for another approval.
func (r Refund) Restored() RefundChange {
	if r.State != RefundApproved {
		return RefundChange{Refund: r}
	}
	r.State, r.Decided = RefundAsked, Decision{}
	return RefundChange{Refund: r, Event: RestoresRefund, Note: r.note("from a backup")}
}

// Tried returns a refund after its request was sent once more, or WeChat was asked about it, and what that came to; an
// approved one, why it may not be sent.
func (r Refund) Tried(sent bool, trouble string, now time.Time) RefundChange {
	switch r.State {
	case RefundApproved, RefundSent, RefundAccepted, RefundAbnormal:
	default:
		return RefundChange{Refund: r}
	}
	if sent {
		r.Tries++
	}
	r.HeardAt, r.Trouble = now, trouble
	return RefundChange{Refund: r}
}

// note is how the audit names a refund.
func (r Refund) note(reason string) string {
	text := fmt.Sprintf("part %d, %s", r.Part, r.Sum)
	if reason != "" {
		text += ": " + reason
	}
	return text
}
