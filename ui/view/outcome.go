package view

import (
	"courtkiosk/app/counter"
	"courtkiosk/payment"
)

// OfEnd returns why an order that is over was not paid as it was asked for; empty of one that was. cancelled says that
// who is told wished it closed. Nothing is claimed that WeChat has not said: an order that never had a code was not
// closed by it, and nobody's time ran out.
func OfEnd(p counter.Progress, cancelled bool) Reason {
	switch p.State {
	case payment.Paid:
		if p.Returned != payment.NothingReturned { // never called a success
			return Returned
		}
		return ""
	case payment.Disputed:
		return Disputed
	case payment.Foreign:
		if p.Elsewhere {
			return PaidElsewhere
		}
		return Elsewhere
	case payment.Closed:
	default: // void; others are not over
		if p.Trouble != "" {
			return Of(&counter.Refusal{Code: p.Trouble})
		}
		return NoCode
	}
	switch {
	case cancelled, p.Wished == payment.ByVisit: // this one, or an earlier one
		return Cancelled
	case p.Code == "" && p.Wished == "": // it was used up at another machine
		return TryLater
	case p.Now.Before(p.Expires): // neither the visitor nor the clock closed it
		return Stopped
	}
	return Expired
}
