package payment

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"time"
)

// ErrNotBegun means: owed work was not begun, and nothing of it has left this machine.
var ErrNotBegun = errors.New("payment: work was not begun")

// A Hand is who does a piece of work, and until when nobody else shall believe that it was given up.
type Hand struct {
	Holder string // the machine, by the name that it keeps over restarts
	Until  time.Time
	By     By
}

// Deliver does a piece of owed work that stands in one of the from states; another state is ErrConflict. It is marked
// handed, durably, before do begins, so that after a pulled plug it is known that it may have been done. What do
// could not begin (ErrNotBegun) stands afterwards as it stood before; any other failure leaves it doubtful. do's note
// is kept with work that is done or doubtful.
func Deliver(
	ctx context.Context, l Work, no, kind string, h Hand, do func(Effect) (note string, err error), from ...EffectState,
) error {
	before, handed, err := Begin(ctx, l, no, kind, h, from...)
	if err != nil {
		return err
	}
	note, err := do(handed)
	// What happened is written down, whoever has left meanwhile.
	return errors.Join(err, End(context.WithoutCancel(ctx), l, before, handed, note, err))
}

// Begin marks a piece of owed work as handed, durably; another state than one of from is ErrConflict. It returns the
// work as it stood before and as it stands now.
func Begin(ctx context.Context, l Work, no, kind string, h Hand, from ...EffectState) (before, handed Effect,
	err error) {
	handed, err = l.UpdateEffect(ctx, no, kind, func(e Effect) (Effect, error) {
		if !slices.Contains(from, e.State) {
			return e, fmt.Errorf("%w: it is %s", ErrConflict, e.State)
		}
		before = e
		e.State, e.Tries = Handed, e.Tries+1
		e.Holder, e.Until, e.By = h.Holder, h.Until, h.By
		return e, nil
	})
	return before, handed, err
}

// errStored: a commit without an answer was stored after all.
var errStored = errors.New("payment: it is stored")

// End writes down what became of work that was handed: done, as it stood before when it was not begun, or doubtful.
// handed.Until tells it from a later handing of the same number of tries: who was not begun gives its number back.
// When the ledger gives no answer it is asked once more: nobody shall doubt what is known to be on paper.
func End(ctx context.Context, l Work, before, handed Effect, note string, failed error) error {
	var ended Effect
	end := func(e Effect) (Effect, error) {
		var err error
		ended, err = handed.ended(e, before, note, failed)
		return ended, err
	}
	_, err := l.UpdateEffect(ctx, handed.Order, handed.Kind, end)
	if !errors.Is(err, ErrUnsure) {
		return err
	}
	want := ended
	_, again := l.UpdateEffect(ctx, handed.Order, handed.Kind, func(e Effect) (Effect, error) {
		if want.Since = e.Since; e == want {
			return e, errStored
		}
		return end(e)
	})
	switch {
	case again == nil, errors.Is(again, errStored):
		return nil
	case errors.Is(again, ErrConflict): // it was given up meanwhile, or stored and moved on
		return again
	}
	return errors.Join(err, again)
}

// ended returns the effect e as it stands once its handing has come to an end; ErrConflict when that was another one.
func (handed Effect) ended(e, before Effect, note string, failed error) (Effect, error) {
	late := e.State == Doubtful && failed == nil // it was given up, and yet it is done
	again := e.State == Handed && !e.Until.Equal(handed.Until)
	if e.State != Handed && !late || e.Tries != handed.Tries || again {
		return e, fmt.Errorf("%w: it is %s, tried %d times", ErrConflict, e.State, e.Tries)
	}
	switch {
	case failed == nil:
		e.State, e.Note = Done, note
	case errors.Is(failed, ErrNotBegun):
		e.State, e.Note, e.Tries, e.By = before.State, before.Note, before.Tries, before.By
	default:
		e.State, e.Note = Doubtful, cmp.Or(note, e.Note)
	}
	e.Holder, e.Until = "", time.Time{}
	return e, nil
}

// atOnce is how many pieces of work are read at a time.
const atOnce = 100

// Doubt marks as doubtful what a holder had in hand when its last run ended, and what others have had in hand for
// longer than they meant to, and returns it.
func Doubt(ctx context.Context, l Work, holder string, now time.Time) (all []Effect, err error) {
	for {
		list, err := l.InHand(ctx, holder, atOnce, now)
		if err != nil || len(list) == 0 {
			return all, err
		}
		for _, found := range list {
			e, err := l.UpdateEffect(ctx, found.Order, found.Kind, func(e Effect) (Effect, error) {
				if e.State != Handed {
					return e, ErrConflict // it came to its end meanwhile
				}
				e.State, e.Note = Doubtful, "in hand when the program ended"
				e.Holder, e.Until, e.By = "", time.Time{}, By{}
				return e, nil
			})
			if err != nil && !errors.Is(err, ErrConflict) {
				return all, err
			}
			if err == nil {
				all = append(all, e)
			}
		}
	}
}

// Recover marks everything in a ledger that came from a backup: what was open or owed when the copy was made may have
// come to its end since. It may be called again.
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
	if err := recoverRefunds(ctx, l); err != nil {
		return err
	}
	if err := endSignIns(ctx, l); err != nil {
		return err
	}
	for after := (Effect{}); ; {
		owed, err := l.Pending(ctx, "", after, atOnce)
		if err != nil || len(owed) == 0 {
			return err
		}
		after = owed[len(owed)-1]
		for _, found := range owed {
			if found.State != Owed && found.State != Handed {
				continue
			}
			_, err := l.UpdateEffect(ctx, found.Order, found.Kind, func(e Effect) (Effect, error) {
				e.State, e.Tries, e.Note = Doubtful, max(e.Tries, 1), "may have been done after the backup"
				e.Holder, e.Until, e.By = "", time.Time{}, By{}
				return e, nil
			})
			if err != nil {
				return err
			}
		}
	}
}

// recoverRefunds has what was approved when the copy was made approved once more.
func recoverRefunds(ctx context.Context, l Ledger) error {
	open, err := l.OpenRefunds(ctx)
	for _, r := range open {
		_, uerr := l.UpdateRefund(ctx, r.No, func(r Refund, _ Refunded) (RefundChange, error) {
			return r.Restored(), nil
		})
		err = errors.Join(err, uerr)
	}
	return err
}
