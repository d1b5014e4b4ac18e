package gatewaytest

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"time"

	"courtkiosk/payment"
)

// A Back is what WeChat holds of one refund.
type Back struct {
	Refund payment.Refund // as it was first asked for
	Status payment.RefundStatus
	At     time.Time // of its end
}

// ComposeRefund returns a line of what WeChat compares two requests by.
func (g *Gate) ComposeRefund(r payment.Refund) ([]byte, error) {
	return fmt.Appendf(nil, "%s %s %s of %s", r.Order, r.No, r.Sum, r.Total), nil
}

// SendRefund takes a refund, as long as there is something left of its order, and no other was taken within a minute.
func (g *Gate) SendRefund(ctx context.Context, r payment.Refund) error {
	o := payment.Order{No: r.Order, Merchant: r.Merchant, Body: r.Body}
	_, err := g.do(ctx, "refund", o, func(t *Trade) error {
		if old := g.backs[r.No]; old != nil {
			if string(old.Refund.Body) != string(r.Body) || old.Status == payment.StatusClosed {
				return payment.ErrRefused
			}
			return nil
		}
		if t == nil || t.State != payment.TradeSuccess && t.State != payment.TradeRefund || r.Total != t.Paid {
			return payment.ErrRefused
		}
		left := t.Paid - t.Outside
		for _, b := range g.backs {
			if b.Refund.Order == r.Order && b.Status != payment.StatusClosed {
				left -= b.Refund.Sum
				if time.Since(b.Refund.SentAt) < payment.RefundApart {
					return payment.ErrThrottled
				}
			}
		}
		if r.Sum > left || g.Empty {
			return payment.ErrRefused
		}
		r.SentAt, t.State = time.Now(), payment.TradeRefund
		if g.backs == nil {
			g.backs = make(map[string]*Back)
		}
		g.backs[r.No] = &Back{Refund: r, Status: payment.StatusProcessing}
		return nil
	})
	return err
}

// QueryRefund returns what WeChat says of the refund.
func (g *Gate) QueryRefund(ctx context.Context, r payment.Refund) (said payment.ReportedRefund, err error) {
	o := payment.Order{No: r.Order, Merchant: r.Merchant}
	_, err = g.do(ctx, "query refund", o, func(*Trade) error {
		b := g.backs[r.No]
		if b == nil {
			return payment.ErrAbsent
		}
		said = payment.ReportedRefund{
			No: r.No, Order: b.Refund.Order, ID: "50" + r.No, Status: b.Status, Sum: b.Refund.Sum}
		if b.Status == payment.StatusSuccess {
			said.ArrivedAt = b.At
		}
		return nil
	})
	return said, err
}

// Backs returns every refund as it is now, by number.
func (f *Office) Backs() []Back {
	f.mu.Lock()
	defer f.mu.Unlock()
	var list []Back
	for _, no := range slices.Sorted(maps.Keys(f.backs)) {
		list = append(list, *f.backs[no])
	}
	return list
}

// Arrive brings a refund to its end, or makes it abnormal; false when it has come to its end before.
func (f *Office) Arrive(no string, end payment.RefundStatus) bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	b := f.backs[no]
	if b == nil || b.Status == payment.StatusSuccess || b.Status == payment.StatusClosed {
		return false
	}
	b.Status, b.At = end, time.Now()
	return true
}

// Fund says whether the account holds enough for every refund.
func (f *Office) Fund(enough bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.Empty = !enough
}

// RefundOutside has so much of a trade given back in all at the merchant platform; false when that is more than is
// left, less than before, or no money.
func (f *Office) RefundOutside(id string, sum payment.Fen) bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	t := f.trades[id]
	if t == nil || t.State != payment.TradeSuccess && t.State != payment.TradeRefund {
		return false
	}
	left := t.Paid
	for _, b := range f.backs {
		if b.Refund.Order == t.Order.No && b.Status != payment.StatusClosed {
			left -= b.Refund.Sum
		}
	}
	if sum <= t.Outside || sum > left {
		return false
	}
	t.State, t.Outside = payment.TradeRefund, sum
	return true
}
