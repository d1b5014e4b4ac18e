package desk_test

import (
	"context"
	"flag"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"courtkiosk/app/clerk/clerktest"
	"courtkiosk/payment"
	"courtkiosk/ui/desk"
	"courtkiosk/ui/desk/desktest"
)

// pictures is where TestPictures writes: go test ./ui/desk -run TestPictures -pictures DIR [-only order] [-sized
// 1366x768]
var (
	pictures = flag.String("pictures", "", "folder for a picture of every page, by Chromium")
	only     = flag.String("only", "", "only pages whose name holds this")
	sized    = flag.String("sized", "", "only pictures of this size: 1366x768, 1920x1080 or 1366x768-200")
)

// A sheet is a page as it is looked at: who looks, and how one gets there. Whoever builds a page adds it here.
type sheet struct {
	name string
	who  string
	path string     // of a page, or of the form that leads there
	form url.Values // nil is a GET
	then []string   // texts of links that are followed from there

	before func(*browser) // what others have done before
	does   func(*browser) // what who looks has done before
}

var sheets = []sheet{
	{name: "find-empty", who: clerktest.Clerk, path: "/find"},
	{name: "find", who: clerktest.Clerk, path: "/find", form: url.Values{"q": {"2700"}}},
	{name: "find-none", who: clerktest.Clerk, path: "/find", form: url.Values{"q": {"567891"}}},
	{name: "find-identity", who: clerktest.Clerk, path: "/find", form: url.Values{"q": {"11010519491231002X"}}},
	{name: "order", who: clerktest.Clerk, path: "/find", form: url.Values{"q": {"567890"}}},
	{name: "order-unpaid", who: clerktest.Clerk, path: "/find", form: url.Values{"q": {"民初12231"}}},
	{name: "order-disputed", who: clerktest.Lead, path: "/find", form: url.Values{"q": {"310447"}}},
	{name: "order-accept", who: clerktest.Lead, path: "/find", form: url.Values{"q": {"310447"}},
		then: []string{"认定为有效付款"}},
	{name: "order-second", who: clerktest.Clerk, path: "/find", form: url.Values{"q": {"330918"}}},
	{name: "order-back", who: clerktest.Clerk, path: "/find", form: url.Values{"q": {"730025"}}},
	{name: "order-checking", who: clerktest.Clerk, path: "/find", form: url.Values{"q": {"执4410"}}},
	{name: "order-name", who: clerktest.Clerk, path: "/find", form: url.Values{"q": {"567890"}}, then: []string{"全名"}},
	{name: "order-note", who: clerktest.Clerk, path: "/find", form: url.Values{"q": {"567890"}}, then: []string{"备注"}},
	{name: "order-explain", who: clerktest.Clerk, path: "/find", form: url.Values{"q": {"567890"}},
		then: []string{"打印情况说明"}},
	{name: "order-fiscal", who: clerktest.Clerk, path: "/find", form: url.Values{"q": {"661902"}}, before: fiscal},
	{name: "order-refused", who: clerktest.Lead, path: "/find", form: url.Values{"q": {"774902"}}},
	{name: "order-tell", who: clerktest.Lead, path: "/find", form: url.Values{"q": {"774902"}},
		then: []string{"重新上报"}},
	{name: "work", who: clerktest.Clerk, path: "/work"},
	{name: "work-none", who: clerktest.Lead, path: "/work?of=mine"},
	{name: "work-end", who: clerktest.Clerk, path: "/work", then: []string{"注明原因后了结"}},
	{name: "refund-ask", who: clerktest.Clerk, path: "/find", form: url.Values{"q": {"567890"}},
		then: []string{"申请退款"}},
	{name: "refunds-none", who: clerktest.Lead, path: "/refunds"},
	{name: "sign-in", path: "/sign-in"},
	{name: "sign-in-wrong", path: "/sign-in", form: url.Values{"once": {"1"}, "who": {"0108"}, "pin": {"000111"}}},
	{name: "take-up", path: "/take-up"},
	{name: "staff", who: clerktest.IT, path: "/staff"},
	{name: "staff-one", who: clerktest.IT, path: "/staff", then: []string{clerktest.Clerk}},
	{name: "staff-new", who: clerktest.IT, path: "/staff/new"},
	{name: "staff-confirm", who: clerktest.Lead, path: "/staff", then: []string{clerktest.Auditor}},
	{name: "audit", who: clerktest.Auditor, path: "/audit"},
	{name: "audit-sign-ins", who: clerktest.Auditor, path: "/audit",
		form: url.Values{"kind": {"sign-ins"}, "from": {"2026-11-20"}, "to": {"2026-11-23"}}},
	{name: "closing", who: clerktest.Clerk, path: "/closing"},
	{name: "closing-closed", who: clerktest.Lead, path: "/closing", before: closed},
	{name: "closing-own", who: clerktest.Clerk, path: "/closing"},
	{name: "export", who: clerktest.Finance, path: "/export"},
	{name: "export-audit", who: clerktest.Auditor, path: "/export/audit"},
	{name: "collect", who: clerktest.Clerk, path: "/collect"},
	{name: "collect-bills", who: clerktest.Clerk, path: "/collect", form: url.Values{"q": {owed}}},
	{name: "collecting", who: clerktest.Clerk, path: "/collect/now", does: collectOwed},
	{name: "collect-slip", who: clerktest.Clerk, path: "/collect/now", then: []string{"付款单"}, does: collectOwed},
	{name: "payer", who: clerktest.Clerk, path: "/collect/now", then: []string{"付款人的屏幕"}, does: collectOwed},
	{name: "notices", who: clerktest.Lead, path: "/notices", before: noticed},
	{name: "notices-down", who: clerktest.Lead, path: "/notices", then: []string{"撤下"}},
	{name: "notices-refused", who: clerktest.Lead, path: "/notices", form: url.Values{"once": {"3"}, "chinese": {
		"（2026）京0101民初12345号的当事人请到2号窗口"}, "from": {"2026-11-23"}, "until": {"2026-11-23"}}},
	{name: "pin", who: clerktest.Lead, path: "/pin"},
	{name: "missing", who: clerktest.Clerk, path: "/nowhere"},
	{name: "no-right", who: clerktest.IT, path: "/find"},
	{name: "reconcile", who: clerktest.Finance, path: "/reconcile", before: billed},
	{name: "reconcile-lead", who: clerktest.Lead, path: "/reconcile"},
	{name: "reconcile-clean", who: clerktest.Finance, path: "/reconcile/2026-11-20"},
	{name: "reconcile-ahead", who: clerktest.Auditor, path: "/reconcile/2026-11-24"},
	{name: "reconcile-refused", who: clerktest.Finance, path: "/reconcile/2026-11-21"},
	{name: "difference", who: clerktest.Finance, path: "/reconcile", before: billed, then: []string{"商户单号 …"}},
	{name: "calls-find", who: clerktest.Clerk, path: "/find", before: called},
	{name: "calls-work", who: clerktest.Clerk, path: "/work", before: called},
	{name: "calls-two", who: clerktest.Lead, path: "/find", before: calledTwice},
	{name: "calls-sign-in", path: "/sign-in"},
	{name: "difference-end", who: clerktest.Finance, path: "/reconcile", before: billed, then: []string{"核实操作人并记录"}},
}

// inDay runs f on the invented day's afternoon, lived through.
func inDay(t *testing.T, f func(c *browser)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		time.Sleep(time.Until(time.Date(2026, 11, 20, 8, 0, 0, 0, payment.China)))
		c := desktest.Open(t, true)
		c.Live()
		b := &browser{Court: c}
		b.as(clerktest.Clerk)
		f(b)
	})
}

// ask asks for a page in the name of who was signed in last, and follows where a form leads.
func ask(c *browser, method, path string, form url.Values) *http.Response {
	for range 5 {
		w := send(c, method, path, form, "same-origin")
		if w.Code != http.StatusSeeOther {
			return w.Result()
		}
		method, path, form = http.MethodGet, w.Header().Get("Location"), nil
	}
	c.Fatalf("%s leads nowhere", path)
	return nil
}

// A browser is one at a court's window.
type browser struct {
	*desktest.Court
	session *http.Cookie
}

// as signs somebody in.
func (b *browser) as(number string) { b.session = b.As(number) }

func send(c *browser, method, path string, form url.Values, site string) *httptest.ResponseRecorder {
	r := httptest.NewRequestWithContext(c.Context(), method, "https://desk.test"+path, strings.NewReader(form.Encode()))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.Header.Set("Sec-Fetch-Site", site)
	r.AddCookie(c.session)
	w := httptest.NewRecorder()
	c.Handler.ServeHTTP(w, r)
	return w
}

func text(c *browser, r *http.Response) string {
	data, err := io.ReadAll(r.Body)
	if err != nil {
		c.Fatal(err)
	}
	return string(data)
}

// look returns a sheet as it is.
func (s sheet) look(c *browser) string {
	c.Helper()
	if s.before != nil {
		s.before(c)
	}
	c.as(s.who)
	if s.does != nil {
		s.does(c)
	}
	method := http.MethodGet
	if s.form != nil {
		method = http.MethodPost
	}
	page := text(c, ask(c, method, s.path, s.form))
	for _, link := range s.then {
		page = text(c, ask(c, http.MethodGet, hrefOf(c, page, link), nil))
	}
	return page
}

var (
	addresses = regexp.MustCompile(`(?:href|action|data-row|data-act)="([^"]*)"`)
	telling   = regexp.MustCompile(`号|%E|[A-Z2-7]{32}|\*`) // of a case, a name, an order's number
	statics   = regexp.MustCompile(`/static/[a-z0-9.-]+`)
)

var anchor = regexp.MustCompile(`(?s)<a [^>]*href="([^"]*)"[^>]*>(.*?)</a>`)

// hrefOf returns where the first link leads whose text holds a word.
func hrefOf(c *browser, page, word string) string {
	c.Helper()
	for _, m := range anchor.FindAllStringSubmatch(page, -1) {
		if strings.Contains(m[2], word) {
			return strings.ReplaceAll(m[1], "&amp;", "&")
		}
	}
	c.Fatalf("no link says %s", word)
	return ""
}

// Every sheet is shown, whole, in Chinese, without a trace of what must not stand in an address or a title.
func TestSheets(t *testing.T) {
	inDay(t, func(c *browser) {
		for _, s := range sheets {
			page := s.look(c)
			if !strings.HasSuffix(strings.TrimSpace(page), "</html>") {
				t.Errorf("%s is not whole:\n%s", s.name, page)
			}
			title := regexp.MustCompile(`<title>([^<]*)`).FindStringSubmatch(page)
			if len(title) != 2 || regexp.MustCompile(`[0-9*]`).MatchString(title[1]) {
				t.Errorf("%s is titled %q", s.name, title)
			}
			for _, m := range addresses.FindAllStringSubmatch(page, -1) {
				if telling.MatchString(m[1]) {
					t.Errorf("%s has an address that tells: %s", s.name, m[1])
				}
			}
			for _, name := range []string{"张晓明", "王小芳", "艾力", "<no value>", "style=", "onclick", "ZgotmplZ"} {
				if strings.Contains(page, name) {
					t.Errorf("%s holds %q", s.name, name)
				}
			}
		}
	})
}

// TestPictures draws every sheet in Chromium, beside nothing but its own style, font and script.
func TestPictures(t *testing.T) {
	if *pictures == "" {
		t.Skip("no -pictures DIR")
	}
	dir := t.TempDir()
	var drawn []sheet
	inDay(t, func(c *browser) {
		for _, s := range sheets {
			if strings.Contains(s.name, *only) {
				drawn = append(drawn, s)
				if err := os.WriteFile(filepath.Join(dir, s.name), []byte(s.look(c)), 0o600); err != nil {
					t.Fatal(err)
				}
			}
		}
	})
	static := desk.New(desk.Options{})
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch {
		case strings.HasPrefix(r.URL.Path, "/static/"):
			static.ServeHTTP(w, r)
		case r.URL.Path == "/here":
			w.WriteHeader(http.StatusNoContent)
		default:
			w.Header().Set("Content-Type", "text/html; charset=utf-8")
			http.ServeFile(w, r, filepath.Join(dir, filepath.Base(r.URL.Path)))
		}
	}))
	defer server.Close()
	if err := os.MkdirAll(*pictures, 0o755); err != nil { //nolint:gosec // pictures of invented people
		t.Fatal(err)
	}
	for _, s := range drawn {
		for _, size := range [][2]string{{"1366,768", "1"}, {"1920,1080", "1"}, {"1366,768", "2"}} {
			if size[1] == "2" && testing.Short() {
				continue
			}
			draw(t, server.URL+"/"+s.name, s.name, size[0], size[1])
		}
	}
}

// draw has Chromium draw a page. Twice as large is the browser's zoom of 200 %: half as many pixels of the page across,
// and as many downwards as show all that one scrolls to.
func draw(t *testing.T, address, name, size, zoom string) {
	t.Helper()
	file := filepath.Join(*pictures, name+"-"+strings.ReplaceAll(size, ",", "x"))
	window := size
	if zoom == "2" {
		file += "-200"
		window = "683,1300"
	}
	if *sized != "" && !strings.HasSuffix(file, "-"+*sized) {
		return
	}
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	arguments := []string{"--headless", "--no-sandbox", "--disable-gpu", "--hide-scrollbars",
		"--virtual-time-budget=2000",
		"--user-data-dir=" + filepath.Join(t.TempDir(), "profile"), "--force-device-scale-factor=" + zoom,
		"--window-size=" + window, "--screenshot=" + file + ".png", address}
	out, err := exec.CommandContext(ctx, "chromium", arguments...).CombinedOutput()
	if err != nil {
		t.Errorf("chromium: %v\n%s", err, out)
	}
}
