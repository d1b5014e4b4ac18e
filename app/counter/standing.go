package counter

import (
	"context"
	"errors"
	"fmt"

	"courtkiosk/app/bill"
	"courtkiosk/payment"
)

// Standing says for which purses new payments may be begun. A ledger that takes nothing and a wrong clock close all
// of them; a merchant's key closes the purses of that merchant.
func (c *Counter) Standing(ctx context.Context) Standing {
	if err := c.Keeper.Ready(ctx); err != nil {
		if ctx.Err() != nil { // who asked has gone; nothing is known of the ledger
			return Standing{Closed: &Refusal{Code: Internal, Err: err}}
		}
		trouble := closedBy(err)
		if trouble == "" {
			trouble = TroubleLedger
		}
		return Standing{Closed: closedFor(trouble, err)}
	}
	s, unserved := Standing{Purses: make(map[bill.Purse]*Refusal)}, c.Cashier.Unserved()
	for _, p := range bill.Purses {
		m := c.Merchant(p)
		if c.Cashier.Health(m).Clock {
			return Standing{Closed: closedFor(TroubleClock, payment.ErrClock)}
		}
		if closed := c.merchant(m, unserved[m.MchID]); closed != nil {
			s.Purses[p] = closed
		}
	}
	if len(s.Purses) == len(bill.Purses) {
		s.Closed = s.Purses[bill.Purses[0]]
	}
	return s
}

// merchant returns why nothing new may be paid to a merchant; nil when it may.
func (c *Counter) merchant(m payment.Merchant, waiting int) *Refusal {
	h := c.Cashier.Health(m)
	switch {
	case !c.Cashier.Serves(m):
		return closedFor(TroubleNoKey, fmt.Errorf("%w: %s", payment.ErrNotServed, m.MchID))
	case waiting > 0: // of another appid: what became of them nobody can ask
		return closedFor(TroubleNoKey, fmt.Errorf("%w: open orders of %s", payment.ErrNotServed, m.MchID))
	case h.Unauthorized:
		return closedFor(TroubleUnauthorized, errors.Join(payment.ErrUnauthorized, h.Trouble))
	}
	return nil
}

func closedFor(trouble string, err error) *Refusal {
	return &Refusal{Code: Closed, Args: map[string]string{Trouble: trouble}, Err: err}
}
