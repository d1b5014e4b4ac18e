package clerk

import (
	"context"

	"courtkiosk/payment"
)

// Accept books a disputed payment as it was made, or a second payment as its bill's once nothing else holds money. The
// clerk has signed it, and has given a reason for the audit.
func (d *Desk) Accept(ctx context.Context, c Clerk, no, reason string) error {
	return d.settle(ctx, c, no, reason, d.Cashier.Accept)
}

// ByHand notes that somebody looks after an order outside of this program: a dispute, or one without an outcome.
func (d *Desk) ByHand(ctx context.Context, c Clerk, no, reason string) error {
	return d.settle(ctx, c, no, reason, d.Cashier.EndByHand)
}

// TellAgain has the court told once more of what it has refused: a payment, or what came back of one. What it has not
// refused is payment.ErrConflict.
func (d *Desk) TellAgain(ctx context.Context, c Clerk, no, reason string) error {
	return d.settle(ctx, c, no, reason, func(
		ctx context.Context, no, reason string, by payment.By,
	) (payment.Order, error) {
		return payment.Order{}, d.Options.TellAgain(ctx, no, reason, by)
	})
}

// settle decides about an order. What another person has taken is that person's to decide.
func (d *Desk) settle(
	ctx context.Context, c Clerk, no, reason string,
	do func(ctx context.Context, no, reason string, by payment.By) (payment.Order, error),
) error {
	ctx, err := c.acts(ctx, SettleOrder)
	if err != nil {
		return err
	}
	if reason = Plain(reason); reason == "" {
		return ErrReason
	}
	effects, err := d.Ledger.Effects(ctx, no)
	if err != nil {
		return err
	}
	at := now()
	for _, e := range effects {
		if who := taken(e.Taken, at); who.By.Person != "" && who.By.Person != c.By.Person && e.State != payment.Done {
			return &TakenError{who}
		}
	}
	defer d.recount()
	_, err = do(ctx, no, reason, c.By)
	return err
}
