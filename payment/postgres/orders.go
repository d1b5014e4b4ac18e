package postgres

import (
	"bytes"
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"time"

	"github.com/jackc/pgx/v5"

	"courtkiosk/payment"
)

// billHash names a bill's lock: SHA-256 over court, purse and bill, each with its length before it in eight bytes.
func billHash(k payment.Key) []byte {
	h := sha256.New()
	for _, part := range []string{k.Court, k.Purse, k.Bill} {
		h.Write(binary.BigEndian.AppendUint64(nil, uint64(len(part))))
		h.Write([]byte(part))
	}
	return h.Sum(nil)
}

const orderColumns = `o.doc, o.serial, o.sequence, o.changed_at, o.holder, o.until, o.fence`

var (
	makeBill   = statement(`insert into courtkiosk.bill (hash) values ($1) on conflict do nothing`)
	lockBill   = statement(`select from courtkiosk.bill where hash = $1 for update`)
	lockBillOf = statement(`select from courtkiosk.bill
		where hash = (select bill from courtkiosk.orders where court = $1 and no = $2) for update`)
	lockOrder = statement(`select ` + orderColumns + ` from courtkiosk.orders o where court = $1 and no = $2
		for update`)
	readOrder = statement(`select ` + orderColumns + ` from courtkiosk.orders o where court = $1 and no = $2`)
	readBill  = statement(`select ` + orderColumns + ` from courtkiosk.orders o where court = $1 and bill = $2
		order by born`)
	readOthers = statement(`select ` + orderColumns + ` from courtkiosk.orders o where court = $1 and no <> $2
		and bill = (select bill from courtkiosk.orders where court = $1 and no = $2) order by born`)
	readLabelled = statement(`select ` + orderColumns + ` from courtkiosk.label
		join courtkiosk.orders o using (court, no) where court = $1 and label = $2 order by o.born`)
	readUnsettled = statement(`select ` + orderColumns + ` from courtkiosk.orders o where court = $1 and not final
		order by born`)
	readRequested = statement(`select r.incarnation, ` + orderColumns + ` from courtkiosk.request r
		join courtkiosk.orders o using (court, no) where court = $1 and r.id = $2`)

	deleteOrder    = statement(`delete from courtkiosk.orders where court = $1 and no = $2`)
	deleteLabels   = statement(`delete from courtkiosk.label where court = $1 and no = $2`)
	deletePersonal = statement(`delete from courtkiosk.personal where court = $1 and no = $2`)
	putLabels      = statement(`insert into courtkiosk.label (court, label, no) select $1, unnest($2::text[]), $3
		on conflict do nothing`)
	putPersonal = statement(`insert into courtkiosk.personal (court, no, data) values ($1, $2, $3)`)
	// An id that nobody has asked by: another asking by it, for another bill, may be under way, and one collides.
	addRequest = statement(`insert into courtkiosk.request (court, id, no, incarnation) values ($1, $2, $3, $4)`)
	putRequest = statement(`insert into courtkiosk.request (court, id, no, incarnation) values ($1, $2, $3, $4)
		on conflict (court, id) do update set no = excluded.no, incarnation = excluded.incarnation`)

	// The day's counter is given last, with the order itself.
	insertOrder = statement(`with d as (insert into courtkiosk.day (court, device, day, n) values ($1, $2, $3, 1)
			on conflict (court, device, day) do update set n = courtkiosk.day.n + 1 returning n)
		insert into courtkiosk.orders (court, no, born, bill, key_court, key_purse, key_bill, state, recovered, final,
			amount, paid_amount, device, serial, digits, sequence, paid_to, created_at, paid_at, changed_at, holder,
			until, fence, doc)
		select $1, $4, nextval('courtkiosk.born'), $5, $6, $7, $8, $9, $10, $11, $12, $13, $2, d.n, $14, $15, $16, $17,
			$18, clock_timestamp(), $19, $20, case when $19 = '' then 0 else nextval('courtkiosk.fence') end, $21
		from d returning serial, changed_at, fence`)
	// $12: it moves; $13: it is given a receipt number
	updateOrder = statement(`with n as (update courtkiosk.chain set receipts = receipts + 1
			where court = $1 and $13 returning receipts)
		update courtkiosk.orders o set state = $3, recovered = $4, final = $5, amount = $6, paid_amount = $7,
			digits = $8, sequence = coalesce((select receipts from n), $9), paid_to = $10, paid_at = $11,
			changed_at = case when $12 then clock_timestamp() else changed_at end, doc = $14
		where court = $1 and no = $2 returning sequence, changed_at`)
)

// A found order is one with what the database says of it.
type found struct {
	doc   []byte
	order payment.Order
	until *time.Time
}

// into are the places of orderColumns.
func (f *found) into() []any {
	l := &f.order.Lease
	return []any{&f.doc, &f.order.Serial, &f.order.Sequence, &f.order.ChangedAt, &l.Holder, &f.until, &l.Fence}
}

// read makes the order of what was scanned.
func (f *found) read() (payment.Order, error) {
	given := f.order
	var o payment.Order
	if err := json.Unmarshal(f.doc, &o); err != nil {
		return o, fmt.Errorf("%w: order: %w", errScan, err)
	}
	o.Serial, o.Sequence, o.ChangedAt, o.Lease = given.Serial, given.Sequence, given.ChangedAt.UTC(), given.Lease
	o.Lease.Until = timeOf(f.until)
	return o.Modern(), nil
}

func scanOrder(row pgx.CollectableRow) (payment.Order, error) {
	var f found
	if err := row.Scan(f.into()...); err != nil {
		return payment.Order{}, err
	}
	return f.read()
}

// timeOf and atOrNull keep the zero time as null.
func timeOf(t *time.Time) time.Time {
	if t == nil {
		return time.Time{}
	}
	return t.UTC()
}

func atOrNull(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	return &t
}

// document is what is stored of an order: all but what the database gives.
func document(o payment.Order) ([]byte, error) {
	o.Serial, o.Sequence, o.ChangedAt = 0, 0, time.Time{}
	return json.Marshal(o)
}

// digits are a transaction id backwards: its last digits are a beginning, which an index finds.
func digits(id string) string {
	text := []rune(id)
	slices.Reverse(text)
	return string(text)
}

// clone copies what a rule could reach through a slice.
func clone(o payment.Order) payment.Order {
	o.Labels, o.Details, o.Body = slices.Clone(o.Labels), bytes.Clone(o.Details), bytes.Clone(o.Body)
	o.Owed, o.OwedTwin, o.OwedBack = slices.Clone(o.Owed), slices.Clone(o.OwedTwin), slices.Clone(o.OwedBack)
	return o
}

// same reports whether a request asks for what an order was opened for.
func same(r payment.Request, o payment.Order) bool {
	return r.Key == o.Key && r.Amount == o.Amount && r.Merchant == o.Merchant
}

// A requested order is the one that an asking has opened or joined; none when its number is another order's now.
type requested struct {
	order payment.Order
	known bool // somebody has asked by it
	ok    bool
}

func (q *requested) scan(rows pgx.Rows) error {
	*q = requested{}
	for rows.Next() {
		var incarnation string
		var f found
		if err := rows.Scan(append([]any{&incarnation}, f.into()...)...); err != nil {
			return err
		}
		o, err := f.read()
		if err != nil {
			return err
		}
		q.order, q.known, q.ok = o, true, o.Incarnation() == incarnation
	}
	return rows.Err()
}

// Create stores the order that next makes of the earlier orders of r's bill, or returns the one that r.ID has opened or
// joined before.
func (l *Ledger) Create(
	ctx context.Context, r payment.Request, next func([]payment.Order) (payment.Order, error),
) (payment.Order, error) {
	var o payment.Order
	var before requested
	var earlier []payment.Order
	bill := billHash(r.Key)
	reads := func(b *pgx.Batch) {
		b.Queue(makeBill, bill)
		b.Queue(lockBill, bill)
		before = requested{}
		if r.ID != "" {
			b.Queue(readRequested, l.court, r.ID).Query(before.scan)
		}
		b.Queue(readBill, l.court, bill).Query(collect(&earlier, scanOrder))
	}
	err := l.write(ctx, reads, func(t *tx) error {
		if before.ok && !same(r, before.order) {
			return refusal{fmt.Errorf("%w: request %s was for another bill, amount or merchant", payment.ErrConflict,
				r.ID)}
		}
		if before.ok {
			o = before.order
			return errUnchanged
		}
		held := make([]payment.Order, len(earlier))
		for i, o := range earlier {
			held[i] = clone(o)
		}
		var err error
		if o, err = next(held); err != nil {
			return refusal{err}
		}
		edge := payment.Edge{Event: payment.Opened, To: o.State}
		if !payment.Allowed(edge) || o.Key != r.Key {
			return refusal{&payment.TransitionError{Order: o.No, Edge: edge}}
		}
		o.Request = cmp.Or(r.ID, o.Request)
		return t.open(&o, r.ID, before, r.Personal, earlier)
	})
	if err != nil && !errors.Is(err, errUnchanged) {
		return payment.Order{}, err
	}
	return o, nil
}

// open queues a new order that was asked for by an id, in place of a void one of its number, with all that finds it.
func (t *tx) open(
	o *payment.Order, asked string, before requested, personal []byte, earlier []payment.Order,
) error {
	court := t.l.court
	if i := slices.IndexFunc(earlier, func(e payment.Order) bool { return e.No == o.No }); i >= 0 {
		if state := earlier[i].State; state != payment.Void {
			return refusal{fmt.Errorf("%w: order %s exists and is %s", payment.ErrConflict, o.No, state)}
		}
		t.queue(deleteOrder, court, o.No)
		t.queue(deleteLabels, court, o.No)
		t.queue(deletePersonal, court, o.No)
	}
	doc, err := document(*o)
	if err != nil {
		return refusal{err}
	}
	if o.Request != "" && o.Request == asked {
		t.answers(*o, before)
	} else if err := t.remember(*o); err != nil {
		return err
	}
	if len(o.Labels) > 0 {
		t.queue(putLabels, court, o.Labels, o.No)
	}
	if len(personal) > 0 {
		t.queue(putPersonal, court, o.No, personal)
	}
	device, _ := o.Elsewhere()
	t.queue(insertOrder, court, o.Device, dayOf(o.CreatedAt), o.No, billHash(o.Key), o.Key.Court, o.Key.Purse,
		o.Key.Bill, o.State, o.Recovered, o.Final(), o.Amount, o.PaidAmount, digits(o.TransactionID), o.Sequence,
		device, o.CreatedAt, atOrNull(o.PaidAt), o.Lease.Holder, atOrNull(o.Lease.Until), doc).
		QueryRow(func(row pgx.Row) error {
			err := row.Scan(&o.Serial, &o.ChangedAt, &o.Lease.Fence)
			if o.ChangedAt = o.ChangedAt.UTC(); o.Lease.Holder == "" {
				o.Lease = payment.Lease{}
			}
			return err
		})
	t.record(payment.Entry{Order: o.No, Event: string(payment.Opened), To: o.State, By: payment.By{Device: o.Device}})
	return nil
}

// remember notes that an asking has opened or joined the order. One that has opened another is ErrConflict.
func (t *tx) remember(o payment.Order) error {
	if o.Request == "" {
		return nil
	}
	var before requested
	if err := t.ask(func(b *pgx.Batch) {
		b.Queue(readRequested, t.l.court, o.Request).Query(before.scan)
	}); err != nil {
		return err
	}
	if before.ok && before.order.No != o.No {
		return refusal{payment.ErrConflict}
	}
	t.answers(o, before)
	return nil
}

// answers queues that an order answers its request, in place of what was read of it.
func (t *tx) answers(o payment.Order, before requested) {
	sql := addRequest
	if before.known {
		sql = putRequest
	}
	t.queue(sql, t.l.court, o.Request, o.No, o.Incarnation())
}

// Update stores the change that rule makes of an order.
func (l *Ledger) Update(
	ctx context.Context, no string, rule func(payment.Order, []payment.Order) (payment.Change, error),
) (payment.Order, error) {
	var o payment.Order
	var one, others []payment.Order
	reads := func(b *pgx.Batch) {
		b.Queue(lockBillOf, l.court, no)
		b.Queue(lockOrder, l.court, no).Query(collect(&one, scanOrder))
		b.Queue(readOthers, l.court, no).Query(collect(&others, scanOrder))
	}
	var after *payment.Order
	err := l.write(ctx, reads, func(t *tx) error {
		after = nil
		if len(one) == 0 {
			return refusal{payment.ErrNotFound}
		}
		o = one[0]
		c, err := rule(clone(o), others)
		if err != nil {
			return refusal{err}
		}
		after, err = t.change(o, c)
		return err
	})
	switch {
	case errors.Is(err, errUnchanged):
		return o, nil
	case err != nil:
		return payment.Order{}, err
	}
	return *after, nil
}

// change queues a change of an order: the order, what leads to it, its work, and the audit's entry. What the database
// gives to the order is filled in when the transaction is committed.
func (t *tx) change(old payment.Order, c payment.Change) (*payment.Order, error) {
	o, court := c.Order, t.l.court
	o.Lease = old.Lease // no rule's to change
	edge := payment.Edge{From: old.State, Event: c.Event, To: o.State}
	if c.Event == "" && o.State != old.State || c.Event != "" && !payment.Allowed(edge) || o.No != old.No {
		return nil, refusal{&payment.TransitionError{Order: old.No, Edge: edge}}
	}
	if c.Event == "" && len(c.Owed) == 0 && reflect.DeepEqual(o, old) {
		return nil, errUnchanged
	}
	doc, err := document(o)
	if err != nil {
		return nil, refusal{err}
	}
	var turned []payment.Effect
	if len(c.Turns) > 0 {
		if err := t.ask(func(b *pgx.Batch) {
			b.Queue(lockEffects, court, o.No).Query(collect(&turned, scanEffect))
		}); err != nil {
			return nil, err
		}
	}
	if o.Request != old.Request {
		if err := t.remember(o); err != nil {
			return nil, err
		}
	}
	if !slices.Equal(o.Labels, old.Labels) {
		t.queue(deleteLabels, court, o.No)
		t.queue(putLabels, court, o.Labels, o.No)
	}
	device, _ := o.Elsewhere()
	numbered := o.State == payment.Paid && o.Sequence == 0
	if numbered { // who changes one of them has it locked before the head of the audit, which is locked next
		t.queue(lockEffects, court, o.No)
	}
	t.queue(updateOrder, court, o.No, o.State, o.Recovered, o.Final(), o.Amount, o.PaidAmount, digits(o.TransactionID),
		o.Sequence, device, atOrNull(o.PaidAt), c.Moves(old), numbered, doc).
		QueryRow(func(row pgx.Row) error {
			err := row.Scan(&o.Sequence, &o.ChangedAt)
			o.ChangedAt = o.ChangedAt.UTC()
			return err
		})
	if numbered || !o.PaidAt.Equal(old.PaidAt) || o.Sequence != old.Sequence {
		t.queue(rankEffects, court, o.No)
	}
	if err := t.turn(turned, c); err != nil {
		return nil, err
	}
	for _, e := range c.Owed {
		e.Order = o.No
		if err := t.owe(e); err != nil {
			return nil, err
		}
	}
	event := cmp.Or(string(c.Event), "noted")
	t.record(payment.Entry{Order: o.No, From: old.State, Event: event, To: o.State, Note: c.Note, By: c.By})
	return &o, nil
}

// orders reads what a statement finds.
func (l *Ledger) orders(ctx context.Context, sql string, args ...any) ([]payment.Order, error) {
	return query(ctx, l, scanOrder, sql, args...)
}

// Order returns one order.
func (l *Ledger) Order(ctx context.Context, no string) (payment.Order, error) {
	return only(l.orders(ctx, readOrder, no))
}

// OfBill returns the orders of a bill, oldest first.
func (l *Ledger) OfBill(ctx context.Context, k payment.Key) ([]payment.Order, error) {
	return l.orders(ctx, readBill, billHash(k))
}

// Labelled returns the orders that carry a label, oldest first.
func (l *Ledger) Labelled(ctx context.Context, label string) ([]payment.Order, error) {
	return l.orders(ctx, readLabelled, label)
}

// Unsettled returns the orders that are not final, oldest first.
func (l *Ledger) Unsettled(ctx context.Context) ([]payment.Order, error) {
	return l.orders(ctx, readUnsettled)
}
