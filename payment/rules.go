package payment

import "time"

// rules are what a session decides by. They stand in one place so that the simulation can put a known mistake in the place of each and
// prove that it is found; nothing else ever changes them.
type rules struct {
	now       func() time.Time // this machine's clock
	next      func(Request, []Order, Order, time.Time) (Order, error)
	code      func(Order, string) Change
	apply     func(Order, Report, []Order, time.Time) (Change, error)
	askClose  func(Order, string) Change
	refuse    func(Order, time.Time) Change
	absent    func(Order, time.Time) Change
	recreates func(Order, time.Time) bool
	mayClose  func(Order, time.Time) bool
}

func standing() rules {
	return rules{
		now: time.Now, next: Next, code: Order.Code, apply: Order.Apply, askClose: Order.AskClose, refuse: Order.Refuse,
		absent: Order.Absent, recreates: Order.Recreates, mayClose: Order.MayClose,
	}
}
