package panel

import (
	"testing"
	"time"
)

// Nothing is confirmed unread: a touch that began before a page can have been read counts for nothing.
func TestManners(t *testing.T) {
	ms := func(n int) time.Duration { return time.Duration(n) * time.Millisecond }
	tests := []struct {
		name         string
		key          string
		began, ended int // milliseconds after the page came; negative is on the page before
		want         bool
	}{
		{"began on the page before", "back", -50, 450, false},
		{"a second tap of a double tap", "back", 180, 240, false},
		{"on the edge", "back", 399, 460, false},
		{"after the page has settled", "back", 400, 460, true},
		{"confirmed unread", "confirm", 900, 980, false},
		{"confirmed while it fills", "confirm", 1199, 1500, false},
		{"confirmed", "confirm", 1200, 1280, true},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			came := time.Unix(1_790_000_000, 0)
			var m touching
			m.shows("fee", came)
			got := m.takes(Usual, "confirm", tt.key, came.Add(ms(tt.began)), came.Add(ms(tt.ended)))
			if got != tt.want {
				t.Errorf("taken: %t, want %t", got, tt.want)
			}
		})
	}
}

// An echo of a touch counts once; another key, or the same one later, is a touch of its own.
func TestEcho(t *testing.T) {
	came := time.Unix(1_790_000_000, 0)
	var m touching
	m.shows("case", came)
	at := came.Add(time.Second)
	for i, tt := range []struct {
		key   string
		after time.Duration
		want  bool
	}{
		{"digit:1", 0, true}, {"digit:1", 150 * time.Millisecond, false}, {"digit:2", 160 * time.Millisecond, true},
		{"digit:1", 170 * time.Millisecond, true}, {"digit:1", 400 * time.Millisecond, true},
	} {
		now := at.Add(tt.after)
		if got := m.takes(Usual, "", tt.key, now, now); got != tt.want {
			t.Errorf("touch %d of %s is taken: %t, want %t", i, tt.key, got, tt.want)
		}
	}
}
