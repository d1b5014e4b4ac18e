package postgres

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"courtkiosk/payment"
)

// fewestDigits is how many of a transaction's last digits are looked for at least.
const fewestDigits = 4

// A spot is where an index has an order: a page goes on behind it.
type spot struct {
	at   int64 // microseconds of the time that the index sorts by
	born int64
}

func (s spot) String() string { return fmt.Sprintf("%d.%d", s.at, s.born) }

// Find returns a page of what a filter describes. It walks one index, and looks at no more of it than a page holds, so
// that a filter which fits little does not read a year.
func (l *Ledger) Find(ctx context.Context, f payment.Filter) (page payment.Page, err error) {
	if f.N < 1 || f.N > payment.MaxPage {
		return page, fmt.Errorf("%w: %d orders a page", payment.ErrFilter, f.N)
	}
	if f.Transaction != "" && len(f.Transaction) < fewestDigits {
		return page, fmt.Errorf("%w: %d digits of a transaction", payment.ErrFilter, len(f.Transaction))
	}
	before := spot{1<<63 - 1, 1<<63 - 1}
	if f.Before != "" {
		if n, err := fmt.Sscanf(f.Before, "%d.%d", &before.at, &before.born); err != nil || n != 2 ||
			before.String() != f.Before {
			return page, fmt.Errorf("%w: no page ended with %q", payment.ErrFilter, f.Before)
		}
	}
	f.Paid = f.Paid || f.PaidTo != ""
	sql, args := walk(f)
	at, born := before.time(), before.born
	// An index is entered at the spot, wherever the day is: the walk begins where that ends.
	if end := dayTo(f.Day); !at.Before(end) {
		at, born = end, 0
	}
	var looked []seen
	err = l.read(ctx, func(b *pgx.Batch) {
		b.Queue(sql, append([]any{l.court, at, born, dayFrom(f.Day), dayTo(f.Day), f.N + 1},
			args...)...).Query(collect(&looked, scanSeen))
	})
	if err != nil {
		return page, err
	}
	if len(looked) > f.N {
		looked = looked[:f.N]
		page.Next = looked[f.N-1].spot.String()
	}
	for _, s := range looked {
		if matches(f, s.order) {
			page.Orders = append(page.Orders, s.order)
		}
	}
	return page, nil
}

func (s spot) time() time.Time {
	if s.at == 1<<63-1 {
		return dayTo(time.Time{})
	}
	return time.UnixMicro(s.at).UTC()
}

// dayFrom and dayTo are the ends of a day in China, and of all time without one.
func dayFrom(day time.Time) time.Time {
	if day.IsZero() {
		return time.Date(1, 1, 1, 0, 0, 0, 0, time.UTC)
	}
	y, m, d := day.In(payment.China).Date()
	return time.Date(y, m, d, 0, 0, 0, 0, payment.China)
}

func dayTo(day time.Time) time.Time {
	if day.IsZero() {
		return time.Date(9999, 12, 31, 0, 0, 0, 0, time.UTC)
	}
	return dayFrom(day).AddDate(0, 0, 1)
}

// A seen order is one with its spot.
type seen struct {
	spot
	order payment.Order
}

func scanSeen(row pgx.CollectableRow) (s seen, err error) {
	var f found
	var at time.Time
	if err := row.Scan(append([]any{&at, &s.born}, f.into()...)...); err != nil {
		return s, err
	}
	s.at = at.UnixMicro()
	s.order, err = f.read()
	return s, err
}

// An index is walked from its newest order backwards: those of a court, before a spot, on a day, and with what it is
// searched by. The parameters are court, time and birth of the spot, both ends of the day, and how many.
func index(at, where string) string {
	return statement(`select o.` + at + `, o.born, ` + orderColumns + ` from courtkiosk.orders o where court = $1
		and (` + at + `, born) < ($2, $3) and ` + at + ` >= $4 and ` + at + ` < $5` + where + `
		order by ` + at + ` desc, born desc limit $6`)
}

// either walks two indexes at once: an amount is what was asked for, or what was paid.
func either(at string) string {
	part := `(select o.` + at + ` as at, o.born, ` + orderColumns + ` from courtkiosk.orders o where court = $1
		and (` + at + `, born) < ($2, $3) and ` + at + ` >= $4 and ` + at + ` < $5 and `
	end := ` order by ` + at + ` desc, born desc limit $6)`
	return statement(`select * from (` + part + `amount = $7` + end + ` union all ` + part +
		`paid_amount = $7 and paid_amount <> 0 and paid_amount <> amount` + end + `) o
		order by at desc, born desc limit $6`)
}

const (
	opened = "created_at"
	paid   = "paid_at"
)

var (
	findOpened     = index(opened, "")
	findPaid       = index(paid, "")
	findPaidTo     = index(paid, " and paid_to = $7 and paid_to <> ''")
	findWaiting    = index(paid, " and paid_to = $7 and paid_to <> '' and state = 'foreign'")
	findDigits     = index(opened, " and digits >= $7 and digits < $8 and digits <> ''")
	findDigitsPaid = index(paid, " and digits >= $7 and digits < $8 and digits <> ''")
	findSequence   = index(opened, " and sequence = $7 and sequence <> 0")
	findSerial     = index(opened, " and serial = $7")
	findAmount     = either(opened)
	findAmountPaid = either(paid)
)

// walk says which index a filter walks, and what it is searched by.
func walk(f payment.Filter) (sql string, args []any) {
	or := func(byPaid, byOpened string) string {
		if f.Paid {
			return byPaid
		}
		return byOpened
	}
	switch {
	case f.PaidTo != "" && f.State == payment.Foreign:
		return findWaiting, []any{f.PaidTo}
	case f.PaidTo != "":
		return findPaidTo, []any{f.PaidTo}
	case f.Transaction != "":
		from := digits(f.Transaction)
		return or(findDigitsPaid, findDigits), []any{from, from + "\U0010FFFF"}
	case f.Sequence != 0:
		return findSequence, []any{f.Sequence}
	case f.Serial != 0:
		return findSerial, []any{f.Serial}
	case f.Amount != 0:
		return or(findAmountPaid, findAmount), []any{f.Amount}
	}
	return or(findPaid, findOpened), nil
}

// matches reports whether an order is what a filter asks for beside what its index is searched by.
func matches(f payment.Filter, o payment.Order) bool {
	return !(f.Paid && o.PaidAt.IsZero()) &&
		(f.Day.IsZero() || !f.Paid || dayOf(o.PaidAt) == dayOf(f.Day)) &&
		(f.Sequence == 0 || o.Sequence == f.Sequence) &&
		(f.Serial == 0 || o.Serial == f.Serial) &&
		(f.Amount == 0 || o.Amount == f.Amount || o.PaidAmount == f.Amount) &&
		(f.Device == "" || o.Device == f.Device) &&
		(f.Purse == "" || o.Key.Purse == f.Purse) &&
		(f.State == "" || o.State == f.State)
}
