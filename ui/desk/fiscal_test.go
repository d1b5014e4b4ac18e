package desk_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"courtkiosk/app/bill"
	"courtkiosk/app/clerk/clerktest"
	"courtkiosk/payment"
)

const withFiscal = "（2026）京0101民初12087号" // 661902

// fiscal has the court name a fiscal receipt, and somebody ask for it.
func fiscal(c *browser) {
	issued := time.Date(2026, 11, 21, 0, 0, 0, 0, payment.China)
	c.Bills.Name(withFiscal, bill.Fiscal{Code: "11010126", Number: "0012345678", Check: "a1b2c3", Issued: issued})
	c.as(clerktest.Clerk)
	_, path := opened(c, "661902")
	live(c, path)
}

// live asks as an order's page does by itself.
func live(c *browser, path string) string {
	c.Helper()
	r := ask(c, http.MethodPost, path+"/ask", url.Values{"fragment": {"1"}, "version": {"x"}})
	return text(c, r)
}

// What the court names as the fiscal receipt stands on the order's page with when it was heard, also while the court is
// silent; asking changes nothing else of the order.
func TestFiscalOnTheOrder(t *testing.T) {
	inDay(t, func(c *browser) {
		shown, path := opened(c, "661902")
		says(t, shown, "尚未收到票据信息", "案件系统尚未送来票据代码和号码")
		says(t, live(c, path), "财政票据实时查询", "尚未收到票据信息")
		before := orderOf(c, "661902")
		fiscal(c)
		heard := "11-23 14:41"
		want := []string{"票据代码 11010126", "票据号码 0012345678", "校验码 a1b2c3", "开票日期 2026-11-21", heard,
			"得知财政电子票据已开具"}
		says(t, page(c, path), want...)
		c.Bills.Quiet(true)
		says(t, live(c, path), "没有回应", "以上次得知为准", "票据号码 0012345678")
		says(t, page(c, path), want...)
		c.Bills.Quiet(false)
		c.Bills.Name(withFiscal, bill.Fiscal{})
		says(t, live(c, path), "案件系统不再提到")
		says(t, page(c, path), "可能已冲红或作废", "票据号码 0012345678")
		if after := orderOf(c, "661902"); after.State != before.State || after.PaidAmount != before.PaidAmount ||
			after.Sequence != before.Sequence {
			t.Errorf("the order became %+v", after)
		}
		unpaid, path := opened(c, "民初12231")
		c.Bills.Name("（2026）京0101民初12231号", bill.Fiscal{Number: "0012345679"})
		if !strings.Contains(unpaid, "没有票据") || strings.Contains(live(c, path), "0012345679") {
			t.Error("an order that nobody has paid is said to have a fiscal receipt")
		}
	})
}
