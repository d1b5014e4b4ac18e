package counter

import (
	"cmp"
	"context"
	"errors"
	"fmt"

	"courtkiosk/app/bill"
	"courtkiosk/app/doctor"
	"courtkiosk/payment"
)

// Standing says for which purses new payments may be begun. What the doctor's catalogue lets stop them closes all of
// them when the machine has it, and the purses of a merchant when that merchant has it.
func (c *Counter) Standing(ctx context.Context) Standing {
	found := c.Stops(ctx)
	if err := ctx.Err(); err != nil { // who asked has gone; nothing is known of the ledger
		return Standing{Closed: &Refusal{Code: Internal, Err: err}}
	}
	r := doctor.Tell(found, c.Cashier.Now())
	if f, closed := r.Closed(""); closed {
		return Standing{Closed: closedFor(f)}
	}
	s := Standing{Purses: make(map[bill.Purse]*Refusal)}
	for _, p := range bill.Purses {
		if f, closed := r.Closed(c.Merchant(p).MchID); closed {
			s.Purses[p] = closedFor(f)
		}
	}
	if len(s.Purses) == len(bill.Purses) {
		s.Closed = s.Purses[bill.Purses[0]]
	}
	return s
}

// Stops returns what stops payments now, of the codes of doctor.Stopping; since when, a doctor.Doctor knows. Beside a
// ledger that failed or is away, which explains everything, nothing else is looked for.
func (c *Counter) Stops(ctx context.Context) (found []doctor.Finding) {
	if err := c.Keeper.Ready(ctx); err != nil {
		found = append(found, doctor.Finding{Code: cmp.Or(closedBy(err), doctor.Ledger), Err: err})
		if c := found[0].Code; c == doctor.Ledger || c == doctor.Away {
			return found
		}
	}
	if err := c.Cashier.Twice(ctx); err != nil && ctx.Err() == nil {
		found = append(found, doctor.Finding{Code: cmp.Or(closedBy(err), doctor.Ledger), Err: err})
	}
	unserved := c.Cashier.Unserved()
	for _, p := range bill.Purses {
		m := c.Merchant(p)
		found = append(found, c.merchant(m, unserved[m.MchID])...)
	}
	return found
}

// merchant returns why nothing new may be paid to a merchant. The clock is found with each, and is the machine's.
func (c *Counter) merchant(m payment.Merchant, waiting int) (found []doctor.Finding) {
	find := func(code doctor.Code, of string, err error) {
		found = append(found, doctor.Finding{Code: code, Of: of, Err: err})
	}
	h := c.Cashier.Health(m)
	if h.Clock {
		find(doctor.Clock, "", payment.ErrClock)
	}
	if !c.Cashier.Serves(m) {
		find(doctor.NoKey, m.MchID, fmt.Errorf("%w: %s", payment.ErrNotServed, m.MchID))
	} else if waiting > 0 { // of another appid: what became of them nobody can ask
		find(doctor.NoKey, m.MchID, fmt.Errorf("%w: open orders of %s", payment.ErrNotServed, m.MchID))
	}
	if h.Unauthorized {
		find(doctor.Unauthorized, m.MchID, errors.Join(payment.ErrUnauthorized, h.Trouble))
	}
	if h.Unverified {
		find(doctor.Unverified, m.MchID, errors.Join(payment.ErrUnverified, h.Trouble))
	}
	return found
}

func closedFor(f doctor.Finding) *Refusal { return closed(f.Code, f.Err) }

func closed(trouble doctor.Code, err error) *Refusal {
	return &Refusal{Code: Closed, Args: map[string]string{Trouble: string(trouble)}, Err: err}
}
