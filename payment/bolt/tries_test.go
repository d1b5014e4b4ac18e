package bolt

import (
	"errors"
	"strings"
	"testing"

	"go.etcd.io/bbolt"

	"courtkiosk/payment"
	"courtkiosk/payment/ledgertest"
)

// What is said of a damaged record goes to logs: the subject of tries is a case, and stands in no such words.
func TestDamagedTriesNameNoCase(t *testing.T) {
	const number = "（2026）京0105民初12345号"
	l := fresh(t)
	again := func() error {
		_, err := l.UpdateTries(t.Context(), number, ledgertest.Born, payment.Entry{Event: "proof-tried"},
			func(t payment.Tries) (payment.Tries, error) { return t.Again(ledgertest.Born) })
		return err
	}
	must(t, again())
	must(t, l.db.Update(func(tx *bbolt.Tx) error {
		days := tx.Bucket(bucketMeta).Bucket(keyTries)
		key, _ := days.Cursor().First()
		return days.Put(key, []byte("no record"))
	}))
	err := again()
	if !errors.Is(err, payment.ErrDamaged) || strings.Contains(err.Error(), "12345") {
		t.Errorf("got %v", err)
	}
	found := ""
	must(t, l.view(func(tx *bbolt.Tx) error {
		v := &verifier{tx: tx}
		v.tries()
		found = strings.Join(v.findings, "\n")
		return nil
	}))
	if !strings.Contains(found, "2026-11-23") || strings.Contains(found, "12345") {
		t.Errorf("the check says %s", found)
	}
}
