package payment_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"courtkiosk/payment"
	"courtkiosk/payment/gatewaytest"
)

const theirs = "04/77aa"

// elsewhere lets another machine open the bill's first order at noon.
func (w *world) elsewhere() payment.Order {
	o, err := payment.Next(request(bill), nil, payment.Order{PayWithin: 5 * time.Minute}, noon)
	if err != nil {
		w.Fatal(err)
	}
	at := o
	at.Attach, at.Body = theirs, []byte("of another machine")
	w.office.Note(at, payment.TradeNotPaid)
	return o
}

func TestNumberOfAnotherMachine(t *testing.T) {
	simulate(t, func(w *world) {
		w.elsewhere()
		w.pass(2 * time.Minute)
		s, _ := w.visit(bill)
		no := s.News().Order.No
		o := w.until(no, payment.Foreign, time.Second)
		if _, err := w.cashier.Take(context.Background(), request(bill)); !blockedBy(err, payment.Foreign) {
			w.Errorf("got %v, want blocked by the other machine's order", err)
		}
		w.crash() // the first sight is durable
		w.start()
		w.until(no, payment.Closed, 31*time.Minute)
		for _, c := range w.office.Asked("close", no) {
			if c.At.Before(o.NotPaidAt.Add(payment.MaxPayWithin)) {
				w.Errorf("closed %v after it was seen: its visitor may have thirty minutes", c.At.Sub(o.NotPaidAt))
			}
		}
		w.owes(no)
		if next := w.take(bill).News().Order; next.Attempt != 2 {
			w.Errorf("next is attempt %d", next.Attempt)
		}
	})
}

// A kiosk that gives two minutes meets the code of one that gives thirty, which is paid in its last minute, or which
// WeChat calls closed before that.
func TestAnotherMachineGivesMoreTime(t *testing.T) {
	tests := map[string]payment.TradeState{"and is paid": payment.TradeSuccess, "and closes it": payment.TradeClosed}
	for name, state := range tests {
		t.Run(name, func(t *testing.T) {
			simulate(t, func(w *world) {
				w.crash()
				w.within = 2 * time.Minute
				w.start()
				no := w.elsewhere().No
				w.office.Change(no, func(t *gatewaytest.Trade) bool {
					t.Order.Expires = noon.Add(30 * time.Minute)
					return true
				})
				w.visit(bill)
				w.until(no, payment.Foreign, time.Second)
				w.pass(29 * time.Minute)
				if n := len(w.office.Asked("close", no)); n > 0 {
					t.Fatalf("closed %d times under its visitor's hands", n)
				}
				if state == payment.TradeSuccess {
					w.office.Pay(no)
					w.pass(2 * time.Minute)
					if o, err := w.ledger.Order(t.Context(), no); err != nil || !o.PaidElsewhere() {
						t.Errorf("got %s, %v", o.State, err)
					}
					return
				}
				w.office.Change(no, func(t *gatewaytest.Trade) bool { t.State = state; return true })
				w.until(no, payment.Closed, 30*time.Second)
			})
		})
	}
}

func TestPaidAtAnotherMachine(t *testing.T) {
	tests := map[string]time.Duration{"before we ask": 0, "while we wait": 3 * time.Minute}
	for name, later := range tests {
		t.Run(name, func(t *testing.T) {
			simulate(t, func(w *world) {
				no := w.elsewhere().No
				if later == 0 {
					w.office.Pay(no)
				}
				w.take(bill)
				w.until(no, payment.Foreign, time.Second)
				w.pass(later)
				w.office.Pay(no)
				w.pass(70 * time.Second)
				o, err := w.ledger.Order(context.Background(), no)
				if err != nil || !o.PaidElsewhere() || w.followed(no) != nil {
					w.Errorf("got %s, %q, %v", o.State, o.TransactionID, err)
				}
				w.owes(no)
				if _, err := w.cashier.Take(context.Background(), request(bill)); !blockedBy(err, payment.Foreign) {
					w.Errorf("got %v, want blocked: it is paid", err)
				}
			})
		})
	}
}

// A ledger that was lost with its disk: the number is taken, by ourselves.
func TestTakenByOurselves(t *testing.T) {
	tests := map[string]struct {
		paid   bool
		answer error // to the create; nil: what WeChat says
		state  payment.State
	}{
		"and paid":             {true, nil, payment.Paid},
		"and paid, in trouble": {true, payment.ErrUnknown, payment.Paid},
		"and unpaid":           {false, nil, payment.Closed},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			simulate(t, func(w *world) {
				no := w.take(bill).News().Order.No
				w.until(no, payment.Waiting, time.Second)
				w.crash()
				w.ledger = newLedger()
				w.pass(2 * time.Second) // the new body has another time_expire
				if tt.paid {
					w.office.Pay(no)
				}
				w.office.Fails(func(c gatewaytest.Call) gatewaytest.Fault {
					if c.Op == "create" {
						return gatewaytest.Fault{Err: tt.answer}
					}
					return gatewaytest.Fault{}
				})
				w.start()
				s := w.take(bill)
				w.until(no, tt.state, 31*time.Minute)
				if n := s.News(); n.Order.State != tt.state || n.Trouble != nil {
					w.Errorf("the screen hears %s, %v", n.Order.State, n.Trouble)
				}
			})
		})
	}
}

// WeChat has said that the number is taken, but no query is answered until our own time is over: the order is
// still not ours to close.
func TestTakenAndSilent(t *testing.T) {
	simulate(t, func(w *world) {
		o := w.elsewhere()
		// another machine gives more time
		w.office.Change(o.No,
			func(t *gatewaytest.Trade) bool { t.Order.Expires = noon.Add(30 * time.Minute); return true })
		silent := noon.Add(4*time.Minute + 30*time.Second)
		w.office.Fails(func(c gatewaytest.Call) gatewaytest.Fault {
			if c.Op == "query" && c.At.Before(silent) {
				return gatewaytest.Fault{Err: payment.ErrUnknown}
			}
			return gatewaytest.Fault{}
		})
		w.visit(bill)
		w.pass(5*time.Minute + 30*time.Second)
		got := w.until(o.No, payment.Foreign, time.Second)
		if n := len(w.office.Asked("close", o.No)); n > 0 || got.NotPaidAt.Before(silent) {
			w.Errorf("closed %d times, first seen %v", n, got.NotPaidAt)
		}
		w.office.Pay(o.No)
		w.pass(10 * time.Second)
		if got, _ := w.ledger.Order(context.Background(), o.No); !got.PaidElsewhere() {
			w.Errorf("got %s", got.State)
		}
	})
}

// Our creates were lost all along, and another machine opened the bill's order shortly before our time was over.
func TestCreatedByAnotherAtTheEnd(t *testing.T) {
	simulate(t, func(w *world) {
		w.office.Fails(func(c gatewaytest.Call) gatewaytest.Fault {
			if c.Op == "create" {
				return gatewaytest.Fault{Err: payment.ErrUnknown}
			}
			return gatewaytest.Fault{}
		})
		s, _ := w.visit(bill)
		no := s.News().Order.No
		w.pass(4*time.Minute + 10*time.Second)
		w.elsewhere()
		w.office.Change(no,
			func(t *gatewaytest.Trade) bool { t.Order.Expires = noon.Add(9 * time.Minute); return true })
		w.pass(4 * time.Minute)
		if n := len(w.office.Asked("close", no)); n > 0 {
			w.Errorf("the other machine's order was closed under its visitor's hands, %d times", n)
		}
		w.until(no, payment.Closed, 30*time.Minute)
	})
}

func TestSecondPaymentOfABill(t *testing.T) {
	simulate(t, func(w *world) {
		w.office.Lazy = 0
		s, _ := w.visit(bill)
		first := s.News().Order.No
		w.until(first, payment.Waiting, time.Second)
		w.cancel(s)
		w.until(first, payment.Closed, 5*time.Second)
		s, _ = w.visit(bill)
		second := s.News().Order.No
		w.until(second, payment.Waiting, 5*time.Second)
		// What must not happen at WeChat does: the closed order is paid.
		r := said(payment.TradeSuccess, func(r *payment.Reported) { r.No = first })
		_, err := w.ledger.Update(context.Background(), first,
			func(o payment.Order, others []payment.Order) (payment.Change, error) {
				return o.Apply(r, others, time.Now())
			})
		if err != nil {
			w.Fatal(err)
		}
		w.owes(first, "receipt", "report")
		w.office.Pay(second)
		if o := w.until(second, payment.Paid, 5*time.Second); o.Oddity != payment.SecondPayment {
			w.Errorf("got %q", o.Oddity)
		}
		w.owes(second, "receipt", payment.Attention)
	})
}

func blockedBy(err error, s payment.State) bool {
	blocked, ok := errors.AsType[*payment.BlockedError](err)
	return ok && blocked.Order.State == s
}
