package payment_test

import (
	"cmp"
	"context"
	"log/slog"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"courtkiosk/payment"
	"courtkiosk/payment/gatewaytest"
	"courtkiosk/payment/ledgertest"
)

// world is one court's machine with WeChat and payers around it, inside a synctest bubble: its days pass in
// milliseconds.
type world struct {
	*testing.T
	office  *gatewaytest.Office
	gate    *gatewaytest.Gate
	ledger  *ledgertest.Memory
	cashier *payment.Cashier
	id      string        // of the kiosk; "03" when empty
	within  time.Duration // that its kiosk gives to pay; five minutes when zero
	former  []payment.Former
	gives   bool                   // refunds are on
	off     bool                   // they were, and what was sent is followed
	unread  error                  // what it comes to whether a device is the ledger's
	forbids error                  // what every person is refused for who does something about a refund
	acts    []payment.RefundAct    // that persons were about to do
	read    atomic.Pointer[func()] // told before an order is read, as each step does
	looked  atomic.Pointer[func()] // told after it, once
	stop    context.CancelFunc
	over    chan struct{} // closed at the end of the world
	others  sync.WaitGroup
}

// simulate runs f in a world whose cashier has started, and ends everything after it. A follower that does not end
// with its context fails the test: the bubble waits for it.
func simulate(t *testing.T, f func(*world)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		time.Sleep(time.Until(noon)) // a bubble begins in the year 2000
		o := gatewaytest.New()
		w := &world{T: t, office: o, gate: &gatewaytest.Gate{Office: o}, ledger: newLedger(), over: make(chan struct{})}
		w.start()
		defer func() {
			close(w.over)
			w.others.Wait()
			w.crash()
		}()
		f(w)
	})
}

// newLedger returns the empty ledger of the machine, which signs its orders with mark.
func newLedger() *ledgertest.Memory {
	return ledgertest.NewMemory(payment.Identity{Court: "京0101", Environment: "test", Instance: "4f1c"})
}

// start switches the machine on.
func (w *world) start() {
	w.Helper()
	w.cashier = payment.NewCashier(payment.Desk{
		Ledger: reader{w.ledger, w}, Gateway: w.gate, Log: slog.New(slog.DiscardHandler), Kiosk: cmp.Or(w.id, "03"),
		PayWithin: cmp.Or(w.within, 5*time.Minute), Former: w.former, Refunder: w.refunder(),
		RefundsOff: w.off,
		May:        w.may,
		Ours: func(_ context.Context, device string) (bool, error) {
			return w.unread == nil && device == cmp.Or(w.id, "03"), w.unread
		},
	})
	ctx, stop := context.WithCancel(context.Background())
	w.stop = stop
	if err := w.cashier.Start(ctx, false); err != nil {
		stop()
		w.Fatal(err)
	}
}

func (w *world) may(a payment.RefundAct) error {
	w.acts = append(w.acts, a)
	return w.forbids
}

func (w *world) refunder() payment.Refunder {
	if !w.gives {
		return nil
	}
	return w.gate
}

// reader is the machine's ledger, and tells of each order that is read.
type reader struct {
	*ledgertest.Memory
	w *world
}

func (r reader) Order(ctx context.Context, no string) (payment.Order, error) {
	if read := r.w.read.Load(); read != nil {
		(*read)()
	}
	o, err := r.Memory.Order(ctx, no)
	if looked := r.w.looked.Swap(nil); looked != nil {
		(*looked)()
	}
	return o, err
}

// crash switches it off: nothing stays but the ledger.
func (w *world) crash() {
	w.stop()
	w.cashier.Wait()
	if n := w.cashier.Following(); n != 0 {
		w.Errorf("%d followers left", n)
	}
}

func request(bill string) payment.Request {
	return payment.Request{
		Key:      payment.Key{Court: "京0101", Purse: "诉讼费", Bill: bill},
		Merchant: merchant, Amount: 270000, Title: "案件受理费",
		Owed: []string{"receipt", "report"}, OwedTwin: []string{"receipt"},
	}
}

const bill = "（2026）京0105民初12345号/受理费"

// take opens the bill's order, or finds it again.
func (w *world) take(bill string) payment.Followed {
	w.Helper()
	s, err := w.cashier.Take(context.Background(), request(bill))
	if err != nil {
		w.Fatal(err)
	}
	return s
}

// visit takes the bill's order and watches it, as a screen does.
func (w *world) visit(bill string) (s payment.Followed, leave func()) {
	w.Helper()
	s = w.take(bill)
	_, leave = s.Watch()
	return s, leave
}

// followed returns the order as it is followed, nil when it is not.
func (w *world) followed(no string) payment.Followed {
	if f, ok := w.cashier.Followed(no); ok {
		return f
	}
	return nil
}

// cancel is the visitor's wish that an order be closed.
func (w *world) cancel(f payment.Followed) {
	w.Helper()
	if err := f.Cancel(context.Background(), payment.Wish{Source: payment.ByVisit}); err != nil {
		w.Fatal(err)
	}
}

// left is the visitor leaving the screen.
func (w *world) left(f payment.Followed) {
	w.Helper()
	if err := f.Leave(context.Background(), ""); err != nil {
		w.Fatal(err)
	}
}

// pass lets virtual time go by.
func (w *world) pass(d time.Duration) {
	time.Sleep(d)
	synctest.Wait()
}

// until waits for an order to come to a state, at most d: a livelock fails instead of hanging.
func (w *world) until(no string, state payment.State, d time.Duration) payment.Order {
	w.Helper()
	for end := time.Now().Add(d); ; w.pass(50 * time.Millisecond) {
		synctest.Wait()
		o, err := w.ledger.Order(context.Background(), no)
		if err != nil {
			w.Fatal(err)
		}
		if o.State == state {
			return o
		}
		if o.Final() || !time.Now().Before(end) {
			w.Fatalf("%v after noon: order is %s %q, want %s", time.Since(noon), o.State, o.Oddity, state)
		}
	}
}

// owes fails unless exactly these kinds of work are owed for the order.
func (w *world) owes(no string, want ...string) {
	w.Helper()
	effects, err := w.ledger.Effects(context.Background(), no)
	if err != nil {
		w.Fatal(err)
	}
	var got []string
	for _, e := range effects {
		got = append(got, e.Kind)
	}
	if !slices.Equal(got, want) {
		w.Errorf("owes %v, want %v", got, want)
	}
}

// stored returns how many orders the ledger holds.
func (w *world) stored() int {
	w.Helper()
	page, err := w.ledger.Find(context.Background(), payment.Filter{N: payment.MaxPage})
	if err != nil {
		w.Fatal(err)
	}
	return len(page.Orders)
}

// steady fails if any second saw more than n calls.
func steady(t *testing.T, calls []gatewaytest.Call, n int) {
	t.Helper()
	for i := range calls {
		if j := i + n; j < len(calls) && calls[j].At.Sub(calls[i].At) < time.Second {
			t.Fatalf("%d calls within %v, %v after noon", n+1, calls[j].At.Sub(calls[i].At), calls[i].At.Sub(noon))
		}
	}
}
