package payment

import (
	"context"
	"slices"
	"strings"
	"time"
)

// A Former is a name that a ledger had until it was bound to another machine, or that it lost when an older copy of it
// was put back.
type Former struct {
	Instance string
	Until    time.Time
}

// query asks WeChat about an order, and waits by wait before each request but the first. What was paid to this ledger
// under a name that it had when that order could still be paid is told as paid to the order that stands here now: the
// ledger that opened it is this one, whatever id its kiosk had then. What came later was paid to somebody who goes on
// under that name.
func (c *Cashier) query(ctx context.Context, o Order, wait func(context.Context) error) (Reported, error) {
	r, err := c.desk.Gateway.Query(withTurns(ctx, wait), o)
	if err == nil && r.names(o) && c.mine(o.Attach, time.Time{}) && c.mine(r.Attach, r.PaidAt) {
		r.Attach = o.Attach
	}
	return r, err
}

// mine reports whether an attach names this ledger by a name that it has, or had at t; t is zero when nobody knows.
func (c *Cashier) mine(attach string, t time.Time) bool {
	_, instance, _ := strings.Cut(attach, "/")
	return instance == c.desk.Ledger.Identity().Instance || slices.ContainsFunc(c.desk.Former, func(f Former) bool {
		return f.Instance == instance && !t.After(f.Until.Add(MaxPayWithin))
	})
}
