package desk_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
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
