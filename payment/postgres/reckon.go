package postgres

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"courtkiosk/payment"
)

// holdings read back what a move has brought, table by table, as rows of the estate.
var holdings = []struct {
	sql  string
	scan pgx.RowToFunc[any]
}{
	{statement(`select o.born, ` + orderColumns + ` from courtkiosk.orders o where court = $1`), heldOrder},
	{statement(`select ` + effectColumns + `, paid_at, sequence from courtkiosk.effect e where court = $1`),
		heldEffect},
	{statement(`select r.born, ` + refundColumns + ` from courtkiosk.refund r where court = $1`), heldRefund},
	{statement(`select id, no, incarnation from courtkiosk.request where court = $1`),
		func(row pgx.CollectableRow) (any, error) {
			var h payment.HeldRequest
			err := row.Scan(&h.ID, &h.No, &h.Incarnation)
			return h, err
		}},
	{statement(`select no, data from courtkiosk.personal where court = $1`), func(row pgx.CollectableRow) (any, error) {
		var h payment.HeldPersonal
		err := row.Scan(&h.No, &h.Data)
		return h, err
	}},
	{statement(`select device, day, n from courtkiosk.day where court = $1`),
		func(row pgx.CollectableRow) (any, error) {
			var h payment.HeldDay
			var day time.Time
			err := row.Scan(&h.Device, &day, &h.N)
			h.Day = day.Format(time.DateOnly)
			return h, err
		}},
	{statement(`select book, key, doc from courtkiosk.book where court = $1`),
		func(row pgx.CollectableRow) (any, error) {
			var h payment.HeldRecord
			err := row.Scan(&h.Book, &h.Key, (*[]byte)(&h.Doc))
			return h, err
		}},
	{statement(`select born, doc from courtkiosk.word where court = $1`), func(row pgx.CollectableRow) (any, error) {
		var h payment.HeldWord
		var born int64
		var doc []byte
		if err := row.Scan(&born, &doc); err != nil {
			return nil, err
		}
		h.Born = uint64(born - older)
		return h, json.Unmarshal(doc, &h.Word)
	}},
	{statement(`select day, subject, doc from courtkiosk.tries where court = $1`),
		func(row pgx.CollectableRow) (any, error) {
			var h payment.HeldTries
			var day time.Time
			var doc []byte
			if err := row.Scan(&day, &h.Subject, &doc); err != nil {
				return nil, err
			}
			h.Day = day.Format(time.DateOnly)
			return h, json.Unmarshal(doc, &h.Tries)
		}},
	{statement(`select ` + entryColumns + ` from courtkiosk.audit where court = $1`),
		func(row pgx.CollectableRow) (any, error) { return scanEntry(row) }},
}

func heldOrder(row pgx.CollectableRow) (any, error) {
	var born int64
	var f found
	if err := row.Scan(append([]any{&born}, f.into()...)...); err != nil {
		return nil, err
	}
	o, err := f.read()
	return payment.HeldOrder{Born: uint64(born - older), Order: o}, err
}

func heldEffect(row pgx.CollectableRow) (any, error) {
	var h payment.HeldEffect
	var t taken
	var paid *time.Time
	if err := row.Scan(append(t.into(), &paid, &h.Sequence)...); err != nil {
		return nil, err
	}
	var err error
	h.PaidAt = timeOf(paid)
	h.Effect, err = t.read()
	return h, err
}

func heldRefund(row pgx.CollectableRow) (any, error) {
	var h payment.HeldRefund
	var born int64
	var doc []byte
	var changed time.Time
	if err := row.Scan(&born, &doc, &changed); err != nil {
		return nil, err
	}
	err := json.Unmarshal(doc, &h.Refund)
	h.Born, h.Refund.ChangedAt = uint64(born-older), changed.UTC()
	return h, err
}

var readEstate = statement(`select l.environment, l.instance, l.made, l.seam, l.former, l.incomplete, c.receipts, c.seq
	from courtkiosk.ledger l join courtkiosk.chain c using (court) where court = $1`)

// Reckon reads back all that is here, and checks the audit's chain.
func (m *Move) Reckon(ctx context.Context) (e payment.Estate, r payment.Reckoning, err error) {
	r = make(payment.Reckoning)
	e.Identity.Court = m.id.Court
	in := pgx.TxOptions{IsoLevel: pgx.RepeatableRead, AccessMode: pgx.ReadOnly}
	err = pgx.BeginTxFunc(ctx, m.conn, in, func(tx pgx.Tx) error {
		var head uint64
		err := tx.QueryRow(ctx, readEstate, m.id.Court).Scan(&e.Identity.Environment, &e.Identity.Instance,
			&e.Identity.Made, &e.Seam, &e.Former, &e.Lost, &e.Receipts, &head)
		if err != nil {
			return err
		}
		e.Identity.Made = e.Identity.Made.UTC()
		for _, h := range holdings {
			if err := reckon(ctx, tx, h.sql, m.id.Court, h.scan, r.Add); err != nil {
				return err
			}
		}
		chain := func(row any) error {
			next := row.(payment.Entry)
			if !next.Follows(e.Head, e.Seam) {
				return fmt.Errorf("%w: audit entry %d does not follow entry %d", payment.ErrDamaged, next.Seq,
					e.Head.Seq)
			}
			e.Head = next
			return nil
		}
		last := holdings[len(holdings)-1] // in the order of the chain this time
		if err := reckon(ctx, tx, last.sql+" order by seq", m.id.Court, last.scan, chain); err != nil {
			return err
		}
		if head != e.Head.Seq {
			return fmt.Errorf("%w: the head of the audit is entry %d, the last one %d", payment.ErrDamaged, head,
				e.Head.Seq)
		}
		return nil
	})
	return e, r, namedMove(err)
}

// reckon hands the rows that a statement finds to see, one by one.
func reckon(
	ctx context.Context, tx pgx.Tx, sql, court string, scan pgx.RowToFunc[any], see func(row any) error,
) error {
	rows, err := tx.Query(ctx, sql, court)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		row, err := scan(rows)
		if err == nil {
			err = see(row)
		}
		if err != nil {
			return err
		}
	}
	return rows.Err()
}
