package bolt

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
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
	temp := path + ".new"
	if err := l.copyTo(temp); err != nil {
		return err
	}
	if err := l.sound(ctx, temp); err != nil {
		return fmt.Errorf("the copy: %w", err)
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

// backupDaily is Care into a folder.
func (l *Ledger) backupDaily(ctx context.Context, dir string, now time.Time) error {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	path := filepath.Join(dir, backupName(now.In(payment.China).Format(time.DateOnly)))
	if _, err := os.Stat(path); err == nil {
		return nil
	}
	if err := l.Backup(ctx, path); err != nil {
		return err
	}
	copies, err := backupsIn(dir)
	for len(copies) > kept {
		err = errors.Join(err, os.Remove(copies[0]))
		copies = copies[1:]
	}
	return err
}

func backupName(day string) string { return "ledger-" + day + ".db" }

// backupsIn returns the daily copies in a folder, the oldest first.
func backupsIn(dir string) ([]string, error) {
	return filepath.Glob(filepath.Join(dir, backupName("????-??-??")))
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
