package postgres

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5"

	"courtkiosk/payment"
)

// leap is by how many receipt numbers a new timeline is ahead of what the one before may have given and lost.
const leap = 100_000

// A standing is how a court's ledger stands in a database.
type standing struct {
	timeline  int64
	confirmed bool // what was acknowledged is on two machines
	lost      *payment.Lost
	last      payment.Entry
}

var (
	lockStanding = statement(`select timeline, confirmed, incomplete from courtkiosk.ledger where court = $1
		and moving is null for update`)
	readHead     = statement(`select seq, at, hash from courtkiosk.chain where court = $1`)
	readHash     = statement(`select hash from courtkiosk.audit where court = $1 and seq = $2`)
	putTimeline  = statement(`update courtkiosk.ledger set timeline = $2, incomplete = $3 where court = $1`)
	leapReceipts = statement(`update courtkiosk.chain set receipts = receipts + $2 where court = $1`)
)

// arrive compares what the database holds with what this machine remembers.
func (l *Ledger) arrive(ctx context.Context) error {
	conn, err := l.pool.Acquire(ctx)
	if err != nil {
		return away(err)
	}
	defer conn.Release()
	l.arriving.Lock()
	l.arrived = 0
	l.arriving.Unlock()
	return l.arriveBy(ctx, conn.Conn())
}

// arriveBy does that for a connection whose server is of another timeline than the one before it, before anything else
// is asked of that server.
func (l *Ledger) arriveBy(ctx context.Context, conn *pgx.Conn) error {
	l.arriving.Lock()
	defer l.arriving.Unlock()
	timeline, err := timelineOf(ctx, conn.PgConn())
	if err != nil || timeline == l.arrived {
		return err
	}
	err = pgx.BeginFunc(ctx, conn, func(tx pgx.Tx) error {
		if _, err := tx.Exec(ctx, ofCourt, l.court); err != nil {
			return err
		}
		return l.compare(ctx, tx, timeline)
	})
	switch {
	case err == nil:
		l.arrived = timeline
	case code(err) == "42P01" || code(err) == "3F000" || errors.Is(err, pgx.ErrNoRows):
		err = nil // no table, no schema, no ledger: that is for Open to say
	}
	return err
}

// compare holds the database against what this machine remembers. A new timeline makes the receipt numbers leap; what
// is not known to have come over to it is lost.
func (l *Ledger) compare(ctx context.Context, tx pgx.Tx, timeline int64) error {
	var s standing
	if err := tx.QueryRow(ctx, lockStanding, l.court).Scan(&s.timeline, &s.confirmed, &s.lost); err != nil {
		return err
	}
	if err := tx.QueryRow(ctx, readHead, l.court).Scan(&s.last.Seq, &s.last.At, &s.last.Hash); err != nil {
		return err
	}
	why, err := l.missing(ctx, tx, s, timeline)
	if err != nil || why == "" && timeline == s.timeline {
		return err
	}
	note := "timeline " + fmt.Sprint(s.timeline) + " to " + fmt.Sprint(timeline)
	if why != "" {
		if s.lost == nil {
			s.lost = &payment.Lost{Source: why}
			if s.last.Seq > 0 {
				s.lost.As = s.last.At.UTC()
			}
		}
		note += ": " + why
	}
	var incomplete []byte
	if s.lost != nil {
		if incomplete, err = json.Marshal(s.lost); err != nil {
			return err
		}
	}
	var b pgx.Batch
	b.Queue(putTimeline, l.court, timeline, incomplete)
	b.Queue(leapReceipts, l.court, leap)
	head := queueEntry(&b, l.court, payment.Entry{Event: "restored", Note: note})
	if err := tx.SendBatch(ctx, &b).Close(); err != nil {
		return err
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.incomplete = s.lost; why != "" {
		l.fail(errors.New(why))
		return l.place.forget(head.Seq, head.Hash)
	}
	return nil
}

// missing says why something may be missing that was stored once; nothing when all is known to be here.
func (l *Ledger) missing(ctx context.Context, tx pgx.Tx, s standing, timeline int64) (why string, err error) {
	entry, hash := l.place.last()
	if entry > 0 {
		var here []byte
		err := tx.QueryRow(ctx, readHash, l.court, int64(entry)).Scan(&here)
		if err != nil && !errors.Is(err, pgx.ErrNoRows) {
			return "", err
		}
		if !bytes.Equal(here, hash) {
			return fmt.Sprintf("the database was put back: entry %d is not as it was", entry), nil
		}
	}
	switch {
	case timeline == s.timeline || s.last.Seq == 0:
		return "", nil
	case !s.confirmed:
		return "another server has taken over, and no standby had to confirm what was stored", nil
	case entry == 0:
		return "another server has taken over, and this machine does not remember how far the ledger was", nil
	}
	return "", nil
}
