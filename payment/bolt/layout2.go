package bolt

import (
	"bytes"
	"errors"
	"slices"
	"strings"

	"go.etcd.io/bbolt"

	"courtkiosk/payment"
)

// Layout 1, of November 2026: orders were found by their creation only, days counted for all devices, work was not
// claimed, the audit was chained by JSON, and a wish was a single word.
var (
	bucketTimeline = []byte("timeline") // order sequence -> number

	buckets1 = [][]byte{bucketMeta, bucketOrders, bucketBills, bucketLabels, bucketOpen, bucketTimeline, bucketEffects,
		bucketOwed, bucketPersonal, bucketAudit, bucketHistory, bucketDays}
)

// stored1 is an order of layout 1.
type stored1 struct {
	Born  uint64
	Order struct {
		payment.Order
		Cancelled bool // somebody wished that it be closed
	}
}

// today returns the order as layout 2 has it. Who wished it closed was not kept: the visitor did, mostly.
func (s stored1) today() stored {
	o := s.Order.Order.Modern()
	o.Device, _, _ = strings.Cut(o.Attach, "/")
	if s.Order.Cancelled {
		o.Unwanted = payment.Wish{Source: payment.ByVisit}
	}
	return stored{s.Born, o}
}

// toLayout2 rewrites every order and index. Entries of the audit stay as they are; what follows them is chained anew.
func toLayout2(tx *bbolt.Tx) error {
	for _, name := range [][]byte{bucketFound, bucketRequests, bucketWork} {
		if _, err := tx.CreateBucket(name); err != nil {
			return err
		}
	}
	devices, err := ordersToday(tx)
	if err != nil {
		return err
	}
	return errors.Join(
		workToday(tx),
		daysToday(tx, devices),
		tx.DeleteBucket(bucketTimeline),
		tx.Bucket(bucketMeta).Put(keySeam, number(tx.Bucket(bucketAudit).Sequence()+1)),
	)
}

// ordersToday rewrites the orders and makes the index of searches. It returns the devices that have opened them.
func ordersToday(tx *bbolt.Tx) (devices []string, err error) {
	type entry struct{ key, no []byte }
	var numbers [][]byte
	var found []entry
	orders := tx.Bucket(bucketOrders)
	_ = orders.ForEach(func(no, _ []byte) error { // it does not fail
		numbers = append(numbers, bytes.Clone(no))
		return nil
	})
	for _, no := range numbers {
		var old stored1
		if err := get(orders, no, &old); err != nil {
			return nil, err
		}
		s := old.today()
		if err := put(orders, no, s); err != nil {
			return nil, err
		}
		if !slices.Contains(devices, s.Order.Device) {
			devices = append(devices, s.Order.Device)
		}
		for _, r := range rows(s) {
			if bytes.Equal(r.index, bucketFound) {
				found = append(found, entry{r.key, no})
			}
		}
	}
	// In the order of keys, else bbolt moves half of the index for each.
	slices.SortFunc(found, func(a, b entry) int { return bytes.Compare(a.key, b.key) })
	for _, e := range found {
		if err := tx.Bucket(bucketFound).Put(e.key, e.no); err != nil {
			return nil, err
		}
	}
	return devices, nil
}

// workToday notes how each piece of owed work stands.
func workToday(tx *bbolt.Tx) error {
	var owed [][]byte
	_ = tx.Bucket(bucketOwed).ForEach(func(key, _ []byte) error { // it does not fail
		owed = append(owed, bytes.Clone(key))
		return nil
	})
	for _, key := range owed {
		p, err := piece(tx, key)
		if err == nil {
			err = putEffect(tx, p.Order, payment.Effect{}, p.Effect)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// daysToday counts the orders of each day for each device: no serial of a day is given again, whoever had it.
func daysToday(tx *bbolt.Tx, devices []string) error {
	days := tx.Bucket(bucketDays)
	counts := make(map[string][]byte)
	_ = days.ForEach(func(day, n []byte) error { // it does not fail
		counts[string(day)] = bytes.Clone(n)
		return nil
	})
	var errs []error
	for day, n := range counts {
		errs = append(errs, days.Delete([]byte(day)))
		for _, device := range devices {
			errs = append(errs, days.Put(join(device, day), n))
		}
	}
	return errors.Join(errs...)
}
