package app

import (
	"context"
	"time"

	"courtkiosk/app/bill"
	"courtkiosk/app/config"
	"courtkiosk/app/doctor"
	"courtkiosk/payment"
	"courtkiosk/payment/bolt"
)

// Restore puts a sound ledger in the place of the configured one, which is damaged or missing. Until WeChat was asked
// for what is lost, which Start begins, the ledger says that it is incomplete.
func Restore(ctx context.Context, c config.Config) (bolt.Restored, error) {
	return bolt.Restore(ctx, c.Ledger.File, c.Ledger.Backups, identity(c))
}

// How often the roads to WeChat and the court are tried, when they are well and when they are not; and how often the
// rest is looked after.
const (
	probeEvery   = 10 * time.Minute
	probeTrouble = time.Minute
	careEvery    = time.Hour
	doubtEvery   = time.Minute
	printerEvery = time.Minute
	recheckEvery = 5 * time.Second     // how often a case system is asked for a bill whose code is shown
	personalFor  = 30 * 24 * time.Hour // as long as a receipt can be reprinted at the lobby
)

// watch keeps an eye on the roads to WeChat and the court, on bills whose codes are shown and on work that was taken up and given
// up, has the ledger copied daily and forgets personal data after its time.
func (a *App) watch(ctx context.Context) {
	probe, care := time.NewTimer(0), time.NewTimer(0)
	recheck, doubt := time.NewTicker(recheckEvery), time.NewTicker(doubtEvery)
	_, listed := a.court.(bill.Listed) // it says when it changes
	for {
		select {
		case <-ctx.Done():
			return
		case <-probe.C:
			probe.Reset(a.probe(ctx))
		case <-recheck.C:
			if !listed {
				a.counter.Recheck(ctx)
			}
		case <-doubt.C:
			a.doubt(ctx)
		case <-care.C:
			care.Reset(careEvery)
			a.care(ctx)
		}
	}
}

// watchPrinter looks at the printer now and then. It does so on its own: a printer that does not answer holds up for
// seconds who asks it.
func (a *App) watchPrinter(ctx context.Context) {
	tick := time.NewTicker(printerEvery)
	defer tick.Stop()
	for {
		_ = a.lookAtPrinter(ctx) // it is noted
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}

// doubt marks as doubtful what a face, or another machine, has had in hand for too long.
func (a *App) doubt(ctx context.Context) {
	given, err := payment.Doubt(ctx, a.ledger, "", a.cashier.Now())
	for _, e := range given {
		a.log.WarnContext(ctx, "work doubtful", "order", e.Order, "kind", e.Kind)
	}
	if err != nil && ctx.Err() == nil {
		a.log.ErrorContext(ctx, "unfinished work not looked for", "err", err)
	}
}

// care keeps the ledger in order; what goes wrong is tried again in an hour.
func (a *App) care(ctx context.Context) {
	err := a.keeper.Care(ctx, time.Now())
	a.doctor.Note(doctor.Backup, err, a.cashier.Now())
	if err != nil {
		a.log.ErrorContext(ctx, "ledger not copied", "folder", a.Config.Ledger.Backups, "err", err)
	}
	if _, err := a.ledger.Expunge(ctx, time.Now().Add(-personalFor)); err != nil {
		a.log.ErrorContext(ctx, "personal data not expunged", "err", err)
	}
}

// probe tries the road to WeChat for every merchant, and that to the court, and returns when to try them again.
func (a *App) probe(ctx context.Context) (next time.Duration) {
	next = probeEvery
	for _, p := range bill.Purses {
		m := a.Config.Merchant(p)
		if !a.cashier.Serves(m) {
			continue
		}
		if err := a.cashier.Probe(ctx, m); err != nil && ctx.Err() == nil {
			a.log.WarnContext(ctx, "gateway not reached", "merchant", m.MchID, "err", err)
			next = probeTrouble
		}
	}
	if a.lookAtCourt(ctx) != nil {
		next = probeTrouble
	}
	if s := a.counter.Standing(ctx); s.Closed != nil || len(s.Purses) > 0 {
		return probeTrouble
	}
	return next
}
