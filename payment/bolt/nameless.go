package bolt

import (
	"context"
	"errors"
	"fmt"
	"os"

	"go.etcd.io/bbolt"

	"courtkiosk/payment"
	"courtkiosk/payment/durable"
)

// secretBooks hold what is of one machine's people: names, hashes of PINs and cards, sealed second factors, tokens of
// browsers. They open nothing where that machine's own key is not.
var secretBooks = []string{bookOfPeople, bookOfSignIns}

// Nameless writes to path, a temporary name, a verified copy of the ledger that may leave this machine: no payer's
// name and no account of a person is in it, nor in a page that it once had. What else it holds names nobody: cases,
// sums, what WeChat has said, staff numbers, and the reasons that people have typed. What is deleted stays in its page
// until something else is written there: so what is left is copied record by record.
func (l *Ledger) Nameless(ctx context.Context, path string) (err error) {
	if err := ctx.Err(); err != nil {
		return err
	}
	if room, err := l.Room(); err != nil || !room.spares(2) {
		return errors.Join(err, fmt.Errorf("%w: %d MiB free on the disk are too little to copy a ledger of %d",
			payment.ErrNoRoom, room.Free>>20, room.Used>>20))
	}
	temp := durable.Temp(path)
	defer func() {
		err = errors.Join(err, os.RemoveAll(temp))
		if err != nil {
			err = errors.Join(err, os.RemoveAll(path))
		}
	}()
	if err := l.copyTo(temp); err != nil {
		return err
	}
	c, err := load(temp, l.identity, Options{MaxSize: l.maxSize})
	if err != nil {
		return err
	}
	c.check()
	if err := errors.Join(c.update(ctx, unname), c.Close()); err != nil {
		return fmt.Errorf("take the names out of a copy: %w", err)
	}
	if err := durable.Compact(path, temp); err != nil {
		return fmt.Errorf("compact a copy: %w", err)
	}
	return l.sound(ctx, path)
}

// unname takes names and keys out of a ledger, and where it was: neither is known elsewhere.
func unname(tx *bbolt.Tx) error {
	if err := tx.DeleteBucket(bucketPersonal); err != nil {
		return err
	}
	if _, err := tx.CreateBucket(bucketPersonal); err != nil {
		return err
	}
	books := tx.Bucket(bucketBooks)
	for _, name := range secretBooks {
		if books.Bucket([]byte(name)) == nil {
			continue
		}
		if err := books.DeleteBucket([]byte(name)); err != nil {
			return err
		}
	}
	return tx.Bucket(bucketMeta).Delete(keyMachine)
}
