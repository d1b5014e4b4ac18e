package payment_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"courtkiosk/payment"
	"courtkiosk/payment/gatewaytest"
	"courtkiosk/payment/ledgertest"
)

func TestPaceOfWhatWasLeft(t *testing.T) {
	simulate(t, func(w *world) {
		s, leave := w.visit(bill)
		no := s.News().Order.No
		w.until(no, payment.Waiting, time.Second)
		w.pass(20 * time.Second)
		leave()
		w.pass(3 * time.Minute)
		calls := w.office.Asked("query", no)
		var gaps []time.Duration
		for i := range calls[1:] {
			if calls[i+1].At.Sub(noon) > 24*time.Second {
				gaps = append(gaps, calls[i+1].At.Sub(calls[i].At))
			}
		}
		for i, want := range []time.Duration{5 * time.Second, 10 * time.Second, 30 * time.Second, time.Minute} {
			if i >= len(gaps) || gaps[i] < want || gaps[i] > want+want/10 {
				w.Fatalf("asks after %v, want 5 s, 10 s, 30 s, 1 min", gaps)
			}
		}
		before := len(calls)
		_, leave = s.Watch()
		defer leave()
		w.pass(11 * time.Second)
		if n := len(w.office.Asked("query", no)) - before; n < 10 || n > 12 {
			w.Errorf("asked %d times within 11 s of watching", n)
		}
	})
}

// Somebody may be paying in the first two minutes that a code is shown, and in two after each touch: then WeChat is
// asked each second, else each 2.5 s.
func TestPaceOfWhatIsShown(t *testing.T) {
	simulate(t, func(w *world) {
		w.office.Lazy = time.Hour
		s, leave := w.visit(bill)
		defer leave()
		no := s.News().Order.No
		w.until(no, payment.Waiting, time.Second)
		w.pass(time.Until(noon.Add(200 * time.Second)))
		s.Ask() // a touch
		w.pass(time.Until(noon.Add(290 * time.Second)))
		calls := w.office.Asked("query", no)
		w.Logf("%d questions in 290 s, one touch included", len(calls))
		for i := range calls[1:] {
			from, gap := calls[i].At.Sub(noon), calls[i+1].At.Sub(calls[i].At)
			want := time.Second
			if from > 120*time.Second && from < 200*time.Second {
				want = 2500 * time.Millisecond
			}
			touch := calls[i+1].At.Equal(noon.Add(200 * time.Second))
			if !touch && i > 0 && (gap < want || gap > want+want/10) {
				w.Errorf("%v after noon it waits %v, want %v", from, gap, want)
			}
		}
	})
}

func TestOldOrderIsAskedHourly(t *testing.T) {
	tests := map[string]struct {
		dark  bool
		calls int // at each round
	}{
		"answered":                  {false, 2}, // query, close, query
		"in the dark after a blink": {true, 1},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			simulate(t, func(w *world) {
				w.office.Lazy = 100 * 24 * time.Hour
				no := w.take(bill).News().Order.No
				w.pass(10 * time.Second)
				w.office.Fails(gatewaytest.Down(noon.Add(time.Minute), noon.Add(2*time.Minute)))
				w.pass(25 * time.Hour)
				if tt.dark {
					w.office.Fails(gatewaytest.Down(time.Now(), noon.Add(100*24*time.Hour)))
				}
				before := len(w.office.Asked("query", no))
				w.pass(24 * time.Hour)
				if n := (len(w.office.Asked("query", no)) - before) / tt.calls; n < 20 || n > 25 {
					w.Errorf("asked %d times a day", n)
				}
			})
		})
	}
}

func TestRecoveryWakesSleepers(t *testing.T) {
	simulate(t, func(w *world) {
		for i := range 3 {
			w.take(fmt.Sprint("bill ", i))
		}
		w.pass(10 * time.Second)
		w.office.Fails(gatewaytest.Down(time.Now(), noon.Add(40*time.Minute)))
		w.pass(40 * time.Minute)
		w.office.Forget()
		for end := time.Now().Add(2 * time.Minute); len(w.office.Asked("query", "")) == 0 && time.Now().Before(end); {
			w.pass(100 * time.Millisecond)
		}
		w.pass(2 * time.Second)
		for i := range 3 {
			if len(w.office.Asked("query", request(fmt.Sprint("bill ", i)).Key.Number(merchant, 1))) == 0 {
				w.Errorf("bill %d sleeps on", i)
			}
		}
	})
}

// The gateway comes back between a question that fails and the rest that follows: the follower does not sleep through
// it.
func TestRecoveryIsNotMissed(t *testing.T) {
	simulate(t, func(w *world) {
		a, b := w.take("bill a").News().Order.No, w.take("bill b").News().Order.No
		w.until(a, payment.Waiting, 5*time.Second)
		w.until(b, payment.Waiting, 5*time.Second)
		w.office.Fails(gatewaytest.Down(time.Now(), noon.Add(3*time.Minute)))
		w.pass(time.Until(noon.Add(3 * time.Minute)))
		hung := false
		w.office.Fails(func(c gatewaytest.Call) gatewaytest.Fault {
			if c.No != a || hung {
				return gatewaytest.Fault{}
			}
			hung = true // and fails after b was answered
			return gatewaytest.Fault{Err: payment.ErrUnknown, Wait: 10 * time.Second}
		})
		w.followed(a).Ask()
		w.pass(5 * time.Second)
		w.followed(b).Ask()
		w.pass(8 * time.Second)
		if n := len(w.office.Asked("query", a)); n == 0 ||
			time.Since(w.office.Asked("query", a)[n-1].At) > 3*time.Second {
			w.Error("sleeps on though the gateway is back")
		}
	})
}

// An order that WeChat stumbles over keeps its back-off, though all others are answered every few seconds.
func TestOneBadOrderIsNotHammered(t *testing.T) {
	simulate(t, func(w *world) {
		bad := w.take("bill a").News().Order.No
		w.until(bad, payment.Waiting, time.Second)
		w.office.Fails(func(c gatewaytest.Call) gatewaytest.Fault {
			if c.No == bad {
				return gatewaytest.Fault{Err: payment.ErrUnknown}
			}
			return gatewaytest.Fault{}
		})
		w.visit("bill b")
		good := w.take("bill c").News().Order.No
		w.pass(4 * time.Minute)
		if n := len(w.office.Asked("query", good)); n < 4 || n > 7 {
			w.Errorf("its neighbour is asked %d times in 4 minutes", n)
		}
		if n := len(w.office.Asked("query", bad)); n < 6 || n > 18 {
			w.Errorf("asked %d times in 4 minutes", n)
		}
	})
}

func TestThousandOrdersAndOneVisitor(t *testing.T) {
	simulate(t, func(w *world) {
		w.office.Lazy = time.Hour
		for i := range 1000 {
			w.take(fmt.Sprint("bill ", i))
		}
		w.pass(10 * time.Minute)
		w.crash()
		w.start() // all at once
		hasty, leave := w.visit("bill of a hasty visitor")
		for range 200 {
			hasty.Ask()
			w.pass(10 * time.Millisecond)
		}
		leave()
		w.pass(time.Minute)
		came := time.Now()
		s, leave := w.visit(bill)
		fresh := s.News().Order.No
		w.until(fresh, payment.Waiting, 500*time.Millisecond)
		w.pass(time.Minute)
		w.seenEvery(3*time.Second, fresh, came)
		leave()
		w.left(s)
		// And one who comes back to an order that stands in the long queue.
		old := request("bill 300").Key.Number(merchant, 1)
		_, leave = w.followed(old).Watch()
		came = time.Now()
		w.pass(20 * time.Second)
		w.seenEvery(6*time.Second, old, came)
		leave()
		w.pass(10 * time.Minute)
		steady(w.T, w.office.Asked("", ""), 10)
	})
}

// seenEvery fails if an order was left unasked for longer than d since a moment.
func (w *world) seenEvery(d time.Duration, no string, since time.Time) {
	w.Helper()
	last := since
	for _, c := range w.office.Asked("query", no) {
		if c.At.Before(since) {
			continue
		}
		if gap := c.At.Sub(last); gap > d {
			w.Errorf("%s was not asked for %v", no, gap)
		}
		last = c.At
	}
	if gap := time.Since(last); gap > d {
		w.Errorf("%s was not asked for %v", no, gap)
	}
}

func TestWakingIsNoStorm(t *testing.T) {
	simulate(t, func(w *world) {
		s, _ := w.visit(bill)
		no := s.News().Order.No
		w.until(no, payment.Waiting, time.Second)
		for range 5000 {
			s.Ask()
			w.pass(2 * time.Millisecond)
		}
		steady(w.T, w.office.Asked("", no), 10)
		if n := len(w.office.Asked("", no)); n > 40 {
			w.Errorf("%d calls in 10 s", n)
		}
	})
}

func TestHealth(t *testing.T) {
	simulate(t, func(w *world) {
		if h := w.cashier.Health(merchant); h.Heard || h.Trouble != nil {
			w.Errorf("before anything was asked: %+v", h)
		}
		denied := func(gatewaytest.Call) gatewaytest.Fault { return gatewaytest.Fault{Err: payment.ErrUnauthorized} }
		w.office.Fails(denied)
		probe := func() error { return w.cashier.Probe(context.Background(), merchant) }
		if err := probe(); !errors.Is(err, payment.ErrUnauthorized) || w.cashier.Health(merchant).Unauthorized {
			w.Errorf("after one 401: %v, %+v", err, w.cashier.Health(merchant))
		}
		w.office.Fails(func(gatewaytest.Call) gatewaytest.Fault { return gatewaytest.Fault{Err: payment.ErrUnknown} })
		_ = probe() // a time-out says nothing of the key
		w.office.Fails(denied)
		if _ = probe(); !w.cashier.Health(merchant).Unauthorized {
			w.Errorf("after two 401: %+v", w.cashier.Health(merchant))
		}
		w.office.Fails(nil)
		if err := probe(); err != nil { // the office knows no such order
			w.Errorf("got %v", err)
		}
		if h := w.cashier.Health(merchant); h.Unauthorized || h.Trouble != nil || !h.Heard || !h.Since.IsZero() {
			w.Errorf("after the probe: %+v", h)
		}
	})
}

func TestClockOffset(t *testing.T) {
	tests := map[string]struct {
		offset time.Duration
		wrong  bool
	}{
		"right":           {0, false},
		"2 min behind":    {2 * time.Minute, false},
		"more behind":     {2*time.Minute + time.Second, true},
		"more ahead":      {-2*time.Minute - time.Second, true},
		"beyond all help": {6 * time.Hour, true},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			simulate(t, func(w *world) {
				w.gate.Ahead = tt.offset
				if got := w.cashier.Health(merchant).Clock; got != tt.wrong {
					w.Errorf("clock wrong %v, want %v", got, tt.wrong)
				}
				o := w.take(bill).News().Order
				if want := time.Now().Add(tt.offset + 5*time.Minute); !o.Expires.Equal(want) {
					w.Errorf("expires %v, want %v by WeChat's clock", o.Expires, want)
				}
			})
		})
	}
}

func TestEndOfTheDay(t *testing.T) {
	simulate(t, func(w *world) {
		for i := range 20 {
			w.visit(fmt.Sprint("bill ", i))
		}
		// in the middle of every question
		w.office.Fails(func(gatewaytest.Call) gatewaytest.Fault { return gatewaytest.Fault{Wait: time.Hour} })
		w.pass(20 * time.Second)
		w.stop()
		w.cashier.Wait()
		if n := w.cashier.Following(); n != 0 {
			w.Errorf("%d are followed after the end", n)
		}
		if _, err := w.cashier.Take(context.Background(), request(bill)); err == nil {
			w.Error("an order was opened that nobody follows")
		}
		if n := w.stored(); n != 20 {
			w.Errorf("%d orders are stored, want 20", n)
		}
	})
}

func TestMerchantWithoutKeys(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := request(bill)
		r.Merchant.MchID = "1900000002"
		l := newLedger()
		ledgertest.New(t, l, r, time.Now())
		g := &gatewaytest.Gate{Office: gatewaytest.New()}
		c := payment.NewCashier(payment.Desk{
			Ledger: l, Gateway: g, Log: slog.New(slog.DiscardHandler), PayWithin: 5 * time.Minute,
		})
		if err := c.Start(t.Context(), false); err != nil {
			t.Errorf("one merchant without keys stops all others: %v", err)
		}
		if n := c.Unserved()[r.Merchant.MchID]; n != 1 || c.Following() != 0 || len(g.Asked("", "")) != 0 {
			t.Errorf("%d orders wait for keys, %d are followed, %d calls", n, c.Following(), len(g.Asked("", "")))
		}
	})
	simulate(t, func(w *world) {
		r := request(bill)
		r.Merchant.AppID = "wx9"
		if _, err := w.cashier.Take(context.Background(), r); !errors.Is(err, payment.ErrNotServed) || w.stored() != 0 {
			w.Errorf("got %v with %d orders stored", err, w.stored())
		}
	})
}

// One process serves several panels: three share what visitors may ask without a wait, and none of more is forgotten.
func TestPaceOfSeveralPanels(t *testing.T) {
	tests := []struct {
		panels        int
		median, worst time.Duration // from one question about an order to the next, while its code is shown
	}{
		{1, 1100 * time.Millisecond, 1200 * time.Millisecond},
		{3, 1200 * time.Millisecond, 1500 * time.Millisecond},
		{6, 2100 * time.Millisecond, 2500 * time.Millisecond},
	}
	for _, tt := range tests {
		t.Run(fmt.Sprint(tt.panels), func(t *testing.T) {
			simulate(t, func(w *world) {
				w.office.Lazy = time.Hour
				for i := range 24 {
					w.take(fmt.Sprint("left behind ", i))
				}
				w.pass(time.Minute)
				came := time.Now()
				var shown []string
				for i := range tt.panels {
					s, leave := w.visit(fmt.Sprint("bill ", i))
					defer leave()
					shown = append(shown, s.News().Order.No)
					w.until(shown[i], payment.Waiting, 2*time.Second)
				}
				w.pass(100 * time.Second)
				var gaps []time.Duration
				for _, no := range shown {
					calls := w.office.Asked("query", no)
					for i := 1; i < len(calls); i++ {
						gaps = append(gaps, calls[i].At.Sub(calls[i-1].At))
					}
				}
				slices.Sort(gaps)
				if median := gaps[len(gaps)/2]; median > tt.median || gaps[len(gaps)-1] > tt.worst {
					t.Errorf("asks each %v, at worst %v", median, gaps[len(gaps)-1])
				}
				if n := time.Since(came); len(gaps) < 40 {
					t.Errorf("%d questions in %v", len(gaps), n)
				}
				steady(w.T, w.office.Asked("", ""), payment.KioskCalls)
			})
		})
	}
}
