// Package report tells the court which bills are paid, until the court has answered.
//
// What is owed to the court stands in the ledger, made in the transaction that books the payment; this room only drains it. Each report
// is told at least once, the payments of one case in their order, and none is ever given up. A court that refuses
// one gets it no more: somebody at the window must look.
//
// # Decisions
//
// 2026-11-23: when the court gives no answer at all, one report is tried and the others wait for the same road. When it answers, but not to
// this one, only the case of this one waits: one bad report must not hold up the others.
//
// 2026-11-23: a report that was told without an answer is doubtful in the ledger, and told again. The court knows a payment by WeChat's
// transaction id, so that nothing is booked twice.
package report

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"time"

	"courtkiosk/app/bill"
	"courtkiosk/payment"
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

// Tell tells the court of one paid order. No error means that the court knows of it, or knew. A *bill.RefusedError ends the telling,
// bill.ErrUnreachable means that there was no answer; any other error is about this order.
type Tell func(ctx context.Context, o payment.Order) error

// A Box holds what the court must be told.
type Box struct {
	ledger payment.Ledger
	tell   Tell
	log    *slog.Logger
	wake   chan struct{}

	mu    sync.Mutex
	road  wait            // of the whole court
	cases map[string]wait // of the cases that were not answered
}

// A wait is how often in a row something was tried in vain, and when it is tried again.
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
	w.until = now.Add(min(shortest<<min(w.tries-1, 20), longest))
	return w
}

// NewBox returns the box of a ledger. Nothing is told before Run.
func NewBox(l payment.Ledger, tell Tell, log *slog.Logger) *Box {
	return &Box{ledger: l, tell: tell, log: log, wake: make(chan struct{}, 1), cases: make(map[string]wait)}
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
		timer := time.NewTimer(pause)
		select {
		case <-ctx.Done():
		case <-b.wake:
		case <-timer.C:
		}
		timer.Stop()
	}
}

// round tells every case whose time has come, and returns how long to wait for the next round.
func (b *Box) round(ctx context.Context) (time.Duration, error) {
	if pause := b.pause("", time.Now()); pause > 0 {
		return pause, nil
	}
	queues, err := b.queues(ctx)
	if err != nil {
		return idle, err
	}
	next := idle
	for _, q := range queues {
		label := labelOf(q[0])
		if pause := b.pause(label, time.Now()); pause > 0 {
			next = min(next, pause)
			continue
		}
		if err := b.drain(ctx, q); err != nil {
			if ctx.Err() != nil || errors.Is(err, bill.ErrUnreachable) {
				return b.pause("", time.Now()), nil
			}
			next = min(next, b.pause(label, time.Now()))
		}
	}
	return next, nil
}

// drain tells the payments of one case in their order, up to the first that is not answered.
func (b *Box) drain(ctx context.Context, queue []payment.Order) error {
	for _, o := range queue {
		err := b.one(ctx, o)
		if err == nil {
			continue
		}
		if ctx.Err() == nil {
			b.failed(ctx, o, err)
		}
		return err
	}
	return nil
}

func (b *Box) failed(ctx context.Context, o payment.Order, err error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	label := labelOf(o)
	b.cases[label] = b.cases[label].longer(time.Now(), err)
	tries := b.cases[label].tries
	if errors.Is(err, bill.ErrUnreachable) {
		b.road = b.road.longer(time.Now(), err)
		tries = b.road.tries
	}
	b.log.WarnContext(ctx, "payment not reported", "order", o.No, "tries", tries, "err", err)
}

// one tells one payment.
func (b *Box) one(ctx context.Context, o payment.Order) error {
	err := payment.Deliver(ctx, b.ledger, o.No, Effect, func(payment.Effect) (string, error) {
		err := b.tell(ctx, o)
		return note(err), err
	}, payment.Owed, payment.Doubtful)
	refused, ok := errors.AsType[*bill.RefusedError](err)
	switch {
	case errors.Is(err, payment.ErrConflict):
		return nil // done meanwhile
	case err != nil && !ok:
		return err
	}
	b.answered(labelOf(o))
	if ok { // doubtful until it is held: told again if the plug is pulled here
		b.log.ErrorContext(ctx, "court refuses a payment", "order", o.No, "reason", refused.Reason)
		return b.hold(ctx, o, refused)
	}
	b.log.InfoContext(ctx, "payment reported", "order", o.No)
	return nil
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

// answered ends all waiting for the court: it is there. Cases whose own report is the trouble go on waiting.
func (b *Box) answered(label string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.road = wait{}
	delete(b.cases, label)
	for l, w := range b.cases {
		if errors.Is(w.err, bill.ErrUnreachable) {
			delete(b.cases, l)
		}
	}
}

// pause is how long a case, or with an empty label the court, is left alone.
func (b *Box) pause(label string, now time.Time) time.Duration {
	b.mu.Lock()
	defer b.mu.Unlock()
	w := b.road
	if label != "" {
		w = b.cases[label]
	}
	return w.until.Sub(now)
}

// queues returns the orders to be told, a queue for each case, the case that waits longest first.
func (b *Box) queues(ctx context.Context) ([][]payment.Order, error) {
	effects, err := b.ledger.Effects(ctx, "")
	if err != nil {
		return nil, err
	}
	byCase := make(map[string][]payment.Order)
	for _, e := range effects {
		if e.Kind != Effect || e.State != payment.Owed && e.State != payment.Doubtful {
			continue
		}
		o, err := b.ledger.Order(ctx, e.Order)
		if err != nil {
			return nil, fmt.Errorf("order %s: %w", e.Order, err)
		}
		byCase[labelOf(o)] = append(byCase[labelOf(o)], o)
	}
	var list [][]payment.Order
	for _, q := range byCase {
		slices.SortFunc(q, func(a, b payment.Order) int { return cmp.Compare(a.Sequence, b.Sequence) })
		list = append(list, q)
	}
	slices.SortFunc(list, func(a, b []payment.Order) int { return cmp.Compare(a[0].Sequence, b[0].Sequence) })
	return list, nil
}

// labelOf names the case of an order.
func labelOf(o payment.Order) string {
	if len(o.Labels) > 0 {
		return o.Labels[0]
	}
	return o.No
}

// hold keeps a report that the court refuses, and owes a clerk a look at it.
func (b *Box) hold(ctx context.Context, o payment.Order, refused *bill.RefusedError) error {
	said := "the court refuses the report: " + string(refused.Reason)
	ctx = context.WithoutCancel(ctx) // the court has spoken
	_, err := b.ledger.Update(ctx, o.No, func(o payment.Order, _ []payment.Order) (payment.Change, error) {
		return payment.Change{Order: o, Note: said, Owed: []payment.Effect{{Kind: Refused, State: payment.Owed, Note: said}}}, nil
	})
	if err != nil {
		return err
	}
	if err := b.set(ctx, o.No, Refused, payment.Owed, said); err != nil { // it may have been looked at once before
		return err
	}
	return b.set(ctx, o.No, Effect, payment.Held, said)
}

func (b *Box) set(ctx context.Context, no, kind string, state payment.EffectState, note string) error {
	_, err := b.ledger.UpdateEffect(ctx, no, kind, func(e payment.Effect) (payment.Effect, error) {
		e.State, e.Note = state, note
		return e, nil
	})
	return err
}

// Again tells the court once more of a payment that it has refused: it was put right there. Another state is payment.ErrConflict.
func (b *Box) Again(ctx context.Context, no string) error {
	work, err := b.ledger.Effects(ctx, no)
	if err != nil {
		return err
	}
	if !slices.ContainsFunc(work, func(e payment.Effect) bool { return e.Kind == Refused && e.State != payment.Done }) {
		return fmt.Errorf("%w: the court has not refused it", payment.ErrConflict)
	}
	if err := b.set(ctx, no, Effect, payment.Owed, "to be told again"); err != nil {
		return err
	}
	if err := b.set(ctx, no, Refused, payment.Done, "told again"); err != nil {
		return err
	}
	b.Wake()
	return nil
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
	effects, err := b.ledger.Effects(ctx, "")
	if err != nil {
		return Status{}, err
	}
	b.mu.Lock()
	s := Status{Since: b.road.since, Trouble: b.road.err}
	b.mu.Unlock()
	for _, e := range effects {
		if strings.HasPrefix(e.Kind, payment.Attention) {
			s.Look++
		}
		switch {
		case e.Kind == Refused:
			s.Refused++
		case e.Kind == Effect && e.State != payment.Held:
			s.Owed++
			if s.Oldest.IsZero() || e.Since.Before(s.Oldest) {
				s.Oldest = e.Since
			}
		}
	}
	return s, nil
}
