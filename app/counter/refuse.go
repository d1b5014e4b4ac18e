package counter

import (
	"context"
	"errors"

	"courtkiosk/app/bill"
	"courtkiosk/app/doctor"
	"courtkiosk/app/receipt"
	"courtkiosk/payment"
)

// What the counter itself refuses.
var (
	errOtherCourt  = errors.New("counter: a case of another court")
	errUnreachable = errors.New("counter: the gateway does not answer") // so no order was opened
	errNoReceipt   = errors.New("counter: the order has no receipt to print")
	errPrinted     = errors.New("counter: the receipt was printed before")
	errNotProven   = errors.New("counter: the visit has neither paid nor proven")
	errNotHere     = errors.New("counter: a receipt of no payment that is known here")
)

// refuse returns what crosses the counter of an error: a *Refusal, or nil. What no visitor can mend is logged here,
// with what was being done; what stands behind other codes the face may log.
func (c *Counter) refuse(ctx context.Context, doing string, err error) error {
	if err == nil {
		return nil
	}
	r := refusalOf(err)
	if r.Code == Internal && ctx.Err() == nil {
		c.Log.ErrorContext(ctx, "counter failed", "doing", doing, "err", err)
	}
	return r
}

// refusalOf returns an error as the code that it has on the other side of the counter.
func refusalOf(err error) *Refusal {
	if r, ok := errors.AsType[*Refusal](err); ok {
		return r
	}
	if blocked, ok := errors.AsType[*payment.BlockedError](err); ok {
		return &Refusal{Code: blockedBy(blocked.Order), Args: ofOrder(blocked.Order), Err: err}
	}
	if trouble := closedBy(err); trouble != "" {
		return closed(trouble, err)
	}
	return &Refusal{Code: codeOf(err), Err: err}
}

// ofOrder names an order in a refusal.
func ofOrder(o payment.Order) map[string]string { return map[string]string{"order": o.No} }

// blockedBy says why an order forbids another one of its bill.
func blockedBy(o payment.Order) Code {
	switch {
	case o.Returned.Some():
		return Returned
	case o.State == payment.Paid:
		return Paid
	case o.State == payment.Disputed:
		return Disputed
	case o.PaidElsewhere():
		return PaidElsewhere
	case o.State == payment.Foreign:
		return Elsewhere
	case o.State == payment.Void:
		return Resting
	}
	return Internal // an open order of this ledger is joined
}

// closedBy names the trouble of a ledger, or a machine, that takes nothing; empty when that is not what the error says.
func closedBy(err error) doctor.Code {
	switch {
	case errors.Is(err, payment.ErrAway): // before what it is joined to: it ends by itself
		return doctor.Away
	case errors.Is(err, payment.ErrNoRoom):
		return doctor.Disk
	case errors.Is(err, payment.ErrMoved):
		return doctor.Moved
	case errors.Is(err, payment.ErrSucceeded):
		return doctor.Succeeded
	case errors.Is(err, payment.ErrFailed), errors.Is(err, payment.ErrNotWritable), errors.Is(err, payment.ErrDamaged):
		return doctor.Ledger
	case errors.Is(err, payment.ErrNotServed):
		return doctor.NoKey
	case errors.Is(err, payment.ErrTwin):
		return doctor.Twice
	}
	return ""
}

// codes pairs errors with their codes, the more special ones first.
var codes = []struct {
	err  error
	code Code
}{
	{payment.ErrAway, Away}, // WeChat has nothing to do with it
	{bill.ErrNotFound, NotFound},
	{payment.ErrNotFound, NotFound},
	{errOtherCourt, OtherCourt},
	{bill.ErrUnreachable, CourtSilent},
	{bill.ErrSettled, Settled},
	{bill.ErrGone, Gone},
	{bill.ErrMissing, Missing},
	{payment.ErrTooManyTries, TooManyTries},
	{errPrinted, Printed},
	{errReturned, Returned},
	{errNoReceipt, NoReceipt},
	{errNotProven, NotProven},
	{errNotHere, NotHere},
	{receipt.ErrNoCode, Unbelieved},
	{receipt.ErrAltered, Unbelieved},
	{receipt.ErrUnknownKey, Unbelieved},
	{receipt.ErrRevoked, Unbelieved},
	{payment.ErrWalking, TryLater},
	{payment.ErrClock, ClockWrong},
	{payment.ErrUnauthorized, Unauthorized},
	{payment.ErrNotServed, Unauthorized},
	{payment.ErrUnverified, Unverified},
	{payment.ErrRefused, Rejected},
	{payment.ErrThrottled, Throttled},
	{errUnreachable, Unreachable},
	{payment.ErrAbsent, Unreachable},
	{payment.ErrNumberTaken, Unreachable},
	{payment.ErrUnknown, Unreachable},
}

// codeOf is the code of an error that needs no argument.
func codeOf(err error) Code {
	for _, m := range codes {
		if errors.Is(err, m.err) {
			return m.code
		}
	}
	return Internal
}
