package counter

import (
	"context"
	"fmt"

	"courtkiosk/payment"
)

// Given ends a receipt that may have been printed: a person has seen the paper, or knows that nobody wants it. A copy
// of it can be printed as ever. Other work, and a receipt that stands otherwise, is payment.ErrConflict.
func (c *Counter) Given(ctx context.Context, order, kind, reason string, by payment.By) error {
	e, err := c.effect(ctx, order)
	switch {
	case err != nil:
		return err
	case kind != effectReceipt:
		return fmt.Errorf("%w: no person ends %q", payment.ErrConflict, kind)
	case e.State != payment.Doubtful:
		return fmt.Errorf("%w: its receipt is not doubtful but %q", payment.ErrConflict, e.State)
	}
	return payment.Strike(ctx, c.Ledger, order, kind, reason, by)
}
