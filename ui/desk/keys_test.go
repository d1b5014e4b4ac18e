package desk_test

import (
	"context"
	"net/http/httptest"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/input"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"courtkiosk/app/bill"
	"courtkiosk/app/clerk/clerktest"
	"courtkiosk/payment"
	"courtkiosk/ui/desk/desktest"
)

// A screen is a page in a real Chromium, over TLS.
type screen struct {
	*testing.T
	ctx context.Context
	url string
}

// chromium opens a browser in which somebody is signed in.
func chromium(t *testing.T, c *desktest.Court, who string) *screen {
	t.Helper()
	program, err := exec.LookPath("chromium")
	if err != nil {
		t.Fatalf("%v: make test installs it", err)
	}
	server := httptest.NewTLSServer(c.Handler)
	t.Cleanup(server.Close)
	options := append(chromedp.DefaultExecAllocatorOptions[:], chromedp.NoSandbox, chromedp.WindowSize(1366, 768),
		chromedp.ExecPath(program), chromedp.Flag("ignore-certificate-errors", true))
	ctx, stop := chromedp.NewExecAllocator(t.Context(), options...)
	t.Cleanup(stop)
	ctx, stop = chromedp.NewContext(ctx)
	t.Cleanup(stop)
	ctx, stop = context.WithTimeout(ctx, 3*time.Minute)
	t.Cleanup(stop)
	s := &screen{t, ctx, server.URL}
	session := c.As(who)
	_, err = chromedp.Call(s.ctx, network.SetCookie, network.SetCookieParams{
		Name: session.Name, Value: session.Value, URL: server.URL + "/", Path: "/", Secure: new(true),
		HTTPOnly: new(true), SameSite: network.CookieSameSiteStrict,
	})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func (s *screen) do(steps ...chromedp.Action[chromedp.Void]) {
	s.Helper()
	if err := chromedp.Do(s.ctx, steps...); err != nil {
		s.Fatal(err)
	}
}

// press presses keys as a person does, one after another.
func (s *screen) press(keys string, modifiers ...chromedp.Modifier) {
	s.Helper()
	s.do(chromedp.KeyEvent(keys, chromedp.KeyModifiers(modifiers...)))
}

// sees waits until the page says something.
func (s *screen) sees(words ...string) {
	s.Helper()
	var text string
	for end := time.Now().Add(20 * time.Second); time.Now().Before(end); time.Sleep(100 * time.Millisecond) {
		// a page that is being left has no body, one that is coming not all of its script
		text, _ = chromedp.Run(s.ctx, chromedp.Evaluate[string](
			`document.body && document.readyState == "complete" ? document.body.innerText : ""`))
		all := true
		for _, w := range words {
			all = all && strings.Contains(text, w)
		}
		if all {
			return
		}
	}
	s.Fatalf("the page does not say %q:\n%s", words, text)
}

// focuses waits until the focus is in a control of a type: a page gives it when it is first drawn.
func (s *screen) focuses(kind string) {
	s.Helper()
	for end := time.Now().Add(20 * time.Second); s.is(`document.activeElement.type`) != kind; {
		if time.Now().After(end) {
			s.Fatalf("the focus is in %s", s.is(`document.activeElement.outerHTML`))
		}
		time.Sleep(50 * time.Millisecond)
	}
}

// is returns what an expression comes to on the page.
func (s *screen) is(expression string) string {
	s.Helper()
	value, err := chromedp.Run(s.ctx, chromedp.Evaluate[string](`String(`+expression+`)`))
	if err != nil {
		s.Fatal(err)
	}
	return value
}

func (s *screen) open(path string) {
	s.Helper()
	s.do(chromedp.Navigate(s.url + path))
}

// few are enough for a keyboard.
func few(t *testing.T) *desktest.Court {
	t.Helper()
	c := desktest.Open(t, false)
	for i, e := range []desktest.Event{
		{Device: "01", Kind: "民初", Serial: 12264, Payer: "北京晨光商贸有限公司", Item: "案件受理费", Purse: bill.Litigation,
			Amount: 270000, Tail: "118204", Outcome: desktest.Printed},
		{Device: "03", Kind: "民初", Serial: 12345, Payer: "张晓明", Item: "案件受理费", Purse: bill.Litigation,
			Amount: 270000, Tail: "567890", Outcome: desktest.Doubtful},
		{Device: "03", Kind: "民初", Serial: 12366, Payer: "韩小雪", Item: "案件受理费", Purse: bill.Litigation,
			Amount: 5000, Tail: "774902", Outcome: desktest.Doubtful},
	} {
		c.Happen("v"+string(rune('a'+i)), e)
	}
	return c
}

// The window's day by keyboard alone: find by six digits, print again, take work, end it.
func TestByKeyboard(t *testing.T) {
	c := few(t)
	s := chromium(t, c, clerktest.Clerk)
	s.open("/find")
	s.focuses("text")
	if got := s.is(`document.activeElement.id`); got != "q" {
		t.Fatalf("the focus is in %q", got)
	}
	s.press("567890" + kb.Enter)
	s.sees("（2026）京0101民初12345号", "打印存疑", "凭证可能不完整", "支付成功", "秒前查询")
	s.press(kb.F4)
	s.sees("凭证已打印", "补打 1 份", "已付款")
	if n := len(c.Printer.Printed); n != 1 {
		t.Fatalf("%d receipts were printed", n)
	}
	s.press(kb.Escape)
	s.sees("可以输入")
	s.press("2700" + kb.Enter)
	s.sees("按 金额 2,700.00 元 查找，共 2 笔")
	s.press(kb.ArrowDown)
	if got := s.is(`document.querySelector("tr.on").innerText`); !strings.Contains(got, "12264") {
		t.Fatalf("the arrow chose %s", got)
	}
	s.press(kb.Enter)
	s.sees("（2026）京0101民初12264号", "法院案件系统已登记")
	s.press(kb.Escape)
	s.sees("共 2 笔") // the list that led there
	s.press("2", chromedp.ModifierAlt)
	s.sees("工作清单", "打印存疑", "（2026）京0101民初12366号")
	s.press("t", chromedp.ModifierAlt)
	s.sees("已认领，由您办理", "王*兰 0217（我）")
	s.press("w", chromedp.ModifierAlt)
	s.sees("注明原因后了结", "当事人已拿到完整凭证")
	s.focuses("radio")
	s.press(" ")
	s.press(kb.Enter, chromedp.ModifierCtrl)
	s.sees("已了结：打印存疑", "没有未了结的工作")
	s.press(kb.F2)
	s.sees("可以输入")
}

// What is done with a payment is done from the list, too, with the row that is chosen: ask WeChat, print again, ask for
// a refund.
func TestKeysOfTheList(t *testing.T) {
	c := few(t)
	s := chromium(t, c, clerktest.Clerk)
	list := func() {
		t.Helper()
		s.open("/find")
		s.focuses("text")
		s.press("2700" + kb.Enter)
		s.sees("按 金额 2,700.00 元 查找，共 2 笔")
		s.press(kb.ArrowDown) // the older one
	}
	list()
	s.press(kb.F9)
	s.sees("（2026）京0101民初12264号", "微信答复：支付成功")
	list()
	s.press(kb.F4)
	s.sees("（2026）京0101民初12264号", "凭证已打印", "补打 1 份")
	if n := len(c.Printer.Printed); n != 1 || c.Printer.Printed[0].Case != "（2026）京0101民初12264号" {
		t.Fatalf("%d receipts were printed: %+v", n, c.Printer.Printed)
	}
	list()
	s.press(kb.F8)
	s.sees("申请退款", "（2026）京0101民初12264号", "最多 2,700.00 元")
}

// A scanner types as fast as it can and ends with Return: no digit is lost, twenty times.
func TestScannerBurst(t *testing.T) {
	c := few(t)
	p, err := c.Ledger.Find(t.Context(), payment.Filter{Transaction: "567890", N: 1})
	if err != nil || len(p.Orders) != 1 {
		t.Fatal(p, err)
	}
	s := chromium(t, c, clerktest.Clerk)
	for range 20 {
		s.open("/find")
		s.press(p.Orders[0].No + kb.Enter)
		s.sees("（2026）京0101民初12345号", "金额核对", "秒前查询")
	}
}

// No key acts while an input method composes: Return belongs to the pinyin then.
func TestKeysWhileComposing(t *testing.T) {
	c := few(t)
	s := chromium(t, c, clerktest.Clerk)
	s.open("/find")
	s.press("民初")
	_, err := chromedp.Call(s.ctx, input.ImeSetComposition, input.ImeSetCompositionParams{
		Text: "shou", SelectionStart: 4, SelectionEnd: 4,
	})
	if err != nil {
		t.Fatal(err)
	}
	s.is(`(() => { for (const key of ["Enter", "Escape", "F4", "ArrowDown"]) {
		const e = new KeyboardEvent("keydown", { key, isComposing: true, bubbles: true, cancelable: true });
		window.stopped = !document.activeElement.dispatchEvent(e) || window.stopped;
	} })()`)
	if got := s.is(`location.pathname + " " + Boolean(window.stopped)`); got != "/find false" {
		t.Errorf("a key acted: %s", got)
	}
	if got := s.is(`document.getElementById("q").value`); got != "民初shou" {
		t.Errorf("the box holds %q", got)
	}
}
