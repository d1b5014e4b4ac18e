// Package postgres is the Ledger that several machines share: a PostgreSQL database, one court's rows of it.
//
// The truth lies in documents, as payment/bolt stores them; columns beside them are what is searched, locked, or given
// by the database: receipt numbers, running numbers, leases, times of change. A rule reads what it is given under a
// lock on its bill, and is run again when the database could not serialise it.
//
// # Decisions
//
// 2026-11-29: a transaction takes two trips. The first begins it, locks and reads; the rule decides; the second writes,
// appends to the audit and commits. READ COMMITTED with a row lock on the bill: each statement sees what was committed
// before it, so what is read after the lock is what nobody else changes. SERIALIZABLE would collapse on the audit's
// head.
//
// 2026-11-29: the head of a court's audit and its last receipt number are one row, which a transaction takes last and
// holds until its commit is durable. So seq counts in the order of the commits, without holes, and may be used as a
// cursor. The hash of an entry is the one of payment/bolt, computed by the database: a ledger that moves here keeps its
// chain.
//
// 2026-11-29: what became of a commit that gets no answer is unknown: payment.ErrUnsure. It is never cancelled: a
// cancelled wait for the standby leaves a commit that everybody sees and that the standby may not have. The caller is
// told after three seconds, the connection goes on waiting, and holds one of the few places of those who write: so a
// server that answers to nobody is not asked by more and more. Until another commit has come through, an answer that
// needs none is confirmed by one of its own: what was read may be on one machine alone. That is so, too, of all that
// is read of a server that has crashed since a commit came through: it shows what its standby never had.
//
// 2026-11-29: a database that gives no answer closes the ledger for new payments (payment.ErrAway) and opens it by
// itself. A fail-over that has lost commits ends the process (payment.ErrFailed): what is in its memory may never have
// happened. The next start finds an incomplete ledger and asks WeChat for what is lost.
// What is noticed is a new timeline whose ledger nobody had to confirm, or which the first machine to come there does
// not remember, and an entry of the audit that a machine remembers and the database has not. A dump that is loaded into
// a new server is of no new timeline: where no machine remembers, nobody notices.
//
// 2026-11-29: leases and claims are rows with an end by the database's clock. The name of a holder is the machine's own
// and lies in a file that one process locks.
//
// 2026-11-29: after each commit a NOTIFY names the court, and no more. Who hears it, on a connection beside the pool,
// reads the audit from where it had read to; without a notice it does so every two seconds. Behind the commit, and not
// within, because PostgreSQL holds one lock of all databases from a NOTIFY to the end of its commit's sync.
package postgres

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"courtkiosk/payment"
)

// patience is how long the ledger waits for an answer of the database before it says that there is none.
const patience = 3 * time.Second

// Options of a ledger.
type Options struct {
	// Place is a file of this machine: its name among the holders of leases, kept over restarts, how far the ledger
	// was, and the highest timeline of the database that it has seen. It is locked while the ledger is open. When it
	// is empty nothing is kept, and the name is another one each time.
	Place string
	Log   *slog.Logger // nil: nothing is logged
}

// A Ledger is a payment.Ledger, payment.Keeper and payment.Stirring in a PostgreSQL database.
type Ledger struct {
	pool     *pgxpool.Pool
	court    string
	demanded string // the environment that the ledger must be of
	identity payment.Identity
	former   []payment.Former
	seam     uint64 // the first audit entry that is chained by today's rule
	log      *slog.Logger
	place    *place
	writing  chan struct{} // as many as may write at once: some connections are kept for those who read
	proving  chan struct{} // the one who has what was read confirmed
	beating  chan struct{} // the one that proves that the database stores, whoever else waits

	doubt doubt
	pulse pulse

	arrived atomic.Pointer[server] // the one that was connected to last
	sure    atomic.Pointer[server] // the one whose run a commit has come through in

	mu         sync.Mutex
	incomplete *payment.Lost
	failed     error

	stop    context.CancelFunc
	running sync.WaitGroup
}

// Open opens the ledger of id's court in the database at dsn, or makes it where that court has none. dsn is libpq's, in
// either form; of several hosts the one is taken that can be written and is of the newest timeline. An empty
// id.Instance is given at random. It refuses with payment.ErrLocked, ErrNewer, ErrOtherCourt, ErrMoving, ErrAway, and
// ErrOlder.
func Open(ctx context.Context, dsn string, id payment.Identity, o Options) (_ *Ledger, err error) {
	l := &Ledger{court: id.Court, demanded: id.Environment, log: cmp.Or(o.Log, slog.New(slog.DiscardHandler))}
	if l.place, err = openPlace(o.Place); err != nil {
		return nil, err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, l.place.close())
		}
	}()
	config, err := l.configured(dsn)
	if err != nil {
		return nil, err
	}
	l.survey(ctx, config.ConnConfig)
	if l.pool, err = pgxpool.NewWithConfig(ctx, config); err != nil {
		return nil, err
	}
	defer func() {
		if err != nil {
			l.pool.Close()
		}
	}()
	if err := l.current(ctx); err != nil {
		return nil, err
	}
	if err := l.admit(ctx, id); err != nil {
		return nil, err
	}
	l.mu.Lock()
	l.failed = nil // what was lost before this process began is told by Incomplete
	l.mu.Unlock()
	run, stop := context.WithCancel(context.Background())
	l.stop = stop
	l.running.Go(func() { l.beat(run) })
	return l, nil
}

var (
	readIdentity = statement(`select environment, instance, made, seam, former, incomplete, moving is not null
		from courtkiosk.ledger where court = $1`)
	makeLedger = statement(`insert into courtkiosk.ledger (court, environment, instance, made, timeline, incomplete)
		values ($1, $2, $3, $4, $5, $6) on conflict do nothing`)
	makeChain = statement(`insert into courtkiosk.chain (court, receipts) values ($1, $2) on conflict do nothing`)
	makeShelf = statement(`insert into courtkiosk.shelf (court, book) select $1, unnest($2::text[])
		on conflict do nothing`)
	countShelves = statement(`select count(*) from courtkiosk.shelf where court = $1 and book = any($2::text[])`)
)

// admit makes the court's ledger where there is none, and refuses one that is of another environment.
func (l *Ledger) admit(ctx context.Context, id payment.Identity) error {
	err := l.identify(ctx)
	if errors.Is(err, payment.ErrNotFound) {
		made := id
		made.Instance = cmp.Or(id.Instance, random())
		if made.Made.IsZero() {
			made.Made = now()
		}
		receipts := firstReceipt(time.Now())
		var incomplete []byte
		if entry := l.place.lostAll(id.Instance); entry > 0 {
			receipts += leap
			if incomplete, err = json.Marshal(payment.Lost{Source: fmt.Sprintf(
				"the database holds no ledger, and this machine remembers one of %d entries", entry)}); err != nil {
				return err
			}
		}
		err = l.write(ctx, nil, func(t *tx) error {
			t.queue(makeLedger, l.court, made.Environment, made.Instance, made.Made,
				behind(t.conn.Conn()).timeline, incomplete)
			t.queue(makeChain, l.court, receipts)
			t.queue(makeShelf, l.court, books)
			return nil
		})
		if err == nil {
			err = l.identify(ctx)
		}
	}
	if err != nil {
		return err
	}
	if l.identity.Environment != id.Environment || id.Instance != "" && l.identity.Instance != id.Instance {
		return fmt.Errorf("%w: it is of %s, %s", payment.ErrOtherCourt, l.identity.Court, l.identity.Environment)
	}
	return l.shelve(ctx)
}

// shelve makes room for the books that the program which made the ledger did not know: without its shelf nothing of a
// book is locked, and of two who change a record at once both would.
func (l *Ledger) shelve(ctx context.Context) error {
	var there int
	err := l.see(ctx, func(b *pgx.Batch) {
		b.Queue(countShelves, l.court, books).QueryRow(func(row pgx.Row) error { return row.Scan(&there) })
	})
	if err != nil || there == len(books) {
		return err
	}
	return l.write(ctx, nil, func(t *tx) error {
		t.queue(makeShelf, l.court, books)
		return nil
	})
}

// identify reads whose ledger it is, and what it may have lost.
func (l *Ledger) identify(ctx context.Context) error {
	id := payment.Identity{Court: l.court}
	var former []payment.Former
	var incomplete *payment.Lost
	var seam uint64
	found, moving := false, false
	err := l.see(ctx, func(b *pgx.Batch) {
		b.Queue(readIdentity, l.court).Query(func(rows pgx.Rows) error {
			for found = false; rows.Next(); found = true {
				if err := rows.Scan(&id.Environment, &id.Instance, &id.Made, &seam, &former, &incomplete,
					&moving); err != nil {
					return err
				}
			}
			return rows.Err()
		})
	})
	switch {
	case err == nil && !found:
		err = payment.ErrNotFound
	case err == nil && moving:
		err = payment.ErrMoving
	}
	if err != nil {
		return err
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	id.Made = id.Made.UTC()
	l.identity, l.seam, l.former, l.incomplete = id, seam, former, incomplete
	l.place.of(id.Instance)
	return nil
}

// firstReceipt is where the receipt numbers of a new ledger begin: the minutes since 2026, as in payment/bolt.
func firstReceipt(now time.Time) int64 {
	return int64(max(0, now.Sub(time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC))/time.Minute))
}

// Identity returns what the ledger was bound to when it was made.
func (l *Ledger) Identity() payment.Identity { return l.identity }

// Former returns the names that the ledger had before, the oldest first.
func (l *Ledger) Former() []payment.Former { return l.former }

// Holder is the name of this machine in leases and work.
func (l *Ledger) Holder() string { return l.place.is.Holder }

// Close releases the ledger. A commit that waits for its answer goes on in the database.
func (l *Ledger) Close() error {
	l.stop()
	l.running.Wait()
	closed := make(chan struct{})
	go func() {
		defer close(closed)
		l.pool.Close()
	}()
	select {
	case <-closed:
	case <-time.After(patience):
		l.pulse.abandon(nobody) // what waits for the standby waits on without us
	}
	return l.place.close()
}
