package payment

import (
	"testing"
	"time"
)

// What was stored while this machine's clock was years behind has not ended years ago.
func TestEnded(t *testing.T) {
	paid := time.Date(2026, 11, 23, 9, 0, 0, 0, time.UTC)
	for name, o := range map[string]Order{
		"a clock behind":      {ChangedAt: paid.AddDate(-20, 0, 0), CreatedAt: paid.Add(-time.Minute), PaidAt: paid},
		"refunded afterwards": {ChangedAt: paid, CreatedAt: paid.Add(-time.Hour), PaidAt: paid.Add(-time.Minute)},
		"closed unpaid":       {ChangedAt: paid.AddDate(-20, 0, 0), CreatedAt: paid},
	} {
		if got := o.Ended(); !got.Equal(paid) {
			t.Errorf("%s: ended at %v, want %v", name, got, paid)
		}
	}
}
