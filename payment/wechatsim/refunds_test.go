package wechatsim_test

import (
	"errors"
	"testing"
	"time"

	"courtkiosk/payment"
	"courtkiosk/payment/wechat"
	"courtkiosk/payment/wechatsim"
)

// paid is an order of one yuan that was paid.
func (w *world) paid() payment.Order {
	w.Helper()
	o := w.order(first)
	o.Amount = 100
	var err error
	if o.Body, err = w.gate.Compose(o); err == nil {
		_, err = w.gate.Prepay(w.Context(), o)
	}
	if err != nil {
		w.Fatal(err)
	}
	if err := w.sim.Pay(o.No); err != nil {
		w.Fatal(err)
	}
	return o
}

// back is a refund of an order, ready to be sent.
func (w *world) back(o payment.Order, part int, sum payment.Fen) payment.Refund {
	w.Helper()
	r := payment.Refund{
		No: payment.RefundNumber(o.No, part), Order: o.No, Merchant: o.Merchant, Sum: sum, Total: o.Amount,
		Shown: "重复交费退回"}
	var err error
	if r.Body, err = w.gate.ComposeRefund(r); err != nil {
		w.Fatal(err)
	}
	return r
}

func code(err error) string {
	if e, ok := errors.AsType[*wechat.Error](err); ok {
		return e.Short()
	}
	return ""
}

func TestRefund(t *testing.T) {
	inBubble(t, strict, func(w *world) {
		o := w.paid()
		r := w.back(o, 1, 7)
		if _, err := w.gate.QueryRefund(w.Context(), r); !errors.Is(err, payment.ErrAbsent) {
			w.Errorf("before it is sent: %v", err)
		}
		for range 2 { // the same request is the same refund
			if err := w.gate.SendRefund(w.Context(), r); err != nil {
				w.Fatal(err)
			}
		}
		said, err := w.gate.QueryRefund(w.Context(), r)
		if err != nil || said.Status != payment.StatusProcessing || said.Sum != 7 || said.ID == "" {
			w.Errorf("sent: %+v, %v", said, err)
		}
		if q, err := w.gate.Query(w.Context(), o); err != nil || q.State != payment.TradeRefund {
			w.Errorf("its order: %+v, %v", q, err)
		}
		if err := w.sim.Arrive(r.No, wechatsim.Arrived); err != nil {
			w.Fatal(err)
		}
		said, err = w.gate.QueryRefund(w.Context(), r)
		if err != nil || said.Status != payment.StatusSuccess || said.ArrivedAt.IsZero() {
			w.Errorf("arrived: %+v, %v", said, err)
		}
		if list := w.sim.Refunds(); len(list) != 1 {
			w.Errorf("%d refunds", len(list))
		}
	})
}

func TestWhatWeChatRefusesOfARefund(t *testing.T) {
	for name, test := range map[string]struct {
		make func(w *world) payment.Refund
		code string
	}{
		"no order": {func(w *world) payment.Refund { return w.back(w.order(first), 1, 1) }, "RESOURCE_NOT_EXISTS"},
		"unpaid":   {func(w *world) payment.Refund { return w.back(w.created(), 1, 1) }, "INVALID_REQUEST"},
		"more": {func(w *world) payment.Refund {
			o := w.paid()
			return w.back(o, 1, o.Amount+1)
		}, "INVALID_REQUEST"},
		"more in parts": {func(w *world) payment.Refund {
			o := w.paid()
			_ = w.gate.SendRefund(w.Context(), w.back(o, 1, o.Amount-1))
			time.Sleep(time.Minute)
			return w.back(o, 2, 2)
		}, "INVALID_REQUEST"},
		"within a minute": {func(w *world) payment.Refund {
			o := w.paid()
			_ = w.gate.SendRefund(w.Context(), w.back(o, 1, 1))
			time.Sleep(59 * time.Second)
			return w.back(o, 2, 1)
		}, "FREQUENCY_LIMITED"},
		"another sum of the number": {func(w *world) payment.Refund {
			o := w.paid()
			_ = w.gate.SendRefund(w.Context(), w.back(o, 1, 1))
			return w.back(o, 1, 2)
		}, "INVALID_REQUEST"},
		"a closed one's number": {func(w *world) payment.Refund {
			r := w.back(w.paid(), 1, 1)
			_ = w.gate.SendRefund(w.Context(), r)
			_ = w.sim.Arrive(r.No, wechatsim.Unfunded)
			return r
		}, "INVALID_REQUEST"},
		"an empty account": {func(w *world) payment.Refund {
			w.sim.Fund(first.MchID, 0)
			return w.back(w.paid(), 1, 1)
		}, "NOT_ENOUGH"},
		"after a year": {func(w *world) payment.Refund {
			o := w.paid()
			time.Sleep(366 * 24 * time.Hour)
			return w.back(o, 1, 1)
		}, "INVALID_REQUEST"},
		"a field too many": {func(w *world) payment.Refund {
			r := w.back(w.paid(), 1, 1)
			r.Body = append([]byte(`{"x":1,`), r.Body[1:]...)
			return r
		}, "PARAM_ERROR"},
	} {
		t.Run(name, func(t *testing.T) {
			inBubble(t, strict, func(w *world) {
				if err := w.gate.SendRefund(w.Context(), test.make(w)); code(err) != test.code {
					w.Errorf("refused by %v, want %s", err, test.code)
				}
			})
		})
	}
}

// An account that is topped up gives back by the same number and request what it could not before.
func TestAnEmptyAccountIsFilled(t *testing.T) {
	inBubble(t, strict, func(w *world) {
		w.sim.Fund(first.MchID, 0)
		r := w.back(w.paid(), 1, 1)
		if err := w.gate.SendRefund(w.Context(), r); code(err) != "NOT_ENOUGH" {
			w.Fatal(err)
		}
		if _, err := w.gate.QueryRefund(w.Context(), r); !errors.Is(err, payment.ErrAbsent) {
			w.Errorf("it is there: %v", err)
		}
		w.sim.Fund(first.MchID, 1)
		if err := w.gate.SendRefund(w.Context(), r); err != nil {
			w.Error(err)
		}
	})
}
