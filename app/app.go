// Package app is the court counter put together: it opens ledger, gateway, bills and printer from a configuration,
// closes them in order, and starts what runs in the background. It holds no court rule itself; those live in the
// rooms below it, and app/counter is what faces ask.
//
// # Decisions
//
// 2026-11-23: a receipt prints by itself only for the visitor whose screen is up. What nobody took stays owed, and is
// printed for whoever proves to hold the payment: paper that comes out for the next visitor tells a stranger who sued
// whom.
//
// 2026-11-23: no order is opened while WeChat is known not to answer. An order that WeChat never heard of blocks its
// bill until its time is over.
//
// 2026-11-23: every payment owes the court a report, with an imported list too: there the report compares the payment
// with the list.
//
// 2026-11-28: what differs between courts, stores and printers is asked for by type, as an interface that some of them
// have; nothing here compares names of modes.
package app

import (
	"cmp"
	"context"
	"errors"
	"log/slog"
	"net/http"
	"sync"
	"time"

	"courtkiosk/app/bill"
	"courtkiosk/app/bulletin"
	"courtkiosk/app/care"
	"courtkiosk/app/clerk"
	"courtkiosk/app/config"
	"courtkiosk/app/counter"
	"courtkiosk/app/figures"
	"courtkiosk/app/ledger"
	"courtkiosk/app/receipt"
	"courtkiosk/app/report"
	"courtkiosk/payment"
	"courtkiosk/payment/reconcile"
	"courtkiosk/payment/wechat"
	"courtkiosk/payment/wechatsim"
)

// An App is everything behind the faces of one machine.
type App struct {
	Config config.Config
	Demo   *wechatsim.Stand // the demo's WeChat Pay; nil outside of it

	ledger  payment.Ledger
	keeper  payment.Keeper
	court   bill.Court
	reports *report.Box
	gateway *wechat.Gateway
	cashier *payment.Cashier
	counter *counter.Counter
	printer receipt.Printer
	care    *care.Care
	bills   *reconcile.Office
	desk    *clerk.Desk
	log     *slog.Logger
	road    http.RoundTripper // to WeChat; nil is the network
	self    string            // what starts this program once more; empty where nothing does
}

// leaseFor is how long a machine that shares its ledger follows an order without renewing its right to: when it dies
// another one takes the order up after that.
const leaseFor = 15 * time.Second

// An Option brings a part that Open would open itself.
type Option func(*App)

// OnLedger brings a ledger, and who looks after it, in place of the file that the configuration names. The App closes
// it.
func OnLedger(l payment.Ledger, k payment.Keeper) Option {
	return func(a *App) { a.ledger, a.keeper = l, k }
}

// OnRoad brings the road to WeChat in place of the network's.
func OnRoad(r http.RoundTripper) Option { return func(a *App) { a.road = r } }

// WithSelf names the file that starts this program once more, for what must not be done beside a touch.
func WithSelf(program string) Option { return func(a *App) { a.self = program } }

// Open opens what the configuration names and no option brings. What cannot be opened is an error that says which
// file or address it was; nothing is left open then.
func Open(c config.Config, log *slog.Logger, options ...Option) (*App, error) {
	a := with(c, log, options)
	if err := a.open(); err != nil {
		return nil, errors.Join(err, a.Close())
	}
	return a, nil
}

func with(c config.Config, log *slog.Logger, options []Option) *App {
	a := &App{Config: c, log: cmp.Or(log, slog.New(slog.DiscardHandler))}
	for _, o := range options {
		o(a)
	}
	return a
}

func (a *App) open() (err error) {
	c, lease := a.Config, time.Duration(0)
	holidays, err := c.Calendar()
	if err != nil {
		return err
	}
	if a.gateway, err = a.openGateway(); err != nil {
		return err
	}
	if a.ledger == nil {
		if a.ledger, a.keeper, err = ledger.Open(c, a.log); err != nil {
			return err
		}
	}
	signer, err := receipt.OpenSigningKey(c.SigningKeyFile(), c.KeysFile(), "kiosk "+c.Kiosk.ID)
	if err != nil {
		return err
	}
	if a.printer, err = openPrinter(c); err != nil {
		return err
	}
	if a.court, err = openCourt(c); err != nil {
		return err
	}
	_, shared := a.ledger.(payment.Shared)
	if shared {
		lease = leaseFor
	}
	a.cashier = payment.NewCashier(payment.Desk{
		Ledger: a.ledger, Gateway: a.gateway, Log: a.log, Kiosk: c.Kiosk.ID, PayWithin: c.Kiosk.PayWithin,
		Ended:  func(payment.Order) { a.reports.Wake() },
		Lease:  lease,
		Former: payment.FormerOf(a.ledger), May: clerk.MayRefund, Refunder: a.gateway, RefundsOff: !c.Clerk.Refunds,
		Ours: a.ours,
	})
	a.counter = counter.New(counter.Options{
		Ledger: a.ledger, Keeper: a.keeper, Cashier: a.cashier, Court: a.court, Signer: signer, House: house(c),
		Merchant: c.Merchant, Serves: c.Court.Serves, Holidays: holidays, Quiet: c.Kiosk.Quiet, Log: a.log,
		Ring:   func() (receipt.Ring, error) { return receipt.ReadRing(c.KeysFile()) },
		Desk:   shared || c.Clerk.Listen != "", // of a shared ledger another machine has the page
		Report: report.Effect, ReportBack: report.Back,
	})
	a.reports = report.NewBox(a.ledger, a.counter.Tell, a.log)
	if _, ok := a.court.(bill.Refunding); ok {
		a.reports.Refunds = a.counter.TellBack
	}
	a.bills = &reconcile.Office{
		Ledger: a.ledger, Cashier: a.cashier, Former: payment.FormerOf(a.ledger), Log: a.log, Device: a.ours,
		Court: report.Words(a.ledger), Recover: a.counter.Recover,
	}
	a.care = care.New(care.Parts{
		Ledger: a.ledger, Keeper: a.keeper, Cashier: a.cashier, Counter: a.counter, Court: a.court, Reports: a.reports,
		Printer: a.printer, Merchant: c.Merchant, CertificateEnds: a.gateway.CertificateEnds,
		PageCertificates: c.PageCertificates(), Revoked: signer.Revoked, Bills: a.bills, Place: c.Place(), Log: a.log,
	})
	a.desk = clerk.New(clerk.Options{
		Ledger: a.ledger, Counter: a.counter, Cashier: a.cashier, Printer: a.printer, Device: c.Kiosk.ID,
		Issuer: c.Court.Name, Key: c.ClerkKeyFile(), Bills: a.bills, Hash: clerk.HashElsewhere(a.self, a.log),
		TellAgain: a.reports.Again,
		Board:     bulletin.Open(c.Kiosk.Notices, a.ledger.Notices(), a.log), Log: a.log,
	})
	return nil
}

// ours reports whether a device takes payments into this ledger: the kiosk, or a window. What it was paid under a
// ledger that is lost is looked after here, wherever that is learned from.
func (a *App) ours(ctx context.Context, device string) (bool, error) { return a.desk.Ours(ctx, device) }

// house is what receipts and slips say of the court and this machine.
func house(c config.Config) counter.House {
	return counter.House{
		Court: c.Court.Code, Name: c.Court.Name, Payee: c.Payee(), Kiosk: c.Kiosk.ID, Window: c.Court.Window,
		Fiscal: c.Court.Fiscal, Hotline: c.Court.Hotline,
		Environment: receipt.Environment(c.Environment),
	}
}

// Close closes what is open, the ledger last.
func (a *App) Close() error {
	var errs []error
	if a.desk != nil {
		a.desk.Close()
	}
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
	lost, incomplete := a.keeper.Incomplete()
	left, err := a.counter.FindPrinted(ctx, payment.HolderOf(a.ledger), a.printer)
	if err != nil {
		return nil, err
	}
	a.care.LookForSuccessor(ctx)
	apart := payment.Apart(a.keeper.Ready(ctx)) // another machine may do what is owed
	if err := a.cashier.Start(ctx, incomplete || apart != nil); err != nil {
		return nil, err
	}
	var background sync.WaitGroup
	if tidier, ok := a.printer.(receipt.Tidier); ok && left {
		background.Go(func() { a.care.Tidy(ctx, tidier) })
	}
	background.Go(func() { a.care.Run(ctx) })
	background.Go(func() { a.reports.Run(ctx) })
	background.Go(func() { a.figures().Run(ctx) })
	if list, ok := a.court.(bill.Listed); ok && a.Config.Bills.Watch != "" {
		background.Go(func() { list.Watch(ctx, a.Config.Bills.Watch, a.log, a.counter.Recheck) })
	}
	if apart != nil {
		a.log.ErrorContext(ctx, "ledger begins no payments", "err", apart)
	} else if incomplete {
		a.log.ErrorContext(ctx, "ledger was restored", "lost", lost)
		background.Go(func() { a.counter.Replay(ctx) })
	}
	return func() {
		background.Wait()
		a.cashier.Wait()
	}, nil
}

// figures counts what this machine promises.
func (a *App) figures() *figures.Counter {
	return &figures.Counter{
		Ledger: a.ledger, Device: a.Config.Kiosk.ID, Now: a.cashier.Now, Log: a.log,
		Closed: func(ctx context.Context) bool { return a.counter.Standing(ctx).Closed != nil },
	}
}

// Counter returns what faces ask.
func (a *App) Counter() *counter.Counter { return a.counter }

// Ledger returns the ledger, for those who show and keep it. What only one kind of store can do is asked for by type.
func (a *App) Ledger() payment.Ledger { return a.ledger }

// Keeper returns who looks after the ledger.
func (a *App) Keeper() payment.Keeper { return a.keeper }

// Court returns who is asked what cases owe. What only some courts can do is asked for by type: bill.Listed,
// bill.Checked.
func (a *App) Court() bill.Court { return a.court }

// Care returns who looks after this machine.
func (a *App) Care() *care.Care { return a.care }

// Desk returns what clerks ask.
func (a *App) Desk() *clerk.Desk { return a.desk }

// Reports returns what the court must be told.
func (a *App) Reports() *report.Box { return a.reports }

// Printer returns where receipts are printed.
func (a *App) Printer() receipt.Printer { return a.printer }

// Cashier returns who takes payments.
func (a *App) Cashier() *payment.Cashier { return a.cashier }

// Log is where what people do not read is written.
func (a *App) Log() *slog.Logger { return a.log }
