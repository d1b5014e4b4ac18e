package desk_test

import (
	"bytes"
	"context"
	"crypto/rand"
	"crypto/rsa"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/url"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"courtkiosk/app/bill"
	"courtkiosk/app/clerk"
	"courtkiosk/app/clerk/clerktest"
	"courtkiosk/app/counter"
	"courtkiosk/payment"
	"courtkiosk/payment/bolt"
	"courtkiosk/payment/ledgertest"
	"courtkiosk/payment/reconcile"
	"courtkiosk/payment/wechat"
	"courtkiosk/payment/wechatsim"
	"courtkiosk/ui/desk"
)

// A billOffice is a court whose bills come from WeChat's simulator over the real client, behind the real door.
type billOffice struct {
	*testing.T
	ledger *bolt.Ledger
	sim    *wechatsim.Sim
	desk   *clerk.Desk
	people *clerktest.People
	door   *entrance
	day    time.Time // whose bill there is
}

var accountOfBills = payment.Merchant{MchID: "1900000001", AppID: "wx1"}

func openBillOffice(t *testing.T) *billOffice {
	t.Helper()
	const serial = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"
	var keys [2]*rsa.PrivateKey
	for i := range keys {
		k, err := rsa.GenerateKey(rand.Reader, 2048)
		if err != nil {
			t.Fatal(err)
		}
		keys[i] = k
	}
	m := accountOfBills
	sim, err := wechatsim.New(wechatsim.Options{Key: keys[1], FeeRate: 60, Merchants: []wechatsim.Merchant{
		{MchID: m.MchID, AppID: m.AppID, Serial: serial, PublicKey: &keys[0].PublicKey}}})
	if err != nil {
		t.Fatal(err)
	}
	gate, err := wechat.New(wechat.Config{Hosts: []string{"https://sim.example"}, Transport: sim.Transport(),
		Accounts: []wechat.Account{{Merchant: m, MerchantSerial: serial, PrivateKey: keys[0],
			PublicKeyID: sim.PublicKeyID(), PublicKey: sim.PublicKey(), NotifyURL: "https://court.example/n"}}})
	if err != nil {
		t.Fatal(err)
	}
	dir, log := t.TempDir(), slog.New(slog.DiscardHandler)
	l, err := bolt.Open(filepath.Join(dir, "ledger.db"), payment.Identity{Court: "京0101", Environment: "test"},
		bolt.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() })
	cashier := payment.NewCashier(payment.Desk{Ledger: l, Gateway: gate, Refunder: gate, May: clerk.MayRefund, Log: log,
		Kiosk: "03", PayWithin: time.Minute})
	o := &billOffice{T: t, ledger: l, sim: sim, day: time.Now().In(payment.China).AddDate(0, 0, -2)}
	o.desk = clerk.New(clerk.Options{
		Ledger: l, Cashier: cashier, Device: "03", Issuer: "court", Key: filepath.Join(dir, "clerk.key"), Log: log,
		Counter: &counter.Counter{Options: counter.Options{Ledger: l, House: counter.House{Court: "京0101",
			Name: "北京市东城区人民法院", Kiosk: "03"}, Merchant: func(bill.Purse) payment.Merchant { return m }}},
		Bills: &reconcile.Office{Ledger: l, Cashier: cashier, Log: log,
			Device: func(_ context.Context, d string) (bool, error) { return d == "03", nil }},
	})
	o.people = clerktest.Found(t, o.desk)
	o.door = enter(t, 4, desk.New(desk.Options{Desk: o.desk, Court: "北京市东城区人民法院", Log: log}))
	return o
}

// pay has an order paid, on the day whose bill there is; the ledger has it by a signed query.
func (o *billOffice) pay(n int) payment.Order {
	o.Helper()
	order := ledgertest.New(o.T, o.ledger, ledgertest.Request(n), time.Now())
	ledgertest.Step(o.T, o.ledger, order.No, func(s payment.Order) payment.Change {
		s.Attach = "03/" + o.ledger.Identity().Instance
		return s.Code("weixin://x")
	})
	o.atWeChat(order, o.day)
	order, err := o.desk.Cashier.Ask(o.Context(), order.No)
	if err != nil || order.State != payment.Paid {
		o.Fatal(order.State, err)
	}
	return order
}

// atWeChat has WeChat say that an order was paid at a time.
func (o *billOffice) atWeChat(order payment.Order, at time.Time) {
	o.sim.PayElsewhere(wechatsim.Order{MchID: accountOfBills.MchID, AppID: accountOfBills.AppID, No: order.No,
		Attach: "03/" + o.ledger.Identity().Instance, Total: int64(order.Amount), Description: "案件受理费",
		PaidAt: at, TransactionID: order.TransactionID})
}

// window is a browser's window at the court's door: over TLS, with a certificate of its own.
func (o *billOffice) window(name string) *tab {
	o.Helper()
	client := o.door.browser(o.door.certificate(o.door.authority, name, true))
	client.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	return &tab{T: o.T, handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		text, err := io.ReadAll(r.Body)
		if err != nil {
			o.Fatal(err)
		}
		address := strings.TrimSuffix(o.door.url("desk.court.example"), "/") + r.URL.RequestURI()
		asked, err := http.NewRequestWithContext(r.Context(), r.Method, address, bytes.NewReader(text))
		if err != nil {
			o.Fatal(err)
		}
		asked.Header = r.Header.Clone()
		answer, err := client.Do(asked)
		if err != nil {
			o.Fatal(err)
		}
		defer answer.Body.Close()
		for name, values := range answer.Header {
			w.Header()[name] = values
		}
		w.WriteHeader(answer.StatusCode)
		_, _ = io.Copy(w, answer.Body)
	})}
}

// second gives the court another finance officer, and returns that officer's session at a window.
func (o *billOffice) second(window string) *http.Cookie {
	o.Helper()
	const number = "0306"
	of, err := o.ledger.People().Get(o.Context(), clerktest.Finance)
	if err == nil {
		_, err = o.ledger.People().Update(o.Context(), number, func(payment.Person, payment.Staff) (payment.Person,
			payment.Entry, error) {
			of.Number, of.Name = number, "郑和平"
			return of, payment.Entry{}, nil
		})
	}
	if err != nil {
		o.Fatal(err)
	}
	return o.session(number, window)
}

// session is the session of a person who has signed in just now.
func (o *billOffice) session(number, window string) *http.Cookie {
	o.Helper()
	return &http.Cookie{Name: "__Host-desk", Value: signedInto(o.T, o.ledger, number, window), Path: "/", Secure: true,
		HttpOnly: true, SameSite: http.SameSiteStrictMode}
}

// row returns the address of the difference that a page's row says.
func (b *tab) row(word string) string {
	b.Helper()
	for _, m := range anchor.FindAllStringSubmatch(b.page, -1) {
		if strings.HasPrefix(m[1], "/difference/") && !strings.HasSuffix(m[1], "/end") && strings.Contains(m[2], word) {
			return m[1]
		}
	}
	b.Fatalf("no difference says %s:\n%s", word, b.page)
	return ""
}

// A difference that WeChat's bill shows is fetched, shown, taken, asked about and ended, over HTTPS: by who has the
// right, by one person at a time, and once.
func TestReconcileByTheRoad(t *testing.T) {
	o := openBillOffice(t)
	o.pay(1)
	short := o.pay(2)
	o.atWeChat(short, o.day.AddDate(0, 0, -1)) // the bill of the day before has it
	o.sim.PayElsewhere(wechatsim.Order{MchID: accountOfBills.MchID, AppID: accountOfBills.AppID, No: "UNKNOWN",
		Attach: "03/" + o.ledger.Identity().Instance, Total: 5000, PaidAt: o.day})
	day := "/reconcile/" + o.day.Format(time.DateOnly)

	w01, w02 := o.window("W01"), o.window("W02")
	w01.ask(http.MethodGet, "/sign-in", nil)
	w01.fill("/sign-in", url.Values{"who": {clerktest.Finance}, "pin": {clerktest.PIN(clerktest.Finance)},
		"code": {o.people.Code(clerktest.Finance)}})
	w01.ask(http.MethodGet, day, nil)
	w01.shows(http.StatusOK, "还不能对账：还没有取过", "还不知道有没有差异", "取账单")
	w01.fill(day, url.Values{})
	w01.shows(http.StatusOK, "账单已取得并核对", "差异 2 项，未了结 2 项", "长款", "短款", "微信账单支付合计", "2,750.00",
		"摘要与文件相符")
	for _, claim := range []string{"没有差异", "还不能对账"} {
		if strings.Contains(w01.page, claim) {
			t.Errorf("the day is said to be %s", claim)
		}
	}
	surplus, missing := w01.row("商户单号"), w01.row("ZF-")

	for _, m := range []clerktest.Member{clerktest.Members[0], clerktest.Members[2], clerktest.Members[4],
		clerktest.Members[5]} {
		sees := m.Role == clerk.RoleLead || m.Role == clerk.RoleAuditor
		w02.cookie = o.session(m.Number, "W02")
		w02.ask(http.MethodGet, surplus, nil)
		if (w02.code == http.StatusOK) != sees {
			t.Errorf("%s is answered %d", m.Role, w02.code)
		}
		for _, do := range []string{"take", "ask"} {
			w02.fill(surplus, url.Values{"do": {do}, "once": {do + m.Number}})
			w02.shows(http.StatusForbidden, "没有办理这项操作的权限")
		}
		w02.fill(surplus+"/end", url.Values{"once": {m.Number}, "reason": {"已查明原因，见补充说明"}, "more": {"查过"}})
		w02.shows(http.StatusForbidden)
		w02.fill(day, url.Values{"once": {"fetch" + m.Number}})
		w02.shows(http.StatusForbidden)
	}

	w01.fill(surplus, url.Values{"do": {"take"}})
	w01.shows(http.StatusOK, "已认领，由您办理", "（我）")
	w02.cookie = o.second("W02")
	w02.ask(http.MethodGet, surplus, nil)
	w02.shows(http.StatusOK, "由他人办理", "周*敏 0305")
	for _, do := range []string{"take", "ask"} {
		w02.fill(surplus, url.Values{"do": {do}, "once": {do + " second"}})
		w02.shows(http.StatusConflict, clerktest.Finance, "已经认领这项工作")
	}
	w02.fill(surplus, url.Values{"do": {"back"}, "once": {"back second"}})
	w02.shows(http.StatusConflict, "没有退回")

	w01.ask(http.MethodGet, surplus, nil)
	w01.fill(surplus, url.Values{"do": {"ask"}})
	w01.shows(http.StatusOK, "微信答复：已付款 50.00 元", "注明结果后了结")
	end := func(path, reason, more, pin string) {
		w01.ask(http.MethodGet, path+"/end", nil)
		form := fields(w01.page)
		form.Set("reason", reason)
		form.Set("more", more)
		form.Set("pin", pin)
		w01.ask(http.MethodPost, path+"/end", form)
	}
	pin := clerktest.PIN(clerktest.Finance)
	end(surplus, "", "", pin)
	w01.shows(http.StatusUnprocessableEntity, "没有填写原因")
	end(surplus, "已查明原因，见补充说明", "", pin)
	w01.shows(http.StatusUnprocessableEntity, "没有填写原因")
	end(surplus, "已补记入账", "", pin)
	w01.shows(http.StatusConflict)
	end(surplus, "微信查询已确认", "", "000111")
	w01.shows(http.StatusOK, "操作没有执行")
	key := differenceOf(o, reconcile.NotWithUs).Key()
	if x := differenceOf(o, reconcile.NotWithUs); !x.Open() {
		t.Fatalf("ended all the same: %+v", x)
	}
	end(surplus, "微信查询已确认", "客户已联系", pin)
	w01.shows(http.StatusOK, "差异已了结", "微信查询已确认", "客户已联系", "未了结 1 项")
	x, err := o.ledger.Differences().Get(t.Context(), key)
	if err != nil || x.Open() || x.Resolved.By.Person != clerktest.Finance || x.How != payment.HowAsked {
		t.Errorf("%+v, %v", x, err)
	}
	w01.fill(surplus+"/end", url.Values{"once": {"later"}, "reason": {"微信查询已确认"}, "pin": {pin}})
	w01.shows(http.StatusConflict, "已经了结")

	end(missing, "微信查询已确认", "前一日账单已列", pin)
	w01.shows(http.StatusOK, "差异已了结", "已处理", "差异 2 项")
	days, err := o.desk.Days(t.Context(), o.people.At(t, clerktest.Finance), []string{accountOfBills.MchID}, o.day)
	if err != nil || days[o.day.Day()-1].State != clerk.DayResolved {
		t.Errorf("the day is %+v, %v", days[o.day.Day()-1], err)
	}
	told := make(map[string]int)
	list, err := o.ledger.Since(t.Context(), 0, payment.MaxPage)
	for _, e := range list {
		told[e.Event]++
	}
	if err != nil || told["difference-found"] != 2 || told["difference-resolved"] != 2 || told["difference-taken"] < 1 {
		t.Errorf("the audit says %v, %v", told, err)
	}
}

// differenceOf is the one difference of a kind.
func differenceOf(o *billOffice, k payment.DifferenceKind) payment.Difference {
	o.Helper()
	list, err := reconcile.Of(o.Context(), o.ledger, accountOfBills.MchID, o.day)
	for _, d := range list {
		if d.Kind == k {
			return d
		}
	}
	o.Fatal(errors.Join(err, errors.New("no such difference")))
	return payment.Difference{}
}
