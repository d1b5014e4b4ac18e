package lobby

import (
	"strings"
	"testing"
	"time"

	"courtkiosk/app/counter"
	"courtkiosk/app/counter/countertest"
	"courtkiosk/payment"
	"courtkiosk/ui/view"
)

func TestCancelAndNewCode(t *testing.T) {
	s := newStage(t)
	s.toPay()
	first := s.visit.paying.order.Order
	s.press(view.Cancel)
	if s.screen.Name() != "working" {
		t.Errorf("a cancel shows %s before WeChat has spoken", s.screen.Name())
	}
	s.wishes(counter.Cancel)
	s.tell(func(p *counter.Progress) { p.State = payment.Closed })
	s.until("notice-cancelled")
	s.press(view.NewCode)
	s.until("pay")
	if asks := s.fake.Asks(); s.visit.paying.order.Order == first || asks[0].ID == asks[1].ID {
		t.Errorf("the new code is of order %s, asked for as %+v", s.visit.paying.order.Order, asks)
	}
}

// Who touches the page while a code is shown has paid, perhaps; elsewhere it only says that somebody is there.
func TestATouchOfNothing(t *testing.T) {
	s := newStage(t)
	s.toFee("12345")
	s.tick(tick{now: s.visit.touched.Add(46 * time.Second)})
	if s.frame.IdleLeft == 0 {
		t.Fatal("nobody is asked whether he is there")
	}
	s.press(view.Touch)
	if s.frame.IdleLeft != 0 || s.screen.Name() != "fee" {
		t.Errorf("after a touch %d s are left on %s", s.frame.IdleLeft, s.screen.Name())
	}
	s.wishes()
	s.press(view.Confirm)
	s.until("pay")
	s.press(view.Touch)
	s.wishes(counter.Look)
}

func TestACancelThatLosesTheRaceIsPaid(t *testing.T) {
	s := newStage(t)
	s.toPay()
	s.press(view.Cancel)
	s.tell(func(p *counter.Progress) { p.State = payment.Closing })
	s.tell(paidOn)
	s.until("done")
}

// A cancel that could not be stored has closed nothing: the code is shown again, for it can be paid.
func TestACancelThatIsNotStored(t *testing.T) {
	s := newStage(t)
	s.toPay()
	s.fake.Refuse(countertest.Wish, &counter.Refusal{Code: counter.Internal})
	s.press(view.Cancel)
	s.until("pay")
}

// How an order ends that was not paid as asked for, in the words of its notice. What is not what we asked for is
// never shown as paid.
func TestEndsOfAnOrder(t *testing.T) {
	over := func(p *counter.Progress) { p.State, p.Expires = payment.Closed, time.Now().Add(-time.Second) }
	for want, change := range map[string]func(*counter.Progress){
		"notice-disputed":       func(p *counter.Progress) { p.State, p.PaidAmount = payment.Disputed, p.Amount-1 },
		"notice-elsewhere":      func(p *counter.Progress) { p.State = payment.Foreign },
		"notice-paid-elsewhere": func(p *counter.Progress) { p.State, p.Elsewhere = payment.Foreign, true },
		"notice-network":        func(p *counter.Progress) { p.State, p.Trouble = payment.Void, counter.Unreachable },
		"notice-expired":        over,
		// the court changes a bill while its code is shown: the visitor is not told that time was over
		"notice-stopped": func(p *counter.Progress) { p.State, p.Wished = payment.Closed, payment.ByCourt },
		// it was paid, and came back before the screen heard of it
		"notice-returned": func(p *counter.Progress) {
			p.State, p.Returned, p.TransactionID = payment.Paid, payment.SomeReturned, "4200002611202611231234567890"
		},
		"verify": func(p *counter.Progress) { p.State = payment.Closing },
	} {
		t.Run(want, func(t *testing.T) {
			s := newStage(t)
			s.toPay()
			s.tell(change)
			s.until(want)
			if want == "notice-stopped" {
				s.press(view.StartPaying)
				s.until("case")
			}
		})
	}
}

// An order that is wished closed shows no code, known or not, and its end has the true reason.
func TestAnOrderThatIsBeingClosed(t *testing.T) {
	for state, code := range map[payment.State]string{payment.Created: "", payment.Waiting: "", payment.Closing: ""} {
		t.Run(string(state), func(t *testing.T) {
			s := newStage(t)
			s.fake.Paying(func(a counter.Ask) counter.Progress {
				p := coded(a)
				p.State, p.Code, p.Wished = state, code, payment.ByVisit
				return p
			})
			s.toFee("12345")
			s.press(view.Confirm)
			s.await(func() bool { return s.visit.paying.following() }, func() string { return "not followed" })
			if w, ok := s.screen.(view.Working); !ok || w.Title != s.text("wait.closing") {
				t.Errorf("it is shown as %+v", s.screen)
			}
			s.tell(func(p *counter.Progress) { p.State = payment.Closed })
			s.until("notice-cancelled")
		})
	}
}

// A number that another machine has used up, while WeChat was slow to say so: the court has changed nothing.
func TestANumberThatWasUsedUp(t *testing.T) {
	s := newStage(t)
	s.fake.Paying(func(a counter.Ask) counter.Progress {
		p := coded(a)
		p.State, p.Code = payment.Created, ""
		return p
	})
	s.toFee("12345")
	s.press(view.Confirm)
	s.await(func() bool { return s.visit.paying.following() }, func() string { return "not followed" })
	s.tell(func(p *counter.Progress) { p.State = payment.Closed })
	s.until("notice-try-later")
}

// The countdown goes by WeChat's clock, and the codes of this machine's clock are not mistaken for old ones.
func TestAClockThatIsWrong(t *testing.T) {
	s := newStage(t)
	s.fake.Paying(func(a counter.Ask) counter.Progress {
		p := coded(a)
		for _, at := range []*time.Time{&p.Now, &p.CreatedAt, &p.Expires, &p.Asked} {
			*at = at.Add(-90 * time.Second)
		}
		return p
	})
	s.toPay()
	if p := s.screen.(view.Pay); p.Left < 295 || p.Left > 300 {
		t.Errorf("%d s are left", p.Left)
	}
}

// A code that was shown before may be paid already: WeChat is asked before it is shown again.
func TestACodeThatWasShownBefore(t *testing.T) {
	s := newStage(t)
	s.fake.Paying(func(a counter.Ask) counter.Progress {
		p := coded(a)
		p.CreatedAt, p.Asked = p.Now.Add(-time.Minute), p.Now.Add(-30*time.Second)
		return p
	})
	s.toFee("12345")
	s.press(view.Confirm)
	s.await(func() bool { return s.visit.paying.following() }, func() string { return "not followed" })
	if s.screen.Name() != "working" {
		t.Errorf("it is shown as %s", s.screen.Name())
	}
	s.tell(func(p *counter.Progress) { p.Asked = time.Now() })
	s.until("pay")
}

// The court changes a bill before it is confirmed: the new sum is shown, and needs a confirmation of its own.
func TestABillThatChangesBeforeItIsConfirmed(t *testing.T) {
	s := newStage(t)
	s.toFee("12345")
	list := dues()
	list[0].Amount, list[0].Quote = 280000, "another quote"
	s.fake.Put(list...)
	s.press(view.Confirm)
	s.until("fee")
	if f := s.screen.(view.Fee); f.Amount != "¥2,800.00" || !strings.Contains(f.Changed, "¥2,800.00") {
		t.Errorf("fee %+v", f)
	}
	s.press(view.Language)
	if f := s.screen.(view.Fee); f.Changed != s.text("fee.changed", "amount", "¥2,800.00") {
		t.Errorf("in English %q", f.Changed)
	}
	s.press(view.Confirm)
	s.until("pay")
	if asks := s.fake.Asks(); len(asks) != 2 || asks[0].ID == asks[1].ID || asks[1].Quote != "another quote" {
		t.Errorf("asked for %+v", asks)
	}
}
