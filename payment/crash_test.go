package payment_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"courtkiosk/payment"
	"courtkiosk/payment/gatewaytest"
)

// The plug is pulled after every single write and during every single call of a life, and put in again. Whatever
// the life was, it ends as it would have, once.
func TestCrashAtAnyMoment(t *testing.T) {
	lives := map[string]struct {
		live  func(w *world, no string)
		state payment.State
		owed  []string
	}{
		"paid": {func(w *world, no string) {
			w.pass(15 * time.Second)
			w.office.Pay(no)
		}, payment.Paid, []string{"receipt", "report"}},
		"paid after time": {func(w *world, no string) {
			w.pass(299 * time.Second)
			w.office.Pay(no)
		}, payment.Paid, []string{"receipt", "report"}},
		"cancelled": {func(w *world, no string) {
			w.pass(15 * time.Second)
			if s := w.followed(no); s != nil {
				w.cancel(s)
			}
		}, payment.Closed, nil},
		"never paid": {func(*world, string) {}, payment.Closed, nil},
	}
	for name, life := range lives {
		for moment := 1; moment <= 24; moment++ {
			t.Run(fmt.Sprintf("%s/%d", name, moment), func(t *testing.T) {
				simulate(t, func(w *world) {
					no := request(bill).Key.Number(merchant, 1)
					w.pullAt(moment)
					_, err := w.cashier.Take(context.Background(), request(bill))
					if err != nil && moment > 1 { // the first moment is the order's own birth
						w.Fatal(err)
					}
					life.live(w, no)
					o := w.until(no, life.state, 10*time.Minute)
					w.owes(no, life.owed...)
					if o.State == payment.Paid && o.PaidAmount != o.Amount {
						w.Errorf("paid %s", o.PaidAmount)
					}
				})
			})
		}
	}
}

// pullAt pulls the plug at the nth write or call from now, whichever comes: a write is durable, a call has done
// its work, and the machine hears of neither. It is switched on again a second later.
func (w *world) pullAt(n int) {
	dead := make(chan struct{})
	moment := func() {
		if n--; n == 0 {
			w.stop()
			close(dead)
		}
	}
	w.ledger.Written = func(payment.Order) { moment() }
	w.office.Fails(func(c gatewaytest.Call) gatewaytest.Fault {
		if moment(); n == 0 {
			return gatewaytest.Fault{Err: payment.ErrUnknown, Arrived: true}
		}
		return gatewaytest.Fault{}
	})
	w.others.Go(func() {
		select {
		case <-dead:
			w.cashier.Wait()
		case <-w.over: // the life was shorter than that
			return
		}
		select {
		case <-time.After(time.Second):
			w.start()
		case <-w.over:
		}
	})
}
