package lobby

import (
	"bytes"
	"context"
	"fmt"
	"log/slog"
	"os"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/test"

	"courtkiosk/app/bill"
	"courtkiosk/app/counter"
	"courtkiosk/app/counter/countertest"
	"courtkiosk/app/message"
	"courtkiosk/app/receipt"
	"courtkiosk/payment"
	"courtkiosk/ui/seam"
	"courtkiosk/ui/style"
	"courtkiosk/ui/view"
)

// stage is a lobby at a fake counter. Fyne's test driver runs what is given to its thread on the caller, so the stage
// has a thread of its own: the test.
type stage struct {
	*Lobby
	t       *testing.T
	fake    *countertest.Fake
	printer *printer
	gate    *gate
	jobs    chan func()
	said    sink
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

// printer keeps what it prints, and is troubled by what a test says.
type printer struct {
	mu      sync.Mutex
	trouble error
	papers  []receipt.Receipt
	slips   []receipt.Slip
}

func (p *printer) Print(_ context.Context, r receipt.Receipt) (receipt.Outcome, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.trouble != nil {
		return "", p.trouble
	}
	p.papers = append(p.papers, r)
	return receipt.PrintedProven, nil
}

func (p *printer) PrintSlip(_ context.Context, s receipt.Slip) (receipt.Outcome, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.trouble != nil {
		return "", p.trouble
	}
	p.slips = append(p.slips, s)
	return receipt.PrintedProven, nil
}

func (p *printer) Ready(context.Context) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.trouble
}

func (p *printer) breaks(err error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.trouble = err
}

func (p *printer) printed() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return len(p.papers)
}

// thread takes what is given to Fyne's thread. What an earlier test left running finds the thread of the present one,
// where a visit that has ended is of no interest.
var thread atomic.Pointer[chan func()]

func TestMain(m *testing.M) {
	seam.OnScreen = func(fn func()) {
		if jobs := thread.Load(); jobs != nil {
			*jobs <- fn
		}
	}
	os.Exit(m.Run())
}

// theme is read once: fonts take longer than most of these tests.
var theme = sync.OnceValues(style.NewTheme)

// theCase is the case that most tests are about, and its payment code.
const (
	theCase = "（2026）京0101民初12345号"
	theCode = "1101012026000001"
)

func owed(number, item, code string, amount payment.Fen) counter.Due {
	return counter.Due{
		Bill: code, ID: "litigation " + number, Quote: "quote of " + code, State: bill.DueOwed,
		Case: number, Base: number, Item: item, Purse: bill.Litigation, Amount: amount, Payer: "张*明",
		Payee: "北京市东城区人民法院", Cause: "买卖合同纠纷",
	}
}

// dues are what the court asks for in these tests.
func dues() []counter.Due {
	nothing := owed("（2026）京0101民初12349号", "案件受理费", "1101012026000007", 0)
	nothing.State = bill.DueNothing
	return []counter.Due{
		owed(theCase, "案件受理费", theCode, 270000),
		owed("（2026）京0101民初12346号", "案件受理费", "1101012026000002", 430000),
		owed("（2026）京0101民初12346号", "财产保全申请费", "1101012026000003", 152000),
		owed("（2026）京0101执4410号", "申请执行费", "1101012026000011", 145000),
		owed("（2026）京0101执4410号", "执行款", "1101012026000012", 10333333),
		nothing,
	}
}

func newStage(t *testing.T, set ...func(*Options)) *stage {
	t.Helper()
	th, err := theme()
	if err != nil {
		t.Fatal(err)
	}
	test.NewTempApp(t).Settings().SetTheme(th)
	scanner, err := bill.NewScanner(bill.DefaultPatterns)
	if err != nil {
		t.Fatal(err)
	}
	s := &stage{t: t, fake: countertest.New(dues()...), printer: new(printer), jobs: make(chan func(), 256)}
	s.gate = &gate{Counter: s.fake, Printer: s.printer}
	thread.Store(&s.jobs)
	s.fake.Paying(coded)
	ctx, cancel := context.WithCancel(context.Background())
	o := Options{
		Counter: s.gate, Printer: s.gate, Log: slog.New(slog.NewTextHandler(&s.said, nil)),
		Frame: view.Frame{
			Lang: message.Chinese, Court: "北京市东城区人民法院", Hotline: "12368", Kiosk: "03",
			Window: "2号窗口", Cash: "2号窗口", Loud: true,
		},
		Courts: []string{"京0101"}, Scanner: scanner, IdleAfter: time.Minute, DemoPay: s.demoPay,
		Broken: func() { t.Error("the program was ended") },
	}
	for _, fn := range set {
		fn(&o)
	}
	s.Lobby = New(ctx, o)
	s.Object().Resize(fyne.NewSize(1080, 1920))
	s.home()
	t.Cleanup(func() {
		s.Stop()
		cancel()
	})
	return s
}

// coded is an order whose code is known at once.
func coded(a counter.Ask) counter.Progress {
	now := time.Now()
	return counter.Progress{
		Order: "ORDER-" + a.ID, Reference: "ZF-0101-03-261123-0087", State: payment.Waiting, Amount: 270000, Now: now,
		Code: "weixin://phone/" + a.ID, CreatedAt: now, Expires: now.Add(5 * time.Minute),
		PayWithin: 5 * time.Minute, Asked: now,
	}
}

// demoPay is a phone that pays.
func (s *stage) demoPay(string) error {
	s.tell(func(p *counter.Progress) { paidOn(p) })
	return nil
}

func paidOn(p *counter.Progress) {
	p.State, p.PaidAmount, p.PaidAt = payment.Paid, p.Amount, time.Now()
	p.TransactionID = "4200002611202611231234567890"
}

// tell has the counter say something else of the order on the screen, and of its bill once it is paid.
func (s *stage) tell(change func(*counter.Progress)) {
	p, err := s.fake.Progress(s.t.Context(), s.visit.paying.order.Order)
	if err != nil {
		s.t.Fatal(err)
	}
	change(&p)
	p.Now = time.Now()
	if p.State == payment.Paid {
		list := dues()
		list[0].State, list[0].Order, list[0].PaidAt = bill.DuePaid, p.Order, p.PaidAt
		s.fake.Put(list...)
		s.fake.Proves(p.Order, p.TransactionID[len(p.TransactionID)-proofDigits:])
	}
	s.fake.Tell(p)
}

// until runs what comes in until the screen has a name.
func (s *stage) until(name string) {
	s.t.Helper()
	s.await(func() bool { return s.screen.Name() == name }, func() string {
		return fmt.Sprintf("the screen is %s, not %s", s.screen.Name(), name)
	})
}

// await runs what comes in until something is so.
func (s *stage) await(so func() bool, why func() string) {
	s.t.Helper()
	deadline := time.After(20 * time.Second)
	for !so() {
		select {
		case fn := <-s.jobs:
			fn()
		case <-time.After(time.Millisecond): // what does not come through the seam is looked for
		case <-deadline:
			s.t.Fatal(why())
		}
	}
}

func (s *stage) untilPrinted() {
	s.t.Helper()
	s.await(func() bool { d, ok := s.screen.(view.Done); return ok && d.Printed }, func() string {
		return fmt.Sprintf("not printed: %+v", s.screen)
	})
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

func (s *stage) toPay() {
	s.t.Helper()
	s.toFee("12345")
	s.press(view.Confirm)
	s.until("pay")
}

func (s *stage) scans(text string) {
	for _, r := range text {
		s.typed(r)
	}
	s.scanned()
}

// wishes awaits as many wishes as are wanted, and compares.
func (s *stage) wishes(want ...counter.WishKind) {
	s.t.Helper()
	s.await(func() bool { return len(s.fake.Wishes()) >= len(want) }, func() string { return "too few wishes" })
	for i, w := range s.fake.Wishes() {
		if i >= len(want) || w.Kind != want[i] {
			s.t.Errorf("wishes %+v, want %v", s.fake.Wishes(), want)
			return
		}
	}
}
