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
	entry     uint64 // the last that this machine remembers; none is 0
	here      bool   // it is as it was
}

var (
	readStanding = statement(`select l.instance, l.timeline, l.confirmed, l.incomplete, c.seq, c.at
		from courtkiosk.ledger l join courtkiosk.chain c using (court) where l.court = $1 and l.environment = $2`)
	lockStanding = statement(`select from courtkiosk.ledger where court = $1 for update`)
	readHash     = statement(`select hash from courtkiosk.audit where court = $1 and seq = $2`)
	putTimeline  = statement(`update courtkiosk.ledger set timeline = $2, incomplete = $3 where court = $1`)
	leapReceipts = statement(`update courtkiosk.chain set receipts = receipts + $2 where court = $1`)
)

// arrive compares what a database holds with what this machine remembers, before anything else is asked of a new
// connection to it. It waits for no standby when there is nothing to note: others read meanwhile.
func (l *Ledger) arrive(ctx context.Context, conn *pgx.Conn) error {
	l.doubt.add() // the server may have crashed, and show what its standby never had
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	timeline := timelineOf(conn)
	s, err := l.standing(ctx, conn)
	if err == nil && (s.missing(timeline) != "" || s.timeline != timeline) {
		err = pgx.BeginFunc(ctx, conn, func(tx pgx.Tx) error { return l.note(ctx, tx, timeline) })
	}
	switch {
	case code(err) == "42P01" || code(err) == "3F000" || code(err) == "42501" || errors.Is(err, pgx.ErrNoRows):
		err = nil // no table, no schema, no ledger: that is for Open to say
	case err != nil:
		return err
	}
	if before := l.arrived.Swap(timeline); before != 0 && before != timeline {
		// Whoever still talks to the server that was succeeded talks to nobody.
		l.pool.Reset()
		l.pulse.abandon(timeline)
	}
	return err
}

// standing reads it in one trip.
func (l *Ledger) standing(ctx context.Context, from interface {
	SendBatch(context.Context, *pgx.Batch) pgx.BatchResults
}) (s standing, err error) {
	var instance string
	var hashes [][]byte
	entry, hash, of := l.place.last()
	var b pgx.Batch
	b.Queue(ofCourt, l.court)
	b.Queue(readHash, l.court, int64(entry)).Query(collect(&hashes, pgx.RowTo[[]byte]))
	b.Queue(readStanding, l.court, l.demanded).QueryRow(func(row pgx.Row) error {
		return row.Scan(&instance, &s.timeline, &s.confirmed, &s.lost, &s.last.Seq, &s.last.At)
	})
	err = from.SendBatch(ctx, &b).Close()
	if s.here = true; entry > 0 && instance == of {
		s.entry, s.here = entry, len(hashes) == 1 && bytes.Equal(hashes[0], hash)
	}
	return s, err
}

// note writes down that the ledger is on a new timeline, which makes the receipt numbers leap, or that something is
// lost.
func (l *Ledger) note(ctx context.Context, tx pgx.Tx, timeline int64) error {
	if _, err := tx.Exec(ctx, ofCourt, l.court); err != nil {
		return err
	}
	if _, err := tx.Exec(ctx, lockStanding, l.court); err != nil {
		return err
	}
	s, err := l.standing(ctx, tx)
	if err != nil {
		return err
	}
	why := s.missing(timeline)
	if why == "" && timeline == s.timeline {
		return nil // another machine has noted it meanwhile
	}
	note := fmt.Sprintf("timeline %d to %d", s.timeline, timeline)
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
	l.log.WarnContext(ctx, "ledger's database is another", "note", note)
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.incomplete = s.lost; why != "" {
		l.fail(errors.New(why))
		return l.place.forget(head.Seq, head.Hash)
	}
	return nil
}

// missing says why something may be missing that was stored once; nothing when all is known to be here.
func (s standing) missing(timeline int64) (why string) {
	switch {
	case !s.here:
		return fmt.Sprintf("the database was put back: entry %d is not as it was", s.entry)
	case timeline != s.timeline && !s.confirmed && s.last.Seq > 0:
		return "another server has taken over, and no standby had to confirm what was stored"
	}
	return ""
}
