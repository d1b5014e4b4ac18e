package clerk_test

import (
	"errors"
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"courtkiosk/app/clerk"
	"courtkiosk/payment"
	"courtkiosk/payment/gatewaytest"
)

// call has a machine call for a person.
func (c *court) call(device, screen string) {
	c.Helper()
	_, err := c.ledger.Calls().Update(c.Context(), device, func(call payment.Call, _ payment.Staff) (payment.Call,
		payment.Entry, error) {
		call, e := call.Again(device, screen, time.Now())
		return call, e, nil
	})
	if err != nil {
		c.Fatal(err)
	}
}

// cash gives the desk a cashier, who knows what time it is.
func (c *court) cash() {
	c.Cashier = payment.NewCashier(payment.Desk{Ledger: c.ledger, Log: c.Desk.Log, Kiosk: console,
		Gateway: &gatewaytest.Gate{Office: gatewaytest.New()}})
}

// work is the list as it reads: mark and machine.
func (c *court) work(k clerk.Clerk) (list []string, items []clerk.Item) {
	c.Helper()
	items, err := c.Work(c.Context(), k)
	if err != nil {
		c.Fatal(err)
	}
	for _, i := range items {
		list = append(list, string(i.Mark)+string(i.Difference.Kind)+" "+i.Device)
	}
	return list, items
}

// Who calls stands before money that has left; the first press goes, and is told to everybody else.
func TestCallsComeFirst(t *testing.T) {
	inCourt(t, func(c *court) {
		c.hire("0217", clerk.RoleClerk)
		c.hire("0218", clerk.RoleClerk)
		c.cash()
		wang, li := c.at("0217"), c.at("0218")
		_, err := c.ledger.Differences().Update(c.Context(), "1/2026-11-27/refund-not-with-us/o/", func(
			d payment.Difference, _ payment.Staff,
		) (payment.Difference, payment.Entry, error) {
			return payment.Difference{MchID: "1", Day: "2026-11-27", Kind: "refund-not-with-us", Order: "o",
				Device: "01", Found: noon}, payment.Entry{}, nil
		})
		if err != nil {
			t.Fatal(err)
		}
		c.call("04", "home")
		time.Sleep(time.Minute)
		c.call("03", "pay")
		c.call("03", "help")
		list, items := c.work(wang)
		if want := []string{"called 04", "called 03", "refund-not-with-us 01"}; !slices.Equal(list, want) {
			t.Fatalf("the list is %q, want %q", list, want)
		}
		if n, err := c.Waiting(c.Context(), wang); n != 3 || err != nil {
			t.Errorf("%d wait, %v", n, err)
		}
		old := items[1].Key
		if err := c.Answer(c.Context(), wang, old); err != nil {
			t.Fatal(err)
		}
		for range 2 { // once more by who goes is no error, by another one it is
			if err := c.Take(c.Context(), wang, old); err != nil {
				t.Error(err)
			}
			err := c.Answer(c.Context(), li, old)
			if taken, ok := errors.AsType[*clerk.TakenError](err); !ok || taken.Taken.By.Person != "0217" {
				t.Errorf("the other one is told %v", err)
			}
		}
		if n, err := c.Waiting(c.Context(), wang); n != 2 || err != nil {
			t.Errorf("%d wait, %v", n, err)
		}
		c.call("03", "pay")
		if err := c.Answer(c.Context(), li, old); !errors.Is(err, payment.ErrConflict) {
			t.Errorf("the call before is answered for the next one: %v", err)
		}
		if list, _ := c.work(li); !slices.Contains(list, "called 03") {
			t.Errorf("the next call is not there: %q", list)
		}
		for _, key := range []string{"", "call\x00", "call\x0003\x00x", "call\x0009\x001", "effect\x00a\x00b"} {
			if err := c.Answer(c.Context(), li, key); !errors.Is(err, payment.ErrNotFound) &&
				!errors.Is(err, payment.ErrConflict) {
				t.Errorf("%q is answered %v", key, err)
			}
		}
		if err := c.GiveBack(c.Context(), wang, old); !errors.Is(err, payment.ErrNotFound) {
			t.Errorf("an answer is taken back: %v", err)
		}
		entries, err := c.ledger.Since(c.Context(), 0, payment.MaxPage)
		if err != nil {
			t.Fatal(err)
		}
		var said []string
		for _, e := range entries {
			if e.Event == payment.CallMade || e.Event == payment.CallAnswered {
				said = append(said, fmt.Sprintf("%s %s: %s", e.Event, e.By.Person, e.Note))
			}
		}
		if want := []string{`called : kiosk 04, call 1, screen "home"`, `called : kiosk 03, call 1, screen "pay"`,
			`call-answered 0217: kiosk 03, call 1, screen "pay"`,
			`called : kiosk 03, call 2, screen "pay"`}; !slices.Equal(said, want) {
			t.Errorf("the audit says %q", said)
		}
	})
}

// Of clerks who press at once one goes, and every other one reads who.
func TestCallAnsweredAtOnce(t *testing.T) {
	inCourt(t, func(c *court) {
		c.cash()
		var all []clerk.Clerk
		for i := range 4 {
			number := fmt.Sprint("021", i)
			c.hire(number, clerk.RoleClerk)
			all = append(all, c.at(number))
		}
		c.call("03", "pay")
		_, items := c.work(all[0])
		answered := make([]error, len(all))
		var group sync.WaitGroup
		for i, k := range all {
			group.Go(func() { answered[i] = c.Answer(c.Context(), k, items[0].Key) })
		}
		group.Wait()
		call, err := c.ledger.Calls().Get(c.Context(), "03")
		if err != nil {
			t.Fatal(err)
		}
		went := 0
		for i, err := range answered {
			if err == nil {
				went++
				if call.Answered.By.Person != all[i].By.Person {
					t.Errorf("%s goes, and %s stands there", all[i].By.Person, call.Answered.By.Person)
				}
				continue
			}
			if taken, ok := errors.AsType[*clerk.TakenError](err); !ok || taken.Taken != call.Answered {
				t.Errorf("%s is told %v", all[i].By.Person, err)
			}
		}
		if went != 1 {
			t.Errorf("%d go", went)
		}
	})
}

// A call of the late evening waits over midnight, is missed, and is gone the day after; a restart changes nothing.
func TestCallOverMidnight(t *testing.T) {
	inCourt(t, func(c *court) {
		c.hire("0217", clerk.RoleClerk)
		c.cash()
		time.Sleep(time.Until(time.Date(2026, 11, 28, 23, 30, 0, 0, payment.China)))
		c.call("03", "notice-network")
		for _, step := range []struct {
			day, hour, minute int
			want              []string
		}{
			{28, 23, 59, []string{"called 03"}}, {29, 1, 29, []string{"called 03"}},
			{29, 1, 30, []string{"call-missed 03"}},
			{29, 23, 0, []string{"call-missed 03"}}, {30, 0, 0, nil},
		} {
			time.Sleep(time.Until(time.Date(2026, 11, step.day, step.hour, step.minute, 0, 0, payment.China)))
			c.restart()
			c.cash()
			list, _ := c.work(c.console())
			if waits, err := c.Calls(c.Context()); !slices.Equal(list, step.want) || err != nil ||
				len(waits) == 1 != slices.Equal(list, []string{"called 03"}) {
				t.Errorf("%d, %02d:%02d: %q, %d wait, %v", step.day, step.hour, step.minute, list, len(waits), err)
			}
		}
		if entries, err := c.ledger.Since(c.Context(), 0, payment.MaxPage); err != nil ||
			!slices.ContainsFunc(entries, func(e payment.Entry) bool { return e.Event == payment.CallMade }) {
			t.Errorf("the audit has forgotten it: %v", err)
		}
	})
}

// Who may not do work goes to nobody.
func TestWhoAnswersCalls(t *testing.T) {
	inCourt(t, func(c *court) {
		c.cash()
		c.founded()
		c.call("03", "pay")
		_, items := c.work(c.console())
		for number, role := range map[string]clerk.Role{"0501": clerk.RoleAuditor, "0601": clerk.RoleIT} {
			c.hire(number, role)
			if err := c.Answer(c.Context(), c.at(number), items[0].Key); !errors.Is(err, clerk.ErrNoRight) {
				t.Errorf("%s: %v", role, err)
			}
		}
		if err := c.Answer(c.Context(), clerk.Clerk{}, items[0].Key); !errors.Is(err, clerk.ErrNoRight) {
			t.Errorf("nobody: %v", err)
		}
	})
}
