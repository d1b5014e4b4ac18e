package lobby

import (
	"slices"
	"strings"
	"testing"
	"time"

	"courtkiosk/app/bill"
	"courtkiosk/app/counter"
	"courtkiosk/app/counter/countertest"
	"courtkiosk/payment"
	"courtkiosk/ui/view"
)

const (
	paidOrder = "ABCDEFGHABCDEFGHABCDEFGHABCDEF27"
	itsDigits = "567890"
)

// paidBefore has a payment of the case that was made at some other time.
func (s *stage) paidBefore() {
	list := dues()
	list[0].State, list[0].Order, list[0].PaidAt = bill.DuePaid, paidOrder, time.Now()
	s.fake.Put(list...)
	s.fake.Proves(paidOrder, itsDigits)
	p := counter.Progress{Order: paidOrder, Reference: "ZF-1", Amount: 270000}
	paidOn(&p)
	s.fake.Tell(p)
}

// toWhere scans the number of a payment.
func (s *stage) toWhere() {
	s.t.Helper()
	s.paidBefore()
	s.scans(paidOrder)
	s.until("where")
}

// toFound looks for what was paid for a case.
func (s *stage) toFound(serial string) {
	s.home()
	s.press(view.Find)
	s.digits(serial)
	s.press(view.Confirm)
}

// says is all that a screen says, in a text.
func (s *stage) says() string {
	var all []string
	switch v := s.screen.(type) {
	case view.Where:
		all = append(all, v.Number, v.State)
		for _, f := range v.Facts {
			all = append(all, f.Label, f.Value)
		}
	case view.Proof:
		all = append(all, v.Number, v.Digits, v.Wrong)
	case view.Notice:
		all = append(all, v.Words.Title, v.Words.Sentence, v.Words.Next, v.Primary, v.Second)
	}
	return strings.Join(all, "\n")
}

// The number of an order names a payment and proves nothing: who scans it reads how far the payment is, no name, no
// case and no amount, and is asked for the digits before there is a receipt.
func TestScannedOrderNeedsAProof(t *testing.T) {
	s := newStage(t)
	s.toWhere()
	reads := func() {
		t.Helper()
		for _, never := range []string{"2,700", "12345", "张", "7890", "ZF-1"} {
			if strings.Contains(s.says(), never) {
				t.Errorf("the screen %s says %q: %s", s.screen.Name(), never, s.says())
			}
		}
		if s.screen.Step() != 0 {
			t.Errorf("the screen %s is at step %d of paying", s.screen.Name(), s.screen.Step())
		}
	}
	if w := s.screen.(view.Where); w.Number != view.Called(s.frame.Lang, paidOrder) || !w.Print {
		t.Errorf("the scan leads to %+v", w)
	}
	reads()
	s.press(view.Reprint)
	s.until("proof")
	reads()
	if s.fake.Asked(countertest.Receipt)+s.fake.Asked(countertest.Prove) != 0 {
		t.Error("a receipt was asked for before anything was proven")
	}
	s.press(view.Back)
	s.until("where")
	s.press(view.Back)
	s.until("home")
	s.scans(paidOrder)
	s.until("where")
	s.press(view.Reprint)
	s.digits(itsDigits)
	s.press(view.Confirm)
	s.until("done")
	s.untilPrinted()
	d := s.screen.(view.Done)
	if d.Amount != "¥2,700.00" || d.Rows[4].Value != "ZF-1" || d.Step() != 0 {
		t.Errorf("done %+v at step %d", d, d.Step())
	}
}

// Each wrong try is told how many are left; too few digits, and those within the pause, are none. After the last one
// the window is named, and nothing more can be tried.
func TestProofOfPossession(t *testing.T) {
	s := newStage(t)
	s.toWhere()
	s.press(view.Reprint)
	s.digits("00000")
	s.press(view.Confirm)
	if p, ok := s.screen.(view.Proof); !ok || p.Wrong != "" || s.fake.Asked(countertest.Prove) != 0 {
		t.Errorf("five digits lead to %+v", s.screen)
	}
	s.press(view.Clear)
	s.fake.Pause(time.Hour)
	for left := payment.MaxTries - 1; left >= 0; left-- {
		s.digits("000000")
		s.press(view.Confirm)
		if s.screen.Name() != "working" {
			t.Fatalf("wrong digits show %s while the counter compares", s.screen.Name())
		}
		s.await(func() bool { return s.screen.Name() != "working" }, func() string { return "no answer" })
		if left == 0 {
			break
		}
		p, ok := s.screen.(view.Proof)
		if !ok || p.Left != left || p.Wait != 3600 || p.Digits != "" ||
			!strings.Contains(p.Wrong, "还可以输入"+string(rune('0'+left))+"次") {
			t.Fatalf("with %d left the screen says %+v", left, s.screen)
		}
		asked := s.fake.Asked(countertest.Prove)
		s.digits(itsDigits)
		s.press(view.Confirm)
		if p := s.screen.(view.Proof); !strings.Contains(p.Wrong, "3600秒后") || p.Digits != itsDigits ||
			s.fake.Asked(countertest.Prove) != asked {
			t.Errorf("within the pause: %+v", p)
		}
		s.visit.proof.until = time.Now() // the pause is over
		s.tick(tick{now: time.Now()})
		if p := s.screen.(view.Proof); p.Wait != 0 || p.Wrong != "" {
			t.Errorf("after the pause: %+v", p)
		}
		s.press(view.Clear)
	}
	if n, ok := s.screen.(view.Notice); !ok || n.Why != view.TooManyTries || !strings.Contains(s.says(), "2号窗口") {
		t.Errorf("after the last one: %+v", s.screen)
	}
	s.toFound("12345")
	s.until("where")
	s.press(view.Reprint)
	s.digits(itsDigits)
	s.press(view.Confirm)
	s.until("notice-too-many-tries")
	if s.printer.printed() != 0 {
		t.Error("something was printed")
	}
	if text := s.said.String(); strings.Contains(text, "12345") || strings.Contains(text, "000000") {
		t.Errorf("the log says %s", text)
	}
}

// Who holds an old receipt has it printed once more without digits; a code that is not believed leads to the other
// door.
func TestAReceiptIsPresented(t *testing.T) {
	s := newStage(t)
	s.paidBefore()
	s.fake.Codes("CRT1.GENUINE", paidOrder)
	s.scans("CRT1.GENUINE")
	s.until("where")
	s.press(view.Reprint)
	s.until("done")
	s.untilPrinted()
	if s.fake.Asked(countertest.Prove) != 0 {
		t.Error("digits were asked for")
	}
	s.home()
	s.scans("CRT1.FORGED")
	s.until("notice-unbelieved")
	s.press(view.Find)
	s.until("case")
	s.digits("12345")
	s.press(view.Confirm)
	s.until("where")
	s.press(view.Reprint)
	s.until("proof")
	if s.printer.printed() != 1 {
		t.Errorf("%d papers", s.printer.printed())
	}
}

// Who looks for a payment is told that there is none, and is led nowhere near to paying: not by a bill that is owed, of
// one or of several, and not by a number that nobody knows.
func TestFindLeadsToNoPayment(t *testing.T) {
	for name, find := range map[string]func(s *stage){
		"no-payment":     func(s *stage) { s.toFound("12345") },
		"not-found":      func(s *stage) { s.toFound("99999") },
		"several":        func(s *stage) { s.toFound("12346") },
		"nothing owed":   func(s *stage) { s.toFound("12349") },
		"a number":       func(s *stage) { s.scans(paidOrder) },
		"a payment code": func(s *stage) { s.press(view.Find); s.scans(theCode) },
	} {
		t.Run(name, func(t *testing.T) {
			s := newStage(t)
			find(s)
			s.await(func() bool { _, ok := s.screen.(view.Notice); return ok }, func() string {
				return "no notice but " + s.screen.Name()
			})
			n := s.screen.(view.Notice)
			if want := view.NoPayment; name != "not-found" && n.Why != want || n.Step() != 0 {
				t.Errorf("%s at step %d", n.Why, n.Step())
			}
			for _, act := range []view.Kind{n.Act, n.SecondTo, view.StartPaying, view.Confirm, view.NewCode} {
				s.show(func() view.Screen { return n })
				s.press(act)
				if !slices.Contains([]string{"home", "case", "notice-" + string(n.Why)}, s.screen.Name()) {
					t.Errorf("%s leads to %s", act, s.screen.Name())
				}
				if s.visit.paying.following() {
					t.Fatalf("%s pays", act)
				}
			}
		})
	}
}

// What can be found leads on to where it is, whatever became of it; what is not known is never called paid.
func TestFindLeadsToWhere(t *testing.T) {
	for state, want := range map[bill.DueState]string{
		bill.DuePaid: "where", bill.DueChanged: "where", bill.DueReturned: "where", bill.DueDisputed: "where",
		bill.DuePaying: "where", bill.DueElsewhere: "notice-elsewhere", bill.DuePaidThere: "notice-paid-elsewhere",
		bill.DueSettled: "notice-settled", bill.DueMissing: "notice-no-payment", bill.DueOwed: "notice-no-payment",
		bill.DueNothing: "notice-no-payment",
	} {
		s := newStage(t)
		d := dues()[0]
		if d.State = state; want == "where" {
			d.Order = paidOrder
		}
		s.fake.Put(d)
		s.toFound("12345")
		s.until(want)
		if w, ok := s.screen.(view.Where); ok {
			paid := state == bill.DuePaid || state == bill.DueChanged || state == bill.DueReturned
			if w.Print != paid || w.Mood == view.Good && !paid {
				t.Errorf("%s: %+v", state, w)
			}
		}
	}
}
