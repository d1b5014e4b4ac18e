package payment_test

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"sync"
	"time"

	"courtkiosk/payment"
)

// office is WeChat as the facts describe it: numbers are unique within a merchant for ever, the same create answers again, anything
// else of the same number is refused, and 204 on close proves nothing. What goes wrong on the way is a fault.
type office struct {
	mu     sync.Mutex
	trades map[string]*trade // by tradeID
	calls  []call
	fault  func(call) fault

	lazy   time.Duration // how long a trade that was closed goes on saying NOTPAY
	raises bool          // a time_expire in the past is raised to a minute from now, not refused
	silent bool          // keeps no list of calls
}

type trade struct {
	order    payment.Order // as it was created
	state    payment.TradeState
	paid     payment.Fen
	appid    string // that it says it was paid to; the order's when empty
	currency string // CNY when empty
	at       time.Time
	closed   time.Time
}

// tradeID names a trade: by its number alone where the merchant is the one that most tests use.
func tradeID(m payment.Merchant, no string) string {
	if m.MchID == merchant.MchID {
		return no
	}
	return m.MchID + "/" + no
}

type call struct {
	op   string // create, query or close
	no   string
	body string
	at   time.Time
	from string // the attach of the machine that calls
}

// A fault is what happens to a call. The zero fault is none.
type fault struct {
	err     error         // what the caller hears instead of the answer
	arrived bool          // it was done all the same
	late    time.Duration // it is done so much later; the caller has heard err by then
	wait    time.Duration // before the answer
	before  func()        // somebody is quicker
	other   bool          // the answer is about another order
}

func newOffice() *office { return &office{trades: make(map[string]*trade)} }

// fails says what goes wrong from now on.
func (f *office) fails(how func(call) fault) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.fault = how
}

// down makes every call fail that comes between two moments.
func down(from, to time.Time) func(call) fault {
	return func(c call) fault {
		if c.at.Before(from) || !c.at.Before(to) {
			return fault{}
		}
		return fault{err: payment.ErrUnknown}
	}
}

// open notes another machine's unpaid order of the same number.
func (f *office) open(o payment.Order, attach string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	o.Attach, o.Body = attach, []byte("of another machine")
	f.trades[o.No] = &trade{order: o, state: payment.TradeNotPaid}
}

// pay pays an order as its payer would; false when it cannot be paid any more.
func (f *office) pay(id string) bool {
	return f.change(id, func(t *trade) bool {
		if t.state != payment.TradeNotPaid || time.Now().After(t.order.Expires) || !t.closed.IsZero() {
			return false
		}
		t.state, t.paid, t.at = payment.TradeSuccess, t.order.Amount, time.Now()
		return true
	})
}

// change changes a trade, which a payer, the court or WeChat itself may do.
func (f *office) change(id string, how func(*trade) bool) bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	t := f.trades[id]
	return t != nil && how(t)
}

// asked returns the calls of one kind about a number; an empty word means any.
func (f *office) asked(op, no string) []call {
	f.mu.Lock()
	defer f.mu.Unlock()
	var calls []call
	for _, c := range f.calls {
		if (op == "" || c.op == op) && (no == "" || c.no == no) {
			calls = append(calls, c)
		}
	}
	return calls
}

// do notes a call, lets its fault happen, and does it.
func (f *office) do(ctx context.Context, op string, o payment.Order, act func(*trade) error) (fault, error) {
	f.mu.Lock()
	c := call{op, o.No, string(o.Body), time.Now(), o.Attach}
	if !f.silent {
		f.calls = append(f.calls, c)
	}
	how := f.fault
	f.mu.Unlock()
	var x fault
	if how != nil {
		x = how(c)
	}
	if x.before != nil {
		x.before()
	}
	if x.wait > 0 {
		select {
		case <-ctx.Done():
			return x, ctx.Err()
		case <-time.After(x.wait):
		}
	}
	if ctx.Err() != nil {
		return x, ctx.Err()
	}
	if x.late > 0 {
		time.AfterFunc(x.late, func() { _ = f.act(o, act) })
		return x, x.err
	}
	if x.err != nil && !x.arrived {
		return x, x.err
	}
	if err := f.act(o, act); x.err == nil {
		return x, err
	}
	return x, x.err
}

func (f *office) act(o payment.Order, act func(*trade) error) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	return act(f.trades[tradeID(o.Merchant, o.No)])
}

// deals returns what is true of every trade, by merchant and number.
func (f *office) deals() []deal {
	f.mu.Lock()
	defer f.mu.Unlock()
	var list []deal
	for _, id := range slices.Sorted(maps.Keys(f.trades)) {
		list = append(list, f.trades[id].deal())
	}
	return list
}

func (f *office) deal(m payment.Merchant, no string) (deal, bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	t := f.trades[tradeID(m, no)]
	if t == nil {
		return deal{}, false
	}
	return t.deal(), true
}

func (t *trade) deal() deal {
	return deal{
		Merchant: t.order.Merchant, No: t.order.No, Attach: t.order.Attach, Paid: t.paid, State: t.state,
		Right: t.appid == "" && t.currency == "", Transaction: t.transaction(),
	}
}

func (t *trade) transaction() string { return "4200" + t.order.Merchant.MchID[8:] + t.order.No[:8] }

// gate is one machine's Gateway to the office.
type gate struct {
	*office
	offset time.Duration
	also   []payment.Merchant // that it has keys of, beside the usual one
}

func (g *gate) Serves(m payment.Merchant) bool { return m == merchant || slices.Contains(g.also, m) }

func (g *gate) Offset() (time.Duration, bool) { return g.offset, true }

func (g *gate) Compose(o payment.Order) ([]byte, error) {
	return fmt.Appendf(nil, "%s %s %s %s %s", o.No, o.Attach, o.Amount, o.Title, o.Expires.Format(time.RFC3339)), nil
}

func (g *gate) Prepay(ctx context.Context, o payment.Order) (string, error) {
	_, err := g.do(ctx, "create", o, func(t *trade) error {
		switch {
		case t == nil && time.Now().After(o.Expires):
			if !g.raises {
				return payment.ErrNumberTaken // INVALID_REQUEST, as a duplicate is
			}
			o.Expires = time.Now().Add(time.Minute)
			fallthrough
		case t == nil:
			g.trades[tradeID(o.Merchant, o.No)] = &trade{order: o, state: payment.TradeNotPaid}
		case t.state != payment.TradeNotPaid || !t.closed.IsZero() || string(t.order.Body) != string(o.Body):
			return payment.ErrNumberTaken
		}
		return nil
	})
	if err != nil {
		return "", err
	}
	return "weixin://wxpay/bizpayurl?pr=" + o.No[:9], nil
}

func (g *gate) Query(ctx context.Context, o payment.Order) (r payment.Reported, err error) {
	x, err := g.do(ctx, "query", o, func(t *trade) error {
		if t == nil {
			return payment.ErrAbsent
		}
		if t.state == payment.TradeNotPaid && !t.closed.IsZero() && time.Since(t.closed) >= g.lazy {
			t.state = payment.TradeClosed
		}
		r = payment.Reported{No: o.No, MchID: o.Merchant.MchID, AppID: o.Merchant.AppID, State: t.state}
		if t.state == payment.TradeSuccess || t.state == payment.TradeRefund {
			r.Attach, r.Amount, r.Currency = t.order.Attach, t.paid, "CNY"
			r.TransactionID, r.PaidAt = t.transaction(), t.at
			if t.appid != "" {
				r.AppID = t.appid
			}
			if t.currency != "" {
				r.Currency = t.currency
			}
		}
		return nil
	})
	if x.other && err == nil {
		r.No = "ANOTHER" + r.No[7:]
		if r.State == payment.TradeNotPaid {
			r.State, r.Attach, r.Amount, r.Currency, r.TransactionID, r.PaidAt = payment.TradeSuccess, o.Attach, o.Amount, "CNY", "4200OTHER", time.Now()
		}
	}
	return r, err
}

func (g *gate) Close(ctx context.Context, o payment.Order) error {
	_, err := g.do(ctx, "close", o, func(t *trade) error {
		switch {
		case t == nil: // 204, all the same
		case t.state == payment.TradeSuccess || t.state == payment.TradeRefund:
			return payment.ErrNumberTaken
		case t.closed.IsZero():
			t.closed = time.Now()
		}
		return nil
	})
	return err
}
