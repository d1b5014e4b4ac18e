package desk_test

import (
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"courtkiosk/app/clerk/clerktest"
	"courtkiosk/app/receipt"
	"courtkiosk/payment"
	"courtkiosk/ui/desk/desktest"
)

var hidden = regexp.MustCompile(`name="(once|version|seed)" value="([^"]*)"`)

// fields are the hidden fields of a page's form.
func fields(page string) url.Values {
	v := make(url.Values)
	for _, m := range hidden.FindAllStringSubmatch(page, -1) {
		v.Set(m[1], m[2])
	}
	return v
}

// page returns a page that must be there.
func page(c *browser, path string) string {
	c.Helper()
	r := ask(c, http.MethodGet, path, nil)
	shown := text(c, r)
	if r.StatusCode != http.StatusOK {
		c.Fatalf("%s is answered %d:\n%s", path, r.StatusCode, shown)
	}
	return shown
}

// opened returns the page of the one order that is found, and its address.
func opened(c *browser, q string) (shown, path string) {
	c.Helper()
	w := send(c, http.MethodPost, "/find", url.Values{"q": {q}}, "same-origin")
	path, _, _ = strings.Cut(w.Header().Get("Location"), "?")
	if !strings.HasPrefix(path, "/order/") {
		c.Fatalf("%q leads to %s", q, path)
	}
	return page(c, path), path
}

func says(t *testing.T, page string, want ...string) {
	t.Helper()
	for _, w := range want {
		if !strings.Contains(page, w) {
			t.Errorf("the page does not say %s:\n%s", w, page)
		}
	}
}

// Every number that a person can have in the hand leads to the order.
func TestFindByAnything(t *testing.T) {
	inDay(t, func(c *browser) {
		shown, path := opened(c, "567890")
		says(t, shown, "（2026）京0101民初12345号", "张*明", "打印存疑", "凭证可能不完整", "贰仟柒佰元整")
		o := orderOf(c, "567890")
		house := c.Counter.House
		for _, q := range []string{
			"（2026）京0101民初12345号", "(2026)京0101民初12345", "民初12345", "12345", o.No, o.TransactionID,
			house.Reference(o), strings.ToLower(house.Reference(o)), house.ReceiptNumber(o), " 567890\n", "5678 90",
		} {
			if _, got := opened(c, q); got != path {
				t.Errorf("%q leads to %s, not %s", q, got, path)
			}
		}
		list := text(c, ask(c, http.MethodPost, "/find", url.Values{"q": {"2700"}}))
		says(t, list, "按 金额 2,700.00 元 查找，共 10 笔", "今天 11月23日", "加上日期可以缩小范围", "24,299.00")
		list = text(c, ask(c, http.MethodPost, "/find", url.Values{"q": {"2700 11-20"}}))
		says(t, list, "11月20日 查找，共 3 笔")
		list = text(c, ask(c, http.MethodPost, "/find", url.Values{"q": {"567891"}}))
		says(t, list, "没有找到", "查了最近 90 天")
		list = text(c, ask(c, http.MethodPost, "/find", url.Values{"q": {"11010519491231002X"}}))
		says(t, list, "不按身份证号查找")
		if strings.Contains(list, "19491231") {
			t.Error("an identity number is repeated")
		}
	})
}

func orderOf(c *browser, tail string) payment.Order {
	c.Helper()
	p, err := c.Ledger.Find(c.Context(), payment.Filter{Transaction: tail, N: 1})
	if err != nil || len(p.Orders) != 1 {
		c.Fatal(p, err)
	}
	return p.Orders[0]
}

// A reprint is counted, prints once however often its form comes, and not from a page that is out of date.
func TestReprintOnce(t *testing.T) {
	inDay(t, func(c *browser) {
		shown, path := opened(c, "567890")
		form := fields(shown)
		var both sync.WaitGroup
		for range 2 { // a double click
			both.Go(func() { send(c, http.MethodPost, path+"/reprint", form, "same-origin") })
		}
		both.Wait()
		again := text(c, ask(c, http.MethodPost, path+"/reprint", form))
		says(t, again, "没有重复提交", "已付款", "补打 1 份")
		if n := len(c.Printer.Printed); n != 1 || c.Printer.Printed[0].Copy != 2 {
			t.Fatalf("%d receipts were printed: %+v", n, c.Printer.Printed)
		}
		form.Set("once", "another") // the same page, of before
		late := ask(c, http.MethodPost, path+"/reprint", form)
		says(t, text(c, late), "刚刚有变化，操作没有执行", "重新核对")
		if late.StatusCode != http.StatusConflict || len(c.Printer.Printed) != 1 {
			t.Errorf("an old page is answered %d, %d printed", late.StatusCode, len(c.Printer.Printed))
		}
		c.Printer.Trouble = &receipt.TroubleError{Condition: receipt.PaperOut}
		says(t, text(c, ask(c, http.MethodPost, path+"/reprint", fields(page(c, path)))), "凭证没有打印", "打印机缺纸")
		if e := receiptOf(c); e.State != payment.Done {
			t.Errorf("after a trouble before the print the receipt is %s", e.State)
		}
	})
}

// The whole name is shown once, for a reason that stays, and to nobody else.
func TestFullName(t *testing.T) {
	inDay(t, func(c *browser) {
		_, path := opened(c, "567890")
		form := fields(page(c, path+"/name"))
		r := ask(c, http.MethodPost, path+"/name", form)
		says(t, text(c, r), "没有填写原因")
		form = fields(page(c, path+"/name"))
		form.Set("reason", "核对来窗口的当事人")
		w := send(c, http.MethodPost, path+"/name", form, "same-origin")
		to := w.Header().Get("Location")
		if strings.Contains(to, "%E") || strings.Contains(to, "张") {
			t.Errorf("the name stands in %s", to)
		}
		says(t, page(c, to), "张晓明")
		if strings.Contains(page(c, to), "张晓明") {
			t.Error("the name is shown twice")
		}
		audit, err := c.Ledger.Since(t.Context(), 0, payment.MaxPage)
		if err != nil {
			t.Fatal(err)
		}
		last := audit[len(audit)-1]
		if last.Event != "full-name-shown" || last.By.Person != clerktest.Clerk || strings.Contains(last.Note, "张") ||
			!strings.Contains(last.Note, "核对来窗口的当事人") {
			t.Errorf("the audit says %+v", last)
		}
		c.as(clerktest.Auditor)
		if r := ask(c, http.MethodPost, path+"/name", form); r.StatusCode != http.StatusForbidden {
			t.Errorf("an auditor is answered %d", r.StatusCode)
		}
	})
}

// Work is one person's at a time, comes back, and ends for a reason by who has it.
func TestWorkIsOnePersons(t *testing.T) {
	inDay(t, func(c *browser) {
		list := page(c, "/work")
		says(t, list, "全部 6", "金额不符", "重复付款", "核实中", "凭证未打印", "上报被拒", "打印存疑")
		path := rowOf(c, list, "打印存疑")
		take := func(who, do string) string {
			c.as(who)
			form := fields(page(c, path))
			form.Set("do", do)
			return text(c, ask(c, http.MethodPost, path, form))
		}
		says(t, take(clerktest.Clerk, "take"), "已认领，由您办理", "王*兰 0217（我）", "我的 1")
		says(t, take(clerktest.Lead, "take"), "0217", "已经认领这项工作")
		says(t, take(clerktest.Lead, "back"), "不是您认领的")
		c.as(clerktest.Lead)
		end := fields(page(c, path+"/end"))
		end.Set("reason", "当事人已拿到完整凭证")
		says(t, text(c, ask(c, http.MethodPost, path+"/end", end)), "已经认领这项工作")
		says(t, take(clerktest.Clerk, "back"), "已退回清单")
		c.as(clerktest.Clerk)
		end = fields(page(c, path+"/end"))
		says(t, text(c, ask(c, http.MethodPost, path+"/end", end)), "没有填写原因")
		end = fields(page(c, path+"/end"))
		end.Set("reason", "当事人已拿到完整凭证")
		says(t, text(c, ask(c, http.MethodPost, path+"/end", end)), "已了结：打印存疑", "全部 5")
		if e := receiptOf(c); e.State != payment.Done || e.By.Person != clerktest.Clerk {
			t.Errorf("the receipt is %+v", e)
		}
		says(t, text(c, ask(c, http.MethodGet, path+"/end", nil)), "已经了结")
		shown, _ := opened(c, "567890")
		says(t, shown, "凭证注明原因了结", "当事人已拿到完整凭证，经办 0217")
		if strings.Contains(shown, "凭证已打印") {
			t.Error("the page says printed of what nobody has seen")
		}
		disputed := rowOf(c, list, "金额不符")
		says(t, text(c, ask(c, http.MethodGet, disputed+"/end", nil)), "不能只凭原因了结")
	})
}

// receiptOf returns the receipt that was doubtful on the day.
func receiptOf(c *browser) payment.Effect {
	c.Helper()
	effects, err := c.Ledger.Effects(c.Context(), orderOf(c, "567890").No)
	if err != nil {
		c.Fatal(err)
	}
	for _, e := range effects {
		if e.Kind == "receipt" {
			return e
		}
	}
	return payment.Effect{}
}

// rowOf returns the address of the first row of a list that holds a word.
func rowOf(c *browser, page, word string) string {
	c.Helper()
	for _, row := range strings.Split(page, "<tr ")[1:] {
		m := regexp.MustCompile(`data-row="([^"]*)"`).FindStringSubmatch(row)
		if m != nil && strings.Contains(row, word) {
			return m[1]
		}
	}
	c.Fatalf("no row says %s", word)
	return ""
}

// A lead decides about a dispute with PIN and reason; a clerk, a wrong PIN and a missing reason decide nothing.
func TestDisputeIsSettled(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		time.Sleep(time.Until(time.Date(2026, 11, 21, 8, 0, 0, 0, payment.China)))
		court := desktest.Founded(t)
		c := &browser{Court: court}
		for _, e := range desktest.TheDay {
			if e.Outcome == desktest.Different {
				court.Happen("v", e)
			}
		}
		c.as(clerktest.Clerk)
		shown, path := opened(c, "310447")
		if strings.Contains(shown, "认定为有效付款") {
			t.Error("a clerk is offered to decide")
		}
		if r := ask(c, http.MethodGet, path+"/accept", nil); r.StatusCode != http.StatusForbidden {
			t.Errorf("a clerk is answered %d", r.StatusCode)
		}
		c.as(clerktest.Lead)
		says(t, page(c, path), "认定为有效付款", "转人工办理", "与应交的 2,700.00 元不符")
		sign := func(reason, pin string) string {
			form := fields(page(c, path+"/accept"))
			form.Set("reason", reason)
			form.Set("pin", pin)
			return text(c, ask(c, http.MethodPost, path+"/accept", form))
		}
		says(t, sign("", clerktest.PIN(clerktest.Lead)), "没有填写原因")
		sign("按实收入账", "000000")
		if o := orderOf(c, "310447"); o.State != payment.Disputed {
			t.Fatalf("a wrong PIN made it %s", o.State)
		}
		says(t, sign("按实收入账", clerktest.PIN(clerktest.Lead)), "已认定为有效付款", "主管认定为有效付款", "2,699.00")
		if o := orderOf(c, "310447"); o.State != payment.Paid {
			t.Errorf("it is %s", o.State)
		}
	})
}

// What the court has refused a lead has told again, with PIN and reason; refused once more it is work once more.
func TestToldAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		time.Sleep(time.Until(time.Date(2026, 11, 23, 8, 0, 0, 0, payment.China)))
		court := desktest.Founded(t)
		c := &browser{Court: court}
		for _, e := range desktest.TheDay {
			if e.Outcome == desktest.Refused {
				court.Happen("v", e)
			}
		}
		time.Sleep(time.Minute)
		c.as(clerktest.Lead)
		again := func(path string) string {
			form := fields(page(c, path+"/report"))
			form.Set("reason", "案件系统已更正，可以登记")
			form.Set("pin", clerktest.PIN(clerktest.Lead))
			return text(c, ask(c, http.MethodPost, path+"/report", form))
		}
		shown, path := opened(c, "774902")
		says(t, shown, "上报被拒", "这项费用已用别的方式交过", "重新上报")
		says(t, again(path), "已重新上报")
		time.Sleep(time.Minute)
		says(t, page(c, path), "上报被拒", "重新上报")
		court.Bills.Mend()
		says(t, again(path), "已重新上报")
		time.Sleep(time.Minute)
		shown = page(c, path)
		says(t, shown, "已登记", "案件系统已更正，可以登记，经办 0108")
		if strings.Contains(shown, "told again") || strings.Contains(shown, path+"/report") {
			t.Errorf("the page says:\n%s", shown)
		}
		form := fields(page(c, path+"/report"))
		form.Set("reason", "案件系统已更正，可以登记")
		form.Set("pin", clerktest.PIN(clerktest.Lead))
		if r := ask(c, http.MethodPost, path+"/report", form); r.StatusCode != http.StatusConflict {
			t.Errorf("what the court has taken is answered %d", r.StatusCode)
		}
		c.as(clerktest.Clerk)
		if r := ask(c, http.MethodGet, path+"/report", nil); r.StatusCode != http.StatusForbidden {
			t.Errorf("a clerk is answered %d", r.StatusCode)
		}
	})
}

// Of an order whose outcome is not known the page says neither paid nor unpaid.
func TestUnknownStaysUnknown(t *testing.T) {
	inDay(t, func(c *browser) {
		shown, _ := opened(c, "执4410")
		says(t, shown, "正在核实", "请不要再次付款", "结果未知，微信答复前不能打印")
		for _, claim := range []string{"没有付款", "未付款", "无交易", "付款成功"} {
			if strings.Contains(shown, claim) {
				t.Errorf("the page claims %s", claim)
			}
		}
	})
}
