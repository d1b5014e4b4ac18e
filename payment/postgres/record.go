package postgres

import (
	"context"
	"fmt"
	"math"
	"time"

	"github.com/jackc/pgx/v5"

	"courtkiosk/payment"
)

// appendEntry chains an entry to the one before it, by payment.Entry.Sum. The head of the chain
// is locked until the commit is durable, so it comes last. Its time never goes back.
var appendEntry = statement(`with t as materialized (select clock_timestamp() as at),
	h as (update courtkiosk.chain c set seq = c.seq + 1, at = greatest(c.at, t.at),
		hash = sha256(courtkiosk.field('courtkiosk audit v2'::bytea) || courtkiosk.field(c.hash)
			|| courtkiosk.field(int8send(c.seq + 1))
			|| courtkiosk.field(int8send((extract(epoch from greatest(c.at, t.at)) * 1000000)::bigint))
			|| courtkiosk.field(convert_to($2, 'UTF8')) || courtkiosk.field(convert_to($3, 'UTF8'))
			|| courtkiosk.field(convert_to($4, 'UTF8')) || courtkiosk.field(convert_to($5, 'UTF8'))
			|| courtkiosk.field(convert_to($6, 'UTF8')) || courtkiosk.field(convert_to($7, 'UTF8'))
			|| courtkiosk.field(convert_to($8, 'UTF8')))
		from t where c.court = $1 returning c.seq, c.at, c.hash)
	insert into courtkiosk.audit (court, seq, at, no, "from", event, "to", note, device, person, hash)
	select $1, h.seq, h.at, $2, $3, $4, $5, $6, $7, $8, h.hash from h returning seq, hash`)

// queueEntry appends an entry; what is returned is filled in when the batch is read.
func queueEntry(b *pgx.Batch, court string, e payment.Entry) *payment.Entry {
	e = e.Storable()
	b.Queue(appendEntry, court, e.Order, string(e.From), e.Event, string(e.To), e.Note, e.By.Device, e.By.Person).
		QueryRow(func(row pgx.Row) error { return row.Scan(&e.Seq, &e.Hash) })
	return &e
}

// record appends an entry in the second trip.
func (t *tx) record(e payment.Entry) {
	e = e.Storable()
	t.stores = true
	t.queue(appendEntry, t.l.court, e.Order, string(e.From), e.Event, string(e.To), e.Note, e.By.Device, e.By.Person).
		QueryRow(func(row pgx.Row) error { return row.Scan(&t.entry, &t.hash) })
}

// Note appends an entry that belongs to no order.
func (l *Ledger) Note(ctx context.Context, e payment.Entry) error {
	e.Order = ""
	return l.write(ctx, nil, func(t *tx) error {
		t.record(e)
		return nil
	})
}

const entryColumns = `seq, at, no, "from", event, "to", note, device, person, hash, coalesce(nanos, 0)`

var (
	readOrderEntries = statement(`select ` + entryColumns + ` from courtkiosk.audit where court = $1 and no = $2
		and no <> '' order by seq`)
	readOtherEntries = statement(`select ` + entryColumns + ` from courtkiosk.audit where court = $1 and no = ''
		order by seq`)
	// from the one before the first that is asked for, which tells whether that follows it
	readSince = statement(`select ` + entryColumns + ` from courtkiosk.audit where court = $1 and seq >= $2
		order by seq limit $3`)
)

func scanEntry(row pgx.CollectableRow) (e payment.Entry, err error) {
	var nanos int64
	err = row.Scan(&e.Seq, &e.At, &e.Order, &e.From, &e.Event, &e.To, &e.Note, &e.By.Device, &e.By.Person, &e.Hash,
		&nanos)
	e.At = e.At.UTC().Add(time.Duration(nanos))
	return e, err
}

// collect reads all rows of a statement, anew each time it is run.
func collect[T any](into *[]T, scan pgx.RowToFunc[T]) func(pgx.Rows) error {
	return func(rows pgx.Rows) (err error) {
		list, err := pgx.CollectRows(rows, scan)
		if *into = list; len(list) == 0 {
			*into = nil
		}
		return err
	}
}

// query reads what a statement finds of the court.
func query[T any](
	ctx context.Context, l *Ledger, scan pgx.RowToFunc[T], sql string, args ...any,
) (list []T, err error) {
	err = l.read(ctx, func(b *pgx.Batch) {
		b.Queue(sql, append([]any{l.court}, args...)...).Query(collect(&list, scan))
	})
	return list, err
}

// only is the one record that was found, or payment.ErrNotFound.
func only[T any](list []T, err error) (one T, _ error) {
	switch {
	case err != nil:
		return one, err
	case len(list) == 0:
		return one, payment.ErrNotFound
	}
	return list[0], nil
}

// Audit returns the entries of an order, oldest first.
func (l *Ledger) Audit(ctx context.Context, no string) (list []payment.Entry, err error) {
	err = l.read(ctx, func(b *pgx.Batch) {
		if no == "" {
			b.Queue(readOtherEntries, l.court).Query(collect(&list, scanEntry))
			return
		}
		b.Queue(readOrderEntries, l.court, no).Query(collect(&list, scanEntry))
	})
	return list, err
}

// Since returns at most n entries after a sequence number, oldest first, each held against the one before it.
func (l *Ledger) Since(ctx context.Context, seq uint64, n int) (list []payment.Entry, err error) {
	if seq >= math.MaxInt64 || n < 1 {
		return nil, nil
	}
	err = l.read(ctx, func(b *pgx.Batch) {
		b.Queue(readSince, l.court, int64(seq), int64(n)+1).Query(collect(&list, scanEntry))
	})
	if err != nil {
		return nil, err
	}
	var last payment.Entry
	if seq > 0 && len(list) > 0 && list[0].Seq == seq {
		last, list = list[0], list[1:]
	}
	list = list[:min(n, len(list))]
	for _, e := range list {
		if !e.Follows(last, l.seam) {
			return nil, fmt.Errorf("%w: audit entry %d does not follow entry %d", payment.ErrDamaged, e.Seq, last.Seq)
		}
		last = e
	}
	if len(list) == 0 {
		return nil, nil
	}
	return list, nil
}

// dayOf is the day in China of a time.
func dayOf(t time.Time) string { return t.In(payment.China).Format(time.DateOnly) }
