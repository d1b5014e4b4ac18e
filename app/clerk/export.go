package clerk

import (
	"bytes"
	"context"
	"errors"
	"time"

	"courtkiosk/app/closing"
	"courtkiosk/app/export"
	"courtkiosk/app/receipt"
)

// What can be taken away as a file.
const (
	ExportPayments    = "payments"
	ExportOrders      = "orders"
	ExportRefunds     = "refunds"
	ExportDifferences = "differences"
	ExportedAudit     = "audit"
)

// ErrBusy means: other files are being made, or the audit is read; one at a time is.
var ErrBusy = errors.New("clerk: other files are being made")

// ErrExport means: nothing of that name is exported, or not in that format.
var ErrExport = errors.New("clerk: nothing of that name is exported")

// A File is what was taken away.
type File struct {
	Name   string
	Data   []byte
	Result export.Result
}

// Export makes a file of what lies in a range of days, and tells the audit of it: who, what, and the file's hash. The
// audit itself is another right than the rest.
func (d *Desk) Export(ctx context.Context, c Clerk, what string, f export.Format, days export.Range) (File, error) {
	right := Export
	if what == ExportedAudit {
		right = ExportAudit
	}
	ctx, err := c.acts(ctx, right)
	if err := errors.Join(err, days.Check()); err != nil {
		return File{}, err
	}
	leave, err := d.work.turn(ctx) // a year of orders is tens of megabytes
	if err != nil {
		return File{}, err
	}
	defer leave()
	r := export.Records{Ledger: d.Ledger, Reference: d.Counter.House.Reference, Receipt: d.Counter.House.ReceiptNumber}
	tables, ok := map[string]func(context.Context, export.Range) export.Table{
		ExportPayments: r.Payments, ExportOrders: r.Orders, ExportRefunds: r.Refunds, ExportDifferences: r.Differences,
		ExportedAudit: r.Audit,
	}[what]
	if !ok || f != export.CSV && f != export.XLSX {
		return File{}, ErrExport
	}
	table := tables(ctx, days)
	var file bytes.Buffer
	result, err := export.Write(&file, f, table)
	if err == nil { // told before it leaves
		err = d.Ledger.Note(ctx, export.Note(table, f, days, result, c.By))
	}
	if err != nil {
		return File{}, err
	}
	return File{Name: table.Name + "_" + days.Days() + "." + string(f), Data: file.Bytes(), Result: result}, nil
}

// Month returns the sheet of a month, for finance.
func (d *Desk) Month(ctx context.Context, c Clerk, of time.Time) (receipt.Sheet, error) {
	if err := c.May(SeeMonth); err != nil {
		return receipt.Sheet{}, err
	}
	leave, err := d.work.turn(ctx)
	if err != nil {
		return receipt.Sheet{}, err
	}
	defer leave()
	m, err := d.closings().Month(ctx, of)
	if err != nil {
		return receipt.Sheet{}, err
	}
	h := d.Counter.House
	head := closing.Letterhead{Court: h.Court, Name: h.Name, Environment: h.Environment}
	return head.PrintMonth(m, c.By, now()), nil
}
