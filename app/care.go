package app

import (
	"context"
	"fmt"
	"time"

	"courtkiosk/app/config"
	"courtkiosk/payment"
	"courtkiosk/payment/bolt"
)

func identity(c config.Config) payment.Identity {
	return payment.Identity{Court: c.Court.Code, Environment: c.Environment}
}

// Restore puts a sound ledger in the place of the configured one, which is damaged or missing. Until WeChat was asked
// for what is lost, which Start begins, the ledger says that it is incomplete.
func Restore(ctx context.Context, c config.Config) (bolt.Restored, error) {
	return bolt.Restore(ctx, c.Ledger.File, c.Ledger.Backups, identity(c))
}

// replay asks WeChat for the orders of every listed bill that a restored ledger may have lost. Bills that visitors come for
// meanwhile are asked for by Pay.
func (a *App) replay(ctx context.Context) {
	if a.bills == nil { // a case system has no list: the ledger stays incomplete, and Pay asks for each bill first
		return
	}
	bills, err := a.bills.All(ctx)
	requests := make([]payment.Request, len(bills))
	for i := 0; i < len(bills) && err == nil; i++ {
		requests[i], err = a.request(bills[i])
	}
	if err == nil {
		err = a.cashier.Replay(ctx, requests)
	}
	if err == nil {
		err = a.ledger.Complete(ctx, fmt.Sprintf("%d bills asked", len(bills)))
	}
	a.log.InfoContext(ctx, "lost orders asked for", "bills", len(bills), "err", err)
}

// How often the road to WeChat is tried: when it is well, and when it is not.
const (
	probeEvery   = 10 * time.Minute
	probeTrouble = time.Minute
	careEvery    = time.Hour
	recheckEvery = 5 * time.Second     // how often a case system is asked for a bill whose code is shown
	personalFor  = 30 * 24 * time.Hour // as long as a receipt can be reprinted at the lobby
)

// watch keeps an eye on the road to WeChat and on bills whose codes are shown, copies the ledger daily and forgets personal data after its time.
func (a *App) watch(ctx context.Context) {
	probe, care, recheck := time.NewTimer(0), time.NewTimer(0), time.NewTicker(recheckEvery)
	for {
		select {
		case <-ctx.Done():
			return
		case <-probe.C:
			probe.Reset(a.probe(ctx))
		case <-recheck.C:
			if a.bills == nil { // a list says when it changes
				a.Recheck(ctx)
			}
		case <-care.C:
			care.Reset(careEvery)
			a.care(ctx)
		}
	}
}

// care keeps the ledger in order; what goes wrong is tried again in an hour.
func (a *App) care(ctx context.Context) {
	if err := a.ledger.BackupDaily(ctx, a.Config.Ledger.Backups, time.Now()); err != nil {
		a.log.ErrorContext(ctx, "ledger not copied", "folder", a.Config.Ledger.Backups, "err", err)
	}
	if _, err := a.ledger.Expunge(ctx, time.Now().Add(-personalFor)); err != nil {
		a.log.ErrorContext(ctx, "personal data not expunged", "err", err)
	}
}

func (a *App) probe(ctx context.Context) (next time.Duration) {
	for _, w := range a.Config.Accounts() {
		m := payment.Merchant{MchID: w.MchID, AppID: w.AppID}
		if err := a.cashier.Probe(ctx, m); err != nil && ctx.Err() == nil {
			a.log.WarnContext(ctx, "gateway not reached", "merchant", m.MchID, "err", err)
			return probeTrouble
		}
	}
	if closed := a.Service(); closed != nil {
		return probeTrouble
	}
	return probeEvery
}
