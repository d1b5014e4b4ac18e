package bolt

import (
	"fmt"

	"go.etcd.io/bbolt"
)

// A migration changes a ledger from the layout of its index+1 to the next one, in one transaction.
type migration func(tx *bbolt.Tx) error

// migrations are all that there were; their number and schema belong together.
var migrations = []migration{}

// migrate brings a ledger of an older layout to today's, after a verified copy of it was put beside it.
func (l *Ledger) migrate(steps []migration) error {
	var from uint64
	if err := l.view(func(tx *bbolt.Tx) error { from = numberOf(tx.Bucket(bucketMeta).Get(keySchema)); return nil }); err != nil {
		return err
	}
	if from >= uint64(len(steps)+1) {
		return nil
	}
	before := fmt.Sprintf("%s.v%d", l.path, from)
	if err := l.copyTo(before); err != nil {
		return fmt.Errorf("copy the ledger of layout %d: %w", from, err)
	}
	err := l.write(func(tx *bbolt.Tx) error {
		for i := from; i <= uint64(len(steps)); i++ {
			if err := steps[i-1](tx); err != nil {
				return fmt.Errorf("migrate from layout %d: %w", i, err)
			}
		}
		return tx.Bucket(bucketMeta).Put(keySchema, number(uint64(len(steps)+1)))
	})
	if err != nil {
		return fmt.Errorf("%w (it is as it was; a copy is %s)", err, before)
	}
	return nil
}
