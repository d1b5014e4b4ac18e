package clerk_test

import (
	"context"
	"crypto/sha256"
	"log/slog"
	"os"
	"slices"
	"testing"
	"time"

	"courtkiosk/app/clerk"
)

// BenchmarkFrameBesidePINs measures a frame, which is some milliseconds of a processor and some megabytes to be drawn
// into, alone, and while PINs are hashed without a pause in this process, and in one of its own.
func BenchmarkFrameBesidePINs(b *testing.B) {
	self, err := os.Executable()
	if err != nil {
		b.Fatal(err)
	}
	cost := clerk.Cost{Time: 3, Memory: 64 << 10, Lanes: 1}
	ms := func(d time.Duration) float64 { return float64(d) / float64(time.Millisecond) }
	for _, place := range []struct {
		name string
		hash clerk.Hasher
	}{
		{"alone", nil}, {"here", clerk.HashHere}, {"elsewhere",
			clerk.HashElsewhere(self, slog.New(slog.DiscardHandler))},
	} {
		b.Run(place.name, func(b *testing.B) {
			ctx, stop := context.WithCancel(b.Context())
			ended := make(chan int)
			go func() {
				n := 0
				for ; place.hash != nil && ctx.Err() == nil; n++ {
					_, _ = place.hash(ctx, cost, []byte("482915"), []byte("0123456789abcdef"))
				}
				ended <- n
			}()
			var took []time.Duration
			for b.Loop() {
				time.Sleep(16 * time.Millisecond)
				start := time.Now()
				frame := make([]byte, 8<<20)
				for i := range 8 {
					sum := sha256.Sum256(frame[i<<20 : (i+1)<<20])
					frame[i<<20] = sum[0]
				}
				took = append(took, time.Since(start))
			}
			stop()
			b.ReportMetric(float64(<-ended), "PINs")
			slices.Sort(took)
			b.ReportMetric(ms(took[len(took)/2]), "p50-ms")
			b.ReportMetric(ms(took[len(took)*95/100]), "p95-ms")
			b.ReportMetric(ms(took[len(took)-1]), "worst-ms")
		})
	}
}
