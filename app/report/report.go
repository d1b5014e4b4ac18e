// Package report tells the court which bills are paid, until the court has answered.
//
// What is owed to the court stands in the ledger, made in the transaction that books the payment; this room only
// drains it. Each report is told at least once, the payments of one case in their order, and none is ever given up. A
// court that refuses one gets it no more: somebody at the window must look.
//
// # Decisions
//
// 2026-11-23: when the court gives no answer at all, one report is tried and the others wait for the same road. When
// it answers, but not to this one, only the case of this one waits: one bad report must not hold up the others.
//
// 2026-11-23: a report that was told without an answer is doubtful in the ledger, and told again. The court knows a
// payment by WeChat's transaction id, so that nothing is booked twice.
//
// 2026-11-28: when a report is told again stands in the ledger, and reports are claimed a few at a time: after a week
// without the court they are too many to read each round, and several processes may tell. That the earlier payment of a
// case goes first is looked up for each, whoever tells it.
package report

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"slices"
	"strings"
	"sync"
	"time"

	"courtkiosk/app/bill"
	"courtkiosk/payment"
	"courtkiosk/payment/reconcile"
)

// The kinds of work in the ledger.
const (
	Effect  = "report"                      // the court must be told of a payment
	Refused = payment.Attention + "/report" // the court will not take it: a clerk must look
)

// How long a report waits for its next try: twice as long each time.
const (
	shortest = 5 * time.Second
	longest  = time.Hour
	idle     = time.Minute // between two looks into the ledger when nobody calls
)

// How much is taken up at a time, and for how long nobody else takes it up then.
const (
	atOnce   = 20
	claimFor = time.Minute
	tellFor  = 10 * time.Minute // longer than the court is waited for, and than clocks that can be used are apart
)

// Tell tells the court of one paid order. No error means that the court knows of it, or knew. A *bill.RefusedError ends
// the telling, bill.ErrUnreachable means that there was no answer; any other error is about this order.
type Tell func(ctx context.Context, o payment.Order) error

// A Box holds what the court must be told. Several boxes, in processes that share a ledger, tell each payment once.
type Box struct {
	Refunds Tell // tells how much of an order's money came back; nil when the court hears of no refunds; set before Run

	ledger payment.Ledger
	tell   Tell
	log    *slog.Logger
	wake   chan struct{}
	holder string // the ledger's name for this machine

	hand  []payment.Order      // claimed and not told yet; of Run's goroutine
	waits map[string]time.Time // orders that are told again, and when; likewise

	mu   sync.Mutex
	road wait // of the whole court
}

// A wait is how often in a row the court was asked in vain, and when it is asked again.
type wait struct {
	tries int
	until time.Time
	since time.Time
	err   error
}

func (w wait) longer(now time.Time, err error) wait {
	if w.tries == 0 {
		w.since = now
	}
	w.tries, w.err = w.tries+1, err
	w.until = now.Add(pauseAfter(w.tries))
	return w
}

// pauseAfter is how long something waits that was tried so often.
func pauseAfter(tries int) time.Duration { return min(shortest<<min(max(tries-1, 0), 20), longest) }

// NewBox returns the box of a ledger. Nothing is told before Run.
func NewBox(l payment.Ledger, tell Tell, log *slog.Logger) *Box {
	return &Box{
		ledger: l, tell: tell, log: log, wake: make(chan struct{}, 1), holder: payment.HolderOf(l),
		waits: make(map[string]time.Time),
	}
}

// Wake makes the box look at once: a payment was booked.
func (b *Box) Wake() {
	select {
	case b.wake <- struct{}{}:
	default:
	}
}

// Run tells what is owed until ctx ends.
func (b *Box) Run(ctx context.Context) {
	for ctx.Err() == nil {
		pause, err := b.round(ctx)
		if err != nil && ctx.Err() == nil {
			b.log.ErrorContext(ctx, "reports not read", "err", err)
		}
		if err := b.backs(ctx); err != nil && !errors.Is(err, errLater) && ctx.Err() == nil {
			b.log.ErrorContext(ctx, "refunds not reported", "err", err)
		}
		timer := time.NewTimer(pause)
		select {
		case <-ctx.Done():
		case <-b.wake:
		case <-timer.C:
		}
		timer.Stop()
	}
}

// round tells all whose time has come, as far as the court answers, and returns how long to wait for the next round.
func (b *Box) round(ctx context.Context) (time.Duration, error) {
	for b.pause() <= 0 && ctx.Err() == nil {
		if len(b.hand) == 0 {
			if err := b.claim(ctx); err != nil || len(b.hand) == 0 {
				return b.next(), err
			}
		}
		err := b.one(ctx, b.hand[0])
		switch {
		case errors.Is(err, bill.ErrUnreachable): // it stays in hand: the road is the trouble
		case ctx.Err() == nil:
			b.hand = b.hand[1:]
		}
		if err != nil && !errors.Is(err, errLater) && ctx.Err() == nil {
			return b.next(), err
		}
	}
	return b.next(), nil
}

// claim takes up the reports whose time has come, those of the earliest payments first.
func (b *Box) claim(ctx context.Context) error {
	now := moment()
	pieces, err := b.ledger.ClaimWork(ctx, Effect, b.holder, atOnce, now, now.Add(claimFor))
	for _, p := range pieces {
		b.hand = append(b.hand, p.Order)
	}
	maps.DeleteFunc(b.waits, func(_ string, until time.Time) bool { return !until.After(now) }) // here, or another's
	return err
}

// moment is the present as a ledger keeps it.
func moment() time.Time { return time.Now().Truncate(time.Microsecond) }

// next is how long to wait for the next round.
func (b *Box) next() time.Duration {
	if pause := b.pause(); pause > 0 {
		return pause
	}
	next := idle
	for _, until := range b.waits {
		next = min(next, time.Until(until))
	}
	return max(next, 0)
}

// errLater: told later; the ledger knows when.
var errLater = errors.New("report: told later")

// one tells one payment, unless an earlier one of its case was not told yet.
func (b *Box) one(ctx context.Context, o payment.Order) error {
	before, err := b.earlier(ctx, o)
	if err != nil {
		return err
	}
	if before.Order != "" {
		return b.later(ctx, o.No, before.Until)
	}
	hand := payment.Hand{Holder: b.holder, Until: moment().Add(tellFor)}
	tries := 0
	err = payment.Deliver(ctx, b.ledger, o.No, Effect, hand, func(e payment.Effect) (string, error) {
		tries = e.Tries
		err := b.tell(ctx, o)
		return note(err), err
	}, payment.Owed, payment.Doubtful)
	refused, ok := errors.AsType[*bill.RefusedError](err)
	switch {
	case errors.Is(err, payment.ErrConflict) && tries == 0:
		return nil // done meanwhile
	case err != nil && !ok:
		return b.failed(ctx, o, tries, err)
	}
	b.answered()
	if ok { // doubtful until it is held: told again if the plug is pulled here
		b.log.ErrorContext(ctx, "court refuses a payment", "order", o.No, "reason", refused.Reason)
		return b.hold(ctx, o, Effect, Refused, refused)
	}
	b.log.InfoContext(ctx, "payment reported", "order", o.No)
	return nil
}

// earlier returns the report of an earlier payment of the case that the court does not know of yet; a zero one when
// there is none. What a clerk must look at first holds nothing up.
func (b *Box) earlier(ctx context.Context, o payment.Order) (payment.Effect, error) {
	if len(o.Labels) == 0 {
		return payment.Effect{}, nil
	}
	orders, err := b.ledger.Labelled(ctx, o.Labels[0])
	if err != nil {
		return payment.Effect{}, err
	}
	for _, e := range orders {
		if e.Sequence == 0 || e.Sequence >= o.Sequence {
			continue
		}
		work, err := b.ledger.Effects(ctx, e.No)
		if err != nil {
			return payment.Effect{}, err
		}
		if i := slices.IndexFunc(work, waiting); i >= 0 {
			return work[i], nil
		}
	}
	return payment.Effect{}, nil
}

// waiting reports whether work is a report that the court may not know of: that a payment was made, or that it came
// back, so that the next one of its bill is the bill's.
func waiting(e payment.Effect) bool {
	return (e.Kind == Effect || e.Kind == Back) && e.State != payment.Done && e.State != payment.Held
}

// failed notes that a payment was not told. When the court gives no answer at all, it is the court that is left alone;
// else this payment, and with it the later ones of its case.
func (b *Box) failed(ctx context.Context, o payment.Order, tries int, err error) error {
	if ctx.Err() != nil {
		return err
	}
	if errors.Is(err, bill.ErrUnreachable) {
		b.mu.Lock()
		defer b.mu.Unlock()
		b.road = b.road.longer(time.Now(), err)
		b.log.WarnContext(ctx, "payment not reported", "order", o.No, "tries", b.road.tries, "err", err)
		return fmt.Errorf("%w: %w", errLater, err)
	}
	b.log.WarnContext(ctx, "payment not reported", "order", o.No, "tries", tries, "err", err)
	return b.later(ctx, o.No, moment().Add(pauseAfter(tries)))
}

// later has a report told again at a time, or a little later than now.
func (b *Box) later(ctx context.Context, no string, until time.Time) error {
	if soon := moment().Add(shortest); until.Before(soon) {
		until = soon
	}
	_, err := b.ledger.UpdateEffect(ctx, no, Effect, func(e payment.Effect) (payment.Effect, error) {
		if e.State != payment.Owed && e.State != payment.Doubtful {
			return e, payment.ErrConflict // somebody else tells it
		}
		e.Holder, e.Until = "", until
		return e, nil
	})
	if err != nil && !errors.Is(err, payment.ErrConflict) {
		return err
	}
	b.waits[no] = until
	return errLater
}

// note is what the ledger keeps of a report that was not answered.
func note(err error) string {
	switch {
	case err == nil:
		return ""
	case errors.Is(err, bill.ErrUnreachable):
		return "the court's system did not answer"
	}
	return "the court's system had no proper answer to this payment"
}

// answered ends the waiting for the court: it is there. A payment that it had no proper answer to goes on waiting.
func (b *Box) answered() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.road = wait{}
}

// pause is how long the court is left alone.
func (b *Box) pause() time.Duration {
	b.mu.Lock()
	defer b.mu.Unlock()
	return time.Until(b.road.until)
}

// hold keeps a report that the court refuses, and owes a clerk a look at it.
func (b *Box) hold(ctx context.Context, o payment.Order, kind, look string, refused *bill.RefusedError) error {
	said := "the court refuses the report: " + string(refused.Reason)
	ctx = context.WithoutCancel(ctx) // the court has spoken
	_, err := b.ledger.Update(ctx, o.No, func(o payment.Order, _ []payment.Order) (payment.Change, error) {
		owed := []payment.Effect{{Kind: look, State: payment.Owed, Note: said}}
		return payment.Change{Order: o, Note: said, Owed: owed}, nil
	})
	if err != nil {
		return err
	}
	if err := b.set(ctx, o.No, look, payment.Owed, said, payment.By{}); err != nil { // looked at once before, perhaps
		return err
	}
	return b.set(ctx, o.No, kind, payment.Held, said, payment.By{})
}

func (b *Box) set(
	ctx context.Context, no, kind string, state payment.EffectState, note string, by payment.By,
) error {
	_, err := b.ledger.UpdateEffect(ctx, no, kind, func(e payment.Effect) (payment.Effect, error) {
		e.State, e.Note, e.By = state, note, by
		return e, nil
	})
	return err
}

// Again tells the court once more of a payment, or of what came back of one, that it has refused: it was put right
// there. Who says so, and why, stand in the audit. Another state is payment.ErrConflict.
func (b *Box) Again(ctx context.Context, no, why string, by payment.By) error {
	work, err := b.ledger.Effects(ctx, no)
	if err != nil {
		return err
	}
	open := func(kind string) bool {
		return slices.ContainsFunc(work, func(e payment.Effect) bool {
			return e.Kind == kind && e.State != payment.Done
		})
	}
	if !open(Refused) && !open(BackRefused) {
		return fmt.Errorf("%w: the court has not refused it", payment.ErrConflict)
	}
	if open(Refused) {
		err = b.again(ctx, no, Effect, Refused, why, by)
	}
	if err == nil && open(Back) { // it waits for the payment, or was refused itself
		err = b.again(ctx, no, Back, BackRefused, why, by)
	}
	b.Wake()
	return err
}

// again has work told again, and ends the clerk's work about it.
func (b *Box) again(ctx context.Context, no, kind, look, why string, by payment.By) error {
	if err := b.set(ctx, no, kind, payment.Owed, "to be told again", by); err != nil {
		return err
	}
	err := b.set(ctx, no, look, payment.Done, "told again: "+why, by)
	if errors.Is(err, payment.ErrNotFound) {
		return nil // nobody had to look
	}
	return err
}

// Status is how the telling stands.
type Status struct {
	Owed    int       // payments that the court does not know of yet, as far as this machine knows
	Oldest  time.Time // since when the first of them waits
	Refused int       // payments that the court will not take, and nobody has looked at
	Look    int       // all that somebody at the window must look at, refused payments included
	Since   time.Time // since when the court gives no answer; zero when it does, or was never asked
	Trouble error     // what came instead
}

// Status counts what is owed.
func (b *Box) Status(ctx context.Context) (Status, error) {
	tally, err := b.ledger.Tally(ctx)
	if err != nil {
		return Status{}, err
	}
	b.mu.Lock()
	s := Status{Since: b.road.since, Trouble: b.road.err}
	b.mu.Unlock()
	for _, t := range tally {
		if t.Kind == payment.Attention || strings.HasPrefix(t.Kind, payment.Attention+"/") {
			s.Look += t.N
		}
		switch {
		case t.Kind == Refused, t.Kind == BackRefused:
			s.Refused += t.N
		case (t.Kind == Effect || t.Kind == Back) && t.State != payment.Held:
			s.Owed += t.N
			if s.Oldest.IsZero() || t.Oldest.Before(s.Oldest) {
				s.Oldest = t.Oldest
			}
		}
	}
	return s, nil
}

// Words returns who knows what the court has said of a payment.
func Words(l payment.Ledger) func(ctx context.Context, order string) (reconcile.CourtWord, error) {
	return func(ctx context.Context, order string) (reconcile.CourtWord, error) {
		list, err := l.Effects(ctx, order)
		word := reconcile.CourtNever
		for _, e := range list {
			switch {
			case e.Kind == Refused && e.State != payment.Done:
				return reconcile.CourtRefuses, err
			case e.Kind != Effect || e.State == payment.Held:
			case e.State == payment.Done:
				word = reconcile.CourtHas
			default:
				word = reconcile.CourtWaits
			}
		}
		return word, err
	}
}
