package lobby

import (
	"slices"
	"strings"
	"testing"

	"courtkiosk/app/bill"
	"courtkiosk/app/counter"
	"courtkiosk/app/counter/countertest"
	"courtkiosk/app/receipt"
	"courtkiosk/ui/view"
)

// referral presses for the slip of the notice on the screen, and returns it.
func (s *stage) referral() receipt.Referral {
	s.t.Helper()
	before := len(s.printer.paperSlips())
	s.press(view.PrintSlip, view.PrintSlip) // a second touch while it prints is nothing
	s.await(func() bool {
		return s.screen.(view.Notice).Slip == "窗口办理单已发送到打印机，请取走。"
	}, func() string {
		return "no slip: " + s.screen.(view.Notice).Slip
	})
	s.press(view.PrintSlip)
	slips := s.printer.paperSlips()
	if len(slips) != before+1 {
		s.t.Fatalf("%d slips came out, want one", len(slips)-before)
	}
	return slips[before].(receipt.Referral)
}

func (p *printer) paperSlips() []receipt.Slip {
	p.mu.Lock()
	defer p.mu.Unlock()
	return slices.Clone(p.slips)
}

// A refusal says its code and what was read, and is printed for the window: whoever finds screen or slip learns of no
// case and no name.
func TestARefusalIsPrintedForTheWindow(t *testing.T) {
	order := strings.Repeat("ABCDEFG2", 4)
	disputed := owed(theCase, "案件受理费", theCode, 270000)
	disputed.State, disputed.Order = bill.DueDisputed, order
	for name, tt := range map[string]struct {
		do   func(*stage)
		want receipt.Referral
	}{
		"a number that nobody knows": {func(s *stage) {
			s.press(view.StartPaying)
			s.digits("99998")
			s.press(view.Confirm)
			s.until("notice-not-found")
		}, receipt.Referral{Code: "B-01", Read: []receipt.Fact{{Label: "案号", Value: "（2026）京0101民初…98号"},
			{Label: "所属法院（参考）", Value: "北京市东城区人民法院"}}}},
		"a code that nobody knows": {func(s *stage) {
			s.scans("1101012026999999")
			s.until("notice-not-found")
		}, receipt.Referral{Code: "B-01", Read: []receipt.Fact{{Label: "缴款码", Value: "…9999"}}}},
		"a payment for a clerk": {func(s *stage) {
			s.fake.Put(disputed)
			s.scans(theCode)
			s.until("notice-disputed")
		}, receipt.Referral{Code: "B-06", OrderNo: order, Read: []receipt.Fact{
			{Label: "案号", Value: "（2026）京0101民初…45号"}, {Label: "费用", Value: "案件受理费"}}}},
		"a barcode of a shop": {func(s *stage) {
			s.scans("hello")
			s.until("notice-scan")
		}, receipt.Referral{Code: "C-09", Read: []receipt.Fact{{Label: "读到的条码", Value: "5个字符，内容不显示"}}}},
		"an order whose tries are over": {func(s *stage) {
			s.fake.Refuse(countertest.Prove, &counter.Refusal{Code: counter.TooManyTries})
			p := counter.Progress{Order: order}
			paidOn(&p)
			s.fake.Tell(p)
			s.scans(order)
			s.until("where")
			s.press(view.Reprint)
			s.digits("123456")
			s.press(view.Confirm)
			s.until("notice-too-many-tries")
		}, receipt.Referral{Code: "D-05", OrderNo: order, Read: []receipt.Fact{{Label: "商户单号", Value: "…EFG2"}}}},
		"an order that was cancelled": {func(s *stage) {
			s.toPay()
			s.press(view.Cancel)
			s.tell(func(p *counter.Progress) { p.State = "closed" })
			s.until("notice-cancelled")
		}, receipt.Referral{Code: "P-02", Reference: "ZF-0101-03-261123-0087", Read: []receipt.Fact{
			{Label: "案号", Value: "（2026）京0101民初…45号"}, {Label: "费用", Value: "案件受理费"}}}},
		"a closed service": {func(s *stage) {
			s.Lobby.closed = &counter.Refusal{Code: counter.ClockWrong}
			s.press(view.StartPaying)
			s.until("notice-closed.clock")
		}, receipt.Referral{Code: "S-03"}},
	} {
		t.Run(name, func(t *testing.T) {
			s := newStage(t)
			tt.do(s)
			n := s.screen.(view.Notice)
			if n.Words.Code != tt.want.Code || !n.Printable || n.Slip != "" {
				t.Errorf("the notice is %+v", n)
			}
			s.press(view.Language)
			s.press(view.Language) // the slip is the court's, whatever the visitor reads
			got := s.referral()
			if got.Code != tt.want.Code || got.Title != n.Words.Title || got.Said != n.Words.Sentence {
				t.Errorf("the slip says %+v", got)
			}
			if !slices.Equal(got.Read, tt.want.Read) {
				t.Errorf("it read %+v, want %+v", got.Read, tt.want.Read)
			}
			if name == "an order that was cancelled" {
				tt.want.OrderNo = s.visit.paying.order.Order
			}
			if got.OrderNo != tt.want.OrderNo || got.Reference != tt.want.Reference {
				t.Errorf("it names order %q, %q, want %q, %q", got.OrderNo, got.Reference, tt.want.OrderNo,
					tt.want.Reference)
			}
			for _, text := range s.glass() {
				for _, told := range []string{"12345", "99998", order, "张", "hello"} {
					if strings.Contains(strings.ReplaceAll(text, " ", ""), told) {
						t.Errorf("the screen tells %q", text)
					}
				}
			}
		})
	}
}

// What was read before is named by no later refusal, and a later notice has a slip of its own.
func TestARefusalNamesWhatIsReadNow(t *testing.T) {
	s := newStage(t)
	s.press(view.StartPaying)
	s.digits("99998")
	s.press(view.Confirm)
	s.until("notice-not-found")
	s.referral()
	s.scans("hello")
	s.until("notice-scan")
	if n := s.screen.(view.Notice); len(n.Rows) != 1 || n.Slip != "" || !n.Printable {
		t.Errorf("after another one the notice is %+v", n)
	}
	s.scans(strings.Repeat("ABCDEFG2", 4))
	s.until("notice-no-payment")
	s.press(view.GoHome, view.StartPaying)
	s.fake.Refuse(countertest.Find, &counter.Refusal{Code: counter.CourtSilent})
	s.digits("12345")
	s.press(view.Confirm)
	s.until("notice-court-silent")
	if got := s.referral(); got.OrderNo != "" || len(got.Read) != 1 {
		t.Errorf("the slip is %+v", got)
	}
}

// A printer in trouble is said, and asked again when it is touched again; without a printer nothing is offered.
func TestASlipThatDoesNotPrint(t *testing.T) {
	s := newStage(t)
	s.printer.breaks(&receipt.TroubleError{Condition: receipt.PaperOut})
	s.scans("hello")
	s.press(view.PrintSlip)
	failed := func() bool { return strings.Contains(s.screen.(view.Notice).Slip, "C-09") }
	s.await(failed, func() string { return "no word of the printer" })
	if n := s.screen.(view.Notice); !n.Printable {
		t.Errorf("the slip is not offered again: %+v", n)
	}
	s.printer.breaks(nil)
	s.referral()
	s.home()
	s.printer.breaks(receipt.ErrNoPrinter)
	s.scans("hello")
	s.press(view.PrintSlip)
	s.await(failed, func() string { return "no word of the printer" })
	if n := s.screen.(view.Notice); n.Printable {
		t.Errorf("without a printer a slip is offered: %+v", n)
	}
}

// The slip about one bill carries no number of another one's payment, which was looked at before in the same visit.
func TestASlipNamesNoOtherBillsPayment(t *testing.T) {
	s := newStage(t)
	paid, settled := owed(theCase, "案件受理费", theCode, 270000), owed(theCase, "财产保全申请费", theCode+"b", 152000)
	paid.State, paid.Order = bill.DuePaid, paidOrder
	settled.State = bill.DueSettled
	s.fake.Put(paid, settled)
	s.toFound("12345")
	s.until("bills")
	open := func(of bill.DueState) {
		i := slices.IndexFunc(s.visit.choice.dues, func(d counter.Due) bool { return d.State == of })
		s.Lobby.open(s.visit.choice.dues[i])
	}
	open(bill.DuePaid)
	s.until("where")
	s.press(view.Reprint, view.Back)
	s.until("where")
	s.press(view.Back)
	s.until("bills")
	open(bill.DueSettled)
	s.until("notice-settled")
	if slip := s.referral(); slip.OrderNo != "" {
		t.Errorf("the slip about a bill that nobody has paid here names the payment %s", slip.OrderNo)
	}
}

// Nor does one about a phone's payment code, which might as well be a court's by its form.
func TestASlipAboutAPhoneCodeNamesNoPayment(t *testing.T) {
	s := newStage(t)
	s.toWhere()
	s.scans("134567890123456789")
	s.until("notice-scan-phone")
	if slip := s.referral(); slip.OrderNo != "" || len(slip.Read) != 0 {
		t.Errorf("the slip says %+v", slip)
	}
}
