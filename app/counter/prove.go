package counter

import (
	"context"
	"crypto/subtle"
	"errors"
	"fmt"
	"time"

	"courtkiosk/app/bill"
	"courtkiosk/payment"
)

// provenFor is how long a visit that has proven to hold a payment, or that has paid, may print.
const provenFor = 10 * time.Minute

// Prove reports whether the digits are the last six of WeChat's transaction id of an order: what only the payer's
// phone, or an earlier receipt, can tell. The try is counted for the case, durably, before it is compared. An order
// that is not here answers no, counts for itself, and takes as long to say so.
func (c *Counter) Prove(ctx context.Context, p Proof) (Tried, error) {
	now := c.Cashier.Now().Truncate(time.Microsecond)
	o, err := c.Ledger.Order(ctx, p.Order)
	of, e := p.Order, payment.Entry{Event: "proof-tried", Note: "of an order that is not here"}
	if err == nil {
		of, e = bill.OfOrder(o).Case.BaseString(), payment.Entry{Event: "proof-tried", Order: o.No}
	}
	if err != nil && !errors.Is(err, payment.ErrNotFound) {
		return Tried{}, c.refuse(ctx, "prove", err)
	}
	var before payment.Tries
	tries, err := c.Ledger.UpdateTries(ctx, of, now, e, func(t payment.Tries) (payment.Tries, error) {
		before = t
		return t.Again(now)
	})
	if soon, ok := errors.AsType[*payment.TooSoonError](err); ok {
		return Tried{Soon: true, Left: soon.Left, Wait: soon.Wait}, nil
	}
	if err != nil {
		return Tried{}, c.refuse(ctx, "prove", err)
	}
	if o.State != payment.Paid || !proves(o.TransactionID, p.Digits) {
		c.Log.WarnContext(ctx, "proof of possession failed", "order", o.No, "left", tries.Left())
		return Tried{Left: tries.Left(), Wait: tries.Wait(now)}, nil
	}
	e.Event = "proof-given"
	tries, err = c.Ledger.UpdateTries(ctx, of, now, e, func(t payment.Tries) (payment.Tries, error) {
		return t.Right(now, before), nil
	})
	if err != nil {
		return Tried{}, c.refuse(ctx, "prove", err)
	}
	c.allow(p.Order, p.Visit)
	return Tried{Yes: true, Left: tries.Left()}, nil
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

// mayCopy says why a visit may not have once more what only a payment's holder has.
func (c *Counter) mayCopy(order, visit string) error {
	if c.allowed(order, visit) {
		return nil
	}
	return fmt.Errorf("%w: a copy of %s", errNotProven, order)
}
