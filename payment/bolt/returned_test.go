package bolt

import (
	"encoding/json"
	"testing"
	"time"

	"courtkiosk/payment"
)

// A ledger of an older version calls "refunded-outside" an oddity what is a fact beside it.
func TestOldRefundsAreRead(t *testing.T) {
	const at = `"2026-11-20T10:00:00Z"`
	var s stored
	text := `{"Born":7,"Order":{"No":"A","State":"paid","Oddity":"refunded-outside","ChangedAt":` + at + `}}`
	read := func(text []byte, s *stored) error {
		record, err := encode(json.RawMessage(text))
		if err != nil {
			t.Fatal(err)
		}
		return decode(record, []byte("A"), s)
	}
	if err := read([]byte(text), &s); err != nil {
		t.Fatal(err)
	}
	want := payment.Returned{State: payment.SomeReturned, At: time.Date(2026, 11, 20, 10, 0, 0, 0, time.UTC)}
	if s.Born != 7 || s.Order.Oddity != payment.None || s.Order.Returned != want || !s.Order.Blocks() {
		t.Errorf("read as %+v", s)
	}
	again, err := json.Marshal(s)
	if err != nil {
		t.Fatal(err)
	}
	var twice stored
	if err := read(again, &twice); err != nil || twice.Order.Returned != want {
		t.Errorf("read again as %+v, %v", twice.Order.Returned, err)
	}
	var old stored1
	if err := json.Unmarshal([]byte(text), &old); err != nil || old.today().Order.Returned != want {
		t.Errorf("of layout 1: %+v, %v", old.today().Order.Returned, err)
	}
}
