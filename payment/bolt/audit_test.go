package bolt

import (
	"encoding/hex"
	"errors"
	"testing"
	"time"

	"go.etcd.io/bbolt"

	"courtkiosk/payment"
)

// The hash of an entry is what the comment of chain says, for ever: an old ledger must be found whole.
func TestChain(t *testing.T) {
	e := payment.Entry{
		Seq: 7, At: time.Date(2026, 11, 28, 9, 30, 0, 123456000, payment.China), Order: "NO", From: payment.Waiting,
		Event: "said-paid", To: payment.Paid, Note: "备注", By: payment.By{Device: "03", Person: "1024"},
	}
	const want = "4b03c5106bd5319aa63c1d782484e68e4fa0446beb039943c35fca2da8b2d6a1"
	if got := hex.EncodeToString(e.Sum([]byte("before"))); got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	changes := map[string]func(e *payment.Entry){
		"seq": func(e *payment.Entry) { e.Seq++ }, "time": func(e *payment.Entry) { e.At = e.At.Add(time.Microsecond) },
		"order": func(e *payment.Entry) { e.Order += "X" }, "from": func(e *payment.Entry) { e.From = "" },
		"event": func(e *payment.Entry) { e.Event = "" }, "to": func(e *payment.Entry) { e.To = "" },
		"note": func(e *payment.Entry) { e.Note = "" }, "device": func(e *payment.Entry) { e.By.Device = "04" },
		"person":         func(e *payment.Entry) { e.By.Person = "" },
		"between fields": func(e *payment.Entry) { e.By = payment.By{Device: "031", Person: "024"} },
	}
	for name, change := range changes {
		other := e
		change(&other)
		if hex.EncodeToString(other.Sum([]byte("before"))) == want {
			t.Errorf("another %s has the same hash", name)
		}
	}
	if hex.EncodeToString(e.Sum([]byte("befor"))) == want {
		t.Error("after another entry it has the same hash")
	}
	same := e
	same.At, same.Hash = e.At.UTC(), []byte("anything")
	if hex.EncodeToString(same.Sum([]byte("before"))) != want {
		t.Error("the same moment in another zone has another hash")
	}
}

// Who reads the audit finds an entry that was changed, left out or put in between, however its record is written.
func TestSinceHoldsTheChain(t *testing.T) {
	for name, plant := range map[string]func(audit *bbolt.Bucket) error{
		"changed": func(audit *bbolt.Bucket) error {
			var e payment.Entry
			if err := get(audit, number(3), &e); err != nil {
				return err
			}
			e.By.Person = "nobody"
			return put(audit, number(3), e)
		},
		"changed, with a hash of its own": func(audit *bbolt.Bucket) error {
			var e, last payment.Entry
			if err := errors.Join(get(audit, number(2), &last), get(audit, number(3), &e)); err != nil {
				return err
			}
			e.Note = "nothing"
			e.Hash = e.Sum(last.Hash)
			return put(audit, number(3), e)
		},
		"left out": func(audit *bbolt.Bucket) error { return audit.Delete(number(3)) },
	} {
		l := fresh(t)
		for range 6 {
			if err := l.Note(t.Context(), payment.Entry{Event: "looked", By: payment.By{Person: "1024"}}); err != nil {
				t.Fatal(err)
			}
		}
		if list, err := l.Since(t.Context(), 0, 10); err != nil || len(list) != 6 {
			t.Fatalf("before: %d, %v", len(list), err)
		}
		if err := l.db.Update(func(tx *bbolt.Tx) error { return plant(tx.Bucket(bucketAudit)) }); err != nil {
			t.Fatal(err)
		}
		found := 0
		for after := range uint64(6) {
			if _, err := l.Since(t.Context(), after, 1); errors.Is(err, payment.ErrDamaged) {
				found++
			} else if err != nil {
				t.Error(err)
			}
		}
		if _, err := l.Since(t.Context(), 0, 10); !errors.Is(err, payment.ErrDamaged) || found == 0 {
			t.Errorf("%s: %v, found %d times entry by entry", name, err, found)
		}
	}
}
