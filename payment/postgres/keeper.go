package postgres

import (
	"context"
	"errors"
	"fmt"
	"net"
	"sync"
	"time"

	"github.com/jackc/pgx/v5"

	"courtkiosk/payment"
)

// beatEvery is how often a ledger proves that it could store something.
const beatEvery = time.Second

// A pulse is how the database answers.
type pulse struct {
	mu      sync.Mutex
	waiting map[*waiting]bool
	proven  time.Time // when the last of those commits began that came through
	missing time.Time // since when nothing does; zero while it does
	err     error     // why
}

// A waiting commit has no answer yet.
type waiting struct {
	since    time.Time
	timeline int64 // of its server
	line     net.Conn
}

// begin notes that a commit leaves for a server, and returns what notes its answer, and whether that
// proves that the database stores.
func (p *pulse) begin(timeline int64, line net.Conn) (end func(proves bool)) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.waiting == nil {
		p.waiting = make(map[*waiting]bool)
	}
	w := &waiting{time.Now(), timeline, line}
	p.waiting[w] = true
	return func(proves bool) {
		p.mu.Lock()
		defer p.mu.Unlock()
		delete(p.waiting, w)
		if !proves {
			return
		}
		p.missing, p.err = time.Time{}, nil
		if w.since.After(p.proven) {
			p.proven = w.since
		}
	}
}

const nobody = -1 // is the timeline of no server

// abandon cuts the lines of the commits that wait for a server of another timeline than today's: it was succeeded.
// They are not cancelled.
func (p *pulse) abandon(timeline int64) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for w := range p.waiting {
		if w.timeline != timeline {
			_ = w.line.Close() // its reader says what became of it
		}
	}
}

// missed notes that the database gave no answer to what it was asked at a time. Where a commit has come through that
// began later, it is missing since now at most.
func (p *pulse) missed(err error, since time.Time) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.proven.After(since) {
		since = time.Now()
	}
	if p.missing.IsZero() {
		p.missing = since
	}
	p.err = err
}

// ready returns payment.ErrAway once nothing has come through for longer than there is patience for. A commit that
// waits while a later one has come through says nothing of the database.
func (p *pulse) ready(now time.Time) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	for w := range p.waiting {
		if waits := now.Sub(w.since); waits >= patience && w.since.After(p.proven) {
			return fmt.Errorf("%w: a commit has waited for %v", payment.ErrAway, waits.Round(time.Second))
		}
	}
	if !p.missing.IsZero() && now.Sub(p.missing) >= patience {
		return fmt.Errorf("%w since %s: %w", payment.ErrAway, p.missing.Format(time.RFC3339), p.err)
	}
	return nil
}

// proves reports whether a commit has come through lately.
func (p *pulse) proves() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return time.Since(p.proven) < 2*beatEvery
}

var (
	putBeat = statement(`insert into courtkiosk.beat (court, holder, at, timeline, server)
		values ($1, $2, clock_timestamp(), $3, $4) on conflict (court, holder)
		do update set at = excluded.at, timeline = excluded.timeline, server = excluded.server`)
	// With a standby that must confirm, and synchronous_commit on, what was acknowledged is on two machines.
	putConfirmed = statement(`with standby as (select current_setting('synchronous_standby_names') <> ''
			and current_setting('synchronous_commit') in ('on', 'remote_apply') as confirmed)
		update courtkiosk.ledger l set confirmed = standby.confirmed from standby
		where l.court = $1 and l.confirmed <> standby.confirmed`)
	readIncomplete = statement(`select incomplete from courtkiosk.ledger where court = $1`)
)

// touch writes that this machine is here, and whether what is acknowledged is on two machines.
func (l *Ledger) touch(t *tx) error {
	t.queue(putConfirmed, l.court)
	s := behind(t.conn.Conn())
	t.queue(putBeat, l.court, l.Holder(), s.timeline, s.run)
	t.stores = true
	return nil
}

// beat proves once a second that the database stores, and looks whether another machine has found that some of the
// ledger is lost.
func (l *Ledger) beat(ctx context.Context) {
	tick := time.NewTicker(beatEvery)
	defer tick.Stop()
	for {
		err := l.prove(ctx)
		if err == nil || errors.Is(err, payment.ErrUnsure) {
			err = l.look(ctx)
		}
		if err != nil && ctx.Err() == nil {
			l.log.WarnContext(ctx, "ledger's database gives no answer", "err", err)
			l.pool.Reset() // a server that hangs is found out by each connection anew
		}
		if err := l.place.write(); err != nil {
			l.log.WarnContext(ctx, "ledger's place not remembered", "err", err)
		}
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}

// prove has a commit come through; while an earlier one of its own waits, it sends none.
func (l *Ledger) prove(ctx context.Context) error {
	if len(l.beating) > 0 {
		return nil
	}
	begun := time.Now()
	until := begun.Add(patience)
	err := l.again(ctx, until, func() error { return l.once(ctx, l.beating, until, nil, l.touch) })
	if err != nil && ctx.Err() == nil {
		l.pulse.missed(err, begun)
		l.log.WarnContext(ctx, "ledger's database confirms nothing", "err", err)
	}
	return err
}

// look reads whether the ledger is incomplete. One that became so while this process had it open has lost what this
// process may remember.
func (l *Ledger) look(ctx context.Context) error {
	wait, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	var lost *payment.Lost
	err := l.see(wait, func(b *pgx.Batch) {
		b.Queue(readIncomplete, l.court).QueryRow(func(row pgx.Row) error {
			lost = nil
			return row.Scan(&lost)
		})
	})
	if err != nil {
		return err
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if lost != nil && l.incomplete == nil {
		l.fail(fmt.Errorf("what was stored after %s is lost", lost.As.Format(time.RFC3339)))
	}
	l.incomplete = lost
	return nil
}

// fail says that the process must end. l.mu is held.
func (l *Ledger) fail(err error) {
	if l.failed == nil {
		l.failed = fmt.Errorf("%w: %w", payment.ErrFailed, err)
	}
}

// Ready returns nil while new payments may be begun; else payment.ErrAway while the database gives no answer, or
// payment.ErrFailed once what this process knows may be lost.
func (l *Ledger) Ready(context.Context) error {
	l.mu.Lock()
	failed := l.failed
	l.mu.Unlock()
	if failed != nil {
		return failed
	}
	return l.pulse.ready(time.Now())
}

// Care has nothing to do: the database's own backups are its operator's.
func (l *Ledger) Care(context.Context, time.Time) error { return nil }

// Incomplete tells of a ledger that has lost something WeChat was not asked for yet.
func (l *Ledger) Incomplete() (payment.Lost, bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.incomplete == nil {
		return payment.Lost{}, false
	}
	return *l.incomplete, true
}

var complete = statement(`update courtkiosk.ledger set incomplete = null where court = $1`)

// Complete notes that WeChat was asked for all that may be lost.
func (l *Ledger) Complete(ctx context.Context, note string) error {
	err := l.write(ctx, nil, func(t *tx) error {
		t.queue(complete, l.court)
		t.record(payment.Entry{Event: "complete", Note: note})
		return nil
	})
	if err == nil {
		l.mu.Lock()
		l.incomplete = nil
		l.mu.Unlock()
	}
	return err
}
