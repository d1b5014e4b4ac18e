package payment_test

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"courtkiosk/payment"
	"courtkiosk/payment/gatewaytest"
)

func TestVisitorPays(t *testing.T) {
	simulate(t, func(w *world) {
		s, _ := w.visit(bill)
		no := s.News().Order.No
		o := w.until(no, payment.Waiting, time.Second)
		if n := s.News(); n.Order.CodeURL == "" || n.Trouble != nil || o.Attach != "03/4f1c" {
			w.Errorf("got %+v", n)
		}
		w.pass(20 * time.Second)
		if got := s.News().Order.State; got != payment.Waiting {
			w.Errorf("before anybody paid the order is %s", got)
		}
		w.office.Pay(no)
		o = w.until(no, payment.Paid, 3*time.Second)
		if o.Oddity != "" || o.PaidAmount != 270000 || o.TransactionID == "" || o.PaidAt.IsZero() {
			w.Errorf("got %+v", o)
		}
		w.owes(no, "receipt", "report")
		if n := s.News(); n.Order.State != payment.Paid || n.Trouble != nil {
			w.Errorf("the screen hears %s, %v", n.Order.State, n.Trouble)
		}
		calls := w.office.Asked("query", no)
		for i := range calls[1:] {
			if gap := calls[i+1].At.Sub(calls[i].At); i > 0 && (gap < time.Second || gap > 1100*time.Millisecond) {
				w.Errorf("asks again after %v while the code shows", gap)
			}
		}
		if w.followed(no) != nil {
			w.Error("is followed after its end")
		}
	})
}

func TestOutageOfTenMinutes(t *testing.T) {
	tests := map[string]bool{"watched": true, "left": false}
	for name, watched := range tests {
		t.Run(name, func(t *testing.T) {
			simulate(t, func(w *world) {
				s, leave := w.visit(bill)
				no := s.News().Order.No
				w.until(no, payment.Waiting, time.Second)
				w.office.Fails(gatewaytest.Down(time.Now().Add(10*time.Second), time.Now().Add(10*time.Minute)))
				if !watched {
					w.left(s)
					leave()
				}
				w.pass(20 * time.Second)
				w.office.Pay(no)
				w.pass(5 * time.Minute)
				if n := s.News(); n.Trouble == nil || n.Order.Final() || time.Since(n.Since) < 4*time.Minute ||
					time.Since(n.Asked) < 5*time.Minute {
					w.Errorf("in the dark it says %s, %v since %v, asked %v", n.Order.State, n.Trouble, n.Since,
						n.Asked)
				}
				w.until(no, payment.Paid, 6*time.Minute)
				w.owes(no, "receipt", "report")
				if got := time.Since(noon); watched && got > 10*time.Minute+8*time.Second {
					w.Errorf("settled after %v", got)
				}
			})
		})
	}
}

func TestCreateIsLost(t *testing.T) {
	tests := map[string]bool{"on its way there": false, "on its way back": true}
	for name, arrived := range tests {
		t.Run(name, func(t *testing.T) {
			simulate(t, func(w *world) {
				w.office.Fails(func(c gatewaytest.Call) gatewaytest.Fault {
					if c.Op == "create" && c.At.Sub(noon) < 20*time.Second {
						return gatewaytest.Fault{Err: payment.ErrUnknown, Arrived: arrived}
					}
					return gatewaytest.Fault{}
				})
				s, _ := w.visit(bill)
				o := w.until(s.News().Order.No, payment.Waiting, 30*time.Second)
				creates := w.office.Asked("create", o.No)
				for _, c := range creates {
					if c.Body != string(o.Body) {
						w.Errorf("sent %q, stored %q", c.Body, o.Body)
					}
				}
				if len(creates) < 3 || len(creates) > 9 {
					w.Errorf("%d creates in 20 seconds", len(creates))
				}
				w.office.Pay(o.No)
				w.until(o.No, payment.Paid, 3*time.Second)
			})
		})
	}
}

// A create that WeChat cannot answer while queries work well is no reason to hammer it.
func TestBrokenCreateIsNotHammered(t *testing.T) {
	simulate(t, func(w *world) {
		w.office.Fails(func(c gatewaytest.Call) gatewaytest.Fault {
			if c.Op == "create" {
				return gatewaytest.Fault{Err: payment.ErrUnknown, Arrived: true}
			}
			return gatewaytest.Fault{}
		})
		s := w.take(bill)
		no := s.News().Order.No
		w.pass(3 * time.Minute)
		if n := len(w.office.Asked("create", no)); n < 5 || n > 10 {
			w.Errorf("%d creates in 3 minutes", n)
		}
		w.until(no, payment.Closed, 31*time.Minute)
	})
}

func TestCreateIsNeverRepeatedInTheLastMinute(t *testing.T) {
	simulate(t, func(w *world) {
		w.office.Fails(func(c gatewaytest.Call) gatewaytest.Fault {
			if c.Op == "create" {
				return gatewaytest.Fault{Err: payment.ErrUnknown}
			}
			return gatewaytest.Fault{}
		})
		s, _ := w.visit(bill)
		o := s.News().Order
		got := w.until(o.No, payment.Void, 6*time.Minute)
		if earliest := o.Expires.Add(payment.Grace); time.Now().Before(earliest) {
			w.Errorf("void at %v, before %v", time.Now(), earliest)
		}
		for _, c := range w.office.Asked("create", o.No) {
			if !c.At.Before(o.Expires.Add(-time.Minute)) {
				w.Errorf("created %v before its end", o.Expires.Sub(c.At))
			}
		}
		w.owes(got.No)
		w.office.Fails(nil)
		next := w.take(bill).News().Order // nobody ever had the number: it is used again
		if next.No != o.No || next.Attempt != 1 {
			w.Errorf("next is %s, attempt %d; want %s, 1", next.No, next.Attempt, o.No)
		}
		w.until(next.No, payment.Waiting, 2*time.Second)
		w.office.Pay(next.No)
		w.until(next.No, payment.Paid, 10*time.Second)
	})
}

// The number of a void order is taken again in the very moment in which its follower is about to end.
func TestVoidNumberIsTakenAtOnce(t *testing.T) {
	simulate(t, func(w *world) {
		w.office.Fails(func(c gatewaytest.Call) gatewaytest.Fault { return gatewaytest.Fault{Err: payment.ErrAbsent} })
		taken := make(chan payment.Followed, 1)
		w.ledger.Written = func(o payment.Order) {
			if o.State == payment.Void && len(taken) == 0 {
				w.office.Fails(nil)
				taken <- w.take(bill)
			}
		}
		first := w.take(bill)
		var second payment.Followed
		select {
		case second = <-taken:
		case <-time.After(10 * time.Minute):
		}
		if second == nil || second == first {
			w.Fatal("the new order is followed by the old one's session")
		}
		w.pass(time.Second)
		no := second.News().Order.No
		if w.followed(no) != second {
			w.Error("the new order's session is not found")
		}
		w.until(no, payment.Waiting, 5*time.Second)
	})
}

func TestVisitorCancels(t *testing.T) {
	simulate(t, func(w *world) {
		s, _ := w.visit(bill)
		no := s.News().Order.No
		w.until(no, payment.Waiting, time.Second)
		w.pass(10 * time.Second)
		w.cancel(s)
		o := w.until(no, payment.Closed, 3*time.Second)
		if w.office.Pay(no) {
			w.Error("a closed order was paid")
		}
		w.owes(no)
		if next := w.take(bill).News().Order; next.Attempt != o.Attempt+1 || next.No == o.No {
			w.Errorf("next is attempt %d", next.Attempt)
		}
	})
}

// A wish is answered on the screen though WeChat is slow, and nothing is claimed to have been heard meanwhile.
func TestCancelIsShownAtOnce(t *testing.T) {
	simulate(t, func(w *world) {
		s, _ := w.visit(bill)
		no := s.News().Order.No
		w.until(no, payment.Waiting, time.Second)
		w.office.Fails(func(gatewaytest.Call) gatewaytest.Fault { return gatewaytest.Fault{Err: payment.ErrUnknown} })
		w.pass(time.Minute)
		w.office.Fails(func(gatewaytest.Call) gatewaytest.Fault {
			return gatewaytest.Fault{Err: payment.ErrUnknown, Wait: 8 * time.Second}
		})
		before := s.News()
		w.cancel(s)
		synctest.Wait()
		n := s.News()
		if n.Order.State != payment.Closing {
			w.Errorf("the screen says %s", n.Order.State)
		}
		if n.Trouble == nil || !n.Since.Equal(before.Since) || !n.Asked.Equal(before.Asked) {
			w.Errorf("says trouble %v since %v, asked %v; want %v, %v, %v", n.Trouble, n.Since, n.Asked, before.Trouble,
				before.Since, before.Asked)
		}
	})
}

func TestCancelLosesToPayment(t *testing.T) {
	tests := map[string]string{"before the question": "query", "before the close": "close"}
	for name, op := range tests {
		t.Run(name, func(t *testing.T) {
			simulate(t, func(w *world) {
				s, _ := w.visit(bill)
				no := s.News().Order.No
				w.until(no, payment.Waiting, time.Second)
				w.pass(9 * time.Second)
				w.office.Fails(func(c gatewaytest.Call) gatewaytest.Fault {
					return gatewaytest.Fault{Before: func() {
						if c.Op == op {
							w.office.Pay(no)
						}
					}}
				})
				w.cancel(s)
				o := w.until(no, payment.Paid, 3*time.Second)
				w.pass(time.Second)
				if n := s.News(); o.Oddity != payment.WhileClosing || n.Order.State != payment.Paid ||
					n.Trouble != nil {
					w.Errorf("got %q; the screen hears %s, %v", o.Oddity, n.Order.State, n.Trouble)
				}
				w.owes(no, "receipt", "report")
			})
		})
	}
}

func TestCancelBeforeTheCodeIsKnown(t *testing.T) {
	simulate(t, func(w *world) {
		w.office.Fails(gatewaytest.Down(noon, noon.Add(time.Minute)))
		s, _ := w.visit(bill)
		w.pass(5 * time.Second)
		w.cancel(s)
		w.until(s.News().Order.No, payment.Closed, 2*time.Minute)
	})
}

func TestTimeToPayEnds(t *testing.T) {
	tests := map[string]struct {
		pay   time.Duration // before time_expire; zero: nobody pays
		late  time.Duration // how much later a query says so
		lazy  time.Duration // how long NOTPAY lies after the close
		state payment.State
	}{
		"nobody pays":                      {state: payment.Closed},
		"NOTPAY lies for a while":          {lazy: 3 * time.Minute, state: payment.Closed},
		"paid in the last second":          {pay: time.Second, state: payment.Paid},
		"paid at the second of expiry":     {pay: time.Nanosecond, state: payment.Paid},
		"paid at the end and shown late":   {pay: time.Nanosecond, late: 4 * time.Second, state: payment.Paid},
		"paid at the end, shown too late":  {pay: time.Nanosecond, late: 10 * time.Second, state: payment.Paid},
		"paid at the end, shown next hour": {pay: time.Nanosecond, late: time.Hour, state: payment.Paid},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			simulate(t, func(w *world) {
				w.office.Lazy = tt.lazy
				s, _ := w.visit(bill)
				o := s.News().Order
				w.until(o.No, payment.Waiting, time.Second)
				shown := o.Expires.Add(tt.late - tt.pay)
				w.office.Fails(func(c gatewaytest.Call) gatewaytest.Fault {
					if tt.pay > 0 && !c.At.Before(o.Expires.Add(-tt.pay)) && c.At.Before(shown) {
						return gatewaytest.Fault{Err: payment.ErrUnknown}
					}
					return gatewaytest.Fault{}
				})
				if tt.pay > 0 {
					w.pass(time.Until(o.Expires.Add(-tt.pay)))
					if !w.office.Pay(o.No) {
						w.Fatal("cannot be paid in time")
					}
				}
				w.until(o.No, tt.state, 7*time.Minute+tt.lazy+tt.late)
				for _, c := range w.office.Asked("close", o.No) {
					if c.At.Before(o.Expires.Add(payment.Grace)) {
						w.Errorf("closed %v before its time was over", o.Expires.Add(payment.Grace).Sub(c.At))
					}
				}
			})
		})
	}
}

// A follower that asks once a minute is at its post when the time to pay is over.
func TestCloseIsAskedOnTime(t *testing.T) {
	simulate(t, func(w *world) {
		o := w.take(bill).News().Order
		w.until(o.No, payment.Closed, 6*time.Minute)
		first := w.office.Asked("close", o.No)[0].At.Sub(o.Expires)
		if first < payment.Grace || first > payment.Grace+time.Second {
			w.Errorf("close is asked %v after time_expire", first)
		}
	})
}

// 204 and 404 are words of nobody: an order that could be paid ends by a signed state alone.
func TestOnlyAStateEndsAnOrder(t *testing.T) {
	tests := map[string]func(gatewaytest.Call) gatewaytest.Fault{
		"204 that closes nothing": nil,
		"404 for a day": func(c gatewaytest.Call) gatewaytest.Fault {
			if c.Op == "query" && c.At.Sub(noon) > 10*time.Second && c.At.Sub(noon) < 25*time.Hour {
				return gatewaytest.Fault{Err: payment.ErrAbsent}
			}
			return gatewaytest.Fault{}
		},
	}
	for name, f := range tests {
		t.Run(name, func(t *testing.T) {
			simulate(t, func(w *world) {
				w.office.Fails(f)
				w.office.Lazy = 100 * 24 * time.Hour
				s := w.take(bill)
				no := s.News().Order.No
				w.until(no, payment.Waiting, time.Second)
				w.pass(24 * time.Hour)
				o := w.until(no, payment.Closing, time.Second)
				if len(w.office.Asked("close", no)) == 0 {
					w.Error("no close was asked")
				}
				if _, err := w.cashier.Take(context.Background(), request(bill)); err != nil {
					w.Errorf("the bill's order is not found again: %v", err)
				}
				w.office.Change(no, func(t *gatewaytest.Trade) bool {
					t.State, t.Paid = payment.TradeSuccess, o.Amount
					return true
				})
				w.until(no, payment.Paid, 3*time.Hour)
				w.owes(no, "receipt", "report")
			})
		})
	}
}

func TestLedgerThatCannotBeWritten(t *testing.T) {
	simulate(t, func(w *world) {
		s, _ := w.visit(bill)
		no := s.News().Order.No
		w.until(no, payment.Waiting, time.Second)
		w.ledger.Fail(payment.ErrNotWritable)
		w.office.Pay(no)
		w.pass(time.Minute)
		if n := s.News(); n.Order.State != payment.Waiting || !errors.Is(n.Trouble, payment.ErrNotWritable) {
			w.Errorf("what is not stored is said: %s, %v", n.Order.State, n.Trouble)
		}
		w.ledger.Fail(nil)
		w.until(no, payment.Paid, 6*time.Second)
	})
}

func TestTwoWatchersHearTheSame(t *testing.T) {
	simulate(t, func(w *world) {
		s := w.take(bill)
		one, stopOne := s.Watch()
		two, stopTwo := s.Watch()
		defer stopTwo()
		no := s.News().Order.No
		w.until(no, payment.Waiting, time.Second)
		if a, b := <-one, <-two; a.Order.State != payment.Waiting || b.Order.State != payment.Waiting {
			w.Errorf("one hears %s, two %s", a.Order.State, b.Order.State)
		}
		stopOne()
		w.office.Pay(no)
		w.until(no, payment.Paid, 3*time.Second)
		w.pass(time.Second)
		if n := <-two; n.Order.State != payment.Paid {
			w.Errorf("two hears %s", n.Order.State)
		}
		select {
		case n := <-one:
			w.Errorf("one has stopped and hears %s", n.Order.State)
		default:
		}
	})
}

func TestVisitorLeavesAndComesBack(t *testing.T) {
	tests := map[string]struct {
		back bool
		want payment.Oddity
	}{
		"and stays away": {false, payment.AfterLeft},
		"and comes back": {true, payment.None},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			simulate(t, func(w *world) {
				s, leave := w.visit(bill)
				no := s.News().Order.No
				w.until(no, payment.Waiting, time.Second)
				w.left(s)
				leave()
				w.pass(time.Second)
				w.crash()
				w.start()
				if tt.back {
					if again, _ := w.visit(bill); again.News().Order.No != no {
						w.Error("a second order for the same bill")
					}
					w.pass(time.Second)
				}
				w.office.Pay(no)
				if o := w.until(no, payment.Paid, 70*time.Second); o.Oddity != tt.want {
					w.Errorf("got %q, want %q", o.Oddity, tt.want)
				}
			})
		})
	}
}
