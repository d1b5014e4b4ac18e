package bolt

import (
	"errors"

	"go.etcd.io/bbolt"
)

// Layout 2, until the end of November 2026, knew neither refunds nor books.
var buckets2 = [][]byte{bucketMeta, bucketOrders, bucketBills, bucketLabels, bucketOpen, bucketFound, bucketRequests,
	bucketEffects, bucketOwed, bucketWork, bucketPersonal, bucketAudit, bucketHistory, bucketDays}

// toLayout3 makes room for refunds and books.
func toLayout3(tx *bbolt.Tx) error {
	var errs []error
	for _, name := range [][]byte{bucketRefunds, bucketReturns, bucketBooks} {
		_, err := tx.CreateBucket(name)
		errs = append(errs, err)
	}
	return errors.Join(errs...)
}
