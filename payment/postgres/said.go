package postgres

import (
	"context"
	"encoding/json"
	"time"

	"github.com/jackc/pgx/v5"

	"courtkiosk/payment"
)

var (
	readWords = statement(`select doc from courtkiosk.word where court = $1 order by born`)
	putWord   = statement(`insert into courtkiosk.word (court, instance, lost, born, doc)
		values ($1, $2, $3, nextval('courtkiosk.born'), $4)
		on conflict (court, instance, lost) do update set doc = excluded.doc`)

	makeTries = statement(`insert into courtkiosk.tries (court, day, subject, doc) values ($1, $2, $3, '{}')
		on conflict do nothing`)
	lockTries = statement(`select doc from courtkiosk.tries where court = $1 and day = $2 and subject = $3
		for update`)
	putTries    = statement(`update courtkiosk.tries set doc = $4 where court = $1 and day = $2 and subject = $3`)
	anyTries    = statement(`select exists (select from courtkiosk.tries where court = $1 and day < $2)`)
	forgetTries = statement(`delete from courtkiosk.tries where court = $1 and day < $2`)

	readPersonal = statement(`select data from courtkiosk.personal where court = $1 and no = $2`)
	// The latest of what an order says of its end; see payment.Order.Ended.
	readEnded = statement(`select p.no from courtkiosk.personal p join courtkiosk.orders o using (court, no)
		where court = $1 and o.final and greatest(o.changed_at, o.created_at, coalesce(o.paid_at, o.changed_at)) < $2
		order by p.no limit $3`)
	expunge = statement(`with gone as (delete from courtkiosk.personal p using courtkiosk.orders o
			where p.court = $1 and p.no = $2 and o.court = $1 and o.no = $2 and o.final
			and greatest(o.changed_at, o.created_at, coalesce(o.paid_at, o.changed_at)) < $3 returning p.no)
		select count(*) from gone`)
)

// Words returns what people have said of other ledgers.
func (l *Ledger) Words(ctx context.Context) (words []payment.Word, err error) {
	err = l.read(ctx, func(b *pgx.Batch) {
		b.Queue(readWords, l.court).Query(collect(&words, scanRecord[payment.Word]))
	})
	return words, err
}

// Say stores a word of a person, and that it was said.
func (l *Ledger) Say(ctx context.Context, w payment.Word) error {
	return l.write(ctx, nil, func(t *tx) error {
		doc, err := json.Marshal(w)
		if err != nil {
			return refusal{err}
		}
		t.queue(putWord, l.court, w.Instance, w.Lost, doc)
		t.record(w.Entry())
		return nil
	})
}

// UpdateTries stores what rule makes of the tries at a subject on a day, and forgets those of the days before.
func (l *Ledger) UpdateTries(
	ctx context.Context, of string, at time.Time, e payment.Entry, rule func(payment.Tries) (payment.Tries, error),
) (payment.Tries, error) {
	var list []payment.Tries
	var after payment.Tries
	day := dayOf(at)
	reads := func(b *pgx.Batch) {
		b.Queue(makeTries, l.court, day, of)
		b.Queue(lockTries, l.court, day, of).Query(collect(&list, scanRecord[payment.Tries]))
	}
	err := l.write(ctx, reads, func(t *tx) error {
		var before payment.Tries
		if len(list) > 0 {
			before = list[0]
		}
		var err error
		if after, err = rule(before); err != nil {
			return refusal{err}
		}
		doc, err := json.Marshal(after)
		if err != nil {
			return refusal{err}
		}
		t.queue(putTries, l.court, day, of, doc)
		t.queue(forgetTries, l.court, day)
		t.record(e)
		return nil
	})
	if err != nil {
		return payment.Tries{}, err
	}
	return after, nil
}

// ForgetTries forgets what was counted on the days before that of a time; it writes only where there is something.
func (l *Ledger) ForgetTries(ctx context.Context, at time.Time) error {
	day, old := dayOf(at), false
	err := l.read(ctx, func(b *pgx.Batch) {
		b.Queue(anyTries, l.court, day).QueryRow(func(row pgx.Row) error { return row.Scan(&old) })
	})
	if err != nil || !old {
		return err
	}
	return l.write(ctx, nil, func(t *tx) error {
		t.queue(forgetTries, l.court, day)
		return nil
	})
}

// Personal returns an order's personal data, nil after it was expunged.
func (l *Ledger) Personal(ctx context.Context, no string) ([]byte, error) {
	var list [][]byte
	err := l.read(ctx, func(b *pgx.Batch) {
		b.Queue(readPersonal, l.court, no).Query(collect(&list, pgx.RowTo[[]byte]))
	})
	if err != nil || len(list) == 0 {
		return nil, err
	}
	return list[0], nil
}

// chunk is how many orders one transaction expunges: each writes to the audit, whose head it holds.
const chunk = 500

// Expunge forgets the personal data of orders that ended before t, a part in each transaction.
func (l *Ledger) Expunge(ctx context.Context, t time.Time) (n int, err error) {
	for {
		var ended []string
		err := l.read(ctx, func(b *pgx.Batch) {
			b.Queue(readEnded, l.court, t, chunk).Query(collect(&ended, pgx.RowTo[string]))
		})
		if err != nil || len(ended) == 0 {
			return n, err
		}
		gone := 0
		err = l.write(ctx, nil, func(tx *tx) error {
			gone = 0
			var really []string
			if err := tx.ask(func(b *pgx.Batch) {
				really = nil
				for _, no := range ended {
					b.Queue(expunge, l.court, no, t).QueryRow(func(row pgx.Row) error {
						var n int
						err := row.Scan(&n)
						if n > 0 {
							really = append(really, no)
						}
						return err
					})
				}
			}); err != nil {
				return err
			}
			for _, no := range really { // another machine may have been faster
				tx.record(payment.Entry{Order: no, Event: "expunged"})
			}
			gone = len(really)
			return nil
		})
		if err != nil {
			return n, err
		}
		n += gone
	}
}
