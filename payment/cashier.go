package payment

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"golang.org/x/time/rate"

	"courtkiosk/payment/internal/rules"
)

// Calls a second that one machine makes for one merchant, 10 in any second at most: some for the visitor in
// front of it, who may be quicker for a moment, some for what was left behind. WeChat allows 600 for all machines
// of a merchant together.
const (
	visitorCalls = 3
	visitorBurst = 3 // query, close, query
	backlogCalls = 4
	backlogBurst = 1
)

// A Desk is what a Cashier works with.
type Desk struct {
	Ledger    Ledger
	Gateway   Gateway
	Log       *slog.Logger
	Kiosk     string        // names this machine in the attach of its orders
	PayWithin time.Duration // how long a visitor has to pay, 2 to 30 minutes
	Ended     func(Order)   // told once WeChat has no more to say about an order that was followed; may be nil, may not block

	// Plant changes the rules of this cashier's sessions before the first of them, for a simulation that plants a known
	// mistake; nil in every program. Its type can be named by rooms under payment alone.
	Plant func(*rules.Table[Request, Order, Reported, Change])
}

// A Cashier takes payments: it opens orders and follows each to its end, those found in the ledger at start
// included.
type Cashier struct {
	desk   Desk
	rules  ruleTable
	health health

	mu        sync.Mutex
	sessions  map[string]*Session
	limits    map[string]*limits
	recovered chan struct{} // closed and replaced when the gateway answers again
	run       context.Context
	running   sync.WaitGroup
}

// After a 429 nothing is asked of the merchant for as long as WeChat says. Nobody signs that word, so it is believed for a minute at most.
const (
	throttled = time.Second
	quietest  = time.Minute
)

type limits struct {
	visitor, backlog *rate.Limiter
	quiet            time.Time // no call before it
}

// NewCashier returns a cashier at the desk. It does nothing before Start.
func NewCashier(d Desk) *Cashier {
	law := lawful()
	if d.Plant != nil {
		d.Plant(&law)
	}
	return &Cashier{
		desk:      d,
		rules:     law,
		sessions:  make(map[string]*Session),
		limits:    make(map[string]*limits),
		recovered: make(chan struct{}),
	}
}

// ErrNotServed means: an order in the ledger belongs to a merchant whose keys are not configured. Nothing may
// start before somebody has put them back: the order could never be followed to its end.
var ErrNotServed = errors.New("payment: no keys for the merchant of an open order")

// errSeen: somebody watches, who does not wait in this queue.
var errSeen = errors.New("payment: somebody watches")

// errStopped: the cashier was not started, or its time has ended. An order that was stored meanwhile is taken up
// at the next start.
var errStopped = errors.New("payment: cashier is not running")

// Start marks what was in hand when the last run ended, or in a ledger that came from a backup all that may have been done since, takes up
// every order that is not final and follows it until ctx ends. It returns once all are taken up; Wait returns once
// all followers have ended.
func (c *Cashier) Start(ctx context.Context, restored bool) error {
	if restored {
		if err := Recover(ctx, c.desk.Ledger); err != nil {
			return fmt.Errorf("mark what was restored: %w", err)
		}
	}
	doubtful, err := Doubt(ctx, c.desk.Ledger)
	if err != nil {
		return fmt.Errorf("look for unfinished work: %w", err)
	}
	for _, e := range doubtful {
		c.desk.Log.WarnContext(ctx, "work doubtful", "order", e.Order, "kind", e.Kind)
	}
	open, err := c.desk.Ledger.Unsettled(ctx)
	if err != nil {
		return fmt.Errorf("read open orders: %w", err)
	}
	for _, o := range open {
		if !c.desk.Gateway.Serves(o.Merchant) {
			return fmt.Errorf("%w: order %s, merchant %s, appid %s", ErrNotServed, o.No, o.Merchant.MchID, o.Merchant.AppID)
		}
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.run = ctx
	for _, o := range open {
		c.follow(o)
	}
	return nil
}

// Wait returns once every follower has ended; call it after the context of Start has.
func (c *Cashier) Wait() { c.running.Wait() }

// Take opens an order for r, or returns the session of the bill's order that is still open here. A bill
// that is paid, disputed or being paid at another machine is a *BlockedError with that order.
func (c *Cashier) Take(ctx context.Context, r Request) (*Session, error) {
	if err := c.started(); err != nil {
		return nil, err // before anything is stored that nobody would follow
	}
	o, err := c.create(ctx, r, func(earlier []Order, draft Order, now time.Time) (Order, error) {
		return c.rules.Next(r, earlier, draft, now)
	})
	if blocked, ok := errors.AsType[*BlockedError](err); ok && !blocked.Order.Final() && blocked.Order.State != Foreign {
		o, err = blocked.Order, nil
	}
	if err != nil {
		return nil, err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.run.Err() != nil {
		return nil, errStopped
	}
	s := c.follow(o)
	s.Back()
	return s, nil
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
func (c *Cashier) create(ctx context.Context, r Request, next func(earlier []Order, draft Order, now time.Time) (Order, error)) (Order, error) {
	draft, err := c.draft(r)
	if err != nil {
		return Order{}, err
	}
	now := c.Now()
	return c.desk.Ledger.Create(ctx, r.Key, r.Personal, func(earlier []Order) (Order, error) {
		o, err := next(earlier, draft, now)
		if err != nil {
			return Order{}, err
		}
		if o.Body, err = c.desk.Gateway.Compose(o); err != nil {
			return Order{}, fmt.Errorf("compose order: %w", err)
		}
		return o, nil
	})
}

// draft is what every order of this machine begins with.
func (c *Cashier) draft(r Request) (Order, error) {
	if !c.desk.Gateway.Serves(r.Merchant) {
		return Order{}, fmt.Errorf("%w: merchant %s, appid %s", ErrNotServed, r.Merchant.MchID, r.Merchant.AppID)
	}
	id := c.desk.Ledger.Identity()
	return Order{Environment: id.Environment, Attach: c.desk.Kiosk + "/" + id.Instance, PayWithin: c.desk.PayWithin}, nil
}

// Session returns the session that follows an order, nil when nobody has to.
func (c *Cashier) Session(no string) *Session {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.sessions[no]
}

// follow starts the order's one session, or returns it; c.mu is held. The session of a void order may still be
// on its way out when its number is used again.
func (c *Cashier) follow(o Order) *Session {
	if s := c.sessions[o.No]; s != nil && s.created.Equal(o.CreatedAt) {
		return s
	}
	s := newSession(c, o)
	c.sessions[o.No] = s
	c.running.Go(func() {
		s.follow(c.run)
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

// Now is the time by WeChat's clock, as far as it was heard.
func (c *Cashier) Now() time.Time {
	offset, _ := c.desk.Gateway.Offset()
	return c.rules.Now().Add(offset)
}

// Following returns how many orders are being followed.
func (c *Cashier) Following() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return len(c.sessions)
}

// limit returns the limits of a merchant; c.mu is held.
func (c *Cashier) limit(m Merchant) *limits {
	l := c.limits[m.MchID]
	if l == nil {
		l = &limits{visitor: rate.NewLimiter(visitorCalls, visitorBurst), backlog: rate.NewLimiter(backlogCalls, backlogBurst)}
		c.limits[m.MchID] = l
	}
	return l
}

// reserve takes the merchant's next free call and returns how long it is away; visitors do not wait for what was left behind.
func (c *Cashier) reserve(m Merchant, visitor bool) (*rate.Reservation, time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	l := c.limit(m)
	turn := l.backlog
	if visitor {
		turn = l.visitor
	}
	r := turn.Reserve()
	return r, max(r.Delay(), time.Until(l.quiet))
}

// await waits for the merchant's next free call. When seen, which may be nil, is served first, it returns errSeen and
// leaves the queue.
func (c *Cashier) await(ctx context.Context, m Merchant, visitor bool, seen <-chan struct{}) error {
	turn, wait := c.reserve(m, visitor)
	if wait <= 0 {
		return ctx.Err()
	}
	timer := time.NewTimer(wait)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		turn.Cancel()
		return ctx.Err()
	case <-seen:
		turn.Cancel()
		return errSeen
	}
}

// heard notes what a call for a merchant came to, keeps quiet when WeChat asks for it, and wakes those who wait for it
// to come back.
func (c *Cashier) heard(m Merchant, err error) {
	if errors.Is(err, ErrThrottled) {
		c.mu.Lock()
		c.limit(m).quiet = time.Now().Add(min(max(retryAfter(err), throttled), quietest))
		c.mu.Unlock()
	}
	if !c.health.note(err, time.Now()) {
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
