package payment_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"courtkiosk/payment"
	"courtkiosk/payment/gatewaytest"
)

func fails(err error) func(gatewaytest.Call) gatewaytest.Fault {
	return func(gatewaytest.Call) gatewaytest.Fault { return gatewaytest.Fault{Err: err} }
}

// Two answers in a row by a key that is not believed close a merchant: WeChat tests its merchants with one. What nobody
// signs opens it after an hour only, and a verified answer at once.
func TestAKeyThatIsNotBelieved(t *testing.T) {
	simulate(t, func(w *world) {
		probe := func() bool {
			_ = w.cashier.Probe(context.Background(), merchant) // its health tells
			return w.cashier.Health(merchant).Unverified
		}
		s, leave := w.visit(bill)
		w.until(s.News().Order.No, payment.Waiting, time.Second)
		leave()
		w.pass(time.Hour) // it has ended
		w.office.Fails(fails(payment.ErrUnverified))
		if probe() {
			t.Error("one answer closes it")
		}
		w.office.Fails(nil)
		if probe() {
			t.Error("closed after another answer")
		}
		w.office.Fails(fails(payment.ErrUnverified))
		if !probe() {
			t.Error("two answers do not close it")
		}
		w.office.Fails(nil)
		if !probe() {
			t.Error("what nobody signs opens it")
		}
		_, err := w.cashier.Ask(context.Background(), s.News().Order.No)
		if err != nil || w.cashier.Health(merchant).Unverified {
			t.Errorf("a verified answer does not open it: %v", err)
		}
		w.office.Fails(fails(payment.ErrUnverified))
		probe()
		probe()
		w.office.Fails(nil)
		w.pass(time.Hour + time.Second)
		if probe() {
			t.Error("closed for ever")
		}
	})
}

// A create whose answer cannot be verified is told as that only when the query after it cannot be either.
func TestACreateThatIsNotBelieved(t *testing.T) {
	for name, both := range map[string]bool{"both": true, "the create alone": false} {
		t.Run(name, func(t *testing.T) {
			simulate(t, func(w *world) {
				w.office.Fails(func(c gatewaytest.Call) gatewaytest.Fault {
					if c.Op == "create" || both {
						return gatewaytest.Fault{Err: payment.ErrUnverified, Arrived: true}
					}
					return gatewaytest.Fault{}
				})
				s := w.take(bill)
				w.pass(time.Second / 2)
				n := s.News()
				if n.Trouble == nil || errors.Is(n.Trouble, payment.ErrUnverified) != both {
					t.Errorf("trouble %v", n.Trouble)
				}
				w.office.Fails(nil)
				w.until(n.Order.No, payment.Waiting, time.Minute)
			})
		})
	}
}
