// Package bolt is the Ledger of one machine: everything durable in one bbolt file.
//
// Every record carries a version and a checksum; audit entries are a hash chain. Indexes hold nothing that does not
// follow from the records; Verify compares both ways. payment/durable opens and makes the file.
// Every commit is synced (Update, never Batch). After a failed commit nothing is written any more: the
// page cache cannot be trusted after a failed sync, so the process must end and open the file anew.
//
// # Decisions
//
// 2026-11-23: records are JSON in an envelope of version and CRC-32C. A kiosk stores some fifty orders a day;
// a file that a person can read after a disaster is worth more than its size.
//
// 2026-11-23: opening reads what is open and owed, and nothing that grows with the years. The whole file is checked at
// once after it, beside the start of everything else; writes wait for the outcome, reads do not.
//
// 2026-11-23: receipt numbers of a new or restored file begin with the minutes since 2026: more than a kiosk takes
// payments, so a number that was printed before a disk died is not printed again.
//
// 2026-11-23: a Void order is replaced by the next attempt at its bill, which has the same number; its life
// stays in the audit.
//
// 2026-11-28: leases are kept in memory: one process holds the file, and what was leased to it ended with it. Fences
// keep growing over restarts: their last number is in the file, stored with the first thing that a process writes. So
// opening a ledger writes nothing, works on a full disk, and leaves a damaged file as it is.
//
// 2026-11-28: a folder that was put back looks sound. How far the ledger was is written down outside of it too: in the
// mark, after the commit that it names and before a code or a receipt number is seen, and in the newest daily copy. A
// ledger that does not hold the audit entry that one of them names is a restored one. The mark notices what puts back
// the state folder alone, the copies what leaves their folder alone; neither notices a disk that is put back whole, or
// on which both were put back too. A mark can be lost or behind, never ahead: it proves a loss, and never that there is
// none. The ledger knows its machine by hashes of what system and firmware call it, each compared only where both
// looks have seen it: root reads more than the kiosk's user. On another machine it opens no order, because the original
// may go on; what is open it follows, with receipt numbers far beyond the original's. A machine whose disk was copied
// with its machine-id, and whose firmware cannot be read, is not told apart.
//
// 2026-11-28: what the window searches lies in one index whose keys end in a time, so that each search walks from the
// newest backwards and a page can stop anywhere. Owed work lies in another index, what may be taken up now
// apart from what must wait: reports to a court's system that is down are not read again in each round.
package bolt

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"os"
	"sync"
	"sync/atomic"
	"time"

	"go.etcd.io/bbolt"

	"courtkiosk/payment"
	"courtkiosk/payment/durable"
)

// Two versions of the file's layout. A new one is readable a release before it is written, and so a machine may always
// go back one release and keep its ledger; a file beyond what it reads is refused. assets/deploy/changelog.yaml says
// both of each release, for who goes back further.
const (
	writes = 3 // a new ledger has it, and an older one is brought to it
	reads  = 3 // a ledger up to it is served as it is; as many migrations lead there
)

// Options of a ledger; the zero value is right for a kiosk without backups.
type Options struct {
	MaxSize int // bytes that the file may grow to; 4 GiB when zero
	// Backups is the folder of its daily copies; none are made when it is empty. Where there are some, a missing ledger
	// is not made anew.
	Backups string
	// Mark is a file outside of the ledger's folder that says how far the ledger was; none is kept when it is empty.
	Mark string
	// Machine is where the ledger is opened; zero when nobody looked.
	Machine Machine
	// Moved opens a ledger that was moved to another place, too: the move may not be finished there.
	Moved bool
}

// A Ledger is a payment.Ledger in one bbolt file.
type Ledger struct {
	db       *bbolt.DB
	path     string
	maxSize  int
	backups  string
	layout   uint64
	identity payment.Identity
	serial   sync.Mutex // one change at a time, of the file or of who follows what
	leases   leases
	latest   latest
	marker   marker

	here  Machine // where it was opened
	moved bool    // it was made on another machine
	// another ledger has taken its place: see Yield
	succeeded atomic.Bool
	learned   atomic.Bool // the file knows all that was seen of this machine

	checked chan struct{} // closed once the whole file was checked
	copied  atomic.Int64  // when its newest daily copy was made, in Unix seconds; zero: nobody looked yet

	mu     sync.Mutex
	failed error
}

var (
	bucketMeta     = []byte("meta")     // layout, identity
	bucketOrders   = []byte("orders")   // number -> order
	bucketBills    = []byte("bills")    // bill key, order sequence -> number
	bucketLabels   = []byte("labels")   // label, order sequence -> number
	bucketOpen     = []byte("open")     // order sequence -> number, not final
	bucketFound    = []byte("found")    // kind of search, what is searched, time, order sequence -> number
	bucketRequests = []byte("requests") // request id -> number and incarnation
	bucketEffects  = []byte("effects")  // number, kind -> effect
	bucketOwed     = []byte("owed")     // number, kind -> since when, state; not done
	bucketWork     = []byte("work")     // whether it may be taken up, kind, when -> number, kind
	bucketPersonal = []byte("personal") // number -> personal data
	bucketAudit    = []byte("audit")    // sequence -> entry
	bucketHistory  = []byte("history")  // number, sequence -> nothing
	bucketDays     = []byte("days")     // device, day in China -> orders so far
	bucketRefunds  = []byte("refunds")  // number -> refund
	bucketReturns  = []byte("returns")  // refund's sequence -> its number, not final
	bucketBooks    = []byte("books")    // a bucket for each book: key -> record

	keySchema     = []byte("schema")
	keyIdentity   = []byte("identity")
	keyIncomplete = []byte("incomplete") // what it was restored from, until WeChat was asked
	keyFences     = []byte("fences")     // below which the fences of the last run's leases began
	keyWords      = []byte("words")      // what people have said of other ledgers
	keySeam       = []byte("seam")       // the first audit entry that is chained by today's rule
	keyMachine    = []byte("machine")    // where it was made, or bound anew
	keyFormer     = []byte("former")     // its instances before
	keyLost       = []byte("lost")       // hashes of entries that are known to be lost
	// whose place it has taken, and who has taken its own
	keySuccessions = []byte("successions")
	keySuccessor   = []byte("successor")
	// a bucket of its own there: day in China, subject -> tries; made with the first of them
	keyTries = []byte("tries")

	buckets = [][]byte{bucketMeta, bucketOrders, bucketBills, bucketLabels, bucketOpen, bucketFound, bucketRequests,
		bucketEffects, bucketOwed, bucketWork, bucketPersonal, bucketAudit, bucketHistory, bucketDays, bucketRefunds,
		bucketReturns, bucketBooks}
)

// Open opens the ledger at path, or makes it for id when there is none. An empty id.Instance is given at random.
// It refuses with payment.ErrLocked, ErrNewer, ErrOtherCourt, ErrNotWritable, ErrMovedOn and ErrDamaged and then leaves
// the file as it is. Damage that only the check of the whole file finds is told by Checked and Failed.
func Open(path string, id payment.Identity, opts Options) (*Ledger, error) {
	if opts.MaxSize == 0 {
		opts.MaxSize = 4 << 30
	}
	if err := damageNoted(path); err != nil {
		return nil, err
	}
	_, err := os.Stat(path)
	if errors.Is(err, os.ErrNotExist) {
		left, unseen := remains(path, opts)
		switch {
		case unseen != nil:
			return nil, notWritable(unseen)
		case left != "":
			return nil, fmt.Errorf("%w: %s is missing, but was there before: %s", payment.ErrDamaged, path, left)
		}
		err = create(path, id, opts.Machine)
	}
	if err != nil {
		return nil, notWritable(err)
	}
	l, err := load(path, id, opts)
	if err != nil {
		return nil, err
	}
	if d, gone, err := l.Departure(); err != nil || gone && !opts.Moved {
		if gone {
			err = fmt.Errorf("%w: to %s", payment.ErrMovedOn, d.To)
		}
		return nil, errors.Join(err, l.db.Close())
	}
	if err := l.migrate(context.Background(), migrations[:writes-1]); err != nil {
		return nil, errors.Join(err, l.db.Close())
	}
	if l.identity.Made.IsZero() {
		if l.identity.Made, err = l.made(); err != nil {
			return nil, errors.Join(err, l.db.Close())
		}
	}
	go l.check()
	if err := l.compare(context.Background()); err != nil {
		return nil, errors.Join(err, l.Close())
	}
	return l, nil
}

// load opens a file that exists and reads what the next run needs of it.
func load(path string, id payment.Identity, opts Options) (*Ledger, error) {
	l := &Ledger{path: path, maxSize: opts.MaxSize, backups: opts.Backups, checked: make(chan struct{}),
		marker: marker{path: opts.Mark}}
	var err error
	if l.db, err = durable.Open(path, opts.MaxSize); err != nil {
		return nil, named(err)
	}
	if err := l.admit(id, opts.Machine); err != nil {
		return nil, errors.Join(err, l.db.Close())
	}
	return l, nil
}

// named says by a sentinel of payment what is wrong with the file.
func named(err error) error {
	switch {
	case errors.Is(err, durable.ErrLocked):
		return fmt.Errorf("%w: %w", payment.ErrLocked, err)
	case errors.Is(err, durable.ErrDamaged):
		return fmt.Errorf("%w: %w", payment.ErrDamaged, err)
	}
	return notWritable(err)
}

func notWritable(err error) error {
	if errors.Is(err, payment.ErrDamaged) || errors.Is(err, payment.ErrLocked) {
		return err
	}
	return fmt.Errorf("%w: %w", payment.ErrNotWritable, err)
}

// create makes an empty ledger, which knows its machine before its first write: a disk image of a machine that was
// started once is copied to all others.
func create(path string, id payment.Identity, home Machine) error {
	if id.Instance == "" {
		id.Instance = rand.Text()[:10]
	}
	if id.Made.IsZero() {
		id.Made = now()
	}
	return durable.Create(path, func(tx *bbolt.Tx) error {
		for _, name := range buckets {
			if _, err := tx.CreateBucket(name); err != nil {
				return err
			}
		}
		meta := tx.Bucket(bucketMeta)
		return errors.Join(
			meta.SetSequence(firstSequence()),
			meta.Put(keySchema, number(writes)),
			meta.Put(keySeam, number(1)),
			put(meta, keyIdentity, id),
			put(meta, keyMachine, home),
		)
	})
}

// Layout is the version of the file's layout, which an older program must be able to read.
func (l *Ledger) Layout() int { return int(l.layout) }

// Identity returns what the ledger was bound to when it was made.
func (l *Ledger) Identity() payment.Identity { return l.identity }

// Close releases the file.
func (l *Ledger) Close() error {
	<-l.checked
	l.mark()
	return l.db.Close()
}

// Failed returns why nothing can be written any more, nil while all is well.
func (l *Ledger) Failed() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.failed
}

// A refusal is an error of a rule: nothing was written, and nothing is wrong with the ledger.
type refusal struct{ error }

func (r refusal) Unwrap() error { return r.error }

// view reads.
func (l *Ledger) view(fn func(tx *bbolt.Tx) error) (err error) {
	defer durable.Guard(&err, payment.ErrDamaged)()
	for stalled != "" && there(stalled) {
		time.Sleep(100 * time.Millisecond)
	}
	return l.db.View(fn)
}

// stalled names a file: while it is there, no read of a ledger returns. Only the linker can set it (-X), for the test
// that hangs the ledger of a running unit; no program that is installed has any.
var stalled string

func there(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}

// update runs fn in a synced transaction once the file was checked. An error of bbolt's own, or damage, closes the
// ledger to writers for good; of a commit that failed nobody knows, before the file is opened anew, whether it is
// stored.
func (l *Ledger) update(ctx context.Context, fn func(tx *bbolt.Tx) error) error {
	if err := l.Checked(ctx); err != nil {
		return err
	}
	l.serial.Lock()
	defer l.serial.Unlock()
	committing := false
	err := l.write(func(tx *bbolt.Tx) error {
		err := l.settleIn(tx)
		if err == nil {
			err = guarded(ctx, tx)
		}
		if err == nil {
			err = fn(tx)
		}
		if err == nil {
			err = l.leases.keep(tx)
		}
		committing = err == nil
		return err
	})
	if r, ok := errors.AsType[refusal](err); ok {
		return r.error
	}
	if err == nil {
		l.leases.kept.Store(true)
		l.learned.Store(true)
	}
	if err == nil || errors.Is(err, errUnchanged) {
		return err
	}
	if !errors.Is(err, payment.ErrDamaged) {
		err = fmt.Errorf("%w: %w", payment.ErrNotWritable, err)
	}
	err = l.fail(err)
	if committing {
		return fmt.Errorf("%w: %w", payment.ErrUnsure, err)
	}
	return err
}

// guarded asks the rule under which a person writes.
func guarded(ctx context.Context, tx *bbolt.Tx) error {
	may := payment.Guard(ctx)
	if may == nil {
		return nil
	}
	staff, err := staffIn(tx)
	if err != nil {
		return err
	}
	if err := may(staff); err != nil {
		return refusal{err}
	}
	return nil
}

func (l *Ledger) write(fn func(tx *bbolt.Tx) error) (err error) {
	defer durable.Guard(&err, payment.ErrDamaged)()
	return l.db.Update(fn)
}

// fail closes the ledger to writers and returns the first reason to.
func (l *Ledger) fail(err error) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.failed == nil {
		l.failed = err
	}
	return l.failed
}

var errUnchanged = errors.New("bolt: nothing to write")
