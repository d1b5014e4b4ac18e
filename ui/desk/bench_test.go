package desk_test

import (
	"net/http"
	"slices"
	"testing"
	"time"

	"courtkiosk/app/clerk/clerktest"
	"courtkiosk/ui/desk/desktest"
)

// The page of an order is there within 100 ms; what its ledger costs BenchmarkWindow of app/clerk measures on a file.
func BenchmarkOrderPage(b *testing.B) {
	c := &browser{Court: desktest.Open(b, false)}
	c.as(clerktest.Clerk)
	c.Happen("v", desktest.TheDay[len(desktest.TheDay)-1])
	_, path := opened(c, "567890")
	var took []time.Duration
	for b.Loop() {
		start := time.Now()
		if w := send(c, http.MethodGet, path, nil, "same-origin"); w.Code != http.StatusOK {
			b.Fatal(w.Code)
		}
		took = append(took, time.Since(start))
	}
	slices.Sort(took)
	ms := func(d time.Duration) float64 { return float64(d) / float64(time.Millisecond) }
	b.ReportMetric(ms(took[len(took)/2]), "p50-ms")
	b.ReportMetric(ms(took[len(took)*99/100]), "p99-ms")
	if p50 := took[len(took)/2]; p50 > 100*time.Millisecond {
		b.Errorf("an order's page takes %v", p50)
	}
}
