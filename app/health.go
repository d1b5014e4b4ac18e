package app

import (
	"context"

	"courtkiosk/app/bill"
	"courtkiosk/app/counter"
	"courtkiosk/app/report"
	"courtkiosk/payment"
)

// Health is how this machine stands, for those who watch over it.
type Health struct {
	Standing  counter.Standing // which payments are not begun, and why
	Gateway   payment.Health   // the road to WeChat; of the first merchant that is in trouble
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
	for _, p := range bill.Purses {
		if h.Gateway = a.cashier.Health(a.Config.Merchant(p)); h.Gateway.Trouble != nil {
			break
		}
	}
	_, h.Restored = a.keeper.Incomplete()
	if c, ok := a.court.(bill.Checked); ok {
		h.Court = c.Health(ctx)
	}
	h.Reports, err = a.reports.Status(ctx)
	return h, err
}
