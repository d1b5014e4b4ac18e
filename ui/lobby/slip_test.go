package lobby

import (
	"errors"
	"strconv"
	"testing"

	"courtkiosk/app/counter"
	"courtkiosk/app/counter/countertest"
	"courtkiosk/app/message"
	"courtkiosk/app/receipt"
	"courtkiosk/ui/view"
)

// Who asks for the fee table gets it once, and reads how far it is.
func TestTheFeeTableIsPrinted(t *testing.T) {
	s := newStage(t)
	s.press(view.Questions, view.PrintSlip) // the list prints nothing
	s.intent(view.Intent{Kind: view.PickTopic, Arg: strconv.Itoa(view.WaysTopic)})
	slip := func() string { return s.screen.(view.Help).Slip }
	if s.visit.table != noSlip || slip() != "" {
		t.Fatalf("before it is asked for: %d, %q", s.visit.table, slip())
	}
	s.printer.breaks(errors.New("no paper"))
	s.press(view.PrintSlip)
	s.await(func() bool { return slip() == s.text("help.noprint") }, func() string { return "it says " + slip() })
	s.printer.breaks(nil)
	s.press(view.PrintSlip)
	s.await(func() bool { return slip() == s.text("help.printed") }, func() string { return "it says " + slip() })
	s.press(view.PrintSlip, view.PrintSlip)
	if n := len(s.printer.slips); n != 1 {
		t.Fatalf("%d slips", n)
	}
	if table, ok := s.printer.slips[0].(receipt.FeeTable); !ok || len(table.Kinds) < 20 {
		t.Errorf("printed %+v", s.printer.slips[0])
	}
}

// Who asks for a payment back gets a form for the window, once and for a proof alone. It is a form: the screen goes on
// saying that the payment was received, and that nothing was asked for.
func TestARefundRequestIsPrinted(t *testing.T) {
	s := newStage(t)
	s.toWhere()
	where := func() view.Where { return s.screen.(view.Where) }
	says := func(id string) {
		t.Helper()
		s.await(func() bool { w, ok := s.screen.(view.Where); return ok && w.Slip == s.text(id) },
			func() string { return "it says " + s.says() })
	}
	if !where().Request || where().Slip != "" {
		t.Fatalf("before it is asked for: %+v", where())
	}
	s.press(view.PrintSlip)
	if p, ok := s.screen.(view.Proof); !ok || !p.Refund {
		t.Fatalf("it leads to %+v", s.screen)
	}
	s.digits("000000")
	s.press(view.Confirm)
	s.await(func() bool { p, ok := s.screen.(view.Proof); return ok && p.Wrong != "" && p.Refund },
		func() string { return "it says " + s.says() })
	if n := s.fake.Asked(countertest.Request); n != 0 {
		t.Fatalf("asked for %d forms without a proof", n)
	}
	s.printer.breaks(errors.New("no paper"))
	s.digits(itsDigits)
	s.press(view.Confirm)
	says("where.noslip")
	if !where().Request || where().Number != view.Called(s.frame.Lang, paidOrder) {
		t.Errorf("after no print: %+v", where())
	}
	s.printer.breaks(nil)
	s.press(view.PrintSlip)
	says("where.slipped")
	if where().Request || where().Mood != view.Good {
		t.Errorf("after the print: %+v", where())
	}
	s.press(view.PrintSlip, view.PrintSlip)
	if n := len(s.printer.slips); n != 1 {
		t.Fatalf("%d slips", n)
	}
	form, ok := s.printer.slips[0].(receipt.RefundRequest)
	if want := view.ServiceHours(message.Chinese, s.opt.Hours); !ok || form.OrderNo != paidOrder || form.Hours != want {
		t.Errorf("printed %+v", s.printer.slips[0])
	}
	if n := s.fake.Asked(countertest.Receipt); n != 0 {
		t.Errorf("%d receipts were asked for", n)
	}
}

// A proof is good for ten minutes; then the form asks for the digits, and what the counter refuses has its notice.
func TestARefundRequestThatIsRefused(t *testing.T) {
	s := newStage(t)
	s.toWhere()
	s.press(view.PrintSlip)
	s.fake.Refuse(countertest.Request, &counter.Refusal{Code: counter.NotProven})
	s.digits(itsDigits)
	s.press(view.Confirm)
	s.until("proof")
	s.fake.Refuse(countertest.Request, &counter.Refusal{Code: counter.Returned})
	s.digits(itsDigits)
	s.press(view.Confirm)
	s.await(func() bool { n, ok := s.screen.(view.Notice); return ok && n.Words.Code != "" },
		func() string { return "it says " + s.says() })
	if n := len(s.printer.slips); n != 0 {
		t.Errorf("%d slips", n)
	}
}
