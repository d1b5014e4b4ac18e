package endtoend

import (
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"courtkiosk/app/clerk/clerktest"
	"courtkiosk/payment"
	"courtkiosk/payment/wechatsim"
)

var evening = flag.Bool("evening", false, "walk an evening at the window: some minutes")

// An evening at the window by keyboard alone, with the real program behind a real browser: a payment is found by six
// digits and its receipt printed again, a refund is asked for by one person and approved by another, the day is closed,
// and what the last bill has more than the ledger is found and resolved. Chinese comes from a real input method.
func TestEvening(t *testing.T) {
	if !*evening {
		t.Skip("SKIPPED: make proof walks it")
	}
	need(t, "chromium", "certutil", "pk12util", "Xvfb", "xdotool")
	receipts := filepath.Join(keep(t), "evening")
	if err := os.RemoveAll(receipts); err != nil {
		t.Fatal(err)
	}
	s := newSite(t, receipts)
	first, second := s.pays("12345"), s.pays("12347")
	s.plants(first)
	d := s.openDesk()
	startServer(t, s)
	o := openOffice(t, s, d)
	p := newPanel(t, 1366, 900)
	pinyin(t, p)
	home := os.Getenv("HOME") // where the input method has left its address
	trusts(t, home, d)
	holds(t, home, d, 0)
	b := openBrowser(t, p, home)
	look := func(name string) {
		if *out != "" {
			time.Sleep(time.Second)
			b.save(*out, "evening-"+name)
		}
	}
	b.speaks("xkb:us::eng")
	b.goes(d.url + "/")
	b.chooses()

	b.signs(o, clerktest.Clerk)
	b.scansTwentyTimes(first, second)
	b.speaks("libpinyin")
	b.composes()
	look("1-pinyin")
	tail := first.TransactionID[len(first.TransactionID)-6:]
	b.finds(tail, 12)
	b.sees("12345号", "已付款", "秒前查询")
	look("2-order")
	b.keys("F4")
	b.sees("补打 1 份")
	if n := len(pdfs(t, receipts)); n != 3 {
		t.Errorf("%d receipts were printed, want two and a copy", n)
	}
	b.keys("F8")
	b.sees("退款原因", "最多可退")
	b.keys("space")
	b.await("a reason", `document.querySelector("[name=reason]:checked") != null`)
	b.reaches("more")
	b.pinyin("chongfu", "more", "重复")
	look("3-ask")
	b.keys("ctrl+Return")
	b.sees("退款申请 2,700.00 元已提交复核")
	b.locks()

	b.signs(o, clerktest.Lead)
	b.keys("alt+3")
	b.sees("待复核")
	b.keys("Return")
	b.sees("复核退款", "重复")
	b.fills("pin", clerktest.PIN(clerktest.Lead))
	b.fills("code", o.Code(clerktest.Lead))
	look("4-approve")
	b.keys("ctrl+Return")
	b.await("the decision", `[...document.querySelectorAll("dt")].some(e => e.textContent == "处理")`)
	eventually(t, "the refund at WeChat", func() bool { return len(s.sim.Refunds()) > 0 }) // sent beside the page
	backs := s.sim.Refunds()
	if len(backs) != 1 || backs[0].Order != first.No || backs[0].Sum != 270000 {
		t.Fatalf("WeChat has the refunds %+v", backs)
	}
	if err := s.sim.Arrive(backs[0].No, wechatsim.Arrived); err != nil {
		t.Fatal(err)
	}
	within(t, 2*time.Minute, "the refund's end in the ledger", func() bool { // WeChat is asked after a minute
		return strings.Contains(s.command("refund", "show", backs[0].No, "--json"), `"done"`)
	})
	look("5-approved")
	b.locks()

	b.signs(o, clerktest.Clerk)
	b.keys("alt+4")
	b.sees("日结", "两人签字")
	b.fills("pin", clerktest.PIN(clerktest.Clerk))
	b.keys("ctrl+Return")
	b.sees("本单校验词", "待签")
	b.locks()
	b.signs(o, clerktest.Lead)
	b.keys("alt+4")
	b.sees("复核签字")
	b.fills("pin", clerktest.PIN(clerktest.Lead))
	b.keys("ctrl+Return")
	b.await("both signatures", `document.querySelectorAll("ol.sign .st.ok").length == 2`)
	look("6-closed")
	b.locks()

	b.signs(o, clerktest.Finance)
	b.keys("alt+5")
	b.sees("对账", "各方合计", "取账单")
	if day := billedDay(); day.AddDate(0, 0, 1).Before(today()) {
		b.keys("Left")
	}
	b.sees(billedDay().Format("1月2日　各方合计"))
	b.keys("F9")
	b.sees("差异 1 项，未了结 1 项", "长款")
	look("7-reconcile")
	b.keys("1")
	b.sees("已付款", "签名已验证")
	b.keys("1")
	b.sees("了结差异", "再次输入，作为签名")
	b.keys("space")
	b.await("a reason", `document.querySelector("[name=reason]:checked") != null`)
	b.reaches("more")
	b.pinyin("yichaming", "more", "已查明")
	b.fills("pin", clerktest.PIN(clerktest.Finance))
	look("8-resolve")
	b.keys("ctrl+Return")
	b.sees("差异 1 项", "微信查询已确认", "已查明")
	look("9-resolved")
	if text := words(s.command("ledger", "check")); !strings.Contains(text, "sound") {
		t.Errorf("after the evening the ledger is %s", text)
	}
}

// pays has a case of this court paid at the machine's command line, and returns the payment.
func (s *site) pays(serial string) wechatsim.Order {
	s.t.Helper()
	c := exec.Command(program(s.t), "pay", fmt.Sprintf("%d京0101民初%s", thisYear(), serial), "--yes",
		"--config", s.config)
	c.Env = append(os.Environ(), "LANG=zh_CN.UTF-8")
	var said strings.Builder
	c.Stdout, c.Stderr = &said, &said
	defer func() {
		if s.t.Failed() {
			s.t.Logf("pay said:\n%s", said.String())
		}
	}()
	known := len(s.sim.Orders())
	if err := c.Start(); err != nil {
		s.t.Fatal(err)
	}
	var no string
	eventually(s.t, "an order of "+serial, func() bool {
		all := s.sim.Orders()
		if len(all) > known {
			no = all[len(all)-1].No
		}
		return no != ""
	})
	if err := s.sim.Pay(no); err != nil {
		s.t.Fatal(err)
	}
	if err := c.Wait(); err != nil {
		s.t.Fatalf("pay %s: %v", serial, err)
	}
	paid, _ := s.sim.Order(no)
	return paid
}

// today is its beginning in China.
func today() time.Time {
	y, m, day := time.Now().In(payment.China).Date()
	return time.Date(y, m, day, 0, 0, 0, 0, payment.China)
}

// billedDay is the last day whose bill WeChat has made: yesterday, before ten in the morning the day before.
func billedDay() time.Time {
	if time.Now().In(payment.China).Hour() < 10 {
		return today().AddDate(0, 0, -2)
	}
	return today().AddDate(0, 0, -1)
}

// plants has WeChat take a payment on that day that carries this ledger's mark, and that the ledger does not know.
func (s *site) plants(like wechatsim.Order) {
	s.sim.PayElsewhere(wechatsim.Order{MchID: like.MchID, AppID: like.AppID, No: "PLANTEDPLANTEDPLANTEDPLANTED2345",
		Attach: like.Attach, Total: 5000, PaidAt: billedDay().Add(15 * time.Hour)})
}

// signs signs a person in from the sign-in page.
func (b *clerkPC) signs(o *office, number string) {
	b.t.Helper()
	b.sees("工号", "动态口令")
	b.fills("who", number)
	b.fills("pin", clerktest.PIN(number))
	if code := o.Code(number); code != "" {
		b.fills("code", code)
	}
	b.keys("Return")
	b.sees(number, "查找", "锁定")
}

func (b *clerkPC) locks() {
	b.t.Helper()
	b.keys("alt+l")
	b.sees("窗口已锁定")
	b.keys("alt+s")
	b.sees("工号", "动态口令")
}

// clears brings the find box up, from wherever the page is, with what it holds selected.
func (b *clerkPC) clears() {
	b.t.Helper()
	b.keys("F2")
	b.await("the find box", `document.activeElement.id == "q" &&
		document.activeElement.selectionStart == 0 &&
		document.activeElement.selectionEnd == document.activeElement.value.length`)
}

// finds types into the find box and opens what is found.
func (b *clerkPC) finds(text string, delay int) {
	b.t.Helper()
	b.clears()
	b.types(text, delay)
	b.keys("Return")
}

// scansTwentyTimes has a scanner type a payment's number as fast as one does, with the input method on: each burst
// leads to its payment, by all of its letters.
func (b *clerkPC) scansTwentyTimes(of ...wechatsim.Order) {
	b.t.Helper()
	for n := range 20 {
		paid := of[n%len(of)]
		b.finds(paid.No, 2+n%4*4)
		b.await(fmt.Sprint("the payment of burst ", n+1), fmt.Sprintf(`
			location.pathname.startsWith("/order/") && document.body.innerText.replace(/\s/g, "").includes(%q)`,
			paid.TransactionID))
		b.keys("Escape")
		b.await(fmt.Sprint("the list after burst ", n+1), fmt.Sprintf(`
			!location.pathname.startsWith("/order/") && document.getElementById("q")?.value == %q`, paid.No))
	}
}

// composes looks for the day's payments by a word that comes from pinyin.
func (b *clerkPC) composes() {
	b.t.Helper()
	b.clears()
	b.pinyin("jintian", "q", "今天")
	b.keys("Return")
	b.sees("12345号", "12347号")
}

// pinyin types pinyin into a field, chooses the first word, and looks at what stands there, as people do: where the
// input method was slower than the keys, it is typed again.
func (b *clerkPC) pinyin(letters, field, word string) {
	b.t.Helper()
	b.is(`document.addEventListener("compositionstart", () => window.composing = true, true),
		document.addEventListener("compositionend", () => window.composing = false, true)`)
	has := func(word string) bool {
		for end := time.Now().Add(10 * time.Second); time.Now().Before(end); time.Sleep(300 * time.Millisecond) {
			if b.is(fmt.Sprintf(`!window.composing && document.getElementById(%q)?.value`, field)) == word {
				return true
			}
		}
		return false
	}
	for range 5 {
		b.speaks("libpinyin")
		b.types(letters, 60)
		b.keys("space")
		chosen := has(word)
		b.speaks("xkb:us::eng")
		if chosen && has(word) {
			return
		}
		came := b.is(fmt.Sprintf(`document.getElementById(%q)?.value`, field))
		b.t.Logf("%s came out as %q, typed again", letters, came)
		b.keys("ctrl+a", "BackSpace")
		has("")
	}
	b.t.Fatalf("%s never became %s", letters, word)
}

// speaks chooses an engine of the input method, as its key does on a desktop.
func (b *clerkPC) speaks(engine string) {
	b.t.Helper()
	eventually(b.t, "the engine "+engine, func() bool {
		_ = exec.Command("ibus", "engine", engine).Run()
		said, _ := exec.Command("ibus", "engine").CombinedOutput()
		return strings.TrimSpace(string(said)) == engine
	})
}
