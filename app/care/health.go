package care

import (
	"cmp"
	"context"
	"errors"
	"maps"
	"slices"
	"sync"
	"time"

	"courtkiosk/app/bill"
	"courtkiosk/app/counter"
	"courtkiosk/app/doctor"
	"courtkiosk/app/offsite"
	"courtkiosk/app/receipt"
	"courtkiosk/app/report"
	"courtkiosk/payment"
)

// Health is how this machine stands, for those who watch over it.
type Health struct {
	Report    doctor.Report     // what is wrong, the gravest first
	Standing  counter.Standing  // which payments are not begun, and why
	Gateway   payment.Health    // the road to WeChat; of a merchant that is in trouble
	Court     error             // why the court's system cannot be asked now; nil when it can, or when there is none
	Reports   report.Status     // what the court must be told
	Printer   error             // why no receipt can be printed; nil when one can
	Warning   receipt.Condition // what will keep the printer from printing soon; empty when nothing is known to
	Following int               // orders that are not at their end
	Unserved  map[string]int    // open orders by merchant numbers whose keys are not here: nobody can ask about them
	// when the API certificate of each merchant number ends; zero: not known
	Certificates map[string]time.Time
	// likewise of the clerk's page: of windows, its server and the authority; zero: it cannot be read
	PageCertificates map[string]time.Time
	Restored         bool             // the ledger was lost, and not all of it is found again
	Tasks            []Task           // what waits for a person, order by order
	Left             *offsite.Arrival // the last copy that left this machine, and arrived; nil where none shall leave
	Twins            []payment.Twin   // other ledgers that were paid under this kiosk's id
	At               time.Time        // when it was asked
	// Why the ledger says nothing now, so that of what it holds nothing is known; nil while it does.
	Away error
}

// said returns an error of the ledger's, unless it is away: that is noted, and the rest is told.
func (h *Health) said(err error) error {
	if !errors.Is(err, payment.ErrAway) {
		return err
	}
	h.Away = cmp.Or(h.Away, err)
	return nil
}

// Health asks printer and court, and counts what is owed.
func (c *Care) Health(ctx context.Context) (h Health, err error) {
	_ = h.said(c.Keeper.Ready(ctx)) // the counter's standing says the same
	if !c.watched.Load() {          // nothing is followed here
		if h.Away == nil {
			err = h.said(c.Cashier.CountUnserved(ctx))
		}
		if err != nil {
			return h, err
		}
		c.askWeChat(ctx)
	}
	warning, troubled := c.lookAtPrinter(ctx)
	h = Health{
		Standing: c.Counter.Standing(ctx), Printer: troubled, Warning: warning, Court: c.lookAtCourt(ctx),
		Following: c.Cashier.Following(), Unserved: c.Cashier.Unserved(),
		Certificates: make(map[string]time.Time), At: c.Cashier.Now(), Away: h.Away,
	}
	_ = c.lookAtMark() // it is noted
	found := append(c.Counter.Stops(ctx), c.doctor.Found()...)
	if !c.watched.Load() { // nobody has looked before, and nobody looks again: it is told without patience
		found = append(found, h.seen()...)
	}
	for _, p := range bill.Purses {
		m := c.Merchant(p)
		ends := c.CertificateEnds(m)
		h.Certificates[m.MchID] = ends
		found = append(found, doctor.CertificateEnds(m.MchID, ends, c.Cashier.Now())...)
		if g := c.Cashier.Health(m); g.Trouble != nil {
			since := g.Since
			if !c.watched.Load() {
				since = time.Time{}
			}
			found = append(found, doctor.Finding{Code: doctor.WeChatSilent, Of: m.MchID, Since: since, Err: g.Trouble})
			h.Gateway = g
		}
	}
	var ending []doctor.Finding
	if h.Away == nil {
		h.PageCertificates, ending, err = c.pageCertificates(ctx)
	}
	if err = h.said(err); err != nil {
		return h, err
	}
	found = append(c.nothingReached(found), ending...)
	if c.Revoked() {
		found = append(found, doctor.Finding{Code: doctor.SigningKey, Err: receipt.ErrRevoked})
	}
	_, h.Restored = c.Keeper.Incomplete()
	if c.Place != nil {
		last, _ := c.Place.Last() // one that cannot be read says of none
		h.Left = &last
	}
	if err := h.said(c.askLedger(ctx, &h)); err != nil {
		return h, err
	}
	if h.Away != nil {
		h.Reports, h.Tasks, h.Twins, h.Unserved = report.Status{}, nil, nil, nil
		found = append(found, doctor.Finding{Code: doctor.Away, Err: h.Away})
	}
	h.Report = doctor.Tell(append(found, h.findings()...), h.At)
	return h, nil
}

// askLedger reads what is owed, and what waits for a person.
func (c *Care) askLedger(ctx context.Context, h *Health) (err error) {
	if h.Away != nil {
		return nil
	}
	if h.Reports, err = c.Reports.Status(ctx); err != nil {
		return err
	}
	if h.Tasks, err = c.Tasks(ctx); err != nil {
		return err
	}
	if h.Twins, err = c.Cashier.Twins(ctx); err != nil {
		return err
	}
	h.Tasks = append(h.Tasks, lateTasks(h.Twins)...)
	return nil
}

// askWeChat tries the road to WeChat for every merchant, where nobody has tried it before. A key that is refused or not
// believed is tried twice: only then it is a trouble.
func (c *Care) askWeChat(ctx context.Context) {
	var asked []string
	var calls sync.WaitGroup
	for _, p := range bill.Purses {
		m := c.Merchant(p)
		if !c.Cashier.Serves(m) || slices.Contains(asked, m.MchID) {
			continue
		}
		asked = append(asked, m.MchID)
		calls.Go(func() {
			err := c.Cashier.Probe(ctx, m)
			if errors.Is(err, payment.ErrUnauthorized) || errors.Is(err, payment.ErrUnverified) {
				_ = c.Cashier.Probe(ctx, m) // its health tells
			}
		})
	}
	calls.Wait()
}

// silentFor is how long WeChat may be silent before a lobby says so: nobody begins a payment for nothing. A monitor
// has the catalogue's patience.
const silentFor = 5 * time.Second

// Told returns what a lobby is told of printer, court, backups and WeChat now, as far as they were looked at; it asks
// nobody.
func (c *Care) Told() doctor.Report { return c.told(c.Cashier.Now()) }

func (c *Care) told(now time.Time) doctor.Report {
	found := c.doctor.Found()
	for _, p := range bill.Purses {
		m := c.Merchant(p)
		if h := c.Cashier.Health(m); errors.Is(h.Trouble, payment.ErrUnknown) && now.Sub(h.Since) >= silentFor {
			found = append(found, doctor.Finding{Code: doctor.WeChatSilent, Of: m.MchID, Err: h.Trouble}) // at once
		}
	}
	return doctor.Tell(c.nothingReached(found), now)
}

// nothingReached adds to what was found that no road out of this machine is open, where the court's system and WeChat
// are silent both: that explains them.
func (c *Care) nothingReached(found []doctor.Finding) []doctor.Finding {
	court := slices.IndexFunc(found, func(f doctor.Finding) bool { return f.Code == doctor.CourtSilent })
	if court < 0 {
		return found
	}
	all := doctor.Finding{Code: doctor.Network, Since: found[court].Since, Err: found[court].Err}
	for _, p := range bill.Purses {
		m := c.Merchant(p)
		i := slices.IndexFunc(found, func(f doctor.Finding) bool {
			return f.Code == doctor.WeChatSilent && f.Of == m.MchID && errors.Is(f.Err, payment.ErrUnknown)
		})
		if i < 0 {
			return found
		}
		if found[i].Since.After(all.Since) {
			all.Since = found[i].Since
		}
	}
	return append(found, all)
}

// lookAtPrinter asks how the printer is, notes it, and returns why nothing can be printed, and what soon will.
func (c *Care) lookAtPrinter(ctx context.Context) (warning receipt.Condition, err error) {
	err = c.Printer.Ready(ctx)
	if w, ok := c.Printer.(receipt.Warner); ok {
		warning = w.Warning()
	}
	if ctx.Err() == nil { // who has gone hears of nothing but that
		c.doctor.Look(doctor.Printers, ofPrinter(err, warning), c.Cashier.Now())
	}
	return warning, err
}

// tendPrinter looks at the printer, has it take out what an interrupted slip has left once it is well again, and
// returns when to look again: soon where somebody is about to mend it.
func (c *Care) tendPrinter(ctx context.Context) (next time.Duration) {
	_, err := c.lookAtPrinter(ctx)
	if err != nil && !errors.Is(err, receipt.ErrNoPrinter) {
		return printerTrouble // it is noted
	}
	if tidier, ok := c.Printer.(receipt.Tidier); ok && err == nil {
		if err := tidier.TakeOut(ctx); err != nil && ctx.Err() == nil {
			c.Log.WarnContext(ctx, "interrupted slip not taken out; it is before the next one", "err", err)
		}
	}
	return printerEvery
}

// Tidy takes out of the printer what the last run may have left in it, before it is part of the next visitor's slip.
func (c *Care) Tidy(ctx context.Context, t receipt.Tidier) {
	if err := t.Tidy(ctx); err != nil {
		c.Log.WarnContext(ctx, "printer not tidied; it tidies before it prints", "err", err)
	}
}

// Note notes what a face has found of its own, a window of its keypad and its sound. Of the codes those that are not
// among the findings are over. Health tells of them, and who looks at the machine from outside.
func (c *Care) Note(at []doctor.Code, found []doctor.Finding) {
	c.doctor.Look(at, found, c.Cashier.Now())
}

// Rings reports whether a monitor rings: payments are not begun, or something lasts that a person must end.
func (h Health) Rings() bool {
	return h.Standing.Closed != nil || len(h.Standing.Purses) > 0 || h.Report.Rings(h.At)
}

// lookAtMark notes why the ledger has no mark outside of it, of one that may have, and returns it.
func (c *Care) lookAtMark() error {
	l, ok := c.Ledger.(interface{ Marked() error })
	if !ok {
		return nil
	}
	err := l.Marked()
	c.doctor.Note(doctor.Mark, err, c.Cashier.Now())
	return err
}

// lookAtCourt asks how the court's system is, notes it, and returns why it cannot be asked; nil where there is none.
func (c *Care) lookAtCourt(ctx context.Context) error {
	court, ok := c.Court.(bill.Checked)
	if !ok {
		return nil
	}
	err := court.Health(ctx)
	if ctx.Err() == nil {
		c.doctor.Note(doctor.CourtSilent, err, c.Cashier.Now())
	}
	return err
}

// seen is what was wrong with printer and court just now.
func (h Health) seen() []doctor.Finding {
	found := ofPrinter(h.Printer, h.Warning)
	if h.Court != nil {
		found = append(found, doctor.Finding{Code: doctor.CourtSilent, Err: h.Court})
	}
	return found
}

// findings says what else of the health is trouble. What has no Since is told without patience: who asks wants to
// know.
func (h Health) findings() (found []doctor.Finding) {
	note := func(is bool, c doctor.Code, of string, since time.Time, err error) {
		if is {
			found = append(found, doctor.Finding{Code: c, Of: of, Since: since, Err: err})
		}
	}
	var unknown time.Time
	for _, mchid := range slices.Sorted(maps.Keys(h.Unserved)) {
		note(true, doctor.NoKey, mchid, unknown, payment.ErrNotServed)
	}
	note(h.Reports.Trouble != nil, doctor.CourtSilent, "", h.Reports.Since, h.Reports.Trouble)
	note(h.Restored, doctor.Incomplete, "", unknown, nil)
	for _, t := range h.Tasks {
		found = append(found, t.finding())
	}
	for _, t := range h.Twins {
		note(t.Waiting > 0, doctor.OtherLedger, t.Instance, unknown, nil)
	}
	note(h.Reports.Owed > 0, doctor.ReportsWaiting, "", h.Reports.Oldest, nil)
	return found
}

// ofPrinter says what is wrong with a printer, and what soon will be; nothing when there is none. An error that says
// nothing of a condition is of one that was not reached.
func ofPrinter(err error, warning receipt.Condition) (found []doctor.Finding) {
	if errors.Is(err, receipt.ErrNoPrinter) {
		return nil
	}
	if err != nil {
		code := doctor.PrinterUnreachable
		if trouble, ok := errors.AsType[*receipt.TroubleError](err); ok {
			code = doctor.Printer(string(trouble.Condition))
		}
		found = append(found, doctor.Finding{Code: code, Err: err})
	}
	if warning != "" {
		found = append(found, doctor.Finding{Code: doctor.Printer(string(warning))})
	}
	return found
}
