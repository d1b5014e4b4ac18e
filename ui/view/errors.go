package view

import (
	"errors"

	"courtkiosk/app"
	"courtkiosk/app/bill"
	"courtkiosk/app/caseno"
	"courtkiosk/app/message"
	"courtkiosk/app/receipt"
	"courtkiosk/payment"
)

// Of maps an error to the refusal that a visitor reads. It is the one place that knows all errors.
func Of(err error) message.ID {
	if e, ok := errors.AsType[*caseno.SyntaxError](err); ok {
		return message.ID("case." + string(e.Want))
	}
	if e, ok := errors.AsType[*app.ClosedError](err); ok {
		return message.ID("closed." + string(e.Reason))
	}
	if e, ok := errors.AsType[*payment.BlockedError](err); ok {
		return ofOrder(e.Order)
	}
	if _, ok := errors.AsType[*bill.ChangedError](err); ok {
		return "changed"
	}
	for _, m := range refusals {
		if errors.Is(err, m.err) {
			return m.id
		}
	}
	return "internal"
}

// refusals pairs sentinels with their words, the more special ones first.
var refusals = []struct {
	err error
	id  message.ID
}{
	{bill.ErrNotFound, "not-found"},
	{bill.ErrUnreachable, "court-silent"},
	{bill.ErrScanLong, "scan-strange"},
	{bill.ErrScanStrange, "scan-strange"},
	{bill.ErrScanIdentity, "case.identity"},
	{bill.ErrScanUnknown, "scan"},
	{app.ErrOtherCourt, "other-court"},
	{bill.ErrSettled, "settled"},
	{bill.ErrGone, "nothing-owed"},
	{app.ErrPrinted, "printed-before"},
	{app.ErrNotPrintable, "no-receipt"},
	{receipt.ErrNothingSent, "printer"},
	{payment.ErrNotBegun, "printer"},
	{receipt.ErrInterrupted, "printer-doubt"},
	{payment.ErrClock, "closed.clock"},
	{payment.ErrUnauthorized, "closed.unauthorized"},
	{payment.ErrRefused, "refused"},
	{payment.ErrNotWritable, "closed.ledger"},
	{payment.ErrThrottled, "busy"},
	{app.ErrUnreachable, "network"},
	{payment.ErrUnknown, "network"},
}

func ofOrder(o payment.Order) message.ID {
	switch {
	case o.State == payment.Paid:
		return "paid"
	case o.State == payment.Disputed:
		return "disputed"
	case o.PaidElsewhere():
		return "paid-elsewhere"
	case o.State == payment.Foreign:
		return "elsewhere"
	}
	return "internal"
}

// OfDue maps a bill that cannot be paid to the refusal that a visitor reads; empty when it can.
func OfDue(d bill.Due) message.ID {
	switch d.State {
	case bill.DueNothing:
		return "nothing-owed"
	case bill.DueSettled:
		return "settled"
	case bill.DueChanged:
		return "changed-after"
	case bill.DuePaid, bill.DueDisputed, bill.DuePaidThere, bill.DueElsewhere:
		return ofOrder(d.Order)
	}
	return ""
}
