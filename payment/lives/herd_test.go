package lives

import (
	"fmt"
	"sync"
	"testing"
	"time"

	"courtkiosk/payment"
	"courtkiosk/payment/wechatsim"
)

// Each request counts, not each call: what one host does not answer, or does not know, is sent to the other too.
func TestNoHerdAtTwoHosts(t *testing.T) {
	tests := map[string]func(wechatsim.Call) *wechatsim.Fault{
		"no host is reached": func(wechatsim.Call) *wechatsim.Fault {
			return &wechatsim.Fault{Before: true, Lost: true}
		},
		"creates are lost, and no host knows the number": func(c wechatsim.Call) *wechatsim.Fault {
			return &wechatsim.Fault{Before: true, Lost: c.Op == "create"}
		},
	}
	for name, fault := range tests {
		t.Run(name, func(t *testing.T) {
			inReal(t, func(t *testing.T, r real) {
				var mu sync.Mutex
				var asked []time.Time
				r.sim.Inject(func(c wechatsim.Call) *wechatsim.Fault {
					mu.Lock()
					defer mu.Unlock()
					asked = append(asked, time.Now())
					return fault(c)
				})
				for i := range 24 {
					r.request.Key.Bill = fmt.Sprint("bill ", i)
					s, err := r.cashier.Take(t.Context(), r.request)
					if err != nil {
						t.Fatal(err)
					}
					if i < 2 {
						_, leave := s.Watch()
						defer leave()
					}
				}
				time.Sleep(5 * time.Minute)
				mu.Lock()
				defer mu.Unlock()
				if len(asked) < 24*4 { // a create and a query of each, at both hosts
					t.Errorf("%d requests", len(asked))
				}
				for i := payment.KioskCalls; i < len(asked); i++ {
					if d := asked[i].Sub(asked[i-payment.KioskCalls]); d < time.Second {
						t.Fatalf("%d requests within %v", payment.KioskCalls+1, d)
					}
				}
			})
		})
	}
}
