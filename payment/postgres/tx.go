package postgres

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"
	"sync/atomic"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"

	"courtkiosk/payment"
)

// statements are all that the ledger ever sends, but for what begins and ends a transaction: a test has the database
// prepare each of them.
var statements []string

func statement(sql string) string {
	statements = append(statements, sql)
	return sql
}

var (
	ofCourt = statement(`select set_config('app.court', $1, true)`)
	notify  = statement(`select pg_notify('courtkiosk', $1)`)
)

// A refusal is an error of a rule: nothing was written, and nothing is wrong with the ledger.
type refusal struct{ error }

func (r refusal) Unwrap() error { return r.error }

// errUnchanged: there is nothing to write.
var errUnchanged = errors.New("postgres: nothing to write")

// A tx is a transaction: what was read in its first trip is decided upon, and written in its second.
type tx struct {
	l     *Ledger
	ctx   context.Context
	conn  *pgxpool.Conn
	slot  chan struct{} // what it has taken a place in
	until time.Time     // for how long who asked for it has patience
	todo  pgx.Batch
	entry uint64 // the last that it appends to the audit
	hash  []byte
	// It changes a row whatever happens, so its commit waits for the standby. One that changes none comes through at
	// once, and proves nothing.
	stores bool
}

// queue adds a statement to the second trip.
func (t *tx) queue(sql string, args ...any) *pgx.QueuedQuery { return t.todo.Queue(sql, args...) }

// ask makes a trip of its own, in which something more is read.
func (t *tx) ask(queue func(b *pgx.Batch)) error {
	var b pgx.Batch
	queue(&b)
	return t.conn.SendBatch(t.ctx, &b).Close()
}

// write runs a transaction. What reads queues is read in the first trip, after the transaction has begun; decide looks
// at it, and queues what is to be written. Both may be run again, with everything read anew. An error of decide that is
// no refusal, and not errUnchanged, must be the database's.
func (l *Ledger) write(ctx context.Context, reads func(b *pgx.Batch), decide func(t *tx) error) error {
	until := time.Now().Add(patience)
	err := l.again(ctx, until, func() error { return l.once(ctx, l.writing, until, reads, decide) })
	r, refused := errors.AsType[refusal](err)
	if (refused || errors.Is(err, errUnchanged)) && (l.doubt.any() || !l.pulse.proves() || l.unsure()) {
		// What it was decided on may lie on one machine alone. A commit that comes through says that it does not.
		if sure := l.again(ctx, until, func() error {
			return l.once(ctx, l.writing, until, nil, l.touch)
		}); sure != nil {
			return sure
		}
	}
	if refused {
		return r.error
	}
	return err
}

// once runs a transaction once.
func (l *Ledger) once(
	ctx context.Context, slot chan struct{}, until time.Time, reads func(b *pgx.Batch), decide func(t *tx) error,
) error {
	wait, cancel := context.WithDeadline(ctx, until)
	defer cancel()
	select {
	case slot <- struct{}{}:
	case <-wait.Done():
		return errors.Join(errBusy, context.Cause(wait))
	}
	conn, err := l.pool.Acquire(wait)
	if err != nil {
		<-slot
		return err
	}
	t := &tx{l: l, ctx: wait, conn: conn, slot: slot, until: until}
	if err := t.begin(ctx, reads, decide); err != nil {
		t.leave(err)
		return err
	}
	return t.commit(ctx)
}

// errBusy: every connection waits for an answer.
var errBusy = errors.New("postgres: all connections wait for the database")

// begin makes the first trip and decides.
func (t *tx) begin(ctx context.Context, reads func(b *pgx.Batch), decide func(t *tx) error) error {
	var staff payment.Staff
	may := payment.Guard(ctx)
	err := t.ask(func(b *pgx.Batch) {
		b.Queue("begin isolation level read committed")
		b.Queue(ofCourt, t.l.court)
		if may != nil {
			b.Queue(shareShelf, t.l.court, bookOfPeople)
			queueStaff(b, t.l.court, &staff)
		}
		if reads != nil {
			reads(b)
		}
	})
	if err != nil {
		return err
	}
	if may != nil {
		if err := may(staff); err != nil {
			return refusal{err}
		}
	}
	return decide(t)
}

// leave ends a transaction that writes nothing, and gives its connection back, or away.
func (t *tx) leave(why error) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(t.ctx), patience)
	defer cancel()
	conn := t.conn.Conn()
	if broken(why) {
		_ = conn.Close(ctx) // it is of no use
	} else if conn.PgConn().TxStatus() != 'I' && !conn.IsClosed() {
		if _, err := conn.Exec(ctx, "rollback"); err != nil {
			_ = conn.Close(ctx)
		}
	}
	t.conn.Release()
	<-t.slot
}

// commit makes the second trip. Who asked for it waits for as long as there is patience, and a second at least, or
// until their own context ends; the connection waits for the answer all the same.
func (t *tx) commit(ctx context.Context) error {
	committed, doubts := false, t.l.doubt.begun()
	conn := t.conn.Conn().PgConn()
	delete(conn.CustomData(), warned)
	t.todo.Queue("commit").Exec(func(tag pgconn.CommandTag) error {
		committed = tag.String() == "COMMIT"
		return nil
	})
	t.todo.Queue(notify, t.l.court) // behind the commit: inside, it would hold up every commit of the database
	done := make(chan error, 1)
	end := t.l.pulse.begin(behind(t.conn.Conn()).timeline, conn.Conn())
	go func() {
		err := t.conn.SendBatch(context.WithoutCancel(ctx), &t.todo).Close()
		switch warning, ok := conn.CustomData()[warned]; {
		case committed && ok: // somebody cancelled its wait for the standby: it is seen, and may be lost
			t.l.doubt.add()
			err = fmt.Errorf("%w: %v", payment.ErrUnsure, warning)
		case committed:
			err = nil
			if t.stores {
				t.l.confirmed(behind(t.conn.Conn()))
				t.l.doubt.gone(doubts)
			}
			t.l.place.saw(t.entry, t.hash)
		case err == nil:
			err = errors.New("postgres: the commit was turned into a rollback")
		case unknown(err):
			t.l.doubt.add()
			err = fmt.Errorf("%w: %w", payment.ErrUnsure, err)
		}
		end(err == nil && t.stores)
		t.leave(err)
		done <- err
	}()
	timer := time.NewTimer(max(time.Second, time.Until(t.until)))
	defer timer.Stop()
	select {
	case err := <-done:
		return err
	case <-ctx.Done():
		t.l.doubt.add()
		return fmt.Errorf("%w: %w", payment.ErrUnsure, ctx.Err())
	case <-timer.C:
		t.l.doubt.add()
		return fmt.Errorf("%w: %w", payment.ErrUnsure, away(errors.New("a commit has no answer")))
	}
}

// confirmed notes that a commit came through: all that its server shows of earlier runs is stored for good.
func (l *Ledger) confirmed(by server) {
	if at := l.arrived.Load(); at != nil && *at == by {
		l.sure.Store(at)
	}
}

// unsure reports whether no commit has come through yet in the run of the server that was connected to last.
func (l *Ledger) unsure() bool {
	arrived, sure := l.arrived.Load(), l.sure.Load()
	return arrived != nil && (sure == nil || *arrived != *sure)
}

// read runs what queue asks, each statement on what was committed before it. What a server shows that may have crashed
// is told only once a commit has come through.
func (l *Ledger) read(ctx context.Context, queue func(b *pgx.Batch)) error {
	if err := l.see(ctx, queue); err != nil || !l.unsure() {
		return err
	}
	until := time.Now().Add(patience)
	wait, cancel := context.WithDeadline(ctx, until)
	defer cancel()
	select { // one proof is enough for all who read
	case l.proving <- struct{}{}:
		defer func() { <-l.proving }()
	case <-wait.Done():
		return errors.Join(away(errBusy), ctx.Err())
	}
	if !l.unsure() {
		return nil
	}
	if err := l.again(ctx, until, func() error { return l.once(ctx, l.writing, until, nil, l.touch) }); err != nil {
		return away(fmt.Errorf("what was read is not confirmed: %v", err))
	}
	return nil
}

// see is read without a proof that what is seen will stay. A server that stands still, and leaves the line open, is
// waited for no longer than one that is gone.
func (l *Ledger) see(ctx context.Context, queue func(b *pgx.Batch)) error {
	return l.readWithin(ctx, patience, queue)
}

// readWithin is see for what may take longer than anybody at a screen waits.
func (l *Ledger) readWithin(ctx context.Context, most time.Duration, queue func(b *pgx.Batch)) error {
	until := time.Now().Add(patience)
	return l.again(ctx, until, func() error {
		wait, cancel := context.WithTimeout(ctx, most)
		defer cancel()
		connect, cancel := context.WithDeadline(wait, until)
		defer cancel()
		conn, err := l.pool.Acquire(connect)
		if err != nil {
			return err
		}
		defer conn.Release()
		var b pgx.Batch
		b.Queue(ofCourt, l.court)
		queue(&b)
		err = conn.SendBatch(wait, &b).Close()
		if broken(err) {
			_ = conn.Conn().Close(wait)
		}
		return err
	})
}

// How often a transaction is run again that the database could not serialise with others, or whose row another one has
// made meanwhile.
const (
	conflicts  = 20
	duplicates = 5
)

// again runs do until it comes to an end: what collided with others is run again a few times, what met a broken
// connection until a time.
func (l *Ledger) again(ctx context.Context, until time.Time, do func() error) error {
	for try := 1; ; try++ {
		begun := time.Now()
		err := do()
		switch {
		case err == nil, errors.Is(err, errUnchanged), errors.Is(err, payment.ErrUnsure):
			return err
		case collided(err):
			if try == conflicts || try == duplicates && code(err) == "23505" {
				return fmt.Errorf("%w: %w", payment.ErrConflict, err)
			}
		case broken(err) && ctx.Err() == nil:
			l.pulse.missed(err, begun)
			if code(err) == "25006" {
				l.pool.Reset() // the other connections lead to the same server
			}
			if !time.Now().Before(until) {
				return away(err)
			}
		default:
			return named(err)
		}
		select {
		case <-time.After(time.Duration(1+rand.IntN(10*min(try, 10))) * time.Millisecond):
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// code is the SQLSTATE of an error, empty when it has none.
func code(err error) string {
	if e, ok := errors.AsType[*pgconn.PgError](err); ok {
		return e.Code
	}
	return ""
}

// collided: serialization_failure, deadlock_detected, unique_violation.
func collided(err error) bool {
	switch code(err) {
	case "40001", "40P01", "23505":
		return true
	}
	return false
}

// broken reports whether another connection may do better: the server is shut down (class 57P), was demoted (25006),
// has lost patience (25P03) or has no room for connections (53300), or the line is cut.
func broken(err error) bool {
	c := code(err)
	switch {
	case err == nil, errors.Is(err, errUnchanged), errors.Is(err, payment.ErrDamaged):
		return false
	case strings.HasPrefix(c, "57P"), strings.HasPrefix(c, "08"), c == "25006", c == "25P03", c == "53300":
		return true
	case c != "":
		return false
	}
	if _, ok := errors.AsType[refusal](err); ok {
		return false
	}
	return !errors.Is(err, errScan)
}

// unknown reports whether a transaction whose commit had begun to leave may be stored. The database names a refusal by
// its code; one that was shut down while a commit waited for the standby has stored it.
func unknown(err error) bool {
	c := code(err)
	return c == "" && !pgconn.SafeToRetry(err) || strings.HasPrefix(c, "57P") || strings.HasPrefix(c, "08")
}

// named says by a sentinel of payment what the database refuses.
func named(err error) error {
	c := code(err)
	switch {
	case strings.HasPrefix(c, "53"), strings.HasPrefix(c, "58"), c == "42501":
		return fmt.Errorf("%w: %w", payment.ErrNotWritable, err)
	case strings.HasPrefix(c, "XX"):
		return fmt.Errorf("%w: %w", payment.ErrDamaged, err)
	}
	return err
}

// errScan: what the database holds cannot be read.
var errScan = fmt.Errorf("%w: it cannot be read", payment.ErrDamaged)

// A doubt counts the commits of which nobody knows what became of them. One that was sent after them, and came through,
// says that those which are stored are so for good.
type doubt struct{ begin, end atomic.Int64 }

func (d *doubt) add()         { d.begin.Add(1) }
func (d *doubt) begun() int64 { return d.begin.Load() }
func (d *doubt) any() bool    { return d.begin.Load() > d.end.Load() }

// gone notes that a commit came through that was sent when there had been so many.
func (d *doubt) gone(n int64) {
	for {
		end := d.end.Load()
		if end >= n || d.end.CompareAndSwap(end, n) {
			return
		}
	}
}
