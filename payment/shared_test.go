package payment_test

import (
	"context"
	"log/slog"
	"testing"
	"time"

	"courtkiosk/payment"
	"courtkiosk/payment/gatewaytest"
)

const lease = 15 * time.Second

// machine starts one more machine at the world's ledger.
func (w *world) machine(holder string, l payment.Ledger, g payment.Gateway) *payment.Cashier {
	w.Helper()
	ctx, stop := context.WithCancel(context.Background())
	c := w.mortal(ctx, holder, l, g)
	w.others.Go(func() { <-w.over; stop(); c.Wait() })
	return c
}

// mortal is machine, of one that dies with ctx.
func (w *world) mortal(
	ctx context.Context, holder string, l payment.Ledger, g payment.Gateway,
) *payment.Cashier {
	w.Helper()
	c := payment.NewCashier(payment.Desk{
		Ledger: l, Gateway: g, Log: slog.New(slog.DiscardHandler), Kiosk: holder, PayWithin: 5 * time.Minute,
		Holder: holder, Lease: lease,
	})
	if err := c.Start(ctx, false); err != nil {
		w.Fatal(err)
	}
	return c
}

// shared runs f in a world whose own machine is off, and whose ledger others share.
func shared(t *testing.T, f func(*world)) {
	t.Helper()
	simulate(t, func(w *world) {
		w.crash()
		f(w)
	})
}

// A report that another machine has stored ends the order here as well, and its watchers hear of it.
func TestOrderEndedElsewhereEndsHere(t *testing.T) {
	shared(t, func(w *world) {
		a, b := w.machine("A", w.ledger, w.gate), w.machine("B", w.ledger, w.gate)
		f, err := a.Take(context.Background(), request(bill))
		if err != nil {
			w.Fatal(err)
		}
		no := f.News().Order.No
		w.until(no, payment.Waiting, time.Second)
		w.pass(70 * time.Second) // nobody watches: A asks once a minute
		w.office.Pay(no)
		if _, err := b.Ask(context.Background(), no); err != nil {
			w.Fatal(err)
		}
		asked := len(w.office.Asked("", no))
		w.pass(lease/3 + time.Second) // until A renews its leases
		if n := f.News(); n.Order.State != payment.Paid || n.Trouble != nil || a.Following() != 0 {
			w.Errorf("%s, %v; still follows %d", n.Order.State, n.Trouble, a.Following())
		}
		if n := len(w.office.Asked("", no)) - asked; n != 0 {
			w.Errorf("asked %d times after the end", n)
		}
	})
}

// A machine that was paused between its question and its close does not close what another one follows by then.
func TestPausedFollowerDoesNotClose(t *testing.T) {
	shared(t, func(w *world) {
		w.office.Lazy = 10 * time.Minute // the order stays open
		w.office.Silent = true
		gate := &pausing{Gateway: w.gate, from: noon.Add(5 * time.Second), until: noon.Add(time.Minute)}
		ledger := &pausedLedger{w.ledger, gate}
		a := w.machine("A", ledger, gate)
		w.machine("B", w.ledger, &gatewaytest.Gate{Office: w.office})
		f, err := a.Take(context.Background(), request(bill))
		if err != nil {
			w.Fatal(err)
		}
		no := f.News().Order.No
		w.until(no, payment.Waiting, time.Second)
		w.pass(time.Until(gate.from))
		w.cancel(f)
		w.pass(time.Until(gate.until) + time.Minute)
		if gate.closes > 0 || a.Following() != 0 {
			w.Errorf("closed %d times, follows %d", gate.closes, a.Following())
		}
		if o, err := w.ledger.Order(context.Background(), no); err != nil || o.Lease.Holder != "B" {
			w.Errorf("followed by %+v, %v", o.Lease, err)
		}
	})
}

// pausing is the gateway of a machine that hangs for a time, with the answer of a question in its hands.
type pausing struct {
	payment.Gateway
	from, until time.Time
	closes      int
}

func (g *pausing) hang() {
	if !time.Now().Before(g.from) {
		time.Sleep(time.Until(g.until))
	}
}

func (g *pausing) Query(ctx context.Context, o payment.Order) (payment.Reported, error) {
	r, err := g.Gateway.Query(ctx, o)
	g.hang()
	return r, err
}

func (g *pausing) Close(ctx context.Context, o payment.Order) error {
	g.closes++
	return g.Gateway.Close(ctx, o)
}

// pausedLedger hangs with it, so that no lease is renewed.
type pausedLedger struct {
	payment.Ledger
	gate *pausing
}

func (l *pausedLedger) Renew(ctx context.Context, holder string, until time.Time) ([]string, error) {
	l.gate.hang()
	return l.Ledger.Renew(ctx, holder, until)
}
