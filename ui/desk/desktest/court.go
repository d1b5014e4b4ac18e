// Package desktest is a court with one invented day for the tests of the clerk's pages: a ledger that a real counter
// and a real cashier have written, people with accounts, and a WeChat in memory. Every page can be looked at, and what
// a form does is really done.
package desktest

import (
	"context"
	"crypto/sha256"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"courtkiosk/app/bill"
	"courtkiosk/app/bulletin"
	"courtkiosk/app/caseno"
	"courtkiosk/app/clerk"
	"courtkiosk/app/clerk/clerktest"
	"courtkiosk/app/counter"
	"courtkiosk/app/receipt"
	"courtkiosk/app/report"
	"courtkiosk/payment"
	"courtkiosk/payment/gatewaytest"
	"courtkiosk/payment/ledgertest"
	"courtkiosk/ui/desk"
)

// Window is where they sit.
const Window = "2号窗口"

// A Court is one with everything behind its desk.
type Court struct {
	testing.TB
	Ledger  *ledgertest.Memory
	Office  *gatewaytest.Office
	Cashier *payment.Cashier
	Counter *counter.Counter
	Desk    *clerk.Desk
	Printer *Printer
	Bills   *Bills
	Handler *desk.Handler
	People  *clerktest.People // of Founded

	Blind atomic.Bool // desk, counter and cashier cannot read what waits

	before  atomic.Pointer[func()]
	clocked bool // time costs nothing: what happens may wait for its hour
	gate    *gate
}

// Open opens the court, empty but for its people. In a bubble of synctest what happens waits for its hour.
func Open(t testing.TB, clocked bool) *Court {
	t.Helper()
	c := open(t, clocked)
	c.hire()
	return c
}

// Founded opens the court in a bubble, with people who have PINs and authenticator apps, for what is to be signed.
func Founded(t *testing.T) *Court {
	t.Helper()
	c := open(t, true)
	c.People = clerktest.FoundHere(t, c.Desk)
	return c
}

func open(t testing.TB, clocked bool) *Court {
	t.Helper()
	office := gatewaytest.New()
	office.Silent = true
	c := &Court{
		TB: t, Office: office, clocked: clocked, Printer: new(Printer), Bills: new(Bills),
		Ledger: ledgertest.NewMemory(payment.Identity{Court: "京0101", Environment: "test", Instance: "4f1c"}),
		gate:   &gate{Gate: &gatewaytest.Gate{Office: office}, tails: make(map[string]string)},
	}
	log := slog.New(slog.DiscardHandler)
	var reports *report.Box
	l := writer{c.Ledger, c}
	c.Cashier = payment.NewCashier(payment.Desk{
		Ledger: l, Gateway: c.gate, Refunder: c.gate, May: clerk.MayRefund,
		Log: log, Kiosk: "03", PayWithin: 5 * time.Minute, Ended: func(payment.Order) { reports.Wake() },
		Ours: func(context.Context, string) (bool, error) { return true, nil },
	})
	c.Counter = counter.New(counter.Options{
		Ledger: l, Keeper: c.Ledger, Cashier: c.Cashier, Court: c.Bills, Signer: pen{}, Log: log,
		Ring: func() (receipt.Ring, error) { return nil, nil },
		House: counter.House{Court: "京0101", Name: "北京市东城区人民法院", Payee: "北京市东城区人民法院", Kiosk: "03",
			Window: Window, Hotline: "12368", Environment: "test"},
		Merchant: func(bill.Purse) payment.Merchant { return gatewaytest.Merchant },
		Serves:   func(court string) bool { return court == "京0101" },
		Desk:     true, Quiet: bill.QuietCauses, Report: report.Effect, ReportBack: report.Back,
	})
	reports = report.NewBox(l, c.Counter.Tell, log)
	c.Desk = clerk.New(clerk.Options{
		Ledger: l, Counter: c.Counter, Cashier: c.Cashier, Printer: c.Printer, Device: "03", Log: log,
		Board: bulletin.Open("", l.Notices(), log), Issuer: "北京市东城区人民法院",
		Key: filepath.Join(t.TempDir(), "clerk.key"), TellAgain: reports.Again,
	})
	c.Cleanup(c.Desk.Close)
	c.Handler = desk.New(desk.Options{
		Desk: c.Desk, Court: "北京市东城区人民法院", Window: Window, Log: log, Lights: lights,
	})
	c.run(func(ctx context.Context) error { return c.Cashier.Start(ctx, false) }, c.Cashier.Wait)
	c.run(func(ctx context.Context) error { go reports.Run(ctx); return nil }, func() {})
	return c
}

// run starts something that ends with the test.
func (c *Court) run(start func(context.Context) error, wait func()) {
	c.Helper()
	ctx, stop := context.WithCancel(context.Background())
	if err := start(ctx); err != nil {
		c.Fatal(err)
	}
	c.Cleanup(func() { stop(); wait() })
}

// hire gives everybody an account that stands. Nobody has a PIN: sessions are made by As alone. What is to be signed
// needs Founded.
func (c *Court) hire() {
	c.Helper()
	at := time.Now().UTC().Truncate(time.Microsecond)
	by := payment.Decision{By: payment.By{Device: "03"}, At: at}
	for i, m := range clerktest.Members {
		_, err := c.Ledger.People().Update(c.Context(), m.Number, func(
			payment.Person, payment.Staff,
		) (payment.Person, payment.Entry, error) {
			return payment.Person{
				Number: m.Number, Name: m.Name, Role: string(m.Role), Made: by, Ready: at, Confirmed: by, Changed: by,
				Change: uint64(i + 1), Confirmation: uint64(i + 100),
			}, payment.Entry{}, nil
		})
		if err != nil {
			c.Fatal(err)
		}
	}
}

// As returns the session of a person who has signed in just now, as a browser shows it; nobody's when empty.
func (c *Court) As(number string) *http.Cookie {
	c.Helper()
	if number == "" {
		return &http.Cookie{Name: "none"}
	}
	at, secret := time.Now().UTC().Truncate(time.Microsecond), "secret of "+number
	p, err := c.Ledger.People().Get(c.Context(), number)
	if err != nil {
		c.Fatal(err)
	}
	sum := sha256.Sum256([]byte(secret))
	_, err = c.Ledger.SignIns().Update(c.Context(), number, func(
		payment.SignIn, payment.Staff,
	) (payment.SignIn, payment.Entry, error) {
		s := payment.SignIn{Person: number, Token: sum[:], Change: p.Change, Begun: at, Seen: at}
		return s, payment.Entry{}, nil
	})
	if err != nil {
		c.Fatal(err)
	}
	w := httptest.NewRecorder()
	desk.KeepToken(w, number+"."+secret)
	return w.Result().Cookies()[0]
}

func lights(context.Context) []desk.Light {
	return []desk.Light{{Name: "微信支付", Well: true, Word: "正常"}, {Name: "案件系统", Well: true, Word: "正常"},
		{Name: "自助终端", Well: true, Word: "3/3 在线"}}
}

// gate is a machine's road to WeChat, whose transaction numbers look as they do.
type gate struct {
	*gatewaytest.Gate
	mu    sync.Mutex
	tails map[string]string // the last six digits of a payment, by its order
}

func (g *gate) Query(ctx context.Context, o payment.Order) (payment.Reported, error) {
	r, err := g.Gate.Query(ctx, o)
	if r.TransactionID != "" {
		g.mu.Lock()
		defer g.mu.Unlock()
		r.TransactionID = "4200002611" + r.PaidAt.In(payment.China).Format("20060102") + "1234" + g.tails[o.No]
	}
	return r, err
}

// pen is a signer.
type pen struct{}

func (pen) Sign(r receipt.Receipt) receipt.Receipt {
	r.Code = "CRT1." + r.Number
	return r
}

// A Printer is one that prints, or has a trouble.
type Printer struct {
	receipt.None
	mu      sync.Mutex
	Printed []receipt.Receipt
	Trouble *receipt.TroubleError
}

// Ready says what is wrong with it.
func (p *Printer) Ready(context.Context) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.Trouble != nil {
		return p.Trouble
	}
	return nil
}

// Print prints.
func (p *Printer) Print(_ context.Context, r receipt.Receipt) (receipt.Outcome, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.Trouble != nil {
		return "", p.Trouble
	}
	p.Printed = append(p.Printed, r)
	return receipt.PrintedProven, nil
}

// Bills is a court that asks for its bills.
type Bills struct {
	mu      sync.Mutex
	all     []bill.Bill
	refuses map[string]bool // reports of a case
	Silent  bool
}

func (b *Bills) find(is func(bill.Bill) bool) (list []bill.Bill, err error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.Silent {
		return nil, bill.ErrUnreachable
	}
	for _, one := range b.all {
		if is(one) {
			list = append(list, one)
		}
	}
	if len(list) == 0 {
		return nil, bill.ErrNotFound
	}
	return list, nil
}

// Find returns the bills of a query.
func (b *Bills) Find(_ context.Context, q bill.Query) ([]bill.Bill, error) {
	return b.find(func(one bill.Bill) bool {
		return q.Code != "" && one.Code == q.Code || q.Code == "" && one.Case.Base() == q.Case.Base()
	})
}

// Again returns a bill as it stands.
func (b *Bills) Again(_ context.Context, old bill.Bill) (bill.Bill, error) {
	list, err := b.find(func(one bill.Bill) bool { return one.Key() == old.Key() })
	if err != nil {
		return bill.Bill{}, err
	}
	return list[0], nil
}

// Tell takes a report, or refuses it.
func (b *Bills) Tell(_ context.Context, p bill.Paid) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.refuses[p.Bill.Case.String()] {
		return &bill.RefusedError{Reason: bill.WasSettled}
	}
	return nil
}

// Name has the court name a fiscal receipt for the bills of a case.
func (b *Bills) Name(number string, f bill.Fiscal) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for i := range b.all {
		if b.all[i].Case.String() == number {
			b.all[i].Fiscal = f
		}
	}
}

// Quiet has the court give no answer, or answer again.
func (b *Bills) Quiet(silent bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.Silent = silent
}

// Mend has the court take what it has refused so far, when it is told again.
func (b *Bills) Mend() {
	b.mu.Lock()
	defer b.mu.Unlock()
	clear(b.refuses)
}

// Close closes nothing.
func (b *Bills) Close() error { return nil }

func (b *Bills) put(one bill.Bill) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.all = append(b.all, one)
}

// case of the court: 民初12345.
func caseOf(kind string, serial int) caseno.Number {
	return caseno.Number{Year: 2026, Court: "京0101", Type: kind, Serial: strconv.Itoa(serial)}
}

// until waits for an hour of the invented day, where time costs nothing.
func (c *Court) until(hour string) {
	c.Helper()
	if !c.clocked {
		return
	}
	at, err := time.ParseInLocation("2006-01-02 15:04:05", "2026-"+hour, payment.China)
	if err != nil {
		c.Fatal(err)
	}
	time.Sleep(time.Until(at))
}

// follow waits until an order is what is wanted.
func (c *Court) follow(no string, is func(payment.Order) bool) payment.Order {
	c.Helper()
	for range 6000 {
		o, err := c.Ledger.Order(c.Context(), no)
		if err != nil {
			c.Fatal(err)
		}
		if is(o) {
			return o
		}
		time.Sleep(100 * time.Millisecond)
	}
	c.Fatal(fmt.Errorf("order %s did not become what was wanted", no))
	return payment.Order{}
}
