package lives

import (
	"context"
	"fmt"

	"courtkiosk/payment"
)

// tape is a kiosk's ledger with an eye on every write: the plug may be pulled before or after it, and each must keep
// the promises.
type tape struct {
	payment.Ledger
	k *kiosk
}

// before is asked for leave to write.
func (t *tape) before() error {
	k := t.k
	if !k.on() {
		return fmt.Errorf("kiosk %s is dead: %w", k.name, context.Canceled)
	}
	if k.full.Load() {
		return fmt.Errorf("%w: no space left on device", payment.ErrNotWritable)
	}
	return t.doom()
}

// doom counts down to the moment of death, which is right before a write or right after it.
func (t *tape) doom() error {
	if t.k.doomed.Load() > 0 && t.k.doomed.Add(-1) == 0 {
		t.k.fall()
		return fmt.Errorf("kiosk %s has died: %w", t.k.name, context.Canceled)
	}
	return nil
}

func (t *tape) Create(
	ctx context.Context, r payment.Request, next func([]payment.Order) (payment.Order, error),
) (payment.Order, error) {
	if err := t.before(); err != nil {
		return payment.Order{}, err
	}
	var before []payment.Order
	asked := false // an order that r has opened before is none that is opened now
	o, err := t.Ledger.Create(ctx, r, func(earlier []payment.Order) (payment.Order, error) {
		before, asked = earlier, true
		return next(earlier)
	})
	if err != nil || !asked {
		return o, err
	}
	t.k.life.opened(t.k, o, before)
	return o, t.doom()
}

func (t *tape) Update(ctx context.Context, no string, rule func(payment.Order, []payment.Order) (payment.Change,
	error)) (payment.Order, error) {
	if err := t.before(); err != nil {
		return payment.Order{}, err
	}
	var from payment.Order
	var c payment.Change
	o, err := t.Ledger.Update(ctx, no, func(o payment.Order, others []payment.Order) (payment.Change, error) {
		var err error
		from = o
		c, err = rule(o, others)
		return c, err
	})
	if err != nil || c.Event == "" && o.ChangedAt.Equal(from.ChangedAt) {
		return o, err // nothing was written
	}
	if c.Event != "" {
		t.k.life.changed(t.k, payment.Edge{From: from.State, Event: c.Event, To: o.State}, o)
	}
	return o, t.doom()
}

func (t *tape) UpdateEffect(ctx context.Context, no, kind string,
	rule func(payment.Effect) (payment.Effect, error)) (payment.Effect, error) {
	if err := t.before(); err != nil {
		return payment.Effect{}, err
	}
	e, err := t.Ledger.UpdateEffect(ctx, no, kind, rule)
	if err != nil {
		return e, err
	}
	return e, t.doom()
}
