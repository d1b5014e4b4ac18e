package desk_test

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"courtkiosk/app/caseno"
	"courtkiosk/app/clerk/clerktest"
	"courtkiosk/payment"
)

// owed is a bill of the invented day that nobody has paid.
const owed = "（2026）京0101民初12231号"

// collectOwed shows its code at the window.
func collectOwed(c *browser) {
	list := text(c, ask(c, http.MethodPost, "/collect", url.Values{"q": {owed}}))
	form := fields(list)
	form.Set("n", "0")
	ask(c, http.MethodPost, regexp.MustCompile(`/collect/bills/[A-Z2-7]+`).FindString(list), form)
	time.Sleep(3 * time.Second)
}

// A bill is found and its code shown to the payer, who pays; the receipt is printed once, and the screens are wiped.
func TestCollect(t *testing.T) {
	inDay(t, func(c *browser) {
		none := text(c, ask(c, http.MethodPost, "/collect", url.Values{"q": {"（2026）京0101民初99999号"}}))
		says(t, none, "没有查到要交的费用")
		list := text(c, ask(c, http.MethodPost, "/collect", url.Values{"q": {owed}}))
		says(t, list, "出示付款码")
		bills := pathOf(t, list, `/collect/bills/[A-Z2-7]+`)
		form := url.Values{"once": {"a"}, "n": {"0"}}
		now := text(c, ask(c, http.MethodPost, bills, form))
		says(t, now, "等待付款", `class="qr"`, "还有", "付款后才能打印")
		o := collected(c)
		if o.Device != "03" || o.State != payment.Waiting {
			t.Fatalf("order of %s is %s, want waiting of 03", o.Device, o.State)
		}
		if again := text(c, ask(c, http.MethodPost, bills, form)); !strings.Contains(again, `class="qr"`) ||
			collected(c).No != o.No {
			t.Error("the same form opened another order")
		}

		// The payer's side: who has no session sees code and amount, and nobody's name or case.
		side := pathOf(t, now, `/payer/[-_0-9A-Za-z]+`)
		c.as("")
		before := page(c, side)
		says(t, before, `class="qr"`, "请用微信扫码付款", `http-equiv="refresh"`)
		for _, telling := range []string{"12231", "京0101", "民初", "*", "<button", o.No} {
			if strings.Contains(before, telling) {
				t.Errorf("the payer's side holds %q", telling)
			}
		}
		if w := send(c, http.MethodGet, "/payer/AAAA", nil, "same-origin"); w.Code != http.StatusNotFound {
			t.Errorf("a made up address of the payer's side: %d", w.Code)
		}
		c.as(clerktest.Clerk)
		says(t, page(c, "/collect/slip"), `class="qr"`, "付款单", "前用微信扫码付款")

		if !c.Office.Pay(o.No) {
			t.Fatal("it cannot be paid")
		}
		time.Sleep(4 * time.Second)
		paid := page(c, "/collect/again")
		says(t, paid, "已付款")
		if strings.Contains(paid, `class="qr"`) || strings.Contains(page(c, side), `class="qr"`) {
			t.Error("a code that was paid is still on show")
		}
		printed := len(c.Printer.Printed)
		act := func(path string) string {
			return text(c,
				ask(c, http.MethodPost, path, fields(page(c, "/collect/now"))))
		}
		says(t, act("/collect/print"), "打印")
		if got := len(c.Printer.Printed) - printed; got != 1 {
			t.Errorf("%d receipts printed, want 1", got)
		}
		act("/collect/print")
		if got := len(c.Printer.Printed) - printed; got != 1 {
			t.Errorf("%d receipts after a second try, want 1", got)
		}
		act("/collect/away")
		says(t, page(c, side), "请稍候")
	})
}

// A page on which another code was on show does nothing to the one that is there now, and does not show it as its own.
func TestCollectionOfBefore(t *testing.T) {
	inDay(t, func(c *browser) {
		collectOwed(c)
		first := page(c, "/collect/now")
		again := pathOf(t, first, `/collect/again\?was=[0-9a-z]+`)
		ask(c, http.MethodPost, "/collect/cancel", fields(first))
		time.Sleep(5 * time.Second)
		before := collected(c)
		collectOwed(c)
		o := collected(c)
		if o.No == before.No || o.State != payment.Waiting {
			t.Fatalf("order %s is %s, and was %s", o.No, o.State, before.No)
		}
		for i, act := range []string{"/collect/cancel", "/collect/away", "/collect/print"} {
			form := fields(first)
			form.Set("once", strconv.Itoa(i))
			says(t, text(c, ask(c, http.MethodPost, act, form)), "刚刚有变化，操作没有执行")
		}
		time.Sleep(5 * time.Second)
		if got := collected(c); got.No != o.No || got.State != payment.Waiting {
			t.Errorf("order %s is %s", got.No, got.State)
		}
		r := httptest.NewRequestWithContext(c.Context(), http.MethodGet, "https://desk.test"+again, nil)
		r.Header.Set("X-By-Itself", "1")
		r.AddCookie(c.session)
		w := httptest.NewRecorder()
		if c.Handler.ServeHTTP(w, r); w.Code != http.StatusSeeOther {
			t.Errorf("the page of before is answered %d", w.Code)
		}
	})
}

// A code that is taken back ends as WeChat says; one that nobody looks at any more is left, and its order goes on.
func TestCollectionEnds(t *testing.T) {
	inDay(t, func(c *browser) {
		collectOwed(c)
		o := collected(c)
		time.Sleep(40 * time.Second) // nobody looks
		says(t, page(c, "/collect/now"), "等待付款")
		ask(c, http.MethodPost, "/collect/cancel", fields(page(c, "/collect/now")))
		time.Sleep(5 * time.Second)
		says(t, page(c, "/collect/now"), "未付款")
		if got := collected(c); got.No != o.No || got.State != payment.Closed {
			t.Errorf("order %s is %s, want %s closed", got.No, got.State, o.No)
		}
		time.Sleep(time.Minute) // longer than the last look lasts
	})
}

// collected is the newest order of the case that is collected.
func collected(c *browser) payment.Order {
	c.Helper()
	n, err := caseno.Parse(owed, time.Now())
	if err != nil {
		c.Fatal(err)
	}
	orders, err := c.Ledger.Labelled(c.Context(), n.BaseString())
	if err != nil || len(orders) == 0 {
		c.Fatalf("%d orders, %v", len(orders), err)
	}
	newest := orders[0]
	for _, o := range orders {
		if o.CreatedAt.After(newest.CreatedAt) {
			newest = o
		}
	}
	return newest
}

// pathOf returns the first address in a page that fits a pattern.
func pathOf(t *testing.T, page, pattern string) string {
	t.Helper()
	found := regexp.MustCompile(pattern).FindString(page)
	if found == "" {
		t.Fatalf("no address %s in\n%s", pattern, page)
	}
	return found
}
