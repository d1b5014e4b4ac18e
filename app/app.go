// Package app is the court counter put together: it opens ledger, gateway, bills and printer from a configuration,
// closes them in order, joins what the court asks with what the ledger knows, and drains the work that
// payments owe. It holds no court rule itself; those live in the rooms below it.
//
// # Decisions
//
// 2026-11-23: a receipt prints by itself only for the visitor whose screen is up. What nobody took stays owed, and
// is printed for whoever proves to hold the payment: paper that comes out for the next visitor tells a stranger
// who sued whom.
//
// 2026-11-23: no order is opened while WeChat is known not to answer. An order that WeChat never heard of
// blocks its bill until its time is over.
package app

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"courtkiosk/app/bill/register"
	"courtkiosk/app/config"
	"courtkiosk/app/receipt"
	"courtkiosk/payment"
	"courtkiosk/payment/bolt"
	"courtkiosk/payment/wechat"
	"courtkiosk/payment/wechatsim"
)

// An App is everything behind the screens of one machine.
type App struct {
	Config config.Config
	Demo   *wechatsim.Stand // the demo's WeChat Pay; nil outside of it

	ledger   *bolt.Ledger
	bills    *register.Register
	gateway  *wechat.Gateway
	cashier  *payment.Cashier
	printer  receipt.Printer
	printing sync.Mutex
	log      *slog.Logger
}

// Open opens what the configuration names. What cannot be opened is an error that says which file or address it was;
// nothing is left open then.
func Open(c config.Config, log *slog.Logger) (*App, error) {
	a := &App{Config: c, log: log}
	if err := a.open(); err != nil {
		return nil, errors.Join(err, a.Close())
	}
	return a, nil
}

func (a *App) open() (err error) {
	c := a.Config
	if a.gateway, err = openGateway(c, a.log); err != nil {
		return err
	}
	if a.printer, err = openPrinter(c); err != nil {
		return err
	}
	a.ledger, err = bolt.Open(c.Ledger.File, payment.Identity{Court: c.Court.Code, Environment: c.Environment}, bolt.Options{})
	if err != nil {
		return fmt.Errorf("open ledger %s: %w", c.Ledger.File, err)
	}
	if a.bills, err = register.Open(c.RegisterFile()); err != nil {
		return fmt.Errorf("open bills %s: %w", c.RegisterFile(), err)
	}
	a.cashier = payment.NewCashier(payment.Desk{
		Ledger: a.ledger, Gateway: a.gateway, Log: a.log, Kiosk: c.Kiosk.ID, PayWithin: c.Kiosk.PayWithin,
	})
	return nil
}

// Close closes what is open, the ledger last.
func (a *App) Close() error {
	var errs []error
	if a.gateway != nil {
		a.gateway.Stop()
	}
	if a.bills != nil {
		errs = append(errs, a.bills.Close())
	}
	if a.ledger != nil {
		errs = append(errs, a.ledger.Close())
	}
	if a.Demo != nil {
		errs = append(errs, a.Demo.Close())
	}
	return errors.Join(errs...)
}

// Start takes up what the last run left behind and follows it until ctx ends; wait returns once all work has ended.
func (a *App) Start(ctx context.Context) (wait func(), err error) {
	doubtful, err := payment.Doubt(ctx, a.ledger)
	if err != nil {
		return nil, fmt.Errorf("look for unfinished work: %w", err)
	}
	for _, e := range doubtful {
		a.log.WarnContext(ctx, "work doubtful", "order", e.Order, "kind", e.Kind)
	}
	if err := a.cashier.Start(ctx); err != nil {
		return nil, err
	}
	var background sync.WaitGroup
	background.Go(func() { a.watch(ctx) })
	return func() {
		background.Wait()
		a.cashier.Wait()
	}, nil
}

// How often the road to WeChat is tried: when it is well, and when it is not.
const (
	probeEvery   = 10 * time.Minute
	probeTrouble = time.Minute
	careEvery    = time.Hour
	personalFor  = 30 * 24 * time.Hour // as long as a receipt can be reprinted at the lobby
)

// watch keeps an eye on the road to WeChat, copies the ledger daily and forgets personal data after its time.
func (a *App) watch(ctx context.Context) {
	probe, care := time.NewTimer(0), time.NewTimer(0)
	defer probe.Stop()
	defer care.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-probe.C:
			probe.Reset(a.probe(ctx))
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
	if n, err := a.ledger.Expunge(ctx, time.Now().Add(-personalFor)); err != nil {
		a.log.ErrorContext(ctx, "personal data not expunged", "err", err)
	} else if n > 0 {
		a.log.InfoContext(ctx, "personal data expunged", "orders", n)
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

// Order returns one order.
func (a *App) Order(ctx context.Context, no string) (payment.Order, error) {
	return a.ledger.Order(ctx, no)
}

// Ledger and Bills give the command line what it shows and feeds.
func (a *App) Ledger() payment.Ledger { return a.ledger }

// Bills returns the list of bills.
func (a *App) Bills() *register.Register { return a.bills }

// Cashier returns who takes payments.
func (a *App) Cashier() *payment.Cashier { return a.cashier }

// Log is where what people do not read is written.
func (a *App) Log() *slog.Logger { return a.log }
