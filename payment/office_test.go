package payment_test

import (
	"context"
	"fmt"
	"sync"
	"time"

	"courtkiosk/payment"
)

// office is WeChat as the facts describe it: numbers are unique for ever, the same create answers again, anything
// else of the same number is refused, and 204 on close proves nothing. What goes wrong on the way is a fault.
type office struct {
	mu     sync.Mutex
	trades map[string]*trade
	calls  []call
	fault  func(call) fault

	lazy time.Duration // how long a trade that was closed goes on saying NOTPAY
}

type trade struct {
	order  payment.Order
	state  payment.TradeState
	paid   payment.Fen
	at     time.Time
	closed time.Time
}

type call struct {
	op   string // create, query or close
	no   string
	body string
	at   time.Time
}

// A fault is what happens to a call. The zero fault is none.
type fault struct {
	err     error         // what the caller hears instead of the answer
	arrived bool          // it was done all the same
	wait    time.Duration // before the answer
	before  func()        // somebody is quicker
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
func (f *office) pay(no string) bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	t := f.trades[no]
	if t == nil || t.state != payment.TradeNotPaid || time.Now().After(t.order.Expires) || !t.closed.IsZero() {
		return false
	}
	t.state, t.paid, t.at = payment.TradeSuccess, t.order.Amount, time.Now()
	return true
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
func (f *office) do(ctx context.Context, op string, o payment.Order, act func(*trade) error) error {
	f.mu.Lock()
	c := call{op, o.No, string(o.Body), time.Now()}
	f.calls = append(f.calls, c)
	var x fault
	if f.fault != nil {
		x = f.fault(c)
	}
	f.mu.Unlock()
	if x.before != nil {
		x.before()
	}
	if x.wait > 0 {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(x.wait):
		}
	}
	if ctx.Err() != nil {
		return ctx.Err()
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	if x.err != nil && !x.arrived {
		return x.err
	}
	if err := act(f.trades[o.No]); x.err == nil {
		return err
	}
	return x.err
}

// gate is one machine's Gateway to the office.
type gate struct {
	*office
	offset time.Duration
}

func (g *gate) Serves(m payment.Merchant) bool { return m == merchant }

func (g *gate) Offset() (time.Duration, bool) { return g.offset, true }

func (g *gate) Compose(o payment.Order) ([]byte, error) {
	return fmt.Appendf(nil, "%s %s %s %s %s", o.No, o.Attach, o.Amount, o.Title, o.Expires.Format(time.RFC3339)), nil
}

func (g *gate) Prepay(ctx context.Context, o payment.Order) (string, error) {
	err := g.do(ctx, "create", o, func(t *trade) error {
		switch {
		case t == nil:
			g.trades[o.No] = &trade{order: o, state: payment.TradeNotPaid}
		case t.state != payment.TradeNotPaid || string(t.order.Body) != string(o.Body):
			return payment.ErrNumberTaken
		}
		return nil
	})
	if err != nil {
		return "", err
	}
	return "weixin://wxpay/bizpayurl?pr=" + o.No[:9], nil
}

func (g *gate) Query(ctx context.Context, o payment.Order) (r payment.Report, err error) {
	err = g.do(ctx, "query", o, func(t *trade) error {
		if t == nil {
			return payment.ErrAbsent
		}
		if t.state == payment.TradeNotPaid && !t.closed.IsZero() && time.Since(t.closed) >= g.lazy {
			t.state = payment.TradeClosed
		}
		r = payment.Report{No: o.No, MchID: o.Merchant.MchID, AppID: o.Merchant.AppID, State: t.state}
		if t.state == payment.TradeSuccess {
			r.Attach, r.Amount, r.Currency = t.order.Attach, t.paid, "CNY"
			r.TransactionID, r.PaidAt = "4200"+o.No[:8], t.at
		}
		return nil
	})
	return r, err
}

func (g *gate) Close(ctx context.Context, o payment.Order) error {
	return g.do(ctx, "close", o, func(t *trade) error {
		switch {
		case t == nil: // 204, all the same
		case t.state == payment.TradeSuccess:
			return payment.ErrNumberTaken
		case t.closed.IsZero():
			t.closed = time.Now()
		}
		return nil
	})
}
