package postgres

import (
	"context"
	"errors"
	"time"

	"github.com/jackc/pgx/v5"

	"courtkiosk/payment"
)

const (
	sweptAtOnce = 1000                   // entries
	sweepRest   = 20 * time.Millisecond  // from sweep to sweep, at least: of many notices there is one
	reconnect   = 100 * time.Millisecond // the first wait after a line is lost; the longest is payment.SweptWithin
)

var (
	listen = statement(`listen courtkiosk`)
	// What was stored since: seq counts in the order of the commits, without holes, so nothing comes in behind it.
	readStirred = statement(`select no, seq from courtkiosk.audit where court = $1 and seq > $2 order by seq limit $3`)
	readLast    = statement(`select seq from courtkiosk.chain where court = $1`)
)

// Last returns the sequence number of the last audit entry.
func (l *Ledger) Last(ctx context.Context) (last uint64, err error) {
	err = l.read(ctx, func(b *pgx.Batch) { queueLast(b, l.court, &last) })
	return last, err
}

func queueLast(b *pgx.Batch, court string, last *uint64) {
	b.Queue(readLast, court).QueryRow(func(row pgx.Row) error { return row.Scan(last) })
}

// Stirred tells f of each order that an audit entry after a sequence number is of. It has a connection of its own, and
// another one as soon as that is lost.
func (l *Ledger) Stirred(ctx context.Context, after uint64, f func(no string, seq uint64)) error {
	e := ear{Ledger: l, after: after, tell: f, heard: true}
	for wait := reconnect; ctx.Err() == nil; {
		if e.heard {
			wait = reconnect
		}
		began, heard := time.Now(), e.heard
		err := e.hear(ctx)
		if ctx.Err() != nil {
			break
		}
		if heard || e.heard { // once, while there is none
			l.log.WarnContext(ctx, "line of the ledger's notices is lost", "after", time.Since(began), "err", err)
		}
		select {
		case <-time.After(wait):
		case <-ctx.Done():
		}
		wait = min(2*wait, payment.SweptWithin)
	}
	return ctx.Err()
}

// errPassed: others have been led to another server since, or to another run of it.
var errPassed = errors.New("postgres: the line leads to a server of before")

// An ear hears of what is stored.
type ear struct {
	*Ledger
	after uint64 // told up to here
	tell  func(no string, seq uint64)
	heard bool      // the last line was one
	swept time.Time // when it last looked
}

// hear tells of what was stored, until its line is lost.
func (e *ear) hear(ctx context.Context) error {
	e.heard = false
	config := e.pool.Config().ConnConfig
	config.RuntimeParams["application_name"] += " notices"
	conn, err := pgx.ConnectConfig(ctx, config)
	if err != nil {
		return err
	}
	defer func() {
		shut, cancel := context.WithTimeout(context.WithoutCancel(ctx), patience)
		defer cancel()
		_ = conn.Close(shut) // nothing is asked of it any more
	}()
	here := behind(conn)
	if err := e.arrive(ctx, conn); err != nil {
		return err
	}
	if _, err := conn.Exec(ctx, listen); err != nil {
		return err
	}
	for e.heard = true; ; {
		if at := e.arrived.Load(); at != nil && *at != here {
			return errPassed
		}
		if err := e.sweep(ctx, conn); err != nil {
			return err
		}
		if err := e.rest(ctx, conn); err != nil {
			return err
		}
	}
}

// sweep tells of what was stored since the last one.
func (e *ear) sweep(ctx context.Context, conn *pgx.Conn) error {
	ctx, cancel := context.WithTimeout(ctx, patience) // a line may be dead that nobody has cut
	defer cancel()
	e.swept = time.Now()
	for {
		var last uint64
		var list []payment.Entry
		var b pgx.Batch
		b.Queue(ofCourt, e.court)
		queueLast(&b, e.court, &last)
		b.Queue(readStirred, e.court, int64(e.after), sweptAtOnce).Query(
			collect(&list, func(row pgx.CollectableRow) (one payment.Entry, err error) {
				return one, row.Scan(&one.Order, &one.Seq)
			}))
		if err := conn.SendBatch(ctx, &b).Close(); err != nil {
			return err
		}
		for _, one := range list {
			if e.after = one.Seq; one.Order != "" {
				e.tell(one.Order, one.Seq)
			}
		}
		if len(list) == 0 {
			e.after = min(e.after, last) // a fail-over may have lost some
			return nil
		}
	}
}

// rest waits for a notice, and no longer than nothing may be heard of what was stored. Whatever the notice says, the
// sweep alone is believed.
func (e *ear) rest(ctx context.Context, conn *pgx.Conn) error {
	wait, cancel := context.WithTimeout(ctx, payment.SweptWithin)
	defer cancel()
	for {
		notice, err := conn.WaitForNotification(wait)
		if err != nil && (wait.Err() == nil || ctx.Err() != nil || conn.IsClosed()) {
			return err
		}
		if err != nil {
			return nil
		}
		if notice.Payload == e.court {
			break
		}
	}
	select {
	case <-time.After(time.Until(e.swept.Add(sweepRest))):
	case <-ctx.Done():
		return ctx.Err()
	}
	cancel()
	for { // those that have come are of what is swept now
		if _, err := conn.WaitForNotification(wait); err != nil {
			return nil
		}
	}
}
