package desk_test

import (
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"courtkiosk/app/clerk/clerktest"
	"courtkiosk/payment"
	"courtkiosk/ui/desk/desktest"
)

// called has kiosk 03 call for a person from its page with the code.
func called(c *browser) {
	c.Helper()
	if err := c.Counter.Call(c.Context(), "pay"); err != nil {
		c.Fatal(err)
	}
}

// calledTwice has another kiosk call too.
func calledTwice(c *browser) {
	house := c.Counter.House
	c.Counter.House.Kiosk = "01"
	called(c)
	c.Counter.House = house
	called(c)
}

func calledAtAll(c *desktest.Court) payment.Call {
	c.Helper()
	call, err := c.Ledger.Calls().Get(c.Context(), "03")
	if err != nil {
		c.Fatal(err)
	}
	return call
}

// Who calls stands beside every page and first in the list; the first press goes, the second one reads who. The payer's
// side shows nothing of it.
func TestCalls(t *testing.T) {
	inDay(t, func(c *browser) {
		if p := page(c, "/find"); strings.Contains(p, "呼叫窗口") {
			t.Error("somebody calls before anybody does")
		}
		called(c)
		called(c)
		for _, path := range []string{"/find", "/work", "/closing"} {
			says(t, page(c, path), "终端03 呼叫窗口", "付款码，已等 0 分", "我去")
		}
		list := page(c, "/work")
		heads := regexp.MustCompile(`<th scope="row"><span class="st[^>]*>.*?</svg>([^<]*)`)
		rows := heads.FindAllStringSubmatch(list, -1)
		if len(rows) < 2 || rows[0][1] != "呼叫窗口" {
			t.Errorf("the rows begin with %q", rows)
		}
		says(t, list, "与款项无关", "人到了没有，程序不知道")
		act := pathOf(t, list, `/call/[-_0-9A-Za-z]+`)

		c.as("")
		says(t, page(c, "/sign-in"), "终端03 呼叫窗口")
		part := text(c, ask(c, http.MethodGet, "/calls", nil))
		if says(t, part, "终端03 呼叫窗口"); strings.Contains(part, "<button") || strings.Contains(part, "<html") {
			t.Errorf("nobody is offered\n%s", part)
		}
		if w := send(c, http.MethodPost, act, url.Values{"fragment": {"1"}}, "same-origin"); w.Code == http.StatusOK {
			t.Error("nobody has gone")
		}
		c.as(clerktest.Clerk)
		says(t, text(c, ask(c, http.MethodPost, "/lock", url.Values{"once": {"l"}})), "窗口已锁定", "终端03 呼叫窗口")
		if part := text(c, ask(c, http.MethodGet, "/calls", nil)); strings.Contains(part, "<button") {
			t.Error("who has locked the window is sent")
		}
		c.as(clerktest.Auditor)
		if list := page(c, "/work"); strings.Contains(list, ">我去") || !strings.Contains(list, "呼叫窗口") {
			t.Error("an auditor is sent, or is not told")
		}
		c.as(clerktest.Clerk)
		w := send(c, http.MethodPost, act, url.Values{"do": {"back"}, "once": {"1"}}, "same-origin")
		if !strings.Contains(w.Body.String(), "不是您认领的") || !calledAtAll(c.Court).Answered.At.IsZero() {
			t.Errorf("who gives it back has answered it: %d", w.Code)
		}
		says(t, text(c, ask(c, http.MethodPost, act, url.Values{"fragment": {"1"}})), "已记下由您去。")
		if by := calledAtAll(c.Court).Answered.By.Person; by != clerktest.Clerk {
			t.Errorf("%q goes", by)
		}
		if p := page(c, "/work"); strings.Contains(p, "呼叫窗口</") {
			t.Error("it still stands there")
		}
		says(t, text(c, ask(c, http.MethodPost, act, url.Values{"once": {"2"}})), "已记下由您去。")
		c.as(clerktest.Lead)
		says(t, text(c, ask(c, http.MethodPost, act, url.Values{"fragment": {"1"}})), clerktest.Clerk+" 在", "已经去了。")
		says(t, text(c, ask(c, http.MethodPost, act, url.Values{"once": {"3"}})), "您不用再去。")
		called(c)
		says(t, text(c, ask(c, http.MethodPost, act, url.Values{"fragment": {"1"}})), "这次呼叫已经过去。", "终端03 呼叫窗口")

		c.as(clerktest.Clerk)
		collectOwed(c)
		side := pathOf(t, page(c, "/collect/now"), `/payer/[-_0-9A-Za-z]+`)
		c.as("")
		if p := page(c, side); strings.Contains(p, "呼叫") {
			t.Error("the payer reads who calls")
		}
		c.as(clerktest.Auditor)
		audit := text(c, ask(c, http.MethodPost, "/audit", url.Values{"from": {"2026-11-23"}, "to": {"2026-11-24"}}))
		says(t, audit, "终端呼叫窗口", "应答终端呼叫")
	})
}

// More machines than a low window has room for are counted.
func TestManyCalls(t *testing.T) {
	inDay(t, func(c *browser) {
		house := c.Counter.House
		for _, c.Counter.House.Kiosk = range []string{"01", "02", "03", "04"} {
			called(c)
			time.Sleep(time.Minute)
		}
		c.Counter.House = house
		p := page(c, "/find")
		if says(t, p, "终端01 呼叫窗口", "终端02 呼叫窗口", "另有 2 台终端呼叫"); strings.Contains(p, "终端03 呼叫") {
			t.Error("the third one has no room")
		}
		if n := strings.Count(page(c, "/work"), "呼叫窗口</span></th>"); n != 4 {
			t.Errorf("%d stand in the list", n)
		}
	})
}

// A ledger that cannot be read is said not to be read: nobody may think that nobody calls.
func TestCallsNotRead(t *testing.T) {
	inDay(t, func(c *browser) {
		c.Blind.Store(true)
		says(t, text(c, ask(c, http.MethodGet, "/calls", nil)), "暂时读不到")
	})
}

// A call comes to a page that stands open, and who goes to it by one key keeps what is typed there.
func TestCallComesByItself(t *testing.T) {
	c := few(t)
	s := chromium(t, c, clerktest.Clerk)
	s.open("/find")
	s.focuses("text")
	s.press("1234")
	b := &browser{Court: c}
	called(b)
	s.sees("终端03 呼叫窗口", "付款码，已等 0 分")
	if title := s.is(`document.title`); !strings.HasPrefix(title, "呼叫 · ") {
		t.Errorf("the window is titled %q", title)
	}
	s.press("g", chromedp.ModifierAlt)
	s.sees("已记下由您去。")
	if got := s.is(`document.getElementById("q").value`); got != "1234" {
		t.Errorf("what was typed has become %q", got)
	}
	if by := calledAtAll(c).Answered.By.Person; by != clerktest.Clerk {
		t.Errorf("%q goes", by)
	}
	if text := s.is(`document.querySelector("nav").innerText`); strings.Contains(text, "呼叫窗口") {
		t.Errorf("it still stands there: %s", text)
	}
	called(b)
	s.open("/work")
	s.sees("终端03 呼叫窗口", "打印存疑")
	s.press("t", chromedp.ModifierAlt)
	s.sees("已记下由您去。", "打印存疑")
	if call := calledAtAll(c); call.N != 2 || call.Answered.By.Person != clerktest.Clerk {
		t.Errorf("it stands as %+v", call)
	}
}
