// Package bolt is the Ledger of one machine: everything durable in one bbolt file.
//
// Every record carries a version and a checksum; audit entries are a hash chain. The file is made under a temporary
// name, synced and renamed, because a power cut in bbolt's very first write may leave a file that does not open.
// Every commit is synced (Update, never Batch). After a failed commit nothing is written any more: the
// page cache cannot be trusted after a failed sync, so the process must end and open the file anew.
//
// # Decisions
//
// 2026-11-23: records are JSON in an envelope of version and CRC-32C. A kiosk stores some fifty orders a day;
// a file that a person can read after a disaster is worth more than its size.
//
// 2026-11-23: opening reads what is open and owed, and nothing that grows with the years. The whole file is checked at once after it,
// beside the start of everything else; writes wait for the outcome, reads do not.
//
// 2026-11-23: receipt numbers of a new or restored file begin with the minutes since 2026: more than a kiosk takes payments, so a
// number that was printed before a disk died is not printed again.
//
// 2026-11-23: a Void order is replaced by the next attempt at its bill, which has the same number; its life
// stays in the audit.
package bolt

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime/debug"
	"sync"
	"syscall"
	"time"

	"go.etcd.io/bbolt"
	berrors "go.etcd.io/bbolt/errors"

	"courtkiosk/payment"
)

// schema is the version of the file's layout. A file of a newer one is refused.
const schema = 1

// lockWait is how long another process may hold the file before it counts as running.
const lockWait = 2 * time.Second

// Options of a ledger; the zero value is right for a kiosk without backups.
type Options struct {
	MaxSize int    // bytes that the file may grow to; 4 GiB when zero
	Backups string // the folder of its daily copies: where there are some, a missing ledger is not made anew
}

// A Ledger is a payment.Ledger in one bbolt file.
type Ledger struct {
	db       *bbolt.DB
	path     string
	maxSize  int
	identity payment.Identity

	checked chan struct{} // closed once the whole file was checked

	mu     sync.Mutex
	failed error
}

var (
	bucketMeta     = []byte("meta")     // schema, identity
	bucketOrders   = []byte("orders")   // number -> order
	bucketBills    = []byte("bills")    // bill key, order sequence -> number
	bucketLabels   = []byte("labels")   // label, order sequence -> number
	bucketOpen     = []byte("open")     // order sequence -> number, not final
	bucketTimeline = []byte("timeline") // order sequence -> number
	bucketEffects  = []byte("effects")  // number, kind -> effect
	bucketOwed     = []byte("owed")     // number, kind -> nothing, not done
	bucketPersonal = []byte("personal") // number -> personal data
	bucketAudit    = []byte("audit")    // sequence -> entry
	bucketHistory  = []byte("history")  // number, sequence -> nothing
	bucketDays     = []byte("days")     // day in China -> orders so far

	keySchema     = []byte("schema")
	keyIdentity   = []byte("identity")
	keyIncomplete = []byte("incomplete") // what it was restored from, until WeChat was asked

	buckets = [][]byte{bucketMeta, bucketOrders, bucketBills, bucketLabels, bucketOpen, bucketTimeline, bucketEffects,
		bucketOwed, bucketPersonal, bucketAudit, bucketHistory, bucketDays}
)

// Open opens the ledger at path, or makes it for id when there is none. An empty id.Instance is given at random.
// It refuses with payment.ErrLocked, ErrNewer, ErrOtherCourt, ErrNotWritable and ErrDamaged and then leaves the
// file as it is. Damage that only the check of the whole file finds is told by Checked and Failed.
func Open(path string, id payment.Identity, opts Options) (*Ledger, error) {
	if opts.MaxSize == 0 {
		opts.MaxSize = 4 << 30
	}
	if err := marked(path); err != nil {
		return nil, err
	}
	_, err := os.Stat(path)
	if errors.Is(err, os.ErrNotExist) {
		if left := remains(path, opts.Backups); left != "" {
			return nil, fmt.Errorf("%w: %s is missing, but was there before: %s", payment.ErrDamaged, path, left)
		}
		err = create(path, id)
	}
	if err != nil {
		return nil, notWritable(err)
	}
	l, err := load(path, id, opts)
	if err != nil {
		return nil, err
	}
	if err := l.migrate(migrations); err != nil {
		return nil, errors.Join(err, l.db.Close())
	}
	go l.check()
	return l, nil
}

// load opens a file that exists and reads what the next run needs of it.
func load(path string, id payment.Identity, opts Options) (*Ledger, error) {
	l := &Ledger{path: path, maxSize: opts.MaxSize, checked: make(chan struct{})}
	var err error
	if l.db, err = openFile(path, opts.MaxSize); err != nil {
		return nil, err
	}
	if err := l.admit(id); err != nil {
		return nil, errors.Join(err, l.db.Close())
	}
	return l, nil
}

// openFile opens a bbolt file; what bbolt thinks of a bad one, it may say by a panic.
func openFile(path string, maxSize int) (db *bbolt.DB, err error) {
	if info, err := os.Stat(path); err == nil && info.Size() == 0 {
		return nil, fmt.Errorf("%w: %s is empty", payment.ErrDamaged, path) // bbolt would start anew in it
	}
	var file *os.File // bbolt leaves it open, mapped and by that locked, when it panics; otherwise it is closed already
	defer func() {
		if errors.Is(err, payment.ErrDamaged) && file != nil {
			_ = syscall.Flock(int(file.Fd()), syscall.LOCK_UN)
			file.Close()
		}
	}()
	defer survive(&err)()
	db, err = bbolt.Open(path, 0o600, &bbolt.Options{
		Timeout: lockWait, FreelistType: bbolt.FreelistMapType, MaxSize: maxSize,
		OpenFile: func(name string, flag int, perm os.FileMode) (*os.File, error) {
			var err error
			file, err = os.OpenFile(name, flag, perm)
			return file, err
		},
	})
	switch {
	case errors.Is(err, berrors.ErrTimeout):
		return nil, payment.ErrLocked
	case errors.Is(err, os.ErrPermission), errors.Is(err, syscall.EROFS):
		return nil, notWritable(err)
	case err != nil:
		return nil, fmt.Errorf("%w: %w", payment.ErrDamaged, err)
	}
	return db, nil
}

func notWritable(err error) error {
	if errors.Is(err, payment.ErrDamaged) || errors.Is(err, payment.ErrLocked) {
		return err
	}
	return fmt.Errorf("%w: %w", payment.ErrNotWritable, err)
}

// create makes an empty ledger that is whole before it has its name.
func create(path string, id payment.Identity) error {
	if id.Instance == "" {
		id.Instance = rand.Text()[:10]
	}
	dir := filepath.Dir(path)
	temp := path + ".new"
	if err := os.Remove(temp); err != nil && !errors.Is(err, os.ErrNotExist) {
		return err
	}
	db, err := bbolt.Open(temp, 0o600, &bbolt.Options{Timeout: lockWait})
	if err != nil {
		return err
	}
	err = db.Update(func(tx *bbolt.Tx) error {
		for _, name := range buckets {
			if _, err := tx.CreateBucket(name); err != nil {
				return err
			}
		}
		meta := tx.Bucket(bucketMeta)
		if err := meta.SetSequence(firstSequence()); err != nil {
			return err
		}
		if err := meta.Put(keySchema, number(schema)); err != nil {
			return err
		}
		return put(meta, keyIdentity, id)
	})
	if err := errors.Join(err, db.Close()); err != nil {
		return err
	}
	if err := os.Rename(temp, path); err != nil {
		return err
	}
	return syncDir(dir)
}

func syncDir(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}

// Identity returns what the ledger was bound to when it was made.
func (l *Ledger) Identity() payment.Identity { return l.identity }

// Close releases the file.
func (l *Ledger) Close() error {
	<-l.checked
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

// survive makes the damage of a page that is read, a panic or a fault, an error of the caller:
//
//	defer survive(&err)()
func survive(err *error) func() {
	before := debug.SetPanicOnFault(true)
	return func() {
		debug.SetPanicOnFault(before)
		if r := recover(); r != nil {
			*err = fmt.Errorf("%w: %v", payment.ErrDamaged, r)
		}
	}
}

// view reads.
func (l *Ledger) view(fn func(tx *bbolt.Tx) error) (err error) {
	defer survive(&err)()
	return l.db.View(fn)
}

// update runs fn in a synced transaction once the file was checked. An error of bbolt's own, or damage, closes the ledger to
// writers for good.
func (l *Ledger) update(ctx context.Context, fn func(tx *bbolt.Tx) error) error {
	if err := l.Checked(ctx); err != nil {
		return err
	}
	err := l.write(fn)
	if r, ok := errors.AsType[refusal](err); ok {
		return r.error
	}
	if err == nil || errors.Is(err, errUnchanged) {
		return err
	}
	if !errors.Is(err, payment.ErrDamaged) {
		err = fmt.Errorf("%w: %w", payment.ErrNotWritable, err)
	}
	return l.fail(err)
}

func (l *Ledger) write(fn func(tx *bbolt.Tx) error) (err error) {
	defer survive(&err)()
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

// Room is how much more can be written.
type Room struct {
	Free    uint64 // bytes free on the disk
	Used    int64  // bytes of the file
	MaxSize int64  // bytes that the file may grow to
}

// A settle must always find room, so new payments stop long before the end.
const (
	minFree    = 256 << 20
	maxPercent = 80
)

// UsedPercent is how much of MaxSize the file has.
func (r Room) UsedPercent() int64 { return r.Used * 100 / r.MaxSize }

// Low reports whether no new payment may be begun.
func (r Room) Low() bool { return r.Free < minFree || r.UsedPercent() >= maxPercent }

// Room returns how much more can be written.
func (l *Ledger) Room() (Room, error) {
	var fs syscall.Statfs_t
	if err := syscall.Statfs(l.path, &fs); err != nil {
		return Room{}, err
	}
	info, err := os.Stat(l.path)
	if err != nil {
		return Room{}, err
	}
	return Room{Free: fs.Bavail * uint64(fs.Bsize), Used: info.Size(), MaxSize: int64(l.maxSize)}, nil
}
