package payment_test

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"courtkiosk/payment"
	"courtkiosk/payment/gatewaytest"
)

// number is the number of the bill's nth attempt.
func number(n int) string { return request(bill).Key.Number(merchant, n) }

// uses lets another machine have the bill's nth number in a state.
func (w *world) uses(n int, state payment.TradeState) {
	o := payment.Order{
		No: number(n), Merchant: merchant, Attach: theirs, Amount: 270000, Body: []byte("of another machine"),
		Expires: time.Now().Add(5 * time.Minute),
	}
	w.office.Note(o, state)
	if state != payment.TradeSuccess && state != payment.TradeRefund {
		return
	}
	w.office.Change(o.No, func(t *gatewaytest.Trade) bool { t.Paid, t.At = o.Amount, time.Now(); return true })
}

func stillAsked(context.Context) error { return nil }

// asks is a touch on "pay" by a visit, in its nth asking: Take, and the walk that follows.
func (w *world) asks(visit string, n int) (payment.Followed, error) {
	return w.walks(context.Background(), visit, n, stillAsked)
}

func (w *world) walks(
	ctx context.Context, visit string, n int, again func(context.Context) error,
) (payment.Followed, error) {
	r := request(bill)
	r.Visit, r.ID = visit, fmt.Sprint(visit, " asks ", n)
	f, err := w.cashier.Take(context.Background(), r)
	if err != nil {
		return nil, err
	}
	return w.cashier.Walk(ctx, r, f, again)
}

// Three people have cancelled at kiosk A: one touch at kiosk B shows a code.
func TestCancelledAtAnotherMachine(t *testing.T) {
	simulate(t, func(w *world) {
		for n := range 3 {
			w.uses(n+1, payment.TradeClosed)
		}
		f, err := w.asks("one", 1)
		if err != nil {
			t.Fatal(err)
		}
		n := f.News()
		if n.Order.No != number(4) || n.Order.State != payment.Waiting || n.Order.CodeURL == "" || n.Trouble != nil {
			t.Errorf("one touch comes to attempt %d, %s, %v", n.Order.Attempt, n.Order.State, n.Trouble)
		}
		for n := range 3 {
			o, err := w.ledger.Order(w.Context(), number(n+1))
			if err != nil || o.State != payment.Closed {
				t.Errorf("number %d is %s, %v", n+1, o.State, err)
			}
			if creates := len(w.office.Asked("create", o.No)); n > 0 && creates > 0 {
				t.Errorf("number %d was created before it was asked about", n+1)
			}
		}
		if again, err := w.asks("one", 1); err != nil || again.News().Order.No != number(4) {
			t.Errorf("the same asking: %v, %v", again, err)
		}
		w.office.Pay(number(4))
		w.until(number(4), payment.Paid, 5*time.Second)
		w.owes(number(4), "receipt", "report")
	})
}

// A walk ends at the first word of WeChat that is not "closed", with the state that the visitor is told.
func TestWhereAWalkEnds(t *testing.T) {
	tests := map[string]struct {
		next  payment.TradeState // of the second number
		own   bool               // it carries this ledger's mark: from before the ledger was lost
		state payment.State
		there bool // it counts as paid at another machine
	}{
		"not paid":              {next: payment.TradeNotPaid, state: payment.Foreign},
		"paid there":            {next: payment.TradeSuccess, state: payment.Foreign, there: true},
		"refunded there":        {next: payment.TradeRefund, state: payment.Foreign, there: true},
		"paid, and our own":     {next: payment.TradeSuccess, own: true, state: payment.Paid},
		"not there: it is free": {state: payment.Waiting},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			simulate(t, func(w *world) {
				w.uses(1, payment.TradeClosed)
				if tt.next != "" {
					w.uses(2, tt.next)
				}
				if tt.own {
					w.office.Change(number(2), func(t *gatewaytest.Trade) bool { t.Order.Attach = mark; return true })
				}
				f, err := w.asks("one", 1)
				if err != nil {
					t.Fatal(err)
				}
				o := f.News().Order
				if o.No != number(2) || o.State != tt.state || o.PaidElsewhere() != tt.there {
					t.Errorf("attempt %d is %s, paid elsewhere %t", o.Attempt, o.State, o.PaidElsewhere())
				}
				if n := len(w.office.Asked("create", number(2))); (n > 0) != (tt.state == payment.Waiting) {
					t.Errorf("created %d times", n)
				}
				if w.stored() != 2 {
					t.Errorf("%d orders", w.stored())
				}
			})
		})
	}
}

// Without an answer a visitor is told so at once, or after five seconds where WeChat is slow, and the walk is over: the
// number that is closed then is the end.
func TestAWalkWithoutAnswer(t *testing.T) {
	for name, wait := range map[string]time.Duration{"broken": 0, "slow": 8 * time.Second} {
		t.Run(name, func(t *testing.T) {
			simulate(t, func(w *world) {
				for n := range 3 {
					w.uses(n+1, payment.TradeClosed)
				}
				dark := time.Now().Add(20 * time.Second)
				w.office.Fails(func(c gatewaytest.Call) gatewaytest.Fault {
					if c.No == number(2) && c.At.Before(dark) {
						return gatewaytest.Fault{Err: payment.ErrUnknown, Wait: wait}
					}
					return gatewaytest.Fault{}
				})
				start := time.Now()
				f, err := w.asks("one", 1)
				if err != nil {
					t.Fatal(err)
				}
				if took := time.Since(start); took > min(wait, 5*time.Second)+time.Second {
					t.Errorf("the visitor hears of it after %v", took)
				}
				n := f.News()
				if n.Order.No != number(2) || n.Order.State != payment.Created || (n.Trouble == nil) != (wait > 0) {
					t.Errorf("attempt %d is %s, %v", n.Order.Attempt, n.Order.State, n.Trouble)
				}
				_, stop := f.Watch()
				defer stop()
				w.until(number(2), payment.Closed, time.Minute)
				w.pass(time.Minute)
				if w.stored() != 2 {
					t.Errorf("%d orders", w.stored())
				}
			})
		})
	}
}

// A wish to close, whoever utters it, and the visitor's leaving end the walk: nothing more is opened.
func TestAWalkThatIsStopped(t *testing.T) {
	stops := map[string]func(w *world, f payment.Followed, leave func()){
		"the court": func(w *world, f payment.Followed, _ func()) { w.wishes(f, payment.ByCourt, "") },
		"a clerk":   func(w *world, f payment.Followed, _ func()) { w.wishes(f, payment.ByClerk, "") },
		"the visit": func(w *world, f payment.Followed, _ func()) { w.wishes(f, payment.ByVisit, "one") },
		"the visit, which leaves": func(w *world, f payment.Followed, _ func()) {
			if err := f.Leave(context.Background(), "one"); err != nil {
				w.Error(err)
			}
		},
		"the visit, which knows no order": func(_ *world, _ payment.Followed, leave func()) { leave() },
		"another visit":                   func(w *world, _ payment.Followed, _ func()) { w.standsAt("two") },
	}
	for name, stop := range stops {
		t.Run(name, func(t *testing.T) {
			simulate(t, func(w *world) {
				for n := range 6 {
					w.uses(n+1, payment.TradeClosed)
				}
				ctx, leave := context.WithCancel(w.Context())
				done := false
				w.office.Fails(func(c gatewaytest.Call) gatewaytest.Fault {
					return gatewaytest.Fault{Before: func() {
						if c.Op == "query" && c.No == number(3) && !done {
							done = true
							stop(w, w.followed(number(3)), leave)
						}
					}}
				})
				f, err := w.walks(ctx, "one", 1, stillAsked)
				if err != nil {
					t.Fatal(err)
				}
				w.pass(time.Minute)
				if o := f.News().Order; o.No != number(3) || o.State != payment.Closed || w.stored() != 3 {
					t.Errorf("it ended at attempt %d, %s, of %d orders", o.Attempt, o.State, w.stored())
				}
			})
		})
	}
}

// A code that was shown here and closed is followed by no other without a touch: not when its own asking is repeated,
// and not when somebody waits for it to be closed.
func TestACodeOfOursIsNotWalkedOver(t *testing.T) {
	simulate(t, func(w *world) {
		f, err := w.asks("one", 1)
		if err != nil {
			t.Fatal(err)
		}
		w.wishes(f, payment.ByVisit, "one")
		joined, err := w.asks("two", 1)
		if err != nil {
			t.Fatal(err)
		}
		w.until(number(1), payment.Closed, 5*time.Second)
		for _, visit := range []string{"one", "two"} {
			f, err := w.asks(visit, 1)
			if err != nil || f.News().Order.No != number(1) || joined.News().Order.No != number(1) {
				t.Errorf("visit %s asks the same again: %v, %v", visit, f, err)
			}
		}
		if w.stored() != 1 {
			t.Errorf("%d orders", w.stored())
		}
		if f, err := w.asks("two", 2); err != nil || f.News().Order.No != number(2) {
			t.Errorf("a touch: %v, %v", f, err)
		}
	})
}

// The same of a code that was closed at WeChat without a wish of anybody here.
func TestACodeThatSomebodyElseClosed(t *testing.T) {
	simulate(t, func(w *world) {
		f, err := w.asks("one", 1)
		if err != nil || f.News().Order.State != payment.Waiting {
			t.Fatal(err)
		}
		w.office.Change(number(1), func(t *gatewaytest.Trade) bool { t.State = payment.TradeClosed; return true })
		w.until(number(1), payment.Closed, 10*time.Second)
		if f, err := w.asks("one", 1); err != nil || f.News().Order.No != number(1) || w.stored() != 1 {
			t.Errorf("the same asking: %v, %v, %d orders", f, err, w.stored())
		}
	})
}

// The number that is free at last is created, and the answer is lost: it is ours all the same.
func TestAWalkWhoseCreateIsLost(t *testing.T) {
	simulate(t, func(w *world) {
		w.uses(1, payment.TradeClosed)
		w.office.Fails(func(c gatewaytest.Call) gatewaytest.Fault {
			if c.Op == "create" && len(w.office.Asked("create", number(2))) < 2 && c.No == number(2) {
				return gatewaytest.Fault{Err: payment.ErrUnknown, Arrived: true}
			}
			return gatewaytest.Fault{}
		})
		f, err := w.asks("one", 1)
		if err != nil || f.News().Order.No != number(2) {
			t.Fatal(f, err)
		}
		w.until(number(2), payment.Waiting, 5*time.Second)
	})
}

// After twenty numbers, or fifteen seconds, a visitor is asked to wait; the walk goes on, so that the next touch ends.
func TestAWalkTooLong(t *testing.T) {
	tests := map[string]struct {
		numbers int
		slow    time.Duration // each answer
		within  time.Duration
		ok      bool // the first touch comes to a code
		open    bool // another machine has an open order after them
	}{
		"twenty numbers":      {numbers: 20, within: 15 * time.Second, ok: true},
		"more":                {numbers: 50, within: 15 * time.Second},
		"more, then one open": {numbers: 40, within: 15 * time.Second, open: true},
		"a few, and it lags":  {numbers: 9, slow: 2 * time.Second, within: 15 * time.Second},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			simulate(t, func(w *world) {
				for n := range tt.numbers {
					w.uses(n+1, payment.TradeClosed)
				}
				w.office.Fails(func(gatewaytest.Call) gatewaytest.Fault { return gatewaytest.Fault{Wait: tt.slow} })
				if tt.open {
					w.uses(tt.numbers+1, payment.TradeNotPaid)
				}
				start := time.Now()
				f, err := w.asks("one", 1)
				took, walking := time.Since(start), errors.Is(err, payment.ErrWalking)
				if took > tt.within || w.stored() > 22 || walking == tt.ok { // the backlog has begun, perhaps
					t.Fatalf("after %v: %v", took, err)
				}
				if !tt.ok {
					before := len(w.office.Asked("create", ""))
					w.pass(time.Minute)
					creates, followed := len(w.office.Asked("create", ""))-before, w.cashier.Following()
					if followed > 0 || creates > 0 || w.stored() != tt.numbers {
						t.Errorf("without a visitor %d orders, %d followed, %d created", w.stored(), followed, creates)
					}
					f, err = w.asks("one", 2)
				}
				if err != nil || f.News().Order.No != number(tt.numbers+1) {
					t.Errorf("at last %v, %v", f, err)
				}
				if state := f.News().Order.State; (state == payment.Foreign) != tt.open {
					t.Errorf("at last it is %s", state)
				}
				steady(t, w.office.Asked("", ""), 10)
			})
		})
	}
}

// Before each number beyond the first it is asked whether all still stands; a no is the visitor's answer.
func TestAWalkAsksAgain(t *testing.T) {
	simulate(t, func(w *world) {
		for n := range 5 {
			w.uses(n+1, payment.TradeClosed)
		}
		no, asked := errors.New("another amount"), 0
		_, err := w.walks(w.Context(), "one", 1, func(context.Context) error {
			if asked++; asked == 3 {
				return no
			}
			return nil
		})
		if !errors.Is(err, no) || w.stored() != 3 {
			t.Errorf("got %v after %d orders", err, w.stored())
		}
		w.pass(time.Minute)
		if w.stored() != 3 || w.cashier.Following() != 0 {
			t.Errorf("%d orders, %d followed", w.stored(), w.cashier.Following())
		}
	})
}

// Two visits at one ledger walk over the same numbers, and come to one code.
func TestTwoWalks(t *testing.T) {
	simulate(t, func(w *world) {
		for n := range 5 {
			w.uses(n+1, payment.TradeClosed)
		}
		w.office.Fails(func(gatewaytest.Call) gatewaytest.Fault {
			return gatewaytest.Fault{Wait: 200 * time.Millisecond}
		})
		others := make(chan error, 1)
		w.others.Go(func() {
			time.Sleep(300 * time.Millisecond)
			_, err := w.asks("two", 1)
			others <- err
		})
		_, err := w.asks("one", 1)
		if two := <-others; err != nil || two != nil {
			t.Fatal(err, two)
		}
		open, err := w.ledger.Unsettled(w.Context())
		if err != nil || len(open) != 1 || open[0].No != number(6) || open[0].Visit != "two" {
			t.Errorf("open are %+v, %v", open, err)
		}
	})
}
