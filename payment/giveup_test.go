package payment_test

import (
	"context"
	"errors"
	"log/slog"
	"strings"
	"testing"
	"time"

	"courtkiosk/payment"
	"courtkiosk/payment/gatewaytest"
)

func denied(gatewaytest.Call) gatewaytest.Fault {
	return gatewaytest.Fault{Err: payment.ErrUnauthorized}
}

func TestGiveUp(t *testing.T) {
	late := order(payment.Created).GiveUpFrom().Add(1)
	tests := map[string]struct {
		order payment.Order
		now   time.Time
		why   string // empty when it is given up
	}{
		"late": {order(payment.Created), late, ""},
		"wished closed, nobody asked since": {with(order(payment.Created), func(o *payment.Order) {
			o.Unwanted, o.Left = byClock, true
		}), late, ""},
		"thirty minutes after its time": {order(payment.Created), order(payment.Created).GiveUpFrom(),
			"it may still be under way; ask again after 2026-11-23 12:35:00"},
		"at once": {order(payment.Created), noon, "still be under way"},
		"from a copy": {with(order(payment.Created), func(o *payment.Order) { o.Recovered = true }), late,
			"it may have been shown"},
		"signed as not paid": {with(order(payment.Created), func(o *payment.Order) { o.NotPaidAt = noon }), late,
			"another machine may have it"},
		"waiting":  {order(payment.Waiting), late, "it is waiting"},
		"closing":  {order(payment.Closing), late, "it is closing"},
		"foreign":  {order(payment.Foreign), late, "it is foreign"},
		"paid":     {order(payment.Paid), late, "it is paid"},
		"disputed": {order(payment.Disputed), late, "it is disputed"},
		"closed":   {order(payment.Closed), late, "it is closed"},
		"void":     {order(payment.Void), late, "it is void"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			c, err := tt.order.GiveUp(tt.now)
			if tt.why == "" {
				if err != nil || c.Event != payment.GivenUp || c.Order.State != payment.Void || len(c.Owed) != 0 {
					t.Errorf("got %+v, %v", c, err)
				}
				return
			}
			want := payment.ErrMayBeHeld
			if strings.HasPrefix(tt.why, "it is ") {
				want = payment.ErrConflict
			}
			if !errors.Is(err, want) || !strings.Contains(err.Error(), tt.why) || c.Event != "" {
				t.Errorf("got %q, %v, want %q", c.Event, err, tt.why)
			}
		})
	}
}

// An order of a merchant that nobody has blocks its own bill and nothing else, asks nothing, and is ended by a person's
// word once nobody can hold its code.
func TestOrderOfAMerchantThatNobodyHas(t *testing.T) {
	simulate(t, func(w *world) {
		mistyped := payment.Merchant{MchID: "1900000091", AppID: merchant.AppID}
		w.crash()
		old := payment.NewCashier(payment.Desk{Ledger: w.ledger, Log: slog.New(slog.DiscardHandler), Kiosk: "03",
			Gateway:   &gatewaytest.Gate{Office: w.office, Also: []payment.Merchant{mistyped}},
			PayWithin: 5 * time.Minute})
		run, stop := context.WithCancel(context.Background())
		if err := old.Start(run, false); err != nil {
			w.Fatal(err)
		}
		w.office.Fails(denied)
		r := request(bill)
		r.Merchant = mistyped
		f, err := old.Take(context.Background(), r)
		if err != nil {
			w.Fatal(err)
		}
		w.pass(time.Minute)
		stop()
		old.Wait()
		w.office.Fails(nil)
		no, asked := f.News().Order.No, len(w.office.Asked("", ""))
		w.start()
		if n := w.cashier.Unserved()[mistyped.MchID]; n != 1 || w.cashier.Following() != 0 {
			w.Errorf("%d wait for keys, %d are followed", n, w.cashier.Following())
		}
		for _, amount := range []payment.Fen{270000, 300000} {
			r := request(bill)
			r.Amount = amount
			if _, err := w.cashier.Take(context.Background(), r); !errors.Is(err, payment.ErrNotServed) ||
				!strings.Contains(err.Error(), mistyped.MchID) {
				w.Errorf("its bill, at %s: %v", amount, err)
			}
		}
		if n := len(w.office.Asked("", "")); n != asked || w.stored() != 1 || w.cashier.Following() != 0 {
			w.Errorf("%d calls more, %d orders", n-asked, w.stored())
		}
		w.take("another bill")
		by := payment.By{Person: "1024"}
		if _, err := w.cashier.GiveUp(context.Background(), no, "mistyped", by); !errors.Is(err, payment.ErrMayBeHeld) {
			w.Errorf("at once: %v", err)
		}
		w.pass(36 * time.Minute)
		o, err := w.cashier.GiveUp(context.Background(), no, "mistyped", by)
		if err != nil || o.State != payment.Void || len(w.cashier.Unserved()) != 0 {
			w.Errorf("%s, %v, waiting for keys %v", o.State, err, w.cashier.Unserved())
		}
		if next := w.take(bill).News().Order; next.Merchant != merchant {
			w.Errorf("next %+v", next)
		}
	})
}

// Where the keys are here WeChat is asked before the person is believed.
func TestGiveUpAsksFirst(t *testing.T) {
	for name, tt := range map[string]struct {
		said payment.TradeState
		want payment.State
	}{"paid": {payment.TradeSuccess, payment.Paid}, "not paid": {payment.TradeNotPaid, payment.Created},
		"closed": {payment.TradeClosed, payment.Closed}, "unknown": {"", payment.Void}} {
		t.Run(name, func(t *testing.T) {
			simulate(t, func(w *world) {
				w.office.Fails(denied)
				no := w.take(bill).News().Order.No
				w.pass(3 * time.Hour) // it is asked rarely by now
				w.office.Fails(nil)
				o, err := w.ledger.Order(context.Background(), no)
				if err != nil {
					w.Fatal(err)
				}
				if tt.said != "" {
					w.office.Note(o, tt.said)
					w.office.Change(gatewaytest.TradeID(o.Merchant, o.No), func(t *gatewaytest.Trade) bool {
						t.Paid, t.At = o.Amount, noon
						return true
					})
				}
				_, err = w.cashier.GiveUp(context.Background(), no, "wrong key", payment.By{Person: "1024"})
				if (errors.Is(err, payment.ErrConflict) || errors.Is(err, payment.ErrMayBeHeld)) == (tt.said == "") {
					w.Errorf("got %v", err)
				}
				if o, _ = w.ledger.Order(context.Background(), no); o.State != tt.want {
					w.Errorf("it is %s, want %s", o.State, tt.want)
				}
				w.pass(time.Second)
				if n := w.cashier.Following(); (n == 0) != o.Final() {
					w.Errorf("it is %s, and %d are followed", o.State, n)
				}
			})
		})
	}
}
