package bolt

import (
	"errors"

	"go.etcd.io/bbolt"
)

// Layout 2, until the end of November 2026, knew no refunds.
var buckets2 = [][]byte{bucketMeta, bucketOrders, bucketBills, bucketLabels, bucketOpen, bucketFound, bucketRequests,
	bucketEffects, bucketOwed, bucketWork, bucketPersonal, bucketAudit, bucketHistory, bucketDays}

// toLayout3 makes room for refunds.
func toLayout3(tx *bbolt.Tx) error {
	var errs []error
	for _, name := range [][]byte{bucketRefunds, bucketReturns} {
		_, err := tx.CreateBucket(name)
		errs = append(errs, err)
	}
	return errors.Join(errs...)
}
