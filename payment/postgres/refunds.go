package postgres

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"time"

	"github.com/jackc/pgx/v5"

	"courtkiosk/payment"
)

const refundColumns = `r.doc, r.changed_at`

var (
	orderOfRefund = `(select order_no from courtkiosk.refund where court = $1 and no = $2)`
	lockRefund    = statement(`select ` + refundColumns + ` from courtkiosk.refund r where court = $1 and no = $2
		for update`)
	readRefund  = statement(`select ` + refundColumns + ` from courtkiosk.refund r where court = $1 and no = $2`)
	readRefunds = statement(`select ` + refundColumns + ` from courtkiosk.refund r where court = $1 and order_no = $2
		order by born`)
	readOpenRefunds = statement(`select ` + refundColumns + ` from courtkiosk.refund r where court = $1 and not final
		order by born`)
	readRefundPage = statement(`select ` + refundColumns + ` from courtkiosk.refund r where court = $1 and no > $2
		order by no limit $3`)
	insertRefund = statement(`insert into courtkiosk.refund (court, no, born, order_no, request, final, changed_at, doc)
		values ($1, $2, nextval('courtkiosk.born'), $3, $4, $5, clock_timestamp(), $6) returning changed_at`)
	updateRefund = statement(`update courtkiosk.refund set final = $3, changed_at = clock_timestamp(), doc = $4
		where court = $1 and no = $2 returning changed_at`)

	// the same as of an order, by one of its refunds
	lockBillOfRefund = statement(`select from courtkiosk.bill where hash = (select bill from courtkiosk.orders
		where court = $1 and no = ` + orderOfRefund + `) for update`)
	lockOrderOfRefund = statement(`select ` + orderColumns + ` from courtkiosk.orders o where court = $1
		and no = ` + orderOfRefund + ` for update`)
	readOthersOfRefund = statement(`select ` + orderColumns + ` from courtkiosk.orders o where court = $1
		and no <> ` + orderOfRefund + ` and bill = (select bill from courtkiosk.orders where court = $1
			and no = ` + orderOfRefund + `) order by born`)
	readRefundsBeside = statement(`select ` + refundColumns + ` from courtkiosk.refund r where court = $1
		and order_no = ` + orderOfRefund + ` order by born`)
)

func scanRefund(row pgx.CollectableRow) (r payment.Refund, err error) {
	var doc []byte
	var changed time.Time
	if err := row.Scan(&doc, &changed); err != nil {
		return r, err
	}
	if err := json.Unmarshal(doc, &r); err != nil {
		return r, fmt.Errorf("%w: refund: %w", errScan, err)
	}
	r.ChangedAt = changed.UTC()
	return r, nil
}

// A refunding is what is read, and locked, to change a refund.
type refunding struct {
	order, others []payment.Order
	refunds       []payment.Refund
	staff         payment.Staff
}

func (of *refunding) refunded() payment.Refunded {
	return payment.Refunded{Order: clone(of.order[0]), Others: of.others, Refunds: slices.Clone(of.refunds),
		Staff: of.staff}
}

// AskRefund stores the refund that rule makes of an order, or returns the one that id has asked for before.
func (l *Ledger) AskRefund(
	ctx context.Context, order, id string, rule func(payment.Refunded) (payment.RefundChange, error),
) (r payment.Refund, err error) {
	var of refunding
	reads := func(b *pgx.Batch) {
		b.Queue(shareShelf, l.court, bookOfPeople)
		b.Queue(lockBillOf, l.court, order)
		b.Queue(lockOrder, l.court, order).Query(collect(&of.order, scanOrder))
		b.Queue(readOthers, l.court, order).Query(collect(&of.others, scanOrder))
		b.Queue(readRefunds, l.court, order).Query(collect(&of.refunds, scanRefund))
		queueStaff(b, l.court, &of.staff)
	}
	var after *payment.Refund
	err = l.write(ctx, reads, func(t *tx) error {
		if len(of.order) == 0 {
			return refusal{payment.ErrNotFound}
		}
		asked := func(r payment.Refund) bool { return id != "" && r.Request == id }
		if i := slices.IndexFunc(of.refunds, asked); i >= 0 {
			after = &of.refunds[i]
			return errUnchanged
		}
		c, err := rule(of.refunded())
		if err != nil {
			return refusal{err}
		}
		c.Refund.Request = id
		after, err = t.refund(payment.Refund{}, of, c)
		return err
	})
	return refundOr(after, err)
}

// UpdateRefund stores the change that rule makes of a refund.
func (l *Ledger) UpdateRefund(
	ctx context.Context, no string, rule func(payment.Refund, payment.Refunded) (payment.RefundChange, error),
) (r payment.Refund, err error) {
	var of refunding
	var one []payment.Refund
	reads := func(b *pgx.Batch) {
		b.Queue(shareShelf, l.court, bookOfPeople)
		b.Queue(lockBillOfRefund, l.court, no)
		b.Queue(lockOrderOfRefund, l.court, no).Query(collect(&of.order, scanOrder))
		b.Queue(lockRefund, l.court, no).Query(collect(&one, scanRefund))
		b.Queue(readOthersOfRefund, l.court, no).Query(collect(&of.others, scanOrder))
		b.Queue(readRefundsBeside, l.court, no).Query(collect(&of.refunds, scanRefund))
		queueStaff(b, l.court, &of.staff)
	}
	var after *payment.Refund
	err = l.write(ctx, reads, func(t *tx) error {
		if len(one) == 0 || len(of.order) == 0 {
			return refusal{payment.ErrNotFound}
		}
		before := one[0]
		c, err := rule(before, of.refunded())
		if err != nil {
			return refusal{err}
		}
		after, err = t.refund(before, of, c)
		return err
	})
	return refundOr(after, err)
}

func refundOr(after *payment.Refund, err error) (payment.Refund, error) {
	if err != nil && !errors.Is(err, errUnchanged) {
		return payment.Refund{}, err
	}
	return *after, nil
}

// refund queues one change: the refund, its order and the audit's entry; before is zero of a new one. With errUnchanged
// it returns the refund as it stands.
func (t *tx) refund(before payment.Refund, of refunding, c payment.RefundChange) (*payment.Refund, error) {
	if err := c.Stands(before); err != nil {
		return nil, refusal{err}
	}
	idle := c.Event == "" && reflect.DeepEqual(c.Refund, before)
	err := errUnchanged
	if c.Order.Order.No != "" {
		c.Order.By, c.Order.Note = cmp.Or(c.Order.By, c.By), cmp.Or(c.Order.Note, string(c.Event))
		// an order that is as it was may owe something new
		c.Order.Order.Lease = of.order[0].Lease
		_, err = t.change(of.order[0], c.Order)
	}
	if err != nil && !errors.Is(err, errUnchanged) || idle {
		return &before, err
	}
	r := c.Refund
	doc := r
	doc.ChangedAt = time.Time{}
	text, err := json.Marshal(doc)
	if err != nil {
		return nil, refusal{err}
	}
	given := func(row pgx.Row) error {
		err := row.Scan(&r.ChangedAt)
		r.ChangedAt = r.ChangedAt.UTC()
		return err
	}
	if before.No == "" {
		t.queue(insertRefund, t.l.court, r.No, r.Order, r.Request, r.Final(), text).QueryRow(given)
	} else {
		t.queue(updateRefund, t.l.court, r.No, r.Final(), text).QueryRow(given)
	}
	t.record(c.Entry())
	return &r, nil
}

func (l *Ledger) refunds(ctx context.Context, sql string, args ...any) ([]payment.Refund, error) {
	return query(ctx, l, scanRefund, sql, args...)
}

// Refund returns one refund.
func (l *Ledger) Refund(ctx context.Context, no string) (payment.Refund, error) {
	return only(l.refunds(ctx, readRefund, no))
}

// RefundsOf returns the refunds of an order, oldest first.
func (l *Ledger) RefundsOf(ctx context.Context, order string) ([]payment.Refund, error) {
	if _, err := l.Order(ctx, order); err != nil {
		return nil, err
	}
	return l.refunds(ctx, readRefunds, order)
}

// OpenRefunds returns the refunds that are not final, oldest first.
func (l *Ledger) OpenRefunds(ctx context.Context) ([]payment.Refund, error) {
	return l.refunds(ctx, readOpenRefunds)
}

// RefundPage returns refunds by their numbers.
func (l *Ledger) RefundPage(ctx context.Context, after string, n int) ([]payment.Refund, error) {
	return l.refunds(ctx, readRefundPage, after, n)
}
