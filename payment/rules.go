package payment

import "time"

// rules are what a session decides by. They stand in one place so that the simulation can put a known mistake in the place of each and
// prove that it is found; nothing else ever changes them.
type rules struct {
	Now       func() time.Time // this machine's clock
	Next      func(Request, []Order, Order, time.Time) (Order, error)
	Code      func(Order, string) Change
	Apply     func(Order, Reported, []Order, time.Time) (Change, error)
	AskClose  func(Order, Wish) Change
	Refuse    func(Order, time.Time) Change
	Absent    func(Order, time.Time) Change
	Recreates func(Order, time.Time) bool
	MayClose  func(Order, time.Time) bool
}

func lawful() rules {
	return rules{
		Now: time.Now, Next: Next, Code: Order.Code, Apply: Order.Apply, AskClose: Order.AskClose, Refuse: Order.Refuse,
		Absent: Order.Absent, Recreates: Order.Recreates, MayClose: Order.MayClose,
	}
}
