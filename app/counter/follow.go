package counter

import (
	"context"
	"fmt"
	"time"

	"courtkiosk/payment"
)

// lookEvery is how often an order is looked at that another machine follows, or that nobody does, when nothing is heard
// of it.
const lookEvery = time.Second

// Progress returns how far an order is, as who has nothing but its number is told: without WeChat's transaction id.
func (c *Counter) Progress(ctx context.Context, order string) (Progress, error) {
	return c.told(ctx, order, "")
}

// told returns what a visit is told of an order.
func (c *Counter) told(ctx context.Context, order, visit string) (Progress, error) {
	o, err := c.Ledger.Order(ctx, order)
	if err != nil {
		return Progress{}, c.refuse(ctx, "look at an order", err)
	}
	n := payment.News{Order: o}
	if f, ok := c.Cashier.Followed(order); ok {
		heard := f.News()
		n.Trouble, n.Since, n.Asked = heard.Trouble, heard.Since, heard.Asked
	}
	return c.progress(o, n, visit), nil
}

// progress says of an order what may cross the counter to a visit. n's times are by this machine's clock. WeChat's
// transaction id proves who holds the payment, so it is told to those alone who may have the receipt.
func (c *Counter) progress(o payment.Order, n payment.News, visit string) Progress {
	now := c.Cashier.Now()
	ahead := time.Until(now)
	p := Progress{
		Order: o.No, Reference: c.House.Reference(o), State: o.State, Oddity: o.Oddity, Elsewhere: o.PaidElsewhere(),
		Returned: o.Returned.State,
		Amount:   o.Amount, PaidAmount: o.PaidAmount, Code: o.Shown().CodeURL, CreatedAt: o.CreatedAt,
		Expires:   o.Expires,
		PayWithin: o.PayWithin, Wished: o.Unwanted.Source, PaidAt: o.PaidAt, Now: now,
	}
	if c.mayPrint(o, visit) == nil {
		p.TransactionID = o.TransactionID
	}
	if !n.Asked.IsZero() {
		p.Asked = n.Asked.Add(ahead).Truncate(time.Microsecond)
	}
	if n.Trouble != nil {
		p.Trouble, p.Since = codeOf(n.Trouble), n.Since.Add(ahead).Truncate(time.Microsecond)
	}
	return p
}

// Follow tells of an order until ctx ends or nothing more will be told, and closes the channel then. The channel
// holds the latest progress that was not read; what was overtaken is not told. While it is followed by the visit
// whose order it is, WeChat is asked every few seconds.
func (c *Counter) Follow(ctx context.Context, order, visit string) (<-chan Progress, error) {
	first, err := c.told(ctx, order, visit)
	if err != nil {
		return nil, err
	}
	said := make(chan Progress, 1)
	said <- first
	if first.Over() {
		close(said)
		return said, nil
	}
	go func() {
		defer close(said)
		f := &following{Counter: c, order: order, visit: visit, said: said, last: first}
		f.run(ctx)
	}()
	return said, nil
}

// A following tells one face of one order.
type following struct {
	*Counter
	order, visit string
	said         chan Progress
	last         Progress

	from payment.Followed // who is watched on this machine; nil while there is none
	stop func()           // of watching
	news <-chan payment.News
}

// run watches the order's follower, and where it has none on this machine, the ledger. A follower may end or begin
// meanwhile: its lease moves from machine to machine.
func (f *following) run(ctx context.Context) {
	defer f.leave()
	tick := time.NewTicker(lookEvery)
	defer tick.Stop()
	stirs, deafen := f.Cashier.Stirs(f.order)
	defer deafen()
	for f.watch(); !f.last.Over(); {
		select {
		case <-ctx.Done():
			return
		case n := <-f.news:
			f.tell(f.progress(n.Order, n, f.visit))
			tick.Reset(lookEvery * 3 / 2) // while a code is shown the next news come before: it need not be woken
		case <-stirs:
			f.lookUnwatched(ctx)
		case <-tick.C:
			tick.Reset(lookEvery)
			f.lookUnwatched(ctx)
		}
	}
}

// lookUnwatched looks at the order unless it is followed on this machine.
func (f *following) lookUnwatched(ctx context.Context) {
	if f.watch(); f.stop == nil {
		f.look(ctx)
	}
}

// watch begins or ends the watching of a follower on this machine. Another one may have come in its place: the lease
// was lost, and came back.
func (f *following) watch() {
	followed, ok := f.Cashier.Followed(f.order)
	if f.stop != nil && (!ok || followed != f.from) && len(f.news) == 0 { // its last news are read first
		f.leave()
	}
	if ok && f.stop == nil {
		f.from = followed
		f.news, f.stop = followed.Watch()
	}
}

func (f *following) leave() {
	if f.stop != nil {
		f.stop()
	}
	f.from, f.news, f.stop = nil, nil, nil
}

// look reads the order from the ledger, and keeps it watched for its visit.
func (f *following) look(ctx context.Context) {
	p, err := f.told(ctx, f.order, f.visit)
	if err != nil {
		return // logged; the next look may be answered
	}
	now := p.Now
	p.Now = f.last.Now
	if p != f.last {
		p.Now = now
		f.tell(p)
	}
	o, err := f.Ledger.Order(ctx, f.order)
	if err != nil || o.Final() || o.Visit != f.visit || o.Left || o.WatchedUntil.Sub(now) > payment.WatchedFor/2 {
		return
	}
	_, err = f.update(ctx, f.order, func(o payment.Order) (payment.Change, error) {
		return o.Watch(now.Truncate(time.Microsecond)), nil
	})
	_ = f.refuse(ctx, "watch an order", err) // it is asked more slowly then
}

// tell puts p in the place of what was not read.
func (f *following) tell(p Progress) {
	f.last = p
	select {
	case <-f.said:
	default:
	}
	f.said <- p
}

// Wish stores what a visit wishes of an order; when it returns the wish outlives a pulled plug. It closes nothing,
// and what an earlier visit wishes than the last one changes nothing.
func (c *Counter) Wish(ctx context.Context, w Wish) error {
	return c.refuse(ctx, "wish "+string(w.Kind), c.wish(ctx, w))
}

func (c *Counter) wish(ctx context.Context, w Wish) error {
	if w.Order == "" && w.Kind == Leave {
		c.stop(w.Visit)
		return nil
	}
	switch w.Kind {
	case Cancel:
		return c.close(ctx, w.Order, payment.Wish{Source: payment.ByVisit, Visit: w.Visit})
	case Leave:
		return c.uttered(ctx, w.Order,
			func(f payment.Followed) error { return f.Leave(ctx, w.Visit) },
			func(o payment.Order) payment.Change { return o.Leave(w.Visit) })
	case Back:
		now := c.Cashier.Now()
		return c.uttered(ctx, w.Order,
			func(f payment.Followed) error { return f.Back(ctx, w.Visit) },
			func(o payment.Order) payment.Change { return o.Join(w.Visit, "", now) })
	case Look:
		now := c.Cashier.Now()
		return c.uttered(ctx, w.Order,
			func(f payment.Followed) error { f.Ask(); return nil },
			func(o payment.Order) payment.Change {
				if o.Visit != w.Visit {
					return payment.Change{Order: o}
				}
				return o.Watch(now)
			})
	}
	return fmt.Errorf("counter: no such wish as %q", w.Kind)
}

// close wishes that an order be closed.
func (c *Counter) close(ctx context.Context, no string, w payment.Wish) error {
	w.At = c.Cashier.Now()
	return c.uttered(ctx, no,
		func(f payment.Followed) error { return f.Cancel(ctx, w) },
		func(o payment.Order) payment.Change { return o.AskClose(w) })
}

// uttered gives a wish to the order's follower, or where another machine has it, stores it for that one to read.
func (c *Counter) uttered(
	ctx context.Context, no string, here func(payment.Followed) error, rule func(payment.Order) payment.Change,
) error {
	if f, ok := c.Cashier.Followed(no); ok {
		return here(f)
	}
	_, err := c.update(ctx, no, func(o payment.Order) (payment.Change, error) { return rule(o), nil })
	return err
}

// update stores what a rule makes of an order that needs not know the others of its bill.
func (c *Counter) update(
	ctx context.Context, no string, rule func(payment.Order) (payment.Change, error),
) (payment.Order, error) {
	return c.Ledger.Update(ctx, no, func(o payment.Order, _ []payment.Order) (payment.Change, error) { return rule(o) })
}
