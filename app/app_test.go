package app

import (
	"context"
	"errors"
	"log/slog"
	"maps"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"courtkiosk/app/bill"
	"courtkiosk/app/bill/register"
	"courtkiosk/app/caseno"
	"courtkiosk/app/config"
	"courtkiosk/app/counter"
	"courtkiosk/app/receipt"
	"courtkiosk/app/report"
	"courtkiosk/payment"
	"courtkiosk/payment/ledgertest"
	"courtkiosk/payment/wechatsim"
)

// A shop is the demo with everything real in it, WeChat on loopback included.
type shop struct {
	*App
	*counter.Counter
	t    *testing.T
	stop func()
}

func open(t *testing.T, list string, options ...Option) *shop {
	t.Helper()
	a, err := OpenDemo(t.TempDir(), nil, slog.New(slog.DiscardHandler), options...)
	if err != nil {
		t.Fatal(err)
	}
	s := &shop{t: t}
	s.start(a)
	t.Cleanup(func() {
		s.stop()
		if err := s.App.Close(); err != nil {
			t.Error(err)
		}
	})
	s.list(list)
	return s
}

func (s *shop) start(a *App) {
	s.t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	wait, err := a.Start(ctx)
	if err != nil {
		s.t.Fatal(err)
	}
	s.App, s.Counter, s.stop = a, a.Counter(), func() { cancel(); wait() }
}

// restart stops the program and starts it anew with the same WeChat.
func (s *shop) restart(options ...Option) {
	s.t.Helper()
	s.stop()
	demo := s.Demo
	s.Demo = nil // it goes on
	if err := s.App.Close(); err != nil {
		s.t.Fatal(err)
	}
	a, err := Open(s.Config, slog.New(slog.DiscardHandler), options...)
	if err != nil {
		s.t.Fatal(err)
	}
	a.Demo = demo
	s.start(a)
}

const columns = "案号,费用项目,金额,交费人\n"

func (s *shop) list(rows string) {
	s.t.Helper()
	if !strings.HasPrefix(rows, "案号") {
		rows = columns + rows
	}
	list := s.court.(*register.Register)
	_, err := list.Import(s.t.Context(), strings.NewReader(rows), "list.csv", time.Now())
	if bad, ok := errors.AsType[*register.Refused](err); ok && bad.Missing > 0 { // the demo's bills, on purpose
		_, err = list.ImportAgreed(s.t.Context(), strings.NewReader(rows), "list.csv", time.Now(),
			register.Agreed{Missing: bad.Missing})
	}
	if err != nil {
		s.t.Fatal(err)
	}
}

var number = caseno.Number{Year: 2026, Court: "京0101", Type: "民初", Serial: "1"}

const row = "（2026）京0101民初1号,案件受理费,2700,张晓明\n"

func (s *shop) only() counter.Due {
	s.t.Helper()
	dues, err := s.Find(s.t.Context(), bill.Query{Case: number})
	if err != nil || len(dues) != 1 {
		s.t.Fatalf("found %+v, %v", dues, err)
	}
	return dues[0]
}

// take asks for an order of a due as a visit.
func (s *shop) take(d counter.Due, visit string) (counter.Progress, error) {
	s.t.Helper()
	return s.Pay(s.t.Context(), counter.Ask{ID: visit + d.Quote, Visit: visit, Bill: d.Bill, Quote: d.Quote})
}

// taken wants an order in a state.
func (s *shop) taken(d counter.Due, visit string, want payment.State) counter.Progress {
	s.t.Helper()
	p, err := s.take(d, visit)
	if err != nil {
		s.t.Fatal(err)
	}
	return s.until(p.Order, visit, want)
}

// until follows an order to a state.
func (s *shop) until(order, visit string, want payment.State) counter.Progress {
	s.t.Helper()
	ctx, cancel := context.WithTimeout(s.t.Context(), 20*time.Second)
	defer cancel()
	news, err := s.Follow(ctx, order, visit)
	if err != nil {
		s.t.Fatal(err)
	}
	var p counter.Progress
	for p = range news {
		if p.State == want {
			return p
		}
	}
	s.t.Fatalf("never %s: %+v", want, p)
	return p
}

// phone pays an order.
func (s *shop) phone(order, visit string) counter.Progress {
	s.t.Helper()
	if err := s.Demo.Sim.Pay(order); err != nil {
		s.t.Fatal(err)
	}
	if err := s.Wish(s.t.Context(), counter.Wish{Kind: counter.Look, Order: order, Visit: visit}); err != nil {
		s.t.Fatal(err)
	}
	return s.until(order, visit, payment.Paid)
}

func refused(t *testing.T, what string, err error, want counter.Code) *counter.Refusal {
	t.Helper()
	r, ok := errors.AsType[*counter.Refusal](err)
	if !ok || r.Code != want {
		t.Fatalf("%s: %v, want %s", what, err, want)
	}
	return r
}

// owes waits until the work of an order stands as it should.
func (s *shop) owes(no string, want map[string]payment.EffectState) {
	s.t.Helper()
	var got map[string]payment.EffectState
	for range 500 {
		effects, err := s.ledger.Effects(s.t.Context(), no)
		if err != nil {
			s.t.Fatal(err)
		}
		got = make(map[string]payment.EffectState)
		for _, e := range effects {
			got[e.Kind] = e.State
		}
		if maps.Equal(got, want) {
			return
		}
		time.Sleep(10 * time.Millisecond) // real HTTP: nothing else tells
	}
	s.t.Errorf("order owes %v, want %v", got, want)
}

// Another store than the program's own serves all of it: payment, receipt and copy, report, list and restart.
func TestASecondLedger(t *testing.T) {
	l := ledgertest.NewMemory(payment.Identity{Court: "京0101", Environment: config.Demo, Instance: "X"})
	s := open(t, row, OnLedger(l, l))
	p := s.taken(s.only(), "a", payment.Waiting)
	s.restart(OnLedger(l, l))
	p = s.phone(p.Order, "a")
	for i, visit := range []string{"a", "a"} {
		h, err := s.Receipt(t.Context(), counter.Print{Order: p.Order, Visit: visit, Copy: i > 0})
		if err != nil || h.Receipt.Copy != i+1 {
			t.Fatalf("receipt %d: %+v, %v", i+1, h, err)
		}
		out, err := s.Printer().Print(t.Context(), h.Receipt)
		if err := errors.Join(err, s.Printed(t.Context(), h.End(out, err))); err != nil {
			t.Fatal(err)
		}
	}
	s.owes(p.Order, map[string]payment.EffectState{"receipt": payment.Done, report.Effect: payment.Done})
	page, err := s.Ledger().Find(t.Context(), payment.Filter{N: 9})
	if err != nil || len(page.Orders) != 1 || page.Orders[0].No != p.Order {
		t.Errorf("listed %+v, %v", page, err)
	}
	h, err := s.Care().Health(t.Context())
	if err != nil || h.Standing.Closed != nil || h.Reports.Owed != 0 || h.Following != 0 {
		t.Errorf("health %+v, %v", h, err)
	}
	s.restart(OnLedger(l, l))
	if d := s.only(); d.State != bill.DuePaid || d.Order != p.Order {
		t.Errorf("after a restart %+v", d)
	}
	if matches, _ := filepath.Glob(filepath.Join(filepath.Dir(s.Config.Ledger.File), "ledger*")); len(matches) != 0 {
		t.Errorf("another ledger was made: %q", matches)
	}
}

func TestABillAndItsOrder(t *testing.T) {
	s := open(t, row)
	if d := s.only(); d.State != bill.DueOwed || d.Amount != 270000 {
		t.Fatalf("at first %+v", d)
	}
	p := s.taken(s.only(), "a", payment.Waiting)
	if d := s.only(); d.State != bill.DuePaying {
		t.Errorf("while it is open: %s", d.State)
	}
	if again, err := s.take(s.only(), "b"); err != nil || again.Order != p.Order {
		t.Errorf("who comes back gets another order: %v", err)
	}
	s.list(strings.Replace(row, "2700", "2800", 1))
	if d := s.only(); d.Amount != 270000 {
		t.Errorf("an open order's amount does not win: %s", d.Amount)
	}
	if err := s.Demo.Sim.Pay(p.Order); err != nil {
		t.Fatal(err)
	}
	// The court has changed its mind and the visitor has paid: the order is to be closed, and the money counts.
	if again, err := s.take(s.only(), "b"); err != nil || again.Order != p.Order {
		t.Errorf("who comes back to a changed bill gets another order: %v", err)
	}
	s.until(p.Order, "b", payment.Paid)
	for range 2 {
		if d := s.only(); d.State != bill.DueChanged {
			t.Errorf("paid, and changed since: %s", d.State)
		}
	}
	s.owes(p.Order, map[string]payment.EffectState{
		"receipt": payment.Owed, report.Effect: payment.Held, report.Refused: payment.Owed,
		bill.EffectChanged: payment.Owed,
	})
	_, err := s.take(s.only(), "b")
	refused(t, "a paid bill is paid again", err, counter.ChangedAfter)
	s.list("（2026）京0101民初2号,案件受理费,50,李四\n")
	if d := s.only(); d.State != bill.DuePaid || d.Withdrawn {
		t.Errorf("left out after it was paid: %+v", d)
	}
}

func TestABillThatChangesWhileItIsPaid(t *testing.T) {
	s := open(t, row)
	shown := s.only()
	p := s.taken(shown, "a", payment.Waiting)
	changed := strings.Replace(row, "2700", "2800", 1)
	s.list(changed)
	s.taken(s.only(), "a", payment.Closed)
	_, err := s.take(shown, "a")
	now := refused(t, "the old amount again", err, counter.Changed).Now
	if now == nil || now.Amount != 280000 {
		t.Fatalf("now %+v", now)
	}
	second := s.taken(*now, "a", payment.Waiting)
	if second.Amount != 280000 || second.Order == p.Order {
		t.Errorf("asked for %s by %s", second.Amount, second.Order)
	}

	// It was paid at the window meanwhile.
	s.list(strings.Replace(columns, "\n", ",状态\n", 1) + strings.Replace(changed, "\n", ",已缴\n", 1))
	s.taken(s.only(), "a", payment.Closed)
	if d := s.only(); d.State != bill.DueSettled {
		t.Errorf("paid at the window: %s", d.State)
	}
	_, err = s.take(s.only(), "a")
	refused(t, "a settled bill", err, counter.Settled)
	s.list(changed)
	third := s.taken(s.only(), "c", payment.Waiting)

	// A new list ends what it asks for no more, without anybody at the screen.
	s.list("（2026）京0101民初2号,案件受理费,50,李四\n")
	s.Recheck(t.Context())
	s.until(third.Order, "c", payment.Closed)
	_, err = s.take(shown, "a")
	refused(t, "a bill that the list leaves out", err, counter.Missing)
}

// Money that was taken for a bill that the court had withdrawn meanwhile is kept, has its receipt, and is a clerk's.
func TestPaidAfterItWasWithdrawn(t *testing.T) {
	s := open(t, row)
	p := s.taken(s.only(), "a", payment.Waiting)
	s.list("（2026）京0101民初2号,案件受理费,50,李四\n")
	s.phone(p.Order, "a")
	s.owes(p.Order, map[string]payment.EffectState{
		"receipt": payment.Owed, report.Effect: payment.Held, report.Refused: payment.Owed,
	})
	h, err := s.Care().Health(t.Context())
	if err != nil || h.Reports.Refused != 1 || h.Reports.Owed != 0 {
		t.Errorf("health %+v, %v", h, err)
	}
}

func TestNoOrderWithoutWeChat(t *testing.T) {
	s := open(t, row)
	s.Demo.Inject(func(wechatsim.Call) *wechatsim.Fault { return &wechatsim.Fault{Before: true, Lost: true} })
	if err := s.cashier.Probe(t.Context(), s.Config.Merchant(bill.Litigation)); err == nil {
		t.Fatal("a probe was answered")
	}
	_, err := s.take(s.only(), "a")
	refused(t, "pay", err, counter.Unreachable)
	if page, err := s.ledger.Find(t.Context(), payment.Filter{N: 9}); err != nil || len(page.Orders) != 0 {
		t.Errorf("an order was opened: %+v, %v", page, err)
	}
	s.Demo.Inject(nil)
	s.phone(s.taken(s.only(), "a", payment.Waiting).Order, "a")
}

func TestServiceCloses(t *testing.T) {
	tests := map[string]struct {
		fault wechatsim.Fault
		want  string
	}{
		"our clock is 3 minutes off": {wechatsim.Fault{Clock: 3 * time.Minute}, counter.TroubleClock},
		"two 401 in a row":           {wechatsim.Fault{Status: 401, Code: "SIGN_ERROR"}, counter.TroubleUnauthorized},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			s := open(t, row)
			probe := func() (err error) {
				for _, p := range bill.Purses {
					err = errors.Join(err, s.cashier.Probe(t.Context(), s.Config.Merchant(p)))
				}
				return err
			}
			s.Demo.Inject(func(wechatsim.Call) *wechatsim.Fault { f := tt.fault; return &f })
			_, _ = probe(), probe()
			if c := s.Standing(t.Context()).Closed; c == nil || c.Args[counter.Trouble] != tt.want {
				t.Fatalf("closed %+v, want for %s", c, tt.want)
			}
			_, err := s.take(s.only(), "a")
			refused(t, "pay", err, counter.Closed)
			s.Demo.Inject(nil)
			if err := probe(); err != nil {
				t.Fatal(err)
			}
			if c := s.Standing(t.Context()); c.Closed != nil || len(c.Purses) > 0 {
				t.Errorf("still closed: %+v", c)
			}
		})
	}
}

func TestAReceiptInThePrintersHandsIsDoubtfulAtStart(t *testing.T) {
	s := open(t, row)
	p := s.phone(s.taken(s.only(), "a", payment.Waiting).Order, "a")
	s.owes(p.Order, map[string]payment.EffectState{"receipt": payment.Owed, report.Effect: payment.Done})
	if _, err := s.Receipt(t.Context(), counter.Print{Order: p.Order, Visit: "a"}); err != nil {
		t.Fatal(err)
	}
	s.restart()
	s.owes(p.Order, map[string]payment.EffectState{"receipt": payment.Doubtful, report.Effect: payment.Done})
	_, err := s.Receipt(t.Context(), counter.Print{Order: p.Order, Visit: "a"})
	refused(t, "print by itself", err, counter.Printed)
	h, err := s.Copy(t.Context(), counter.Print{Order: p.Order}, payment.By{})
	if err != nil || h.Receipt.Copy != 2 {
		t.Errorf("copy %+v, %v", h, err)
	}
	ring, err := receipt.ReadRing(s.Config.KeysFile())
	if err != nil {
		t.Fatal(err)
	}
	said, err := ring.Verify(h.Receipt.Code)
	if err != nil || said.Number != h.Receipt.Number || said.Amount != 270000 || said.TransactionID != p.TransactionID {
		t.Errorf("its code says %+v, %v", said, err)
	}
}

// A stopped program leaves its open order; the next one brings it to its end. Without its merchant's keys it stays
// open, closes what would be paid to that merchant, and is named.
func TestTheNextStartGoesOn(t *testing.T) {
	s := open(t, row)
	p := s.taken(s.only(), "a", payment.Waiting)
	if err := s.Demo.Sim.Pay(p.Order); err != nil {
		t.Fatal(err)
	}
	own := s.Config.WeChat
	s.Config.WeChat.AppID = "wx0000000000000000"
	s.restart()
	h, err := s.Care().Health(t.Context())
	if err != nil || h.Unserved[own.MchID] != 1 || h.Standing.Closed != nil {
		t.Errorf("health %+v, %v", h, err)
	}
	if c := h.Standing.Of(bill.Litigation); c == nil || c.Args[counter.Trouble] != counter.TroubleNoKey {
		t.Errorf("litigation fees are closed: %v", c)
	}
	if c := h.Standing.Of(bill.Fine); c != nil {
		t.Errorf("fines are closed: %v", c)
	}
	s.Config.WeChat = own
	s.restart()
	s.until(p.Order, "a", payment.Paid)
}

func TestOpenNamesWhatIsWrong(t *testing.T) {
	a, err := OpenDemo(t.TempDir(), nil, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	defer a.Close()
	for name, tt := range map[string]struct {
		change func(*config.Config)
		words  string
	}{
		"key file":  {func(c *config.Config) { c.WeChat.MerchantKey = "/nowhere/key.pem" }, "/nowhere/key.pem"},
		"folder":    {func(c *config.Config) { c.Ledger.File = "/dev/null/ledger.db" }, "/dev/null/ledger.db"},
		"two of us": {func(*config.Config) {}, "open in another process"},
		"court":     {func(c *config.Config) { c.Court.Code = "京0102" }, ""},
		"printer": {func(c *config.Config) {
			c.Ledger.File = filepath.Join(t.TempDir(), "ledger.db")
			c.Receipt = config.Receipt{Printer: config.ESCPOS, Address: "x"}
		}, "tcp://"},
	} {
		c := a.Config
		tt.change(&c)
		b, err := Open(c, slog.New(slog.DiscardHandler))
		if err == nil || !strings.Contains(err.Error(), tt.words) {
			t.Errorf("%s: %v", name, err)
		}
		if err == nil {
			b.Close()
		}
	}
	if matches, _ := filepath.Glob(filepath.Join(a.Config.Receipt.Address, "*")); len(matches) != 0 {
		t.Errorf("receipts out of nothing: %q", matches)
	}
}

// A receipt that was in the printer's hands when the program ended, and whose file is there, is printed.
func TestAReceiptThatIsThereIsPrintedAtStart(t *testing.T) {
	s := open(t, row)
	p := s.phone(s.taken(s.only(), "a", payment.Waiting).Order, "a")
	h, err := s.Receipt(t.Context(), counter.Print{Order: p.Order, Visit: "a"})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.Printer().Print(t.Context(), h.Receipt); err != nil {
		t.Fatal(err)
	}
	s.restart() // before the counter was told
	s.owes(p.Order, map[string]payment.EffectState{"receipt": payment.Done, report.Effect: payment.Done})
}
