package app

import (
	"context"
	"errors"
	"log/slog"
	"maps"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"courtkiosk/app/bill"
	"courtkiosk/app/caseno"
	"courtkiosk/app/config"
	"courtkiosk/app/receipt"
	"courtkiosk/app/report"
	"courtkiosk/payment"
	"courtkiosk/payment/wechatsim"
)

// counter is a counter with real parts, a printer that the test holds in its hand, and WeChat on loopback.
type counter struct {
	*App
	t     *testing.T
	paper *hand
	stop  func()
}

// hand is a printer: it notes what it was given and answers as it is told.
type hand struct {
	copies []int
	slips  int
	err    error
}

func (h *hand) Print(_ context.Context, r receipt.Receipt) (receipt.Outcome, error) {
	h.copies = append(h.copies, r.Copy)
	return receipt.Sent, h.err
}

func (h *hand) PrintSlip(context.Context, receipt.Slip) (receipt.Outcome, error) {
	h.slips++
	return receipt.Sent, h.err
}

func (h *hand) Ready(context.Context) error { return h.err }

func open(t *testing.T, list string) *counter {
	t.Helper()
	a, err := OpenDemo(t.TempDir(), nil, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	c := &counter{App: a, t: t, paper: &hand{}}
	a.printer = c.paper
	ctx, cancel := context.WithCancel(context.Background())
	wait, err := a.Start(ctx)
	if err != nil {
		t.Fatal(err)
	}
	c.stop = func() { cancel(); wait() }
	t.Cleanup(func() {
		c.stop()
		if err := a.Close(); err != nil {
			t.Error(err)
		}
	})
	c.list(list)
	return c
}

const columns = "案号,费用项目,金额,交费人\n"

func (c *counter) list(rows string) {
	c.t.Helper()
	if _, err := c.bills.Import(c.t.Context(), strings.NewReader(columns+rows), "list.csv", time.Now()); err != nil {
		c.t.Fatal(err)
	}
}

var number = caseno.Number{Year: 2026, Court: "京0101", Type: "民初", Serial: "1"}

const row = "（2026）京0101民初1号,案件受理费,2700,张晓明\n"

func (c *counter) only() bill.Due {
	c.t.Helper()
	dues, err := c.Find(c.t.Context(), bill.Query{Case: number})
	if err != nil || len(dues) != 1 {
		c.t.Fatalf("found %+v, %v", dues, err)
	}
	return dues[0]
}

// until follows the session to a state.
func (c *counter) until(s *payment.Session, want payment.State) payment.Order {
	c.t.Helper()
	news, stop := s.Watch()
	defer stop()
	deadline := time.After(20 * time.Second)
	for {
		select {
		case n := <-news:
			if n.Order.State == want {
				return n.Order
			}
		case <-deadline:
			c.t.Fatalf("never %s: %+v", want, s.News())
		}
	}
}

func (c *counter) pay() payment.Order {
	c.t.Helper()
	s, err := c.Pay(c.t.Context(), c.only())
	if err != nil {
		c.t.Fatal(err)
	}
	o := c.until(s, payment.Waiting)
	if err := c.Demo.Sim.Pay(o.No); err != nil {
		c.t.Fatal(err)
	}
	s.Ask()
	return c.until(s, payment.Paid)
}

func TestABillAndItsOrder(t *testing.T) {
	c := open(t, row)
	if d := c.only(); d.State != bill.DueOwed || d.Amount() != 270000 {
		t.Fatalf("at first %+v", d)
	}
	s, err := c.Pay(t.Context(), c.only())
	if err != nil {
		t.Fatal(err)
	}
	o := c.until(s, payment.Waiting)
	if d := c.only(); d.State != bill.DuePaying {
		t.Errorf("while it is open: %s", d.State)
	}
	again, err := c.Pay(t.Context(), c.only())
	if err != nil || again != s {
		t.Errorf("who comes back gets another session: %v", err)
	}
	c.list(strings.Replace(row, "2700", "2800", 1))
	if d := c.only(); d.Amount() != 270000 || !d.Stale() {
		t.Errorf("an open order's amount does not win: %s", d.Amount())
	}
	if err := c.Demo.Sim.Pay(o.No); err != nil {
		t.Fatal(err)
	}
	// The court has changed its mind and the visitor has paid: the order is to be closed, and the money counts.
	if again, err := c.Pay(t.Context(), c.only()); err != nil || again != s {
		t.Errorf("who comes back to a changed bill gets another session: %v", err)
	}
	paid := c.until(s, payment.Paid)
	for range 2 {
		if d := c.only(); d.State != bill.DueChanged {
			t.Errorf("paid, and changed since: %s", d.State)
		}
	}
	c.owes(paid.No, map[string]payment.EffectState{
		effectReceipt: payment.Owed, report.Effect: payment.Held, report.Refused: payment.Owed, bill.EffectChanged: payment.Owed,
	})
	if _, err := c.Pay(t.Context(), c.only()); !isBlocked(err) {
		t.Errorf("a paid bill is paid again: %v", err)
	}
	c.list("（2026）京0101民初2号,案件受理费,50,李四\n")
	if d := c.only(); d.State != bill.DuePaid {
		t.Errorf("withdrawn after it was paid: %s", d.State)
	}
}

// owes waits until the work of an order stands as it should.
func (c *counter) owes(no string, want map[string]payment.EffectState) {
	c.t.Helper()
	var got map[string]payment.EffectState
	for range 500 {
		effects, err := c.ledger.Effects(c.t.Context(), no)
		if err != nil {
			c.t.Fatal(err)
		}
		got = make(map[string]payment.EffectState)
		for _, e := range effects {
			got[e.Kind] = e.State
		}
		if maps.Equal(got, want) {
			return
		}
		time.Sleep(10 * time.Millisecond)
	}
	c.t.Errorf("order owes %v, want %v", got, want)
}

func TestABillThatChangesWhileItIsPaid(t *testing.T) {
	c := open(t, row)
	shown := c.only()
	s, err := c.Pay(t.Context(), shown)
	if err != nil {
		t.Fatal(err)
	}
	c.until(s, payment.Waiting)
	c.list(strings.Replace(row, "2700", "2800", 1))
	if again, err := c.Pay(t.Context(), c.only()); err != nil || again != s {
		t.Fatalf("who comes back: %v", err)
	}
	c.until(s, payment.Closed)
	_, err = c.Pay(t.Context(), shown)
	changed, ok := errors.AsType[*bill.ChangedError](err)
	if !ok || changed.Now.Amount != 280000 {
		t.Fatalf("the old amount again: %v", err)
	}
	s, err = c.Pay(t.Context(), bill.Due{Bill: changed.Now, State: bill.DueOwed})
	if err != nil {
		t.Fatal(err)
	}
	if o := c.until(s, payment.Waiting); o.Amount != 280000 || o.Attempt != 2 {
		t.Errorf("asked for %s in attempt %d", o.Amount, o.Attempt)
	}

	// It was paid at the window meanwhile.
	settled := strings.Replace(columns, "\n", ",状态\n", 1) + strings.Replace(strings.Replace(row, "2700", "2800", 1), "\n", ",已缴\n", 1)
	if _, err := c.bills.Import(t.Context(), strings.NewReader(settled), "settled.csv", time.Now()); err != nil {
		t.Fatal(err)
	}
	if again, err := c.Pay(t.Context(), c.only()); err != nil || again != s {
		t.Fatalf("who comes back to a settled bill: %v", err)
	}
	c.until(s, payment.Closed)
	if d := c.only(); d.State != bill.DueSettled {
		t.Errorf("paid at the window: %s", d.State)
	}
	if _, err := c.Pay(t.Context(), c.only()); !errors.Is(err, bill.ErrSettled) {
		t.Errorf("a settled bill: %v", err)
	}
	c.list(strings.Replace(row, "2700", "2800", 1))
	if s, err = c.Pay(t.Context(), c.only()); err != nil {
		t.Fatal(err)
	}
	c.until(s, payment.Waiting)

	// A new list ends what it asks for no more, without anybody at the screen.
	c.list("（2026）京0101民初2号,案件受理费,50,李四\n")
	c.Recheck(t.Context())
	c.until(s, payment.Closed)
	if _, err := c.Pay(t.Context(), shown); !errors.Is(err, bill.ErrGone) {
		t.Errorf("a withdrawn bill: %v", err)
	}
}

// Money that was taken for a bill that the court had withdrawn meanwhile is kept, has its receipt, and is a clerk's.
func TestPaidAfterItWasWithdrawn(t *testing.T) {
	c := open(t, row)
	s, err := c.Pay(t.Context(), c.only())
	if err != nil {
		t.Fatal(err)
	}
	o := c.until(s, payment.Waiting)
	c.list("（2026）京0101民初2号,案件受理费,50,李四\n")
	if err := c.Demo.Sim.Pay(o.No); err != nil {
		t.Fatal(err)
	}
	s.Ask()
	c.until(s, payment.Paid)
	c.owes(o.No, map[string]payment.EffectState{effectReceipt: payment.Owed, report.Effect: payment.Held, report.Refused: payment.Owed})
	h, err := c.Health(t.Context())
	if err != nil || h.Reports.Refused != 1 || h.Reports.Owed != 0 {
		t.Errorf("health %+v, %v", h, err)
	}
}

func isBlocked(err error) bool {
	_, ok := errors.AsType[*payment.BlockedError](err)
	return ok
}

func TestPayAsksTheCourtOnceMore(t *testing.T) {
	c := open(t, row)
	shown := c.only()
	for what, list := range map[string]string{
		"amount": strings.Replace(row, "2700", "2800", 1), "payer": strings.Replace(row, "张晓明", "李四", 1),
	} {
		c.list(list)
		_, err := c.Pay(t.Context(), shown)
		if e, ok := errors.AsType[*bill.ChangedError](err); !ok || e.Now.Quote() == shown.Bill.Quote() {
			t.Errorf("%s changed since it was confirmed: %v", what, err)
		}
	}
	c.list("（2026）京0101民初2号,案件受理费,50,李四\n")
	if _, err := c.Pay(t.Context(), shown); !errors.Is(err, bill.ErrGone) {
		t.Errorf("withdrawn since it was confirmed: %v", err)
	}
	unknown, foreign := number, number
	unknown.Serial, foreign.Court = "9", "京0102"
	for n, want := range map[caseno.Number]error{unknown: bill.ErrNotFound, foreign: ErrOtherCourt} {
		if _, err := c.Find(t.Context(), bill.Query{Case: n}); !errors.Is(err, want) {
			t.Errorf("%v: %v", n, err)
		}
	}
	if list, err := c.ledger.Recent(t.Context(), 9); err != nil || len(list) != 0 {
		t.Errorf("orders were opened: %+v, %v", list, err)
	}
}

func TestNoOrderWithoutWeChat(t *testing.T) {
	c := open(t, row)
	c.Demo.Inject(func(wechatsim.Call) *wechatsim.Fault { return &wechatsim.Fault{Before: true, Lost: true} })
	m := c.Config.Merchant(bill.Litigation)
	if err := c.cashier.Probe(t.Context(), m); err == nil {
		t.Fatal("a probe was answered")
	}
	if _, err := c.Pay(t.Context(), c.only()); !errors.Is(err, ErrUnreachable) {
		t.Errorf("pay = %v", err)
	}
	if list, _ := c.ledger.Recent(t.Context(), 9); len(list) != 0 {
		t.Errorf("an order was opened: %+v", list)
	}
	c.Demo.Inject(nil)
	c.pay()
}

func TestServiceCloses(t *testing.T) {
	tests := map[string]struct {
		fault wechatsim.Fault
		want  Reason
	}{
		"our clock is 3 minutes off": {wechatsim.Fault{Clock: 3 * time.Minute}, ClockWrong},
		"two 401 in a row":           {wechatsim.Fault{Status: 401, Code: "SIGN_ERROR"}, KeysRefused},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			c := open(t, row)
			c.Demo.Inject(func(wechatsim.Call) *wechatsim.Fault { f := tt.fault; return &f })
			m := c.Config.Merchant(bill.Litigation)
			for range 2 {
				_ = c.cashier.Probe(t.Context(), m)
			}
			if closed := c.Service(); closed == nil || closed.Reason != tt.want {
				t.Fatalf("service %+v, want closed for %s", closed, tt.want)
			}
			_, err := c.Pay(t.Context(), c.only())
			if _, ok := errors.AsType[*ClosedError](err); !ok {
				t.Errorf("pay = %v", err)
			}
			c.Demo.Inject(nil)
			if err := c.cashier.Probe(t.Context(), m); err != nil {
				t.Fatal(err)
			}
			if closed := c.Service(); closed != nil {
				t.Errorf("still closed: %v", closed)
			}
		})
	}
}

func TestReceiptsAndCopies(t *testing.T) {
	c := open(t, row)
	ctx := t.Context()
	o := c.pay()
	if _, err := c.Receipt(ctx, o.No); err != nil {
		t.Fatal(err)
	}
	c.paper.err = receipt.ErrNothingSent
	if _, err := c.Print(ctx, o.No); !errors.Is(err, receipt.ErrNothingSent) {
		t.Errorf("no printer: %v", err)
	}
	c.paper.err = nil
	if out, err := c.Print(ctx, o.No); err != nil || out != receipt.Sent {
		t.Errorf("print = %s, %v", out, err)
	}
	if _, err := c.Print(ctx, o.No); !errors.Is(err, ErrPrinted) {
		t.Errorf("print by itself once more = %v", err)
	}
	for range 2 {
		if _, err := c.Reprint(ctx, o.No); err != nil {
			t.Error(err)
		}
	}
	c.paper.err = receipt.ErrInterrupted
	if _, err := c.Reprint(ctx, o.No); !errors.Is(err, receipt.ErrInterrupted) {
		t.Errorf("interrupted: %v", err)
	}
	c.paper.err = nil
	if _, err := c.Print(ctx, o.No); !errors.Is(err, ErrPrinted) {
		t.Errorf("a doubtful receipt printed by itself: %v", err)
	}
	if _, err := c.Reprint(ctx, o.No); err != nil {
		t.Error(err)
	}
	if got, want := c.paper.copies, []int{1, 1, 2, 3, 4, 5}; !equal(got, want) {
		t.Errorf("copies %v, want %v: what never left the machine does not count", got, want)
	}
}

// The journal of a receipt, whatever happens to the printer: owed, done with its proof, or doubtful with the printer's condition; and a
// receipt that could not be begun stands as it stood.
func TestTheJournalOfAReceipt(t *testing.T) {
	trouble := func(began bool) error {
		return &receipt.TroubleError{Condition: receipt.PaperOut, Began: began, Err: errors.New("status 1A")}
	}
	tests := map[string]struct {
		errs  []error // of each print in turn
		state payment.EffectState
		note  string
		tries int
	}{
		"printed":                    {[]error{nil}, payment.Done, string(receipt.Sent), 1},
		"no paper":                   {[]error{trouble(false)}, payment.Owed, "", 0},
		"paper out in mid-receipt":   {[]error{trouble(true)}, payment.Doubtful, "paper-out", 1},
		"no paper, then printed":     {[]error{trouble(false), nil}, payment.Done, string(receipt.Sent), 1},
		"doubtful, then a copy":      {[]error{trouble(true), nil}, payment.Done, string(receipt.Sent), 2},
		"doubtful, then no paper":    {[]error{trouble(true), trouble(false)}, payment.Doubtful, "paper-out", 1},
		"printed, then no paper":     {[]error{nil, trouble(false)}, payment.Done, string(receipt.Sent), 1},
		"printed, then a bad copy":   {[]error{nil, trouble(true)}, payment.Doubtful, "paper-out", 2},
		"a machine without printers": {[]error{receipt.ErrNoPrinter}, payment.Owed, "", 0},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			c := open(t, row)
			o := c.pay()
			for _, err := range tt.errs {
				c.paper.err = err
				if _, got := c.Reprint(t.Context(), o.No); !errors.Is(got, err) {
					t.Errorf("print = %v, want %v", got, err)
				}
			}
			effects, err := c.ledger.Effects(t.Context(), o.No)
			effects = slices.DeleteFunc(effects, func(e payment.Effect) bool { return e.Kind != effectReceipt })
			if err != nil || len(effects) != 1 || effects[0].State != tt.state || effects[0].Note != tt.note || effects[0].Tries != tt.tries {
				t.Errorf("the journal says %+v, %v; want %s %q after %d tries", effects, err, tt.state, tt.note, tt.tries)
			}
		})
	}
}

func equal(a, b []int) bool {
	if len(a) != len(b) {
		return false
	}
	for i := range a {
		if a[i] != b[i] {
			return false
		}
	}
	return true
}

func TestAReceiptInThePrintersHandsIsDoubtfulAtStart(t *testing.T) {
	c := open(t, row)
	o := c.pay()
	c.owes(o.No, map[string]payment.EffectState{effectReceipt: payment.Owed, report.Effect: payment.Done})
	_, err := c.ledger.UpdateEffect(t.Context(), o.No, effectReceipt, func(e payment.Effect) (payment.Effect, error) {
		e.State, e.Tries = payment.Handed, 1
		return e, nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if list, err := payment.Doubt(t.Context(), c.ledger); err != nil || len(list) != 1 {
		t.Fatal(list, err)
	}
	if _, err := c.Print(t.Context(), o.No); !errors.Is(err, ErrPrinted) || len(c.paper.copies) != 0 {
		t.Errorf("print = %v, %v", err, c.paper.copies)
	}
	if _, err := c.Reprint(t.Context(), o.No); err != nil || !equal(c.paper.copies, []int{2}) {
		t.Errorf("reprint = %v, copies %v", err, c.paper.copies)
	}
}

func TestWhatAReceiptSays(t *testing.T) {
	c := open(t, row)
	o := c.pay()
	r, err := c.Receipt(t.Context(), o.No)
	if err != nil {
		t.Fatal(err)
	}
	want := receipt.Receipt{
		Number: receipt.FormatNumber("京0101", "03", o.Sequence, o.PaidAt), Copy: 1, Court: "北京市东城区人民法院", Payee: "北京市东城区人民法院",
		Case: number.String(), Item: "案件受理费", Purse: "诉讼费", Payer: "张*明", Amount: 270000, PaidAt: r.PaidAt,
		TransactionID: o.TransactionID, OrderNo: o.No, Reference: c.Reference(o), Kiosk: "03", Window: c.Config.Court.Window,
		Fiscal: c.Config.Court.Fiscal, Hotline: "12368", Code: r.Code, Environment: receipt.Demo,
	}
	ring, err := receipt.ReadRing(c.Config.KeysFile())
	if err != nil {
		t.Fatal(err)
	}
	if s, err := ring.Verify(r.Code); err != nil || s.Number != r.Number || s.Amount != r.Amount || s.TransactionID != r.TransactionID || s.Case != r.Case {
		t.Errorf("its code says %+v, %v", s, err)
	}
	if r != want || !r.PaidAt.Equal(o.PaidAt) {
		t.Errorf("receipt %+v\nwant    %+v", r, want)
	}
	if ref := c.Reference(o); ref != "ZF-0101-03-"+o.CreatedAt.In(payment.China).Format("060102")+"-0001" {
		t.Errorf("reference %s", ref)
	}
	last := o.TransactionID[len(o.TransactionID)-6:]
	for digits, want := range map[string]bool{last: true, "": false, last[1:]: false, "000000": last == "000000", o.TransactionID: false} {
		if Proves(o, digits) != want {
			t.Errorf("%q proves: %t", digits, !want)
		}
	}
	if n, err := c.ledger.Expunge(t.Context(), time.Now().Add(time.Hour)); err != nil || n != 1 {
		t.Fatal(n, err)
	}
	if r, err := c.Receipt(t.Context(), o.No); err != nil || r.Payer != "" {
		t.Errorf("after its time the receipt names %q, %v", r.Payer, err)
	}
	if _, err := c.PrintVerification(t.Context(), o.No); err != nil || c.paper.slips != 1 {
		t.Errorf("slip: %v, %d", err, c.paper.slips)
	}
}

// A stopped counter leaves its open order; the next one brings it to its end, and refuses to start without its merchant's keys.
func TestTheNextStartGoesOn(t *testing.T) {
	c := open(t, row)
	s, err := c.Pay(t.Context(), c.only())
	if err != nil {
		t.Fatal(err)
	}
	o := c.until(s, payment.Waiting)
	c.stop()
	if err := errors.Join(c.ledger.Close(), c.bills.Close()); err != nil {
		t.Fatal(err)
	}
	if err := c.Demo.Sim.Pay(o.No); err != nil {
		t.Fatal(err)
	}
	other := c.Config
	other.WeChat.MchID = "1900000099"
	stranger, err := Open(other, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := stranger.Start(t.Context()); !errors.Is(err, payment.ErrNotServed) {
		t.Errorf("started without the keys of an open order: %v", err)
	}
	if err := stranger.Close(); err != nil {
		t.Fatal(err)
	}
	next, err := Open(c.Config, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	wait, err := next.Start(ctx)
	if err != nil {
		t.Fatal(err)
	}
	for deadline := time.Now().Add(20 * time.Second); ; {
		got, err := next.Ledger().Order(ctx, o.No)
		if err == nil && got.State == payment.Paid {
			break
		}
		if time.Now().After(deadline) {
			t.Fatalf("the order is %s, %v", got.State, err)
		}
		time.Sleep(10 * time.Millisecond) // real HTTP: nothing else tells
	}
	cancel()
	wait()
	c.App.ledger, c.App.bills = next.ledger, next.bills // closed by the cleanup
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
			c.Receipt = config.Receipt{Printer: "escpos", Address: "x"}
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

// silent is a court that gives no answer while it is told so.
type silent struct {
	bill.Court
	is atomic.Bool
}

func (s *silent) Find(ctx context.Context, q bill.Query) ([]bill.Bill, error) {
	if s.is.Load() {
		return nil, bill.ErrUnreachable
	}
	return s.Court.Find(ctx, q)
}

func (s *silent) Again(ctx context.Context, b bill.Bill) (bill.Bill, error) {
	if s.is.Load() {
		return bill.Bill{}, bill.ErrUnreachable
	}
	return s.Court.Again(ctx, b)
}

// With the court silent nothing new is asked; who has a code goes on with it, and a paid bill is found for its receipt.
func TestTheCourtIsSilent(t *testing.T) {
	c := open(t, row)
	court := &silent{Court: c.court}
	c.court = court
	shown := c.only()
	court.is.Store(true)
	if dues, err := c.Find(t.Context(), bill.Query{Case: number}); !errors.Is(err, bill.ErrUnreachable) || len(dues) != 0 {
		t.Errorf("found %+v, %v", dues, err)
	}
	if _, err := c.Pay(t.Context(), shown); !errors.Is(err, bill.ErrUnreachable) {
		t.Errorf("a new order: %v", err)
	}
	court.is.Store(false)
	s, err := c.Pay(t.Context(), shown)
	if err != nil {
		t.Fatal(err)
	}
	o := c.until(s, payment.Waiting)
	court.is.Store(true)
	dues, err := c.Find(t.Context(), bill.Query{Case: number})
	if !errors.Is(err, bill.ErrUnreachable) || len(dues) != 1 || dues[0].State != bill.DuePaying {
		t.Fatalf("found %+v, %v", dues, err)
	}
	if again, err := c.Pay(t.Context(), dues[0]); err != nil || again != s {
		t.Errorf("who comes back to a code: %v", err)
	}
	if err := c.Demo.Sim.Pay(o.No); err != nil {
		t.Fatal(err)
	}
	s.Ask()
	c.until(s, payment.Paid)
	dues, err = c.Find(t.Context(), bill.Query{Case: number})
	if !errors.Is(err, bill.ErrUnreachable) || len(dues) != 1 || dues[0].State != bill.DuePaid {
		t.Errorf("found %+v, %v", dues, err)
	}
	if list, err := c.ledger.Recent(t.Context(), 9); err != nil || len(list) != 1 {
		t.Errorf("orders %+v, %v", list, err)
	}
}

// The court numbers its notices since: who has paid by the item is not asked again by the notice, whichever list or system says so.
func TestANoticeNumberThatCameLater(t *testing.T) {
	c := open(t, row)
	o := c.pay()
	numbered := func(notices ...string) bill.Court {
		var bills []bill.Bill
		for _, n := range notices {
			bills = append(bills, bill.Bill{Case: number, Notice: n, Item: "案件受理费", Purse: bill.Litigation, Amount: 270000, Ref: n, Version: "1"})
		}
		return &fixed{Court: c.court, bills: bills}
	}
	c.owes(o.No, map[string]payment.EffectState{effectReceipt: payment.Owed, report.Effect: payment.Done}) // the court is told before it changes
	c.court = numbered("N1")
	d := c.only()
	if d.State != bill.DuePaid || d.Order.No != o.No {
		t.Errorf("one notice: %s", d.State)
	}
	if _, err := c.Pay(t.Context(), d); !isBlocked(err) {
		t.Errorf("it is paid again: %v", err)
	}
	c.court = numbered("N1", "N2")
	dues, err := c.Find(t.Context(), bill.Query{Case: number})
	if err != nil || len(dues) != 2 || dues[0].State != bill.DueDisputed || dues[1].State != bill.DueDisputed {
		t.Errorf("two notices, one of which was paid: %+v, %v", dues, err)
	}
	for _, d := range dues {
		if _, err := c.Pay(t.Context(), d); !isBlocked(err) {
			t.Errorf("one of two is paid again: %v", err)
		}
	}
}

// fixed is a court that always asks for the same bills.
type fixed struct {
	bill.Court
	bills []bill.Bill
}

func (f *fixed) Find(context.Context, bill.Query) ([]bill.Bill, error) { return f.bills, nil }
func (f *fixed) Again(_ context.Context, old bill.Bill) (bill.Bill, error) {
	for _, b := range f.bills {
		if b.Ref == old.Ref {
			return b, nil
		}
	}
	return bill.Bill{}, bill.ErrNotFound
}
