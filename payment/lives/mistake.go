package lives

import (
	"context"

	"courtkiosk/payment"
	"courtkiosk/payment/internal/rules"
)

// ruleTable is the table that a cashier decides by.
type ruleTable = rules.Table[payment.Request, payment.Order, payment.Reported, payment.Wish, payment.Change,
	payment.Kin]

// A Mistake is a known defect, planted in a kiosk to prove that the lives find it: in the rules that a cashier
// decides by, in what stands between it and WeChat or the ledger, or in what the counter does around it.
type Mistake struct {
	rules    func(*ruleTable)
	desk     func(*payment.Desk)
	kept     string             // the old life that is lived first; one that is drawn finds it too late
	breaks   string             // words of the promise that it must break first; any promise when empty
	unread   bool               // nobody looks at the ledger's mark
	ahead    bool               // the mark is written before what it names
	anywhere bool               // nobody asks on which machine the ledger is
	namesake bool               // a ledger that is bound anew keeps its name
	undoubt  bool               // what was in hand when the plug was pulled counts as not done
	trusts   bool               // what no notice told of is never looked for
	eager    bool               // a receipt is printed without a word to the ledger
	edge     payment.RefundEdge // that the graph of refunds has besides its own
}

// undoubt is the mistake of that name.
func undoubt(ctx context.Context, l payment.Ledger) error {
	list, err := l.Pending(ctx, "", payment.Effect{}, most)
	for _, e := range list {
		if e.State == payment.Handed && err == nil {
			_, err = l.UpdateEffect(ctx, e.Order, e.Kind, func(e payment.Effect) (payment.Effect, error) {
				e.State, e.Tries = payment.Owed, e.Tries-1
				return e, nil
			})
		}
	}
	return err
}
