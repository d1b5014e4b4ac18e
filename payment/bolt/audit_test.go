package bolt

import (
	"encoding/hex"
	"testing"
	"time"

	"courtkiosk/payment"
)

// The hash of an entry is what the comment of chain says, for ever: an old ledger must be found whole.
func TestChain(t *testing.T) {
	e := payment.Entry{
		Seq: 7, At: time.Date(2026, 11, 28, 9, 30, 0, 123456000, payment.China), Order: "NO", From: payment.Waiting,
		Event: "said-paid", To: payment.Paid, Note: "备注", By: payment.By{Device: "03", Person: "1024"},
	}
	const want = "4b03c5106bd5319aa63c1d782484e68e4fa0446beb039943c35fca2da8b2d6a1"
	if got := hex.EncodeToString(chain([]byte("before"), e)); got != want {
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
		if hex.EncodeToString(chain([]byte("before"), other)) == want {
			t.Errorf("another %s has the same hash", name)
		}
	}
	if hex.EncodeToString(chain([]byte("befor"), e)) == want {
		t.Error("after another entry it has the same hash")
	}
	same := e
	same.At, same.Hash = e.At.UTC(), []byte("anything")
	if hex.EncodeToString(chain([]byte("before"), same)) != want {
		t.Error("the same moment in another zone has another hash")
	}
}
