package payment

import "context"

// A wisher stores what those who wait for an order wish of it. Whoever follows the order reads that before its next
// step.
type wisher struct {
	cashier     *Cashier
	no          string
	incarnation string        // a void order's number is used again
	wake        chan struct{} // holds one: something was wished
	told        func(Order)   // hears what was stored
}

func newWisher(c *Cashier, o Order, told func(Order)) wisher {
	return wisher{cashier: c, no: o.No, incarnation: o.Incarnation(), wake: make(chan struct{}, 1), told: told}
}

// Cancel stores the wish that the order be closed.
func (w wisher) Cancel(ctx context.Context, wish Wish) error {
	wish.At = w.cashier.Now()
	return w.store(ctx, func(o Order) Change { return w.cashier.rules.AskClose(o, wish) })
}

// Leave stores that a visit has left the screen.
func (w wisher) Leave(ctx context.Context, visit string) error {
	return w.store(ctx, func(o Order) Change { return o.Leave(visit) })
}

// Back stores that a visit stands before the order.
func (w wisher) Back(ctx context.Context, visit string) error {
	now := w.cashier.Now()
	return w.store(ctx, func(o Order) Change { return o.Join(visit, "", now) })
}

// Ask has WeChat asked now, where this machine follows the order.
func (w wisher) Ask() { post(w.wake) }

// store stores a wish of the order, as long as its number is not another's.
func (w wisher) store(ctx context.Context, rule func(Order) Change) error {
	defer w.Ask()
	o, err := w.cashier.desk.Ledger.Update(ctx, w.no, func(o Order, _ []Order) (Change, error) {
		if o.Incarnation() != w.incarnation {
			return Change{Order: o}, nil // what was wished of is gone
		}
		return rule(o), nil
	})
	if err == nil {
		w.told(o)
	}
	return err
}
