package care

import (
	"testing"
	"time"

	"courtkiosk/payment"
)

func TestRevisitDue(t *testing.T) {
	at := func(day, hour, minute int) time.Time {
		return time.Date(2026, 11, day, hour, minute, 0, 0, payment.China).UTC()
	}
	for name, tt := range map[string]struct {
		now, last time.Time
		due       bool
	}{
		"first, before ten":          {at(23, 9, 59), time.Time{}, false},
		"first, at ten":              {at(23, 10, 0), time.Time{}, true},
		"switched on in the evening": {at(23, 21, 0), at(22, 10, 0), true},
		"once a day":                 {at(23, 23, 59), at(23, 10, 0), false},
		"the next night":             {at(24, 0, 1), at(23, 10, 0), false},
		"the next day":               {at(24, 10, 0), at(23, 21, 0), true},
		"a year later":               {at(23, 10, 0), at(23, 10, 0).AddDate(-1, 0, 0), true},
	} {
		if got := revisitDue(tt.now, tt.last); got != tt.due {
			t.Errorf("%s: %t", name, got)
		}
	}
}
