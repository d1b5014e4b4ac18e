package postgres

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"courtkiosk/payment"
)

// atOnce is how many entries of the audit are verified at a time.
const atOnce = 5000

// verifyWithin is how long one question of a check may take: it reads every order.
const verifyWithin = 10 * time.Minute

// findings are what may be wrong with a ledger, each as a statement that names what is: the text of its one column.
var findings = []string{
	statement(`select format('order %s is %s, its last audit entry says %s', o.no, o.state, coalesce(a."to", 'nothing'))
		from courtkiosk.orders o left join lateral (select "to" from courtkiosk.audit where court = $1 and no = o.no
			and "to" <> '' order by seq desc limit 1) a on true
		where o.court = $1 and o.state is distinct from a."to"`),
	statement(`select format('order %s is not what its columns say', no) from courtkiosk.orders where court = $1 and (
		doc->>'No' <> no or doc->>'State' <> state or (doc->>'Amount')::bigint <> amount
		or (doc->>'PaidAmount')::bigint <> paid_amount or doc->'Key'->>'Court' <> key_court
		or doc->'Key'->>'Purse' <> key_purse or doc->'Key'->>'Bill' <> key_bill
		or reverse(doc->>'TransactionID') <> digits)`),
	statement(`select format('order %s is not found by its label', o.no) from courtkiosk.orders o,
		json_array_elements_text(case json_typeof(o.doc->'Labels') when 'array' then o.doc->'Labels' else '[]' end)
		label
		where o.court = $1 and not exists (select from courtkiosk.label l where l.court = $1 and l.no = o.no
			and l.label = label.value)`),
	statement(`select format('label %s leads to no order', no) from courtkiosk.label l where court = $1 and not exists
		(select from courtkiosk.orders o where o.court = $1 and o.no = l.no)`),
	statement(`select format('order %s is not found by its request', no) from courtkiosk.orders o where court = $1
		and coalesce(doc->>'Request', '') <> '' and not exists (select from courtkiosk.request r where r.court = $1
			and r.id = o.doc->>'Request' and r.no = o.no)`),
	statement(`select format('order %s has serial %s, which its day has not given yet', o.no, o.serial)
		from courtkiosk.orders o left join courtkiosk.day d on d.court = $1 and d.device = o.device
			and d.day = (o.created_at at time zone 'Asia/Shanghai')::date
		where o.court = $1 and coalesce(d.n, 0) < o.serial`),
	statement(`select format('order %s has receipt number %s, which the ledger has not given yet', o.no, o.sequence)
		from courtkiosk.orders o join courtkiosk.chain c using (court) where court = $1 and o.sequence > c.receipts`),
	statement(`select format('effect %s of order %s is not what its columns say, or its order is not there',
			e.kind, e.no)
		from courtkiosk.effect e left join courtkiosk.orders o using (court, no) where court = $1
		and (o.no is null or e.doc->>'State' <> e.state or e.doc->>'Kind' <> e.kind or e.sequence <> o.sequence
			or e.paid_at is distinct from o.paid_at)`),
	statement(`select format('personal data of an unknown order %s', no) from courtkiosk.personal p where court = $1
		and not exists (select from courtkiosk.orders o where o.court = $1 and o.no = p.no)`),
	statement(`select format('refunds of order %s: %s parts of %s, and it says %s', r.order_no, count(*), sum(case
			when r.doc->>'State' = 'done' then (r.doc->>'Sum')::bigint else 0 end), max(o.doc->'Refunding'#>>'{}'))
		from courtkiosk.refund r left join courtkiosk.orders o on o.court = $1 and o.no = r.order_no where r.court = $1
		group by r.order_no, o.doc->'Refunding'->>'Parts', o.doc->'Refunding'->>'Done'
		having count(*) <> coalesce((o.doc->'Refunding'->>'Parts')::bigint, 0) or sum(case when r.doc->>'State' = 'done'
			then (r.doc->>'Sum')::bigint else 0 end) <> coalesce((o.doc->'Refunding'->>'Done')::bigint, 0)`),
	statement(`select format('the audit has %s entries, and its head says %s', count(a.seq), max(c.seq))
		from courtkiosk.chain c left join courtkiosk.audit a using (court) where court = $1
		group by court having count(a.seq) <> max(c.seq) or coalesce(max(a.seq), 0) <> max(c.seq)`),
	statement(`select 'the head of the audit is not its last entry' from courtkiosk.chain c join courtkiosk.audit a
		using (court, seq) where court = $1 and a.hash <> c.hash`),
}

// Verify reads the audit's chain and compares records and indexes, and says in words what is wrong. What is written
// meanwhile is seen whole or not at all, by each of its questions.
func (l *Ledger) Verify(ctx context.Context) ([]string, error) {
	var wrong []string
	for seq := uint64(0); ; {
		list, err := l.Since(ctx, seq, atOnce)
		if err != nil {
			if errors.Is(err, payment.ErrDamaged) {
				wrong = append(wrong, err.Error())
				break
			}
			return nil, err
		}
		if len(list) == 0 {
			break
		}
		seq = list[len(list)-1].Seq
	}
	for _, sql := range findings {
		var found []string
		err := l.readWithin(ctx, verifyWithin, func(b *pgx.Batch) {
			b.Queue(sql, l.court).Query(collect(&found, pgx.RowTo[string]))
		})
		if err != nil {
			return wrong, fmt.Errorf("verify: %w", err)
		}
		wrong = append(wrong, found...)
	}
	return wrong, nil
}

var readCensus = statement(`select
	(select count(*) from courtkiosk.orders where court = $1),
	(select count(*) from courtkiosk.orders where court = $1 and not final),
	(select count(*) from courtkiosk.orders where court = $1 and state = 'paid'),
	(select count(*) from courtkiosk.effect where court = $1 and state <> 'done'),
	(select count(*) from courtkiosk.personal where court = $1),
	(select seq from courtkiosk.chain where court = $1),
	pg_database_size(current_database())`)

// Census counts what the ledger holds; its bytes are those of the whole database.
func (l *Ledger) Census(ctx context.Context) (c payment.Census, err error) {
	err = l.readWithin(ctx, verifyWithin, func(b *pgx.Batch) {
		b.Queue(readCensus, l.court).QueryRow(func(row pgx.Row) error {
			return row.Scan(&c.Orders, &c.Open, &c.Paid, &c.Owed, &c.Personal, &c.Entries, &c.Bytes)
		})
	})
	return c, err
}
