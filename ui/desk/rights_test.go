package desk_test

import (
	"crypto/sha256"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"courtkiosk/app/clerk"
	"courtkiosk/app/clerk/clerktest"
	"courtkiosk/payment"
	"courtkiosk/ui/desk"
	"courtkiosk/ui/desk/desktest"
)

// Every route is asked for by every role over HTTPS with a window's certificate, and answered as the table of rights
// says; the same session from another window is nobody's, and without a certificate nobody is heard.
func TestRightsByTheDoor(t *testing.T) {
	c := desktest.Open(t, false)
	e := enter(t, 4, c.Handler)
	w01 := e.browser(e.certificate(e.authority, "W01", true))
	w02 := e.browser(e.certificate(e.authority, "W02", true))
	for _, b := range []*http.Client{w01, w02} {
		b.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	}
	ask := func(b *http.Client, pattern, session string) (status int, where string) {
		method, path, _ := strings.Cut(pattern, " ")
		path = strings.NewReplacer("{id}", "x", "{$}", "").Replace(path)
		address := e.url("desk.court.example") + strings.TrimPrefix(path, "/")
		form := strings.NewReader(url.Values{"once": {pattern + session}}.Encode())
		r, err := http.NewRequestWithContext(t.Context(), method, address, form)
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		r.Header.Set("Sec-Fetch-Site", "same-origin")
		r.AddCookie(&http.Cookie{Name: "__Host-desk", Value: session})
		answer, err := b.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		defer answer.Body.Close()
		if _, err := io.Copy(io.Discard, answer.Body); err != nil {
			t.Fatal(err)
		}
		return answer.StatusCode, answer.Header.Get("Location")
	}
	shut := func(status int, where string) bool {
		refused := status == http.StatusForbidden || status == http.StatusUnauthorized
		return refused || strings.HasPrefix(where, "/sign-in")
	}
	for _, m := range clerktest.Members {
		session := signedIn(c, m.Number, "W01")
		for _, r := range desk.Routes {
			if r.Open {
				continue
			}
			row, _ := clerk.RowOf(r.Right)
			may := slices.Contains(row.Roles, m.Role)
			if status, where := ask(w01, r.Pattern, session); shut(status, where) == may {
				t.Errorf("%s answers %d %s to %s", r.Pattern, status, where, m.Role)
			}
			if status, where := ask(w02, r.Pattern, session); !shut(status, where) {
				t.Errorf("%s answers %d %s to a session of another window", r.Pattern, status, where)
			}
		}
	}
	if status, text := get(t, e.browser(), e.url("desk.court.example")+"find"); status != 0 {
		t.Errorf("without a certificate: %d %s", status, text)
	}
}

// signedIn is the session of a person at a window.
func signedIn(c *desktest.Court, number, window string) (token string) {
	c.Helper()
	return signedInto(c, c.Ledger, number, window)
}

// signedInto is the session of a person at a window, in a ledger.
func signedInto(t testing.TB, l payment.Ledger, number, window string) (token string) {
	t.Helper()
	p, err := l.People().Get(t.Context(), number)
	if err != nil {
		t.Fatal(err)
	}
	sum, at := sha256.Sum256([]byte("secret")), time.Now().UTC().Truncate(time.Microsecond)
	_, err = l.SignIns().Update(t.Context(), number, func(payment.SignIn, payment.Staff) (payment.SignIn,
		payment.Entry, error) {
		s := payment.SignIn{Person: number, Token: sum[:], Window: window, Change: p.Change, Begun: at, Seen: at}
		return s, payment.Entry{}, nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return number + ".secret"
}
