package lobby

import (
	"strings"
	"testing"
	"time"

	"courtkiosk/app/bill"
	"courtkiosk/app/counter"
	"courtkiosk/app/counter/countertest"
	"courtkiosk/app/doctor"
	"courtkiosk/app/message"
	"courtkiosk/ui/view"
)

func TestMainPath(t *testing.T) {
	s := newStage(t)
	s.toFee("12345")
	fee := s.screen.(view.Fee)
	if fee.Amount != "¥2,700.00" || fee.Capitals != "人民币 贰仟柒佰元整" || s.frame.Purse != "litigation" {
		t.Errorf("fee %+v", fee)
	}
	s.press(view.Confirm)
	s.until("pay")
	if p := s.screen.(view.Pay); !strings.Contains(p.QR, "/phone/") || p.Left < 290 || p.Total != 300 || !p.Demo {
		t.Errorf("pay %+v", p)
	}
	s.press(view.DemoPay)
	s.until("done")
	s.untilPrinted()
	const transaction = "4200 0026 1120 2611 2312 3456 7890"
	d := s.screen.(view.Done)
	if d.Amount != "¥2,700.00" || d.Rows[0].Value != theCase || d.Rows[3].Value != transaction {
		t.Errorf("done %+v", d)
	}
	s.press(view.GoHome)
	s.until("home")
	s.press(view.StartPaying)
	s.digits("12345")
	s.press(view.Confirm)
	s.until("notice-paid")
}

func TestNobodyThere(t *testing.T) {
	s := newStage(t)
	s.toFee("12345")
	s.press(view.Language)
	s.tick(tick{now: s.visit.touched.Add(46 * time.Second)})
	if s.frame.IdleLeft < 10 || s.frame.IdleLeft > 15 {
		t.Errorf("after 46 s the screen asks for %d s", s.frame.IdleLeft)
	}
	s.press(view.Stay)
	if s.frame.IdleLeft != 0 || s.screen.Name() != "fee" {
		t.Errorf("who stays sees %s, %d", s.screen.Name(), s.frame.IdleLeft)
	}
	s.tick(tick{now: s.visit.touched.Add(61 * time.Second)})
	left := s.frame.Lang != message.Chinese || s.frame.Purse != "" || len(s.visit.choice.dues) != 0
	if s.screen.Name() != "home" || left {
		t.Errorf("left behind: %s, %+v, %+v", s.screen.Name(), s.frame, s.visit)
	}
	s.press(view.Language)
	s.tick(tick{now: s.visit.touched.Add(61 * time.Second)})
	if s.frame.Lang != message.Chinese {
		t.Error("the home screen keeps the language of a passer-by")
	}
}

func TestScanner(t *testing.T) {
	s := newStage(t)
	s.scans(theCase)
	s.until("fee")
	s.home()
	s.scans("2026京0101执4410")
	s.until("bills")
	s.home()
	for hostile, want := range map[string]string{
		"hello": "notice-scan", strings.Repeat("9", 2000): "notice-scan-strange",
		"11010519491231002X": "notice-case.identity",
		"\x1b[2Jclear":       "notice-scan-strange", "ΑΒΓΔ": "notice-scan-strange",
		"（2026）贵0105民初4711号": "notice-case.court",
	} {
		s.said.Reset()
		s.scans(hostile)
		if s.screen.Name() != want {
			t.Errorf("%.20q leads to %s, want %s", hostile, s.screen.Name(), want)
		}
		log, told := s.said.String(), strings.Trim(hostile, "\x1b")[:4]
		said := strings.Contains(log, "scan") || strings.Contains(log, "case")
		if !said || strings.Contains(log, told) && hostile != "hello" {
			t.Errorf("the log says %s", log)
		}
		s.home()
	}
	s.scans("（2026）贵0105民初4711号")
	if n := s.screen.(view.Notice); !strings.Contains(n.Words.Sentence, "黔") {
		t.Errorf("a slip is told as %+v", n.Words)
	}
	s.home()
	s.press(view.StartPaying)
	s.scans("123")
	if e := s.screen.(view.Case).Entry; e.Serial != "123" {
		t.Errorf("typed digits give %q", e.Serial)
	}
}

func TestScannedPaymentCode(t *testing.T) {
	s := newStage(t)
	s.scans(theCode)
	s.until("fee")
	if d := s.visit.choice.due; d.Case != theCase || d.Amount != 270000 {
		t.Errorf("the code is for %+v", d)
	}
	s.home()
	s.scans("https://pay.court.example/f?x=1&jkm=1101012026000002")
	s.until("fee") // the case has two bills; the code names one
	s.home()
	s.scans("1101012026999999")
	s.until("notice-not-found")
	if n := s.screen.(view.Notice); len(n.Rows) != 1 || n.Rows[0].Value != "…9999" {
		t.Errorf("an unknown code is told as %+v", n.Rows)
	}
	s.home()
	s.fake.Refuse(countertest.Find, &counter.Refusal{Code: counter.OtherCourt})
	s.scans("（2026）京0105民初1号")
	s.until("notice-other-court")
	if n := s.screen.(view.Notice); len(n.Rows) < 2 || n.Rows[1].Value != "北京市朝阳区人民法院" {
		t.Errorf("another court's number is told as %+v", n.Rows)
	}
}

func TestWrongAndUnknownNumbers(t *testing.T) {
	s := newStage(t)
	s.press(view.StartPaying, view.Confirm)
	if c, ok := s.screen.(view.Case); !ok || c.Wrong == "" {
		t.Errorf("an empty number leads to %+v", s.screen)
	}
	s.press(view.Language)
	if c := s.screen.(view.Case); c.Wrong != "Enter the digits at the end　Code C-07" {
		t.Errorf("in English it is %q", c.Wrong)
	}
	s.digits("99999")
	s.press(view.Confirm)
	s.until("notice-not-found")
	s.press(view.StartPaying)
	if c, ok := s.screen.(view.Case); !ok || c.Entry.Serial != "99999" || c.Wrong != "" {
		t.Errorf("typing again begins with %+v", s.screen)
	}
	s.home()
	s.press(view.StartPaying)
	s.digits("12349")
	s.press(view.Confirm)
	s.until("notice-nothing-owed")
}

func TestClosedServiceIsShownBeforeAnythingIsTyped(t *testing.T) {
	s := newStage(t)
	closed := &counter.Refusal{Code: counter.Closed, Args: map[string]string{counter.Trouble: counter.TroubleClock}}
	s.tick(tick{now: time.Now(), closed: closed})
	if h := s.screen.(view.Home); h.Code != "S-03" || h.Closed == "" {
		t.Errorf("home shows %+v", h)
	}
	s.press(view.StartPaying)
	if s.screen.Name() != "notice-closed.clock" {
		t.Errorf("paying leads to %s", s.screen.Name())
	}
	s.home()
	s.press(view.Find)
	if s.screen.Name() != "case" {
		t.Errorf("looking for a receipt leads to %s", s.screen.Name())
	}
}

// The home screen says what is wrong with the machine, as soon as it is told and no longer; a visit is not disturbed.
func TestTheHomeScreenKnowsThePrinter(t *testing.T) {
	s := newStage(t)
	out := doctor.Report{{Code: doctor.PaperOut}}
	s.opt.Told = func() doctor.Report { return out }
	s.tick(tick{now: time.Now(), told: s.troubles()})
	if h := s.screen.(view.Home); h.Code != "D-11" || h.Trouble == "" || h.Closed != "" {
		t.Errorf("home shows %+v", h)
	}
	s.press(view.StartPaying)
	s.tick(tick{now: time.Now()})
	if s.screen.Name() != "case" {
		t.Errorf("paying leads to %s", s.screen.Name())
	}
	s.home()
	if h := s.screen.(view.Home); h != (view.Home{}) {
		t.Errorf("with paper home shows %+v", h)
	}
}

// A ledger that failed ends the program, after the visitor could read that the money is safe.
func TestALedgerThatFailed(t *testing.T) {
	s := newStage(t)
	ended := 0
	s.opt.Broken = func() { ended++ }
	s.toPay()
	failed := &counter.Refusal{Code: counter.Closed, Args: map[string]string{counter.Trouble: counter.TroubleLedger}}
	now := time.Now()
	s.tick(tick{now: now, closed: failed})
	if s.screen.Name() != "notice-closed.ledger" || ended != 0 || s.visit.paying.following() {
		t.Errorf("the screen is %s, ended %d", s.screen.Name(), ended)
	}
	s.tick(tick{now: now.Add(brokenFor + time.Second), closed: failed})
	if ended != 1 {
		t.Errorf("ended %d times", ended)
	}
}

// While the court is silent there is what the ledger knows: a code to pay, and for who looks for it a payment.
func TestTheCourtIsSilent(t *testing.T) {
	for state, want := range map[bill.DueState][2]string{
		bill.DuePaying:    {"fee", "where"},
		bill.DuePaid:      {"notice-court-silent", "where"},
		bill.DueElsewhere: {"notice-court-silent", "notice-elsewhere"},
	} {
		for i, kind := range []view.Kind{view.StartPaying, view.Find} {
			s := newStage(t)
			d := dues()[0]
			d.State, d.Order = state, "ORDER"
			s.fake.Put(d)
			s.fake.Refuse(countertest.Find, &counter.Refusal{Code: counter.CourtSilent})
			s.press(kind)
			s.digits("12345")
			s.press(view.Confirm)
			s.until(want[i])
		}
	}
}

// Who looks for a receipt sees the paid bills of a case alone.
func TestFindingShowsThePaidBills(t *testing.T) {
	s := newStage(t)
	list := dues()[1:3]
	list[1].State, list[1].Order = bill.DuePaid, "ORDER"
	s.fake.Put(list...)
	s.press(view.Find)
	s.digits("12346")
	s.press(view.Confirm)
	s.until("where")
	s.home()
	s.press(view.StartPaying)
	s.digits("12346")
	s.press(view.Confirm)
	s.until("bills")
	if c := s.screen.(view.Bills).Choices; len(c) != 2 || !c[0].Open || c[1].Open || c[1].State != "已交" {
		t.Errorf("choices %+v", c)
	}
}
