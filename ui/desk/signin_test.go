package desk_test

import (
	"context"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"courtkiosk/app/clerk"
	"courtkiosk/app/clerk/clerktest"
	"courtkiosk/payment"
	"courtkiosk/payment/bolt"
	"courtkiosk/payment/durable"
	"courtkiosk/ui/desk"
	"courtkiosk/ui/desk/desktest"
)

// A tab keeps a session as Chromium does, and follows where forms lead.
type tab struct {
	*testing.T
	handler http.Handler
	cookie  *http.Cookie
	page    string // as it was shown last
	code    int
}

// An office is a court with real accounts, behind pages that sign in.
type office struct {
	*testing.T
	*clerk.Desk
	people  *clerktest.People
	handler http.Handler
}

// offices lives each life in a court of its own that was founded in the morning.
func offices(t *testing.T, lives map[string]func(*office)) {
	morning := time.Date(2026, 11, 28, 9, 0, 0, 0, payment.China)
	first := t.TempDir()
	var people *clerktest.People
	synctest.Test(t, func(t *testing.T) {
		time.Sleep(time.Until(morning.Add(-time.Hour)))
		d, l := deskIn(t, first, clerk.Options{})
		people = clerktest.FoundHere(t, d)
		if err := l.Close(); err != nil {
			t.Fatal(err)
		}
	})
	for name, live := range lives {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				time.Sleep(time.Until(morning))
				dir := t.TempDir()
				for _, file := range []string{"ledger.db", "clerk.key"} {
					if err := durable.Copy(filepath.Join(dir, file), filepath.Join(first, file)); err != nil {
						t.Fatal(err)
					}
				}
				c := desktest.Open(t, true) // for its counter alone: its people have no PINs
				d, l := deskIn(t, dir, clerk.Options{Counter: c.Counter, Cashier: c.Cashier, Printer: c.Printer})
				defer func() { _ = l.Close() }()
				h := desk.New(desk.Options{Desk: d, Court: "北京市东城区人民法院", Window: "2号窗口", Log: d.Log})
				live(&office{T: t, Desk: d, people: people.Copied(d), handler: h})
			})
		})
	}
}

// deskIn is a desk over the ledger in a folder.
func deskIn(t *testing.T, dir string, o clerk.Options) (*clerk.Desk, *bolt.Ledger) {
	t.Helper()
	l, err := bolt.Open(filepath.Join(dir, "ledger.db"), payment.Identity{Court: "京0101", Environment: "test"},
		bolt.Options{})
	if err != nil {
		t.Fatal(err)
	}
	o.Ledger, o.Device, o.Issuer, o.Log = l, "03", "北京市东城区人民法院", slog.New(slog.DiscardHandler)
	o.Key = filepath.Join(dir, "clerk.key")
	return clerk.New(o), l
}

func (o *office) tab() *tab { return &tab{T: o.T, handler: o.handler} }

// ask asks for a page and follows where it leads.
func (b *tab) ask(method, path string, form url.Values) {
	b.Helper()
	for range 5 {
		r := httptest.NewRequestWithContext(context.Background(), method, "https://desk.test"+path,
			strings.NewReader(form.Encode()))
		if method == http.MethodPost {
			r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
			r.Header.Set("Sec-Fetch-Site", "same-origin")
		}
		if b.cookie != nil {
			r.AddCookie(b.cookie)
		}
		w := httptest.NewRecorder()
		b.handler.ServeHTTP(w, r)
		for _, c := range w.Result().Cookies() {
			if b.cookie = c; c.MaxAge < 0 {
				b.cookie = nil
			}
			if c.Name != "__Host-desk" || !c.Secure || !c.HttpOnly || c.SameSite != http.SameSiteStrictMode ||
				c.Path != "/" || c.Domain != "" {
				b.Errorf("the cookie is %+v", c)
			}
		}
		b.page, b.code = w.Body.String(), w.Code
		if w.Code != http.StatusSeeOther {
			return
		}
		method, path, form = http.MethodGet, w.Header().Get("Location"), nil
	}
	b.Fatalf("%s leads nowhere", path)
}

var onceField = regexp.MustCompile(`name="once" value="([^"]*)"`)

// fill sends the form of the page that is shown, with the id that it has.
func (b *tab) fill(path string, form url.Values) {
	b.Helper()
	if m := onceField.FindStringSubmatch(b.page); m != nil && !form.Has("once") {
		form.Set("once", m[1])
	}
	if seed := fields(b.page).Get("seed"); seed != "" && form.Has("pin") {
		form.Set("seed", seed)
	}
	b.ask(http.MethodPost, path, form)
}

func (b *tab) shows(status int, texts ...string) {
	b.Helper()
	if b.code != status {
		b.Errorf("status %d, want %d", b.code, status)
	}
	for _, text := range texts {
		if !strings.Contains(b.page, text) {
			b.Errorf("it does not say %q:\n%s", text, b.page)
		}
	}
}

// signIn signs somebody in.
func (b *tab) signIn(o *office, number string) {
	b.Helper()
	b.ask(http.MethodGet, "/sign-in", nil)
	b.fill("/sign-in", url.Values{"who": {number}, "pin": {clerktest.PIN(number)}, "code": {o.people.Code(number)}})
	b.shows(http.StatusOK, number, "锁定")
}

func TestSignIn(t *testing.T) {
	offices(t, map[string]func(*office){
		"signed in": signInLife, "locked": lockLife, "a session ends in the middle": draftLife, "taken up": takeUpLife,
		"accounts": staffLife, "audit": auditLife,
	})
}

func signInLife(o *office) {
	b := o.tab()
	b.ask(http.MethodGet, "/", nil)
	b.shows(http.StatusOK, "<h1>登录</h1>")
	b.fill("/sign-in", url.Values{"who": {clerktest.Lead}, "pin": {"000111"}})
	b.shows(http.StatusUnauthorized, "工号、PIN 或动态口令不对", `value="0108"`)
	if strings.Contains(b.page, "000111") {
		o.Error("the PIN stands in the page")
	}
	// a double click: one session, and both answers hold it
	once, form := onceField.FindStringSubmatch(b.page)[1], url.Values{
		"who": {clerktest.Lead}, "pin": {clerktest.PIN(clerktest.Lead)}, "code": {o.people.Code(clerktest.Lead)},
	}
	form.Set("once", once)
	b.fill("/sign-in", form)
	b.shows(http.StatusOK, "0108")
	first := b.cookie
	other := &tab{T: o.T, handler: o.handler}
	other.fill("/sign-in", form)
	other.shows(http.StatusOK, "0108")
	if first == nil || other.cookie == nil || first.Value != other.cookie.Value {
		o.Errorf("two cookies: %v, %v", first, other.cookie)
	}
	b.ask(http.MethodPost, "/sign-out", url.Values{})
	b.shows(http.StatusOK, "<h1>登录</h1>")
	b.cookie = first // somebody has kept it
	b.ask(http.MethodGet, "/", nil)
	b.shows(http.StatusOK, "<h1>登录</h1>")
}

func lockLife(o *office) {
	b := o.tab()
	b.signIn(o, clerktest.Clerk)
	b.ask(http.MethodPost, "/lock", url.Values{})
	b.shows(http.StatusOK, "窗口已锁定", "王*兰 0217　收费员", "09:")
	b.ask(http.MethodGet, "/find", nil)
	b.shows(http.StatusOK, "窗口已锁定")
	for range 4 {
		b.fill("/locked", url.Values{"pin": {"000111"}})
		b.shows(http.StatusUnauthorized, "不对")
	}
	b.fill("/locked", url.Values{"pin": {"000111"}})
	b.shows(http.StatusUnauthorized, "已连续输错 5 次", "还有 60 秒", "后可用")
	b.fill("/locked", url.Values{"pin": {clerktest.PIN(clerktest.Clerk)}})
	b.shows(http.StatusUnauthorized, "已连续输错 5 次")
	time.Sleep(time.Minute)
	b.fill("/locked", url.Values{"pin": {clerktest.PIN(clerktest.Clerk)}})
	b.shows(http.StatusOK, "0217")
	for range 20 { // the page asks by itself, and nobody is there
		time.Sleep(15 * time.Second)
		b.ask(http.MethodGet, "/here", nil)
	}
	b.shows(http.StatusOK, "窗口已锁定")
}

// What was typed when the session ended is there for who has typed it, and for nobody else.
func draftLife(o *office) {
	b := o.tab()
	b.signIn(o, clerktest.Clerk)
	kept := b.cookie
	time.Sleep(10 * time.Minute)
	b.ask(http.MethodPost, "/find", url.Values{"q": {"567890"}, "pin": {"990011"}})
	b.shows(http.StatusUnauthorized, "填写的内容保留 30 分钟", "/locked?draft=")
	draft := regexp.MustCompile(`draft=([A-Z0-9]+)`).FindStringSubmatch(b.page)[1]
	b.ask(http.MethodGet, "/locked?draft="+draft, nil)
	b.shows(http.StatusOK, "未提交的内容已保留")
	other := o.tab()
	other.signIn(o, clerktest.Lead)
	other.ask(http.MethodGet, "/draft/"+draft, nil)
	other.shows(http.StatusNotFound, "没有保留的内容")
	b.cookie = kept
	b.fill("/locked", url.Values{"pin": {clerktest.PIN(clerktest.Clerk)}, "draft": {draft}})
	b.shows(http.StatusOK, `action="/find"`, `name="q" value="567890"`)
	if strings.Contains(b.page, "990011") {
		o.Error("a PIN was kept")
	}
	forger := o.tab() // at the same window: what is kept there is sent on by one key of who signs in next
	forger.cookie = &http.Cookie{Name: "__Host-desk", Value: clerktest.Clerk + ".whatever"}
	forger.ask(http.MethodPost, "/find", url.Values{"q": {"567890"}})
	forger.shows(http.StatusUnauthorized, "没有登录，操作没有提交")
	if strings.Contains(forger.page, "draft=") {
		o.Errorf("a stranger's words are kept for %s", clerktest.Clerk)
	}
}

// With the paper, and with nothing else, a person sets PIN and second factor.
func takeUpLife(o *office) {
	h, err := o.AddStaff(context.Background(), clerk.Console("03", clerk.UnixSocket),
		clerk.NewPerson{Number: "0110", Name: "何小雨", Role: clerk.RoleLead})
	if err != nil {
		o.Fatal(err)
	}
	b := o.tab()
	b.ask(http.MethodGet, "/take-up", nil)
	b.fill("/take-up", url.Values{"who": {"0110"}, "handed": {"AAAA-BBBB-CCCC-DDDD"}})
	b.shows(http.StatusUnprocessableEntity, "一次性代码不对")
	b.fill("/take-up", url.Values{"who": {"0110"}, "handed": {strings.ToLower(h.Code)}})
	b.shows(http.StatusOK, "何*雨 0110　主管", `<svg class="qr"`)
	secret := regexp.MustCompile(`<span class="id">([A-Z2-7 ]{39})</span>`).FindStringSubmatch(b.page)
	if secret == nil {
		o.Fatalf("no secret to type:\n%s", b.page)
	}
	set := func(pin, again string) {
		o.people.Take("0110", strings.ReplaceAll(secret[1], " ", ""))
		b.fill("/take-up", url.Values{"who": {"0110"}, "handed": {h.Code}, "pin": {pin}, "again": {again},
			"code": {o.people.Code("0110")}})
	}
	set("502917", "502918")
	b.shows(http.StatusUnprocessableEntity, "两次输入的 PIN 不一样", `<svg class="qr"`)
	set("123456", "123456")
	b.shows(http.StatusUnprocessableEntity, "不能是同号、连号或工号")
	set(clerktest.PIN("0110"), clerktest.PIN("0110"))
	b.shows(http.StatusOK, "一次性代码已作废", "<h1>登录</h1>")
	time.Sleep(time.Minute)
	b.signIn(o, "0110")
}

// IT makes an account, its person takes it up, a lead confirms it, IT resets and ends it; each step by the page alone.
func staffLife(o *office) {
	it, lead := o.tab(), o.tab()
	it.signIn(o, clerktest.IT)
	lead.signIn(o, clerktest.Lead)
	pin := clerktest.PIN(clerktest.IT)
	it.ask(http.MethodGet, "/staff/new", nil)
	person := url.Values{"number": {"0218"}, "name": {"何小雨"}, "role": {"clerk"}, "pin": {"000111"}}
	it.fill("/staff/new", person)
	it.shows(http.StatusOK, "工号、PIN 或动态口令不对", "操作没有执行")
	person.Set("pin", pin)
	person.Del("once")
	it.fill("/staff/new", person)
	it.shows(http.StatusOK, "只显示这一次", "0218")
	code := regexp.MustCompile(`[A-Z2-7]{4}(-[A-Z2-7]{4}){3}`).FindString(it.page)
	it.ask(http.MethodGet, "/staff", nil)
	it.shows(http.StatusOK, "0218", "何*雨", "待首次登录")
	if strings.Contains(it.page, code) || strings.Contains(it.page, "何小雨") {
		o.Errorf("the list shows the code, or the name:\n%s", it.page)
	}
	one := o.tab()
	one.ask(http.MethodGet, "/take-up", nil)
	one.fill("/take-up", url.Values{"who": {"0218"}, "handed": {code}})
	if strings.Contains(one.page, `class="qr"`) {
		o.Error("a clerk is shown a second factor")
	}
	own := clerktest.PIN("0218")
	one.fill("/take-up", url.Values{"who": {"0218"}, "handed": {code}, "pin": {own}, "again": {own}})
	one.signIn(o, "0218")
	one.ask(http.MethodGet, "/staff", nil)
	one.shows(http.StatusForbidden, "没有办理这项操作的权限")

	path := lead.account("0218")
	lead.shows(http.StatusOK, "待主管确认", "请本人到场")
	form := func(b *tab, more url.Values) url.Values {
		more.Set("version", regexp.MustCompile(`name="version" value="([^"]*)"`).FindStringSubmatch(b.page)[1])
		return more
	}
	lead.fill(path+"/confirm", form(lead, url.Values{"pin": {clerktest.PIN(clerktest.Lead)}}))
	lead.shows(http.StatusForbidden, "再次输入口令")
	lead.account("0218")
	stale := form(lead, url.Values{"pin": {clerktest.PIN(clerktest.Lead)}})
	stale.Set("code", o.people.Code(clerktest.Lead))
	lead.fill(path+"/confirm", stale)
	lead.shows(http.StatusOK, "0218 的账号已确认", "已确认")
	again := url.Values{"version": stale["version"], "pin": stale["pin"], "code": {o.people.Code(clerktest.Lead)}}
	lead.ask(http.MethodPost, path+"/confirm", withOnce(again, "another"))
	lead.shows(http.StatusConflict, "刚刚有变化")

	path = it.account("0218")
	it.fill(path+"/reset", form(it, url.Values{"role": {"lead"}, "pin": {pin}}))
	it.shows(http.StatusOK, "只显示这一次")
	one.ask(http.MethodGet, "/find", nil)
	one.shows(http.StatusOK, "<h1>登录</h1>")
	it.account("0218")
	it.shows(http.StatusOK, "待首次登录", "主管")
	it.fill(path+"/end", form(it, url.Values{"pin": {pin}}))
	it.shows(http.StatusUnprocessableEntity, "没有填写原因")
	it.account("0218")
	it.fill(path+"/end", form(it, url.Values{"pin": {pin}, "more": {"调离"}}))
	it.shows(http.StatusOK, "0218 的账号已停用", "已停用")
	it.account(clerktest.IT)
	it.shows(http.StatusOK, "自己的账号由别人管理")
}

func withOnce(form url.Values, id string) url.Values {
	form.Set("once", id)
	return form
}

// account opens somebody's account from the list, and returns its address.
func (b *tab) account(number string) string {
	b.Helper()
	b.ask(http.MethodGet, "/staff", nil)
	m := regexp.MustCompile(`href="(/staff/[^"]+)">` + number + `<`).FindStringSubmatch(b.page)
	if m == nil {
		b.Fatalf("%s is not in the list:\n%s", number, b.page)
	}
	b.ask(http.MethodGet, m[1], nil)
	return m[1]
}

// The auditor sees who did what, and that the chain holds; nobody else does.
func auditLife(o *office) {
	b := o.tab()
	b.signIn(o, clerktest.Auditor)
	b.ask(http.MethodGet, "/audit", nil)
	b.shows(http.StatusOK, "记录链完整", "逐条相接，无缺号", "0108 李*军", "确认账号", "0217", "11月28日")
	b.fill("/audit", url.Values{"kind": {"accounts"}, "person": {clerktest.Finance}, "from": {"2026-11-28"},
		"to": {"2026-11-28"}})
	b.shows(http.StatusOK, "设立账号", "本机命令", "本人设置 PIN", "筛选出 3 条")
	if strings.Contains(b.page, "<td>登录</td>") {
		o.Error("another kind is shown")
	}
	b.fill("/audit", url.Values{"from": {"yesterday"}, "to": {"2026-11-28"}})
	b.shows(http.StatusOK, "请按 2026-11-23 的样式填写")
	b.fill("/audit", url.Values{"from": {"2026-01-01"}, "to": {"2026-11-28"}})
	b.shows(http.StatusUnprocessableEntity, "62 天")
	b.fill("/audit", url.Values{"object": {"ZF-0101-03-261123-0087"}})
	b.shows(http.StatusOK, "台账里没有这个编号或单号")
	b.fill("/audit", url.Values{"from": {"2026-11-28"}, "to": {"2026-11-28"}, "verify": {"1"}})
	b.shows(http.StatusOK, "记录链完整")
	other := o.tab()
	other.signIn(o, clerktest.Clerk)
	other.ask(http.MethodGet, "/audit", nil)
	other.shows(http.StatusForbidden, "没有办理这项操作的权限")
}
