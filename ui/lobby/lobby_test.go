package lobby

import (
	"bytes"
	"context"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/test"

	"courtkiosk/app"
	"courtkiosk/app/message"
	"courtkiosk/app/receipt"
	"courtkiosk/payment"
	"courtkiosk/payment/wechatsim"
	"courtkiosk/ui/style"
	"courtkiosk/ui/view"
)

// stage is a lobby with the whole demo behind it. Fyne's test driver runs what is given to its thread on the caller, so the stage has a
// thread of its own: the test.
type stage struct {
	*lobby
	t    *testing.T
	jobs chan func()
	said sink
}

// sink keeps what the lobby logs.
type sink struct {
	mu sync.Mutex
	bytes.Buffer
}

func (s *sink) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.Buffer.Write(p)
}

// thread takes what is given to Fyne's thread. What an earlier test left running finds the thread of the present one, where a visit
// that has ended is of no interest.
var thread atomic.Pointer[chan func()]

func TestMain(m *testing.M) {
	seam.OnScreen = func(fn func()) {
		if jobs := thread.Load(); jobs != nil {
			*jobs <- fn
		}
	}
	os.Exit(m.Run())
}

func newStage(t *testing.T) *stage {
	t.Helper()
	a, err := app.OpenDemo(t.TempDir(), nil, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	wait, err := a.Start(ctx)
	if err != nil {
		t.Fatal(err)
	}
	th, err := style.NewTheme()
	if err != nil {
		t.Fatal(err)
	}
	test.NewTempApp(t).Settings().SetTheme(th)
	s := &stage{t: t, jobs: make(chan func(), 256)}
	thread.Store(&s.jobs)
	s.lobby = newLobby(ctx, a, slog.New(slog.NewTextHandler(&s.said, nil)), func(error) {})
	s.object().Resize(fyne.NewSize(1080, 1920))
	s.home()
	t.Cleanup(func() {
		s.stop()
		cancel()
		wait()
		if err := a.Close(); err != nil {
			t.Error(err)
		}
	})
	return s
}

// until runs what comes in until the screen has a name.
func (s *stage) until(name string) {
	s.t.Helper()
	deadline := time.After(20 * time.Second)
	for s.screen.Name() != name {
		select {
		case fn := <-s.jobs:
			fn()
		case <-deadline:
			s.t.Fatalf("the screen is %s, not %s", s.screen.Name(), name)
		}
	}
}

func (s *stage) press(kinds ...view.Kind) {
	for _, k := range kinds {
		s.intent(view.Intent{Kind: k})
	}
}

func (s *stage) digits(text string) {
	for _, d := range text {
		s.intent(view.Intent{Kind: view.Digit, Arg: string(d)})
	}
}

func (s *stage) toFee(number string) {
	s.t.Helper()
	s.press(view.StartPaying)
	s.digits(number)
	s.press(view.Confirm)
	s.until("fee")
}

func (s *stage) scans(text string) {
	for _, r := range text {
		s.typed(r)
	}
	s.scanned()
}

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
	for !s.screen.(view.Done).Printed {
		(<-s.jobs)()
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
	s.toFee("12345")
	s.press(view.Confirm)
	s.until("pay")
	first := s.visit.order.No
	s.press(view.Cancel)
	if s.screen.Name() != "working" {
		t.Errorf("a cancel shows %s before WeChat has spoken", s.screen.Name())
	}
	s.until("notice-cancelled")
	s.press(view.NewCode)
	s.until("pay")
	if s.visit.order.No == first || s.visit.order.Attempt != 2 {
		t.Errorf("the new code is of order %s, attempt %d", s.visit.order.No, s.visit.order.Attempt)
	}
}

func TestACancelThatLosesTheRaceIsPaid(t *testing.T) {
	s := newStage(t)
	s.toFee("12345")
	s.press(view.Confirm)
	s.until("pay")
	no := s.visit.order.No
	s.app.Demo.Inject(func(c wechatsim.Call) *wechatsim.Fault {
		if c.Op == "close" {
			_ = s.app.Demo.Sim.Pay(no)
		}
		return nil
	})
	s.press(view.Cancel)
	s.until("done")
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
	if s.screen.Name() != "home" || s.frame.Lang != message.Chinese || s.frame.Purse != "" || len(s.visit.dues) != 0 {
		t.Errorf("left behind: %s, %+v, %+v", s.screen.Name(), s.frame, s.visit)
	}
}

func TestScanner(t *testing.T) {
	s := newStage(t)
	s.scans("（2026）京0101民初12345号")
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
		if log := s.said.String(); !strings.Contains(log, "scan") && !strings.Contains(log, "case") || strings.Contains(log, strings.Trim(hostile, "\x1b")[:4]) && hostile != "hello" {
			t.Errorf("the log says %s", log)
		}
		s.home()
	}
	s.scans("（2026）黔0105民初4711号")
	if n := s.screen.(view.Notice); !strings.Contains(n.Words.Sentence, "贵") {
		t.Errorf("a slip is told as %+v", n.Words)
	}
	s.home()
	s.scans("1101012026000001") // a payment code
	s.until("fee")
	if d := s.visit.due; d.Bill.Case.String() != "（2026）京0101民初12345号" || d.Amount() != 270000 {
		t.Errorf("the code is for %+v", d)
	}
	s.home()
	s.scans("https://pay.court.example/f?x=1&jkm=1101012026000002")
	s.until("fee") // the case has three bills; the code names one
	s.home()
	s.scans("1101012026999999")
	s.until("notice-not-found")
	if n := s.screen.(view.Notice); len(n.Rows) != 0 {
		t.Errorf("an unknown code is told as %+v", n.Rows)
	}
	s.home()
	s.scans("（2026）京0105民初1号")
	s.until("notice-other-court")
	if n := s.screen.(view.Notice); len(n.Rows) < 2 || n.Rows[1].Value != "北京市朝阳区人民法院" {
		t.Errorf("another court's number is told as %+v", n.Rows)
	}
	s.home()
	s.press(view.StartPaying)
	s.scans("123")
	if e := s.screen.(view.Case).Entry; e.Serial != "123" {
		t.Errorf("typed digits give %q", e.Serial)
	}
}

func TestProofOfPossession(t *testing.T) {
	s := newStage(t)
	s.toFee("12345")
	s.press(view.Confirm)
	s.until("pay")
	s.press(view.DemoPay)
	s.until("done")
	for !s.screen.(view.Done).Printed {
		(<-s.jobs)()
	}
	id := s.visit.order.TransactionID
	s.home()
	ask := func() {
		s.press(view.Find)
		s.digits("12345")
		s.press(view.Confirm)
		s.until("notice-paid")
		s.press(view.Reprint)
	}
	ask()
	wrong := "000000"
	if strings.HasSuffix(id, wrong) {
		wrong = "111111"
	}
	for range maxWrongProof {
		s.digits(wrong)
		s.press(view.Confirm)
	}
	if s.screen.Name() != "home" {
		t.Errorf("after %d wrong numbers: %s", maxWrongProof, s.screen.Name())
	}
	ask()
	s.digits(id[len(id)-6:])
	s.press(view.Confirm)
	s.until("done")
}

func TestWrongAndUnknownNumbers(t *testing.T) {
	s := newStage(t)
	s.press(view.StartPaying, view.Confirm)
	if c, ok := s.screen.(view.Case); !ok || c.Wrong == "" {
		t.Errorf("an empty number leads to %+v", s.screen)
	}
	s.digits("99999")
	s.press(view.Confirm)
	s.until("notice-not-found")
	s.press(view.StartPaying)
	if c, ok := s.screen.(view.Case); !ok || c.Entry.Serial != "99999" {
		t.Errorf("typing again begins with %+v", s.screen)
	}
	s.home()
	s.press(view.StartPaying)
	s.digits("12349")
	s.press(view.Confirm)
	s.until("notice-nothing-owed")
}

// A payment that is not what we asked for is never shown as paid.
func TestAWrongAmountGoesToTheWindow(t *testing.T) {
	s := newStage(t)
	s.toFee("12345")
	s.press(view.Confirm)
	s.until("pay")
	if err := s.app.Demo.PayDifferently(s.visit.order.No, func(o *wechatsim.Order) { o.PaidTotal-- }); err != nil {
		t.Fatal(err)
	}
	s.visit.session.Ask()
	s.until("notice-disputed")
}

func TestClosedServiceIsShownBeforeAnythingIsTyped(t *testing.T) {
	s := newStage(t)
	closed := &app.ClosedError{Reason: app.ClockWrong}
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

func TestSeamKeepsTheLatest(t *testing.T) {
	jobs := make(chan func(), 8)
	thread.Store(&jobs)
	var got []int
	s := seam.To(func(n int) { got = append(got, n) })
	for n := range 5 {
		s.Send(n)
	}
	if len(jobs) != 1 {
		t.Fatalf("%d jobs for values that nobody took", len(jobs))
	}
	(<-jobs)()
	s.Send(7)
	(<-jobs)()
	if len(got) != 2 || got[0] != 4 || got[1] != 7 {
		t.Errorf("got %v, want 4 and 7", got)
	}
}

// The printer is asked before money is taken. Its trouble is said on the fee screen, keeps nobody from paying, and a payment is never doubted for it:
// the receipt waits until the printer is well.
func TestPrinterTroubleIsSaidBeforeMoneyIsTaken(t *testing.T) {
	s := newStage(t)
	folder := s.app.Config.Receipt.Address
	if err := os.Rename(folder, folder+".away"); err != nil {
		t.Fatal(err)
	}
	s.toFee("12345")
	for s.screen.(view.Fee).Printer == "" {
		(<-s.jobs)()
	}
	if words := s.screen.(view.Fee).Printer; !strings.Contains(words, "打印机没有连接") || !strings.Contains(words, "2号窗口") {
		t.Errorf("the fee screen says %q", words)
	}
	s.press(view.Confirm)
	s.until("pay")
	s.press(view.DemoPay)
	s.until("done")
	for !s.screen.(view.Done).Trouble {
		(<-s.jobs)()
	}
	if d := s.screen.(view.Done); d.Printed || !strings.Contains(d.Print, "款已交清") || d.Amount != "¥2,700.00" {
		t.Errorf("the last screen says %+v", d)
	}
	effects, err := s.app.Ledger().Effects(t.Context(), s.visit.order.No)
	effects = slices.DeleteFunc(effects, func(e payment.Effect) bool { return e.Kind != "receipt" })
	if err != nil || len(effects) != 1 || effects[0].State != payment.Owed || effects[0].Tries != 0 {
		t.Errorf("owed is %+v, %v", effects, err)
	}
	if err := os.Rename(folder+".away", folder); err != nil {
		t.Fatal(err)
	}
	if out, err := s.app.Reprint(t.Context(), s.visit.order.No); err != nil || !out.Proven() {
		t.Errorf("once the printer is well: %s, %v", out, err)
	}
}

// Whatever is wrong with a printer has words of its own, in both languages, on the screen before the payment and on the one after it.
func TestEveryConditionOfAPrinterHasWords(t *testing.T) {
	s := newStage(t)
	seen := make(map[string]receipt.Condition)
	for range 2 {
		for _, c := range []receipt.Condition{receipt.PaperOut, receipt.CoverOpen, receipt.Jammed, receipt.Broken, receipt.Offline, receipt.Silent} {
			words := s.printerWords(&receipt.TroubleError{Condition: c})
			if words == "printer."+string(c) || seen[words] != "" {
				t.Errorf("%s is called %q, as is %q", c, words, seen[words])
			}
			seen[words] = c
			for _, id := range []string{"fee.noprinter", "print.trouble", "print.doubt"} {
				if text := s.text(id, "printer", words); !strings.Contains(text, words) || strings.Contains(text, "{") || !strings.Contains(text, s.frame.Window) {
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
	for s.screen.(view.CalcSteps).Slip != s.text("calc.slipped") {
		(<-s.jobs)()
	}
	if slips, err := filepath.Glob(filepath.Join(s.app.Config.Receipt.Address, "GS-*.pdf")); err != nil || len(slips) != 1 {
		t.Errorf("slips %v, %v", slips, err)
	}
	s.press(view.Language)
	if v := s.screen.(view.CalcSteps); len(v.Rows) != 4 || v.Rows[3].Label != "Halved" {
		t.Errorf("in English %+v", v)
	}
	s.press(view.Back)
	s.intent(view.Intent{Kind: view.PickKind, Arg: "labour"})
	if v := s.screen.(view.Calc); v.Priced || v.Fee != "¥5.00" {
		t.Errorf("by the case %+v", v)
	}
	s.tick(tick{now: s.visit.touched.Add(61 * time.Second)})
	if s.screen.Name() != "home" || s.visit.calc != (view.Calculator{}) {
		t.Errorf("left behind: %s, %+v", s.screen.Name(), s.visit.calc)
	}
}

// The court changes a bill while its code stands on the screen: the code is closed, and the visitor is not told that time was over.
func TestABillThatChangesUnderTheCode(t *testing.T) {
	s := newStage(t)
	s.toFee("12345")
	s.press(view.Confirm)
	s.until("pay")
	list := "案号,费用项目,金额\n（2026）京0101民初12345号,案件受理费,2800\n"
	if _, err := s.app.Bills().Import(t.Context(), strings.NewReader(list), "new.csv", time.Now()); err != nil {
		t.Fatal(err)
	}
	s.app.Recheck(t.Context())
	s.until("notice-stopped")
	s.press(view.StartPaying)
	if s.screen.Name() != "case" {
		t.Errorf("asking again leads to %s", s.screen.Name())
	}
}
