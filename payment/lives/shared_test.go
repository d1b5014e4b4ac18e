package lives

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"courtkiosk/payment"
)

// A sharedMistake is a defect with words of the promise that it breaks in a shared life.
type sharedMistake struct {
	*Mistake
	breaks string
	from   int // the first life that is tried: those before are known not to find it, and are many
}

// sharedMistakes are the defects that need a second instance at the ledger, and those of refunds, which several carry
// out.
var sharedMistakes = map[string]sharedMistake{
	"lets who has asked at one instance approve at another": {&Mistake{desk: func(d *payment.Desk) {
		d.Ledger = &stranger{parish(d.Ledger)}
	}}, "gives back what", 0},
	"counts only the refunds that it was asked for itself": {&Mistake{desk: func(d *payment.Desk) {
		d.Ledger = &spender{parish(d.Ledger)}
	}}, "are under way", 0},
	"a paused follower's code lands on the next order": {codeOnAny(), "is of another create", 320},
	"a lease is never lost": {&Mistake{rules: func(law *ruleTable) {
		law.HeldAs = func(o, as payment.Order) error { return nil }
	}}, "follows", 0},
	"doubts what others have in hand": {&Mistake{desk: func(d *payment.Desk) {
		d.Ledger = &doubter{d.Ledger}
	}}, "has in hand", 0},
	"trusts that every notice arrives": {&Mistake{trusts: true}, "has not heard", 0},
	"asks again as if it had never asked": {&Mistake{desk: func(d *payment.Desk) {
		d.Ledger = &forgetter{Ledger: d.Ledger}
	}}, "by one request", 165},
}

// codeOnAny stores the code of a create without a look at whose order it is by then, and lets no void number rest.
func codeOnAny() *Mistake {
	var mu sync.Mutex
	coded := make(map[string]bool) // by the body of the create: its code is stored next
	return &Mistake{
		desk: func(d *payment.Desk) {
			d.Gateway = &codeTeller{d.Gateway, func(o payment.Order) {
				mu.Lock()
				defer mu.Unlock()
				coded[string(o.Body)] = true
			}}
		},
		rules: func(law *ruleTable) {
			held := law.HeldAs
			law.HeldAs = func(o, as payment.Order) error {
				mu.Lock()
				defer mu.Unlock()
				if coded[string(as.Body)] {
					delete(coded, string(as.Body))
					return nil
				}
				return held(o, as)
			}
			law.Next = func(r payment.Request, earlier []payment.Order, o payment.Order, now time.Time) (
				payment.Order, error,
			) {
				r.VoidRest = 0
				return payment.Next(r, earlier, o, now)
			}
		},
	}
}

// codeTeller tells of each create that was answered with a code.
type codeTeller struct {
	payment.Gateway
	coded func(payment.Order)
}

func (c *codeTeller) Prepay(ctx context.Context, o payment.Order) (string, error) {
	url, err := c.Gateway.Prepay(ctx, o)
	if err == nil {
		c.coded(o)
	}
	return url, err
}

// doubter takes what anybody has in hand for given up.
type doubter struct{ payment.Ledger }

func (d *doubter) InHand(ctx context.Context, holder string, n int, now time.Time) ([]payment.Effect, error) {
	return d.Ledger.InHand(ctx, holder, n, now.Add(24*time.Hour))
}

// forgetter gives every create a request id of its own, a repeated one too.
type forgetter struct {
	payment.Ledger
	asked atomic.Int32
}

func (f *forgetter) Create(
	ctx context.Context, r payment.Request, next func([]payment.Order) (payment.Order, error),
) (payment.Order, error) {
	r.ID = fmt.Sprint(r.ID, " asking ", f.asked.Add(1))
	return f.Ledger.Create(ctx, r, func(earlier []payment.Order) (payment.Order, error) {
		o, err := next(earlier)
		o.Request = r.ID
		return o, err
	})
}

// Each mistake breaks the promise that is named with it, and no other before, within so many shared lives.
func TestSharedMistakesAreFound(t *testing.T) {
	const lives = 2000
	alone(t)
	for name, m := range sharedMistakes {
		t.Run(name, func(t *testing.T) {
			for seed := m.from; seed < lives; seed++ {
				if l := Live(t, DrawnShared(seed), Modelled, m.Mistake); len(l.broken) > 0 {
					if t.Logf("found in life %d: %s", seed+1, l.broken[0]); !strings.Contains(l.broken[0], m.breaks) {
						t.Errorf("want a promise of which somebody %q", m.breaks)
					}
					return
				}
			}
			t.Errorf("not found in %d lives", lives)
		})
	}
}
