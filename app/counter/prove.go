package counter

import (
	"context"
	"crypto/subtle"
	"errors"
	"fmt"
	"time"

	"courtkiosk/payment"
)

// provenFor is how long a visit that has proven to hold a payment, or that has paid, may print.
const provenFor = 10 * time.Minute

// mostVain is how many orders that are not here are remembered as tried.
const mostVain = 1000

// Prove reports whether the digits are the last six of WeChat's transaction id of an order: what only the payer's
// phone, or an earlier receipt, can tell. The try is counted, durably, before it is compared. An order that is not
// here answers no, and takes as long to say so.
func (c *Counter) Prove(ctx context.Context, p Proof) (bool, error) {
	yes, err := c.prove(ctx, p)
	if err != nil || !yes {
		return false, c.refuse(ctx, "prove", err)
	}
	c.allow(p.Order, p.Visit)
	return true, nil
}

func (c *Counter) prove(ctx context.Context, p Proof) (bool, error) {
	now := c.Cashier.Now()
	o, err := c.update(ctx, p.Order, func(o payment.Order) (payment.Change, error) { return o.Try(now) })
	if errors.Is(err, payment.ErrNotFound) {
		return false, c.proveVain(ctx, p.Order, now)
	}
	if err != nil {
		return false, err
	}
	if o.State != payment.Paid || !proves(o.TransactionID, p.Digits) {
		c.Log.WarnContext(ctx, "proof of possession failed", "order", o.No, "tries", o.Tries.Wrong)
		return false, nil
	}
	_, err = c.update(ctx, p.Order, func(o payment.Order) (payment.Change, error) { return o.Proved(), nil })
	return err == nil, err
}

// proveVain counts a try at an order that is not here, and writes as much as one at an order that is.
func (c *Counter) proveVain(ctx context.Context, no string, now time.Time) error {
	c.mu.Lock()
	tries, err := c.vain[no].Again(now)
	if len(c.vain) >= mostVain {
		clear(c.vain)
	}
	c.vain[no] = tries
	c.mu.Unlock()
	if err != nil {
		return err
	}
	return c.Ledger.Note(ctx, payment.Entry{Event: "proof-tried", Note: "of an order that is not here"})
}

// proves reports whether digits are the last six of a transaction id. It takes as long for a wrong one as for a right
// one.
func proves(transaction, digits string) bool {
	if len(digits) != 6 || len(transaction) <= 6 {
		return false
	}
	return subtle.ConstantTimeCompare([]byte(transaction[len(transaction)-6:]), []byte(digits)) == 1
}

// allow lets a visit print an order's receipt for a while.
func (c *Counter) allow(order, visit string) {
	if visit == "" {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	now := time.Now()
	for k, until := range c.proven {
		if now.After(until) {
			delete(c.proven, k)
		}
	}
	c.proven[claim{order, visit}] = now.Add(provenFor)
}

// allowed reports whether a visit may print an order's receipt.
func (c *Counter) allowed(order, visit string) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return time.Now().Before(c.proven[claim{order, visit}])
}

// mayPrint says why a visit may not have the receipt of a paid order: it may when it has paid it and has not left, or
// when it has proven to hold it.
func (c *Counter) mayPrint(o payment.Order, visit string) error {
	if c.allowed(o.No, visit) || visit != "" && o.Visit == visit && !o.Left {
		return nil
	}
	return fmt.Errorf("%w: %s", errNotProven, o.No)
}
