package payment_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"courtkiosk/payment"
	"courtkiosk/payment/gatewaytest"
	"courtkiosk/payment/ledgertest"
)

func clerk(n int) payment.By { return payment.By{Device: "window", Person: fmt.Sprint(1000 + n)} }

// bought is an order that was paid at a machine that may give back.
func (w *world) bought() payment.Order {
	w.Helper()
	w.crash()
	w.gives = true
	w.start()
	f, leave := w.visit(bill)
	defer leave()
	o := f.News().Order
	time.Sleep(2 * time.Second)
	if !w.office.Pay(gatewaytest.TradeID(o.Merchant, o.No)) {
		w.Fatal("not paid")
	}
	time.Sleep(5 * time.Second)
	return w.order(o.No)
}

// asked is a refund of all that was paid that one person has asked for, approved that another has approved.
func (w *world) asked(o payment.Order) payment.Refund {
	w.Helper()
	r, err := w.cashier.AskRefund(w.Context(), o.No, payment.RefundAsk{ID: "ask", Sum: o.PaidAmount, By: clerk(1)})
	if err != nil {
		w.Fatal(err)
	}
	return r
}

func (w *world) approved(o payment.Order) payment.Refund {
	w.Helper()
	r, err := w.cashier.ApproveRefund(w.Context(), w.asked(o).No, clerk(2))
	if err != nil {
		w.Fatal(err)
	}
	return r
}

func (w *world) stands(no string) payment.Refund {
	w.Helper()
	r, err := w.ledger.Refund(context.Background(), no)
	if err != nil {
		w.Fatal(err)
	}
	return r
}

func TestARefundIsCarriedOut(t *testing.T) {
	simulate(t, func(w *world) {
		o := w.bought()
		r := w.asked(o)
		time.Sleep(time.Hour)
		if len(w.office.Backs()) != 0 {
			t.Fatal("one person alone has given back")
		}
		if _, err := w.cashier.ApproveRefund(w.Context(), r.No, clerk(1)); !errors.Is(err, payment.ErrSamePerson) {
			t.Fatalf("approved by who asked: %v", err)
		}
		w.approved(o)
		time.Sleep(90 * time.Second)
		if r := w.stands(r.No); r.State != payment.RefundAccepted || len(w.office.Backs()) != 1 {
			t.Fatalf("after a minute: %+v", r)
		}
		w.office.Arrive(r.No, payment.StatusSuccess)
		time.Sleep(2 * time.Minute)
		o = w.order(o.No)
		if r := w.stands(r.No); r.State != payment.RefundDone || !o.Returned.All() {
			t.Fatalf("arrived: %+v, %+v", r, o.Returned)
		}
		if _, err := w.cashier.AskRefund(w.Context(), o.No, payment.RefundAsk{Sum: 1, By: clerk(1)}); !errors.Is(err,
			payment.ErrRefundSum) {
			t.Errorf("more than was paid: %v", err)
		}
		if next := w.take(bill); next.News().Order.Attempt != o.Attempt+1 {
			t.Errorf("the bill is not open again: %+v", next.News().Order)
		}
	})
}

// Whatever is lost on the way, and however often the plug is pulled, one refund is carried out by one number.
func TestARefundIsCarriedOutOnce(t *testing.T) {
	faults := map[string]gatewaytest.Fault{
		"refused":    {Err: payment.ErrRefused},
		"throttled":  {Err: payment.ErrThrottled},
		"no answer":  {Err: payment.ErrUnknown},
		"lost":       {Err: payment.ErrUnknown, Arrived: true},
		"late":       {Err: payment.ErrUnknown, Late: 3 * time.Minute},
		"absent yet": {Err: payment.ErrAbsent, Arrived: true},
	}
	for name, fault := range faults {
		t.Run(name, func(t *testing.T) {
			simulate(t, func(w *world) {
				o := w.bought()
				sent := 0
				w.office.Fails(func(c gatewaytest.Call) gatewaytest.Fault {
					if c.Op == "refund" {
						if sent++; sent < 3 {
							return fault
						}
					}
					return gatewaytest.Fault{}
				})
				r := w.approved(o)
				for range 5 {
					time.Sleep(40 * time.Second)
					if s := w.stands(r.No).State; s != payment.RefundSent && s != payment.RefundAccepted {
						t.Fatalf("it is %s", s)
					}
					w.crash()
					w.start()
				}
				time.Sleep(20 * time.Minute)
				w.office.Arrive(r.No, payment.StatusSuccess)
				time.Sleep(time.Hour)
				backs := w.office.Backs()
				if len(backs) != 1 || backs[0].Refund.Sum != o.PaidAmount {
					t.Fatalf("given back: %+v", backs)
				}
				if r = w.stands(r.No); r.State != payment.RefundDone || r.Trouble != "" {
					t.Errorf("it is %+v", r)
				}
			})
		})
	}
}

// A refund that WeChat cannot pay stays sent, with its reason, and is paid when it can be.
func TestAnEmptyAccountIsNoEnd(t *testing.T) {
	simulate(t, func(w *world) {
		o := w.bought()
		w.office.Empty = true
		r := w.approved(o)
		time.Sleep(6 * time.Hour)
		if r := w.stands(r.No); r.State != payment.RefundSent || r.Trouble == "" || r.Tries < 5 || r.Tries > 40 {
			t.Fatalf("hours later: %+v", r)
		}
		_, err := w.cashier.WithdrawRefund(w.Context(), r.No, "too long", clerk(1))
		if !errors.Is(err, payment.ErrConflict) {
			t.Errorf("withdrawn: %v", err)
		}
		w.office.Empty = false
		time.Sleep(2 * time.Hour)
		if r := w.stands(r.No); r.State != payment.RefundAccepted || r.Trouble != "" {
			t.Errorf("filled: %+v", r)
		}
	})
}

func TestARefundWhoseOrderCameBackOutside(t *testing.T) {
	simulate(t, func(w *world) {
		o := w.bought()
		r := w.asked(o)
		w.office.Change(gatewaytest.TradeID(o.Merchant, o.No), func(t *gatewaytest.Trade) bool {
			t.State = payment.TradeRefund
			return true
		})
		if _, err := w.cashier.Ask(w.Context(), o.No); err != nil {
			t.Fatal(err)
		}
		if _, err := w.cashier.ApproveRefund(w.Context(), r.No, clerk(2)); !errors.Is(err, payment.ErrRefundUnknown) {
			t.Errorf("approved, though nobody knows how much came back: %v", err)
		}
	})
}

// What was approved when the copy was made may have been withdrawn since: it is approved anew. What was sent goes on.
func TestRefundsOfABackup(t *testing.T) {
	simulate(t, func(w *world) {
		o := w.bought()
		r := w.asked(o)
		w.crash()
		w.gives = false // nobody sends it
		w.start()
		if _, err := w.ledger.UpdateRefund(w.Context(), r.No, func(r payment.Refund, of payment.Refunded) (
			payment.RefundChange, error) {
			return of.Approve(r, clerk(2), time.Now())
		}); err != nil {
			t.Fatal(err)
		}
		if err := payment.Recover(w.Context(), w.ledger); err != nil {
			t.Fatal(err)
		}
		if r := w.stands(r.No); r.State != payment.RefundAsked || r.Decided != (payment.Decision{}) {
			t.Errorf("from a backup: %+v", r)
		}
		if err := payment.Recover(w.Context(), w.ledger); err != nil {
			t.Fatal(err)
		}
		w.crash()
		w.gives = true
		w.start()
		if _, err := w.cashier.ApproveRefund(w.Context(), r.No, clerk(3)); err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Minute)
		sent := w.stands(r.No)
		if err := payment.Recover(w.Context(), w.ledger); err != nil {
			t.Fatal(err)
		}
		if got := w.stands(r.No); got.State != sent.State || !slices.Equal(got.Body, sent.Body) {
			t.Errorf("sent, then from a backup: %+v", got)
		}
	})
}

// Who may not is refused within the transaction of each act, and nothing is stored.
func TestWhoMayDecideARefund(t *testing.T) {
	simulate(t, func(w *world) {
		o := w.bought()
		part := payment.RefundAsk{ID: "ask", Sum: o.PaidAmount - 1, By: clerk(1)}
		r, err := w.cashier.AskRefund(w.Context(), o.No, part)
		if err != nil {
			t.Fatal(err)
		}
		w.forbids, w.acts = errors.New("not you"), nil
		for event, act := range map[payment.RefundEvent]func() error{
			payment.AsksRefund: func() error {
				_, err := w.cashier.AskRefund(w.Context(), o.No, payment.RefundAsk{ID: "more", Sum: 1, By: clerk(2)})
				return err
			},
			payment.ApprovesRefund: func() error {
				_, err := w.cashier.ApproveRefund(w.Context(), r.No, clerk(2))
				return err
			},
			payment.RefusesRefund: func() error {
				_, err := w.cashier.RefuseRefund(w.Context(), r.No, "why", clerk(2))
				return err
			},
			payment.WithdrawsRefund: func() error {
				_, err := w.cashier.WithdrawRefund(w.Context(), r.No, "why", clerk(2))
				return err
			},
		} {
			w.acts = nil
			err := act()
			if !errors.Is(err, w.forbids) || len(w.acts) != 1 || w.acts[0].Event != event ||
				w.acts[0].By != clerk(2) || w.acts[0].Of.Order.No != o.No {
				t.Errorf("%s: %v, %+v", event, err, w.acts)
			}
		}
		all, err := w.ledger.RefundsOf(w.Context(), o.No)
		if err != nil || len(all) != 1 || all[0].State != payment.RefundAsked {
			t.Errorf("stored: %+v, %v", all, err)
		}
	})
}

func TestRefundsThatAreOff(t *testing.T) {
	simulate(t, func(w *world) {
		if _, err := w.cashier.AskRefund(w.Context(), "x", payment.RefundAsk{}); !errors.Is(err, payment.ErrNoRefunds) {
			t.Error(err)
		}
		if _, err := w.cashier.ApproveRefund(w.Context(), "x", clerk(1)); !errors.Is(err, payment.ErrNoRefunds) {
			t.Error(err)
		}
		nobody := payment.NewCashier(payment.Desk{Ledger: w.ledger, Gateway: w.gate, Refunder: w.gate})
		for name, err := range map[string]error{
			"ask":      second(nobody.AskRefund(w.Context(), "x", payment.RefundAsk{})),
			"approve":  second(nobody.ApproveRefund(w.Context(), "x", clerk(1))),
			"refuse":   second(nobody.RefuseRefund(w.Context(), "x", "", clerk(1))),
			"withdraw": second(nobody.WithdrawRefund(w.Context(), "x", "", clerk(1))),
		} {
			if !errors.Is(err, payment.ErrNoRefunds) {
				t.Errorf("%s, where nobody says who may: %v", name, err)
			}
		}
	})
	var _ payment.Refunds = (*ledgertest.Memory)(nil)
}

// Refunds are switched off while one is sent and another approved: WeChat's word on the first is heard, and the second
// waits.
func TestRefundsThatAreSwitchedOffAreFollowed(t *testing.T) {
	simulate(t, func(w *world) {
		o := w.bought()
		var list []payment.Refund
		for i, id := range []string{"one", "two"} {
			a := payment.RefundAsk{ID: id, Sum: o.PaidAmount / 3, By: clerk(1)}
			r, err := w.cashier.AskRefund(w.Context(), o.No, a)
			if err == nil {
				r, err = w.cashier.ApproveRefund(w.Context(), r.No, clerk(2))
			}
			if err != nil {
				t.Fatalf("%d: %v", i, err)
			}
			list = append(list, r)
			time.Sleep(2 * time.Second)
		}
		w.crash()
		w.off = true
		w.start()
		w.office.Arrive(list[0].No, payment.StatusSuccess)
		time.Sleep(20 * time.Minute)
		if one, two := w.stands(list[0].No).State, w.stands(list[1].No).State; one != payment.RefundDone ||
			two != payment.RefundApproved {
			t.Errorf("they are %s and %s", one, two)
		}
		if _, err := w.cashier.WithdrawRefund(w.Context(), list[1].No, "off", clerk(1)); err != nil {
			t.Errorf("not withdrawn: %v", err)
		}
		a := payment.RefundAsk{ID: "three", Sum: 1, By: clerk(1)}
		if _, err := w.cashier.AskRefund(w.Context(), o.No, a); !errors.Is(err, payment.ErrNoRefunds) {
			t.Errorf("asked for: %v", err)
		}
	})
}

func second(_ payment.Refund, err error) error { return err }
