package bolt

import (
	"context"
	"errors"
	"slices"
	"time"

	"go.etcd.io/bbolt"

	"courtkiosk/payment"
)

// Words returns what people have said of other ledgers.
func (l *Ledger) Words(ctx context.Context) (words []payment.Word, err error) {
	err = l.view(func(tx *bbolt.Tx) error {
		words, err = wordsIn(tx)
		return errors.Join(err, ctx.Err())
	})
	return words, err
}

// Say stores a word of a person, and that it was said.
func (l *Ledger) Say(ctx context.Context, w payment.Word) error {
	return l.update(ctx, func(tx *bbolt.Tx) error {
		words, err := wordsIn(tx)
		if err != nil {
			return err
		}
		same := func(old payment.Word) bool { return old.Instance == w.Instance && old.Lost == w.Lost }
		if i := slices.IndexFunc(words, same); i >= 0 {
			words[i] = w
		} else {
			words = append(words, w)
		}
		return errors.Join(put(tx.Bucket(bucketMeta), keyWords, words), record(tx, w.Entry()))
	})
}

func wordsIn(tx *bbolt.Tx) (words []payment.Word, err error) {
	err = get(tx.Bucket(bucketMeta), keyWords, &words)
	if errors.Is(err, payment.ErrNotFound) {
		err = nil
	}
	return words, err
}

// made returns when a ledger was made that has not noted it: at its first audit entry, and one without any now.
func (l *Ledger) made() (at time.Time, err error) {
	at = now()
	err = l.view(func(tx *bbolt.Tx) error {
		k, text := tx.Bucket(bucketAudit).Cursor().First()
		if k == nil {
			return nil
		}
		var first payment.Entry
		err := decode(text, k, &first)
		at = first.At
		return err
	})
	return at, err
}
