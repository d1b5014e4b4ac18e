package payment

import "fmt"

// holder returns one of a bill's orders that holds money, if there is one: WeChat was paid for it, and nobody has said
// that all of it came back.
func holder(others []Order) (Order, bool) {
	for _, other := range others {
		if other.received() && !other.Returned.All() {
			return other, true
		}
	}
	return Order{}, false
}

// second reports whether the order was booked as a second payment of its bill.
func (o Order) second() bool { return o.State == Paid && o.Oddity == SecondPayment }

// Promotable says why a second payment may not become its bill's payment; nil when it may. others are the other orders
// of the bill.
func (o Order) Promotable(others []Order) error {
	other, held := holder(others)
	switch {
	case !o.second():
		return fmt.Errorf("%w: it is %s, and no second payment", ErrConflict, o.State)
	case o.Returned.All():
		return fmt.Errorf("%w: all of it was returned", ErrConflict)
	case held:
		return fmt.Errorf("%w: order %s of the same bill holds money, and not all of that was returned", ErrConflict,
			other.No)
	}
	return nil
}

// promote returns a second payment as its bill's payment. It is owed what no second payment is: its report, and the
// report of what came back of it. Its receipt stays as it is, and its number too.
func (o Order) promote(others []Order) Change {
	if o.Promotable(others) != nil {
		return Change{Order: o}
	}
	c := Change{Event: Accepted, Note: "the bill's payment, no second one"}
	for _, kind := range []string{Attention, AttentionSecond} {
		c.Turns = append(c.Turns, Turn{kind, Owed, Done, c.Note}, Turn{kind, Doubtful, Done, c.Note})
	}
	o.Oddity = None
	c.Order, c.Owed = o, owe(o.Owed, o.owes(), o.Recovered)
	if o.Returned.State == PartReturned {
		c.Owed = append(c.Owed, owe(o.OwedBack, Owed, false)...)
	}
	return c
}

// owes is how the work stands that follows from the payment when it is booked.
func (o Order) owes() EffectState {
	switch {
	case o.Returned.State == SomeReturned || o.Returned.All():
		return Held
	case o.Recovered:
		return Doubtful
	}
	return Owed
}
