package closing_test

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"go.etcd.io/bbolt"

	"courtkiosk/app/bill"
	"courtkiosk/payment"
	"courtkiosk/payment/bolt"
)

func openBolt(t testing.TB) (*bolt.Ledger, string) {
	path := filepath.Join(t.TempDir(), "ledger.db")
	l, err := bolt.Open(path, payment.Identity{Court: "京0101", Environment: "test"}, bolt.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() })
	return l, path
}

// Closing a day of 500 payments that were printed and reported takes 200 ms at most.
func BenchmarkClosing500(b *testing.B) {
	l, _ := openBolt(b)
	w := &world{tester: b, ledger: l, at: born}
	for i := range 500 {
		o := w.pay(w.open("03", billOf(i, bill.Litigation, "案件受理费", 270000)))
		w.hand(o, nil)
		w.report(o)
	}
	for b.Loop() {
		if _, s, err := w.book().Trial(none, "03", w.at); err != nil || s.Total().Paid.N != 500 {
			b.Fatal(s.Total(), err)
		}
	}
	begun := time.Now()
	w.close("03", "0217")
	b.ReportMetric(float64(time.Since(begun).Milliseconds()), "ms/closing")
}

// An order whose record is damaged is named and not counted, and the day is closed all the same. Once it is read again
// it stands on the next sheet.
func TestBrokenOrderStopsNoClosing(t *testing.T) {
	l, path := openBolt(t)
	w := &world{tester: t, ledger: l, at: born}
	sound := w.pay(w.open("03", billOf(0, bill.Litigation, "案件受理费", 270000)))
	broken := w.pay(w.open("03", billOf(1, bill.Fine, "罚款", 50000)))
	w.must(l.Close())
	was := damage(t, path, broken.No, func(record []byte) []byte {
		record[len(record)/2] ^= 0xff
		return record
	})
	l, err := bolt.Open(path, payment.Identity{Court: "京0101", Environment: "test"}, bolt.Options{})
	w.must(err)
	w.ledger = l
	if _, err := l.Order(none, broken.No); err == nil {
		t.Fatal("the order can be read")
	}
	_, s := w.close("03", "0217")
	if total := s.Total(); total.Paid.Fen != sound.PaidAmount || total.Paid.N != 1 || s.Agrees() ||
		len(s.Broken) != 1 || s.Broken[0].Order != broken.No || !s.Broken[0].Booked {
		t.Errorf("got %+v", s)
	}
	_, s = w.close("03", "0217")
	if s.Total().Paid.N != 0 || len(s.Broken) != 1 || !s.Broken[0].Booked {
		t.Errorf("the next one is %+v", s)
	}
	w.must(l.Close())
	damage(t, path, broken.No, func([]byte) []byte { return was })
	l, err = bolt.Open(path, payment.Identity{Court: "京0101", Environment: "test"}, bolt.Options{})
	w.must(err)
	w.ledger = l
	defer l.Close()
	_, s = w.close("03", "0217")
	if s.Total().Paid.Fen != broken.PaidAmount || len(s.Broken) != 0 || !s.Agrees() || len(s.Fixed) != 1 ||
		s.Fixed[0].Sum != broken.PaidAmount {
		t.Errorf("once it is read: %+v", s)
	}
	if _, s = w.close("03", "0217"); s.Total().Paid.N != 0 || len(s.Fixed) != 0 {
		t.Errorf("after that: %+v", s)
	}
}

// damage changes the record of an order in a file that nobody has open, and returns what it was.
func damage(t *testing.T, path, no string, change func([]byte) []byte) (was []byte) {
	db, err := bbolt.Open(path, os.FileMode(0o600), nil)
	if err != nil {
		t.Fatal(err)
	}
	err = db.Update(func(tx *bbolt.Tx) error {
		orders := tx.Bucket([]byte("orders"))
		was = append(was, orders.Get([]byte(no))...)
		return orders.Put([]byte(no), change(append([]byte{}, was...)))
	})
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	if err != nil {
		t.Fatal(err)
	}
	return was
}
