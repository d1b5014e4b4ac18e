package payment

import "context"

// An Answer is what a question to WeChat came to.
type Answer struct {
	Said  Reported // what WeChat has signed
	Order Order    // as it stands since
}

// Answer asks WeChat now what became of an order, final or not, stores what follows from the answer, and returns it.
// Unlike Ask it waits for the answer of one that is followed, too. An error that is no ErrNotFound says why there was
// no answer, or why it was not stored; the order is then as it was known before.
func (c *Cashier) Answer(ctx context.Context, no string) (Answer, error) {
	o, err := c.desk.Ledger.Order(ctx, no)
	if err != nil {
		return Answer{}, err
	}
	r, err := c.look(ctx, o, true)
	if err != nil {
		return Answer{Order: o}, err
	}
	ctx, now := Unguarded(ctx), c.Now()
	after, err := c.desk.Ledger.Update(ctx, no, func(o Order, others []Order) (Change, error) {
		return c.rules.Apply(o, r, others, now)
	})
	if err == nil {
		o = after
		after, err = c.inherit(ctx, after)
	}
	if err != nil {
		return Answer{Said: r, Order: o}, err
	}
	if s := c.session(no); s != nil {
		s.Ask() // it reads what was stored, and tells who waits
	}
	return Answer{Said: r, Order: after}, nil
}
