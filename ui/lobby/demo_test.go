package lobby

import (
	"context"
	"log/slog"
	"strings"
	"testing"
	"time"

	"courtkiosk/app"
	"courtkiosk/app/bill/register"
	"courtkiosk/app/counter"
	"courtkiosk/payment"
	"courtkiosk/payment/wechatsim"
	"courtkiosk/ui/view"
)

// demoStage is a lobby with the whole demo behind it: the counter, a ledger, a simulated WeChat Pay, a folder of
// receipts.
type demoStage struct {
	*stage
	app *app.App
}

func newDemoStage(t *testing.T) *demoStage {
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
	t.Cleanup(func() { // after the stage has stopped
		cancel()
		wait()
		if err := a.Close(); err != nil {
			t.Error(err)
		}
	})
	s := &demoStage{newStage(t), a}
	s.gate.Counter, s.gate.Printer, s.opt.DemoPay = a.Counter(), a.Printer(), a.Demo.Pay
	return s
}

func (s *demoStage) order() string { return s.visit.paying.order.Order }

func TestDemoMainPath(t *testing.T) {
	s := newDemoStage(t)
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
	s.press(view.GoHome)
	s.press(view.Find)
	s.digits("12345")
	s.press(view.Confirm)
	s.until("notice-paid")
	s.press(view.Reprint)
	s.digits("000000")
	s.press(view.Confirm)
	s.until("proof")
	s.digits(id[len(id)-proofDigits:])
	s.press(view.Confirm)
	s.until("done")
	s.untilPrinted()
	s.home()
	s.scans(order)
	s.until("proof")
	s.digits(id[len(id)-proofDigits:])
	s.press(view.Confirm)
	s.until("done")
	s.untilPrinted()
	if d := s.screen.(view.Done); d.Amount != "¥2,700.00" || d.Rows[0].Value != theCase || d.Rows[1].Value != "案件受理费" {
		t.Errorf("done %+v", d)
	}
}

func TestDemoCancelAndNewCode(t *testing.T) {
	s := newDemoStage(t)
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

func TestDemoACancelThatLosesTheRaceIsPaid(t *testing.T) {
	s := newDemoStage(t)
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
func TestDemoAWrongAmountGoesToTheWindow(t *testing.T) {
	s := newDemoStage(t)
	s.toPay()
	if err := s.app.Demo.PayDifferently(s.order(), func(o *wechatsim.Order) { o.PaidTotal-- }); err != nil {
		t.Fatal(err)
	}
	s.wish(s.visit, s.order(), nil, counter.Look)
	s.until("notice-disputed")
}

// The court changes a bill while its code stands on the screen: the code is closed, and the visitor is not told that
// time was over.
func TestDemoABillThatChangesUnderTheCode(t *testing.T) {
	s := newDemoStage(t)
	s.toPay()
	list := "案号,费用项目,金额\n（2026）京0101民初12345号,案件受理费,2800\n"
	bills := s.app.Court().(*register.Register)
	if _, err := bills.Import(t.Context(), strings.NewReader(list), "new.csv", time.Now()); err != nil {
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
func TestDemoComingBack(t *testing.T) {
	s := newDemoStage(t)
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
