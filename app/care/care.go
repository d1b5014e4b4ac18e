// Package care looks after a machine beside its faces: it tries the roads to WeChat and the court, looks at the
// printer, has the ledger copied, forgets personal data after its time, and says how the machine stands.
package care

import (
	"context"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"courtkiosk/app/bill"
	"courtkiosk/app/counter"
	"courtkiosk/app/doctor"
	"courtkiosk/app/offsite"
	"courtkiosk/app/receipt"
	"courtkiosk/app/report"
	"courtkiosk/payment"
	"courtkiosk/payment/reconcile"
)

// Parts are what is looked after.
type Parts struct {
	Ledger   payment.Ledger
	Keeper   payment.Keeper
	Cashier  *payment.Cashier
	Counter  *counter.Counter
	Court    bill.Court
	Reports  *report.Box
	Printer  receipt.Printer
	Bills    *reconcile.Office // reads the bills of days; nil where nobody does
	Merchant func(bill.Purse) payment.Merchant
	// CertificateEnds is when a merchant's API certificate ends; zero when nobody knows.
	CertificateEnds func(payment.Merchant) time.Time
	// PageCertificates are files of certificates that the clerk's page needs, by what they are of; nil where no page
	// shows any.
	PageCertificates map[string]string
	// Revoked reports whether the key that signs receipts is believed no more: they carry no code.
	Revoked func() bool
	Place   *offsite.Place // where copies of the ledger leave to; nil where none does
	Log     *slog.Logger
}

// Care looks after a machine, and remembers since when something is wrong with it.
type Care struct {
	Parts
	doctor  doctor.Doctor
	watched atomic.Bool // somebody looks again
}

// New returns who looks after the parts. Nothing is looked at before Run or Health.
func New(p Parts) *Care { return &Care{Parts: p} }

// Run looks after the machine until ctx ends.
func (c *Care) Run(ctx context.Context) {
	c.watched.Store(true)
	var beside sync.WaitGroup
	beside.Go(func() { c.watchPrinter(ctx) })
	beside.Go(func() { c.watchReturned(ctx) })
	beside.Go(func() { c.watchBills(ctx) })
	beside.Go(func() { c.watchOffsite(ctx) })
	c.watch(ctx)
	beside.Wait()
}

// How often the roads to WeChat and the court are tried, when they are well and when they are not; and how often the
// rest is looked after.
const (
	probeEvery   = 2 * time.Minute  // a screen says "OK" of what was seen last
	probeSilent  = 15 * time.Second // and of a road that is open again that it is not
	probeAgain   = 3 * time.Second  // one lost answer is over before a screen says that there is none
	probeTrouble = time.Minute
	careEvery    = time.Hour
	unheardEvery = time.Minute // while WeChat's clock was not heard
	doubtEvery   = time.Minute
	printerEvery = time.Minute

	// a cover is closed, a roll put in: the screen must not say for a minute that it is not
	printerTrouble = 5 * time.Second
	offsiteAgain   = 10 * time.Minute    // while no copy can leave
	revisitEvery   = time.Minute         // between looks at the clock
	recheckEvery   = 5 * time.Second     // how often a case system is asked for a bill whose code is shown
	personalFor    = 30 * 24 * time.Hour // as long as a receipt can be reprinted at the lobby
)

// watch keeps an eye on the roads to WeChat and the court, on bills whose codes are shown and on work that was taken up
// and given up, has the ledger copied daily and forgets personal data after its time.
func (c *Care) watch(ctx context.Context) {
	probe, care := time.NewTimer(0), time.NewTimer(0)
	recheck, doubt := time.NewTicker(recheckEvery), time.NewTicker(doubtEvery)
	_, listed := c.Court.(bill.Listed) // it says when it changes
	lost := false
	for {
		select {
		case <-ctx.Done():
			return
		case <-probe.C:
			next, before := c.probe(ctx), lost
			if lost = next == probeSilent; lost && !before {
				next = probeAgain
			}
			probe.Reset(next)
		case <-recheck.C:
			if !listed {
				c.Counter.Recheck(ctx)
			}
		case <-doubt.C:
			c.doubt(ctx)
		case <-care.C:
			care.Reset(c.care(ctx))
		}
	}
}

// watchPrinter looks at the printer now and then. It does so on its own: a printer that does not answer holds up for
// seconds who asks it.
func (c *Care) watchPrinter(ctx context.Context) {
	for {
		next := time.NewTimer(c.tendPrinter(ctx))
		select {
		case <-ctx.Done():
			next.Stop()
			return
		case <-next.C:
		}
	}
}

// doubt marks as doubtful what a face, or another machine, has had in hand for too long.
func (c *Care) doubt(ctx context.Context) {
	given, err := payment.Doubt(ctx, c.Ledger, "", c.Cashier.Now())
	for _, e := range given {
		c.Log.WarnContext(ctx, "work doubtful", "order", e.Order, "kind", e.Kind)
	}
	if err != nil && ctx.Err() == nil {
		c.Log.ErrorContext(ctx, "unfinished work not looked for", "err", err)
	}
}

// care keeps the ledger in order and returns when to look after it again; what goes wrong is tried again in an hour.
func (c *Care) care(ctx context.Context) (next time.Duration) {
	now, heard := c.Cashier.Clock()
	err := c.Keeper.Care(ctx, now)
	c.doctor.Note(doctor.Backup, err, now)
	if err != nil {
		c.Log.ErrorContext(ctx, "ledger not copied", "err", err)
	}
	if err := c.lookAtMark(); err != nil {
		c.Log.WarnContext(ctx, "ledger without a mark", "err", err)
	}
	if !heard { // a clock that is ahead would wipe for good what must be kept; a copy can only have a wrong name
		return unheardEvery
	}
	if _, err := c.Ledger.Expunge(ctx, now.Add(-personalFor)); err != nil {
		c.Log.ErrorContext(ctx, "personal data not expunged", "err", err)
	}
	if err := c.Ledger.ForgetTries(ctx, now); err != nil {
		c.Log.ErrorContext(ctx, "tries of the days before not forgotten", "err", err)
	}
	return careEvery
}

// probe tries the road to WeChat for every merchant, and that to the court, and returns when to try them again.
func (c *Care) probe(ctx context.Context) (next time.Duration) {
	next = probeEvery
	for _, p := range bill.Purses {
		m := c.Merchant(p)
		if !c.Cashier.Serves(m) {
			continue
		}
		if err := c.Cashier.Probe(ctx, m); err != nil && ctx.Err() == nil {
			c.Log.WarnContext(ctx, "gateway not reached", "merchant", m.MchID, "err", err)
			next = probeSilent
		}
	}
	if c.lookAtCourt(ctx) != nil {
		next = probeSilent
	}
	if s := c.Counter.Standing(ctx); next == probeEvery && (s.Closed != nil || len(s.Purses) > 0) {
		return probeTrouble
	}
	return next
}
