package bolt

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"math"
	"os"
	"slices"

	"go.etcd.io/bbolt"

	"courtkiosk/payment"
)

// Census counts what the ledger holds.
func (l *Ledger) Census(context.Context) (c payment.Census, err error) {
	err = l.view(func(tx *bbolt.Tx) error {
		c.Open, c.Owed = tx.Bucket(bucketOpen).Inspect().KeyN, tx.Bucket(bucketOwed).Inspect().KeyN
		c.Personal, c.Entries = tx.Bucket(bucketPersonal).Inspect().KeyN, tx.Bucket(bucketAudit).Inspect().KeyN
		return tx.Bucket(bucketOrders).ForEach(func(no, record []byte) error {
			var s stored
			c.Orders++
			// Verify tells of those that cannot be read.
			if decode(record, no, &s) == nil && s.Order.State == payment.Paid {
				c.Paid++
			}
			return nil
		})
	})
	c.FreePages = l.db.Stats().FreePageN
	if info, serr := os.Stat(l.path); serr == nil {
		c.Bytes = info.Size()
	}
	return c, err
}

// Verify reads every page, record, index and the audit's chain, and says in words what is wrong.
func (l *Ledger) Verify(ctx context.Context) ([]string, error) {
	if err := l.Checked(ctx); errors.Is(err, payment.ErrDamaged) {
		return []string{err.Error()}, nil // the pages themselves: what they hold says nothing
	}
	v := verifier{layout: l.layout}
	if err := l.pages(&v); err != nil {
		return v.findings, err
	}
	err := l.view(func(tx *bbolt.Tx) error {
		v.tx = tx
		v.everything()
		return ctx.Err()
	})
	return v.findings, err
}

// pages has bbolt check the file. Writers wait meanwhile: the check reads the list of free pages, which they change.
func (l *Ledger) pages(v *verifier) error {
	err := l.write(func(tx *bbolt.Tx) error {
		if err := l.everyPage(tx, func(err error) { v.say("file: %v", err) }); err != nil {
			return err
		}
		return errUnchanged // nothing is written
	})
	if errors.Is(err, errUnchanged) {
		return nil
	}
	return err
}

// A verifier collects what is wrong.
type verifier struct {
	tx       *bbolt.Tx
	layout   uint64
	findings []string
}

// everything compares records, indexes and audit.
func (v *verifier) everything() {
	v.orders()
	v.effects()
	v.audit()
	v.tries()
	if v.layout > 1 {
		v.requests()
	}
	if v.layout > 2 {
		v.refunds()
		v.books()
	}
}

func (v *verifier) say(format string, args ...any) {
	v.findings = append(v.findings, fmt.Sprintf(format, args...))
}

// each reads a bucket to its end.
func (v *verifier) each(bucket []byte, fn func(key, value []byte)) {
	_ = v.tx.Bucket(bucket).ForEach(func(key, value []byte) error { // fn does not fail
		fn(key, value)
		return nil
	})
}

// orders: each is read, found by every index that should know it, and as the audit left it. Indexes know nothing else.
// Of an older layout the indexes are not compared: it is migrated at once, and compared then.
func (v *verifier) orders() {
	states := make(map[string]payment.State)
	v.each(bucketAudit, func(seq, record []byte) {
		var e payment.Entry
		if decode(record, seq, &e) == nil && e.To != "" && e.Order != "" {
			states[e.Order] = e.To
		}
	})
	counts := make(map[string]int)
	v.each(bucketOrders, func(no, record []byte) {
		var s stored
		if err := decode(record, no, &s); err != nil {
			v.say("order: %v", err)
			return
		}
		if last := states[string(no)]; last != s.Order.State {
			v.say("order %s is %s, its last audit entry says %q", no, s.Order.State, last)
		}
		if v.layout > 1 {
			v.found(s, counts)
		}
	})
	v.each(bucketPersonal, func(no, _ []byte) {
		if v.tx.Bucket(bucketOrders).Get(no) == nil {
			v.say("personal data of an unknown order %s", no)
		}
	})
	if v.layout > 1 {
		for _, index := range [][]byte{bucketBills, bucketLabels, bucketOpen, bucketFound} {
			v.nothingElse(index, counts[string(index)])
		}
	}
}

// found: every index that should know an order leads to it, and its day was counted.
func (v *verifier) found(s stored, counts map[string]int) {
	for _, r := range rows(s) {
		counts[string(r.index)]++
		if string(v.tx.Bucket(r.index).Get(r.key)) != s.Order.No {
			v.say("order %s is not found by %s", s.Order.No, r.index)
		}
	}
	v.given("order", s.Order.No, bucketOrders, s.Born)
	v.given("receipt of order", s.Order.No, bucketMeta, s.Order.Sequence)
	n := v.tx.Bucket(bucketDays).Get(dayKey(s.Order.Device, s.Order.CreatedAt))
	if len(n) != 8 || numberOf(n) < s.Order.Serial {
		v.say("order %s has serial %d, which its day has not given yet", s.Order.No, s.Order.Serial)
	}
}

// given: a number that was taken from a bucket's sequence is not taken again.
func (v *verifier) given(what, no string, from []byte, n uint64) {
	if next := v.tx.Bucket(from).Sequence(); n > next {
		v.say("%s %s has number %d, and %s counts on from %d", what, no, n, from, next)
	}
}

// nothingElse: an index has as many entries as lead to an order as it is. Else those are named that do not.
func (v *verifier) nothingElse(index []byte, want int) {
	n := 0
	v.each(index, func([]byte, []byte) { n++ })
	if n == want {
		return
	}
	v.each(index, func(key, no []byte) {
		var s stored
		if err := get(v.tx.Bucket(bucketOrders), no, &s); err != nil {
			v.say("index %s leads to order %s: %v", index, no, err)
			return
		}
		if !slices.ContainsFunc(rows(s), (row{index, key}).equal) {
			v.say("index %s leads to another order %s than it means", index, no)
		}
	})
}

// requests: each order is known by the request that has opened or joined it last, and each request leads to an order.
func (v *verifier) requests() {
	v.each(bucketOrders, func(no, record []byte) {
		var s stored
		if decode(record, no, &s) != nil || s.Order.Request == "" {
			return
		}
		if known, ok, err := requested(v.tx, s.Order.Request); err != nil || !ok || known.Order.No != s.Order.No {
			v.say("order %s is not found by its request: %v", no, err)
		}
	})
	v.each(bucketRequests, func(id, _ []byte) {
		if _, _, err := requested(v.tx, string(id)); err != nil {
			v.say("request: %v", err)
		}
	})
}

// effects: each is read, belongs to an order, and stands among what is owed, and may be taken up, as it should.
func (v *verifier) effects() {
	owed, work := 0, 0
	v.each(bucketEffects, func(key, record []byte) {
		var e payment.Effect
		if err := decode(record, key, &e); err != nil {
			v.say("effect: %v", err)
			return
		}
		var s stored
		if err := get(v.tx.Bucket(bucketOrders), []byte(e.Order), &s); err != nil {
			v.say("%s is owed for an unknown order %s: %v", e.Kind, e.Order, err)
			return
		}
		stands := v.tx.Bucket(bucketOwed).Get(key)
		if (stands != nil) == (e.State == payment.Done) {
			v.say("%s of order %s is %s; among the owed ones: %t", e.Kind, e.Order, e.State, stands != nil)
		}
		if stands != nil {
			owed++
		}
		if v.layout == 1 {
			return
		}
		if stands != nil && !bytes.Equal(stands, standing(e)) {
			v.say("%s of order %s is not %s among the owed ones", e.Kind, e.Order, e.State)
		}
		if at := workKey(s.Order, e); at != nil {
			work++
			if !v.stands(at, key) && (at[0] != workRests || !v.stands(readyKey(s.Order, e.Kind), key)) {
				v.say("%s of order %s is %s, and not found as work", e.Kind, e.Order, e.State)
			}
		}
	})
	v.counts(bucketOwed, owed)
	if v.layout > 1 {
		v.counts(bucketWork, work)
	}
}

func (v *verifier) stands(at, key []byte) bool {
	return bytes.Equal(v.tx.Bucket(bucketWork).Get(at), key)
}

// counts: an index of work holds what it should and no more.
func (v *verifier) counts(index []byte, want int) {
	n := 0
	v.each(index, func([]byte, []byte) { n++ })
	if n != want {
		v.say("index %s has %d entries, and should have %d", index, n, want)
	}
}

// has reports whether a key is there. Get does not tell before the commit when its value is nothing.
func (v *verifier) has(bucket, key []byte) bool {
	k, _ := v.tx.Bucket(bucket).Cursor().Seek(key)
	return bytes.Equal(k, key)
}

// audit: each entry follows the one before it, none is missing at the end, and each is found by its order alone.
func (v *verifier) audit() {
	var last payment.Entry
	seam := v.seam()
	v.each(bucketAudit, func(seq, record []byte) {
		var e payment.Entry
		if err := decode(record, seq, &e); err != nil {
			v.say("audit: %v", err)
			return
		}
		if !e.Follows(last, seam) {
			v.say("audit entry %d does not follow entry %d", e.Seq, last.Seq)
		}
		if !v.has(bucketHistory, append(join(e.Order), seq...)) {
			v.say("audit entry %d is not found by its order", e.Seq)
		}
		last = e
	})
	if n := v.tx.Bucket(bucketAudit).Sequence(); n != last.Seq {
		v.say("the audit ends with entry %d, and has had %d", last.Seq, n)
	}
	v.counts(bucketHistory, int(last.Seq))
}

// seam is the first entry that is chained by today's rule.
func (v *verifier) seam() uint64 {
	if v.layout == 1 {
		return math.MaxUint64
	}
	seam := v.tx.Bucket(bucketMeta).Get(keySeam)
	if len(seam) != 8 {
		v.say("it is not known where the audit's chain has its seam")
		return 1
	}
	return numberOf(seam)
}
