package desk_test

import (
	"encoding/csv"
	"html"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"courtkiosk/app/clerk"
	"courtkiosk/app/clerk/clerktest"
	"courtkiosk/app/closing"
	"courtkiosk/app/counter"
	"courtkiosk/payment"
	"courtkiosk/payment/gatewaytest"
	"courtkiosk/payment/ledgertest"
	"courtkiosk/ui/desk"
	"courtkiosk/ui/desk/desktest"
)

// closed has the day of this machine closed by a clerk.
func closed(c *browser) {
	c.Helper()
	book := closing.Book{Ledger: c.Ledger, Kiosk: "03", Reference: c.Counter.House.Reference}
	if _, _, err := book.Close(c.Context(), "03", payment.By{Device: desktest.Window, Person: clerktest.Clerk},
		time.Now().UTC(), func(payment.Staff) error { return nil }); err != nil {
		c.Fatal(err)
	}
}

// A backOffice is a desk whose people have PINs.
type backOffice struct {
	*testing.T
	ledger  *ledgertest.Memory
	people  *clerktest.People
	handler *desk.Handler
	tokens  map[string]string
}

func openBackOffice(t *testing.T) *backOffice {
	l := ledgertest.NewMemory(payment.Identity{Court: "京0101", Environment: "test"})
	log := slog.New(slog.DiscardHandler)
	d := clerk.New(clerk.Options{
		Cashier: payment.NewCashier(payment.Desk{Ledger: l, Gateway: &gatewaytest.Gate{Office: gatewaytest.New()},
			Log: log, Kiosk: "03", PayWithin: time.Minute}),
		Ledger: l, Device: "03", Issuer: "court", Key: filepath.Join(t.TempDir(), "clerk.key"), Log: log,
		Counter: &counter.Counter{Options: counter.Options{House: counter.House{Court: "京0101",
			Name: "北京市东城区人民法院", Kiosk: "03"}}},
	})
	return &backOffice{t, l, clerktest.Found(t, d), desk.New(desk.Options{Desk: d, Log: log}), make(map[string]string)}
}

// ask asks for a page in the name of a member.
func (o *backOffice) ask(who, method, path string, form url.Values) *httptest.ResponseRecorder {
	o.Helper()
	if o.tokens[who] == "" {
		o.tokens[who] = o.people.SignIn(o, who, "")
	}
	keep := httptest.NewRecorder()
	desk.KeepToken(keep, o.tokens[who])
	r := httptest.NewRequestWithContext(o.Context(), method, "https://desk.test"+path, strings.NewReader(form.Encode()))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.Header.Set("Sec-Fetch-Site", "same-origin")
	r.AddCookie(keep.Result().Cookies()[0])
	w := httptest.NewRecorder()
	o.handler.ServeHTTP(w, r)
	return w
}

var carried = regexp.MustCompile(`name="(once|version)" value="([^"]*)"`)

// form is the form that signs on a page: where it goes, and what it carries.
func (o *backOffice) form(page string) (action string, form url.Values) {
	o.Helper()
	m := regexp.MustCompile(`(?s)id="act" method="post" action="([^"]*)">(.*?)</form>`).FindStringSubmatch(page)
	if m == nil {
		o.Fatalf("nothing is signed on\n%s", page)
	}
	form = url.Values{}
	for _, h := range carried.FindAllStringSubmatch(m[2], -1) {
		form.Set(h[1], html.UnescapeString(h[2]))
	}
	return html.UnescapeString(m[1]), form
}

// A day is closed by one person with a PIN and signed by another; a wrong PIN, the same person, a second click and a
// page from before do nothing. The sheet is a PDF. What finance exports is told to the audit.
func TestDayIsClosedByTwoAndExported(t *testing.T) {
	o := openBackOffice(t)
	ledgertest.Refunds(t, o.ledger, 1) // three payments at 03
	page := o.ask(clerktest.Clerk, http.MethodGet, "/closing", nil).Body.String()
	action, form := o.form(page)
	with := func(pin string) url.Values { form.Set("pin", pin); return form }
	if w := o.ask(clerktest.Clerk, http.MethodPost, action, with("000000")); w.Code != http.StatusUnprocessableEntity ||
		!strings.Contains(w.Body.String(), "PIN 不对") {
		t.Errorf("a wrong PIN: %d", w.Code)
	}
	form.Set("once", "another")
	w := o.ask(clerktest.Clerk, http.MethodPost, action, with(clerktest.PIN(clerktest.Clerk)))
	if w.Code != http.StatusSeeOther {
		t.Fatalf("closing came to %d:\n%s", w.Code, w.Body)
	}
	sheet, _, _ := strings.Cut(w.Header().Get("Location"), "?")
	again := o.ask(clerktest.Clerk, http.MethodPost, action, form)
	form.Set("once", "a page from before")
	stale := o.ask(clerktest.Clerk, http.MethodPost, action, form)
	if again.Code != http.StatusSeeOther || stale.Code != http.StatusConflict {
		t.Errorf("a second click came to %d, an old page to %d", again.Code, stale.Code)
	}
	all, err := o.ledger.Closings().List(t.Context(), payment.Range{N: 10})
	if err != nil || len(all) != 1 || all[0].Closed.By.Person != clerktest.Clerk {
		t.Fatalf("the closings are %+v, %v", all, err)
	}

	if own := o.ask(clerktest.Clerk, http.MethodGet, sheet, nil).Body.String(); !strings.Contains(own,
		"第二签字人不能是经办本人") || strings.Contains(own, `id="pin"`) {
		t.Error("who has closed may sign again")
	}
	action, form = o.form(o.ask(clerktest.Lead, http.MethodGet, sheet, nil).Body.String())
	if w := o.ask(clerktest.Clerk, http.MethodPost, action, with(clerktest.PIN(clerktest.Clerk))); w.Code !=
		http.StatusForbidden {
		t.Errorf("a clerk countersigns: %d", w.Code)
	}
	if w := o.ask(clerktest.Lead, http.MethodPost, action, with(clerktest.PIN(clerktest.Lead))); w.Code !=
		http.StatusSeeOther {
		t.Fatalf("the second signature came to %d:\n%s", w.Code, w.Body)
	}
	if page := o.ask(clerktest.Lead, http.MethodGet, sheet, nil).Body.String(); !strings.Contains(page, "0001 号已签") {
		t.Error("it is not signed")
	}
	if w := o.ask(clerktest.Auditor, http.MethodGet, sheet+"/file", nil); w.Code != http.StatusOK ||
		!strings.HasPrefix(w.Body.String(), "%PDF-") || !strings.Contains(w.Header().Get("Content-Disposition"),
		"RJ-0101-03-0001.pdf") {
		t.Errorf("the file is %d, %v", w.Code, w.Header())
	}
	o.exports()
}

func (o *backOffice) exports() {
	o.Helper()
	_, form := o.form(o.ask(clerktest.Finance, http.MethodGet, "/export", nil).Body.String())
	for name, value := range map[string]string{"what": "payments", "format": "csv", "from": "2026-11-23",
		"to": "2026-11-23", "pin": clerktest.PIN(clerktest.Finance)} {
		form.Set(name, value)
	}
	w := o.ask(clerktest.Finance, http.MethodPost, "/export", form)
	rows, err := csv.NewReader(strings.NewReader(strings.TrimPrefix(w.Body.String(), "\uFEFF"))).ReadAll()
	if w.Code != http.StatusOK || err != nil || len(rows) != 5 || rows[4][8] != "8100.00" {
		o.Fatalf("the file is %d, %q, %v", w.Code, rows, err)
	}
	entries, err := o.ledger.Since(o.Context(), 0, payment.MaxPage)
	if err != nil {
		o.Fatal(err)
	}
	if last := entries[len(entries)-1]; last.Event != "exported" || last.By.Person != clerktest.Finance ||
		!strings.Contains(last.Note, "3 rows, SHA-256 ") {
		o.Errorf("the audit says %+v", last)
	}
	for change, want := range map[string]int{"from=2026-11-24": http.StatusUnprocessableEntity,
		"from=2024-11-23": http.StatusUnprocessableEntity, "what=audit": http.StatusBadRequest,
		"pin=111111": http.StatusUnprocessableEntity} {
		name, value, _ := strings.Cut(change, "=")
		was := form.Get(name)
		form.Set(name, value)
		if w := o.ask(clerktest.Finance, http.MethodPost, "/export", form); w.Code != want {
			o.Errorf("with %s it came to %d, want %d", change, w.Code, want)
		}
		form.Set(name, was)
	}
	if w := o.ask(clerktest.Clerk, http.MethodGet, "/export", nil); w.Code != http.StatusForbidden {
		o.Errorf("a clerk exports: %d", w.Code)
	}
	if w := o.ask(clerktest.Finance, http.MethodGet, "/export/month?of=2026-11", nil); w.Code != http.StatusOK ||
		!strings.HasPrefix(w.Body.String(), "%PDF-") {
		o.Errorf("the month's sheet is %d", w.Code)
	}
}
