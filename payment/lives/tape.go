package lives

import (
	"context"
	"errors"
	"fmt"
	"time"

	"courtkiosk/payment"
)

// tape is a kiosk's ledger with an eye on every write: the plug may be pulled before or after it, and each must keep
// the promises.
type tape struct {
	payment.Ledger
	k   *kiosk
	run int // of the kiosk
}

// tape is its ledger in its present run.
func (k *kiosk) tape() *tape {
	k.lock.Lock()
	defer k.lock.Unlock()
	return &tape{k.ledger, k, k.runs}
}

// before is asked for leave to write.
func (t *tape) before(ctx context.Context) error {
	k := t.k
	k.held(ctx)
	if !k.ran(t.run) {
		return fmt.Errorf("kiosk %s is dead: %w", k.name, context.Canceled)
	}
	if k.full.Load() {
		return fmt.Errorf("%w: no space left on device", payment.ErrNotWritable)
	}
	k.marksAhead()
	return t.doom()
}

// ran reports whether a run of the kiosk goes on.
func (k *kiosk) ran(n int) bool {
	k.lock.Lock()
	defer k.lock.Unlock()
	return k.alive && k.runs == n
}

// Order, Claim, Renew and InHand wait while the kiosk is paused, as everything does that it does.

func (t *tape) Order(ctx context.Context, no string) (payment.Order, error) {
	t.k.held(ctx)
	return t.Ledger.Order(ctx, no)
}

func (t *tape) Say(ctx context.Context, w payment.Word) error {
	if err := t.before(ctx); err != nil {
		return err
	}
	err := t.Ledger.Say(ctx, w)
	t.k.marks()
	if err != nil {
		return err
	}
	return t.doom()
}

func (t *tape) Claim(ctx context.Context, holder string, n int, until time.Time) ([]payment.Order, error) {
	t.k.held(ctx)
	return t.Ledger.Claim(ctx, holder, n, until)
}

func (t *tape) Renew(ctx context.Context, holder string, until time.Time) ([]string, error) {
	t.k.held(ctx)
	return t.Ledger.Renew(ctx, holder, until)
}

func (t *tape) InHand(ctx context.Context, holder string, n int, now time.Time) ([]payment.Effect, error) {
	t.k.held(ctx)
	return t.Ledger.InHand(ctx, holder, n, now)
}

// Last and Stirred are of the ledger that instances share.

func (t *tape) Last(ctx context.Context) (uint64, error) {
	t.k.held(ctx)
	return t.k.life.shared.Last(ctx)
}

func (t *tape) Stirred(ctx context.Context, after uint64, f func(no string, seq uint64)) error {
	return t.k.life.shared.Stirred(ctx, after, func(no string, seq uint64) {
		t.k.held(ctx)
		f(no, seq)
	})
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
	if err := t.before(ctx); err != nil {
		return payment.Order{}, err
	}
	var made payment.Order
	var before []payment.Order
	asked := false // an order that r has opened before is none that is opened now
	o, err := t.Ledger.Create(ctx, r, func(earlier []payment.Order) (payment.Order, error) {
		before, asked = earlier, true
		var err error
		made, err = next(earlier)
		return made, err
	})
	t.k.marks()
	if errors.Is(err, payment.ErrUnsure) {
		if kept, found := t.Ledger.Order(ctx, made.No); found == nil && kept.CreatedAt.Equal(made.CreatedAt) {
			t.k.life.opened(t.k, kept, before)
		}
	}
	if err != nil || !asked {
		return o, err
	}
	t.k.life.opened(t.k, o, before)
	return o, t.doom()
}

func (t *tape) Update(ctx context.Context, no string, rule func(payment.Order, []payment.Order) (payment.Change,
	error)) (payment.Order, error) {
	if err := t.before(ctx); err != nil {
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
	t.k.marks()
	if errors.Is(err, payment.ErrUnsure) && c.Event != "" {
		kept, found := t.Ledger.Order(ctx, no)
		if found == nil && (kept.State != from.State || !kept.ChangedAt.Equal(from.ChangedAt)) {
			t.k.life.changed(t.k, payment.Edge{From: from.State, Event: c.Event, To: kept.State}, kept)
		}
	}
	if err != nil || c.Event == "" && o.ChangedAt.Equal(from.ChangedAt) {
		return o, err // nothing was written
	}
	t.k.life.unwished(t.k, from, o)
	if c.Event != "" {
		t.k.life.changed(t.k, payment.Edge{From: from.State, Event: c.Event, To: o.State}, o)
	}
	return o, t.doom()
}

func (t *tape) UpdateEffect(ctx context.Context, no, kind string,
	rule func(payment.Effect) (payment.Effect, error)) (payment.Effect, error) {
	if err := t.before(ctx); err != nil {
		return payment.Effect{}, err
	}
	var before payment.Effect
	e, err := t.Ledger.UpdateEffect(ctx, no, kind, func(e payment.Effect) (payment.Effect, error) {
		before = e
		return rule(e)
	})
	t.k.marks()
	if err != nil {
		return e, err
	}
	t.k.life.doubted(t.k, before, e)
	return e, t.doom()
}
