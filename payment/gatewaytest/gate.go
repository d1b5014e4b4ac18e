package gatewaytest

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"time"

	"courtkiosk/payment"
)

// A Gate is one machine's payment.Gateway to the office.
type Gate struct {
	*Office
	Ahead time.Duration      // how far WeChat's clock is ahead of the machine's
	Also  []payment.Merchant // that it has keys of, beside Merchant
	From  string             // names the machine in its calls, in place of the order's attach
}

func (g *Gate) do(ctx context.Context, op string, o payment.Order, act func(*Trade) error) (Fault, error) {
	return g.Office.do(ctx, op, cmp.Or(g.From, o.Attach), o, act)
}

// Serves reports whether the gate has the keys of the merchant.
func (g *Gate) Serves(m payment.Merchant) bool { return m == Merchant || slices.Contains(g.Also, m) }

// Offset is Ahead, and always known.
func (g *Gate) Offset() (time.Duration, bool) { return g.Ahead, true }

// Compose returns a line of what WeChat compares two creates by.
func (g *Gate) Compose(o payment.Order) ([]byte, error) {
	return fmt.Appendf(nil, "%s %s %s %s %s", o.No, o.Attach, o.Amount, o.Title, o.Expires.Format(time.RFC3339)), nil
}

// Prepay creates the trade and returns its code URL.
func (g *Gate) Prepay(ctx context.Context, o payment.Order) (string, error) {
	_, err := g.do(ctx, "create", o, func(t *Trade) error {
		switch {
		case t == nil && time.Now().After(o.Expires):
			if !g.Raises {
				return payment.ErrNumberTaken // INVALID_REQUEST, as a duplicate is
			}
			o.Expires = time.Now().Add(time.Minute)
			fallthrough
		case t == nil:
			g.trades[TradeID(o.Merchant, o.No)] = &Trade{Order: o, State: payment.TradeNotPaid}
		case t.State != payment.TradeNotPaid || !t.closed.IsZero() || string(t.Order.Body) != string(o.Body):
			return payment.ErrNumberTaken
		}
		return nil
	})
	if err != nil {
		return "", err
	}
	return "weixin://wxpay/bizpayurl?pr=" + o.No[:9], nil
}

// Query returns what WeChat says of the order.
func (g *Gate) Query(ctx context.Context, o payment.Order) (r payment.Reported, err error) {
	x, err := g.do(ctx, "query", o, func(t *Trade) error {
		if t == nil {
			return payment.ErrAbsent
		}
		if t.State == payment.TradeNotPaid && !t.closed.IsZero() && time.Since(t.closed) >= g.Lazy {
			t.State = payment.TradeClosed
		}
		r = payment.Reported{No: o.No, MchID: o.Merchant.MchID, AppID: o.Merchant.AppID, State: t.State}
		if t.State == payment.TradeSuccess || t.State == payment.TradeRefund {
			r.Attach, r.Amount, r.Currency = t.Order.Attach, t.Paid, "CNY"
			r.TransactionID, r.PaidAt = t.Transaction(), t.At
			if t.AppID != "" {
				r.AppID = t.AppID
			}
			if t.Currency != "" {
				r.Currency = t.Currency
			}
		}
		return nil
	})
	if x.Other && err == nil {
		r.No = "ANOTHER" + r.No[7:]
		if r.State == payment.TradeNotPaid {
			r.State, r.Attach, r.Amount, r.Currency = payment.TradeSuccess, o.Attach, o.Amount, "CNY"
			r.TransactionID, r.PaidAt = "4200OTHER", time.Now()
		}
	}
	return r, err
}

// Close closes an unpaid trade; that a trade is not there is no error.
func (g *Gate) Close(ctx context.Context, o payment.Order) error {
	_, err := g.do(ctx, "close", o, func(t *Trade) error {
		switch {
		case t == nil: // 204, all the same
		case t.State == payment.TradeSuccess || t.State == payment.TradeRefund:
			return payment.ErrNumberTaken
		case t.closed.IsZero():
			t.closed = time.Now()
		}
		return nil
	})
	return err
}
