package bolt

import (
	"encoding/binary"
	"errors"
	"os"
	"testing"

	"go.etcd.io/bbolt"

	"courtkiosk/payment"
	"courtkiosk/payment/ledgertest"
)

// A page that refers to itself, to a page of another tree, or beyond the end is found before anything follows it: bbolt
// would follow until the memory is full.
func TestPagesAreATree(t *testing.T) {
	l := fresh(t)
	for n := range 150 {
		ledgertest.New(t, l, ledgertest.Request(n), ledgertest.Born)
	}
	must(t, l.Close())
	whole, err := os.ReadFile(l.path)
	must(t, err)
	page, branches := os.Getpagesize(), 0
	for id := 2; id < len(whole)/page; id++ {
		head := whole[id*page:]
		if binary.NativeEndian.Uint16(head[8:]) != branchPage || binary.NativeEndian.Uint64(head) != uint64(id) {
			continue
		}
		branches++
		for name, child := range map[string]uint64{"itself": uint64(id), "the one before": uint64(id - 1),
			"beyond": uint64(len(whole)), "meta": 0} {
			data := append([]byte(nil), whole...)
			binary.NativeEndian.PutUint64(data[id*page+pageHead+8:], child)
			must(t, os.WriteFile(l.path, data, 0o600))
			os.Remove(l.path + ".damaged")
			bad, err := Open(l.path, identity, Options{})
			if err == nil {
				err = bad.Checked(t.Context())
				bad.Close()
			}
			if err != nil && !errors.Is(err, payment.ErrDamaged) || err == nil && name == "beyond" &&
				!stale(t, l.path, id) {
				t.Errorf("page %d leads to %s: %v", id, name, err)
			}
		}
	}
	if branches == 0 {
		t.Fatal("the ledger has no branch page")
	}
}

// stale reports whether a page belongs to no tree any more: what it says harms nobody.
func stale(t *testing.T, path string, id int) bool {
	t.Helper()
	l := open(t, path)
	defer l.Close()
	tx, err := l.db.Begin(false)
	must(t, err)
	defer tx.Rollback()
	p, err := tx.Page(id)
	must(t, err)
	return p.Type == "free"
}

// An index that names an order which is not there is damage, not "no such order": a start must put a sound ledger in
// its place.
func TestAnIndexThatNamesNothing(t *testing.T) {
	l := fresh(t)
	o := ledgertest.New(t, l, ledgertest.Request(1), ledgertest.Born)
	must(t, l.db.Update(func(tx *bbolt.Tx) error { return tx.Bucket(bucketOrders).Delete([]byte(o.No)) }))
	_, unsettled := l.Unsettled(t.Context())
	_, newest := recent(l, 9)
	_, ofBill := l.OfBill(t.Context(), o.Key)
	for name, err := range map[string]error{"unsettled": unsettled, "newest": newest, "of its bill": ofBill} {
		if !errors.Is(err, payment.ErrDamaged) {
			t.Errorf("%s: %v", name, err)
		}
	}
	must(t, l.Close())
	bad, err := Open(l.path, identity, Options{})
	if err == nil {
		err = bad.Checked(t.Context())
		bad.Close()
	}
	if !errors.Is(err, payment.ErrDamaged) {
		t.Errorf("opened: %v", err)
	}
}
