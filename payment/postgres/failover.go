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
	kept      bool   // this is a machine that remembers, and no tool that only looks
	run       string // the server's own, if a commit of it is seen, which has come through then
}

var (
	// A machine that dies between the two trips of a transaction leaves a bill locked, until the server sees it. What
	// was set for the role, or for the database, must neither acknowledge what is not stored nor break off a wait: one
	// for a standby would leave a commit that everybody sees, and that the standby may not have.
	limits = statement(`select set_config('idle_in_transaction_session_timeout', '10s', false),
		set_config('tcp_keepalives_idle', '5', false), set_config('tcp_keepalives_interval', '2', false),
		set_config('tcp_keepalives_count', '5', false),
		set_config('synchronous_commit', case current_setting('synchronous_commit') when 'remote_apply'
			then 'remote_apply' else 'on' end, false),
		(select count(set_config(name, '0', false)) from pg_settings where name in
			('statement_timeout', 'lock_timeout', 'transaction_timeout', 'idle_session_timeout'))`)

	readStanding = statement(`select l.instance, l.timeline, l.confirmed, l.incomplete, c.seq, c.at,
			(select coalesce(max(server), '') from courtkiosk.beat b where b.court = $1 and b.server = $3)
		from courtkiosk.ledger l join courtkiosk.chain c using (court) where l.court = $1 and l.environment = $2
			and l.moving is null`)
	lockStanding = statement(`select from courtkiosk.ledger where court = $1 for update`)
	readHash     = statement(`select hash from courtkiosk.audit where court = $1 and seq = $2`)
	putTimeline  = statement(`update courtkiosk.ledger set timeline = $2, incomplete = $3 where court = $1`)
	leapReceipts = statement(`update courtkiosk.chain set receipts = receipts + $2 where court = $1`)
)

// arrive compares what a database holds with what this machine remembers, before anything else is asked of a new
// connection to it. It waits for no standby when there is nothing to note: others read meanwhile.
func (l *Ledger) arrive(ctx context.Context, conn *pgx.Conn) error {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	here := behind(conn)
	if _, err := conn.Exec(ctx, limits); err != nil {
		return err
	}
	s, err := l.standing(ctx, conn)
	if err == nil && (s.missing(here.timeline) != "" || s.timeline != here.timeline) {
		err = pgx.BeginFunc(ctx, conn, func(tx pgx.Tx) error { return l.note(ctx, tx, here.timeline) })
	}
	switch {
	case code(err) == "42P01" || code(err) == "3F000" || code(err) == "42501" || errors.Is(err, pgx.ErrNoRows):
		err = nil // no table, no schema, no ledger: that is for Open to say
	case err != nil:
		return err
	}
	before := l.arrived.Swap(&here)
	if s.run == here.run {
		l.sure.Store(&here)
	}
	if before != nil && before.timeline != here.timeline {
		// Whoever still talks to the server that was succeeded talks to nobody.
		l.pool.Reset()
		l.pulse.abandon(here.timeline)
	}
	return err
}

// standing reads it in one trip.
func (l *Ledger) standing(ctx context.Context, conn *pgx.Conn) (s standing, err error) {
	here := behind(conn)
	var instance string
	var hashes [][]byte
	entry, hash, of := l.place.last()
	var b pgx.Batch
	b.Queue(ofCourt, l.court)
	b.Queue(readHash, l.court, int64(entry)).Query(collect(&hashes, pgx.RowTo[[]byte]))
	b.Queue(readStanding, l.court, l.demanded, here.run).QueryRow(func(row pgx.Row) error {
		return row.Scan(&instance, &s.timeline, &s.confirmed, &s.lost, &s.last.Seq, &s.last.At, &s.run)
	})
	err = conn.SendBatch(ctx, &b).Close()
	s.kept = l.place.path != ""
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
	s, err := l.standing(ctx, tx.Conn())
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
	case timeline == s.timeline || s.last.Seq == 0:
	case !s.confirmed:
		return "another server has taken over, and no standby had to confirm what was stored"
	case s.entry == 0 && s.kept: // what was put back to a point in time looks like a standby that has taken over
		return "another server has taken over, and this machine does not remember how far the ledger was"
	}
	return ""
}
