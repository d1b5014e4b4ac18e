package counter

import (
	"testing"
	"time"

	"courtkiosk/payment"
)

// Three people have cancelled at other machines: one touch gives a code.
func TestPayWalksOn(t *testing.T) {
	inWorld(t, func(w *world) {
		w.gate.used = 3
		p, err := w.Pay(w.t.Context(), ask(w.only(), "a"))
		if err != nil || p.State != payment.Waiting || p.Code == "" {
			t.Fatalf("one touch: %+v, %v", p, err)
		}
		again, err := w.Pay(w.t.Context(), ask(w.only(), "a"))
		if err != nil || again.Order != p.Order {
			t.Errorf("asked again: %+v, %v", again, err)
		}
	})
}

// The court has changed the bill while a visitor waited for a number: after five seconds it is asked again.
func TestTheCourtIsAskedAgain(t *testing.T) {
	for name, tt := range map[string]struct {
		lag  time.Duration // of each answer
		want Code
	}{"quick": {}, "slow": {time.Second, Changed}} {
		t.Run(name, func(t *testing.T) {
			inWorld(t, func(w *world) {
				d := w.only()
				w.gate.used, w.gate.lag = 8, tt.lag
				done := make(chan struct{})
				go func() {
					defer close(done)
					time.Sleep(time.Millisecond) // it was asked at once, and confirmed
					w.court.raise()
				}()
				p, err := w.Pay(w.t.Context(), ask(d, "a"))
				<-done
				if tt.want == "" {
					if err != nil || p.State != payment.Waiting {
						t.Errorf("got %+v, %v", p, err)
					}
					return
				}
				r := refused(t, "the amount of before", err, tt.want)
				if r.Now == nil || r.Now.Amount != theBill.Amount+1 {
					t.Errorf("now %+v", r.Now)
				}
				open, err := w.Ledger.Unsettled(w.t.Context())
				if err != nil || len(open) > 0 {
					t.Errorf("open: %+v, %v", open, err)
				}
			})
		})
	}
}

// A visit that leaves before it knows an order has nothing more opened for it.
func TestLeavingDuringAWalk(t *testing.T) {
	inWorld(t, func(w *world) {
		d := w.only()
		w.gate.used, w.gate.lag = 50, time.Second
		go func() {
			time.Sleep(3500 * time.Millisecond)
			for _, visit := range []string{"b", "a"} { // another one's leaving is its own
				if err := w.Wish(w.t.Context(), Wish{Kind: Leave, Visit: visit}); err != nil {
					t.Error(err)
				}
			}
		}()
		start := time.Now()
		p, err := w.Pay(w.t.Context(), ask(d, "a"))
		if took := time.Since(start); err != nil || took > 4*time.Second || p.Order == "" {
			t.Errorf("after %v: %+v, %v", took, p, err)
		}
		time.Sleep(time.Minute)
		page, err := w.Ledger.Find(w.t.Context(), payment.Filter{N: 50})
		if err != nil || len(page.Orders) > 4 {
			t.Errorf("%d orders, %v", len(page.Orders), err)
		}
	})
}

// A visit that leaves while the court is asked has nothing opened for it.
func TestLeavingBeforeAWalk(t *testing.T) {
	inWorld(t, func(w *world) {
		d := w.only()
		w.court.lag, w.gate.used, w.gate.lag = 2*time.Second, 50, time.Second
		left := make(chan error)
		go func() {
			time.Sleep(time.Second)
			left <- w.Wish(w.t.Context(), Wish{Kind: Leave, Visit: "a"})
		}()
		p, err := w.Pay(w.t.Context(), ask(d, "a"))
		if lerr := <-left; err == nil || lerr != nil {
			t.Errorf("got %+v, %v; %v", p, err, lerr)
		}
		time.Sleep(time.Minute)
		page, err := w.Ledger.Find(w.t.Context(), payment.Filter{N: 50})
		if err != nil || len(page.Orders) > 0 {
			t.Errorf("%d orders, %v", len(page.Orders), err)
		}
	})
}
