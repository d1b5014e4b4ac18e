package payment

import "time"

// AttentionSecond is the work of a clerk about a payment that was disputed, and turns out to be the second of its bill.
// The dispute's own Attention stands beside it, and ends by itself.
const AttentionSecond = Attention + "/second"

// Accept returns a disputed order as paid, and a second payment as its bill's once no other order of the bill holds
// money: a clerk has looked at it. others are the other orders of the bill. A disputed one whose amount, time or
// transaction id WeChat has not said stays as it is: no receipt can say them.
func (o Order) Accept(others []Order) Change {
	if o.second() {
		return o.promote(others)
	}
	if o.State != Disputed || o.ByHand || !o.whole() {
		return Change{Order: o}
	}
	return o.book(Accepted, Disputed, others)
}

// EndByHand returns the order once a clerk looks after it outside of this program. A disputed one stays disputed, and
// goes on blocking its bill: there is money, and neither receipt nor report comes from here. One that another machine
// was paid for is that machine's: nobody adopts it by itself. One that has no outcome
// after its time goes on being followed; what WeChat says of it counts as ever.
func (o Order) EndByHand(now time.Time) Change {
	switch {
	case o.ByHand:
	case o.State == Disputed:
		o.ByHand = true
		return Change{Order: o, Event: EndedByHand}
	case o.PaidElsewhere():
		o.ByHand = true
		return Change{Order: o, Note: "another machine's"}
	case o.stuck(now):
		o.ByHand = true
		return Change{Order: o, Note: "no outcome"}
	}
	return Change{Order: o}
}

// stuck reports whether the order should have an outcome by now.
func (o Order) stuck(now time.Time) bool {
	return !o.Final() && now.After(o.StuckSince())
}

// StuckSince is since when an order that is not final lacks its outcome: it was wished closed, or its time is over.
func (o Order) StuckSince() time.Time {
	if o.State == Closing && !o.Unwanted.At.IsZero() && o.Unwanted.At.Before(o.Expires) {
		return o.Unwanted.At
	}
	return o.Expires
}

// whole reports whether WeChat has said all that a receipt says of a payment.
func (o Order) whole() bool { return o.PaidAmount > 0 && !o.PaidAt.IsZero() && o.TransactionID != "" }

// complete returns a disputed order after an answer that says what the one before it lacked. It is booked only when
// nothing that was said before is contradicted, and it is what we asked for; else a clerk decides as ever.
func (o Order) complete(r Reported, others []Order, now time.Time) Change {
	if o.ByHand || o.whole() || r.Flaw != "" || !o.agrees(r) {
		return Change{Order: o}
	}
	before := o
	o.TransactionID, o.PaidAt, o.PaidAmount = r.TransactionID, r.PaidAt, r.yuan()
	if !o.whole() {
		return Change{Order: before}
	}
	if r.State == TradeRefund && !o.Returned.Some() {
		o.Returned = Returned{State: SomeReturned, At: now}
	}
	if difference := o.difference(r); difference != "" {
		return Change{Order: o, Event: SaidDifferent, Note: difference}
	}
	if r.State == TradeRefund {
		return o.book(SaidRefunded, Disputed, others)
	}
	return o.book(SaidPaid, Disputed, others)
}

// yuan is what was paid, in fen; 0 when it is in another currency, or in an unsaid one. No receipt can say that sum.
func (r Reported) yuan() Fen {
	if r.Currency != "CNY" {
		return 0
	}
	return r.Amount
}

// agrees reports whether an answer says nothing else of the payment than the ones before it.
func (o Order) agrees(r Reported) bool {
	return (o.TransactionID == "" || o.TransactionID == r.TransactionID) &&
		(o.PaidAmount == 0 || o.PaidAmount == r.Amount) && (o.PaidAt.IsZero() || o.PaidAt.Equal(r.PaidAt)) &&
		(o.CodeURL != "" || o.Attach == r.Attach) // the create was answered with a code: every parameter is ours
}
