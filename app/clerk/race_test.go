package clerk_test

import (
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

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

// However many notices are written at once, no day has more than a screen shows.
func TestNoticesAtOnce(t *testing.T) {
	inCourt(t, func(c *court) {
		c.founded()
		k := c.at(lead1)
		day := time.Now().In(payment.China).Format(time.DateOnly)
		var all sync.WaitGroup
		for i := range 12 {
			all.Go(func() {
				err := c.WriteNotice(c.Context(), k, clerk.NewNotice{No: fmt.Sprint(i), Chinese: "今天下午停电", From: day,
					Until: day})
				if err != nil && !errors.Is(err, clerk.ErrBoardFull) {
					t.Error(err)
				}
			})
		}
		all.Wait()
		if list, _, err := c.Notices(c.Context(), k); err != nil || len(list) != 3 {
			t.Errorf("%d stand, %v", len(list), err)
		}
	})
}

// Who knows a lead's PIN cannot try all codes of the second factor with it: a right PIN alone takes no wrong code back.
func TestCodesAreNotTriedOut(t *testing.T) {
	inCourt(t, func(c *court) {
		c.founded()
		token := c.signIn(lead1)
		k, err := c.Enter(c.Context(), token, window)
		if err != nil {
			t.Fatal(err)
		}
		wrong := 0
		for range 10 {
			for range 4 {
				if _, err = c.Prove(c.Context(), k, c.pins[lead1], "123"); errors.Is(err, clerk.ErrWrong) {
					wrong++
				}
			}
			if err := c.Unlock(c.Context(), token, window, c.pins[lead1]); err != nil {
				break
			}
		}
		if _, ok := errors.AsType[*clerk.WaitError](err); !ok || wrong > 4 {
			t.Errorf("%d codes were tried, and then %v", wrong, err)
		}
		time.Sleep(2 * time.Minute)
		if err := c.Unlock(c.Context(), token, window, c.pins[lead1]); err != nil {
			t.Errorf("after the wait: %v", err)
		}
		if got := c.person(lead1).Tries; got != 5 {
			t.Errorf("%d tries are noted, want 5", got)
		}
		c.signIn(lead1)
		if got := c.person(lead1).Tries; got != 0 {
			t.Errorf("after a right code %d tries are noted", got)
		}
	})
}
