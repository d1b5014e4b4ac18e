package postgres

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/jackc/pgx/v5"

	"courtkiosk/payment"
)

const effectColumns = `e.doc, e.since, e.holder, e.until`

var (
	readEffects = statement(`select ` + effectColumns + ` from courtkiosk.effect e where court = $1 and no = $2
		order by kind`)
	lockEffects = statement(`select ` + effectColumns + ` from courtkiosk.effect e where court = $1 and no = $2
		order by kind for update`)
	lockEffect = statement(`select ` + effectColumns + ` from courtkiosk.effect e where court = $1 and no = $2
		and kind = $3 for update`)
	// What is owed since the order changed last. What is owed already is left alone.
	oweEffect = statement(`insert into courtkiosk.effect (court, no, kind, state, since, holder, until, ready, paid_at,
			sequence, doc)
		select $1, $2, $3, $4, o.changed_at, $5, $6, $6::timestamptz is null, o.paid_at, o.sequence, $7
		from courtkiosk.orders o where o.court = $1 and o.no = $2 on conflict do nothing`)
	turnEffect = statement(`update courtkiosk.effect e set state = $4, since = o.changed_at, holder = '', until = null,
			ready = true, doc = $5
		from courtkiosk.orders o where o.court = $1 and o.no = $2 and e.court = $1 and e.no = $2 and e.kind = $3`)
	// $8: its state is another one
	putEffect = statement(`update courtkiosk.effect set state = $4, holder = $5, until = $6,
			ready = $6::timestamptz is null, since = case when $8 then clock_timestamp() else since end, doc = $7
		where court = $1 and no = $2 and kind = $3 returning since`)
	rankEffects = statement(`update courtkiosk.effect e set paid_at = o.paid_at, sequence = o.sequence
		from courtkiosk.orders o where o.court = $1 and o.no = $2 and e.court = $1 and e.no = $2`)

	// One that is being changed is woken by the next claim: it may be held for as long as a commit waits.
	wakeEffects = statement(`with due as (select no from courtkiosk.effect where court = $1 and kind = $2 and not ready
			and state in ('owed', 'doubtful') and until <= $3 for update skip locked)
		update courtkiosk.effect e set ready = true from due where e.court = $1 and e.kind = $2 and e.no = due.no`)
	claimEffects = statement(`with free as (select no from courtkiosk.effect where court = $1 and kind = $2 and ready
			and state in ('owed', 'doubtful') order by paid_at nulls first, sequence, no limit $3
			for update skip locked),
		e as (update courtkiosk.effect set holder = $4, until = $5, ready = $5::timestamptz is null from free
			where effect.court = $1 and effect.kind = $2 and effect.no = free.no
			returning effect.no, effect.doc, effect.since, effect.holder, effect.until)
		select ` + effectColumns + `, ` + orderColumns + ` from e
		join courtkiosk.orders o on o.court = $1 and o.no = e.no
		order by o.paid_at nulls first, o.sequence, o.no`)
	readIdle = statement(`select exists (select from courtkiosk.effect where court = $1 and kind = $2
			and state in ('owed', 'doubtful') and ready)
		or exists (select from courtkiosk.effect where court = $1 and kind = $2 and state in ('owed', 'doubtful')
			and not ready and until <= $3)`)
	readInHand = statement(`select ` + effectColumns + ` from courtkiosk.effect e where court = $1 and state = 'handed'
		and (holder = $2 or coalesce(until, '0001-01-01 00:00:00+00') < $3) order by no, kind limit $4`)
	readPending = statement(`select ` + effectColumns + ` from courtkiosk.effect e where court = $1
		and state <> 'done' and (no, kind) > ($2, $3) order by no, kind limit $4`)
	readPendingOf = statement(`select ` + effectColumns + ` from courtkiosk.effect e where court = $1
		and state <> 'done' and (kind = $5 or kind >= $5 || '/' and kind < $5 || '0') and (no, kind) > ($2, $3)
		order by no, kind limit $4`)
	readTally = statement(`select kind, state, count(*), min(since) from courtkiosk.effect where court = $1
		and state <> 'done' group by kind, state order by kind, state`)
)

// A taken effect is one with what the database says of it.
type taken struct {
	doc    []byte
	since  time.Time
	holder string
	until  *time.Time
}

func (t *taken) into() []any { return []any{&t.doc, &t.since, &t.holder, &t.until} }

func (t *taken) read() (e payment.Effect, err error) {
	if err := json.Unmarshal(t.doc, &e); err != nil {
		return e, fmt.Errorf("%w: effect: %w", errScan, err)
	}
	e.Since, e.Holder, e.Until = t.since.UTC(), t.holder, timeOf(t.until)
	return e, nil
}

func scanEffect(row pgx.CollectableRow) (payment.Effect, error) {
	var t taken
	if err := row.Scan(t.into()...); err != nil {
		return payment.Effect{}, err
	}
	return t.read()
}

func scanPiece(row pgx.CollectableRow) (p payment.Piece, err error) {
	var t taken
	var f found
	if err := row.Scan(append(t.into(), f.into()...)...); err != nil {
		return p, err
	}
	if p.Effect, err = t.read(); err == nil {
		p.Order, err = f.read()
	}
	return p, err
}

// noted is the document of an effect: all but what the database compares or gives.
func noted(e payment.Effect) ([]byte, error) {
	e.Since, e.Holder, e.Until = time.Time{}, "", time.Time{}
	return json.Marshal(e)
}

// owe queues an effect that an order owes from now on.
func (t *tx) owe(e payment.Effect) error {
	doc, err := noted(e)
	if err != nil {
		return refusal{err}
	}
	t.queue(oweEffect, t.l.court, e.Order, e.Kind, e.State, e.Holder, atOrNull(e.Until), doc)
	return nil
}

// turn queues the turns of a change among the effects of its order.
func (t *tx) turn(effects []payment.Effect, c payment.Change) error {
	for _, turn := range c.Turns {
		stands := func(e payment.Effect) bool { return e.Kind == turn.Kind && e.State == turn.From }
		i := slices.IndexFunc(effects, stands)
		if i < 0 {
			continue
		}
		effects[i] = turn.Of(effects[i], time.Time{}, c.By)
		e := effects[i]
		doc, err := noted(e)
		if err != nil {
			return refusal{err}
		}
		t.queue(turnEffect, t.l.court, e.Order, e.Kind, e.State, doc)
		t.record(payment.Entry{Order: e.Order, Event: e.Kind + " " + string(e.State), Note: e.Note, By: c.By})
	}
	return nil
}

// Effects returns the effects of an order.
func (l *Ledger) Effects(ctx context.Context, no string) ([]payment.Effect, error) {
	return l.effects(ctx, readEffects, no)
}

func (l *Ledger) effects(ctx context.Context, sql string, args ...any) ([]payment.Effect, error) {
	return query(ctx, l, scanEffect, sql, args...)
}

// UpdateEffect stores what rule makes of an effect.
func (l *Ledger) UpdateEffect(
	ctx context.Context, no, kind string, rule func(payment.Effect) (payment.Effect, error),
) (payment.Effect, error) {
	var one []payment.Effect
	var e *payment.Effect
	reads := func(b *pgx.Batch) {
		b.Queue(lockEffect, l.court, no, kind).Query(collect(&one, scanEffect))
	}
	err := l.write(ctx, reads, func(t *tx) error {
		if len(one) == 0 {
			return refusal{payment.ErrNotFound}
		}
		before := one[0]
		after, err := rule(before)
		if err != nil {
			return refusal{err}
		}
		after.Order, after.Kind, after.Since = before.Order, before.Kind, before.Since
		doc, err := noted(after)
		if err != nil {
			return refusal{err}
		}
		t.queue(putEffect, l.court, no, kind, after.State, after.Holder, atOrNull(after.Until), doc,
			after.State != before.State).QueryRow(func(row pgx.Row) error {
			err := row.Scan(&after.Since)
			after.Since = after.Since.UTC()
			return err
		})
		entry := payment.Entry{Order: no, Event: kind + " " + string(after.State), By: after.By}
		if after.Note != before.Note {
			entry.Note = after.Note
		}
		t.record(entry)
		e = &after
		return nil
	})
	if err != nil {
		return payment.Effect{}, err
	}
	return *e, nil
}

// ClaimWork takes up at most n effects of a kind. When there is nothing to do nothing is written.
func (l *Ledger) ClaimWork(
	ctx context.Context, kind, holder string, n int, now, until time.Time,
) (pieces []payment.Piece, err error) {
	if err := ctx.Err(); err != nil || n < 1 {
		return nil, err
	}
	some := false
	err = l.read(ctx, func(b *pgx.Batch) {
		b.Queue(readIdle, l.court, kind, now).QueryRow(func(row pgx.Row) error { return row.Scan(&some) })
	})
	if err != nil || !some {
		return nil, err
	}
	var list *[]payment.Piece
	err = l.write(ctx, nil, func(t *tx) error {
		list = new([]payment.Piece)
		t.queue(wakeEffects, l.court, kind, now)
		t.queue(claimEffects, l.court, kind, n, holder, atOrNull(until)).Query(collect(list, scanPiece))
		return nil
	})
	if err != nil {
		return nil, err
	}
	return *list, nil
}

// InHand returns at most n effects that are Handed and were handed by the holder, or whose Until is before now.
func (l *Ledger) InHand(ctx context.Context, holder string, n int, now time.Time) ([]payment.Effect, error) {
	return l.effects(ctx, readInHand, holder, now, n)
}

// Pending returns at most n effects that are not Done, of a kind and those below it, that come after one of them.
func (l *Ledger) Pending(ctx context.Context, kind string, after payment.Effect, n int) ([]payment.Effect, error) {
	if kind == "" {
		return l.effects(ctx, readPending, after.Order, after.Kind, n)
	}
	return l.effects(ctx, readPendingOf, after.Order, after.Kind, n, kind)
}

// Tally counts all effects that are not Done, by kind and state.
func (l *Ledger) Tally(ctx context.Context) (list []payment.Tally, err error) {
	err = l.read(ctx, func(b *pgx.Batch) {
		b.Queue(readTally, l.court).Query(collect(&list, func(row pgx.CollectableRow) (t payment.Tally, err error) {
			err = row.Scan(&t.Kind, &t.State, &t.N, &t.Oldest)
			t.Oldest = t.Oldest.UTC()
			return t, err
		}))
	})
	return list, err
}

var (
	// Its own are among them: they keep their fences.
	claimOrders = statement(`with free as (select no from courtkiosk.orders where court = $1 and not final
			and (holder in ('', $2) or until <= clock_timestamp()) order by born limit $3 for update skip locked)
		update courtkiosk.orders o set
			fence = case when o.holder = $2 and o.fence <> 0 then o.fence else nextval('courtkiosk.fence') end,
			holder = $2, until = $4
		from free where o.court = $1 and o.no = free.no returning o.born, ` + orderColumns)
	renewOrders = statement(`with held as (select no from courtkiosk.orders where court = $1 and not final
			and holder = $2 and (until is null or until > clock_timestamp()) order by born for update)
		update courtkiosk.orders o set until = $3 from held where o.court = $1 and o.no = held.no returning o.no`)
)

// Claim leases to a holder at most n orders that are not Final, oldest first. One that is being changed is left to the
// next claim: a rule that found its follower in its right is stored before another one has it.
func (l *Ledger) Claim(ctx context.Context, holder string, n int, until time.Time) ([]payment.Order, error) {
	type aged struct {
		born  int64
		order payment.Order
	}
	if err := ctx.Err(); err != nil || n < 1 || holder == "" {
		return nil, err
	}
	var list *[]aged
	err := l.write(ctx, nil, func(t *tx) error {
		list = new([]aged)
		t.queue(claimOrders, l.court, holder, n, atOrNull(until)).
			Query(collect(list, func(row pgx.CollectableRow) (a aged, err error) {
				var f found
				if err := row.Scan(append([]any{&a.born}, f.into()...)...); err != nil {
					return a, err
				}
				a.order, err = f.read()
				return a, err
			}))
		return nil
	})
	if err != nil {
		return nil, err
	}
	slices.SortFunc(*list, func(a, b aged) int { return cmp.Compare(a.born, b.born) })
	var orders []payment.Order
	for _, a := range *list {
		orders = append(orders, a.order)
	}
	return orders, nil
}

// Renew moves the end of all leases of open orders that a holder still has.
func (l *Ledger) Renew(ctx context.Context, holder string, until time.Time) ([]string, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	var list *[]string
	err := l.write(ctx, nil, func(t *tx) error {
		list = new([]string)
		t.queue(renewOrders, l.court, holder, atOrNull(until)).Query(collect(list, pgx.RowTo[string]))
		return nil
	})
	if err != nil && !errors.Is(err, errUnchanged) {
		return nil, err
	}
	return *list, nil
}
