package endtoend

import (
	"crypto/tls"
	"html"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"courtkiosk/app/clerk/clerktest"
)

// An office is the people of a court whose desk is another process: accounts come from the console, everything else
// goes through the pages, over HTTPS with a window's certificate.
type office struct {
	*testing.T
	*deskSite
	*clerktest.People
	client *http.Client
}

// openOffice has the people of the test court make and confirm their accounts, from the second window.
func openOffice(t *testing.T, s *site, d *deskSite) *office {
	t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	o := &office{t, d, clerktest.Apps(), &http.Client{Jar: jar, Transport: &http.Transport{TLSClientConfig: &tls.Config{
		RootCAs: d.believe, Certificates: d.shown[1:2]}}}}
	t.Cleanup(o.client.CloseIdleConnections)
	for _, m := range []struct{ number, role string }{
		{clerktest.Lead, "lead"}, {clerktest.Second, "lead"}, {clerktest.Clerk, "clerk"},
		{clerktest.Finance, "finance"},
	} {
		said := s.command("staff", "add", m.number, "--role", m.role)
		o.takeUp(m.number, regexp.MustCompile(`[A-Z2-7]{4}(-[A-Z2-7]{4}){3}`).FindString(said))
	}
	o.confirms(clerktest.Second, clerktest.Lead)
	o.confirms(clerktest.Lead, clerktest.Second, clerktest.Clerk, clerktest.Finance)
	return o
}

// page asks for a page, or sends a form to it, and returns what it says.
func (o *office) page(path string, form url.Values) string {
	o.Helper()
	method, body := http.MethodGet, io.Reader(nil)
	if form != nil {
		method, body = http.MethodPost, strings.NewReader(form.Encode())
	}
	r, err := http.NewRequestWithContext(o.Context(), method, o.url+path, body)
	if err != nil {
		o.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.Header.Set("Sec-Fetch-Site", "same-origin")
	answer, err := o.client.Do(r)
	if err != nil {
		o.Fatal(err)
	}
	defer answer.Body.Close()
	text, err := io.ReadAll(answer.Body)
	if err != nil || answer.StatusCode != http.StatusOK {
		o.Fatalf("%s %s: %s, %v\n%s", method, path, answer.Status, err, text)
	}
	return html.UnescapeString(string(text))
}

var (
	hidden   = regexp.MustCompile(`name="(once|version|seed)" value="([^"]*)"`)
	secretIn = regexp.MustCompile(`输入密钥：<span class="id">([A-Z2-7 ]+)<`)
)

// fill is a form of a page with what it carries.
func fill(page string, pairs ...string) url.Values {
	form := url.Values{}
	for _, m := range hidden.FindAllStringSubmatch(page[strings.Index(page, "<main>")+1:], -1) {
		if form.Get(m[1]) == "" {
			form.Set(m[1], m[2])
		}
	}
	for i := 0; i < len(pairs); i += 2 {
		form.Set(pairs[i], pairs[i+1])
	}
	return form
}

// takeUp sets a person's PIN, and an app where the role needs one.
func (o *office) takeUp(number, code string) {
	o.Helper()
	page := o.page("/take-up", url.Values{"who": {number}, "handed": {code}})
	if m := secretIn.FindStringSubmatch(page); m != nil {
		o.Take(number, strings.ReplaceAll(m[1], " ", ""))
	}
	pin := clerktest.PIN(number)
	page = o.page("/take-up", fill(page, "who", number, "handed", code, "pin", pin, "again", pin,
		"code", o.Code(number)))
	if !strings.Contains(page, `action="/sign-in"`) {
		o.Fatalf("taking up %s leads to\n%s", number, page)
	}
}

// confirms has one person confirm others.
func (o *office) confirms(by string, others ...string) {
	o.Helper()
	form := fill(o.page("/sign-in", nil), "who", by, "pin", clerktest.PIN(by), "code", o.Code(by))
	o.page("/sign-in", form)
	for _, number := range others {
		staff := o.page("/staff", nil)
		m := regexp.MustCompile(`data-row="([^"]+)"[^>]*><th scope="row"><a class="next" href="[^"]+">` + number + `<`).
			FindStringSubmatch(staff)
		if m == nil {
			o.Fatalf("%s is not in the list\n%s", number, staff)
		}
		page := o.page(m[1], nil)
		page = o.page(m[1]+"/confirm", fill(page, "pin", clerktest.PIN(by), "code", o.Code(by)))
		if !strings.Contains(page, "已确认") {
			o.Fatalf("%s confirms %s:\n%s", by, number, page)
		}
	}
	o.page("/lock", fill(o.page("/find", nil)))
}
