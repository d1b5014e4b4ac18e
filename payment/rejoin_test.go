package payment_test

import (
	"context"
	"errors"
	"sync/atomic"
	"testing"
	"time"

	"courtkiosk/payment"
	"courtkiosk/payment/gatewaytest"
)

// takeAs takes the bill's order as a visit.
func (w *world) takeAs(visit string) (payment.Followed, error) {
	r := request(bill)
	r.Visit, r.ID = visit, "asked by "+visit
	return w.cashier.Take(context.Background(), r)
}

// standsAt takes the bill's order as a visit, and fails when that is refused.
func (w *world) standsAt(visit string) payment.Followed {
	w.Helper()
	f, err := w.takeAs(visit)
	if err != nil {
		w.Fatal(err)
	}
	return f
}

// wishes stores a wish that the order be closed.
func (w *world) wishes(f payment.Followed, source payment.Source, visit string) {
	w.Helper()
	if err := f.Cancel(context.Background(), payment.Wish{Source: source, Visit: visit}); err != nil {
		w.Fatal(err)
	}
}

// resets answers every create by a reset for a time, as a network does that breaks; they arrive or not.
func (w *world) resets(d time.Duration, arrived bool) {
	end := time.Now().Add(d)
	w.office.Fails(func(c gatewaytest.Call) gatewaytest.Fault {
		if c.Op == "create" && c.At.Before(end) {
			return gatewaytest.Fault{Err: payment.ErrUnknown, Arrived: arrived}
		}
		return gatewaytest.Fault{}
	})
}

// Somebody leaves while the code is prepared, and comes back to pay: the code that is shown is not closed.
func TestLeftWhileTheCodeWasPrepared(t *testing.T) {
	for name, arrived := range map[string]bool{"creates are lost": false, "answers are lost": true} {
		t.Run(name, func(t *testing.T) {
			simulate(t, func(w *world) {
				w.resets(20*time.Second, arrived)
				f := w.standsAt("one")
				w.pass(5 * time.Second)
				w.wishes(f, payment.ByVisit, "one")
				if err := f.Leave(t.Context(), "one"); err != nil {
					t.Fatal(err)
				}
				w.pass(3 * time.Second)
				no := f.News().Order.No
				f = w.standsAt("two")
				_, stop := f.Watch()
				defer stop()
				w.until(no, payment.Waiting, time.Minute)
				w.pass(time.Minute)
				if n := f.News(); n.Order.State != payment.Waiting || n.Order.CodeURL == "" {
					t.Errorf("a minute later the screen hears %s, code %q", n.Order.State, n.Order.CodeURL)
				}
				w.office.Pay(no)
				if o := w.until(no, payment.Paid, 5*time.Second); o.Oddity != payment.None {
					t.Errorf("paid with oddity %q", o.Oddity)
				}
			})
		})
	}
}

// Every other wish stands: no code is published, and who comes waits for CLOSED.
func TestWishesThatStand(t *testing.T) {
	tests := map[string]struct {
		first, second payment.Wish
		coded         bool // the code is known when the visitor comes
		visit         string
	}{
		"of the court":            {first: payment.Wish{Source: payment.ByCourt, Visit: "one"}, visit: "two"},
		"of a clerk":              {first: payment.Wish{Source: payment.ByClerk}, visit: "two"},
		"of the clock":            {first: payment.Wish{Source: payment.ByClock}, visit: "two"},
		"of the same visit":       {first: payment.Wish{Source: payment.ByVisit, Visit: "one"}, visit: "one"},
		"of a visit without name": {first: payment.Wish{Source: payment.ByVisit}, visit: "two"},
		"with a code": {
			first: payment.Wish{Source: payment.ByVisit, Visit: "one"}, coded: true, visit: "two",
		},
		"of the court, after a visit's": {
			first: payment.Wish{Source: payment.ByVisit, Visit: "one"}, second: payment.Wish{Source: payment.ByCourt},
			visit: "two",
		},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			simulate(t, func(w *world) {
				if !tt.coded {
					w.resets(10*time.Second, false)
				}
				r := request(bill)
				r.Visit = tt.first.Visit
				f, err := w.cashier.Take(t.Context(), r)
				if err != nil {
					t.Fatal(err)
				}
				w.pass(3 * time.Second)
				w.office.Lazy = 20 * time.Second // so that being closed takes a while
				for _, wish := range []payment.Wish{tt.first, tt.second} {
					if wish.Source != "" {
						w.wishes(f, wish.Source, wish.Visit)
					}
				}
				f = w.standsAt(tt.visit)
				news, stop := f.Watch()
				defer stop()
				for end := time.Now().Add(time.Minute); time.Now().Before(end); {
					select {
					case n := <-news:
						if n.Order.CodeURL != "" {
							t.Fatalf("the screen is given a code of an order that is %s", n.Order.State)
						}
						if n.Order.State == payment.Closed {
							return
						}
					case <-time.After(time.Second):
					}
				}
				t.Errorf("after a minute it is %s", f.News().Order.State)
			})
		})
	}
}

// While WeChat is slow over a question, somebody else wishes the order closed: nobody is given its code any more.
func TestWishWhileAQuestionIsOut(t *testing.T) {
	simulate(t, func(w *world) {
		f := w.standsAt("one")
		_, stop := f.Watch()
		defer stop()
		w.pass(time.Second)
		w.office.Fails(func(gatewaytest.Call) gatewaytest.Fault {
			return gatewaytest.Fault{Err: payment.ErrUnknown, Wait: 8 * time.Second}
		})
		f.Ask()
		w.pass(time.Second)
		if f.News().Order.CodeURL == "" {
			t.Fatal("no code before the wish")
		}
		w.wishes(f, payment.ByCourt, "")
		var asked atomic.Int32 // sessions look, too
		check := func() {
			if n := f.News(); n.Order.CodeURL != "" || n.Order.Unwanted.Source != payment.ByCourt {
				t.Errorf("handed out: %q, wished by %q", n.Order.CodeURL, n.Order.Unwanted.Source)
			}
			asked.Add(1)
		}
		check()
		w.read.Store(&check)
		w.pass(20 * time.Second)
		if w.standsAt("two"); asked.Load() < 3 {
			t.Errorf("looked %d times", asked.Load())
		}
	})
}

// A visitor comes back at the instant at which the wish of the one before was read: he is not told of it any more,
// however long WeChat takes to answer.
func TestWithdrawnWhileTheWishIsRead(t *testing.T) {
	simulate(t, func(w *world) {
		w.office.Fails(func(gatewaytest.Call) gatewaytest.Fault {
			return gatewaytest.Fault{Err: payment.ErrUnknown, Wait: 4 * time.Second}
		})
		f := w.standsAt("one")
		w.wishes(f, payment.ByVisit, "one")
		back := func() {
			if _, err := w.takeAs("two"); err != nil {
				t.Error(err)
			}
		}
		w.looked.Store(&back)
		for end := time.Now().Add(time.Minute); w.looked.Load() != nil && time.Now().Before(end); {
			w.pass(time.Second)
		}
		for range 30 {
			if n := f.News(); n.Order.Unwanted != (payment.Wish{}) {
				t.Fatalf("told of a wish by %s that was withdrawn", n.Order.Unwanted.Source)
			}
			w.pass(time.Second)
		}
	})
}

// Who has confirmed one amount does not join an open order of another.
func TestAnotherAmountIsNotJoined(t *testing.T) {
	simulate(t, func(w *world) {
		w.resets(10*time.Second, false)
		f := w.standsAt("one")
		w.pass(time.Second)
		w.wishes(f, payment.ByVisit, "one")
		r := request(bill)
		r.Visit, r.Amount = "two", r.Amount+100
		_, err := w.cashier.Take(t.Context(), r)
		blocked, ok := errors.AsType[*payment.BlockedError](err)
		if !ok || blocked.Order.Amount != 270000 {
			t.Fatalf("got %v", err)
		}
		o, err := w.ledger.Order(t.Context(), f.News().Order.No)
		if err != nil || o.Visit != "one" || o.Unwanted.Visit != "one" {
			t.Errorf("joined by %q, wished by %+v, %v", o.Visit, o.Unwanted, err)
		}
	})
}

// That a close was begun is durable before its first byte, and nobody withdraws a wish after it.
func TestCloseBegun(t *testing.T) {
	simulate(t, func(w *world) {
		w.resets(10*time.Minute, true)
		no := w.standsAt("one").News().Order.No
		w.office.Fails(func(c gatewaytest.Call) gatewaytest.Fault {
			o, err := w.ledger.Order(t.Context(), no)
			if c.Op == "close" && (err != nil || o.CloseBegunAt.IsZero()) {
				t.Errorf("closing, and the ledger says %v, %v", o.CloseBegunAt, err)
			}
			if c.Op != "query" {
				return gatewaytest.Fault{Err: payment.ErrUnknown, Arrived: c.Op == "create"}
			}
			return gatewaytest.Fault{}
		})
		w.pass(40 * time.Minute)
		if len(w.office.Asked("close", no)) == 0 {
			t.Fatal("no close was asked")
		}
		o, err := w.ledger.Order(t.Context(), no)
		if err != nil || o.State != payment.Created {
			t.Fatalf("got %s, %v", o.State, err)
		}
		wish := payment.Wish{Source: payment.ByVisit, Visit: "one"}
		o = o.AskClose(wish).Order
		r := request(bill)
		r.Visit = "two"
		if c, err := o.Rejoin(r, time.Now()); err != nil || c.Order.Unwanted != wish || c.Order.Visit != "two" {
			t.Errorf("wished %+v by the visit before %q, %v", c.Order.Unwanted, c.Order.Visit, err)
		}
	})
}
