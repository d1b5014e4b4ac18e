package lobby

import (
	"context"
	"errors"
	"log/slog"
	"slices"
	"strings"
	"testing"
	"time"

	"courtkiosk/app"
	"courtkiosk/app/bill/register"
	"courtkiosk/app/config"
	"courtkiosk/app/counter"
	"courtkiosk/payment"
	"courtkiosk/payment/ledgertest"
	"courtkiosk/payment/wechatsim"
	"courtkiosk/ui/view"
)

// demoStage is a lobby with the whole demo behind it: the counter, a ledger, a simulated WeChat Pay, a folder of
// receipts.
type demoStage struct {
	*stage
	app     *app.App
	options []app.Option // where its ledger is
	halt    func()       // stops the app's background
}

// demoStores are the ledgers that the demo is run over.
var demoStores = map[string]func() []app.Option{
	"a file": func() []app.Option { return nil },
	"memory": func() []app.Option {
		l := ledgertest.NewMemory(payment.Identity{Court: "京0101", Environment: config.Demo, Instance: "X"})
		return []app.Option{app.OnLedger(l, l)}
	},
}

// demo runs a test over each store.
func demo(t *testing.T, run func(t *testing.T, s *demoStage)) {
	for name, options := range demoStores {
		t.Run(name, func(t *testing.T) { run(t, newDemoStage(t, options())) })
	}
}

func newDemoStage(t *testing.T, options []app.Option) *demoStage {
	t.Helper()
	a, err := app.OpenDemo(t.TempDir(), nil, slog.New(slog.DiscardHandler), options...)
	if err != nil {
		t.Fatal(err)
	}
	s := &demoStage{options: options}
	t.Cleanup(func() { // after the last stage has stopped
		s.halt()
		if err := s.app.Close(); err != nil {
			t.Error(err)
		}
	})
	s.start(t, a)
	return s
}

// start has a new lobby at an app.
func (s *demoStage) start(t *testing.T, a *app.App) {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	s.app, s.halt = a, cancel
	wait, err := a.Start(ctx)
	if err != nil {
		t.Fatal(err)
	}
	s.halt = func() { cancel(); wait() }
	s.stage = newStage(t)
	s.gate.Counter, s.gate.Printer, s.opt.DemoPay = a.Counter(), a.Printer(), a.Demo.Pay
}

// restart stops the program and starts it anew at the same WeChat.
func (s *demoStage) restart() {
	s.t.Helper()
	s.Stop()
	s.halt()
	stand := s.app.Demo
	s.app.Demo = nil // it goes on
	if err := s.app.Close(); err != nil {
		s.t.Fatal(err)
	}
	a, err := app.Open(s.app.Config, slog.New(slog.DiscardHandler), s.options...)
	if err != nil {
		s.t.Fatal(err)
	}
	a.Demo = stand
	s.start(s.t, a)
}

func (s *demoStage) order() string { return s.visit.paying.order.Order }

// proves types the end of WeChat's number, and has the receipt printed.
func (s *demoStage) proves(id string) {
	s.t.Helper()
	s.digits(id[len(id)-proofDigits:])
	s.press(view.Confirm)
	s.until("done")
	s.untilPrinted()
}

// finds looks for the case, and comes to the question for a proof.
func (s *demoStage) finds() {
	s.t.Helper()
	s.home()
	s.press(view.Find)
	s.digits("12345")
	s.press(view.Confirm)
	s.until("where")
	s.press(view.Reprint)
	s.until("proof")
}

// copies wants the order's receipt printed so often.
func (s *demoStage) copies(order string, want int) {
	s.t.Helper()
	effects, err := s.app.Ledger().Effects(s.t.Context(), order)
	i := slices.IndexFunc(effects, func(e payment.Effect) bool { return e.Kind == "receipt" })
	if err != nil || i < 0 || effects[i].State != payment.Done || effects[i].Tries != want {
		s.t.Errorf("printed %+v, %v; want %d times", effects, err, want)
	}
}

func TestDemoMainPath(t *testing.T) { demo(t, mainPath) }

func mainPath(t *testing.T, s *demoStage) {
	s.toPay()
	if p := s.screen.(view.Pay); !strings.Contains(p.QR, "/phone/") || p.Left < 290 || p.Total != 300 {
		t.Errorf("pay %+v", p)
	}
	s.press(view.DemoPay)
	s.until("done")
	s.untilPrinted()
	s.press(view.Reprint) // this visit has paid: another copy needs no proof
	s.untilPrinted()
	id, order := s.visit.printing.facts.transaction, s.order()
	s.finds()
	s.digits("000000")
	s.press(view.Confirm)
	s.until("proof")
	if p := s.screen.(view.Proof); p.Left != 4 || p.Wait != 5 || !strings.Contains(p.Wrong, "还可以输入4次") {
		t.Errorf("after wrong digits: %+v", p)
	}
	s.visit.proof.until = time.Time{} // a face that does not know of the pause is told by the counter
	s.digits(id[len(id)-proofDigits:])
	s.press(view.Confirm)
	s.until("proof")
	if p := s.screen.(view.Proof); p.Left != 4 || p.Wait == 0 || !strings.Contains(p.Wrong, "秒后") ||
		len(p.Digits) != 6 {
		t.Errorf("too soon: %+v", p)
	}
	s.await(func() bool { return s.visit.proof.wait(time.Now()) == 0 },
		func() string { return "the pause does not end" })
	s.press(view.Confirm)
	s.until("done")
	s.untilPrinted()
	s.home()
	s.scans(order)
	s.until("where")
	s.press(view.Reprint)
	s.until("proof")
	s.proves(id)
	if d := s.screen.(view.Done); d.Amount != "¥2,700.00" || d.Rows[0].Value != theCase || d.Rows[1].Value != "案件受理费" {
		t.Errorf("done %+v", d)
	}
	s.copies(order, 4)
	paper, err := s.app.Counter().Paper(t.Context(), order)
	if err != nil {
		t.Fatal(err)
	}
	s.restart()
	s.finds()
	s.proves(id)
	s.copies(order, 5)
	s.home()
	s.scans(paper.Code) // who holds a receipt types no digits
	s.until("where")
	if w := s.screen.(view.Where); w.Number != theCase || !w.Print || len(w.Facts) != 3 {
		t.Errorf("the receipt leads to %+v", w)
	}
	s.press(view.Reprint)
	s.until("done")
	s.untilPrinted()
	s.copies(order, 6)
}

// A code that stands on the screen when the program ends is the next run's: the same order, and its payment counts.
func TestDemoRestartUnderTheCode(t *testing.T) {
	demo(t, func(t *testing.T, s *demoStage) {
		s.toPay()
		order := s.order()
		s.restart()
		s.toPay()
		if s.order() != order {
			t.Errorf("the code is of %s, was of %s", s.order(), order)
		}
		s.press(view.DemoPay)
		s.until("done")
		s.untilPrinted()
		s.copies(order, 1)
	})
}

func TestDemoCancelAndNewCode(t *testing.T) { demo(t, cancelAndNewCode) }

func cancelAndNewCode(t *testing.T, s *demoStage) {
	s.toPay()
	first := s.order()
	s.press(view.Cancel)
	s.until("notice-cancelled")
	s.press(view.NewCode)
	s.until("pay")
	if s.order() == first {
		t.Errorf("the new code is of the order %s that was closed", first)
	}
}

func TestDemoACancelThatLosesTheRaceIsPaid(t *testing.T) { demo(t, lostCancel) }

func lostCancel(t *testing.T, s *demoStage) {
	s.toPay()
	no := s.order()
	s.app.Demo.Inject(func(c wechatsim.Call) *wechatsim.Fault {
		if c.Op == "close" {
			_ = s.app.Demo.Sim.Pay(no)
		}
		return nil
	})
	s.press(view.Cancel)
	s.until("done")
	s.untilPrinted()
}

// A payment that is not what we asked for is never shown as paid.
func TestDemoAWrongAmountGoesToTheWindow(t *testing.T) { demo(t, wrongAmount) }

func wrongAmount(t *testing.T, s *demoStage) {
	s.toPay()
	if err := s.app.Demo.PayDifferently(s.order(), func(o *wechatsim.Order) { o.PaidTotal-- }); err != nil {
		t.Fatal(err)
	}
	s.wish(s.visit, s.order(), nil, counter.Look)
	s.until("notice-disputed")
}

// The court changes a bill while its code stands on the screen: the code is closed, and the visitor is not told that
// time was over.
func TestDemoABillThatChangesUnderTheCode(t *testing.T) { demo(t, billChanges) }

func billChanges(t *testing.T, s *demoStage) {
	s.toPay()
	list := "案号,费用项目,金额\n（2026）京0101民初12345号,案件受理费,2800\n"
	bills := s.app.Court().(*register.Register)
	_, err := bills.Import(t.Context(), strings.NewReader(list), "new.csv", time.Now())
	if bad, ok := errors.AsType[*register.Refused](err); ok && bad.Missing > 0 { // the demo's bills, on purpose
		_, err = bills.ImportAgreed(t.Context(), strings.NewReader(list), "new.csv", time.Now(),
			register.Agreed{Missing: bad.Missing})
	}
	if err != nil {
		t.Fatal(err)
	}
	s.app.Counter().Recheck(t.Context())
	s.until("notice-stopped")
	s.press(view.StartPaying)
	if s.screen.Name() != "case" {
		t.Errorf("asking again leads to %s", s.screen.Name())
	}
}

// Who leaves a payment that is under way finds it again: the same order, its code asked about before it is shown.
func TestDemoComingBack(t *testing.T) { demo(t, comingBack) }

func comingBack(t *testing.T, s *demoStage) {
	s.toPay()
	first := s.order()
	s.home() // the window's idle limit does not reach a code; a restart of the window does
	s.toPay()
	if s.order() != first {
		t.Errorf("the code is of %s, was of %s", s.order(), first)
	}
	o, err := s.app.Ledger().Order(t.Context(), first)
	if err != nil || o.Visit != s.visit.id || o.State != payment.Waiting {
		t.Errorf("the ledger has %s of visit %s, %v", o.State, o.Visit, err)
	}
}
