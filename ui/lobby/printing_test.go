package lobby

import (
	"errors"
	"strings"
	"testing"
	"time"

	"courtkiosk/app/counter"
	"courtkiosk/app/counter/countertest"
	"courtkiosk/app/receipt"
	"courtkiosk/payment"
	"courtkiosk/ui/view"
)

// The printer is asked before money is taken. Its trouble is said on the fee screen, keeps nobody from paying, and a
// payment is never doubted for it: the receipt waits until the printer is well.
func TestPrinterTroubleIsSaidBeforeMoneyIsTaken(t *testing.T) {
	s := newStage(t)
	s.printer.breaks(&receipt.TroubleError{Condition: receipt.Unreachable, Err: errors.New("no folder")})
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
	if d.Printed || !strings.Contains(d.Print, "您已付款成功") || d.Amount != "¥2,700.00" || d.Code == "" {
		t.Errorf("the last screen says %+v", d)
	}
	s.await(func() bool { return len(s.fake.Ends()) > 0 }, func() string { return "the counter is not told" })
	if e := s.fake.Ends()[0]; !e.Failed || e.Begun || e.Note != string(receipt.Unreachable) || e.Outcome != "" {
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
		"printed": {nil, nil, "print.printed",
			&counter.PrintEnd{Try: 1, Outcome: string(receipt.PrintedProven), Begun: true}},
		"stuck":  {stuck, nil, "print.doubt", &counter.PrintEnd{Try: 1, Failed: true, Begun: true}},
		"held":   {nil, &counter.Refusal{Code: counter.NoReceipt}, "print.held", nil},
		"before": {nil, &counter.Refusal{Code: counter.Printed}, "print.held", nil},
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
			want := s.text(tt.words, "printer", s.printerWords(tt.trouble))
			if d.Print != want || d.Printed != (tt.words == "print.printed") || d.Trouble == d.Printed {
				t.Errorf("the screen says %+v, want %s", d, want)
			}
			if tt.end != nil && d.Code == "" {
				t.Error("no code of the receipt to photograph")
			}
			if tt.end == nil {
				if n := len(s.fake.Ends()); n != 0 || s.printer.printed() != 0 {
					t.Errorf("%d ends of a receipt that was not handed out", n)
				}
				return
			}
			s.await(func() bool { return len(s.fake.Ends()) == 1 }, func() string { return "the counter is not told" })
			e := s.fake.Ends()[0]
			got := counter.PrintEnd{Try: e.Try, Outcome: e.Outcome, Failed: e.Failed, Begun: e.Begun}
			if got != *tt.end {
				t.Errorf("the counter is told %+v, want %+v", got, *tt.end)
			}
		})
	}
}

// Whatever is wrong with a printer has words of its own, in both languages, on the screen before the payment and on
// the one after it.
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
				whole := strings.Contains(text, words) && strings.Contains(text, s.frame.Window)
				if !whole || strings.Contains(text, "{") {
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
	slipped := func() bool { return s.screen.(view.CalcSteps).Slip == s.text("calc.slipped") }
	s.await(slipped, func() string { return "not printed" })
	if len(s.printer.slips) != 1 || s.printer.slips[0].(receipt.Estimate).Fee != "¥1,350.00" {
		t.Errorf("slips %+v", s.printer.slips)
	}
	s.press(view.Language)
	v := s.screen.(view.CalcSteps)
	if len(v.Rows) != 4 || v.Rows[3].Label != "Halved" ||
		v.Slip != "The estimate was sent to the printer. Please take it." {
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

// A reprint of what came back is no success, whatever becomes of it: no words of a paid fee, no code to photograph.
func TestAReprintOfWhatCameBack(t *testing.T) {
	for name, trouble := range map[string]error{
		"printed": nil,
		"failed":  &receipt.TroubleError{Condition: receipt.PaperOut, Err: errors.New("no paper")},
		"stuck":   &receipt.TroubleError{Condition: receipt.Jammed, Began: true, Err: errors.New("stuck")},
	} {
		t.Run(name, func(t *testing.T) {
			s := newStage(t)
			v := s.visit
			v.printing.facts.order = "AN ORDER"
			s.handed("AN ORDER", receipt.Receipt{Returned: payment.PartReturned, Amount: 270000, Code: "CRT1.X"})
			result := printProven
			if trouble != nil {
				result = resultOf("", trouble)
			}
			s.printed(result, "CRT1.X", trouble)
			d := s.screen.(view.Done)
			if !d.Returned || d.Code != "" || strings.Contains(d.Print, "交清") || d.Trouble != (trouble != nil) {
				t.Errorf("the last screen says %+v", d)
			}
		})
	}
}
