// Package update brings another version of the program to its machine: by the system's own apt, from the court's signed
// repository, when it disturbs nobody.
//
// # Decisions
//
// 2026-11-29: a restart loses no money at any time, but it takes a code away from who stands before it. So there is a
// chance only outside of the service hours and while no order can be paid. An order that is being ended holds nothing
// up: no screen shows its code any more, and the next start follows it as this one did. A court without service hours
// has the night for it.
//
// 2026-11-29: apt checks the signature, and every option on which that depends is given with the call: a machine's own
// settings, or those of the image that it was made of, may say otherwise.
//
// 2026-11-29: who goes back stays back: the package is held, or the next night would undo it. It is refused where the
// older version cannot read the ledger, by what the package says of itself.
package update

import (
	"errors"
	"fmt"
	"time"

	"courtkiosk/app/holiday"
	"courtkiosk/payment"
)

// Why a machine has no chance now.
var (
	ErrPayable = errors.New("somebody can pay now")
	ErrServing = errors.New("the court serves now, or soon")
)

// night is when a machine that always serves may be restarted.
var night = holiday.Hours{Week: func() (week [7][]holiday.Span) {
	for day := range week {
		week[day] = []holiday.Span{{From: 6 * 60, To: 22 * 60}}
	}
	return week
}()}

// Before is how long before it serves a machine is left alone: what an update breaks must be seen before the first
// visitor is there.
const Before = 30 * time.Minute

// Chance says why a machine cannot be restarted now, with the orders that are open; nil means that it can. Its errors
// are ErrPayable and ErrServing.
func Chance(now time.Time, h holiday.Hours, open []payment.Order) error {
	if err := Quiet(now, open); err != nil {
		return err
	}
	why := "its service hours"
	if h.Always() {
		h, why = night, "it always serves, and is left alone from 6:00 to 22:00"
	}
	if h.Open(now) {
		return fmt.Errorf("%w: %s", ErrServing, why)
	}
	if next := h.Next(now); !next.IsZero() && next.Sub(now) < Before {
		return fmt.Errorf("%w: it opens at %s", ErrServing, next.Format("15:04"))
	}
	return nil
}

// Quiet says why a machine cannot even be restarted by a person who is in a hurry: somebody may be paying.
func Quiet(now time.Time, open []payment.Order) error {
	n := 0
	for _, o := range open {
		if payable(o, now) {
			n++
		}
	}
	if n > 0 {
		return fmt.Errorf("%w: %d of the open orders wait for their payment", ErrPayable, n)
	}
	return nil
}

// late is how long after the last moment to pay an order still counts, for a clock that is not WeChat's. One that
// nobody can ask about, whose merchant has no key any more, would hold up every update for ever.
const late = time.Minute

// payable reports whether a code of the order is on a screen, or may be soon.
func payable(o payment.Order, now time.Time) bool {
	return (o.State == payment.Created || o.State == payment.Waiting) && o.Unwanted == payment.Wish{} &&
		now.Before(o.Expires.Add(late))
}
