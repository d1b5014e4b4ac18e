package console

import (
	"bytes"
	"context"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"filippo.io/age"

	"courtkiosk/app"
	"courtkiosk/app/bill"
	"courtkiosk/app/bill/register"
	"courtkiosk/app/caseno"
	"courtkiosk/app/config"
	"courtkiosk/app/counter"
	"courtkiosk/app/doctor"
	"courtkiosk/payment"
	"courtkiosk/payment/wechatsim"
)

// A machine is a kiosk at work, in virtual time: the real ledger, WeChat in the same process, the background as ever.
type machine struct {
	*app.App
	t      *testing.T
	sim    *wechatsim.Sim
	number caseno.Number
	end    func() // ends it before its test does
	// opens another machine of the same id, at the same WeChat
	another  func() *machine
	instance string // of that one's ledger
}

// A bank is WeChat's key, and a demo that has the merchants' keys; and another machine's share, with the key that
// copies are sealed to.
type bank struct {
	demo   *app.App
	key    *rsa.PrivateKey
	file   string // of the public key
	share  string
	secret *age.X25519Identity
}

func openBank(t *testing.T) bank {
	t.Helper()
	demo, err := app.OpenDemo(t.TempDir(), nil, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = demo.Close() })
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	der, err := x509.MarshalPKIXPublicKey(&key.PublicKey)
	if err != nil {
		t.Fatal(err)
	}
	secret, err := age.GenerateX25519Identity()
	if err != nil {
		t.Fatal(err)
	}
	share, err := os.MkdirTemp("/dev/shm", "courtkiosk-share-")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(share) })
	b := bank{demo, key, filepath.Join(t.TempDir(), "pub_key.pem"), share, secret}
	text := pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der})
	if err := os.WriteFile(b.file, text, 0o600); err != nil {
		t.Fatal(err)
	}
	return b
}

// open opens a WeChat Pay without orders.
func (b bank) open(t *testing.T) *wechatsim.Sim {
	t.Helper()
	stand := b.demo.Demo
	sim, err := wechatsim.New(wechatsim.Options{Key: b.key,
		Merchants: []wechatsim.Merchant{stand.Merchant, stand.Second, stand.Third}})
	if err != nil {
		t.Fatal(err)
	}
	return sim
}

// inside runs a case at a new machine.
func inside(t *testing.T, b bank, n int, run func(m *machine)) {
	start := time.Now().Add(time.Hour)
	dir, other := t.TempDir(), t.TempDir()
	synctest.Test(t, func(t *testing.T) {
		time.Sleep(time.Until(start))
		m := b.install(t, dir, b.open(t), n)
		m.another = func() *machine { return b.install(t, other, m.sim, n) }
		m.green("at first")
		run(m)
	})
}

// config is that of a machine of the one id.
func (b bank) config(dir string, sim *wechatsim.Sim) config.Config {
	c := b.demo.Config
	c.Ledger.File, c.Ledger.Backups = filepath.Join(dir, "ledger.db"), filepath.Join(dir, "backups")
	c.Receipt.Address = filepath.Join(dir, "receipts")
	c.WeChat.PublicKey, c.WeChat.PublicKeyID = b.file, sim.PublicKeyID()
	c.Offsite = config.Offsite{Recipient: b.secret.Recipient().String(), Folder: b.share}
	return c
}

// install opens a new machine of the same id at a WeChat Pay, and starts it.
func (b bank) install(t *testing.T, dir string, sim *wechatsim.Sim, n int) *machine {
	t.Helper()
	c := b.config(dir, sim)
	a, err := app.Open(c, slog.New(slog.DiscardHandler), app.OnRoad(sim.Transport()))
	if err != nil {
		t.Fatal(err)
	}
	number := caseno.Number{Year: 2026, Court: "京0101", Type: "民初", Serial: fmt.Sprint(n)}
	ctx, stop := context.WithCancel(t.Context())
	m := &machine{App: a, t: t, sim: sim, number: number}
	m.list("2700", "")
	wait, err := a.Start(ctx)
	if err != nil {
		t.Fatal(err)
	}
	time.Sleep(time.Minute + time.Second/3) // between the ticks of the background, which has then nothing in hand
	m.end = sync.OnceFunc(func() { stop(); wait(); _ = a.Close() })
	t.Cleanup(m.end)
	return m
}

func (m *machine) list(yuan, state string) {
	m.t.Helper()
	rows := fmt.Sprintf("案号,费用项目,金额,交费人,状态\n%s,案件受理费,%s,张晓明,%s\n", m.number, yuan, state)
	if yuan == "" {
		rows = "案号,费用项目,金额,交费人\n（2026）京0101民初9999号,案件受理费,50,李四\n"
	}
	list := m.Court().(*register.Register)
	_, err := list.Import(m.t.Context(), strings.NewReader(rows), "list.csv", time.Now())
	if bad, ok := errors.AsType[*register.Refused](err); ok && bad.Missing > 0 { // the demo's bills, on purpose
		_, err = list.ImportAgreed(m.t.Context(), strings.NewReader(rows), "list.csv", time.Now(),
			register.Agreed{Missing: bad.Missing})
	}
	if err != nil {
		m.t.Fatal(err)
	}
}

// opens shows a code for the bill, and returns its order.
func (m *machine) opens() string {
	m.t.Helper()
	dues, err := m.Counter().Find(m.t.Context(), bill.Query{Case: m.number})
	if err != nil || len(dues) != 1 {
		m.t.Fatalf("found %+v, %v", dues, err)
	}
	d := dues[0]
	p, err := m.Counter().Pay(m.t.Context(), counter.Ask{ID: fmt.Sprint(d.Quote, time.Now().Unix()), Visit: "a",
		Bill: d.Bill, Quote: d.Quote})
	if err != nil {
		m.t.Fatal(err)
	}
	time.Sleep(2 * time.Second)
	m.is(p.Order, payment.Waiting)
	return p.Order
}

func (m *machine) is(order string, want payment.State) {
	m.t.Helper()
	if o, err := m.Ledger().Order(m.t.Context(), order); err != nil || o.State != want {
		m.t.Fatalf("order is %s, want %s: %v", o.State, want, err)
	}
}

// pays opens an order and pays it; what WeChat says of that is said badly, as long as it is asked less than most times.
func (m *machine) pays(most int, badly func(map[string]any)) string {
	m.t.Helper()
	no := m.opens()
	if err := m.sim.Pay(no); err != nil {
		m.t.Fatal(err)
	}
	if badly != nil {
		n := make(chan int, 1)
		n <- 0
		m.sim.Inject(func(c wechatsim.Call) *wechatsim.Fault {
			asked := <-n
			defer func() { n <- asked }()
			if c.Op != "query" || c.No != no {
				return nil
			}
			if asked++; asked > most {
				return nil
			}
			return &wechatsim.Fault{Distort: badly}
		})
	}
	time.Sleep(5 * time.Minute)
	return no
}

// says runs a command line at the machine.
func (m *machine) says(line string) (text string, exit int) {
	var out bytes.Buffer
	c := &call{Env: Env{Args: split(line), Stdout: &out, Stderr: &out}, live: m.App}
	exit = c.run(m.t.Context())
	return out.String(), exit
}

// split splits a command line; what stands in quotes is one word.
func split(line string) (list []string) {
	for i, part := range strings.Split(line, "'") {
		if i%2 == 1 {
			list = append(list, part)
		} else {
			list = append(list, strings.Fields(part)...)
		}
	}
	return list
}

// green wants a machine that a monitor does not ring for.
func (m *machine) green(when string) {
	m.t.Helper()
	if text, exit := m.says("health --lang en"); exit != Done {
		m.t.Errorf("%s health exits %d:\n%s", when, exit, text)
	}
}

// red wants a machine that a monitor rings for because of a trouble.
func (m *machine) red(code doctor.Code) {
	m.t.Helper()
	text, exit := m.says("health --lang en")
	if printed := doctor.Of(code).Printed; exit != Failed || !strings.Contains(text, "\n"+printed+" ") {
		m.t.Errorf("health exits %d without %s:\n%s", exit, printed, text)
	}
}

// lacks takes out of an answer what a receipt needs.
func lacks(m map[string]any) { delete(m, "success_time") }

func less(m map[string]any) { m["amount"] = map[string]any{"total": 1, "currency": "CNY"} }

// secondPayment has the closed order of a bill paid, which must not happen at WeChat, beside the next one; then all of
// the first comes back. It returns the second one.
func secondPayment(m *machine) string {
	m.t.Helper()
	first := m.opens()
	if err := m.sim.CloseByPlatform(first); err != nil {
		m.t.Fatal(err)
	}
	time.Sleep(time.Minute)
	m.is(first, payment.Closed)
	second := m.opens()
	said := func(s payment.TradeState) {
		_, err := m.Ledger().Update(m.t.Context(), first, func(o payment.Order, others []payment.Order) (payment.Change,
			error) {
			return o.Apply(payment.Reported{No: first, State: s, MchID: o.Merchant.MchID, AppID: o.Merchant.AppID,
				Attach: o.Attach, Amount: o.Amount, Currency: "CNY", TransactionID: "4200001", PaidAt: time.Now()},
				others, time.Now())
		})
		if err != nil {
			m.t.Fatal(err)
		}
	}
	said(payment.TradeSuccess)
	if err := m.sim.Pay(second); err != nil {
		m.t.Fatal(err)
	}
	time.Sleep(time.Minute)
	accept := "orders accept " + second + " --reason x"
	if text, exit := m.says(accept); exit != Failed || !strings.Contains(text, first) {
		m.t.Errorf("accepted beside the first: %d\n%s", exit, text)
	}
	said(payment.TradeRefund)
	if text, exit := m.says("orders returned " + first + " --all --reason x"); exit != Done {
		m.t.Errorf("returned: %d\n%s", exit, text)
	}
	return second
}

// A trouble is one that lasts, and what ends it.
type trouble struct {
	code  doctor.Code
	make  func(m *machine) (order string)
	ends  []string         // commands; ORDER is what make returns
	hand  func(m *machine) // what a person does first, or WeChat
	after time.Duration    // until all is well then
}

const done = "orders done ORDER --reason 'looked at' --by 1024"

var troubles = map[string]trouble{
	"WeChat does not answer": {doctor.WeChatSilent, func(m *machine) string {
		m.sim.Inject(func(wechatsim.Call) *wechatsim.Fault { return &wechatsim.Fault{Before: true, Lost: true} })
		for m.Cashier().Health(m.Config.Merchant(bill.Litigation)).Trouble == nil {
			time.Sleep(time.Second)
		}
		time.Sleep(4*time.Minute + 50*time.Second)
		m.green("before the patience is over")
		time.Sleep(time.Minute)
		return ""
	}, nil, heal, 2 * time.Minute},
	"WeChat refuses the key": {doctor.Unauthorized, func(m *machine) string {
		m.sim.Inject(func(wechatsim.Call) *wechatsim.Fault {
			return &wechatsim.Fault{Status: 401, Code: "SIGN_ERROR"}
		})
		time.Sleep(15 * time.Minute)
		return ""
	}, nil, heal, 2 * time.Minute},
	"the clock is wrong": {doctor.Clock, func(m *machine) string {
		m.sim.Inject(func(wechatsim.Call) *wechatsim.Fault { return &wechatsim.Fault{Clock: 3 * time.Minute} })
		time.Sleep(15 * time.Minute)
		return ""
	}, nil, heal, 2 * time.Minute},
	"the printer is gone": {doctor.PrinterUnreachable, func(m *machine) string {
		if err := os.RemoveAll(m.Config.Receipt.Address); err != nil {
			m.t.Fatal(err)
		}
		time.Sleep(2 * time.Minute)
		return ""
	}, nil, func(m *machine) {
		if err := os.Mkdir(m.Config.Receipt.Address, 0o700); err != nil {
			m.t.Fatal(err)
		}
	}, 2 * time.Minute},
	"no copy leaves": {doctor.Offsite, func(m *machine) string {
		if err := os.Rename(m.Config.Offsite.Folder, m.Config.Offsite.Folder+"-away"); err != nil {
			m.t.Fatal(err)
		}
		time.Sleep(27 * time.Hour)
		return ""
	}, nil, func(m *machine) {
		if err := os.Rename(m.Config.Offsite.Folder+"-away", m.Config.Offsite.Folder); err != nil {
			m.t.Fatal(err)
		}
	}, 2 * time.Hour},
	"no backup": {doctor.Backup, func(m *machine) string {
		if err := os.RemoveAll(m.Config.Ledger.Backups); err != nil {
			m.t.Fatal(err)
		}
		if err := os.WriteFile(m.Config.Ledger.Backups, nil, 0o600); err != nil {
			m.t.Fatal(err)
		}
		time.Sleep(27 * time.Hour)
		return ""
	}, nil, func(m *machine) {
		if err := os.Remove(m.Config.Ledger.Backups); err != nil {
			m.t.Fatal(err)
		}
	}, 2 * time.Hour},
	"closing for an hour":         {doctor.Unsettled, closing, []string{done}, nil, 0},
	"closing, and WeChat answers": {doctor.Unsettled, closing, []string{"orders ask ORDER"}, heal, time.Minute},
	"another amount": {doctor.Disputed, func(m *machine) string { return m.pays(1000, less) },
		[]string{"orders accept ORDER --reason 'one fen will do'", // the court's list says another amount
			"orders done ORDER attention/report --reason 'told by telephone'"}, nil, 0},
	"a refused report": {doctor.ReportRefused, refusedReport, []string{done}, nil, 0},
	"a refused report, put right": {doctor.ReportRefused, refusedReport, []string{"orders report ORDER"},
		func(m *machine) { m.list("2700", "") }, 2 * time.Minute},
	"facts lack for a while": {doctor.Disputed, func(m *machine) string { return m.pays(3, lacks) },
		[]string{"orders ask ORDER", done}, nil, time.Minute},
	"facts lack for ever": {doctor.Disputed, func(m *machine) string {
		no := m.pays(1000, lacks)
		if text, exit := m.says("orders accept " + no + " --reason x"); exit != Failed {
			m.t.Errorf("accepted: %d\n%s", exit, text)
		}
		return no
	}, []string{"orders ask ORDER", done}, nil, 0},
	"an answer that names nobody": {doctor.Attention, func(m *machine) string {
		return m.pays(1000, func(m map[string]any) { delete(m, "out_trade_no") })
	}, []string{done}, heal, time.Minute},
	"a lost ledger": {doctor.OtherLedger, func(m *machine) string {
		return m.paidAtAnother(0)
	}, []string{"orders adopt --instance INSTANCE --reason 'the disk died' --by 1024"}, nil, time.Minute},
	"a machine that has another id since": {doctor.OtherLedger, func(m *machine) string {
		return m.paidAtAnother(0)
	}, []string{done}, nil, 0},
	"two machines of one id": {doctor.Twice, func(m *machine) string {
		return m.paidAtAnother(2 * time.Hour)
	}, []string{"orders apart INSTANCE --reason 'switched off' --by 1024",
		"orders adopt ORDER --reason burnt --by 1024"}, nil, time.Minute},
	"a second payment, the first returned": {doctor.Attention, secondPayment, []string{
		"orders accept ORDER --reason 'the first came back' --by 1024"}, nil, time.Minute},
	"a bill that changed after it was paid": {doctor.Attention, func(m *machine) string {
		no := m.pays(0, nil)
		m.list("2800", "")
		if _, err := m.Counter().Find(m.t.Context(), bill.Query{Case: m.number}); err != nil {
			m.t.Fatal(err)
		}
		return no
	}, []string{"orders done ORDER attention/amount --reason 'paid at the window'"}, nil, 0},
}

// elsewhere are the troubles that ring and are not walked here, and who walks them.
var elsewhere = map[doctor.Code]string{
	doctor.Ledger:      "the program ends and starts anew: payment/bolt's full disk",
	doctor.Away:        "the database answers: app's stopped server",
	doctor.Disk:        "room is made: payment/bolt's full disk",
	doctor.NoKey:       "the key is put back: health.txtar",
	doctor.Moved:       "ledger rebind: ui/endtoend's copy beside its original",
	doctor.Network:     "WeChat or the court answers: app/care's patience",
	doctor.CourtSilent: "the court answers: app/care's patience",

	doctor.PaperOut: byHand, doctor.CoverOpen: byHand, doctor.PrinterJammed: byHand, doctor.PrinterBroken: byHand,
	doctor.PrinterOffline: byHand, doctor.PrinterSilent: byHand,

	doctor.Unverified: "the right key file, and a new start: keys.txtar, app/care",

	doctor.SigningKey: "a new key, and a new start: receipt.txtar",
	doctor.Succeeded:  "another id, or ledger rebind: offsite.txtar",
}

const byHand = "a hand at the printer: app/care, app/receipt/escpos"

// Every trouble that rings is walked, and has a row in the manual that says what ends it.
func TestEveryTroubleIsWalked(t *testing.T) {
	manual, err := os.ReadFile("../../assets/docs/manual.md")
	if err != nil {
		t.Fatal(err)
	}
	walked := make(map[doctor.Code]bool)
	for _, tt := range troubles {
		walked[tt.code] = true
	}
	for _, c := range doctor.Catalogue() {
		year := time.Now().AddDate(1, 0, 0)
		if !(doctor.Finding{Code: c.Code, Since: time.Now()}).Rings(year) {
			continue
		}
		if why := elsewhere[c.Code]; walked[c.Code] == (why != "") {
			t.Errorf("%s is walked: %t, and elsewhere: %q", c.Code, walked[c.Code], why)
		}
		if !strings.Contains(string(manual), "\n| "+c.Printed+" ") {
			t.Errorf("the manual does not say what ends %s", c.Printed)
		}
	}
}

// closing cancels an order that WeChat does not know any more, and waits for an hour.
func closing(m *machine) string {
	no := m.opens()
	m.sim.Inject(func(c wechatsim.Call) *wechatsim.Fault {
		if c.No != no {
			return nil
		}
		return &wechatsim.Fault{Before: true, Status: 404, Code: "ORDER_NOT_EXIST"}
	})
	err := m.Counter().Wish(m.t.Context(), counter.Wish{Kind: counter.Cancel, Order: no, Visit: "a"})
	if err != nil {
		m.t.Fatal(err)
	}
	time.Sleep(59 * time.Minute)
	m.is(no, payment.Closing)
	m.green("before the patience is over")
	time.Sleep(2 * time.Minute)
	return no
}

// refusedReport pays a bill that the court has withdrawn.
func refusedReport(m *machine) string {
	no := m.opens()
	m.list("", "")
	if err := m.sim.Pay(no); err != nil {
		m.t.Fatal(err)
	}
	time.Sleep(5 * time.Minute)
	return no
}

func heal(m *machine) { m.sim.Inject(nil) }

// Nothing stays red for ever: each trouble that a monitor rings for is ended, by a command where no hand does it.
func TestEveryTroubleEnds(t *testing.T) {
	b := openBank(t)
	n := 0
	for name, tt := range troubles {
		n++
		t.Run(name, func(t *testing.T) {
			inside(t, b, n, func(m *machine) {
				order := tt.make(m)
				m.red(tt.code)
				if tt.hand != nil {
					tt.hand(m)
				}
				for i, line := range tt.ends {
					time.Sleep(time.Duration(i) * time.Minute)
					line = strings.NewReplacer("ORDER", order, "INSTANCE", m.instance).Replace(line)
					if text, exit := m.says(line); exit != Done {
						t.Errorf("%s exits %d:\n%s", line, exit, text)
					}
				}
				time.Sleep(tt.after)
				m.green("at the end")
				time.Sleep(3 * time.Hour)
				m.green("hours later")
				text, _ := m.says("orders show " + order)
				o, err := m.Ledger().Order(t.Context(), order)
				if err == nil && o.ByHand != strings.Contains(text, "\nby hand ") {
					t.Errorf("taken in hand: %t, and it says\n%s", o.ByHand, text)
				}
				if slices.Contains(tt.ends, done) && !strings.Contains(text, "looked at (by 1024 at 03)") {
					t.Errorf("the audit does not tell who ended it:\n%s", text)
				}
			})
		})
	}
}
