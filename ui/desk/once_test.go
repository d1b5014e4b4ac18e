package desk_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"courtkiosk/app/clerk/clerktest"
)

// A browser lets go of a form when its button is pressed again: the first request's context ends in the middle. What
// was asked for is carried through all the same, and the second answer tells of it.
func TestFormThatIsLetGo(t *testing.T) {
	inDay(t, func(c *browser) {
		_, path := opened(c, "567890")
		form := fields(page(c, path+"/refund"))
		form.Set("reason", "重复付款")
		form.Set("sum", "1")
		held, leave := context.WithCancel(c.Context())
		end := c.Before(leave)
		post := func(ctx context.Context) {
			r := httptest.NewRequestWithContext(ctx, http.MethodPost, "https://desk.test"+path+"/refund",
				strings.NewReader(form.Encode()))
			r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
			r.Header.Set("Sec-Fetch-Site", "same-origin")
			r.AddCookie(c.session)
			c.Handler.ServeHTTP(httptest.NewRecorder(), r)
		}
		post(held)
		if !end() {
			t.Fatal("nothing was to be written")
		}
		says(t, text(c, ask(c, http.MethodPost, path+"/refund", form)), "没有重复提交")
		if r := refundOf(c); r.Sum != 100 {
			t.Errorf("asked for %s", r.Sum)
		}
	})
}

// Who knows the name of a form with which another person has signed in, and not what that person typed, is let in by
// nobody's session.
func TestSignInIsNobodyElses(t *testing.T) {
	offices(t, map[string]func(*office){"": func(o *office) {
		b, thief := o.tab(), o.tab()
		b.ask(http.MethodGet, "/sign-in", nil)
		form := fields(b.page)
		stolen := url.Values{"once": form["once"], "who": {clerktest.Clerk}, "pin": {"000001"}}
		form.Set("who", clerktest.Clerk)
		form.Set("pin", clerktest.PIN(clerktest.Clerk))
		b.ask(http.MethodPost, "/sign-in", form)
		if b.cookie == nil {
			t.Fatal("not let in:", b.page)
		}
		time.Sleep(time.Second)
		if thief.ask(http.MethodPost, "/sign-in", stolen); thief.cookie != nil {
			t.Error("a wrong PIN is given another person's session")
		}
	}})
}
