// Package clerk is what people at the window and behind it may do: who has an account and signs in, who may do what,
// and what they ask the ledger and the counter for. It knows no page, no HTTP and no Fyne; a face holds a Desk and asks
// it in a Clerk's name.
//
// # Decisions
//
// 2026-11-28: who may do what is one table of plain values. A face asks it before it shows a thing, and the rule that
// stores a thing asks it again inside the ledger's transaction, by staff number, so that no face can leave it out.
package clerk

import (
	"log/slog"

	"courtkiosk/payment"
)

// Options are what a Desk works with. All are needed.
type Options struct {
	Ledger payment.Ledger
	Device string // what acts at a window without a name stand under, and those of the console
	Log    *slog.Logger
}

// A Desk is asked by faces, in the name of a Clerk. Its methods may be called by several goroutines.
type Desk struct{ Options }

// New returns a desk. It opens nothing before it must.
func New(o Options) *Desk { return &Desk{Options: o} }

// A Clerk is who asks a Desk: a person who is signed in, or the console. Only Enter and Console make one; the zero Clerk
// may nothing.
type Clerk struct {
	Person payment.Person // as the ledger had it when the request began, without its secrets; zero of the console
	By     payment.By     // what is done stands under
	door   Door
	proof  Proof
}

// Console returns who asks at the console of a machine, or over its socket. It is nobody: what it does stands in the
// audit under the device alone.
func Console(device string, d Door) Clerk {
	if d == Page {
		return Clerk{}
	}
	return Clerk{By: payment.By{Device: device}, door: d}
}
