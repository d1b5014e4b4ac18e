// Package gatewaytest is a modelled WeChat Pay behind payment.Gateway, for simulations: an Office that knows every
// trade, and a Gate to it for each machine. It behaves as the public pages describe: numbers are unique within a
// merchant for ever, the same create answers again, anything else of the same number is refused, and 204 on close
// proves nothing. What goes wrong on the way is a Fault.
//
// # Decisions
//
// 2026-11-28: it stands beside ledgertest, and not in payment/lives, because the tests of payment's own sessions
// use it as much as the lives do, and need neither bbolt nor the SDK for that. wechatsim is the other model, of the
// wire.
package gatewaytest

import (
	"context"
	"maps"
	"slices"
	"sync"
	"time"

	"courtkiosk/payment"
)

// Merchant is the one that every Gate serves.
var Merchant = payment.Merchant{MchID: "1900000001", AppID: "wx8888888888888888"}

// An Office is WeChat. It keeps every trade for ever; any number of goroutines may call it.
type Office struct {
	Lazy   time.Duration // how long a trade that was closed goes on saying NOTPAY
	Raises bool          // a time_expire in the past is raised to a minute from now, not refused
	Silent bool          // keeps no list of calls
	Empty  bool          // the account holds nothing that could be given back

	mu     sync.Mutex
	trades map[string]*Trade // by TradeID
	backs  map[string]*Back  // by number
	calls  []Call
	fault  func(Call) Fault
}

// A Trade is what WeChat holds of one order.
type Trade struct {
	Order    payment.Order // as it was created
	State    payment.TradeState
	Paid     payment.Fen
	AppID    string // that it says it was paid to; the order's when empty
	Currency string // CNY when empty
	At       time.Time
	Outside  payment.Fen // given back at the merchant platform
	closed   time.Time
}

// TradeID names a trade: by its number alone where it is of Merchant, which most tests use.
func TradeID(m payment.Merchant, no string) string {
	if m.MchID == Merchant.MchID {
		return no
	}
	return m.MchID + "/" + no
}

// A Call is one call of a Gateway's method.
type Call struct {
	Op   string // create, query, close, refund or query refund
	No   string
	Body string
	At   time.Time
	From string // the attach of the machine that calls, or the name of its Gate; empty for a probe
}

// A Fault is what happens to a call. The zero fault is none.
type Fault struct {
	Err     error         // what the caller hears instead of the answer
	Arrived bool          // it was done all the same
	Late    time.Duration // it is done so much later; the caller has heard Err by then
	Wait    time.Duration // before the answer
	Before  func()        // somebody is quicker
	Other   bool          // the answer is about another order
}

// New returns an office without trades.
func New() *Office { return &Office{trades: make(map[string]*Trade)} }

// Fails says what goes wrong with every call from now on; nil is nothing. It may be asked by several at once.
func (f *Office) Fails(how func(Call) Fault) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.fault = how
}

// Down makes every call fail that comes between two moments.
func Down(from, to time.Time) func(Call) Fault {
	return func(c Call) Fault {
		if c.At.Before(from) || !c.At.Before(to) {
			return Fault{}
		}
		return Fault{Err: payment.ErrUnknown}
	}
}

// Note makes a trade that nobody asked for through a Gate of this office: another machine's.
func (f *Office) Note(o payment.Order, state payment.TradeState) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.trades[TradeID(o.Merchant, o.No)] = &Trade{Order: o, State: state}
}

// Pay pays an order as its payer would; false when it cannot be paid any more.
func (f *Office) Pay(id string) bool {
	return f.Change(id, func(t *Trade) bool {
		if t.State != payment.TradeNotPaid || time.Now().After(t.Order.Expires) || !t.closed.IsZero() {
			return false
		}
		t.State, t.Paid, t.At = payment.TradeSuccess, t.Order.Amount, time.Now()
		return true
	})
}

// Change changes a trade, which a payer, the court or WeChat itself may do.
func (f *Office) Change(id string, how func(*Trade) bool) bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	t := f.trades[id]
	return t != nil && how(t)
}

// Forget forgets the calls so far.
func (f *Office) Forget() {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.calls = nil
}

// Asked returns the calls of one kind about a number; an empty word means any.
func (f *Office) Asked(op, no string) []Call {
	f.mu.Lock()
	defer f.mu.Unlock()
	var calls []Call
	for _, c := range f.calls {
		if (op == "" || c.Op == op) && (no == "" || c.No == no) {
			calls = append(calls, c)
		}
	}
	return calls
}

// do notes a call, lets its fault happen, and does it.
func (f *Office) do(ctx context.Context, op, from string, o payment.Order, act func(*Trade) error) (Fault, error) {
	f.mu.Lock()
	c := Call{op, o.No, string(o.Body), time.Now(), from}
	if !f.Silent {
		f.calls = append(f.calls, c)
	}
	how := f.fault
	f.mu.Unlock()
	var x Fault
	if how != nil {
		x = how(c)
	}
	if x.Before != nil {
		x.Before()
	}
	if x.Wait > 0 {
		select {
		case <-ctx.Done():
			return x, ctx.Err()
		case <-time.After(x.Wait):
		}
	}
	if ctx.Err() != nil {
		return x, ctx.Err()
	}
	if x.Late > 0 {
		time.AfterFunc(x.Late, func() { _ = f.act(o, act) })
		return x, x.Err
	}
	if x.Err != nil && !x.Arrived {
		return x, x.Err
	}
	if err := f.act(o, act); x.Err == nil {
		return x, err
	}
	return x, x.Err
}

func (f *Office) act(o payment.Order, act func(*Trade) error) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	return act(f.trades[TradeID(o.Merchant, o.No)])
}

// Trades returns every trade as it is now, by merchant and number.
func (f *Office) Trades() []Trade {
	f.mu.Lock()
	defer f.mu.Unlock()
	var list []Trade
	for _, id := range slices.Sorted(maps.Keys(f.trades)) {
		list = append(list, *f.trades[id])
	}
	return list
}

// Trade returns one trade as it is now.
func (f *Office) Trade(id string) (t Trade, known bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.trades[id] == nil {
		return Trade{}, false
	}
	return *f.trades[id], true
}

// Transaction is WeChat's number of the trade once it is paid.
func (t *Trade) Transaction() string { return "4200" + t.Order.Merchant.MchID[8:] + t.Order.No[:8] }
