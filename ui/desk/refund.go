package desk

import (
	"slices"

	"courtkiosk/app/clerk"
	"courtkiosk/payment"
)

var refundRoutes = []Route{
	{Pattern: "GET /refunds", Right: clerk.SeeRefunds, Serve: refundsPage},
	{Pattern: "GET /refunds/{id}", Menu: "/refunds", Right: clerk.SeeRefunds, Serve: refundPage},
	{Pattern: "POST /refunds/{id}/approve", Menu: "/refunds", Right: clerk.DecideRefund, Serve: approveRefund},
	{Pattern: "POST /refunds/{id}/refuse", Menu: "/refunds", Right: clerk.DecideRefund, Serve: refuseRefund},
	{Pattern: "POST /refunds/{id}/withdraw", Menu: "/refunds", Right: clerk.TakeBack, Serve: withdrawRefund},
	{Pattern: "GET /order/{id}/refund", Menu: "/refunds", Right: clerk.AskRefund, Serve: askRefundPage},
	{Pattern: "POST /order/{id}/refund", Menu: "/refunds", Right: clerk.AskRefund, Serve: askRefund},
}

// refundStates are the words for how far a refund is.
var refundStates = map[payment.RefundState]state{
	payment.RefundAsked:     {"", "wait", "待复核"},
	payment.RefundApproved:  {"", "wait", "待提交微信"},
	payment.RefundRefused:   {"idle", "no", "已退回"},
	payment.RefundWithdrawn: {"idle", "no", "已撤回"},
	payment.RefundSent:      {"", "wait", "已提交微信"},
	payment.RefundAccepted:  {"", "wait", "微信已受理"},
	payment.RefundDone:      {"ok", "ok", "已到账"},
	payment.RefundAbnormal:  {"warn", "warn", "退款异常"},
	payment.RefundClosed:    {"idle", "no", "已关闭"},
}

// troubles are the words for why a refund does not go on, by its Trouble; another one is WeChat's own code.
var troubles = map[string]string{
	payment.TroubleUnknown: "另有退款，金额未知，待财务核对", payment.TroubleSum: "超过可退金额", payment.TroubleLate: "付款已超过一年",
	payment.TroubleParts: "退款次数已满", "NOT_ENOUGH": "商户账户余额不足，充值后用同一退款单号再提交", "no answer": "微信没有回应，继续查询",
}

func troubleWords(trouble string) string {
	if words, ok := troubles[trouble]; ok || trouble == "" {
		return words
	}
	return "微信答复 " + trouble
}

// stages are the steps of a refund that goes its way.
var stages = []string{"申请", "复核", "提交微信", "微信受理", "到账"}

// A stage is one of them: done, where it stands, or to come.
type stage struct {
	Name, Kind, Icon string
	Here             bool
}

// stagesOf tells how far a refund is; of none the first stage is where it stands.
func stagesOf(r payment.Refund) (all []stage) {
	at := slices.Index([]payment.RefundState{"", payment.RefundAsked, payment.RefundApproved, payment.RefundSent,
		payment.RefundAccepted, payment.RefundDone}, r.State)
	if r.State == payment.RefundAbnormal {
		at = 4
	}
	for i, name := range stages {
		s := stage{Name: name, Icon: "todo"}
		switch {
		case at < 0:
		case i < at:
			s.Kind, s.Icon = "ok", "ok"
		case i == at:
			s.Icon, s.Here = "now", true
		}
		all = append(all, s)
	}
	return all
}

// A refundRow is a refund in the list.
type refundRow struct {
	clerk.GiveBack
	State       state
	Path        string
	Who         string // has asked
	Trouble     string
	Next        string
	First, Mine bool
}

func refundsPage(v *Visit) error {
	list, err := v.Desk.OpenRefunds(v.Context(), v.Clerk)
	if err != nil {
		return err
	}
	p := struct {
		Rows []refundRow
		Off  string
	}{Off: whyOff(v)}
	for i, g := range list {
		r := refundRow{GiveBack: g, State: refundStates[g.State], Path: v.Path("/refunds", g.No), Who: v.who(g.Asked),
			Trouble: troubleWords(g.Trouble), First: i == 0, Mine: g.Asked.By.Person == v.Clerk.By.Person}
		switch {
		case g.State != payment.RefundAsked:
			r.Next = "查看"
		case v.Clerk.Has(clerk.DecideRefund) && !r.Mine:
			r.Next = "复核"
		default:
			r.Next = "由另一位有复核权的人员办理"
		}
		p.Rows = append(p.Rows, r)
	}
	return v.Show("refunds", "退款", p)
}

// whyOff says why nobody can ask for a refund; empty when that can be done.
func whyOff(v *Visit) string {
	if err := v.Desk.GivesBack(v.Context()); err != nil {
		return words(refusalOf(err).id).Lead
	}
	return ""
}

// A payView is one of the payments of a bill, side by side with the others.
type payView struct {
	clerk.Order
	Name    string // 第一笔
	Take    bool   // it is the one that money comes back of
	State   state
	Receipt string
	Report  state
	Fiscal  fiscalView
	Path    string
}

var ordinals = []string{"第一笔", "第二笔", "第三笔", "第四笔"}

// payViews are the payments of a bill; no is the one that money comes back of.
func (v *Visit) payViews(pairs []clerk.Order, no string) (all []payView) {
	for i, o := range pairs {
		name := "付款"
		if len(pairs) > 1 && i < len(ordinals) {
			name = ordinals[i]
		}
		all = append(all, payView{Order: o, Name: name, Take: o.Hit.Order.No == no, State: stateOf(o.Mark),
			Receipt: receiptWords(o), Report: reportState(o), Fiscal: fiscalOf(o),
			Path: v.Path("/order", o.Hit.Order.No)})
	}
	return all
}

// double says that a fee was paid more than once; empty where it was not.
func double(pairs []clerk.Order) string {
	if len(pairs) < 2 {
		return ""
	}
	var sum payment.Fen
	for _, o := range pairs {
		sum += o.Hit.Order.PaidAmount - o.Hit.Order.Returned.Sum
	}
	owed := pairs[0].Hit.Order.Amount
	return "应交 " + yuan(owed) + " 元，实收 " + yuan(sum) + " 元，多收 " + yuan(sum-owed) + " 元。"
}

// A refundReason is one of the reasons that a refund is asked for.
type refundReason struct{ Name, Hint string }

var refundReasons = []refundReason{
	{"重复付款", "同一笔费用付了两次"}, {"付错案号", "款项付到别的案件"}, {"金额有误", "实付与应交不一致"},
	{"法院变更应交金额", "减交、免交或撤回"}, {"其他", "须填写说明"},
}

// otherReason is the reason that says nothing without words of one's own.
const otherReason = "其他"

// A refundView is the page of a refund: the one who asks, the one who decides, and whoever looks how far it is.
type refundView struct {
	clerk.GiveBack
	Stages  []stage
	Pays    []payView
	Double  string
	Reasons []refundReason
	Path    string
	Back    string
	Version string
	State   state
	Trouble string
	Who     string // has asked
	Decider string
	Me      string
	Decides bool // the clerk is the second
	Takes   bool // the clerk may take it back
	Own     bool // the clerk has asked for it, and decides about others'
}

func askRefundPage(v *Visit) error {
	o, err := v.order()
	if err != nil {
		return err
	}
	if err := v.Desk.GivesBack(v.Context()); err != nil {
		return err
	}
	pairs, err := v.Desk.Pairs(v.Context(), v.Clerk, o)
	if err != nil {
		return err
	}
	return v.Show("askrefund", "申请退款", refundView{
		GiveBack: clerk.GiveBack{Of: o}, Stages: stagesOf(payment.Refund{}), Double: double(pairs),
		Reasons: refundReasons, Pays: v.payViews(pairs, o.Hit.Order.No), Path: v.Back + "/refund", Back: v.Back,
		Version: Version(o.Version()),
	})
}

func askRefund(v *Visit) error {
	o, err := v.order()
	if err != nil {
		return err
	}
	order := v.Back
	v.Back += "/refund"
	if err := v.Same(o.Version()); err != nil {
		return err
	}
	f := v.R.PostForm
	reason, more := f.Get("reason"), clerk.Plain(f.Get("more"))
	known := slices.ContainsFunc(refundReasons, func(r refundReason) bool { return r.Name == reason })
	if !known || reason == otherReason && more == "" {
		return ErrNoReason
	}
	sum, ok := clerk.ReadSum(f.Get("sum"))
	if !ok {
		return payment.ErrRefundSum
	}
	r, err := v.Desk.AskRefund(v.Context(), v.Clerk, clerk.RefundAsk{
		ID: v.Clerk.By.Person + " " + f.Get("once"), Order: o.Hit.Order.No, Sum: sum, Reason: reason + " " + more,
		Shown: reason,
	})
	if err != nil {
		return err
	}
	return v.Go(order, words("refund-asked", "sum", yuan(r.Sum)))
}

// refund returns the refund that the address names.
func (v *Visit) refund() (clerk.GiveBack, error) {
	v.Back = "/refunds"
	no, err := v.Record("/refunds")
	if err != nil {
		return clerk.GiveBack{}, err
	}
	g, err := v.Desk.Refund(v.Context(), v.Clerk, no)
	if err == nil {
		v.Back = v.Path("/refunds", no)
	}
	return g, err
}

// versionOfRefund is what a form about a refund is made from: the refund, and every payment that stands beside it.
func versionOfRefund(g clerk.GiveBack) []any {
	all := []any{g.State, g.Sum, g.Decided}
	for _, o := range g.Pairs {
		all = append(all, o.Version())
	}
	return all
}

func refundPage(v *Visit) error {
	g, err := v.refund()
	if err != nil {
		return err
	}
	mine := g.Asked.By.Person == v.Clerk.By.Person
	asked := g.State == payment.RefundAsked
	p := refundView{
		GiveBack: g, Stages: stagesOf(g.Refund), Pays: v.payViews(g.Pairs, g.Order), Double: double(g.Pairs),
		Path: v.Back, Back: "/refunds", Version: Version(versionOfRefund(g)), State: refundStates[g.State],
		Trouble: troubleWords(g.Trouble), Who: v.who(g.Asked), Decider: v.who(g.Decided),
		Me:      clerk.Masked(v.Clerk.Person) + " " + v.Clerk.Person.Number,
		Own:     mine && asked && v.Clerk.Has(clerk.DecideRefund),
		Decides: asked && !mine && v.Clerk.Has(clerk.DecideRefund),
	}
	p.Takes = !p.Decides && (asked || g.State == payment.RefundApproved) && v.Clerk.Has(clerk.TakeBack) &&
		(mine || clerk.Role(v.Clerk.Person.Role) == clerk.RoleLead)
	return v.Show("refund", "退款", p)
}

// judge does something with the refund that the address names, if the form is of it as it stands.
func (v *Visit) judge(do func(clerk.GiveBack) error) error {
	g, err := v.refund()
	if err != nil {
		return err
	}
	if err := v.Same(versionOfRefund(g)); err != nil {
		return err
	}
	return do(g)
}

func approveRefund(v *Visit) error {
	return v.judge(func(g clerk.GiveBack) error {
		c, ok, err := v.Proven(v.Back)
		if !ok {
			return err
		}
		r, err := v.Desk.ApproveRefund(v.Context(), c, g.No)
		if err != nil {
			return err
		}
		return v.Go(v.Back, words("refund-approved", "sum", yuan(r.Sum)))
	})
}

func refuseRefund(v *Visit) error {
	return v.judge(func(g clerk.GiveBack) error {
		if v.reason() == "" {
			return ErrNoReason
		}
		c, ok, err := v.Proven(v.Back)
		if !ok {
			return err
		}
		if _, err := v.Desk.RefuseRefund(v.Context(), c, g.No, v.reason()); err != nil {
			return err
		}
		return v.Go(v.Back, words("refund-refused"))
	})
}

func withdrawRefund(v *Visit) error {
	return v.judge(func(g clerk.GiveBack) error {
		if v.reason() == "" {
			return ErrNoReason
		}
		if _, err := v.Desk.WithdrawRefund(v.Context(), v.Clerk, g.No, v.reason()); err != nil {
			return err
		}
		return v.Go(v.Back, words("refund-withdrawn"))
	})
}
