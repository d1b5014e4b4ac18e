package payment

import (
	"errors"
	"fmt"
	"time"
)

// How much of a payment came back to its payer. WeChat's REFUND says that some did, and never how much.
const (
	NothingReturned ReturnedState = "" // as far as anybody has said
	SomeReturned    ReturnedState = "unknown"
	PartReturned    ReturnedState = "part"
	AllReturned     ReturnedState = "all"
)

// ReturnedState is how much of a payment came back.
type ReturnedState string

// Returned is what is known of the money of an order that was given back outside of this program. It is no state of the
// order, which was paid all the same, and no oddity of the payment.
type Returned struct {
	State ReturnedState `json:",omitzero"`
	Sum   Fen           `json:",omitzero"` // of part and all
	Told  Fen           `json:",omitzero"` // how much of Sum the court was told of
	Ours  Fen           `json:",omitzero"` // how much of Told was given back by refunds of this program
	By    By            `json:",omitzero"` // who says so; zero when WeChat does
	At    time.Time     `json:",omitzero"` // when it was said
}

// Some reports whether any of the money came back.
func (r Returned) Some() bool { return r.State != NothingReturned }

// All reports whether it is known that all of the money came back.
func (r Returned) All() bool { return r.State == AllReturned }

// AttentionRefund is the work of a clerk about a payment of which some came back: only a person can say how much.
const AttentionRefund = Attention + "/refund"

// The notes of work that waits for a person's word on how much came back, and of that word.
const (
	noteReturned = "some of it came back outside of this program; how much is not known"
	noteKnown    = "how much came back is known"
)

// What a person's word on how much came back is refused for.
var (
	// ErrNotReturned means: WeChat has not said that any of it came back, so that nobody can say how much.
	ErrNotReturned = errors.New("payment: WeChat has not said that any of it came back")
	// ErrReturnedSum means: the sum is not part of the payment, or less than what was said before.
	ErrReturnedSum = errors.New("payment: not a part of the payment that may have come back")
	// ErrReturnedUntold means: the court was not told of the sum that was said before.
	ErrReturnedUntold = errors.New("payment: the court has not heard of the sum that was said before")
	// ErrReturnedOpen means: a refund of ours is under way. Whether a sum that a person says holds it nobody can tell.
	ErrReturnedOpen = errors.New("payment: a refund of it is under way; say it once its end is known")
)

// received reports whether WeChat has money for the order, whoever asked for it.
func (o Order) received() bool { return o.State == Paid || o.State == Disputed || o.PaidElsewhere() }

// refunded returns an order that was paid before once WeChat says REFUND of it: what is still owed for the payment
// waits until somebody has said how much came back. Where a refund of ours may have left, REFUND says nothing else.
func (o Order) refunded(now time.Time) Change {
	if o.Returned.Some() || o.Refunding.Sent > 0 {
		return Change{Order: o}
	}
	o.Returned = Returned{State: SomeReturned, At: now}
	c := Change{Order: o, Note: noteReturned}
	if o.State == Foreign {
		return c // it is owed there
	}
	c.Owed = []Effect{{Kind: AttentionRefund, State: Owed, Note: noteReturned}}
	if o.State == Paid {
		c.Turns = o.turn(Owed, Held, noteReturned)
	}
	return c
}

// Return returns the order once a person says how much of its money came back: all of it, or a part. Only what WeChat
// calls REFUND came back at all, and what came back stays so. The bill of a payment that came back as a whole is open
// again. What was held for lack of the sum is owed again after a part; after all of it nothing is owed by itself.
func (o Order) Return(all bool, part Fen, reason string, by By, now time.Time) (Change, error) {
	return o.returns(all, part, reason, by, now, o.Oddity != SecondPayment)
}

// returns is Return. hears is whether the court is told of what comes back: it hears of no second payment, and of none
// that it has refused. Else a sum must be told before the next one may be said.
func (o Order) returns(all bool, part Fen, reason string, by By, now time.Time, hears bool) (Change, error) {
	said := o.Returned
	said.State, said.Sum, said.By, said.At = PartReturned, part, by, now
	if all {
		said.State, said.Sum = AllReturned, o.PaidAmount
	}
	was := o.Returned
	switch {
	case !o.received() || !was.Some():
		return Change{}, ErrNotReturned
	case said.State == was.State && said.Sum == was.Sum:
		return Change{Order: o}, nil
	case o.Refunding.Sent > o.Refunding.Done:
		return Change{}, ErrReturnedOpen
	case !all && (part < 1 || part >= o.PaidAmount), was.All(), said.Sum < max(was.Sum, o.Refunding.Done):
		return Change{}, fmt.Errorf("%w: %s of %s, said before: %s", ErrReturnedSum, said.Sum, o.PaidAmount,
			max(was.Sum, o.Refunding.Done))
	case hears && o.State == Paid && len(o.OwedBack) > 0 && was.Sum > was.Told:
		return Change{}, ErrReturnedUntold
	}
	o.Returned = said
	c := Change{Order: o, By: by, Note: fmt.Sprintf("returned %s, %s: %s", said.State, said.Sum, reason)}
	c.Turns = []Turn{{AttentionRefund, Owed, Done, noteKnown}, {AttentionRefund, Doubtful, Done, noteKnown}}
	if o.State == Paid {
		c = o.oweBack(c)
	}
	return c, nil
}

// oweBack adds what a booked order owes once it is known how much came back.
func (o Order) oweBack(c Change) Change {
	if o.Returned.State == PartReturned {
		again := Owed
		if o.Recovered {
			again = Doubtful
		}
		c.Turns = append(c.Turns, o.turn(Held, again, noteKnown)...)
	}
	if o.Oddity == SecondPayment {
		return c // no court was told of it
	}
	for _, kind := range o.OwedBack { // a second sum is told by the work of the first
		c.Turns = append(c.Turns, Turn{Kind: kind, From: Done, To: Owed}, Turn{Kind: kind, From: Held, To: Owed})
	}
	c.Owed = append(c.Owed, owe(o.OwedBack, Owed, false)...)
	return c
}

// Told returns the order once the court has answered to what came back of it, as the order stood when it was told.
func (o Order) Told(as Order) Change {
	o.Returned.Told = max(o.Returned.Told, as.Returned.Sum)
	o.Returned.Ours = max(o.Returned.Ours, as.Refunding.Done)
	return Change{Order: o, Note: fmt.Sprintf("court told of %s returned", as.Returned.Sum)}
}

// turn moves all that follows from the payment.
func (o Order) turn(from, to EffectState, note string) (turns []Turn) {
	kinds := o.Owed
	if o.Oddity == SecondPayment {
		kinds = o.OwedTwin
	}
	for _, kind := range kinds {
		turns = append(turns, Turn{Kind: kind, From: from, To: to, Note: note})
	}
	return turns
}

// refundedOutside is the oddity by which ledgers of an older version call an order of which some came back.
const refundedOutside = "refunded-outside"

// Modern returns an order that was read from a ledger as it is written today.
func (o Order) Modern() Order {
	if o.Oddity == refundedOutside {
		o.Oddity, o.Returned = None, Returned{State: SomeReturned, At: o.ChangedAt}
	}
	return o
}
