package counter

import (
	"context"
	"errors"

	"courtkiosk/payment"
)

// errNoDesk: the list that clerks work by is shown nowhere.
var errNoDesk = errors.New("counter: no clerk's page shows who calls")

// Call puts into the list that the court's clerks work by that a person is asked for in front of this machine. Of the
// visit nothing is kept but the name of the screen, a view.Screen's. A call that stands there already is not doubled.
//
// Nil means that the call stands in the list, and no more: whether anybody has seen it, or comes, nobody knows. After
// an error nobody is known to have been reached: the telephone and the window are what is left.
func (c *Counter) Call(ctx context.Context, screen string) error {
	if !c.Desk {
		c.Log.WarnContext(ctx, "call for a person not taken", "err", errNoDesk)
		return &Refusal{Code: Internal, Err: errNoDesk}
	}
	err := c.call(ctx, screen)
	if errors.Is(err, payment.ErrUnsure) { // what is stored already is found waiting
		err = c.call(ctx, screen)
	}
	return c.refuse(ctx, "call a person", err)
}

func (c *Counter) call(ctx context.Context, screen string) error {
	now := c.Cashier.Now()
	_, err := c.Ledger.Calls().Update(ctx, c.House.Kiosk, func(
		call payment.Call, _ payment.Staff,
	) (payment.Call, payment.Entry, error) {
		call, e := call.Again(c.House.Kiosk, screen, now)
		return call, e, nil
	})
	return err
}
