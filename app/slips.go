package app

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"courtkiosk/app/bill"
	"courtkiosk/app/receipt"
	"courtkiosk/assets"
	"courtkiosk/payment"
)

// ErrNotPrintable means: the order has no receipt, because it is not paid or because a clerk must look first.
var ErrNotPrintable = errors.New("app: order has no receipt to print")

// ErrPrinted means: the receipt was printed, or may have been; another one is a copy and needs proof of possession.
var ErrPrinted = errors.New("app: receipt was printed before")

// Reference is the local number of an order on slips and screens: ZF-0101-03-261123-0087. WeChat does not know it.
func (a *App) Reference(o payment.Order) string {
	return receipt.FormatReference(a.Config.Court.Code, a.Config.Kiosk.ID, o.Serial, o.CreatedAt)
}

// Receipt returns what the receipt of a paid order says. Its copy number is 1.
func (a *App) Receipt(ctx context.Context, no string) (receipt.Receipt, error) {
	o, err := a.ledger.Order(ctx, no)
	if err != nil {
		return receipt.Receipt{}, err
	}
	if o.State != payment.Paid {
		return receipt.Receipt{}, fmt.Errorf("%w: it is %s", ErrNotPrintable, o.State)
	}
	payer, err := a.ledger.Personal(ctx, no)
	if err != nil {
		return receipt.Receipt{}, err
	}
	d := bill.OfOrder(o)
	return a.signer.Sign(receipt.Receipt{
		Number:        receipt.FormatNumber(a.Config.Court.Code, a.Config.Kiosk.ID, o.Sequence, o.PaidAt),
		Copy:          1,
		Court:         a.Config.Court.Name,
		Payee:         a.Config.Payee(),
		Case:          d.Case.String(),
		Item:          d.Item,
		Purse:         bill.Purse(o.Key.Purse).Title(),
		Payer:         string(payer),
		Amount:        o.PaidAmount, // of an accepted dispute not what was asked for
		PaidAt:        o.PaidAt,
		TransactionID: o.TransactionID,
		OrderNo:       o.No,
		Reference:     a.Reference(o),
		Kiosk:         a.Config.Kiosk.ID,
		Window:        a.Config.Court.Window,
		Fiscal:        a.Config.Court.Fiscal,
		Hotline:       a.Config.Court.Hotline,
		Environment:   receipt.Environment(a.Config.Environment),
	}), nil
}

// Print prints the receipt of a paid order for the visitor who has just paid it. Printed before, or perhaps, is
// ErrPrinted means: nothing prints twice by itself.
func (a *App) Print(ctx context.Context, no string) (receipt.Outcome, error) {
	out, err := a.print(ctx, no, payment.Owed)
	if errors.Is(err, payment.ErrConflict) {
		return out, a.unprintable(ctx, no)
	}
	return out, err
}

// Reprint prints one more copy for somebody who has proven to hold the payment. It is marked 补打 unless the receipt
// never left this machine.
func (a *App) Reprint(ctx context.Context, no string) (receipt.Outcome, error) {
	out, err := a.print(ctx, no, payment.Owed, payment.Done, payment.Doubtful)
	if errors.Is(err, payment.ErrConflict) {
		return out, fmt.Errorf("%w: %w", ErrNotPrintable, err)
	}
	return out, err
}

// unprintable says why a receipt was not there to be printed.
func (a *App) unprintable(ctx context.Context, no string) error {
	effects, err := a.ledger.Effects(ctx, no)
	if err != nil {
		return err
	}
	for _, e := range effects {
		if e.Kind == effectReceipt && e.State != payment.Held {
			return ErrPrinted
		}
	}
	return ErrNotPrintable
}

// print hands a receipt to the printer.
func (a *App) print(ctx context.Context, no string, from ...payment.EffectState) (out receipt.Outcome, err error) {
	r, err := a.Receipt(ctx, no)
	if err != nil {
		return "", err
	}
	if n := len(assets.Missing(r.Payer + r.Item + r.Case)); n > 0 { // they stand as 〓: the clerk at the window must know
		a.log.WarnContext(ctx, "receipt has characters that the font lacks", "order", no, "characters", n)
	}
	err = payment.Deliver(ctx, a.ledger, no, effectReceipt, func(e payment.Effect) (string, error) {
		r.Copy = e.Tries
		out, err = a.printer.Print(ctx, r)
		return receipt.Note(out, err), err
	}, from...)
	return out, err
}

// PrintVerification prints the slip of an order whose outcome is not known: a number to come back with, no proof.
func (a *App) PrintVerification(ctx context.Context, no string) (receipt.Outcome, error) {
	o, err := a.ledger.Order(ctx, no)
	if err != nil {
		return "", err
	}
	return a.printer.PrintSlip(ctx, receipt.Verification{
		Court: a.Config.Court.Name, Reference: a.Reference(o), OrderNo: o.No, Amount: o.Amount,
		At: a.cashier.Now(), Kiosk: a.Config.Kiosk.ID, Window: a.Config.Court.Window,
		Hotline: a.Config.Court.Hotline, Environment: receipt.Environment(a.Config.Environment),
	})
}

// PrintEstimate prints how a fee is computed; the court's own lines are filled in.
func (a *App) PrintEstimate(ctx context.Context, e receipt.Estimate) (receipt.Outcome, error) {
	e.Court, e.At, e.Kiosk = a.Config.Court.Name, a.cashier.Now(), a.Config.Kiosk.ID
	e.Window, e.Hotline = a.Config.Court.Window, a.Config.Court.Hotline
	e.Environment = receipt.Environment(a.Config.Environment)
	return a.printer.PrintSlip(ctx, e)
}

// Proves reports whether digits are the last six of the order's WeChat transaction id: what only the payer's
// phone, or an earlier receipt, can tell.
func Proves(o payment.Order, digits string) bool {
	return len(digits) == 6 && len(o.TransactionID) > 6 && strings.HasSuffix(o.TransactionID, digits)
}
