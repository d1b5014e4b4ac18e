package desk_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"courtkiosk/app/clerk/clerktest"
	"courtkiosk/payment"
	"courtkiosk/payment/gatewaytest"
)

// wanted has the clerk ask for so much of the payment with the digits 567890 to be given back.
func wanted(c *browser, sum, reason, more string) string {
	c.Helper()
	_, path := opened(c, "567890")
	form := fields(page(c, path+"/refund"))
	form.Set("reason", reason)
	form.Set("more", more)
	form.Set("sum", sum)
	return text(c, ask(c, http.MethodPost, path+"/refund", form))
}

// refundOf is the newest refund of that payment.
func refundOf(c *browser) payment.Refund {
	c.Helper()
	list, err := c.Ledger.RefundsOf(c.Context(), orderOf(c, "567890").No)
	if err != nil || len(list) == 0 {
		c.Fatal(list, err)
	}
	return list[len(list)-1]
}

// One person asks, sees what it comes to, and cannot decide; another sees the same, and decides only with a PIN and a
// code; then the page says how far WeChat is, and no more.
func TestRefundByTwo(t *testing.T) {
	inDay(t, func(c *browser) {
		_, path := opened(c, "567890")
		says(t, page(c, path+"/refund"), "申请退款", "最多 2,700.00 元", "贰仟柒佰元整", "重复付款", "您本人不能复核")
		says(t, wanted(c, "2,700.01", "重复付款", ""), "退款金额不在可退范围内")
		says(t, wanted(c, "许多", "重复付款", ""), "退款金额不在可退范围内")
		says(t, wanted(c, "1", "其他", ""), "没有填写原因")
		says(t, wanted(c, "1", "我愿意", "编的"), "没有填写原因")
		says(t, wanted(c, "2,700.00", "重复付款", "出示两笔账单"), "退款申请 2,700.00 元已提交复核")
		r := refundOf(c)
		if r.State != payment.RefundAsked || r.Part != 1 || r.Asked.By.Person != clerktest.Clerk ||
			r.Reason != "重复付款 出示两笔账单" || r.Shown != "重复付款" {
			t.Fatalf("asked for: %+v", r)
		}
		says(t, wanted(c, "1", "重复付款", ""), "退款金额不在可退范围内") // all of it is asked for

		list := page(c, "/refunds")
		says(t, list, "待复核", "2,700.00", "由另一位有复核权的人员办理")
		own := c.Handler.Path("/refunds", r.No)
		says(t, page(c, own), "撤回申请", "出示两笔账单")
		form := fields(page(c, own))
		if got := ask(c, http.MethodPost, own+"/approve", form); got.StatusCode != http.StatusForbidden {
			t.Errorf("who has asked approves: %d", got.StatusCode)
		}

		c.as(clerktest.Lead)
		shown := page(c, own)
		says(t, shown, "复核退款", "PIN", "动态口令", "同意退款 2,700.00 元", "退回申请", "两人办理")
		form = fields(shown)
		says(t, text(c, ask(c, http.MethodPost, own+"/approve", form)), "操作没有执行")
		if r := refundOf(c); r.State != payment.RefundAsked {
			t.Fatalf("without a PIN it is %s", r.State)
		}
		if _, err := c.Cashier.ApproveRefund(c.Context(), r.No, payment.By{Person: clerktest.Lead}); err != nil {
			t.Fatal(err)
		}
		form.Set("once", "late")
		if got := ask(c, http.MethodPost, own+"/approve", form); got.StatusCode != http.StatusConflict {
			t.Errorf("a page of before is answered %d", got.StatusCode)
		}
		time.Sleep(2 * time.Minute)
		says(t, page(c, own), "微信已受理", clerktest.Lead)
		c.Office.Arrive(r.No, payment.StatusSuccess)
		time.Sleep(10 * time.Minute)
		c.as(clerktest.Lead) // the window has locked itself
		says(t, page(c, own), "已到账", "微信查询确认")
		says(t, page(c, "/refunds"), "没有未办结的退款")
		says(t, page(c, path), "已全部退还或正在退款")
	})
}

// What was asked for is taken back before it is sent, for a reason.
func TestRefundIsTakenBack(t *testing.T) {
	inDay(t, func(c *browser) {
		wanted(c, "100", "金额有误", "")
		path := c.Handler.Path("/refunds", refundOf(c).No)
		form := fields(page(c, path))
		says(t, text(c, ask(c, http.MethodPost, path+"/withdraw", form)), "没有填写原因")
		form = fields(page(c, path))
		form.Set("more", "看错了")
		says(t, text(c, ask(c, http.MethodPost, path+"/withdraw", form)), "退款申请已撤回")
		if r := refundOf(c); r.State != payment.RefundWithdrawn {
			t.Errorf("it is %s", r.State)
		}
	})
}

// Where WeChat is silent nothing is asked for.
func TestNoRefundWithoutWeChat(t *testing.T) {
	inDay(t, func(c *browser) {
		c.Office.Fails(func(gatewaytest.Call) gatewaytest.Fault { return gatewaytest.Fault{Err: payment.ErrUnknown} })
		says(t, wanted(c, "100", "金额有误", ""), "微信没有回应")
		list, err := c.Ledger.RefundsOf(c.Context(), orderOf(c, "567890").No)
		if err != nil || len(list) != 0 {
			t.Errorf("asked for all the same: %+v, %v", list, err)
		}
	})
}

// The second of the two, and the audit, see what was typed in the order in which it was: nothing turns it around or
// hides in it.
func TestReasonsAreSeen(t *testing.T) {
	inDay(t, func(c *browser) {
		const typed, want = "多收 \u202e00.72\u200b 元\x00\x1b[2J", "多收 00.72 元[2J"
		says(t, wanted(c, "1", "重复付款", typed), "已提交复核")
		_, path := opened(c, "567890")
		for _, act := range []string{"/note", "/name"} {
			form := fields(page(c, path+act))
			form.Set("more", typed)
			if got := ask(c, http.MethodPost, path+act, form); got.StatusCode != http.StatusOK {
				t.Fatalf("%s is answered %d", act, got.StatusCode)
			}
		}
		if r := refundOf(c); r.Reason != "重复付款 "+want {
			t.Errorf("asked for: %q", r.Reason)
		}
		list, err := c.Ledger.Since(c.Context(), 0, payment.MaxPage)
		told := 0
		for _, e := range list {
			if strings.Contains(e.Note, want) {
				told++
			}
			if strings.ContainsAny(e.Note, "\u202e\u200b\x00\x1b") {
				t.Errorf("the audit holds %q", e.Note)
			}
		}
		if err != nil || told != 3 {
			t.Errorf("told %d times, %v", told, err)
		}
	})
}
