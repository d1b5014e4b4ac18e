package clerk

import (
	"errors"
	"fmt"

	"courtkiosk/payment"
)

// ErrTooFewLeads means: refunds are off, because fewer than two leads stand: nobody could be the second.
var ErrTooFewLeads = errors.New("clerk: refunds are off while fewer than two leads are confirmed")

// fewestLeads is how many leads must stand while money goes back.
const fewestLeads = 2

// Leads counts the leads that stand.
func Leads(staff payment.Staff) (n int) {
	for _, p := range staff {
		if p.Role == string(RoleLead) && Stands(p) {
			n++
		}
	}
	return n
}

// MayRefund says why a person may not do something about a refund: it is the payment.Desk.May of this court. Both of
// the two stand, and neither has made or changed the other's account.
func MayRefund(a payment.RefundAct) error {
	staff := a.Of.Staff
	right, ok := map[payment.RefundEvent]Right{
		payment.AsksRefund: AskRefund, payment.ApprovesRefund: DecideRefund, payment.RefusesRefund: DecideRefund,
		payment.WithdrawsRefund: TakeBack,
	}[a.Event]
	if !ok || a.By.Person == "" {
		return ErrNoRight
	}
	if err := MayIn(staff, a.By, right); err != nil {
		return err
	}
	if (a.Event == payment.AsksRefund || a.Event == payment.ApprovesRefund) && Leads(staff) < fewestLeads {
		return ErrTooFewLeads
	}
	asker, _ := staff.Of(a.Refund.Asked.By.Person)
	who, _ := staff.Of(a.By.Person)
	switch {
	case a.Event == payment.WithdrawsRefund && who.Number != asker.Number && who.Role != string(RoleLead):
		return fmt.Errorf("%w: it was asked for by %s", ErrNoRight, asker.Number)
	case a.Event != payment.ApprovesRefund:
		return nil
	case !Stands(asker):
		return fmt.Errorf("%w: %s, who has asked", ErrUnconfirmed, asker.Number)
	case kept(asker, who.Number) || kept(who, asker.Number):
		return fmt.Errorf("%w: one of the two has made or changed the account of the other", ErrOwnAccount)
	}
	return nil
}

// kept reports whether a person has made an account, or changed it last.
func kept(p payment.Person, by string) bool {
	return p.Made.By.Person == by || p.Changed.By.Person == by
}
