package payment

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"slices"
	"sync"
	"time"

	"courtkiosk/payment/internal/rules"
)

// A Desk is what a Cashier works with.
type Desk struct {
	Ledger   Ledger
	Gateway  Gateway
	Refunder Refunder // nil where refunds are off
	// refunds are switched off: none is asked for, approved or sent, and those that were sent are followed
	RefundsOff bool
	// says why a person may not do what a refund is about to be changed by. It runs inside the ledger's transaction, so
	// that no face can leave it out; without it refunds are off
	May       func(RefundAct) error
	Log       *slog.Logger
	Kiosk     string        // the device of requests that name none; it stands in the attach of its orders
	PayWithin time.Duration // how long a visitor has to pay, 2 minutes to MaxPayWithin
	// told once WeChat has no more to say about an order that was followed; may be nil, may not block
	Ended func(Order)

	// this machine's name in leases and work, kept over restarts; HolderOf the ledger when empty
	Holder string
	// how long it follows an order without renewing its right to; zero: no other process has the ledger
	Lease time.Duration
	// names that the ledger had before; what was paid to them then is its own
	Former []Former
	// calls that may be made for a merchant, shared with other cashiers; its own when nil
	Pace *Pace
	// whether a device belongs to this ledger; only Kiosk does when nil. What cannot be read is an error, never a no
	Ours func(ctx context.Context, device string) (bool, error)

	// Plant changes the rules of this cashier's sessions before the first of them, for a simulation that plants a known
	// mistake; nil in every program. Its type can be named by rooms under payment alone.
	Plant func(*rules.Table[Request, Order, Reported, Wish, Change, Kin])
}

// A Cashier takes payments: it opens orders and follows each to its end, those found in the ledger at start
// included.
type Cashier struct {
	desk   Desk
	rules  ruleTable
	pace   *Pace
	health health
	board  switchboard

	mu        sync.Mutex
	sessions  map[string]*Session
	unserved  map[string]int // open orders by merchant numbers whose keys are not here
	recovered chan struct{}  // closed and replaced when the gateway answers again
	stirred   chan struct{}  // a refund may be sent now
	run       context.Context
	running   sync.WaitGroup
}

// NewCashier returns a cashier at the desk. It does nothing before Start.
func NewCashier(d Desk) *Cashier {
	d.Holder = cmp.Or(d.Holder, HolderOf(d.Ledger))
	if d.Ours == nil {
		d.Ours = func(_ context.Context, device string) (bool, error) { return device == d.Kiosk, nil }
	}
	c := &Cashier{
		desk: d, rules: lawful(), pace: d.Pace,
		sessions: make(map[string]*Session), unserved: make(map[string]int), recovered: make(chan struct{}),
		stirred: make(chan struct{}, 1),
	}
	if c.pace == nil {
		c.pace = NewPace(KioskCalls)
	}
	if d.Plant != nil {
		d.Plant(&c.rules)
	}
	return c
}

// ErrNotServed means: the merchant's keys are not configured. Its open orders cannot be followed to their ends before
// somebody has put them back; those of other merchants are.
var ErrNotServed = errors.New("payment: no keys for the merchant")

// errSeen: somebody watches, who does not wait in this queue.
var errSeen = errors.New("payment: somebody watches")

// errStopped: the cashier was not started, or its time has ended. An order that was stored meanwhile is taken up
// at the next start.
var errStopped = errors.New("payment: cashier is not running")

// Start marks what was in hand when the last run ended, or in a ledger that came from a backup all that may have been
// done since, takes up every order that is not final and follows it until ctx ends. It returns once all are taken up;
// Wait returns once all followers have ended.
func (c *Cashier) Start(ctx context.Context, restored bool) error {
	if restored {
		if err := Recover(ctx, c.desk.Ledger); err != nil {
			return fmt.Errorf("mark what was restored: %w", err)
		}
	}
	doubtful, err := Doubt(ctx, c.desk.Ledger, c.desk.Holder, c.Now())
	if err != nil {
		return fmt.Errorf("look for unfinished work: %w", err)
	}
	for _, e := range doubtful {
		c.desk.Log.WarnContext(ctx, "work doubtful", "order", e.Order, "kind", e.Kind)
	}
	c.mu.Lock()
	c.run = ctx
	c.mu.Unlock()
	if err := c.listen(ctx); err != nil {
		return fmt.Errorf("read the end of the audit: %w", err)
	}
	if _, err := c.claim(ctx); err != nil {
		return fmt.Errorf("read open orders: %w", err)
	}
	if _, err := c.inheritAll(ctx); err != nil { // the last run may have ended before it had booked all
		c.desk.Log.WarnContext(ctx, "payments of a lost ledger not booked", "err", err)
	}
	if c.desk.Lease > 0 {
		c.running.Go(func() { c.keep(ctx) })
	}
	if c.desk.Refunder != nil {
		c.running.Go(func() { c.giveBack(ctx) })
	}
	return nil
}

// atOnceClaimed is how many orders are claimed at a time.
const atOnceClaimed = 1000

// claim takes up every open order that nobody follows, and returns the numbers of all that this machine holds now.
// Those that it held already are named again, so it asks for as many more.
func (c *Cashier) claim(ctx context.Context) (held []string, err error) {
	for most := atOnceClaimed; ; most += atOnceClaimed {
		open, err := c.desk.Ledger.Claim(ctx, c.desk.Holder, most, c.leaseEnd())
		if err != nil {
			return nil, err
		}
		if c.takeUp(ctx, open); len(open) < most {
			for _, o := range open {
				held = append(held, o.No)
			}
			return held, nil
		}
	}
}

// takeUp follows the orders that are not followed yet. Those of merchants whose keys are not here are named and left
// alone.
func (c *Cashier) takeUp(ctx context.Context, open []Order) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if ctx.Err() != nil {
		return
	}
	unserved := make(map[string]int)
	for _, o := range open {
		if c.desk.Gateway.Serves(o.Merchant) {
			c.follow(o, false)
		} else {
			unserved[o.Merchant.MchID]++
		}
	}
	if !maps.Equal(unserved, c.unserved) {
		c.desk.Log.ErrorContext(ctx, "open orders without keys", "orders", unserved, "err", ErrNotServed)
	}
	c.unserved = unserved
}

// leaseEnd is until when an order is leased that is claimed now; zero is for ever.
func (c *Cashier) leaseEnd() time.Time {
	if c.desk.Lease == 0 {
		return time.Time{}
	}
	return c.Now().Add(c.desk.Lease)
}

// keep renews the leases that this machine has, gives up the orders that another one has taken over, and takes over
// those that nobody follows: their machine has died, or what it stored is known to nobody.
func (c *Cashier) keep(ctx context.Context) {
	tick := time.NewTicker(c.desk.Lease / 3)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		before := c.followed() // what is opened meanwhile is no concern of this round
		_, err := c.desk.Ledger.Renew(ctx, c.desk.Holder, c.leaseEnd())
		if err == nil {
			var held []string
			if held, err = c.claim(ctx); err == nil { // one that ran out, and that nobody took, is held again
				c.giveUp(before, held)
			}
		}
		if err == nil {
			_, err = Doubt(ctx, c.desk.Ledger, "", c.Now())
		}
		if err != nil && ctx.Err() == nil {
			c.desk.Log.WarnContext(ctx, "leases not renewed", "err", err)
		}
	}
}

// followed returns the sessions of this machine, always in the same order: a simulation is lived again exactly.
func (c *Cashier) followed() []*Session {
	c.mu.Lock()
	defer c.mu.Unlock()
	return slices.SortedFunc(maps.Values(c.sessions), func(a, b *Session) int { return cmp.Compare(a.no, b.no) })
}

// giveUp lets those sessions look at their orders that are not held any more: each ends when another machine follows
// its order, or when that has come to its end.
func (c *Cashier) giveUp(sessions []*Session, held []string) {
	for _, s := range sessions {
		if !slices.Contains(held, s.no) {
			s.wisher.Ask()
		}
	}
}

// Serves reports whether orders of a merchant can be opened and followed here.
func (c *Cashier) Serves(m Merchant) bool { return c.desk.Gateway.Serves(m) }

// Unserved returns how many open orders wait for the keys of each merchant number.
func (c *Cashier) Unserved() map[string]int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return maps.Clone(c.unserved)
}

// Wait returns once every follower has ended; call it after the context of Start has.
func (c *Cashier) Wait() { c.running.Wait() }

// Take opens an order for r, or joins the bill's order that is still open here, and returns it as its visitor sees
// it: an earlier visit's wish to close it may be withdrawn by that (Order.Rejoin), any other one stands. A bill that is
// paid, disputed, being paid at another machine, or here at another amount, is a *BlockedError with that order. While
// another machine is paid under this kiosk's id nothing is opened: ErrTwin. Asking
// twice with one r.ID opens one order; whatever became of it meanwhile is returned.
func (c *Cashier) Take(ctx context.Context, r Request) (Followed, error) {
	return c.take(ctx, r, false)
}

// take is Take. Of a walk the number of a new order is asked about before it is created.
func (c *Cashier) take(ctx context.Context, r Request, walk bool) (Followed, error) {
	if err := c.started(); err != nil {
		return nil, err // before anything is stored that nobody would follow
	}
	twice := c.Twice(ctx)
	opened := false
	next := func(r Request, earlier []Order, draft Order, now time.Time) (Order, error) {
		o, err := c.rules.Next(r, earlier, draft, now)
		if err == nil {
			err = twice // what is open goes on
		}
		opened = err == nil
		return o, err
	}
	o, err := c.create(ctx, r, next)
	if errors.Is(err, ErrUnsure) { // the same asking: it returns what was stored, or stores it
		o, err = c.create(ctx, r, next)
	}
	blocked, ok := errors.AsType[*BlockedError](err)
	if ok && !blocked.Order.Final() && !c.Serves(blocked.Order.Merchant) {
		return nil, fmt.Errorf("%w: %s, of open order %s", ErrNotServed, blocked.Order.Merchant.MchID, blocked.Order.No)
	}
	if ok && !blocked.Order.Final() && blocked.Order.State != Foreign {
		now := c.Now()
		o, err = c.desk.Ledger.Update(ctx, blocked.Order.No, func(o Order, _ []Order) (Change, error) {
			return c.rules.Rejoin(o, r, now)
		})
	}
	if err != nil {
		return nil, err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.run.Err() != nil {
		return nil, errStopped
	}
	if o.Final() || o.Lease.Holder != c.desk.Holder {
		// nobody has to follow it, or another machine does
		s := newSession(c, o)
		s.other = true
		return s, nil
	}
	s := c.follow(o, walk && opened)
	s.told(o)
	s.Ask()
	return s, nil
}

// begin runs f until it returns, with the context of Start, unless that has ended.
func (c *Cashier) begin(f func(context.Context)) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.run.Err() == nil {
		run := c.run
		c.running.Go(func() { f(run) })
	}
}

func (c *Cashier) started() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.run == nil || c.run.Err() != nil {
		return errStopped
	}
	return nil
}

// create stores the order that next makes of the bill's earlier ones.
func (c *Cashier) create(
	ctx context.Context, r Request, next func(Request, []Order, Order, time.Time) (Order, error),
) (Order, error) {
	draft, err := c.draft(r)
	if err != nil {
		return Order{}, err
	}
	if c.desk.Lease > 0 {
		r.VoidRest = voidRest
	}
	now := c.Now()
	return c.desk.Ledger.Create(ctx, r, func(earlier []Order) (Order, error) {
		o, err := next(r, earlier, draft, now)
		if err != nil {
			return Order{}, err
		}
		if o.Body, err = c.desk.Gateway.Compose(o); err != nil {
			return Order{}, fmt.Errorf("compose order: %w", err)
		}
		return o, nil
	})
}

// draft is what every order of a device begins with.
func (c *Cashier) draft(r Request) (Order, error) {
	if !c.desk.Gateway.Serves(r.Merchant) {
		return Order{}, fmt.Errorf("%w: %s, appid %s", ErrNotServed, r.Merchant.MchID, r.Merchant.AppID)
	}
	id, device := c.desk.Ledger.Identity(), cmp.Or(r.Device, c.desk.Kiosk)
	return Order{
		Environment: id.Environment, Device: device, Attach: device + "/" + id.Instance, PayWithin: c.desk.PayWithin,
		Lease: Lease{Holder: c.desk.Holder, Until: c.leaseEnd()},
	}, nil
}

// voidRest is how long a void order's number rests where several machines share a ledger.
const voidRest = 24 * time.Hour

// Followed returns an order that is being followed here; ok is false when it is not.
func (c *Cashier) Followed(no string) (f Followed, ok bool) {
	s := c.session(no)
	return s, s != nil
}

func (c *Cashier) session(no string) *Session {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.sessions[no]
}

// follow starts the order's one session, or returns it; c.mu is held. The session of a void order may still be
// on its way out when its number is used again, and that of a lease which another machine had meanwhile. unsent says of
// a new order that its number is asked about before it is created.
func (c *Cashier) follow(o Order, unsent bool) *Session {
	if s := c.sessions[o.No]; s != nil && c.rules.HeldAs(o, s.as) == nil {
		return s
	}
	s := newSession(c, o)
	s.unsent = unsent
	c.sessions[o.No] = s
	c.running.Go(func() {
		s.follow(c.run)
		close(s.ended)
		if c.desk.Ended != nil && s.order.Final() {
			c.desk.Ended(s.order)
		}
		c.mu.Lock()
		defer c.mu.Unlock()
		if c.sessions[o.No] == s {
			delete(c.sessions, o.No)
		}
	})
	return s
}

// Now is the time by WeChat's clock, as far as it was heard, in the microseconds that every ledger keeps.
func (c *Cashier) Now() time.Time {
	offset, _ := c.desk.Gateway.Offset()
	return c.rules.Now().Add(offset).Truncate(time.Microsecond)
}

// Clock is Now, and whether WeChat's clock was heard in this run: what can't be undone waits until it was.
func (c *Cashier) Clock() (now time.Time, heard bool) {
	_, heard = c.desk.Gateway.Offset()
	return c.Now(), heard
}

// Offset is how far WeChat's clock was ahead of this machine's in its last answer; ok is false before the first.
func (c *Cashier) Offset() (ahead time.Duration, ok bool) { return c.desk.Gateway.Offset() }

// Following returns how many orders are being followed.
func (c *Cashier) Following() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return len(c.sessions)
}

// await waits for the merchant's next free call. When seen, which may be nil, is served first, it returns errSeen and
// leaves the queue.
func (c *Cashier) await(ctx context.Context, m Merchant, visitor bool, seen <-chan struct{}) error {
	for {
		turn := c.pace.reserve(m.MchID, visitor)
		if err := turn.await(ctx, seen); err != nil || turn.take() {
			return err
		}
	}
}

// await waits for a turn.
func (t turn) await(ctx context.Context, seen <-chan struct{}) error {
	wait := time.Until(t.at)
	if wait <= 0 {
		return ctx.Err()
	}
	timer := time.NewTimer(wait)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		t.giveBack()
		return ctx.Err()
	case <-seen:
		if !time.Now().Before(t.at) {
			return nil // the turn has come at the same instant, and is taken
		}
		t.giveBack()
		return errSeen
	}
}

// heard notes what a call for a merchant came to, keeps quiet when WeChat asks for it, and wakes those who wait for it
// to come back.
func (c *Cashier) heard(m Merchant, err error) {
	if errors.Is(err, ErrThrottled) {
		c.pace.hush(m.MchID, min(max(retryAfter(err), throttled), quietest))
	}
	if !c.health.note(m.MchID, err, time.Now()) {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	close(c.recovered)
	c.recovered = make(chan struct{})
}

// retryAfter is how long the gateway asks to wait, 0 when it does not say.
func retryAfter(err error) time.Duration {
	if e, ok := errors.AsType[interface {
		error
		RetryAfter() time.Duration
	}](err); ok {
		return e.RetryAfter()
	}
	return 0
}

// recovery returns the channel that is closed when the gateway answers again.
func (c *Cashier) recovery() <-chan struct{} {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.recovered
}
