package bolt

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"

	"go.etcd.io/bbolt"

	"courtkiosk/payment"
)

// A Census counts what a ledger holds.
type Census struct {
	Orders, Open, Paid int
	Owed               int // pieces of work that are not done
	Personal           int // orders whose personal data is kept
	Entries            int // of the audit
	Bytes              int64
	FreePages          int
}

// Census counts what the ledger holds.
func (l *Ledger) Census(context.Context) (c Census, err error) {
	err = l.view(func(tx *bbolt.Tx) error {
		c.Open, c.Owed = tx.Bucket(bucketOpen).Inspect().KeyN, tx.Bucket(bucketOwed).Inspect().KeyN
		c.Personal, c.Entries = tx.Bucket(bucketPersonal).Inspect().KeyN, tx.Bucket(bucketAudit).Inspect().KeyN
		return tx.Bucket(bucketOrders).ForEach(func(no, record []byte) error {
			var s stored
			c.Orders++
			if decode(record, no, &s) == nil && s.Order.State == payment.Paid { // Verify tells of those that cannot be read
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
	var v verifier
	if err := l.pages(&v); err != nil {
		return v.findings, err
	}
	err := l.view(func(tx *bbolt.Tx) error {
		v.tx = tx
		v.orders()
		v.indexes()
		v.effects()
		v.audit()
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
	findings []string
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

// orders: each is read, found by every index that should know it, and as the audit left it.
func (v *verifier) orders() {
	states := make(map[string]payment.State)
	v.each(bucketAudit, func(seq, record []byte) {
		var e payment.Entry
		if decode(record, seq, &e) == nil && e.To != "" {
			states[e.Order] = e.To
		}
	})
	v.each(bucketOrders, func(no, record []byte) {
		var s stored
		if err := decode(record, no, &s); err != nil {
			v.say("order: %v", err)
			return
		}
		at := number(s.Born)
		if open := v.tx.Bucket(bucketOpen).Get(at) != nil; open == s.Order.Final() {
			v.say("order %s is %s; among the open ones: %t", no, s.Order.State, open)
		}
		if v.tx.Bucket(bucketTimeline).Get(at) == nil {
			v.say("order %s is not found by its time", no)
		}
		if v.tx.Bucket(bucketBills).Get(append(billKey(s.Order.Key), at...)) == nil {
			v.say("order %s is not found by its bill", no)
		}
		for _, label := range s.Order.Labels {
			if v.tx.Bucket(bucketLabels).Get(append(join(label), at...)) == nil {
				v.say("order %s is not found by a label", no)
			}
		}
		if last := states[string(no)]; last != s.Order.State {
			v.say("order %s is %s, its last audit entry says %q", no, s.Order.State, last)
		}
	})
}

// indexes: each entry leads to an order that is the one it means.
func (v *verifier) indexes() {
	for _, index := range [][]byte{bucketBills, bucketLabels, bucketOpen, bucketTimeline} {
		v.each(index, func(key, no []byte) {
			var s stored
			if err := get(v.tx.Bucket(bucketOrders), no, &s); err != nil {
				v.say("index %s leads to order %s: %v", index, no, err)
			} else if !bytes.HasSuffix(key, number(s.Born)) {
				v.say("index %s leads to another order %s than it means", index, no)
			}
		})
	}
	v.each(bucketPersonal, func(no, _ []byte) {
		if v.tx.Bucket(bucketOrders).Get(no) == nil {
			v.say("personal data of an unknown order %s", no)
		}
	})
}

// effects: each is read, belongs to an order, and stands among the owed ones exactly when it is not done.
func (v *verifier) effects() {
	v.each(bucketEffects, func(key, record []byte) {
		var e payment.Effect
		if err := decode(record, key, &e); err != nil {
			v.say("effect: %v", err)
			return
		}
		if v.tx.Bucket(bucketOrders).Get([]byte(e.Order)) == nil {
			v.say("%s is owed for an unknown order %s", e.Kind, e.Order)
		}
		if owed := v.tx.Bucket(bucketOwed).Get(key) != nil; owed == (e.State == payment.Done) {
			v.say("%s of order %s is %s; among the owed ones: %t", e.Kind, e.Order, e.State, owed)
		}
	})
	v.each(bucketOwed, func(key, _ []byte) {
		if v.tx.Bucket(bucketEffects).Get(key) == nil {
			v.say("something unknown is owed")
		}
	})
}

// audit: each entry follows the one before it, and is found by its order.
func (v *verifier) audit() {
	var last payment.Entry
	v.each(bucketAudit, func(seq, record []byte) {
		var e payment.Entry
		if err := decode(record, seq, &e); err != nil {
			v.say("audit: %v", err)
			return
		}
		if e.Seq != last.Seq+1 || !bytes.Equal(e.Hash, chain(last.Hash, e)) {
			v.say("audit entry %d does not follow entry %d", e.Seq, last.Seq)
		}
		if v.tx.Bucket(bucketHistory).Get(append(join(e.Order), seq...)) == nil {
			v.say("audit entry %d is not found by its order", e.Seq)
		}
		last = e
	})
}
