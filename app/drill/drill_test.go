package drill

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"courtkiosk/app/config"
	"courtkiosk/app/message"
	"courtkiosk/app/receipt/paper"
	"courtkiosk/payment"
)

// well is what is seen of an act that a sound program passes.
func well(a Act, order string) Seen {
	at := time.Date(2026, 11, 29, 9, 15, 0, 0, payment.China)
	return Seen{Act: a, Order: order, Begun: at, Shown: at.Add(time.Minute), Cut: true, Mended: true,
		Word: payment.TradeSuccess, Told: Amount, Transaction: "42" + order, Receipt: payment.Done,
		Ledger: []Entry{{No: order, State: payment.Paid, Paid: Amount, Transaction: "42" + order, Bookings: 1}},
		Papers: []Paper{{Number: "PZ-" + order}}}
}

func TestJudge(t *testing.T) {
	tests := map[string]struct {
		change  func(*Seen)
		verdict Verdict
		why     []Reason
	}{
		"all is well": {func(*Seen) {}, Held, nil},
		"a doubtful receipt is offered as a copy": {func(s *Seen) { s.Papers[0].Copy = true }, Held, nil},
		"money is lost": {func(s *Seen) { s.Ledger[0].State, s.Ledger[0].Bookings = payment.Waiting, 0 },
			Failed, []Reason{Lost}},
		"money is lost, and WeChat cannot be asked": {func(s *Seen) {
			s.Ledger[0].State, s.Ledger[0].Bookings, s.Word, s.Transaction = payment.Closed, 0, "", ""
		}, Failed, []Reason{Lost}},
		"WeChat loses it": {func(s *Seen) { s.Word = payment.TradeNotPaid }, Failed, []Reason{Invented, Lost}},
		"nobody paid, and the ledger says so": {func(s *Seen) {
			s.Shown, s.Word, s.Transaction = time.Time{}, payment.TradeClosed, ""
			s.Ledger[0] = Entry{No: "1", State: payment.Closed}
			s.Papers, s.Mended = nil, false
		}, NotKnown, []Reason{Unpaid, NotMended}},
		"nobody paid, and the ledger invents it": {func(s *Seen) {
			s.Shown, s.Word = time.Time{}, payment.TradeClosed
		}, Failed, []Reason{Invented}},
		"booked twice":      {func(s *Seen) { s.Ledger[0].Bookings = 2 }, Failed, []Reason{Twice}},
		"booked as two":     {func(s *Seen) { s.Ledger = append(s.Ledger, s.Ledger[0]) }, Failed, []Reason{Twice}},
		"another sum":       {func(s *Seen) { s.Ledger[0].Paid = 2 }, Failed, []Reason{OtherAmount}},
		"another payment":   {func(s *Seen) { s.Ledger[0].Transaction = "43" }, Failed, []Reason{OtherPayment}},
		"claimed too early": {func(s *Seen) { s.Early = true }, Failed, []Reason{Claimed}},
		"two originals":     {func(s *Seen) { s.Papers = append(s.Papers, s.Papers[0]) }, Failed, []Reason{Originals}},
		"two numbers": {func(s *Seen) { s.Papers = append(s.Papers, Paper{"PZ-2", true}) }, Failed,
			[]Reason{Numbers}},
		"a paper of no name": {func(s *Seen) { s.Papers[0].Number = "" }, Failed, []Reason{Numbers}},
		"no receipt":         {func(s *Seen) { s.Papers = nil }, Failed, []Reason{NoReceipt}},
		"nothing was pulled": {func(s *Seen) { s.Cut = false }, NotKnown, []Reason{NotCut}},
		"not put back":       {func(s *Seen) { s.Mended, s.Papers = false, nil }, NotKnown, []Reason{NotMended}},
		"WeChat is silent": {func(s *Seen) { s.Word, s.Told, s.Transaction = "", 0, "" }, NotKnown,
			[]Reason{Unasked}},
		"the ledger is not read": {func(s *Seen) { s.Ledger = nil }, NotKnown, []Reason{Unread}},
		"given back already":     {func(s *Seen) { s.Word = payment.TradeRefund }, NotKnown, []Reason{Back}},
		"broken off":             {func(s *Seen) { s.Broken = "interrupted" }, NotKnown, []Reason{BrokenOff}},
		"without a printer": {func(s *Seen) { s.Printerless, s.Papers = true, nil }, NotKnown,
			[]Reason{Unprinted}},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			s := well(Network, "1")
			tt.change(&s)
			verdict, why := Judge(s)
			if verdict != tt.verdict || !slices.Equal(why, tt.why) {
				t.Errorf("got %s %q, want %s %q", verdict, why, tt.verdict, tt.why)
			}
			for _, r := range why {
				for _, lang := range []message.Lang{message.Chinese, message.English} {
					if id := "why." + string(r); Words(lang, id) == id {
						t.Errorf("%s has no words", id)
					}
				}
			}
		})
	}
}

func whole() Report {
	r := Report{Name: "20261129-091500", Court: "北京市东城区人民法院", Kiosk: "03", Tried: "DABCDEFG",
		Merchant: payment.Merchant{MchID: "1900000001"}}
	for i, a := range Acts {
		r.Acts = append(r.Acts, well(a, string(rune('1'+i))))
	}
	return r
}

func TestReport(t *testing.T) {
	tests := map[string]struct {
		change func(*Report)
		want   Verdict
		back   int
	}{
		"all held":                     {func(*Report) {}, Held, 3},
		"one failed":                   {func(r *Report) { r.Acts[1].Early = true }, Failed, 3},
		"one not known":                {func(r *Report) { r.Acts[2].Cut = false }, NotKnown, 3},
		"one was never begun":          {func(r *Report) { r.Acts = r.Acts[:2]; r.BrokenOff = "x" }, NotKnown, 2},
		"none was":                     {func(r *Report) { r.Acts = nil }, NotKnown, 0},
		"two receipts with one number": {func(r *Report) { r.Acts[1].Papers[0].Number = "PZ-1" }, Failed, 3},
		"paid by WeChat's word alone":  {func(r *Report) { r.Acts[0].Ledger = nil }, NotKnown, 3},
		"taken as two orders": {func(r *Report) {
			r.Acts[0].Ledger = append(r.Acts[0].Ledger, Entry{No: "1b", State: payment.Paid, Paid: Amount,
				Transaction: "421b", Bookings: 1})
		}, Failed, 4},
		"paid by the ledger's word only": {func(r *Report) { r.Acts[0].Word, r.Acts[0].Shown = "", time.Time{} },
			NotKnown, 3},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			r := whole()
			tt.change(&r)
			if got := r.Verdict(); got != tt.want {
				t.Errorf("got %s, want %s: %+v", got, tt.want, r.Judged())
			}
			if got := len(r.Refundable()); got != tt.back {
				t.Errorf("%d to be given back, want %d", got, tt.back)
			}
		})
	}
}

// The protocol says the same in both languages, on every paper.
func TestProtocol(t *testing.T) {
	r := whole()
	r.Acts[1].Early = true
	for _, lang := range []message.Lang{message.Chinese, message.English} {
		text := r.Text(lang)
		for _, want := range []string{"20261129-091500", "DABCDEFG", "421", "422", "423", "PZ-3", "1900000001", "¥0.01",
			Words(lang, "why.claimed"), Words(lang, "verdict.failed"),
			Words(lang, "sign.court") + ": ____"} {
			if !strings.Contains(text, want) {
				t.Errorf("%s does not say %q:\n%s", lang, want, text)
			}
		}
		if strings.Contains(text, "drill.") {
			t.Errorf("%s lacks words:\n%s", lang, text)
		}
		for _, roll := range []paper.Roll{paper.Roll58, paper.Roll80} {
			if _, err := paper.LayoutSlip(r.Sheet(lang), roll); err != nil {
				t.Error(err)
			}
		}
		f, err := os.Create(filepath.Join(t.TempDir(), "protocol.pdf"))
		if err != nil {
			t.Fatal(err)
		}
		doc, err := paper.OnA4(r.Sheet(lang))
		if err == nil {
			err = doc.PDF(f)
		}
		if err != nil {
			t.Error(err)
		}
	}
}

// Nothing of the tried program is the court's but who it is, and no drill's numbers are another's.
func TestBeside(t *testing.T) {
	c := config.Defaults()
	c.Court.Code, c.Kiosk.ID, c.Environment = "京0101", "03", config.Test
	c.Clerk.Listen, c.Bills.Watch, c.Receipt.SigningKey = "10.0.0.1:8443", "/bills.csv", "/key"
	c.WeChat.Fine = &config.WeChat{MchID: "2"}
	b, err := Beside(c, "/d", "127.0.0.1:9")
	if err != nil {
		t.Fatal(err)
	}
	if b.Ledger.File != "/d/state/ledger.db" || b.MarkFile() == c.MarkFile() || b.Clerk.Listen != "" ||
		b.Bills.Watch != "" || b.SigningKeyFile() != "/d/state/receipt.key" || b.WeChat.Fine != nil ||
		b.WeChat.Proxy != "http://127.0.0.1:9" || b.Kiosk.ID == c.Kiosk.ID {
		t.Errorf("%+v", b)
	}
	c.WeChat.Proxy = "http://it@proxy.court.example:3128"
	if b, err = Beside(c, "/d", "127.0.0.1:9"); err != nil || b.WeChat.Proxy != "http://it@127.0.0.1:9" {
		t.Errorf("%s, %v", b.WeChat.Proxy, err)
	}
	numbers := make(map[string]bool)
	for _, id := range []string{"03", "04"} {
		for _, name := range []string{"20261129-091500", "20261129-091501"} {
			for _, a := range Acts {
				c.Kiosk.ID = id
				numbers[Notice(name, c, a)] = true
			}
		}
	}
	if len(numbers) != 12 {
		t.Errorf("%d numbers of 12 notices", len(numbers))
	}
	for _, environment := range []string{config.Production, config.Demo} {
		c.Environment = environment
		if _, err := Beside(c, "/d", "x"); err == nil {
			t.Errorf("in %s", environment)
		}
	}
}

// An order that WeChat was not asked about may have been paid: the protocol does not say that nothing was.
func TestUnaskedIsNotUnpaid(t *testing.T) {
	r := Report{Acts: []Seen{{Act: Network, Order: "1", Broken: "interrupted"}}}
	if text := r.Text(message.English); strings.Contains(text, "Nothing was paid") ||
		!strings.Contains(text, "could not be asked about every order") {
		t.Errorf("says\n%s", text)
	}
	r.Acts[0].Word = payment.TradeClosed
	if text := r.Text(message.English); !strings.Contains(text, "Nothing was paid") {
		t.Errorf("says\n%s", text)
	}
}
