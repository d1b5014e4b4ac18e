package care_test

import (
	"context"
	"log/slog"
	"testing"
	"time"

	"courtkiosk/app"
	"courtkiosk/payment"
	"courtkiosk/payment/gatewaytest"
)

// A clocked gateway says how far WeChat's clock is ahead of this machine's.
type clocked struct {
	payment.Gateway
	ahead time.Duration
	heard bool
}

func (g *clocked) Offset() (time.Duration, bool) { return g.ahead, g.heard }

// An expunger keeps what it is asked to forget, and by when the copy is named.
type expunger struct {
	payment.Ledger
	payment.Keeper
	before []time.Time
	tries  []time.Time
	named  time.Time
}

func (e *expunger) Expunge(_ context.Context, t time.Time) (int, error) {
	e.before = append(e.before, t)
	return 0, nil
}

func (e *expunger) ForgetTries(_ context.Context, t time.Time) error {
	e.tries = append(e.tries, t)
	return nil
}

func (e *expunger) Care(_ context.Context, now time.Time) error {
	e.named = now
	return nil
}

// The named input: expunging by a clock that is years ahead wipes personal data for good.
func TestExpungeWaitsForWeChatsClock(t *testing.T) {
	a, err := app.OpenDemo(t.TempDir(), nil, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	defer a.Close()
	store := &expunger{Ledger: a.Ledger(), Keeper: a.Keeper()}
	gate := &clocked{Gateway: &gatewaytest.Gate{}, ahead: -10 * 365 * 24 * time.Hour} // ours is ten years ahead
	c := a.Care()
	c.Ledger, c.Keeper = store, store
	c.Cashier = payment.NewCashier(payment.Desk{Ledger: a.Ledger(), Gateway: gate, Log: slog.New(slog.DiscardHandler)})
	if next := c.Care(t.Context()); len(store.before)+len(store.tries) != 0 || next > time.Minute {
		t.Errorf("before WeChat was heard: forgets what is older than %v, tries before %v, looks again in %v",
			store.before, store.tries, next)
	}
	gate.heard = true
	next := c.Care(t.Context())
	want := time.Now().Add(gate.ahead)
	if len(store.before) != 1 || store.before[0].After(want.AddDate(0, 0, -29)) || next < time.Hour {
		t.Errorf("forgets what is older than %v, looks again in %v", store.before, next)
	}
	if len(store.tries) != 1 || want.Sub(store.tries[0]).Abs() > time.Minute {
		t.Errorf("forgets tries of the days before %v, want %v", store.tries, want)
	}
	if d := want.Sub(store.named); d.Abs() > time.Minute {
		t.Errorf("the copy is of %v, want %v", store.named, want)
	}
}
