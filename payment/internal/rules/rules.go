// Package rules is the table of the rules that a payment session decides by. They stand in one place so that a
// simulation can put a known mistake in the place of each and prove that its lives find it.
//
// # Decisions
//
// 2026-11-28: the table lies in an internal room, and payment.Desk takes a function of it. Only rooms under payment can
// write such a function, so no face and no command can change a rule. The table has type parameters because it may not
// import payment, which imports it.
package rules

import "time"

// A Table holds each rule as a function; none is nil. The methods of payment's Order and Kin with the same names say
// what each one decides.
type Table[Request, Order, Reported, Wish, Change, Kin any] struct {
	Now       func() time.Time // this machine's clock, before it is corrected by WeChat's
	Next      func(r Request, earlier []Order, draft Order, now time.Time) (Order, error)
	Code      func(o Order, url string) Change
	Apply     func(o Order, r Reported, others []Order, now time.Time) (Change, error)
	AskClose  func(o Order, w Wish) Change
	Refuse    func(o Order, now time.Time) Change
	Absent    func(o Order, now time.Time) Change
	Recreates func(o Order, now time.Time) bool
	MayClose  func(o Order, now time.Time) bool
	Rejoin    func(o Order, r Request, now time.Time) (Change, error)
	Shown     func(o Order) Order
	WalksOver func(o Order, visit string) bool
	Doubles   func(k Kin, o Order) bool
	Inherits  func(k Kin, o Order) bool
	HeldAs    func(o, as Order) error // as is the order as its follower took it up
}
