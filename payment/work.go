package payment

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
)

// ErrNotBegun means: owed work was not begun, and nothing of it has left this machine.
var ErrNotBegun = errors.New("payment: work was not begun")

// Deliver does a piece of owed work that stands in one of the from states; another state is ErrConflict. It is marked handed, durably,
// before do begins, so that after a pulled plug it is known that it may have been done. What do could not begin (ErrNotBegun) stands
// afterwards as it stood before; any other failure leaves it doubtful. do's note is kept with work that is done or doubtful.
func Deliver(ctx context.Context, l Ledger, no, kind string, do func(Effect) (note string, err error), from ...EffectState) error {
	var before Effect
	handed, err := l.UpdateEffect(ctx, no, kind, func(e Effect) (Effect, error) {
		if !slices.Contains(from, e.State) {
			return e, fmt.Errorf("%w: it is %s", ErrConflict, e.State)
		}
		before = e
		e.State, e.Tries = Handed, e.Tries+1
		return e, nil
	})
	if err != nil {
		return err
	}
	note, err := do(handed)
	after := handed
	switch {
	case err == nil:
		after.State, after.Note = Done, note
	case errors.Is(err, ErrNotBegun):
		after = before
	default:
		after.State, after.Note = Doubtful, cmp.Or(note, after.Note)
	}
	// What happened is written down, whoever has left meanwhile.
	_, werr := l.UpdateEffect(context.WithoutCancel(ctx), no, kind, func(Effect) (Effect, error) { return after, nil })
	return errors.Join(err, werr)
}

// Doubt marks as doubtful whatever was handed when the last run ended, and returns it.
func Doubt(ctx context.Context, l Ledger) ([]Effect, error) {
	list, err := l.Effects(ctx, "")
	if err != nil {
		return nil, err
	}
	list = slices.DeleteFunc(list, func(e Effect) bool { return e.State != Handed })
	for i, found := range list {
		list[i], err = l.UpdateEffect(ctx, found.Order, found.Kind, func(e Effect) (Effect, error) {
			e.State, e.Note = Doubtful, "in hand when the program ended"
			return e, nil
		})
		if err != nil {
			return nil, err
		}
	}
	return list, nil
}

// Recover marks everything in a ledger that came from a backup: what was open or owed when the copy was made may have come to its end
// since. It may be called again.
func Recover(ctx context.Context, l Ledger) error {
	open, err := l.Unsettled(ctx)
	if err != nil {
		return err
	}
	for _, o := range open {
		_, err := l.Update(ctx, o.No, func(o Order, _ []Order) (Change, error) {
			o.Recovered = true
			return Change{Order: o, Note: "from a backup"}, nil
		})
		if err != nil {
			return err
		}
	}
	owed, err := l.Effects(ctx, "")
	if err != nil {
		return err
	}
	for _, found := range owed {
		if found.State != Owed && found.State != Handed {
			continue
		}
		_, err := l.UpdateEffect(ctx, found.Order, found.Kind, func(e Effect) (Effect, error) {
			e.State, e.Tries, e.Note = Doubtful, max(e.Tries, 1), "may have been done after the backup"
			return e, nil
		})
		if err != nil {
			return err
		}
	}
	return nil
}
