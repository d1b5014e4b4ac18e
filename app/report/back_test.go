package report

import (
	"context"
	"errors"
	"log/slog"
	"testing"
	"time"

	"courtkiosk/app/bill"
	"courtkiosk/payment"
)

// cameBack has WeChat say REFUND of a payment, and a person how much.
func cameBack(t *testing.T, l payment.Ledger, no string, all bool, part payment.Fen) payment.Order {
	t.Helper()
	var o payment.Order
	for _, rule := range []func(o payment.Order) (payment.Change, error){
		func(o payment.Order) (payment.Change, error) {
			o.OwedBack = []string{Back}
			return payment.Change{Order: o}, nil
		},
		func(o payment.Order) (payment.Change, error) {
			r := payment.Reported{No: o.No, MchID: o.Merchant.MchID, State: payment.TradeRefund}
			return o.Apply(r, nil, moment())
		},
		func(o payment.Order) (payment.Change, error) {
			return o.Return(all, part, "at the window", payment.By{Person: "0042"}, moment())
		},
	} {
		var err error
		o, err = l.Update(t.Context(), no, func(o payment.Order, _ []payment.Order) (payment.Change, error) {
			return rule(o)
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	return o
}

// refunds is a court that hears of sums that came back.
type refunds struct {
	court
	sums   []payment.Fen
	refuse error
}

func (c *refunds) back(_ context.Context, o payment.Order) error {
	if c.refuse != nil {
		return c.refuse
	}
	c.sums = append(c.sums, o.Returned.Sum-o.Returned.Told)
	return nil
}

func refundBox(l payment.Ledger) (*Box, *refunds) {
	c := &refunds{court: court{answer: func(payment.Order) error { return nil }}}
	b := NewBox(l, c.tell, slog.New(slog.DiscardHandler))
	b.Refunds = c.back
	return b, c
}

// The court hears of a payment first, then of each sum that came back, once.
func TestRefundsFollowTheirPayment(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		l := ledger()
		b, c := refundBox(l)
		o := paid(t, l, "case", "fee")
		run(t, b, time.Second)
		cameBack(t, l, o.No, false, 30)
		run(t, b, time.Minute)
		cameBack(t, l, o.No, true, 0)
		run(t, b, time.Minute)
		run(t, b, time.Hour)
		if len(c.told) != 1 || len(c.sums) != 2 || c.sums[0] != 30 || c.sums[1] != 70 {
			t.Errorf("told %v, came back %v", c.told, c.sums)
		}
		now, err := l.Order(t.Context(), o.No)
		if s := status(t, b); err != nil || now.Returned.Told != 100 || s.Owed != 0 || s.Look != 0 {
			t.Errorf("stands %+v, %+v, %v", now.Returned, s, err)
		}
	})
}

// A part that came back before the court was told: the payment, then the sum. Of all the court hears nothing.
func TestRefundBeforeTheReport(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		l := ledger()
		b, c := refundBox(l)
		part, all := paid(t, l, "one", "fee"), paid(t, l, "two", "fee")
		for _, no := range []string{part.No, all.No} { // paid says doubtful, which the court may have heard
			if err := b.set(t.Context(), no, Effect, payment.Owed, "", payment.By{}); err != nil {
				t.Fatal(err)
			}
		}
		cameBack(t, l, part.No, false, 30)
		cameBack(t, l, all.No, true, 0)
		run(t, b, 5*time.Minute)
		if len(c.told) != 1 || c.told[0] != part.No || len(c.sums) != 1 || c.sums[0] != 30 {
			t.Errorf("told %v, came back %v", c.told, c.sums)
		}
		if e, back := effect(t, l, all.No, Effect), effect(t, l, all.No, Back); e.State != payment.Held ||
			back.State != payment.Held {
			t.Errorf("of what the court never heard: %+v, %+v", e, back)
		}
		if s := status(t, b); s.Owed != 0 {
			t.Errorf("%+v", s)
		}
	})
}

// What the court refuses becomes a clerk's, and is told again when a clerk says so.
func TestRefusedRefund(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		l := ledger()
		b, c := refundBox(l)
		c.refuse = &bill.RefusedError{Reason: bill.AmountDiffers}
		o := paid(t, l, "case", "fee")
		run(t, b, time.Second)
		cameBack(t, l, o.No, true, 0)
		run(t, b, time.Hour)
		if s := status(t, b); s.Refused != 1 || s.Look != 1 || s.Owed != 0 {
			t.Errorf("refused: %+v", s)
		}
		c.refuse = nil
		if err := b.Again(t.Context(), o.No, "put right", payment.By{Person: "0108"}); err != nil {
			t.Fatal(err)
		}
		run(t, b, time.Minute)
		if s := status(t, b); len(c.sums) != 1 || c.sums[0] != 100 || s.Look != 0 || s.Owed != 0 {
			t.Errorf("told again: %v, %+v", c.sums, s)
		}
		if err := b.Again(t.Context(), o.No, "put right", payment.By{Person: "0108"}); !errors.Is(err,
			payment.ErrConflict) {
			t.Errorf("once more: %v", err)
		}
	})
}

// While the court is silent a sum stays owed, and is told when it is back.
func TestRefundWithoutTheCourt(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		l := ledger()
		b, c := refundBox(l)
		o := paid(t, l, "case", "fee")
		run(t, b, time.Second)
		cameBack(t, l, o.No, true, 0)
		c.refuse = bill.ErrUnreachable
		run(t, b, 24*time.Hour)
		if s := status(t, b); s.Owed != 1 || len(c.sums) != 0 {
			t.Errorf("silent: %+v, %v", s, c.sums)
		}
		c.refuse = nil
		run(t, b, 3*time.Hour)
		if s := status(t, b); s.Owed != 0 || len(c.sums) != 1 {
			t.Errorf("back: %+v, %v", s, c.sums)
		}
	})
}
