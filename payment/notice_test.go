package payment_test

import (
	"testing"
	"time"

	"courtkiosk/payment"
)

// A notice stands from its first day to its last one, both among them, until it is taken down.
func TestNoticeOn(t *testing.T) {
	n := payment.Notice{No: "1", From: "2026-11-23", Until: "2026-12-01"}
	down := n
	down.Taken.At = time.Date(2026, 11, 24, 9, 0, 0, 0, payment.China)
	for day, want := range map[string]bool{
		"2026-11-22": false, "2026-11-23": true, "2026-11-30": true, "2026-12-01": true, "2026-12-02": false,
	} {
		if got := n.On(day); got != want {
			t.Errorf("on %s: %t, want %t", day, got, want)
		}
		if down.On(day) {
			t.Errorf("on %s it stands though it was taken down", day)
		}
	}
	if today := "2026-12-01"; n.Key() < today {
		t.Errorf("who reads behind %s misses %s", today, n.Key())
	}
}
