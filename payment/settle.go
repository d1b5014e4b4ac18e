package payment

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"time"
)

// The times that the rules keep, from WeChat's rules and DESIGN.
const (
	// RecreateUntil is how long before time_expire a create is no longer repeated: WeChat raises a
	// time_expire that is less than a minute away, and the body would no longer say what was stored.
	RecreateUntil = 60 * time.Second
	// Grace is how long after time_expire a payment that was begun in time may still show up.
	Grace = 5 * time.Second
	// MaxPayWithin is the longest time to pay that a machine may give. Another machine's order is left alone for it,
	// however short our own is.
	MaxPayWithin = 30 * time.Minute
	// WatchedFor is how long an order counts as watched after somebody was last known to wait for it.
	WatchedFor = time.Minute
)

// China is the time zone of every court and of WeChat Pay, UTC+8 without summer time.
var China = time.FixedZone("Asia/Shanghai", 8*60*60)

// A BlockedError says that a bill has an order that forbids a new attempt.
type BlockedError struct{ Order Order }

func (e *BlockedError) Error() string {
	return fmt.Sprintf("payment: order %s of this bill is %s", e.Order.No, e.Order.State)
}

// A TransitionError says that an edge is not in the Graph.
type TransitionError struct {
	Order string
	Edge
}

func (e *TransitionError) Error() string {
	return fmt.Sprintf("payment: order %s cannot go from %q by %s to %q", e.Order, e.From, e.Event, e.To)
}

// ErrNoAnswer means: the report is about another order or another merchant, which is no answer at all.
var ErrNoAnswer = fmt.Errorf("%w: the answer is for another order", ErrUnknown)

// ErrAmount means: a request for less than one fen.
var ErrAmount = errors.New("payment: amount must be at least one fen")

// Next returns the order of the next attempt at r's bill, or a *BlockedError. An attempt that became Void never
// existed at WeChat, so its number is used again: a machine that cannot see us would begin with the same one. Attempts
// are counted by merchant, for the same reason.
func Next(r Request, earlier []Order, o Order, now time.Time) (Order, error) {
	if r.Amount < 1 {
		return Order{}, ErrAmount
	}
	attempt := 1
	for _, e := range earlier {
		if e.Blocks() || r.VoidRest > 0 && e.State == Void && now.Before(e.ChangedAt.Add(r.VoidRest)) {
			return Order{}, &BlockedError{e}
		}
		if e.Spent() && e.Merchant.MchID == r.Merchant.MchID {
			attempt = max(attempt, e.Attempt+1)
		}
	}
	return r.attempt(attempt, o, now), nil
}

// attempt returns the order of one attempt.
func (r Request) attempt(n int, o Order, now time.Time) Order {
	o.No, o.Key, o.Attempt = r.Key.Number(r.Merchant, n), r.Key, n
	o.Request, o.Visit, o.WatchedUntil = r.ID, r.Visit, now.Add(WatchedFor)
	o.Merchant, o.Amount, o.Title = r.Merchant, r.Amount, r.Title
	o.Labels, o.Details, o.Owed, o.OwedTwin, o.OwedBack = r.Labels, r.Details, r.Owed, r.OwedTwin, r.OwedBack
	o.State, o.CreatedAt = Created, now
	o.Expires = now.Add(o.PayWithin).In(China).Truncate(time.Second)
	return o
}

// Code returns the order once WeChat has answered a create with a code URL.
func (o Order) Code(url string) Change {
	if o.State != Created || url == "" {
		return Change{Order: o}
	}
	o.State, o.CodeURL = Waiting, url
	return Change{Order: o, Event: Coded}
}

// AskClose returns the order once somebody wishes that nobody shall pay it any more. It closes nothing: only a query
// does. The first wish stays that nobody withdraws; what a visit wishes of an order that another visit has joined since
// changes nothing.
func (o Order) AskClose(w Wish) Change {
	if o.Final() || w.Source == ByVisit && w.Visit != o.Visit {
		return Change{Order: o}
	}
	note := "wished by " + string(w.Source)
	if o.Unwanted != (Wish{}) && o.State == Waiting {
		note = "wished by " + string(o.Unwanted.Source) + " before the code was known"
	}
	if o.outlives(w) {
		o.Unwanted = w
	}
	if o.State != Waiting {
		return Change{Order: o, Note: note}
	}
	o.State = Closing
	return Change{Order: o, Event: CloseAsked, Note: note}
}

// Leave returns the order once a visit has left its screen. Of an earlier visit than the last one it changes nothing.
func (o Order) Leave(visit string) Change {
	if !o.Final() && visit == o.Visit {
		o.Left, o.WatchedUntil = true, time.Time{}
	}
	return Change{Order: o, Note: "visitor left"}
}

// Join returns the order once another visit, or the same one again, stands before it. request is what it asks by;
// empty of one that asks for no new order.
func (o Order) Join(visit, request string, now time.Time) Change {
	if !o.Final() {
		o.Visit, o.Left, o.WatchedUntil = visit, false, now.Add(WatchedFor)
		o.Request = cmp.Or(request, o.Request)
	}
	return Change{Order: o, Note: "visitor back"}
}

// Watch returns the order while somebody goes on waiting for it.
func (o Order) Watch(now time.Time) Change {
	if !o.Final() {
		o.WatchedUntil = now.Add(WatchedFor)
	}
	return Change{Order: o, Note: "watched"}
}

// heldAs refuses a follower that may not speak any more for the order, which stood as as when it took it up: it follows
// another incarnation, or its lease was given to another machine. What WeChat has signed needs no such right.
func (o Order) heldAs(as Order) error {
	switch {
	case !bytes.Equal(o.Body, as.Body):
		return fmt.Errorf("%w: the number is another order's now", ErrConflict)
	case o.Lease.Holder != as.Lease.Holder || o.Lease.Fence != as.Lease.Fence:
		return fmt.Errorf("%w: another machine follows the order", ErrConflict)
	}
	return nil
}

// Refuse returns the order once WeChat has refused to create it, or was not yet asked to, and yet holds an unpaid order
// of its number: the number is another machine's.
func (o Order) Refuse(now time.Time) Change {
	if o.State != Created {
		return Change{Order: o}
	}
	o.State = Foreign
	if o.NotPaidAt.IsZero() {
		o.NotPaidAt = now
	}
	return Change{Order: o, Event: Refused}
}

// Absent returns the order once every host said that it does not exist. That ends only an order whose
// code nobody was shown, whose time is over and which no signed answer has ever named: a create may still be under
// way, and error answers are not signed.
func (o Order) Absent(now time.Time) Change {
	if o.State != Created || !o.NotPaidAt.IsZero() || !o.timeIsOver(now) {
		return Change{Order: o}
	}
	o.State = Void
	return Change{Order: o, Event: SaidAbsent}
}

// Apply returns the order after a verified answer to a query, and the work that follows from it. Money counts
// whatever we were doing: a payment that overtakes a close, or follows it, is still a payment. Applying
// an answer twice equals applying it once. others are the other orders of the bill.
func (o Order) Apply(r Reported, others []Order, now time.Time) (Change, error) {
	if !r.names(o) {
		if r.Flaw != "" && r.mayName(o) && o.State != Paid && o.State != Disputed && !o.PaidElsewhere() {
			return o.suspect(r), nil
		}
		return Change{}, ErrNoAnswer
	}
	switch r.State {
	case TradeSuccess, TradeRefund:
		return o.settle(r, others, now), nil
	case TradeClosed:
		return o.close(), nil
	}
	if (o.State == Created || o.State == Foreign) && o.NotPaidAt.IsZero() && !o.Final() {
		o.NotPaidAt = now
	}
	return Change{Order: o}, nil
}

// MayClose reports whether this machine may ask WeChat to close the order. An order whose code is not known here
// may be another machine's: its visitor has the longest time that any machine gives, since it was first seen unpaid.
func (o Order) MayClose(now time.Time) bool {
	switch o.State {
	case Waiting, Closing:
		return true
	case Created, Foreign:
		return !o.NotPaidAt.IsZero() && now.After(o.NotPaidAt.Add(MaxPayWithin)) &&
			(o.State == Foreign || o.timeIsOver(now))
	}
	return false
}

// Recreates reports whether the stored create may be sent, once more or for the first time.
func (o Order) Recreates(now time.Time) bool {
	return o.State == Created && now.Before(o.Expires.Add(-RecreateUntil))
}

// timeIsOver reports whether no payment that was begun in time can still show up.
func (o Order) timeIsOver(now time.Time) bool { return now.After(o.Expires.Add(Grace)) }

// names reports whether the answer is about o at all.
func (r Reported) names(o Order) bool { return r.No == o.No && r.MchID == o.Merchant.MchID }

func (o Order) close() Change {
	if o.Final() {
		return Change{Order: o}
	}
	o.State = Closed
	return Change{Order: o, Event: SaidClosed}
}

func (o Order) settle(r Reported, others []Order, now time.Time) Change {
	note := ""
	if o.PaidElsewhere() && o.PaidTo == "" && r.Attach != "" { // stored when nobody asked to whom
		o.PaidTo, note = r.Attach, "paid to "+r.Attach
	}
	if o.State == Disputed {
		if c := o.complete(r, others, now); c.Event != "" {
			return c
		}
	}
	if o.received() {
		if r.State == TradeRefund {
			return o.refunded(now)
		}
		return Change{Order: o, Note: note}
	}
	from := o.State
	if r.Flaw != "" && from != Waiting && from != Closing && r.Attach != o.Attach {
		return o.suspect(r)
	}
	o.TransactionID, o.PaidAt, o.PaidAmount = r.TransactionID, r.PaidAt, r.yuan()
	if r.State == TradeRefund {
		o.Returned = Returned{State: SomeReturned, At: now} // kept through disputed and foreign, whatever a clerk says
	}
	// While waiting or closing the create was answered with a code: every parameter is ours, attach included.
	if from != Waiting && from != Closing {
		if r.Attach != o.Attach {
			o.State, o.PaidTo = Foreign, r.Attach
			if r.AppID != o.Merchant.AppID {
				o.PaidAmount = 0 // not ours
			}
			return Change{Order: o, Event: PaidByOther}
		}
		// A code is shown after it is durable. Who could pay without one here saw it when this ledger was another.
		o.Recovered = o.Recovered || o.CodeURL == ""
	}
	if difference := o.difference(r); difference != "" {
		o.State, o.ByHand = Disputed, false // it is a clerk's now, whoever had it in hand before
		c := Change{Order: o, Event: SaidDifferent, Note: difference, Owed: attention(difference)}
		if r.Flaw != "" {
			c.Note = r.flawed()
		}
		return c
	}
	if r.State == TradeRefund {
		return o.book(SaidRefunded, from, others)
	}
	return o.book(SaidPaid, from, others)
}

// book returns the order as paid and what is owed for that. A second payment of its bill is never reported as
// the bill's, for one of which some came back nothing is done before it is known how much, and what a lost ledger may
// have done already is only offered.
func (o Order) book(e Event, from State, others []Order) Change {
	oddity := o.oddity(from, others)
	kinds, note := o.Owed, ""
	if oddity == SecondPayment {
		kinds, note = o.OwedTwin, "second payment of a bill"
	}
	o.State, o.Oddity = Paid, oddity
	owed := owe(kinds, o.owes(), o.Recovered)
	switch {
	case note != "" && from == Disputed: // which owes an Attention already
		owed = append(owed, Effect{Kind: AttentionSecond, State: Owed, Note: note})
	case note != "":
		owed = append(owed, attention(note)...)
	}
	switch {
	case o.Returned.State == SomeReturned:
		owed = append(owed, Effect{Kind: AttentionRefund, State: Owed, Note: noteReturned})
		note = cmp.Or(note, noteReturned)
	case o.Returned.Some() && oddity != SecondPayment: // said while it was disputed, or another machine's
		owed = append(owed, owe(o.OwedBack, Owed, false)...)
	}
	return Change{Order: o, Event: e, Owed: owed, Note: note}
}

// Adopt returns another machine's paid order as ours: that machine's ledger is lost, and a payment must not stay
// unbooked. That machine may have printed its receipt. others are the other orders of the bill.
func (o Order) Adopt(others []Order) Change {
	if !o.PaidElsewhere() {
		return Change{Order: o}
	}
	o.Recovered, o.ByHand = true, false
	if o.PaidAmount == 0 {
		note := "adopted, but paid in another currency or for another appid"
		o.State = Disputed
		return Change{Order: o, Event: SaidDifferent, Note: note, Owed: attention(note)}
	}
	o.Amount = o.PaidAmount // what that machine asked for
	return o.book(Adopted, Foreign, others)
}

// difference says in what the paid order is not the one that we asked for; empty when it is.
func (o Order) difference(r Reported) string {
	switch {
	case r.Flaw != "":
		return r.Flaw
	case r.AppID != o.Merchant.AppID:
		return "appid differs"
	case r.Currency != "CNY":
		return fmt.Sprintf("currency differs: paid %s %s", r.Amount, r.Currency)
	case r.Amount != o.Amount:
		return fmt.Sprintf("asked for %s, paid %s", o.Amount, r.Amount)
	}
	return ""
}

func (o Order) oddity(from State, others []Order) Oddity {
	_, held := holder(others)
	switch {
	case held:
		return SecondPayment
	case from == Closed:
		return AfterClosed
	case from == Closing:
		return WhileClosing
	case o.Left:
		return AfterLeft
	}
	return None
}

// owe returns what is owed. What may have been done before counts as tried once: on paper the next one is a copy.
func owe(kinds []string, s EffectState, before bool) []Effect {
	var effects []Effect
	for _, kind := range kinds {
		e := Effect{Kind: kind, State: s}
		if before {
			e.Tries, e.Note = 1, "may have been done before the ledger was lost"
		}
		effects = append(effects, e)
	}
	return effects
}

func attention(why string) []Effect {
	return []Effect{{Kind: Attention, State: Owed, Note: why}}
}
