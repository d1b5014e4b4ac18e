package bolt

import (
	"context"
	"crypto/rand"
	"encoding/binary"
	"errors"
	"fmt"
	"os"
	"time"

	"go.etcd.io/bbolt"

	"courtkiosk/payment"
	"courtkiosk/payment/durable"
)

// errInUse means: the ledger that is here has had orders. Nothing takes its place.
var errInUse = fmt.Errorf("%w: the ledger of this machine has had orders", payment.ErrConflict)

// errEarly means: the clock here stands before the copy was made. What the lost machine was paid after that time
// would count as paid to somebody else.
var errEarly = errors.New("bolt: the clock of this machine stands before the last entry of the copy, and is wrong")

// Succeed makes the copy at from, a temporary name beside path, the ledger at path: of another instance than the one
// that it is a copy of, which is kept among its former ones, and restored as of the copy. It is told apart from that
// one should it come back, gives no receipt number that it may give, and follows what was open. A ledger that has had
// an order is never replaced, and one that never had any is kept aside.
func Succeed(
	ctx context.Context, path, from string, id payment.Identity, opts Options, by payment.By,
) (payment.Heir, error) {
	here, err := unused(path, id, opts)
	if err != nil {
		return payment.Heir{}, err
	}
	release, err := hold(path)
	if err != nil {
		return payment.Heir{}, err
	}
	defer release()
	l, err := load(from, id, Options{MaxSize: 4 << 30, Machine: opts.Machine})
	if err != nil {
		return payment.Heir{}, err
	}
	l.check()
	h, err := l.inherit(ctx, by)
	if err == nil {
		h.Aside, err = l.install(path)
	}
	if err == nil {
		l.marker.path = opts.Mark // now it is true
		err = discard(opts.Backups, id, here)
	}
	return h, errors.Join(err, l.Close())
}

// unused returns how far the ledger is that lies at path, of one that never had an order; zero when there is none, and
// never was. One that is lost may have had orders that nobody else knows: its own copies bring it back.
func unused(path string, id payment.Identity, opts Options) (here mark, err error) {
	if _, err := os.Stat(path); errors.Is(err, os.ErrNotExist) {
		left, err := remains(path, opts)
		if left != "" {
			err = fmt.Errorf("%w: the ledger of this machine is missing, but was there before: %s", payment.ErrConflict,
				left)
		}
		return here, err
	}
	l, err := load(path, id, Options{MaxSize: 4 << 30})
	if err != nil {
		return here, fmt.Errorf("%w: the ledger of this machine cannot be read: %v", payment.ErrConflict, err)
	}
	defer func() { err = errors.Join(err, l.db.Close()) }()
	err = l.view(func(tx *bbolt.Tx) error {
		if tx.Bucket(bucketOrders).Sequence() > 0 {
			return errInUse
		}
		here, err = reachOf(tx)
		return err
	})
	return here, err
}

// inherit makes a copy the ledger that follows the one that it is of.
func (l *Ledger) inherit(ctx context.Context, by payment.By) (h payment.Heir, err error) {
	if findings, err := l.Verify(ctx); err != nil || len(findings) > 0 {
		return h, errors.Join(err, fmt.Errorf("%w: %q", payment.ErrDamaged, findings))
	}
	if err := l.upgrade(ctx, migrations[:writes-1]); err != nil {
		return h, err
	}
	h.Was, h.Is, h.At = l.identity.Instance, rand.Text()[:10], now()
	err = l.update(ctx, func(tx *bbolt.Tx) error {
		meta := tx.Bucket(bucketMeta)
		is, err := reachOf(tx)
		if err != nil {
			return err
		}
		h.Orders = tx.Bucket(bucketOrders).Inspect().KeyN
		h.Entry = is.Entry
		h.Succession = h.Proven(is.Hash)
		if h.As, err = lastEntry(tx); err != nil {
			return err
		}
		if h.At.Before(h.As) {
			return refusal{fmt.Errorf("%w: set it (it is %s here, and the entry is of %s)", errEarly,
				h.At.Format(time.RFC3339), h.As.Format(time.RFC3339))}
		}
		list, err := successions(tx)
		if err != nil {
			return err
		}
		id := l.identity
		id.Instance = h.Is
		if err := errors.Join(put(meta, keyIdentity, id), put(meta, keyMachine, l.here), leap(tx), stray(meta),
			put(meta, keySuccessions, append(list, h.Succession)), keepFormer(tx, h.At, h.Was)); err != nil {
			return err
		}
		note := fmt.Sprintf("%s is %s", h.Was, h.Is)
		if err := record(tx, payment.Entry{Event: "succeeded", Note: note, By: by}); err != nil {
			return err
		}
		return lose(tx, Restored{Source: "a copy of the ledger of " + h.Was, As: h.As}, "copy that had left")
	})
	l.identity.Instance = h.Is
	return h, err
}

// stray moves the receipt numbers on by some that nobody guesses: two heirs of one copy know nothing of each other.
func stray(meta *bbolt.Bucket) error {
	var by [4]byte
	_, _ = rand.Read(by[:]) // it does not fail
	return meta.SetSequence(meta.Sequence() + uint64(binary.BigEndian.Uint32(by[:])>>12))
}

// install gives a ledger that is open under a temporary name its name.
func (l *Ledger) install(path string) (aside string, err error) {
	if err := l.db.Sync(); err != nil {
		return "", err
	}
	if _, err := os.Stat(path); err == nil {
		if aside, err = keep(path, time.Now()); err != nil {
			return "", fmt.Errorf("keep the ledger that is here: %w", err)
		}
	}
	if err := durable.Rename(l.path, path); err != nil {
		return aside, err
	}
	l.path = path
	return aside, nil
}

// discard removes the daily copies of a ledger that never had an order: they would stand in the way of its heir's.
func discard(dir string, id payment.Identity, here mark) error {
	if here.Instance == "" {
		return nil
	}
	copies, _, err := copiesIn(dir, id)
	for _, s := range kinOf(here, copies) {
		err = errors.Join(err, os.Remove(s.path))
	}
	return err
}

func successions(tx *bbolt.Tx) (list []payment.Succession, err error) {
	if err = get(tx.Bucket(bucketMeta), keySuccessions, &list); errors.Is(err, payment.ErrNotFound) {
		err = nil
	}
	return list, err
}

// Successions returns whose place this ledger has taken, for whom should those come back.
func (l *Ledger) Successions() (list []payment.Succession, err error) {
	err = l.view(func(tx *bbolt.Tx) error {
		list, err = successions(tx)
		return err
	})
	return list, err
}

// Yield ends that this ledger begins payments, once another has proven that it has taken its place; what is open is
// followed as ever. Who does not know an entry of this ledger's audit is payment.ErrConflict: then nothing changes.
// Rebind takes it back.
func (l *Ledger) Yield(ctx context.Context, s payment.Succession) error {
	err := l.update(ctx, func(tx *bbolt.Tx) error {
		meta := tx.Bucket(bucketMeta)
		if meta.Get(keySuccessor) != nil {
			return errUnchanged
		}
		var e payment.Entry
		err := get(tx.Bucket(bucketAudit), number(s.Entry), &e)
		if err != nil && !errors.Is(err, payment.ErrNotFound) {
			return err
		}
		if s.Was != l.identity.Instance || !s.Proves(e.Hash) {
			return refusal{fmt.Errorf("%w: nothing proves that %s has succeeded this one", payment.ErrConflict, s.Is)}
		}
		return errors.Join(put(meta, keySuccessor, s),
			record(tx, payment.Entry{Event: "succeeded-by", Note: fmt.Sprintf("%s is %s", s.Was, s.Is)}))
	})
	if err == nil {
		l.succeeded.Store(true)
	}
	if errors.Is(err, errUnchanged) {
		return nil
	}
	return err
}

// Successor returns who has taken this ledger's place.
func (l *Ledger) Successor() (s payment.Succession, ok bool) {
	err := l.view(func(tx *bbolt.Tx) error { return get(tx.Bucket(bucketMeta), keySuccessor, &s) })
	return s, err == nil
}
