package counter

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"path/filepath"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"courtkiosk/app/bill"
	"courtkiosk/app/caseno"
	"courtkiosk/app/receipt"
	"courtkiosk/payment"
	"courtkiosk/payment/ledgertest"
)

// A world is a counter with a ledger in memory, a court and a WeChat that do what a test says, and time that costs
// nothing.
type world struct {
	*Counter
	t       *testing.T
	ledger  *ledgertest.Memory
	court   *court
	gate    *gate
	cashier *payment.Cashier
}

// inWorld runs a test in a world of its own.
func inWorld(t *testing.T, fn func(w *world)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		time.Sleep(time.Until(time.Date(2026, 11, 28, 9, 0, 0, 0, payment.China)))
		id := payment.Identity{Court: "京0101", Environment: "test", Instance: "X"}
		fn(newWorld(t, ledgertest.NewMemory(id)))
	})
}

func newWorld(t *testing.T, l *ledgertest.Memory) *world {
	w := &world{t: t, ledger: l, court: &court{bills: []bill.Bill{theBill}}, gate: newGate()}
	w.cashier = payment.NewCashier(payment.Desk{
		Ledger: l, Gateway: w.gate, Log: slog.New(slog.DiscardHandler), Kiosk: "03", PayWithin: 5 * time.Minute,
	})
	ctx, cancel := context.WithCancel(t.Context())
	if err := w.cashier.Start(ctx, false); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { cancel(); w.cashier.Wait() })
	w.Counter = New(w.options())
	return w
}

func (w *world) options() Options {
	return Options{
		Quiet:  bill.QuietCauses,
		Ledger: w.ledger, Keeper: w.ledger, Cashier: w.cashier, Court: w.court, Signer: pen{},
		Ring: func() (receipt.Ring, error) { return nil, nil },
		House: House{
			Court: "京0101", Name: "北京市东城区人民法院", Payee: "北京市东城区人民法院", Kiosk: "03", Window: "2号窗口",
		},
		Merchant: func(p bill.Purse) payment.Merchant {
			return payment.Merchant{MchID: "1900000001-" + string(p), AppID: "wx1"}
		},
		Serves: func(court string) bool { return court == "京0101" },
		Desk:   true,
		Report: "report", ReportBack: "report/refund",
		Log: slog.New(slog.DiscardHandler),
	}
}

var (
	number  = caseno.Number{Year: 2026, Court: "京0101", Type: "民初", Serial: "1"}
	theBill = bill.Bill{
		Case: number, Item: "案件受理费", Purse: bill.Litigation, Amount: 270000, Payer: "张晓明", Cause: "离婚纠纷",
		Remark: "备注", Deadline: time.Date(2026, 12, 5, 0, 0, 0, 0, payment.China),
	}
)

// pen is a signer.
type pen struct{}

func (pen) Sign(r receipt.Receipt) receipt.Receipt {
	r.Code = "signed " + r.Number
	return r
}

// signs gives the counter a key to sign with, and the list that it is believed by.
func (w *world) signs() *receipt.SigningKey {
	w.t.Helper()
	dir := w.t.TempDir()
	list := filepath.Join(dir, "keys")
	key, err := receipt.OpenSigningKey(filepath.Join(dir, "key.pem"), list, "kiosk 03")
	if err != nil {
		w.t.Fatal(err)
	}
	w.Signer, w.Ring = key, func() (receipt.Ring, error) { return receipt.ReadRing(list) }
	return key
}

// court is a court that asks for its bills, or is silent.
type court struct {
	mu     sync.Mutex    // of bills
	lag    time.Duration // of each answer
	bills  []bill.Bill
	silent bool
	failed error
	told   bill.Paid
	back   bill.Refund
}

func (c *court) answer() error {
	time.Sleep(c.lag)
	if c.silent {
		return fmt.Errorf("%w: time-out", bill.ErrUnreachable)
	}
	return c.failed
}

func (c *court) Find(_ context.Context, q bill.Query) (list []bill.Bill, err error) {
	if err := c.answer(); err != nil {
		return nil, err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, b := range c.bills {
		if q.Code != "" && b.Code == q.Code || q.Code == "" && b.Case.Base() == q.Case.Base() {
			list = append(list, b)
		}
	}
	if len(list) == 0 {
		return nil, bill.ErrNotFound
	}
	return list, nil
}

func (c *court) Again(_ context.Context, old bill.Bill) (bill.Bill, error) {
	if err := c.answer(); err != nil {
		return bill.Bill{}, err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	i := slices.IndexFunc(c.bills, func(b bill.Bill) bool { return b.Key() == old.Key() })
	if i < 0 {
		return bill.Bill{}, bill.ErrNotFound
	}
	return c.bills[i], nil
}

// raise asks for a fen more.
func (c *court) raise() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.bills[0].Amount++
}

func (c *court) Tell(_ context.Context, p bill.Paid) error {
	c.told = p
	return c.answer()
}

func (c *court) TellRefund(_ context.Context, r bill.Refund) error {
	c.back = r
	return c.answer()
}

func (c *court) Close() error { return nil }

// gate is a WeChat that holds orders in memory.
type gate struct {
	mu     sync.Mutex
	states map[string]payment.Reported
	err    error                   // what every call comes to
	offset time.Duration           // of its clock
	used   int                     // numbers that are closed before one is free
	lag    time.Duration           // of each answer
	serves func(mchid string) bool // nil: all
	foreign,
	altered bool // the next creates are refused as taken; what is paid is another amount
}

func newGate() *gate { return &gate{states: make(map[string]payment.Reported)} }

func (g *gate) Serves(m payment.Merchant) bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.serves == nil || g.serves(m.MchID)
}

func (g *gate) Compose(o payment.Order) ([]byte, error) {
	return fmt.Appendf(nil, "%s %v", o.No, o.CreatedAt), nil
}

func (g *gate) Prepay(_ context.Context, o payment.Order) (string, error) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.err != nil {
		return "", g.err
	}
	if o.Attempt <= g.used {
		return "", payment.ErrNumberTaken
	}
	attach := o.Attach
	if g.foreign {
		attach = "07/other"
	}
	g.states[o.No] = payment.Reported{
		No: o.No, MchID: o.Merchant.MchID, AppID: o.Merchant.AppID, State: payment.TradeNotPaid, Attach: attach,
		Amount: o.Amount, Currency: "CNY",
	}
	if g.foreign {
		return "", payment.ErrNumberTaken
	}
	return "weixin://" + o.No, nil
}

func (g *gate) Query(_ context.Context, o payment.Order) (payment.Reported, error) {
	time.Sleep(g.lag)
	g.mu.Lock()
	defer g.mu.Unlock()
	r, ok := g.states[o.No]
	if o.Attempt > 0 && o.Attempt <= g.used { // a probe has no attempt
		r = payment.Reported{No: o.No, MchID: o.Merchant.MchID, AppID: o.Merchant.AppID, State: payment.TradeClosed}
		ok = true
	}
	if g.err == nil && !ok {
		return r, payment.ErrAbsent
	}
	return r, g.err
}

func (g *gate) Close(_ context.Context, o payment.Order) error {
	g.mu.Lock()
	defer g.mu.Unlock()
	if r, ok := g.states[o.No]; ok && r.State == payment.TradeNotPaid && g.err == nil {
		r.State = payment.TradeClosed
		g.states[o.No] = r
	}
	return g.err
}

func (g *gate) Offset() (time.Duration, bool) {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.offset, true
}

func (g *gate) fail(err error) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.err = err
}

// pays is the payer's phone.
func (g *gate) pays(no string) {
	g.mu.Lock()
	defer g.mu.Unlock()
	r := g.states[no]
	r.State, r.PaidAt = payment.TradeSuccess, time.Now().Truncate(time.Second)
	r.TransactionID = fmt.Sprintf("4200001234567890%06d", len(g.states))
	if g.altered {
		r.Amount++
	}
	g.states[no] = r
}

// refunds is the merchant's people giving back what was paid, or a part.
func (g *gate) refunds(no string) {
	g.mu.Lock()
	defer g.mu.Unlock()
	r := g.states[no]
	r.State = payment.TradeRefund
	g.states[no] = r
}

// transaction is what the payer's phone shows of a payment; empty until there is one.
func (g *gate) transaction(no string) string {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.states[no].TransactionID
}

// only finds the one bill of the case.
func (w *world) only() Due {
	w.t.Helper()
	dues, err := w.Find(w.t.Context(), bill.Query{Case: number})
	if err != nil || len(dues) != 1 {
		w.t.Fatalf("found %+v, %v", dues, err)
	}
	return dues[0]
}

// ask is what a visit asks of a due.
func ask(d Due, visit string) Ask {
	return Ask{ID: "ask of " + visit, Visit: visit, Bill: d.Bill, Quote: d.Quote}
}

// take opens an order for the one bill, as a visit.
func (w *world) take(visit string) Progress {
	w.t.Helper()
	p, err := w.Pay(w.t.Context(), ask(w.only(), visit))
	if err != nil {
		w.t.Fatal(err)
	}
	return w.at(p.Order)
}

// at returns the progress of an order once everything has come to rest.
func (w *world) at(order string) Progress {
	w.t.Helper()
	if f, ok := w.cashier.Followed(order); ok {
		f.Ask()
	}
	time.Sleep(3 * time.Second)
	p, err := w.Progress(w.t.Context(), order)
	if err != nil {
		w.t.Fatal(err)
	}
	p.TransactionID = w.gate.transaction(order) // the payer's phone shows it; the counter tells it to nobody else
	return p
}

// paidBy has a visit pay the one bill.
func (w *world) paidBy(visit string) Progress {
	w.t.Helper()
	p := w.take(visit)
	w.gate.pays(p.Order)
	if p = w.at(p.Order); p.State != payment.Paid {
		w.t.Fatalf("not paid: %+v", p)
	}
	return p
}

// refused wants a refusal of a code, and no more than that crosses the counter.
func refused(t *testing.T, what string, err error, want Code) *Refusal {
	t.Helper()
	r, ok := errors.AsType[*Refusal](err)
	if !ok || r.Code != want {
		t.Errorf("%s: %v, want %s", what, err, want)
		return new(Refusal)
	}
	return r
}

// receiptOf is the work that is an order's receipt.
func (w *world) receiptOf(order string) payment.Effect {
	w.t.Helper()
	e, err := w.effect(w.t.Context(), order)
	if err != nil {
		w.t.Fatal(err)
	}
	return e
}
