package clerk_test

import (
	"errors"
	"testing"

	"courtkiosk/app/clerk"
	"courtkiosk/payment"
)

// A meddler has something happen right before a book is opened for its next write.
type meddler struct {
	payment.Ledger
	signIns func()
}

func (m *meddler) SignIns() payment.Book[payment.SignIn] {
	if f := m.signIns; f != nil {
		m.signIns = nil
		f()
	}
	return m.Ledger.SignIns()
}

// Who has shown the old PIN is not let in once there is a new one, at whatever moment it was changed.
func TestOldPINComesTooLate(t *testing.T) {
	inCourt(t, func(c *court) {
		c.hire("0217", clerk.RoleClerk)
		k := c.at("0217")
		m := &meddler{Ledger: c.ledger}
		o := c.Options
		o.Ledger = m
		thief := clerk.New(o)
		m.signIns = func() {
			if err := c.ChangePIN(c.Context(), k, "582736"); err != nil {
				t.Error(err)
			}
		}
		token, err := thief.SignIn(c.Context(), window, "0217", c.pins["0217"], "")
		if !errors.Is(err, clerk.ErrWrong) || m.signIns != nil {
			t.Errorf("the old PIN is answered %q, %v", token, err)
		}
	})
}
