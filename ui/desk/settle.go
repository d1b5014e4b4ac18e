package desk

import (
	"slices"

	"courtkiosk/app/clerk"
	"courtkiosk/payment"
)

// A settling is one way in which a lead decides about an order.
type settling struct {
	Path, Name, Icon, Lead, Said string
	Reasons                      []string
	Do                           func(*Visit, clerk.Clerk, string, string) error
}

var settlings = []settling{
	{"accept", "认定为有效付款", "ok",
		"认定后按实收金额入账、出具凭证并上报案件系统，不能撤销。谁认定、什么原因记入审计。", "settled",
		[]string{"与当事人核对，实收金额有效", "应交金额有误，按实收入账", "另一笔已退还，本笔为有效付款"},
		func(v *Visit, c clerk.Clerk, no, reason string) error {
			return v.Desk.Accept(v.Context(), c, no, reason)
		}},
	{"by-hand", "转人工办理", "two",
		"转出后本程序不再出具凭证、不再上报，也不再列入工作清单；微信的答复照常入账。", "handed-over",
		[]string{"由财务线下办理", "微信客服办理中", "主管已答复当事人"},
		func(v *Visit, c clerk.Clerk, no, reason string) error {
			return v.Desk.ByHand(v.Context(), c, no, reason)
		}},
	{"report", "重新上报", "send",
		"再向案件系统上报一次；同一笔付款案件系统只登记一次。谁上报、什么原因记入审计。", "told-again",
		[]string{"案件系统已更正，可以登记", "与案件系统核对，应予登记"},
		func(v *Visit, c clerk.Clerk, no, reason string) error {
			return v.Desk.TellAgain(v.Context(), c, no, reason)
		}},
}

var settleRoutes = routesOf(settlings)

func routesOf(all []settling) (routes []Route) {
	for _, s := range all {
		page := func(v *Visit) error { return s.page(v) }
		form := func(v *Visit) error { return s.form(v) }
		path := "/order/{id}/" + s.Path
		routes = append(routes, Route{Pattern: "GET " + path, Menu: "/find", Right: clerk.SettleOrder, Serve: page},
			Route{Pattern: "POST " + path, Menu: "/find", Right: clerk.SettleOrder, Serve: form})
	}
	return routes
}

func (s settling) page(v *Visit) error {
	o, err := v.order()
	if err != nil {
		return err
	}
	return v.Show("reason", s.Name, reasonView{
		Title: s.Name, Lead: s.Lead, Icon: s.Icon, Reference: o.Reference, State: stateOf(o.Mark),
		Hint: "补充说明（不写姓名和案号）", Button: s.Name, Reasons: s.Reasons, Signs: true,
		Sum: sumWords(o.Hit.Order), Do: v.Back + "/" + s.Path, Back: v.Back, Version: Version(o.Version()),
	})
}

func (s settling) form(v *Visit) error {
	o, err := v.order()
	if err != nil {
		return err
	}
	if err := v.Same(o.Version()); err != nil {
		return err
	}
	order, back := v.Back, v.Back+"/"+s.Path
	reason := v.reason()
	if reason == "" {
		v.Back = back
		return ErrNoReason
	}
	c, ok, err := v.Proven(back)
	if !ok {
		return err
	}
	if err := s.Do(v, c, o.Hit.Order.No, reason); err != nil {
		return err
	}
	return v.Go(order, words(s.Said))
}

// sumWords says what was paid of what was asked for.
func sumWords(o payment.Order) string {
	if o.PaidAmount == 0 {
		return "应交 " + yuan(o.Amount) + " 元，微信还没有说结果"
	}
	return "实收 " + yuan(o.PaidAmount) + " 元，应交 " + yuan(o.Amount) + " 元"
}

// untold says why the court need not be told again, by how far it was told.
var untold = map[string]string{"已登记": "不需要，案件系统已登记", "尚未上报": "不需要，程序自动上报"}

// settleActions are what a lead can decide about an order.
func (v *Visit) settleActions(p orderView) (all []action) {
	o := p.Hit.Order
	disputed := o.State == payment.Disputed && !o.ByHand
	refused := slices.ContainsFunc(p.Order.Work, func(i clerk.Item) bool { return i.Mark == clerk.ReportRefused })
	for _, s := range settlings {
		fits := s.Path == "report" && refused || s.Path != "report" && disputed ||
			s.Path == "accept" && p.Mark == clerk.Second ||
			s.Path == "by-hand" && p.Mark == clerk.Checking && !o.ByHand
		if fits && v.Clerk.Has(clerk.SettleOrder) {
			all = append(all, action{Name: s.Name, Icon: s.Icon, Href: p.Path + "/" + s.Path})
		} else if why := untold[p.Report.Word]; s.Path == "report" && why != "" && v.Clerk.Has(clerk.SettleOrder) {
			all = append(all, action{Name: s.Name, Icon: s.Icon, Off: why})
		}
	}
	return all
}
