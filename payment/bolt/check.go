package bolt

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"
	"runtime"
	"time"

	"go.etcd.io/bbolt"

	"courtkiosk/payment"
	"courtkiosk/payment/durable"
)

// firstSequence is where receipt numbers of a new file begin; see the package's decisions.
func firstSequence() uint64 { return minutes(time.Now()) }

// minutes counts those from the beginning of 2026 to t; none when t is before it.
func minutes(t time.Time) uint64 {
	return uint64(max(0, t.Sub(time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC))/time.Minute))
}

// sequenceAfter is where receipt numbers go on that have reached given, in a file whose last entry is of last and what
// came after it is lost. A clock that stands before that entry is wrong: it cannot tell how many minutes were lost, so
// the numbers leap.
func sequenceAfter(given uint64, last, now time.Time) uint64 {
	if now.Before(last) {
		return max(given, minutes(last)) + leaped
	}
	return max(given, minutes(now))
}

// admit checks that the file is as long as it says, of a layout that we know, bound to id, and that what is open and
// owed can be read.
func (l *Ledger) admit(id payment.Identity, here Machine) error {
	return l.view(func(tx *bbolt.Tx) error {
		if info, err := os.Stat(l.path); err != nil || info.Size() < tx.Size() {
			return fmt.Errorf("%w: %s has been cut off: want %d bytes (%w)", payment.ErrDamaged, l.path, tx.Size(), err)
		}
		if err := checkTree(tx, l.path, false); err != nil {
			return err
		}
		meta := tx.Bucket(bucketMeta)
		if meta == nil || len(meta.Get(keySchema)) != 8 {
			return fmt.Errorf("%w: %s is not a ledger", payment.ErrDamaged, l.path)
		}
		if l.layout = numberOf(meta.Get(keySchema)); l.layout > reads {
			return fmt.Errorf("%w: layout %d, this version knows %d", payment.ErrNewer, l.layout, reads)
		}
		if err := get(meta, keyIdentity, &l.identity); err != nil {
			return err
		}
		if l.identity.Court != id.Court || l.identity.Environment != id.Environment {
			return fmt.Errorf("%w: it is for %s, %s", payment.ErrOtherCourt, l.identity.Court, l.identity.Environment)
		}
		for _, name := range bucketsOf(l.layout) {
			if tx.Bucket(name) == nil {
				return fmt.Errorf("%w: %s has no %s", payment.ErrDamaged, l.path, name)
			}
		}
		l.leases.begin(meta.Get(keyFences), time.Now())
		l.succeeded.Store(meta.Get(keySuccessor) != nil)
		if err := l.arrive(tx, here); err != nil {
			return err
		}
		open, err := listed(tx, tx.Bucket(bucketOpen), nil)
		for _, s := range open {
			_, berr := ofBill(tx, s.Order.Key)
			err = errors.Join(err, berr)
		}
		return err
	})
}

// check looks at the whole file, once, beside everything else. Damage closes the ledger to writers and leaves a note,
// so that the next start is refused at once.
func (l *Ledger) check() {
	defer close(l.checked)
	err := l.view(func(tx *bbolt.Tx) error {
		var first error
		err := l.everyPage(tx, func(err error) { first = cmp.Or(first, err) })
		if err == nil && first != nil {
			err = fmt.Errorf("%w: %w", payment.ErrDamaged, first)
		}
		return err
	})
	if err != nil {
		_ = l.fail(err)
		_ = noteDamage(l.path, err) // without a note the next start finds the damage as this one did
	}
}

// Checked waits until the whole file was checked and returns why nothing can be written, nil when all is well.
func (l *Ledger) Checked(ctx context.Context) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	select {
	case <-l.checked:
		return l.Failed()
	case <-ctx.Done():
		return ctx.Err()
	}
}

// noteDamage notes beside a ledger that it is damaged.
func noteDamage(path string, found error) error {
	return durable.WriteFile(path+".damaged", []byte(found.Error()+"\n"), 0o600)
}

// damageNoted returns what an earlier check has found.
func damageNoted(path string) error {
	text, err := durable.ReadFile(path + ".damaged")
	if err != nil {
		return nil
	}
	return fmt.Errorf("%w: found by an earlier check: %s", payment.ErrDamaged, bytes.TrimSpace(text))
}

// everyPage reads the whole file and calls say for each finding of bbolt's. The check runs in a goroutine of bbolt's
// own, which needs the transaction to its end: it is heard out.
func (l *Ledger) everyPage(tx *bbolt.Tx, say func(error)) error {
	if err := checkTree(tx, l.path, true); err != nil {
		return err
	}
	if err := walk(tx); err != nil {
		return err
	}
	for err := range tx.Check(bbolt.WithKVStringer(brief{})) {
		say(err)
	}
	return nil
}

// walk reads every key and value here, where a fault becomes a panic: bbolt's own check runs in a goroutine of its own,
// and a page that points beyond the file would end the program there.
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
