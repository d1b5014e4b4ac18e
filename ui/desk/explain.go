package desk

import (
	"errors"
	"time"

	"courtkiosk/app/clerk"
	"courtkiosk/app/receipt"
	"courtkiosk/payment"
)

// Each paper that leaves is told to the audit, so the form may come as often as it likes.
var explainRoutes = []Route{
	{Pattern: "GET /order/{id}/explain", Menu: "/find", Right: clerk.Explain, Serve: explainPage},
	{Pattern: "POST /order/{id}/explain", Menu: "/find", Right: clerk.Explain, Serve: explain, Harmless: true},
}

var explainedTo = []string{"当事人或代理人", "承办法官或书记员", "财务部门", "审计或纪检部门"}

func explainPage(v *Visit) error {
	o, err := v.order()
	if err != nil {
		return err
	}
	return v.Show("reason", "付款情况说明", reasonView{
		Title: "打印付款情况说明", Lead: "写明现在已经知道和还不知道的事实，交费人姓名遮蔽；出具给谁记入审计。", Icon: "sheet", Reference: o.Reference,
		State: stateOf(o.Mark), Hint: "用途（不写姓名和案号）", Button: "打开 A4 文件", Reasons: explainedTo, Ask: "出具给",
		Do: v.Back + "/explain", Back: v.Back, Version: Version(o.Version()),
	})
}

// explain answers with the paper, as things stand now.
func explain(v *Visit) error {
	no, err := v.Record("/order")
	if err != nil {
		return err
	}
	v.Back = v.Path("/order", no) + "/explain"
	o, err := v.Desk.Explain(v.Context(), v.Clerk, no, v.reason())
	if errors.Is(err, clerk.ErrReason) {
		return ErrNoReason
	}
	if err != nil {
		return err
	}
	house := v.Desk.Counter.House
	file, err := v.Desk.PDF(v.Context(), explained(house.Name, house.Environment, o, v.reason(), v.Clerk.By.Person))
	if err != nil {
		return err
	}
	v.send(o.Reference+".pdf", "application/pdf", file, true)
	return nil
}

// explained puts on paper what is known of an order, by which source and since when, and what is not known.
func explained(court string, e receipt.Environment, o clerk.Order, whom, by string) receipt.Sheet {
	known, open := facts(o)
	asked := receipt.Part{Title: "三、出具", Notes: []string{
		"应" + whom + "要求，由工号 " + by + " 于 " + stamp(now()) + " 从收费台账出具，只说明这一时刻的情况；以后有变化的，以重新出具的为准。",
		"时间均为北京时间。微信支付的结果以其签名答复为准；账单、案件系统的情况以各自最近一次答复为准。",
		"裁判生效后的退费由承办法官发起，本说明不作为退费的依据。",
	}}
	return receipt.Sheet{
		Court: court, Title: "付款情况说明", Number: o.Reference, Environment: e,
		Heads: []receipt.Fact{{Label: "编号", Value: o.Reference}, {Label: "出具", Value: when(now(), "2006-01-02 15:04")},
			{Label: "经办工号", Value: by}},
		Parts: []receipt.Part{
			{Title: "一、已经知道的", Rows: known, Columns: []receipt.Column{{Head: "事项", Share: .17},
				{Head: "内容", Share: .45}, {Head: "依据", Share: .38}}},
			{Title: "二、还不知道的", Notes: open}, asked,
		},
		Signatures: []string{"经办人签字（工号 " + by + "）", "收费部门盖章"},
		Foot:       "本说明不是交款凭证，也不是财政票据。", Printed: when(now(), "2006-01-02 15:04 打印"),
	}
}

// facts are what is known of an order, each with where it is known from, and sentences for what is not.
func facts(o clerk.Order) (known []receipt.Line, open []string) {
	p := o.Hit.Order
	add := func(what, says, by string) { known = append(known, receipt.Line{Cells: []string{what, says, by}}) }
	add("案号", o.Bill.Case.String(), "案件系统，"+minute(p.CreatedAt)+" 查询")
	add("交费人", orDash(o.Payer), "同上")
	add("应交", o.Bill.Item+"（"+o.Purse+"）"+yuan(p.Amount)+" 元", "同上")
	add("收款单位", o.Payee, "本院设置")
	add("商户单号", p.No, "本院台账，"+minute(p.CreatedAt)+" 建立，终端"+p.Device)
	switch {
	case !p.Final():
		open = append(open, "付款结果未知：微信还没有作出最终答复。不能据此认定已付或未付，请不要再次付款。")
	case p.PaidAt.IsZero():
		add("付款", stateOf(clerk.MarkOf(p, nil, now())).Word, "微信签名答复")
	default:
		add("付款时间", stamp(p.PaidAt), "微信签名答复")
		add("实收", yuan(p.PaidAmount)+" 元，"+capitals(p.PaidAmount), "同上")
		add("微信交易单号", p.TransactionID, "同上")
	}
	if p.State == payment.Disputed {
		open = append(open, "实收与应交不符，是否认定为有效付款由主管决定，现在还没有决定。")
	}
	if o.Number != "" {
		add("交款凭证", o.Number+"，"+receiptWords(o), "本院台账")
	}
	if !p.PaidAt.IsZero() {
		aroundFacts(o, add, func(s string) { open = append(open, s) })
	}
	for _, r := range o.Refunds {
		add("退款", yuan(r.Sum)+" 元，"+refundStates[r.State].Word, refundSource(r))
	}
	if len(o.Refunds) == 0 && p.Returned.Some() {
		add("退款", "已退 "+yuan(p.Returned.Sum)+" 元，不是本程序提交的", "本院台账，"+minute(p.Returned.At))
	}
	if o.Mark == clerk.SomeBack {
		open = append(open, "微信显示有退款，金额未知，待财务核对。")
	}
	if len(open) == 0 {
		open = []string{"没有。"}
	}
	return known, open
}

// aroundFacts are what court, bill and closing say of a payment.
func aroundFacts(o clerk.Order, add func(what, says, by string), open func(string)) {
	switch r := reportState(o); {
	case r.Kind == "ok":
		add("案件系统", "已登记这笔付款", "案件系统，"+minute(o.Report.Since)+" 答复")
	case o.Hit.Order.State == payment.Paid:
		open("案件系统是否登记这笔付款还不知道：" + r.Word + "。")
	}
	switch b := billOf(o); {
	case b.State.Kind == "ok":
		add("微信账单", "与台账一致，"+b.Sum+" 元", o.Statement.Day+" 账单，"+minute(b.At)+" 取得")
	case b.State.Kind == "warn":
		open("微信 " + o.Statement.Day + " 账单：" + b.State.Word + "，待财务核对。")
	default:
		open("微信账单还没有取得，付款次日 10 时以后取得。")
	}
	if c := o.Closing; c.Number > 0 {
		add("日结", "列入终端"+c.Device+" 第"+number(c.Number)+"号日结单", minute(c.At))
	}
	f := fiscalOf(o)
	if f.Facts != "" {
		add("财政电子票据", f.Facts, "案件系统，"+minute(f.Since)+" 得知")
	}
	switch {
	case f.Hint != "":
		open("财政电子票据：" + f.Hint + "。")
	case f.Facts == "":
		open("财政电子票据是否开具还不知道：案件系统没有送来票据代码和号码。")
	}
}

// refundSource is where it is known from how far a refund is.
func refundSource(r payment.Refund) string {
	switch {
	case !r.ArrivedAt.IsZero():
		return "微信签名答复，" + minute(r.ArrivedAt) + " 到账"
	case !r.HeardAt.IsZero():
		return "微信，" + minute(r.HeardAt) + " 查询"
	case !r.SentAt.IsZero():
		return "本院台账，" + minute(r.SentAt) + " 提交"
	}
	return "本院台账，" + minute(r.Asked.At) + " 申请"
}

// minute is a time as a narrow column has it.
func minute(t time.Time) string { return when(t, "2006-01-02 15:04") }

func orDash(s string) string {
	if s == "" {
		return "—"
	}
	return s
}
