package prove

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"courtkiosk/payment"
	"courtkiosk/payment/ledgertest"
	"courtkiosk/payment/postgres"
)

const (
	drillWithin = 15 * time.Minute // for the person to make the fail-over
	goesOnFor   = 5 * time.Second  // payments that are stored after it
	drillers    = 8
)

// acknowledged are the payments that the database has acknowledged, by number.
type acknowledged struct {
	mu      sync.Mutex
	paid    map[string]payment.Order
	last    time.Time     // when one was
	longest time.Duration // without any
}

// FailOver takes payments while a person stops the primary and promotes its standby, and then counts what is lost. ask
// tells the person what is waited for.
func (p *Proof) FailOver(ctx context.Context, ask func(string)) (t Try) {
	t = Try{Name: "fail-over", Passed: true}
	court := p.court()
	before := postgres.Look(ctx, p.DSN, court, "")
	l, err := p.open(ctx, court, drillers+spare)
	if err != nil {
		t.fail("the ledger was not opened: %v", err)
		return t
	}
	drilling, stop := context.WithTimeout(ctx, drillWithin)
	defer stop()
	a := acknowledged{paid: make(map[string]payment.Order)}
	var unknown atomic.Int64
	var paying sync.WaitGroup
	var bill atomic.Int64
	for range drillers {
		paying.Go(func() {
			for drilling.Err() == nil {
				if !a.pay(l, p.request(int(bill.Add(1))), &unknown) {
					time.Sleep(100 * time.Millisecond)
				}
			}
		})
	}
	ask(fmt.Sprintf("payments are running on %s. Now stop that server (pull its plug, or pg_ctl stop -m immediate) "+
		"and promote its standby (pg_ctl promote)", before.Primary))
	after := p.succeeded(drilling, l, before, ask)
	if after == "" {
		t.fail("nobody has made a fail-over within %v", drillWithin)
	} else {
		ask("another server has taken over; payments run on for a moment")
		select {
		case <-time.After(goesOnFor):
		case <-ctx.Done():
		}
	}
	stop()
	paying.Wait()
	if after != "" {
		t.say("%s has taken over; the longest time without a payment was %v", after,
			a.longest.Round(100*time.Millisecond))
		p.judge(ctx, &t, court, &a)
		t.say("%d payments were acknowledged, of %d others nobody was told whether they are stored", len(a.paid),
			unknown.Load())
	}
	p.end(ctx, l, court, &t)
	return t
}

// pay takes one payment, and keeps it when the database has acknowledged both its commits.
func (a *acknowledged) pay(l payment.Ledger, r payment.Request, unknown *atomic.Int64) bool {
	o, err := ledgertest.Next(l, r, time.Now())
	if err == nil {
		o, err = ledgertest.Settle(l, o)
	}
	if errors.Is(err, payment.ErrUnsure) {
		unknown.Add(1)
	}
	if err != nil {
		return false
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	a.paid[o.No] = o
	now := time.Now()
	if !a.last.IsZero() {
		a.longest = max(a.longest, now.Sub(a.last))
	}
	a.last = now
	return true
}

// succeeded waits until another server takes writes, of a newer timeline than before, and names it.
func (p *Proof) succeeded(
	ctx context.Context, l *postgres.Ledger, before postgres.State, ask func(string),
) (primary string) {
	was, _ := written(before)
	told := false
	for {
		select {
		case <-ctx.Done():
			return ""
		case <-time.After(time.Second):
		}
		if err := l.Ready(ctx); err != nil && !told {
			told = true
			ask("the database gives no answer now; a standby must be promoted")
		}
		s := postgres.Look(ctx, p.DSN, p.run, "")
		if n, host := written(s); n > was {
			return host
		}
	}
}

// written is the newest timeline of a host that takes writes.
func written(s postgres.State) (timeline int64, host string) {
	for _, h := range s.Hosts {
		if h.Error == "" && !h.Standby && h.Timeline > timeline {
			timeline, host = h.Timeline, h.Name
		}
	}
	return timeline, host
}

// judge looks for each payment that was acknowledged, and for a receipt number that two have.
func (p *Proof) judge(ctx context.Context, t *Try, court string, a *acknowledged) {
	l, err := p.open(ctx, court, 0)
	if err != nil {
		t.fail("the ledger was not opened after it: %v", err)
		return
	}
	defer func() { _ = l.Close() }() // nothing was written
	lost, twice := 0, 0
	given := make(map[uint64]string)
	for no, o := range a.paid {
		if other, ok := given[o.Sequence]; ok && other != no {
			twice++
		}
		given[o.Sequence] = no
		now, err := l.Order(ctx, no)
		switch {
		case errors.Is(err, payment.ErrNotFound),
			err == nil && (now.State != payment.Paid || now.Sequence != o.Sequence):
			lost++
		case err != nil:
			t.fail("order %s could not be read: %v", no, err)
			return
		}
	}
	for f := (payment.Filter{Paid: true, N: payment.MaxPage}); ; {
		page, err := l.Find(ctx, f)
		if err != nil {
			t.fail("the payments could not be read: %v", err)
			return
		}
		for _, o := range page.Orders {
			if other, ok := given[o.Sequence]; ok && other != o.No {
				twice++
			}
		}
		if f.Before = page.Next; f.Before == "" {
			break
		}
	}
	if t.say("acknowledged and lost: %d; receipt numbers given twice: %d", lost, twice); lost > 0 || twice > 0 {
		t.Passed = false
	}
	if was, incomplete := l.Incomplete(); incomplete {
		t.say("the ledger says of itself that it is incomplete: %s", was.Source)
	}
}
