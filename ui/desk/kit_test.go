package desk_test

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"courtkiosk/app/clerk"
	"courtkiosk/app/clerk/clerktest"
	"courtkiosk/payment"
	"courtkiosk/ui/desk"
	"courtkiosk/ui/desk/desktest"
)

// Each route names a right that the table has, for a page; forms are done once unless they change nothing.
func TestRoutesNameTheirRight(t *testing.T) {
	seen := make(map[string]bool)
	for _, r := range desk.Routes {
		row, ok := clerk.RowOf(r.Right)
		if !r.Open && (!ok || !slices.Contains(row.Doors, clerk.Page)) {
			t.Errorf("%s names the right %q, which no row gives to a page", r.Pattern, r.Right)
		}
		method, path, _ := strings.Cut(r.Pattern, " ")
		if method != http.MethodGet && method != http.MethodPost || !strings.HasPrefix(path, "/") {
			t.Errorf("%q is no address", r.Pattern)
		}
		if seen[r.Pattern] || r.Serve == nil {
			t.Errorf("%s stands twice, or does nothing", r.Pattern)
		}
		seen[r.Pattern] = true
	}
	if len(seen) < 5 {
		t.Errorf("only %d routes", len(seen))
	}
}

// Every route is closed to who is not signed in, and to every role that has not its right.
func TestRoutesAreClosed(t *testing.T) {
	c := &browser{Court: desktest.Open(t, false)}
	c.as(clerktest.Clerk)
	for _, r := range desk.Routes {
		method, path, _ := strings.Cut(r.Pattern, " ")
		path = strings.NewReplacer("{id}", "x", "{$}", "").Replace(path)
		for _, who := range append(clerktest.Members, clerktest.Member{}) {
			c.as(who.Number)
			row, _ := clerk.RowOf(r.Right)
			may := slices.Contains(row.Roles, who.Role)
			w := send(c, method, path, url.Values{"once": {"1"}}, "same-origin")
			shut := w.Code == http.StatusForbidden || w.Code == http.StatusUnauthorized ||
				w.Header().Get("Location") == "/sign-in"
			if shut == may && !r.Open {
				t.Errorf("%s answers %d to %q", r.Pattern, w.Code, who.Number)
			}
		}
	}
}

// What comes from another site, is turned away before anything is done.
func TestStrangersAreTurnedAway(t *testing.T) {
	c := &browser{Court: desktest.Open(t, false)}
	c.as(clerktest.Clerk)
	if w := send(c, http.MethodPost, "/find", url.Values{"q": {"1"}}, "cross-site"); w.Code != http.StatusForbidden {
		t.Errorf("a form of another site is answered %d", w.Code)
	}
	if w := send(c, http.MethodPost, "/find", url.Values{"q": {"1"}}, "same-origin"); w.Code != http.StatusSeeOther {
		t.Errorf("a form of our own is answered %d", w.Code)
	}
}

// Pages are kept by nobody and load nothing but their own; what has a hash in its name is kept for ever.
func TestHeaders(t *testing.T) {
	c := &browser{Court: desktest.Open(t, false)}
	c.as(clerktest.Clerk)
	w := send(c, http.MethodGet, "/find", nil, "same-origin")
	policy := w.Header().Get("Content-Security-Policy")
	if !strings.HasPrefix(policy, "default-src 'none'; ") || strings.Contains(policy, "unsafe") {
		t.Errorf("the page's policy is %q", policy)
	}
	if got := w.Header().Get("Cache-Control"); got != "no-store" {
		t.Errorf("a page is kept: %q", got)
	}
	files := statics.FindAllString(w.Body.String(), -1)
	if len(files) < 4 {
		t.Errorf("a page loads %q alone", files)
	}
	for _, f := range files {
		w := send(c, http.MethodGet, f, nil, "same-origin")
		if w.Code != http.StatusOK || !strings.Contains(w.Header().Get("Cache-Control"), "immutable") {
			t.Errorf("%s: %d, %q", f, w.Code, w.Header().Get("Cache-Control"))
		}
	}
}

// Looking changes nothing: after every page has been looked at the ledger has not one entry more.
func TestLookingChangesNothing(t *testing.T) {
	inDay(t, func(c *browser) {
		for _, s := range sheets {
			if s.before != nil {
				s.before(c)
			}
		}
		before := entries(c)
		for _, s := range sheets {
			if s.before = nil; s.form == nil && s.does == nil {
				s.look(c)
			}
		}
		if got := entries(c); got != before {
			t.Errorf("after looking the audit has %d entries, not %d", got, before)
		}
	})
}

// How much waits that cannot be counted is neither nothing nor what it was.
func TestWhatCannotBeCounted(t *testing.T) {
	c := &browser{Court: desktest.Open(t, false)}
	c.as(clerktest.Clerk)
	c.Blind.Store(true)
	says(t, page(c, "/collect"), `<span class="off-screen">待办</span>?`)
	c.Blind.Store(false)
	if text := page(c, "/collect"); strings.Contains(text, "待办</span>") {
		t.Error("of nothing it says a number")
	}
}

func entries(c *browser) (n int) {
	c.Helper()
	for {
		page, err := c.Ledger.Since(c.Context(), uint64(n), payment.MaxPage)
		if err != nil {
			c.Fatal(err)
		}
		if n += len(page); len(page) == 0 {
			return n
		}
	}
}
