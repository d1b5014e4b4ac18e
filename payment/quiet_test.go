package payment_test

import (
	"fmt"
	"sync"
	"testing"
	"time"

	"courtkiosk/payment"
	"courtkiosk/payment/gatewaytest"
)

// A patience is a 429 that says for how long.
type patience time.Duration

func (p patience) Error() string             { return payment.ErrThrottled.Error() }
func (p patience) Unwrap() error             { return payment.ErrThrottled }
func (p patience) RetryAfter() time.Duration { return time.Duration(p) }

// Whoever waits for the end of a quiet does not begin at once with all others: 24 orders were asked about within 0.15 s
// at the end of one Retry-After of 40 s.
func TestNoHerdAfterTheQuiet(t *testing.T) {
	tests := map[string]struct {
		watched int
		quiets  []time.Duration // one after the other, from 20 s on
		asks    time.Duration   // how long after the last one's end each screen's order was asked at the latest
	}{
		"24 that were left, once":           {0, []time.Duration{40 * time.Second}, 0},
		"24 screens":                        {24, []time.Duration{40 * time.Second}, 9 * time.Second},
		"22 that were left, 2 screens":      {2, []time.Duration{40 * time.Second}, 2 * time.Second},
		"longer, while it lasts":            {2, []time.Duration{20 * time.Second, 50 * time.Second}, 2 * time.Second},
		"shorter, while it lasts":           {2, []time.Duration{50 * time.Second, time.Second}, 2 * time.Second},
		"an hour is believed for a minute":  {2, []time.Duration{time.Hour}, 2 * time.Second},
		"it says nothing, and again, again": {2, []time.Duration{0, 0, 0}, 2 * time.Second},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			simulate(t, func(w *world) {
				w.office.Lazy = time.Hour
				var screens []string
				for i := range 24 {
					s := w.take(fmt.Sprint("bill ", i))
					if i < tt.watched {
						_, leave := s.Watch()
						defer leave()
						screens = append(screens, s.News().Order.No)
					}
				}
				w.pass(20 * time.Second)
				var mu sync.Mutex // of left: sessions ask at one instant
				left := tt.quiets
				some := func() bool {
					mu.Lock()
					defer mu.Unlock()
					return len(left) > 0
				}
				w.office.Fails(func(gatewaytest.Call) gatewaytest.Fault {
					mu.Lock()
					defer mu.Unlock()
					if len(left) == 0 {
						return gatewaytest.Fault{}
					}
					d := left[0]
					left = left[1:]
					return gatewaytest.Fault{Err: patience(d)}
				})
				for end := time.Now().Add(10 * time.Minute); some() && time.Now().Before(end); {
					w.pass(10 * time.Millisecond)
				}
				if some() {
					t.Fatal("nothing was asked any more")
				}
				w.pass(3 * time.Minute)
				calls := w.office.Asked("", "")
				steady(t, calls, payment.KioskCalls)
				for _, no := range screens {
					w.seenEvery(asleep(tt.quiets)+tt.asks, no, noon.Add(20*time.Second))
				}
			})
		})
	}
}

// asleep is how long all quiets keep everybody silent, with a second for who hears each.
func asleep(quiets []time.Duration) (d time.Duration) {
	for _, each := range quiets {
		d += min(max(each, time.Second), time.Minute) + time.Second
	}
	return d
}
