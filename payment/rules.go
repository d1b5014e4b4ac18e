package payment

import (
	"time"

	"courtkiosk/payment/internal/rules"
)

// ruleTable is the table of rules over this package's types.
type ruleTable = rules.Table[Request, Order, Reported, Wish, Change, Kin]

// lawful returns the rules that a session decides by.
func lawful() ruleTable {
	return ruleTable{
		Now: time.Now, Next: Next, Code: Order.Code, Apply: Order.Apply, AskClose: Order.AskClose, Refuse: Order.Refuse,
		Absent: Order.Absent, Recreates: Order.Recreates, MayClose: Order.MayClose, HeldAs: Order.heldAs,
		Rejoin: Order.Rejoin, Shown: Order.Shown, WalksOver: Order.WalksOver,
		Doubles: Kin.Doubles, Inherits: Kin.Inherits,
	}
}
