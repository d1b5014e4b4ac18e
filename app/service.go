package app

import (
	"context"
	"fmt"

	"courtkiosk/app/bill/courtapi"
	"courtkiosk/app/report"
	"courtkiosk/payment"
)

// Reason is why no money can be taken safely.
type Reason string

// The reasons to close the service. Orders that are open are followed all the same.
const (
	LedgerFailed Reason = "ledger"       // a write failed: the process must end and start anew
	DiskFull     Reason = "disk"         // less room than a settle may need
	ClockWrong   Reason = "clock"        // more than 2 minutes off WeChat's
	KeysRefused  Reason = "unauthorized" // two 401 in a row
)

// A ClosedError says that no new payment is begun, and why.
type ClosedError struct {
	Reason Reason
	Err    error // details for the log
}

func (e *ClosedError) Error() string {
	return fmt.Sprintf("app: service closed (%s): %v", e.Reason, e.Err)
}
func (e *ClosedError) Unwrap() error { return e.Err }

// Service returns nil while new payments may be begun, else why not.
func (a *App) Service() *ClosedError {
	if err := a.ledger.Failed(); err != nil {
		return &ClosedError{LedgerFailed, err}
	}
	if room, err := a.ledger.Room(); err != nil || room.Low() {
		if err == nil {
			err = fmt.Errorf("%d MiB free on disk, %d %% of the ledger's size used", room.Free>>20, room.UsedPercent())
		}
		return &ClosedError{DiskFull, err}
	}
	switch h := a.cashier.Health(); {
	case h.Clock:
		offset, _ := a.gateway.Offset()
		return &ClosedError{ClockWrong, fmt.Errorf("this machine's clock is %v behind WeChat's", offset)}
	case h.Unauthorized:
		return &ClosedError{KeysRefused, h.Trouble}
	}
	return nil
}

// Health is how this machine stands, for those who watch over it.
type Health struct {
	Closed    *ClosedError   // why no payment is begun; nil when all is well
	Gateway   payment.Health // the road to WeChat
	Court     error          // why the court's system cannot be asked now; nil when it can, or when there is none
	Reports   report.Status  // what the court must be told
	Printer   error          // why no receipt can be printed; nil when one can
	Following int            // orders that are not at their end
	Restored  bool           // the ledger was lost, and not all of it is found again
}

// Health asks printer and court, and counts what is owed.
func (a *App) Health(ctx context.Context) (h Health, err error) {
	h = Health{Closed: a.Service(), Gateway: a.cashier.Health(), Printer: a.printer.Ready(ctx), Following: a.cashier.Following()}
	_, h.Restored = a.ledger.Incomplete()
	if c, ok := a.court.(*courtapi.Client); ok {
		h.Court = c.Health(ctx)
	}
	h.Reports, err = a.reports.Status(ctx)
	return h, err
}
