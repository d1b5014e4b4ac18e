package counter

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"time"

	"courtkiosk/app/bill"
	"courtkiosk/app/receipt"
	"courtkiosk/assets"
	"courtkiosk/payment"
)

// errDoubt is why a print counts as doubtful.
var errDoubt = errors.New("counter: perhaps not printed")

// printWithin is how long a face has for a receipt before it counts as perhaps printed.
const printWithin = 10 * time.Minute

// Receipt hands a receipt to the face of the visit that has paid it, or that has proven to hold it. It is marked as
// handed, durably, before it is returned; Printed says what became of it. A receipt that was handed before is refused
// as Printed unless a copy is asked for, which only who has proven gets, or who has paid within the last ten minutes.
func (c *Counter) Receipt(ctx context.Context, p Print) (Handed, error) {
	o, err := c.paid(ctx, p.Order)
	if err == nil {
		err = c.mayPrint(o, p.Visit)
	}
	if err == nil && (p.Copy || c.allowed(p.Order, p.Visit)) { // not paid just now
		o = c.looked(ctx, o)[0]
	}
	if err == nil && p.Copy {
		err = c.mayCopy(p.Order, p.Visit)
	}
	if err != nil {
		return Handed{}, c.refuse(ctx, "hand a receipt", err)
	}
	h, err := c.hand(ctx, o, p, payment.By{Device: p.Device})
	if err != nil {
		return Handed{}, c.refuse(ctx, "hand a receipt", err)
	}
	c.allow(p.Order, p.Visit)
	return h, nil
}

// Copy hands a receipt to somebody who is trusted without a proof: who works at this machine's command line, or at
// the window. It is marked as a copy when it was handed before. Faces that visitors touch do not have it.
func (c *Counter) Copy(ctx context.Context, p Print, by payment.By) (Handed, error) {
	o, err := c.paid(ctx, p.Order)
	if err != nil {
		return Handed{}, c.refuse(ctx, "copy a receipt", err)
	}
	p.Copy = true
	h, err := c.hand(ctx, c.looked(ctx, o)[0], p, by)
	return h, c.refuse(ctx, "copy a receipt", err)
}

// hand marks a receipt as handed and returns it.
func (c *Counter) hand(ctx context.Context, o payment.Order, p Print, by payment.By) (Handed, error) {
	r, err := c.receipt(ctx, o)
	if err != nil {
		return Handed{}, err
	}
	if n := len(assets.Missing(r.Payer + r.Item + r.Case)); n > 0 { // they stand as 〓: the clerk must know
		c.Log.WarnContext(ctx, "receipt has characters that the font lacks", "order", o.No, "characters", n)
	}
	from := []payment.EffectState{payment.Owed}
	if p.Copy {
		from = append(from, payment.Done, payment.Doubtful)
	}
	if o.Returned.All() { // it prints never by itself, and for who asks
		from = append(from, payment.Held)
	}
	if r.Code == "" {
		c.Log.ErrorContext(ctx, "receipt has no code: the signing key was revoked", "order", o.No)
	}
	hand := payment.Hand{Holder: payment.HolderOf(c.Ledger), Until: c.Cashier.Now().Add(printWithin), By: by}
	before, handed, err := payment.Begin(ctx, c.Ledger, o.No, effectReceipt, hand, from...)
	if errors.Is(err, payment.ErrConflict) {
		return Handed{}, c.unprintable(ctx, o, p.Copy, err)
	}
	if err != nil {
		return Handed{}, err
	}
	r.Copy = handed.Tries
	return Handed{Receipt: r, Try: handed.Tries, Was: before.State, Until: handed.Until}, nil
}

// unprintable says why a receipt was not there to be handed.
func (c *Counter) unprintable(ctx context.Context, o payment.Order, copied bool, conflict error) error {
	e, err := c.effect(ctx, o.No)
	switch {
	case err != nil:
		return err
	case o.Returned.Some() && e.State == payment.Held:
		return fmt.Errorf("%w: %w", returnedError(o), conflict)
	case copied || e.State == payment.Held || e.State == "":
		return fmt.Errorf("%w: %w", errNoReceipt, conflict)
	}
	return fmt.Errorf("%w: %w", errPrinted, conflict)
}

// effect returns the work that is the order's receipt; a zero one when it owes none.
func (c *Counter) effect(ctx context.Context, no string) (payment.Effect, error) {
	effects, err := c.Ledger.Effects(ctx, no)
	for _, e := range effects {
		if e.Kind == effectReceipt {
			return e, err
		}
	}
	return payment.Effect{}, err
}

// Printed writes down what became of a receipt that was handed to a face, whoever has left meanwhile. What was not
// begun stands as it stood before.
func (c *Counter) Printed(ctx context.Context, p PrintEnd) error {
	ctx = context.WithoutCancel(ctx)
	e, err := c.effect(ctx, p.Order)
	if err == nil && e.State == payment.Done && e.Tries == p.Try && !p.Failed {
		return nil // the answer was lost
	}
	if err == nil {
		handed := payment.Effect{Order: p.Order, Kind: effectReceipt, Tries: p.Try, Until: p.Until}
		err = payment.End(ctx, c.Ledger, p.before(e), handed, p.note(), p.failure())
	}
	return c.refuse(ctx, "note a print", err)
}

// before is how work stood before it was handed. A face that does not say is believed of the first try alone: what
// was printed once may have been printed again.
func (p PrintEnd) before(e payment.Effect) payment.Effect {
	e.Tries, e.Holder, e.Until, e.By = max(p.Try-1, 0), "", time.Time{}, payment.By{}
	switch {
	case p.Was == payment.Owed || p.Was == payment.Held || p.Was == payment.Done || p.Was == payment.Doubtful:
		e.State = p.Was
	case p.Try == 1:
		e.State = payment.Owed
	default:
		e.State = payment.Doubtful
	}
	return e
}

func (p PrintEnd) note() string { return cmp.Or(p.Note, p.Outcome) }

func (p PrintEnd) failure() error {
	switch {
	case !p.Failed:
		return nil
	case !p.Begun:
		return payment.ErrNotBegun
	}
	return errDoubt
}

// End says what became of the receipt, by what a printer has said.
func (h Handed) End(out receipt.Outcome, err error) PrintEnd {
	return PrintEnd{
		Order: h.Receipt.OrderNo, Try: h.Try, Was: h.Was, Until: h.Until, Outcome: string(out),
		Note: receipt.Note(out, err), Failed: err != nil, Begun: !errors.Is(err, payment.ErrNotBegun),
	}
}

// Look returns the signed code of a receipt, to be photographed where no paper came. It is shown to whom Receipt is
// handed.
func (c *Counter) Look(ctx context.Context, order, visit string) (string, error) {
	o, err := c.paid(ctx, order)
	if err == nil {
		err = c.mayPrint(o, visit)
	}
	if err == nil && o.Returned.Some() { // a code cannot say so
		err = returnedError(o)
	}
	if err != nil {
		return "", c.refuse(ctx, "show a receipt's code", err)
	}
	r, err := c.receipt(ctx, o)
	return r.Code, c.refuse(ctx, "show a receipt's code", err)
}

// Paper returns what the receipt of a paid order says, for who is trusted without a proof. Its copy number is 1, and
// nothing is marked.
func (c *Counter) Paper(ctx context.Context, order string) (receipt.Receipt, error) {
	o, err := c.paid(ctx, order)
	if err != nil {
		return receipt.Receipt{}, c.refuse(ctx, "read a receipt", err)
	}
	r, err := c.receipt(ctx, o)
	return r, c.refuse(ctx, "read a receipt", err)
}

// paid returns an order that has a receipt.
func (c *Counter) paid(ctx context.Context, no string) (payment.Order, error) {
	o, err := c.Ledger.Order(ctx, no)
	if err == nil && o.State != payment.Paid {
		err = fmt.Errorf("%w: it is %s", errNoReceipt, o.State)
	}
	return o, err
}

// receipt puts the facts of a paid order on paper, signed.
func (c *Counter) receipt(ctx context.Context, o payment.Order) (receipt.Receipt, error) {
	payer, err := c.Ledger.Personal(ctx, o.No)
	if err != nil {
		return receipt.Receipt{}, err
	}
	h, b, fiscal := c.House, bill.OfOrder(o), c.fiscal(ctx, o)
	return c.Signer.Sign(receipt.Receipt{
		Number:        h.ReceiptNumber(o),
		Copy:          1,
		Court:         h.Name,
		Payee:         h.Payee,
		Case:          b.Case.String(),
		Item:          b.Item,
		Purse:         b.Purse.Title(),
		Payer:         string(payer),
		Amount:        o.PaidAmount, // of an accepted dispute not what was asked for
		PaidAt:        o.PaidAt,
		Returned:      o.Returned.State,
		Back:          o.Returned.Sum,
		TransactionID: o.TransactionID,
		OrderNo:       o.No,
		Reference:     h.Reference(o),
		Kiosk:         cmp.Or(o.Device, h.Kiosk),
		Window:        h.Window,
		Fiscal:        h.Fiscal,
		FiscalCode:    fiscal.Code,
		FiscalNumber:  fiscal.Number,
		FiscalCheck:   fiscal.Check,
		FiscalIssued:  fiscal.Issued,
		Hotline:       h.Hotline,
		Environment:   h.Environment,
	}), nil
}

// Verification returns the slip of an order whose outcome is not known: a number to come back with, no proof.
func (c *Counter) Verification(ctx context.Context, order string) (receipt.Verification, error) {
	o, err := c.Ledger.Order(ctx, order)
	if err != nil {
		return receipt.Verification{}, c.refuse(ctx, "write a slip", err)
	}
	h := c.House
	return receipt.Verification{
		Court: h.Name, Reference: h.Reference(o), OrderNo: o.No, Amount: o.Amount, At: c.Cashier.Now(),
		Kiosk: cmp.Or(o.Device, h.Kiosk), Window: h.Window, Hotline: h.Hotline, Environment: h.Environment,
	}, nil
}

// eventRequest is in the audit for each request that went to a printer. It says nothing of paper: the printer's answer
// is not kept, for nothing depends on it.
const eventRequest = "refund-slip-handed"

// RefundRequest returns the form with which a visit can ask for a payment back at the window, to whom a copy of the
// receipt is handed. It moves nothing and promises nothing: only the audit has it. A payment of which all came back has
// none.
func (c *Counter) RefundRequest(ctx context.Context, p Print) (receipt.RefundRequest, error) {
	r, err := c.refundRequest(ctx, p)
	return r, c.refuse(ctx, "write a refund request", err)
}

func (c *Counter) refundRequest(ctx context.Context, p Print) (r receipt.RefundRequest, err error) {
	o, err := c.paid(ctx, p.Order)
	if err == nil {
		err = c.mayCopy(p.Order, p.Visit)
	}
	if err == nil {
		o = c.looked(ctx, o)[0]
	}
	if err == nil && o.Returned.All() {
		err = returnedError(o)
	}
	if err != nil {
		return r, err
	}
	of, err := c.receipt(ctx, o)
	if err != nil {
		return r, err
	}
	by := payment.By{Device: p.Device}
	if err := c.Ledger.Note(ctx, payment.Entry{Event: eventRequest, Note: o.No, By: by}); err != nil {
		return r, err
	}
	return receipt.RefundRequest{
		Court: of.Court, Reference: of.Reference, Case: of.Case, Item: of.Item, Amount: of.Amount, PaidAt: of.PaidAt,
		Returned: of.Returned, Back: of.Back, TransactionID: of.TransactionID, OrderNo: of.OrderNo, Code: of.Code,
		At: c.Cashier.Now(), Kiosk: cmp.Or(p.Device, c.House.Kiosk), Window: of.Window, Hotline: of.Hotline,
		Environment: of.Environment,
	}, nil
}

// Estimate fills the court's own lines into a slip that says how a fee is computed.
func (c *Counter) Estimate(_ context.Context, e receipt.Estimate) (receipt.Estimate, error) {
	h := c.House
	e.Court, e.At, e.Kiosk, e.Window, e.Hotline = h.Name, c.Cashier.Now(), h.Kiosk, h.Window, h.Hotline
	e.Environment = h.Environment
	return e, nil
}

// FeeTable fills the court's own lines into a slip that says what is charged for what.
func (c *Counter) FeeTable(_ context.Context, t receipt.FeeTable) (receipt.FeeTable, error) {
	h := c.House
	t.Court, t.At, t.Kiosk, t.Window, t.Hotline = h.Name, c.Cashier.Now(), h.Kiosk, h.Window, h.Hotline
	t.Environment = h.Environment
	return t, nil
}

// Referral fills the court's own lines into a slip for the window.
func (c *Counter) Referral(_ context.Context, r receipt.Referral) (receipt.Referral, error) {
	h := c.House
	r.Court, r.At, r.Kiosk, r.Window, r.Hotline = h.Name, c.Cashier.Now(), h.Kiosk, h.Window, h.Hotline
	r.Environment = h.Environment
	return r, nil
}

// FindPrinted looks at the receipts that a holder's last run has handed to its printer, before they count as perhaps
// printed: those that a printer has kept are ended as printed. left reports whether there are others, of which paper
// may be on its way.
func (c *Counter) FindPrinted(ctx context.Context, holder string, p receipt.Printer) (left bool, err error) {
	kept, _ := p.(receipt.Finder)
	inHand, err := c.Ledger.InHand(ctx, holder, mostInHand, c.Cashier.Now())
	for i := 0; i < len(inHand) && err == nil; i++ {
		if e := inHand[i]; e.Kind == effectReceipt {
			var found bool
			found, err = c.findPrinted(ctx, e, kept)
			left = left || !found
		}
	}
	if err != nil {
		return left, fmt.Errorf("look for receipts that were in hand: %w", err)
	}
	return left, nil
}

// findPrinted ends one receipt as printed when the printer, which may be nil, has kept it.
func (c *Counter) findPrinted(ctx context.Context, e payment.Effect, kept receipt.Finder) (bool, error) {
	o, err := c.Ledger.Order(ctx, e.Order)
	if err != nil || kept == nil {
		return false, err
	}
	out, ok := kept.Printed(c.House.ReceiptNumber(o), e.Tries)
	if !ok {
		return false, nil
	}
	return true, payment.End(ctx, c.Ledger, payment.Effect{}, e, string(out), nil)
}

// mostInHand is how many receipts are looked for: a kiosk has one in hand.
const mostInHand = 100
