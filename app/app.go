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
//
// 2026-11-23: what a visitor confirms is a quote. The court is asked again at confirm, and another quote needs another confirmation. An open order
// for what the court asks no more is closed, not left to run out; if it was paid all the same the money counts, and the court's refusal
// of the report makes it a clerk's.
//
// 2026-11-23: every payment owes the court a report, with an imported list too: there the report compares the payment with the list.
package app

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"

	"courtkiosk/app/bill"
	"courtkiosk/app/bill/register"
	"courtkiosk/app/config"
	"courtkiosk/app/receipt"
	"courtkiosk/app/report"
	"courtkiosk/payment"
	"courtkiosk/payment/bolt"
	"courtkiosk/payment/wechat"
	"courtkiosk/payment/wechatsim"
)

// An App is everything behind the screens of one machine.
type App struct {
	Config config.Config
	Demo   *wechatsim.Stand // the demo's WeChat Pay; nil outside of it

	ledger  *bolt.Ledger
	court   bill.Court
	bills   *register.Register // nil when the court's own system is asked
	reports *report.Box
	gateway *wechat.Gateway
	cashier *payment.Cashier
	printer receipt.Printer
	signer  *receipt.SigningKey
	log     *slog.Logger
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
	a.ledger, err = bolt.Open(c.Ledger.File, identity(c), bolt.Options{Backups: c.Ledger.Backups})
	if err != nil {
		return fmt.Errorf("open ledger %s: %w", c.Ledger.File, err)
	}
	if a.signer, err = receipt.OpenSigningKey(c.SigningKeyFile(), c.KeysFile(), "kiosk "+c.Kiosk.ID); err != nil {
		return err
	}
	if a.printer, err = openPrinter(c); err != nil {
		return err
	}
	if err := a.openCourt(); err != nil {
		return err
	}
	a.reports = report.NewBox(a.ledger, a.tell, a.log)
	a.cashier = payment.NewCashier(payment.Desk{
		Ledger: a.ledger, Gateway: a.gateway, Log: a.log, Kiosk: c.Kiosk.ID, PayWithin: c.Kiosk.PayWithin,
		Ended: func(payment.Order) { a.reports.Wake() },
	})
	return nil
}

// Close closes what is open, the ledger last.
func (a *App) Close() error {
	var errs []error
	if a.gateway != nil {
		a.gateway.Stop()
	}
	if a.court != nil {
		errs = append(errs, a.court.Close())
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
	lost, incomplete := a.ledger.Incomplete()
	if err := a.cashier.Start(ctx, incomplete); err != nil {
		return nil, err
	}
	var background sync.WaitGroup
	background.Go(func() { a.watch(ctx) })
	background.Go(func() { a.reports.Run(ctx) })
	if path := a.Config.Bills.Watch; path != "" {
		background.Go(func() { a.bills.Watch(ctx, path, a.log, a.Recheck) })
	}
	if incomplete {
		a.log.ErrorContext(ctx, "ledger was restored", "from", lost.Source, "as", lost.As)
		background.Go(func() { a.replay(ctx) })
	}
	return func() {
		background.Wait()
		a.cashier.Wait()
	}, nil
}

// Ledger and Bills give the command line what it shows and feeds.
func (a *App) Ledger() *bolt.Ledger { return a.ledger }

// Bills returns the list of bills; nil when the court's own system is asked.
func (a *App) Bills() *register.Register { return a.bills }

// Reports returns what the court must be told.
func (a *App) Reports() *report.Box { return a.reports }

// Printer returns where receipts are printed.
func (a *App) Printer() receipt.Printer { return a.printer }

// Cashier returns who takes payments.
func (a *App) Cashier() *payment.Cashier { return a.cashier }

// Log is where what people do not read is written.
func (a *App) Log() *slog.Logger { return a.log }
