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
	"runtime"
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

// Options are the limits of a ledger; the zero value is right for a kiosk.
type Options struct {
	MaxSize int // bytes that the file may grow to; 4 GiB when zero
}

// A Ledger is a payment.Ledger in one bbolt file.
type Ledger struct {
	db       *bbolt.DB
	path     string
	maxSize  int
	identity payment.Identity

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

	keySchema   = []byte("schema")
	keyIdentity = []byte("identity")

	buckets = [][]byte{bucketMeta, bucketOrders, bucketBills, bucketLabels, bucketOpen, bucketTimeline, bucketEffects,
		bucketOwed, bucketPersonal, bucketAudit, bucketHistory, bucketDays}
)

// Open opens the ledger at path, or makes it for id when there is none. An empty id.Instance is given at random.
// It refuses with payment.ErrLocked, ErrNewer, ErrOtherCourt, ErrNotWritable and ErrDamaged and then leaves the
// file as it is.
func Open(path string, id payment.Identity, opts Options) (*Ledger, error) {
	if opts.MaxSize == 0 {
		opts.MaxSize = 4 << 30
	}
	_, err := os.Stat(path)
	if errors.Is(err, os.ErrNotExist) {
		err = create(path, id)
	}
	if err != nil {
		return nil, notWritable(err)
	}
	l := &Ledger{path: path, maxSize: opts.MaxSize}
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
	defer debug.SetPanicOnFault(debug.SetPanicOnFault(true))
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("%w: %v", payment.ErrDamaged, r)
		}
	}()
	db, err = bbolt.Open(path, 0o600, &bbolt.Options{
		Timeout: lockWait, FreelistType: bbolt.FreelistMapType, MaxSize: maxSize,
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

// admit checks that the file is whole, of a layout that we know, and bound to id.
func (l *Ledger) admit(id payment.Identity) (err error) {
	defer debug.SetPanicOnFault(debug.SetPanicOnFault(true)) // a damaged page may point beyond the file
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("%w: %v", payment.ErrDamaged, r)
		}
	}()
	return l.db.View(func(tx *bbolt.Tx) error {
		if err := walk(tx); err != nil {
			return err
		}
		for err := range tx.Check(bbolt.WithKVStringer(brief{})) {
			return fmt.Errorf("%w: %w", payment.ErrDamaged, err)
		}
		meta := tx.Bucket(bucketMeta)
		if meta == nil || len(meta.Get(keySchema)) != 8 {
			return fmt.Errorf("%w: %s is not a ledger", payment.ErrDamaged, l.path)
		}
		if v := numberOf(meta.Get(keySchema)); v > schema {
			return fmt.Errorf("%w: layout %d, this version knows %d", payment.ErrNewer, v, schema)
		}
		if err := get(meta, keyIdentity, &l.identity); err != nil {
			return err
		}
		if l.identity.Court != id.Court || l.identity.Environment != id.Environment {
			return fmt.Errorf("%w: it is for %s, %s", payment.ErrOtherCourt, l.identity.Court, l.identity.Environment)
		}
		return nil
	})
}

// walk reads every key and value here, where a fault becomes a panic: bbolt's own check runs in a goroutine of its own, and a page that
// points beyond the file would end the program there.
func walk(tx *bbolt.Tx) error {
	var bytes byte
	err := tx.ForEach(func(_ []byte, b *bbolt.Bucket) error {
		return b.ForEach(func(k, v []byte) error {
			for _, data := range [][]byte{k, v} {
				if len(data) > 0 {
					bytes ^= data[0] ^ data[len(data)-1]
				}
			}
			if v != nil && b.Get(k) == nil { // goes by the branch pages, whose keys ForEach does not read
				return fmt.Errorf("%w: key %x is not where its branch says", payment.ErrDamaged, k[:min(len(k), 40)])
			}
			return nil
		})
	})
	runtime.KeepAlive(bytes)
	return err
}

// brief names keys in findings without reading them: a damaged length would make their end lie beyond the file.
type brief struct{}

func (brief) KeyToString(k []byte) string   { return fmt.Sprintf("%d bytes", len(k)) }
func (brief) ValueToString(v []byte) string { return fmt.Sprintf("%d bytes", len(v)) }

// Identity returns what the ledger was bound to when it was made.
func (l *Ledger) Identity() payment.Identity { return l.identity }

// Close releases the file.
func (l *Ledger) Close() error { return l.db.Close() }

// Failed returns why nothing can be written any more, nil while all is well.
func (l *Ledger) Failed() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.failed
}

// A refusal is an error of a rule: nothing was written, and nothing is wrong with the ledger.
type refusal struct{ error }

func (r refusal) Unwrap() error { return r.error }

// update runs fn in a synced transaction. An error of bbolt's own closes the ledger to writers for good.
func (l *Ledger) update(ctx context.Context, fn func(tx *bbolt.Tx) error) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	if err := l.Failed(); err != nil {
		return err
	}
	err := l.db.Update(fn)
	if r, ok := errors.AsType[refusal](err); ok {
		return r.error
	}
	if err == nil || errors.Is(err, errUnchanged) || errors.Is(err, payment.ErrDamaged) {
		return err
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.failed = fmt.Errorf("%w: %w", payment.ErrNotWritable, err)
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

// Backup writes a verified copy of the ledger to path while it is in use.
func (l *Ledger) Backup(ctx context.Context, path string) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	temp := path + ".new"
	err := l.db.View(func(tx *bbolt.Tx) error { return tx.CopyFile(temp, 0o600) })
	if err != nil {
		return fmt.Errorf("copy ledger: %w", err)
	}
	f, err := os.OpenFile(temp, os.O_RDWR, 0)
	if err != nil {
		return err
	}
	if err := errors.Join(f.Sync(), f.Close()); err != nil {
		return err
	}
	check, err := Open(temp, l.identity, Options{MaxSize: l.maxSize})
	if err != nil {
		return fmt.Errorf("the copy does not open: %w", err)
	}
	findings, err := check.Verify(ctx)
	if err := errors.Join(err, check.Close()); err != nil {
		return err
	}
	if len(findings) > 0 {
		return fmt.Errorf("%w: the copy: %s", payment.ErrDamaged, findings[0])
	}
	if err := os.Rename(temp, path); err != nil {
		return err
	}
	return syncDir(filepath.Dir(path))
}

// kept is how many daily copies are kept.
const kept = 7

// BackupDaily writes a verified copy of the ledger into dir, named after the day in China, unless there is one, and removes the oldest
// beyond seven.
func (l *Ledger) BackupDaily(ctx context.Context, dir string, now time.Time) error {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	path := filepath.Join(dir, "ledger-"+now.In(payment.China).Format(time.DateOnly)+".db")
	if _, err := os.Stat(path); err == nil {
		return nil
	}
	if err := l.Backup(ctx, path); err != nil {
		return err
	}
	copies, err := filepath.Glob(filepath.Join(dir, "ledger-????-??-??.db")) // sorted: the oldest first
	for len(copies) > kept {
		err = errors.Join(err, os.Remove(copies[0]))
		copies = copies[1:]
	}
	return err
}
