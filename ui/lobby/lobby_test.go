package lobby

import (
	"errors"
	"strings"
	"testing"
	"time"

	"courtkiosk/app/bill"
	"courtkiosk/app/counter"
	"courtkiosk/app/counter/countertest"
	"courtkiosk/app/message"
	"courtkiosk/app/receipt"
	"courtkiosk/payment"
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
	if d := s.screen.(view.Done); d.Amount != "¥2,700.00" || d.Rows[0].Value != theCase || d.Rows[3].Value != "4200 0026 1120 2611 2312 3456 7890" {
		t.Errorf("done %+v", d)
	}
	s.press(view.GoHome)
	s.until("home")
	s.press(view.StartPaying)
	s.digits("12345")
	s.press(view.Confirm)
	s.until("notice-paid")
}

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
	if s.screen.Name() != "home" || s.frame.Lang != message.Chinese || s.frame.Purse != "" || len(s.visit.choice.dues) != 0 {
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
		"hello": "notice-scan", strings.Repeat("9", 2000): "notice-scan-strange", "11010519491231002X": "notice-case.identity",
		"\x1b[2Jclear": "notice-scan-strange", "ΑΒΓΔ": "notice-scan-strange", "（2026）黔0105民初4711号": "notice-case.court",
	} {
		s.said.Reset()
		s.scans(hostile)
		if s.screen.Name() != want {
			t.Errorf("%.20q leads to %s, want %s", hostile, s.screen.Name(), want)
		}
		log, told := s.said.String(), strings.Trim(hostile, "\x1b")[:4]
		if !strings.Contains(log, "scan") && !strings.Contains(log, "case") || strings.Contains(log, told) && hostile != "hello" {
			t.Errorf("the log says %s", log)
		}
		s.home()
	}
	s.scans("（2026）黔0105民初4711号")
	if n := s.screen.(view.Notice); !strings.Contains(n.Words.Sentence, "贵") {
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
	if n := s.screen.(view.Notice); len(n.Rows) != 0 {
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

// The number of an order names and proves nothing: who scans it is asked for the proof, and reads no more than was scanned.
func TestScannedOrderNeedsAProof(t *testing.T) {
	const order = "ABCDEFGHABCDEFGHABCDEFGHABCDEF27"
	s := newStage(t)
	s.fake.Proves(order, "567890")
	p := counter.Progress{Order: order, Reference: "ZF-1", Amount: 270000}
	paidOn(&p)
	s.fake.Tell(p)
	s.scans(order)
	if got, want := s.screen, view.Screen(view.Proof{Case: view.Grouped(order)}); got != want {
		t.Errorf("the scan leads to %+v", got)
	}
	if s.fake.Asked(countertest.Known)+s.fake.Asked(countertest.Progress)+s.fake.Asked(countertest.Receipt) != 0 {
		t.Error("the counter was asked before anything was proven")
	}
	s.press(view.Back)
	s.until("home")
	s.scans(order)
	s.digits("567890")
	s.press(view.Confirm)
	s.until("done")
	s.untilPrinted()
	if d := s.screen.(view.Done); d.Amount != "¥2,700.00" || d.Rows[4].Value != "ZF-1" {
		t.Errorf("done %+v", d)
	}
}

func TestProofOfPossession(t *testing.T) {
	s := newStage(t)
	s.toPay()
	s.press(view.DemoPay)
	s.until("done")
	s.untilPrinted()
	s.home()
	ask := func() {
		s.press(view.Find)
		s.digits("12345")
		s.press(view.Confirm)
		s.until("notice-paid")
		s.press(view.Reprint)
	}
	ask()
	for n := range maxWrongProof {
		s.digits("000000")
		s.press(view.Confirm)
		if s.screen.Name() != "working" {
			t.Fatalf("wrong number %d shows %s while the counter compares", n, s.screen.Name())
		}
		s.await(func() bool { return s.screen.Name() != "working" }, func() string { return "no answer" })
	}
	if s.screen.Name() != "home" {
		t.Errorf("after %d wrong numbers: %s", maxWrongProof, s.screen.Name())
	}
	ask()
	s.press(view.Back)
	s.until("notice-paid")
	s.press(view.Reprint)
	s.fake.Refuse(countertest.Prove, &counter.Refusal{Code: counter.TooManyTries})
	s.digits("567890")
	s.press(view.Confirm)
	s.until("notice-too-many-tries")
	s.fake.Refuse(countertest.Prove, nil)
	s.home()
	ask()
	s.digits("567890")
	s.press(view.Confirm)
	s.until("done")
	s.untilPrinted()
	if n := s.printer.printed(); n != 2 {
		t.Errorf("%d papers, want the receipt and a copy", n)
	}
}

func TestWrongAndUnknownNumbers(t *testing.T) {
	s := newStage(t)
	s.press(view.StartPaying, view.Confirm)
	if c, ok := s.screen.(view.Case); !ok || c.Wrong == "" {
		t.Errorf("an empty number leads to %+v", s.screen)
	}
	s.press(view.Language)
	if c := s.screen.(view.Case); c.Wrong != "Type the digits at the end" {
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

// How an order ends that was not paid as asked for, in the words of its notice. What is not what we asked for is never shown
// as paid.
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
		"verify":         func(p *counter.Progress) { p.State = payment.Closing },
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

// The printer is asked before money is taken. Its trouble is said on the fee screen, keeps nobody from paying, and a payment is
// never doubted for it: the receipt waits until the printer is well.
func TestPrinterTroubleIsSaidBeforeMoneyIsTaken(t *testing.T) {
	s := newStage(t)
	s.printer.breaks(&receipt.TroubleError{Condition: receipt.Offline, Err: errors.New("no folder")})
	s.toFee("12345")
	s.await(func() bool { return s.screen.(view.Fee).Printer != "" }, func() string { return "no word of the printer" })
	if words := s.screen.(view.Fee).Printer; !strings.Contains(words, "打印机没有连接") || !strings.Contains(words, "2号窗口") {
		t.Errorf("the fee screen says %q", words)
	}
	s.press(view.Confirm)
	s.until("pay")
	s.press(view.DemoPay)
	s.until("done")
	s.await(func() bool { return s.screen.(view.Done).Trouble }, func() string { return "no trouble is told" })
	d := s.screen.(view.Done)
	if d.Printed || !strings.Contains(d.Print, "款已交清") || d.Amount != "¥2,700.00" || d.Code == "" {
		t.Errorf("the last screen says %+v", d)
	}
	s.await(func() bool { return len(s.fake.Ends()) > 0 }, func() string { return "the counter is not told" })
	if e := s.fake.Ends()[0]; !e.Failed || e.Begun || e.Note != string(receipt.Offline) || e.Outcome != "" {
		t.Errorf("the counter is told %+v", e)
	}
}

// What becomes of a receipt, on the screen and at the counter.
func TestWhatBecomesOfAReceipt(t *testing.T) {
	stuck := &receipt.TroubleError{Condition: receipt.Jammed, Began: true, Err: errors.New("stuck")}
	tests := map[string]struct {
		trouble error
		refusal error // of the counter
		words   string
		end     *counter.PrintEnd
	}{
		"printed": {nil, nil, "print.printed", &counter.PrintEnd{Try: 1, Outcome: string(receipt.PrintedProven), Begun: true}},
		"stuck":   {stuck, nil, "print.doubt", &counter.PrintEnd{Try: 1, Failed: true, Begun: true}},
		"held":    {nil, &counter.Refusal{Code: counter.NoReceipt}, "print.held", nil},
		"before":  {nil, &counter.Refusal{Code: counter.Printed}, "print.held", nil},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			s := newStage(t)
			s.toPay()
			s.printer.breaks(tt.trouble)
			s.fake.Refuse(countertest.Receipt, tt.refusal)
			s.press(view.DemoPay)
			s.until("done")
			s.await(func() bool { return !s.visit.printing.busy }, func() string { return "no end" })
			d := s.screen.(view.Done)
			if want := s.text(tt.words, "printer", s.printerWords(tt.trouble)); d.Print != want || d.Printed != (tt.words == "print.printed") || d.Trouble == d.Printed {
				t.Errorf("the screen says %+v, want %s", d, want)
			}
			if tt.end == nil {
				if n := len(s.fake.Ends()); n != 0 || s.printer.printed() != 0 {
					t.Errorf("%d ends of a receipt that was not handed out", n)
				}
				return
			}
			s.await(func() bool { return len(s.fake.Ends()) == 1 }, func() string { return "the counter is not told" })
			e := s.fake.Ends()[0]
			if e.Try != tt.end.Try || e.Outcome != tt.end.Outcome || e.Failed != tt.end.Failed || e.Begun != tt.end.Begun {
				t.Errorf("the counter is told %+v, want %+v", e, *tt.end)
			}
		})
	}
}

// Whatever is wrong with a printer has words of its own, in both languages, on the screen before the payment and on the one
// after it.
func TestEveryConditionOfAPrinterHasWords(t *testing.T) {
	s := newStage(t)
	seen := make(map[string]receipt.Condition)
	for range 2 {
		for _, c := range []receipt.Condition{
			receipt.PaperOut, receipt.CoverOpen, receipt.Jammed, receipt.Broken, receipt.Offline, receipt.Silent,
		} {
			words := s.printerWords(&receipt.TroubleError{Condition: c})
			if words == "printer."+string(c) || seen[words] != "" {
				t.Errorf("%s is called %q, as is %q", c, words, seen[words])
			}
			seen[words] = c
			for _, id := range []string{"fee.noprinter", "print.trouble", "print.doubt"} {
				text := s.text(id, "printer", words)
				if !strings.Contains(text, words) || strings.Contains(text, "{") || !strings.Contains(text, s.frame.Window) {
					t.Errorf("%s of %s says %q", id, c, text)
				}
			}
		}
		s.intent(view.Intent{Kind: view.Language})
	}
}

func TestFeeCalculator(t *testing.T) {
	s := newStage(t)
	s.press(view.Calculate)
	s.digits("120000")
	s.press(view.Halve)
	if v := s.screen.(view.Calc); v.Fee != "¥1,350.00" {
		t.Errorf("half of 120,000 costs %s", v.Fee)
	}
	s.press(view.ShowSteps, view.PrintSlip, view.PrintSlip) // a second touch while it prints is nothing
	s.await(func() bool { return s.screen.(view.CalcSteps).Slip == s.text("calc.slipped") }, func() string { return "not printed" })
	if len(s.printer.slips) != 1 || s.printer.slips[0].(receipt.Estimate).Fee != "¥1,350.00" {
		t.Errorf("slips %+v", s.printer.slips)
	}
	s.press(view.Language)
	if v := s.screen.(view.CalcSteps); len(v.Rows) != 4 || v.Rows[3].Label != "Halved" || v.Slip != "The estimate was sent to the printer" {
		t.Errorf("in English %+v", v)
	}
	s.press(view.Back)
	s.intent(view.Intent{Kind: view.PickKind, Arg: "labour"})
	if v := s.screen.(view.Calc); v.Priced || v.Fee != "¥5.00" {
		t.Errorf("by the case %+v", v)
	}
	s.tick(tick{now: s.visit.touched.Add(61 * time.Second)})
	if s.screen.Name() != "home" || s.visit.estimate != (estimate{}) {
		t.Errorf("left behind: %s, %+v", s.screen.Name(), s.visit.estimate)
	}
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

// While the court is silent there is what the ledger knows: a code to pay, and for who looks for it a receipt.
func TestTheCourtIsSilent(t *testing.T) {
	for state, want := range map[bill.DueState][2]string{
		bill.DuePaying: {"fee", "fee"}, bill.DuePaid: {"notice-court-silent", "notice-paid"}, bill.DueElsewhere: {"notice-court-silent", "notice-court-silent"},
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
	s.until("notice-paid")
	s.home()
	s.press(view.StartPaying)
	s.digits("12346")
	s.press(view.Confirm)
	s.until("bills")
	if c := s.screen.(view.Bills).Choices; len(c) != 2 || !c[0].Open || c[1].Open || c[1].State != "已交" {
		t.Errorf("choices %+v", c)
	}
}
