package desk

import (
	"strings"
	"time"

	"courtkiosk/app/bill"
	"courtkiosk/app/clerk"
	"courtkiosk/app/receipt"
	"courtkiosk/payment"
)

// sentence is what a clerk can say to the visitor at once: what is known, since when, what can be done now. It promises
// no day that no system gave.
func sentence(o clerk.Order) string {
	p := o.Hit.Order
	pairs := []string{"sum", yuan(p.PaidAmount), "asked", yuan(p.Amount), "when", spoken(p.PaidAt), "opened",
		spoken(p.CreatedAt), "back", yuan(p.Returned.Sum), "returned", spoken(p.Returned.At)}
	return words("say."+sayID(o), pairs...).Lead
}

func sayID(o clerk.Order) string {
	switch o.Mark {
	case clerk.IsPaid:
		switch {
		case o.Receipt.State == payment.Owed:
			return "paid-owed"
		case o.Receipt.State == payment.Done && o.Report.State == payment.Done:
			return "paid-all"
		}
		return "paid"
	case clerk.ReportRefused:
		return "paid"
	}
	return string(o.Mark)
}

// spoken is a time as it is said.
func spoken(t time.Time) string { return when(t, "1月2日 15:04") }

// nextWords says what the next step of a piece of work is.
func nextWords(i clerk.Item) string {
	id := "next." + string(i.Mark)
	if i.Mark == clerk.ReportRefused {
		reason := bill.OtherReason
		for _, r := range []bill.Reason{bill.AmountDiffers, bill.WasWithdrawn, bill.WasSettled, bill.UnknownBill,
			bill.PurseDiffers} {
			if strings.HasSuffix(i.Note, ": "+string(r)) {
				reason = r
			}
		}
		return words(id, "why", words("court."+string(reason)).Lead).Lead
	}
	if i.Difference.Kind != "" {
		id = "next.difference"
	}
	return words(id).Lead
}

// A step is one line of the order's time line.
type step struct {
	Kind, Icon string // ok, warn, todo
	At         time.Time
	What, More string
}

// timeLine tells what happened to an order, by its audit, its sheet and WeChat's bill, and what has not happened yet.
func timeLine(o clerk.Order) (line []step) {
	last := make(map[string]int) // where an event stands last: of several tries the last one tells
	for i, e := range o.Audit {
		last[e.Event] = i
	}
	for i, e := range o.Audit {
		s, ok := stepOf(o, e)
		if !ok || s.What == "" || repeated[e.Event] && last[e.Event] != i {
			continue
		}
		s.At = e.At
		if e.By.Person != "" {
			s.More += sep(s.More) + "经办 " + e.By.Person
		}
		line = append(line, s)
	}
	if c := o.Closing; c.Number > 0 {
		line = append(line, step{"ok", "ok", c.At, "列入日结单", "终端" + c.Device + " 第" + number(c.Number) + "号"})
	}
	if !o.Hit.Order.PaidAt.IsZero() {
		f, b := fiscalOf(o), billOf(o)
		if f.Facts != "" {
			line = append(line, step{"ok", "ok", f.Since, "得知财政电子票据已开具", f.Facts})
		}
		switch {
		case o.Statement.State == payment.StatementRead && o.Difference.Kind == "":
			line = append(line, step{"ok", "ok", b.At, "微信账单一致", o.Statement.Day + " 账单，订单金额 " + b.Sum + " 元"})
		case b.State.Kind == "warn":
			line = append(line, step{"warn", "warn", b.At, "微信账单：" + b.State.Word, o.Statement.Day + " 账单"})
		default:
			line = append(line, step{"todo", "todo", time.Time{}, "微信账单", "付款次日 10 时以后取得"})
		}
		if f.Facts == "" {
			line = append(line, step{"todo", "todo", time.Time{}, "开具财政电子票据", "案件系统尚未送来票据代码和号码"})
		}
	}
	return line
}

func sep(before string) string {
	if before == "" {
		return ""
	}
	return "，"
}

// repeated are events of which only the last is told.
var repeated = map[string]bool{
	"report doubtful": true, "report owed": true, "receipt owed": true,
}

// stepOf puts an entry of the audit into words; what tells a clerk nothing is left out.
func stepOf(o clerk.Order, e payment.Entry) (step, bool) {
	p := o.Hit.Order
	ok := func(what, more string) (step, bool) {
		return step{Kind: "ok", Icon: "ok", What: what, More: more}, true
	}
	warn := func(what, more string) (step, bool) {
		return step{Kind: "warn", Icon: "warn", What: what, More: more}, true
	}
	switch e.Event {
	case string(payment.Opened):
		return ok("建立订单", "终端"+p.Device+"，应交 "+yuan(p.Amount)+" 元")
	case string(payment.Coded):
		return ok("微信返回付款码", "有效至 "+clock(p.Expires))
	case string(payment.CloseAsked):
		return ok("请求关闭订单", closedBy(p))
	case string(payment.SaidPaid):
		return ok("微信确认已付款 "+yuan(p.PaidAmount)+" 元", "金额、商户号、币种相符，签名已验证")
	case string(payment.SaidRefunded):
		return warn("微信确认已付款，已有退款", "退款不是本程序提交的")
	case string(payment.SaidDifferent):
		return warn("微信确认付款 "+yuan(p.PaidAmount)+" 元", "与应交 "+yuan(p.Amount)+" 元不符，签名已验证")
	case string(payment.SaidClosed):
		return ok("微信确认已关闭", "没有付款，号码不再使用")
	case string(payment.SaidAbsent), string(payment.GivenUp):
		return ok("订单作废", "微信没有这笔订单")
	case string(payment.Refused):
		return warn("号码已被其他终端使用", "")
	case string(payment.PaidByOther):
		return warn("已在其他终端付款", "")
	case string(payment.Adopted):
		return ok("补记其他终端的付款", "")
	case string(payment.Accepted):
		return ok("主管认定为有效付款", "")
	case string(payment.EndedByHand):
		return ok("转人工办理", "")
	case "receipt done":
		if byReason(e.Note) {
			return ok("凭证注明原因了结", e.Note)
		}
		return ok("凭证已打印", "")
	case "receipt doubtful":
		return warn("凭证打印中断", "可能没有打完；没有自动再次打印")
	case "report done":
		return ok("案件系统已登记", "")
	case "attention/report owed":
		return warn("案件系统不接受上报", "")
	case string(payment.AsksRefund):
		return ok("申请退款", "")
	case string(payment.ApprovesRefund):
		return ok("复核同意退款", "")
	case string(payment.RefusesRefund):
		return warn("复核退回", "")
	case string(payment.WithdrawsRefund):
		return warn("撤回退款申请", "")
	case string(payment.SendsRefund):
		return ok("退款提交微信", "")
	case string(payment.SaidProcessing):
		return ok("微信受理退款", "")
	case string(payment.SaidSuccess):
		return ok("退款到账", "微信查询确认")
	case string(payment.SaidAbnormal):
		return warn("退款异常", "付款账户不能收款")
	case string(payment.SaidEnded):
		return warn("退款已关闭", "款项没有退出")
	}
	if why, told := strings.CutPrefix(e.Note, "told again: "); told && strings.HasSuffix(e.Event, " done") {
		return ok("重新上报", why)
	}
	if e.By.Person != "" && len(e.Event) > 5 && e.Event[len(e.Event)-5:] == " done" {
		return ok("了结工作", e.Note)
	}
	return step{}, false
}

// byReason reports whether the note of a receipt that is done is a person's reason, and not what a printer has said.
func byReason(note string) bool {
	return note != "" && !receipt.OutcomeOf(note).Proven() && note != string(receipt.Sent)
}

func closedBy(o payment.Order) string {
	switch o.Unwanted.Source {
	case payment.ByVisit:
		return "当事人取消"
	case payment.ByCourt:
		return "应交金额有变化"
	case payment.ByClerk:
		return "窗口人员取消"
	}
	return "付款时间已过"
}
