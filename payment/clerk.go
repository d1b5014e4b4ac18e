package payment

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// Accept books a disputed payment as it was made, or makes a second payment its bill's once all came back of what was
// paid before: a clerk says so, for a reason that the audit keeps. The order's own Attention ends with it. Another
// order, one ended by hand, one of which WeChat has not said amount, time and transaction id, and a second payment
// beside another order that holds money are ErrConflict.
func (c *Cashier) Accept(ctx context.Context, no, reason string, by By) (Order, error) {
	disputed := false
	o, err := c.desk.Ledger.Update(ctx, no, func(o Order, others []Order) (Change, error) {
		disputed = o.State == Disputed
		if o.second() {
			return o.Accept(others).said(reason, by), o.Promotable(others)
		}
		switch {
		case o.State != Disputed:
			return Change{}, fmt.Errorf("%w: it is %s, not disputed", ErrConflict, o.State)
		case o.ByHand:
			return Change{}, fmt.Errorf("%w: it was ended by hand", ErrConflict)
		case !o.whole():
			return Change{}, fmt.Errorf("%w: WeChat has not said its amount, time or transaction id", ErrConflict)
		}
		return o.Accept(others).said(reason, by), nil
	})
	if err != nil || !disputed {
		return o, err // of a second payment it ended in the same transaction
	}
	return o, Strike(ctx, c.desk.Ledger, no, Attention, "accepted: "+reason, by)
}

// EndByHand notes that a clerk looks after an order outside of this program; see Order.EndByHand. The Attention of a
// disputed one ends with it. Another order is ErrConflict.
func (c *Cashier) EndByHand(ctx context.Context, no, reason string, by By) (Order, error) {
	now := c.Now()
	o, err := c.desk.Ledger.Update(ctx, no, func(o Order, _ []Order) (Change, error) {
		change := o.EndByHand(now)
		if !o.ByHand && !change.Order.ByHand {
			return Change{}, fmt.Errorf("%w: it is %s, and nothing of it waits for a clerk", ErrConflict, o.State)
		}
		return change.said(reason, by), nil
	})
	if err != nil || o.State != Disputed {
		return o, err
	}
	return o, Strike(ctx, c.desk.Ledger, no, Attention, "by hand: "+reason, by)
}

// said returns the change with what a person says of it.
func (c Change) said(reason string, by By) Change {
	if c.Note != "" {
		c.Note += "; "
	}
	c.Note, c.By = c.Note+reason, by
	return c
}

// Strike ends a piece of work that a person has done, with the reason in the audit; what is done already stays as it
// is. Work that a machine has in hand is ErrConflict.
func Strike(ctx context.Context, l Work, no, kind, reason string, by By) error {
	var err error
	for range 2 { // once more when the ledger gave no answer
		_, err = l.UpdateEffect(ctx, no, kind, func(e Effect) (Effect, error) {
			switch e.State {
			case Done:
				return e, errStored
			case Handed:
				return e, fmt.Errorf("%w: %s is in hand", ErrConflict, kind)
			}
			e.State, e.Note, e.By, e.Holder, e.Until = Done, reason, by, "", time.Time{}
			return e, nil
		})
		if !errors.Is(err, ErrUnsure) {
			break
		}
	}
	if errors.Is(err, errStored) {
		return nil
	}
	return err
}
