package bolt

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"time"

	"go.etcd.io/bbolt"

	"courtkiosk/payment"
	"courtkiosk/payment/durable"
)

// Backup writes a verified copy of the ledger to path while it is in use.
func (l *Ledger) Backup(ctx context.Context, path string) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	temp := durable.Temp(path)
	if err := l.copyTo(temp); err != nil {
		return errors.Join(err, os.RemoveAll(temp))
	}
	if err := l.sound(ctx, temp); err != nil {
		return errors.Join(fmt.Errorf("the copy: %w", err), os.RemoveAll(temp))
	}
	return durable.Rename(temp, path)
}

// copyTo writes the ledger as it stands to path, durably.
func (l *Ledger) copyTo(path string) error {
	f, err := durable.Make(path, 0o600)
	if err != nil {
		return fmt.Errorf("copy ledger: %w", err)
	}
	err = l.view(func(tx *bbolt.Tx) error {
		_, err := tx.WriteTo(f)
		return err
	})
	if err := errors.Join(err, f.Sync(), f.Close()); err != nil {
		return fmt.Errorf("copy ledger: %w", err)
	}
	return nil
}

// kept is how many daily copies are kept.
const kept = 7

// errForeign: who shares a folder of copies would write over the other's.
var errForeign = errors.New("bolt: another ledger's copy has that name")

// backupDaily is Care into a folder.
func (l *Ledger) backupDaily(ctx context.Context, dir string, now time.Time) error {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	ours, err := l.reach()
	if err != nil {
		return err
	}
	copies, _, err := copiesIn(dir, l.identity)
	if err != nil {
		return err
	}
	path := filepath.Join(dir, backupName(now.In(payment.China).Format(time.DateOnly)))
	if i := slices.IndexFunc(copies, func(s saved) bool { return s.path == path }); i >= 0 &&
		!copies[i].mark.kin(ours) {
		return fmt.Errorf("%w: %s is of %s", errForeign, path, copies[i].mark.Instance)
	}
	copies = kinOf(ours, copies)
	if n := len(copies); n > 0 {
		if err := l.noteCopy(copies[n-1].path); err != nil {
			return err
		}
		if copies[n-1].path == path {
			return nil // one of that name with a newer one beside it was made by a clock that was wrong
		}
	}
	err = durable.SweepEach(dir, isBackup)
	if err = errors.Join(err, l.Backup(ctx, path)); err != nil {
		return err
	}
	return errors.Join(l.noteCopy(path), l.prune(dir))
}

// noteCopy keeps when a copy of this ledger was made.
func (l *Ledger) noteCopy(path string) error {
	info, err := os.Stat(path)
	if err == nil {
		l.copied.Store(info.ModTime().Unix())
	}
	return err
}

// Copied returns when the newest daily copy was made; ok is false where there is none, or nobody has looked yet.
func (l *Ledger) Copied() (at time.Time, ok bool) {
	made := l.copied.Load()
	return time.Unix(made, 0), made != 0
}

// prune removes the oldest copies of this ledger beyond those that are kept; what cannot be read stays.
func (l *Ledger) prune(dir string) error {
	ours, err := l.reach()
	if err != nil {
		return err
	}
	copies, _, err := copiesIn(dir, l.identity)
	for copies = kinOf(ours, copies); len(copies) > kept; copies = copies[1:] {
		err = errors.Join(err, os.Remove(copies[0].path))
	}
	return err
}

// sound reports what is wrong with a copy of this ledger.
func (l *Ledger) sound(ctx context.Context, path string) error {
	c, err := load(path, l.identity, Options{MaxSize: l.maxSize})
	if err != nil {
		return err
	}
	c.check()
	err = c.Failed()
	if err == nil {
		var findings []string
		if findings, err = c.Verify(ctx); err == nil && len(findings) > 0 {
			err = fmt.Errorf("%w: %s", payment.ErrDamaged, findings[0])
		}
	}
	return errors.Join(err, c.Close())
}
