package postgres

import (
	"errors"
	"testing"
	"time"

	"courtkiosk/payment"
	"courtkiosk/payment/postgres/postgrestest"
)

// Who reads from a server that stands still, with the line open, hears that it is away, and hears from it again.
func TestAReadOfAServerThatStandsStill(t *testing.T) {
	line, cut := postgrestest.Cut(t, postgrestest.New(t))
	l := open(t, cut, "")
	line.Hold()
	begun := time.Now()
	if _, err := l.Tally(t.Context()); !errors.Is(err, payment.ErrAway) {
		t.Errorf("it says %v", err)
	}
	if took := time.Since(begun); took > 3*patience {
		t.Errorf("after %v", took)
	}
	if err := l.Ready(t.Context()); !errors.Is(err, payment.ErrAway) {
		t.Errorf("and is ready: %v", err)
	}
	line.Release()
	for begun := time.Now(); ; time.Sleep(100 * time.Millisecond) {
		_, err := l.Tally(t.Context())
		if err == nil && l.Ready(t.Context()) == nil {
			break
		}
		if time.Since(begun) > 20*time.Second {
			t.Fatalf("20 s later: %v, %v", err, l.Ready(t.Context()))
		}
	}
}
