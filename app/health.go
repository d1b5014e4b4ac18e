package app

import (
	"cmp"
	"context"
	"errors"
	"maps"
	"slices"
	"time"

	"courtkiosk/app/bill"
	"courtkiosk/app/counter"
	"courtkiosk/app/doctor"
	"courtkiosk/app/receipt"
	"courtkiosk/app/report"
	"courtkiosk/payment"
)

// Health is how this machine stands, for those who watch over it.
type Health struct {
	Report    doctor.Report    // what is wrong, the gravest first
	Standing  counter.Standing // which payments are not begun, and why
	Gateway   payment.Health   // the road to WeChat; of a merchant that is in trouble
	Court     error            // why the court's system cannot be asked now; nil when it can, or when there is none
	Reports   report.Status    // what the court must be told
	Printer   error            // why no receipt can be printed; nil when one can
	Following int              // orders that are not at their end
	Unserved  map[string]int   // open orders by merchant numbers whose keys are not here: nobody can ask about them
	Restored  bool             // the ledger was lost, and not all of it is found again
}

// Health asks printer and court, and counts what is owed.
func (a *App) Health(ctx context.Context) (h Health, err error) {
	h = Health{
		Standing: a.counter.Standing(ctx), Printer: a.printer.Ready(ctx), Following: a.cashier.Following(),
		Unserved: a.cashier.Unserved(),
	}
	found := append(a.counter.Stops(ctx), a.doctor.Found()...)
	for _, p := range bill.Purses {
		m := a.Config.Merchant(p)
		if g := a.cashier.Health(m); g.Trouble != nil {
			found = append(found, doctor.Finding{Code: doctor.WeChatSilent, Of: m.MchID, Since: g.Since,
				Err: g.Trouble})
			h.Gateway = g
		}
	}
	_, h.Restored = a.keeper.Incomplete()
	if c, ok := a.court.(bill.Checked); ok {
		h.Court = c.Health(ctx)
	}
	if h.Reports, err = a.reports.Status(ctx); err != nil {
		return h, err
	}
	open, err := a.ledger.Unsettled(ctx)
	for _, o := range open { // until its time is over an order is just being paid
		found = append(found, doctor.Finding{Code: doctor.Unsettled, Of: o.Merchant.MchID, Since: o.Expires})
	}
	h.Report = doctor.Tell(append(found, h.findings()...), a.cashier.Now())
	return h, err
}

// findings says what of the health is trouble. What has no Since is told without patience: who asks wants to know.
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
	court := cmp.Or(h.Court, h.Reports.Trouble)
	note(court != nil, doctor.CourtSilent, "", unknown, court)
	note(h.Printer != nil && !errors.Is(h.Printer, receipt.ErrNoPrinter), printerCode(h.Printer), "", unknown,
		h.Printer)
	note(h.Restored, doctor.Incomplete, "", unknown, nil)
	note(h.Reports.Look > h.Reports.Refused, doctor.Attention, "", unknown, nil)
	note(h.Reports.Refused > 0, doctor.ReportRefused, "", unknown, nil)
	note(h.Reports.Owed > 0, doctor.ReportsWaiting, "", h.Reports.Oldest, nil)
	return found
}

// printerCode is the trouble of a printer that is not ready. An error that says nothing of a condition is of one that
// was not reached.
func printerCode(err error) doctor.Code {
	if trouble, ok := errors.AsType[*receipt.TroubleError](err); ok {
		return doctor.Printer(string(trouble.Condition))
	}
	return doctor.PrinterOffline
}
