package report

import (
	"context"
	"errors"
	"slices"

	"courtkiosk/app/bill"
	"courtkiosk/payment"
)

// The kinds of work about money that came back of a payment which the court was told of.
const (
	Back        = Effect + "/refund"             // the court must be told how much
	BackRefused = payment.Attention + "/refused" // it will not take that: a clerk must look
)

// backs tells how much came back of payments. What the court has not heard of as paid waits until it has; where it
// will not hear of the payment, it does not hear of this.
func (b *Box) backs(ctx context.Context) error {
	if b.Refunds == nil || b.pause() > 0 {
		return nil
	}
	now := moment()
	pieces, err := b.ledger.ClaimWork(ctx, Back, b.holder, atOnce, now, now.Add(claimFor))
	for _, p := range pieces {
		if err == nil && ctx.Err() == nil {
			err = b.back(ctx, p)
		}
	}
	return err
}

// back tells how much of one payment came back.
func (b *Box) back(ctx context.Context, p payment.Piece) error {
	work, err := b.ledger.Effects(ctx, p.Order.No)
	if err != nil {
		return err
	}
	i := slices.IndexFunc(work, func(e payment.Effect) bool { return e.Kind == Effect })
	switch {
	case i < 0 || work[i].State == payment.Held:
		const why = "the court was not told of the payment"
		return b.set(ctx, p.Order.No, Back, payment.Held, why, payment.By{})
	case work[i].State != payment.Done:
		return b.rest(ctx, p.Order.No, p.Effect.Tries)
	}
	hand := payment.Hand{Holder: b.holder, Until: moment().Add(tellFor)}
	err = payment.Deliver(ctx, b.ledger, p.Order.No, Back, hand, func(payment.Effect) (string, error) {
		err := b.tellBack(ctx, p.Order)
		return note(err), err
	}, payment.Owed, payment.Doubtful)
	refused, ok := errors.AsType[*bill.RefusedError](err)
	switch {
	case errors.Is(err, payment.ErrConflict):
		return nil // done meanwhile
	case ok:
		b.answered()
		b.log.ErrorContext(ctx, "court refuses a refund", "order", p.Order.No, "reason", refused.Reason)
		return b.hold(ctx, p.Order, Back, BackRefused, refused)
	case errors.Is(err, bill.ErrUnreachable):
		return b.failed(ctx, p.Order, p.Effect.Tries+1, err)
	case err != nil:
		b.log.WarnContext(ctx, "refund not reported", "order", p.Order.No, "tries", p.Effect.Tries+1, "err", err)
		return b.rest(ctx, p.Order.No, p.Effect.Tries+1)
	}
	b.answered()
	b.log.InfoContext(ctx, "refund reported", "order", p.Order.No)
	return nil
}

// tellBack tells the sum, and notes that it is told before the work counts as done: another sum may follow then.
func (b *Box) tellBack(ctx context.Context, o payment.Order) error {
	if o.Returned.Sum <= o.Returned.Told {
		return nil // the last run has noted it, and no more
	}
	if err := b.Refunds(ctx, o); err != nil {
		return err
	}
	_, err := b.ledger.Update(context.WithoutCancel(ctx), o.No,
		func(now payment.Order, _ []payment.Order) (payment.Change, error) {
			return now.Told(o), nil
		})
	return err
}

// rest leaves a sum that came back alone for a while.
func (b *Box) rest(ctx context.Context, no string, tries int) error {
	_, err := b.ledger.UpdateEffect(ctx, no, Back, func(e payment.Effect) (payment.Effect, error) {
		if e.State != payment.Owed && e.State != payment.Doubtful {
			return e, payment.ErrConflict // somebody else tells it
		}
		e.Holder, e.Until = "", moment().Add(pauseAfter(tries))
		return e, nil
	})
	if errors.Is(err, payment.ErrConflict) {
		return nil
	}
	return err
}
