package bolt

import (
	"cmp"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"

	"go.etcd.io/bbolt"

	"courtkiosk/payment"
	"courtkiosk/payment/durable"
)

// Restored tells what a damaged or missing ledger was replaced by.
type Restored struct {
	Source string    // "previous state" of the damaged file itself, or the backup's file
	As     time.Time // of its last audit entry: what came after it is lost here, and only WeChat knows it
	Orders int
	Aside  string // where the damaged file was put; empty when there was none
}

// previousState is the source of a ledger that went back by one transaction.
const previousState = "previous state"

// Restore puts a sound ledger in the place of one that is damaged or missing: the state before its last transaction
// when that is whole, else the copy in opts.Backups that is and whose audit goes furthest, whatever day it is named
// after. It uses opts.Mark to tell this ledger's copies from another's. The damaged file is kept under another name,
// and the ledger says that it is incomplete until Complete. Without any sound copy it fails and changes nothing: a
// ledger never begins empty in silence. A power cut at any line leaves the damaged file or the whole new one.
func Restore(ctx context.Context, path string, id payment.Identity, opts Options) (Restored, error) {
	lock, err := hold(path)
	if err != nil {
		return Restored{}, err
	}
	defer lock()
	if err := durable.Sweep(path); err != nil { // of a restore that a power cut has ended
		return Restored{}, notWritable(err)
	}
	temp := durable.Temp(path)
	r, err := prepare(ctx, temp, path, id, opts)
	if err != nil {
		return r, errors.Join(err, os.RemoveAll(temp))
	}
	if _, err := os.Stat(path); err == nil {
		if r.Aside, err = keep(path, time.Now()); err != nil {
			return r, fmt.Errorf("keep the damaged ledger: %w", err)
		}
	}
	if err := durable.Rename(temp, path); err != nil {
		return r, err
	}
	if err := os.Remove(path + ".damaged"); err != nil && !errors.Is(err, os.ErrNotExist) {
		return r, err
	}
	return r, durable.SyncFolder(filepath.Dir(path))
}

// hold keeps other processes away from the damaged file, as far as bbolt can still lock it.
func hold(path string) (release func(), err error) {
	f, err := os.OpenFile(path, os.O_RDWR, 0)
	if errors.Is(err, os.ErrNotExist) {
		return func() {}, nil
	}
	if err != nil {
		return nil, notWritable(err)
	}
	if err := lockFile(f); err != nil {
		return nil, errors.Join(err, f.Close())
	}
	return func() { f.Close() }, nil
}

// prepare makes a whole, marked ledger at temp from the best source there is.
func prepare(ctx context.Context, temp, path string, id payment.Identity, opts Options) (Restored, error) {
	sources, err := sourcesOf(temp, path, id, opts)
	if err != nil {
		return Restored{}, err
	}
	sources = append(sources, previousState)
	var failures []error
	for _, source := range slices.Backward(sources) { // the best is the last
		from := source
		if source == previousState {
			from = path
		}
		r, err := try(ctx, temp, from, source, id)
		if err == nil {
			return r, nil
		}
		failures = append(failures, fmt.Errorf("%s: %w", source, err))
	}
	return Restored{}, fmt.Errorf("%w: nothing to restore it from: %w", payment.ErrDamaged, errors.Join(failures...))
}

// try makes the ledger at temp from one source.
func try(ctx context.Context, temp, from, source string, id payment.Identity) (r Restored, err error) {
	if err := durable.Copy(temp, from); err != nil {
		return r, err
	}
	if source == previousState {
		if err := stepBack(temp); err != nil {
			return r, err
		}
	}
	l, err := load(temp, id, Options{MaxSize: 4 << 30})
	if err != nil {
		return r, err
	}
	defer func() { err = errors.Join(err, l.Close()) }()
	l.check()
	if findings, err := l.Verify(ctx); err != nil || len(findings) > 0 {
		return r, errors.Join(err, fmt.Errorf("%w: %q", payment.ErrDamaged, findings))
	}
	if err := l.upgrade(ctx, migrations[:writes-1]); err != nil {
		return r, err
	}
	r = Restored{Source: source}
	err = l.update(ctx, func(tx *bbolt.Tx) error {
		r.Orders = tx.Bucket(bucketOrders).Inspect().KeyN
		var err error
		if r.As, err = lastEntry(tx); err != nil {
			return err
		}
		return lose(tx, r, filepath.Base(source))
	})
	return r, err
}

// lastEntry returns when the last entry of the audit was made; zero when there is none.
func lastEntry(tx *bbolt.Tx) (time.Time, error) {
	seq, record := tx.Bucket(bucketAudit).Cursor().Last()
	if seq == nil {
		return time.Time{}, nil
	}
	var last payment.Entry
	err := decode(record, seq, &last)
	return last.At, err
}

// lose notes in a ledger that what came after r.As is lost here: it is incomplete until Complete, and gives no receipt
// number again that it may have given. beyond are marks of what is lost. A ledger that is incomplete already stays so
// as of then; r.As is filled in when it is zero.
func lose(tx *bbolt.Tx, r Restored, note string, beyond ...mark) error {
	meta := tx.Bucket(bucketMeta)
	var before Restored
	err := get(meta, keyIncomplete, &before)
	switch {
	case err == nil:
		r = before
	case !errors.Is(err, payment.ErrNotFound):
		return err
	case r.As.IsZero():
		if r.As, err = lastEntry(tx); err != nil {
			return err
		}
	}
	lost, err := lostOf(tx)
	if err != nil {
		return err
	}
	last, err := lastEntry(tx)
	if err != nil {
		return err
	}
	receipts := sequenceAfter(meta.Sequence(), last, now())
	for _, m := range beyond {
		lost, receipts = append(lost, m.Hash), max(receipts, m.Receipts)
		if err := keepFormer(tx, now(), append(m.Former, m.Instance)...); err != nil {
			return err
		}
	}
	if len(lost) > 0 {
		err = put(meta, keyLost, lost)
	}
	return errors.Join(err,
		meta.SetSequence(receipts),
		put(meta, keyIncomplete, r),
		record(tx, payment.Entry{Event: "restored", Note: note}),
	)
}

// Incomplete tells what the ledger was restored from, while WeChat may know of orders that it does not.
func (l *Ledger) Incomplete() (payment.Lost, bool) {
	var r Restored
	err := l.view(func(tx *bbolt.Tx) error { return get(tx.Bucket(bucketMeta), keyIncomplete, &r) })
	return payment.Lost{Source: r.Source, As: r.As}, err == nil
}

// Complete notes that everything was asked of WeChat that the ledger may have lost.
func (l *Ledger) Complete(ctx context.Context, note string) error {
	return l.update(ctx, func(tx *bbolt.Tx) error {
		if err := tx.Bucket(bucketMeta).Delete(keyIncomplete); err != nil {
			return err
		}
		return record(tx, payment.Entry{Event: "complete", Note: note})
	})
}

// remains names what is left of a ledger that is not there any more.
func remains(path string, opts Options) (string, error) {
	if _, err := os.Stat(opts.Mark); err == nil {
		return opts.Mark, nil
	}
	list, err := os.ReadDir(filepath.Dir(path))
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		return "", err
	}
	for _, e := range slices.Backward(list) {
		if strings.HasPrefix(e.Name(), filepath.Base(path)+".damaged-") {
			return filepath.Join(filepath.Dir(path), e.Name()), nil
		}
	}
	copies, err := backupsIn(opts.Backups)
	if len(copies) > 0 {
		return copies[len(copies)-1], err
	}
	return "", err
}

// keep gives a damaged ledger a second name, which nothing else has.
func keep(path string, now time.Time) (aside string, err error) {
	name := path + ".damaged-" + now.Format("20060102-150405")
	err = os.Link(path, name)
	for n := 2; errors.Is(err, os.ErrExist); n++ {
		aside = name + "." + strconv.Itoa(n)
		err = os.Link(path, aside)
	}
	return cmp.Or(aside, name), err
}

// bbolt's meta pages are the first two; go.etcd.io/bbolt/internal/common/meta.go has their layout.
const (
	metaTxid     = 16 + 48
	metaChecksum = 16 + 56
	metaEnd      = 16 + 64
)

// stepBack makes the newer of a file's two meta pages invalid, so that bbolt opens the state before it.
func stepBack(path string) (err error) {
	f, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, f.Sync(), f.Close()) }()
	page := int64(os.Getpagesize())
	var txid [2]uint64
	for i := range txid {
		head := make([]byte, metaEnd)
		if _, err := f.ReadAt(head, int64(i)*page); err != nil {
			return fmt.Errorf("%w: meta page %d: %w", payment.ErrDamaged, i, err)
		}
		txid[i] = binary.NativeEndian.Uint64(head[metaTxid:])
	}
	newer := int64(0)
	if txid[1] > txid[0] {
		newer = 1
	}
	_, err = f.WriteAt(make([]byte, metaEnd-metaChecksum), newer*page+metaChecksum)
	return err
}

// lockFile takes bbolt's own lock, or says who has it.
func lockFile(f *os.File) error {
	if err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		return fmt.Errorf("%w: %w", payment.ErrLocked, err)
	}
	return nil
}
