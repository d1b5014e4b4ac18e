package desk_test

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"courtkiosk/app/clerk/clerktest"
)

// noticed has two notices written, one for today and one for tomorrow.
func noticed(c *browser) {
	c.as(clerktest.Lead)
	for once, form := range map[string]url.Values{
		"1": {"chinese": {"15:30后现金请到3号窗口"}, "english": {"Cash at Window 3 after 15:30"}, "from": {"2026-11-23"},
			"until": {"2026-11-27"}},
		"2": {"chinese": {"明天上午系统维护，9:30起可以交费"}, "from": {"2026-11-24"}, "until": {"2026-11-24"}},
	} {
		form.Set("once", once)
		if w := send(c, http.MethodPost, "/notices", form, "same-origin"); w.Code != http.StatusSeeOther {
			c.Fatalf("a notice is answered %d:\n%s", w.Code, w.Body)
		}
	}
}

// A notice is on the lobby's board as soon as its form was sent, once however often that was, until it is taken down;
// what is refused keeps what was typed.
func TestNoticeByPage(t *testing.T) {
	inDay(t, func(c *browser) {
		noticed(c)
		noticed(c) // a second time, as by the back button
		const today = "15:30后现金请到3号窗口\nCash at Window 3 after 15:30"
		if got := c.Desk.Board.Today(time.Now()); !slices.Equal(got, []string{today}) {
			t.Fatalf("the board says %q", got)
		}
		list := page(c, "/notices")
		says(t, list, "正在显示", "到期自动显示", "11-23 至 11-27", "0108")
		r := ask(c, http.MethodPost, "/notices", url.Values{"once": {"3"}, "chinese": {"请(2026)京0101民初12345号当事人来取"},
			"from": {"2026-11-23"}, "until": {"2026-11-24"}})
		refused := text(c, r)
		says(t, refused, "内容里有案号或身份证号", "当事人来取</textarea>", `value="2026-11-24"`)
		if r.StatusCode != http.StatusUnprocessableEntity || strings.Contains(page(c, "/notices"), "当事人来取") {
			t.Errorf("a notice with a case is answered %d", r.StatusCode)
		}
		down := hrefOf(c, list, "撤下")
		form := fields(page(c, down))
		says(t, text(c, ask(c, http.MethodPost, down, form)), "没有填写原因")
		form = fields(page(c, down))
		form.Set("reason", "事项已结束或取消")
		says(t, text(c, ask(c, http.MethodPost, down, form)), "公告已撤下", "0108 撤下")
		if got := c.Desk.Board.Today(time.Now()); len(got) != 0 {
			t.Errorf("after it was taken down the board says %q", got)
		}
		form.Set("once", "another")
		if r := ask(c, http.MethodPost, down, form); r.StatusCode != http.StatusConflict {
			t.Errorf("taken down twice is answered %d", r.StatusCode)
		}
		c.as(clerktest.Clerk)
		if r := ask(c, http.MethodGet, "/notices", nil); r.StatusCode != http.StatusForbidden {
			t.Errorf("a clerk is answered %d", r.StatusCode)
		}
	})
}
