package care

import (
	"context"
	"errors"
	"fmt"
	"time"

	"courtkiosk/app/doctor"
	"courtkiosk/app/offsite"
	"courtkiosk/payment"
)

// A leaver is a ledger of which copies can leave its machine, and that can be gone on with elsewhere.
type leaver interface {
	// Nameless writes a copy to path that holds neither names nor keys.
	Nameless(ctx context.Context, path string) error
	// Successions are whose place the ledger has taken.
	Successions() ([]payment.Succession, error)
	// Yield ends that payments are begun when s is proven.
	Yield(ctx context.Context, s payment.Succession) error
}

// How long the share may take at the start of the program, for a small file, and for a copy.
const (
	startWait = 3 * time.Second
	shareWait = 20 * time.Second
	sendWait  = 10 * time.Minute

	// A machine that is switched on mounts the share beside the program's start, or a while after it, and until it has
	// looked there one that was succeeded sells.
	mountWait  = 5 * time.Minute
	mountAgain = 10 * time.Second
)

// watchOffsite has a copy leave the machine once a day, and looks each hour whether another machine has taken the place
// of this one.
// It has a goroutine of its own: a share that hangs holds up nothing else.
func (c *Care) watchOffsite(ctx context.Context) {
	for begun := time.Now(); c.Place != nil; {
		again := c.offsite(ctx)
		if again == offsiteAgain && time.Since(begun) < mountWait {
			again = mountAgain
		}
		next := time.NewTimer(again)
		select {
		case <-ctx.Done():
			next.Stop()
			return
		case <-next.C:
		}
	}
}

// offsite looks for a successor, tells those whose place this ledger has taken, has today's copy leave, and returns
// when to do so again.
func (c *Care) offsite(ctx context.Context) (next time.Duration) {
	err := errors.Join(c.yield(ctx), c.leave(ctx))
	if ctx.Err() != nil {
		return careEvery
	}
	c.doctor.Note(doctor.Offsite, err, c.Cashier.Now())
	if err != nil {
		c.Log.WarnContext(ctx, "copy has not left", "err", err)
		return offsiteAgain
	}
	return careEvery
}

// LookForSuccessor looks whether a machine that was restored from a copy of this ledger has taken its place; then no
// payment is begun. It waits for a few seconds at most; where nobody says so, nothing is known.
func (c *Care) LookForSuccessor(ctx context.Context) {
	ctx, stop := context.WithTimeout(ctx, startWait)
	defer stop()
	if err := c.yield(ctx); err != nil {
		c.Log.WarnContext(ctx, "not known whether another machine has succeeded this one", "err", err)
	}
}

func (c *Care) yield(ctx context.Context) error {
	l, ok := c.Ledger.(leaver)
	if !ok || c.Place == nil {
		return nil
	}
	ctx, stop := context.WithTimeout(ctx, shareWait)
	defer stop()
	s, told, err := c.Place.Told(ctx, c.Ledger.Identity().Instance)
	if err != nil || !told {
		return err
	}
	if err := l.Yield(ctx, s); err != nil {
		return fmt.Errorf("succeeded, as %s says: %w", s.Is, err)
	}
	c.Log.ErrorContext(ctx, "ledger was succeeded", "by", s.Is, "at", s.At)
	return nil
}

// leave sends today's copy, unless it has arrived, and removes old ones. A ledger that another machine may go on with,
// or goes on with, sends none: it would write over that one's.
func (c *Care) leave(ctx context.Context) error {
	l, ok := c.Ledger.(leaver)
	if !ok || payment.Apart(c.Keeper.Ready(ctx)) != nil {
		return nil
	}
	if err := c.tell(ctx, l); err != nil {
		return err
	}
	ctx, stop := context.WithTimeout(ctx, sendWait)
	defer stop()
	now, heard := c.Cashier.Clock()
	id := c.Ledger.Identity()
	arrived, err := c.Place.Has(ctx, id.Instance, now)
	if err != nil || arrived {
		return err
	}
	about := offsite.About{Court: id.Court, Environment: id.Environment, Instance: id.Instance, Made: now}
	a, err := c.Place.Leave(ctx, about, l.Nameless, now)
	if err != nil {
		return err
	}
	c.Log.InfoContext(ctx, "copy has left", "name", a.Name, "bytes", a.Size)
	if !heard { // a clock that is ahead would remove what must be kept
		return nil
	}
	ours := []string{id.Instance}
	for _, f := range payment.FormerOf(c.Ledger) {
		ours = append(ours, f.Instance)
	}
	if n, err := c.Place.Prune(ctx, ours, now); err != nil || n > 0 {
		c.Log.InfoContext(ctx, "old copies removed", "n", n, "err", err)
	}
	return nil
}

// tell lays down, for those whose place this ledger has taken, that it has.
func (c *Care) tell(ctx context.Context, l leaver) error {
	list, err := l.Successions()
	if err != nil {
		return err
	}
	ctx, stop := context.WithTimeout(ctx, shareWait)
	defer stop()
	for _, s := range list {
		err = errors.Join(err, c.Place.Tell(ctx, s))
	}
	return err
}
