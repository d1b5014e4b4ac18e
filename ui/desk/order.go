package desk

import (
	"errors"
	"sync"
	"time"

	"courtkiosk/app/clerk"
	"courtkiosk/app/counter"
	"courtkiosk/app/receipt"
	"courtkiosk/payment"
)

var orderRoutes = []Route{
	{Pattern: "GET /order/{id}", Menu: "/find", Right: clerk.Find, Serve: orderPage},
	{Pattern: "POST /order/{id}/ask", Menu: "/find", Right: clerk.AskWeChat, Serve: askWeChat, Harmless: true},
	{Pattern: "POST /order/{id}/reprint", Menu: "/find", Right: clerk.Reprint, Serve: reprint},
	{Pattern: "GET /order/{id}/name", Menu: "/find", Right: clerk.FullName, Serve: namePage},
	{Pattern: "POST /order/{id}/name", Menu: "/find", Right: clerk.FullName, Serve: fullName},
	{Pattern: "GET /order/{id}/note", Menu: "/find", Right: clerk.Note, Serve: notePage},
	{Pattern: "POST /order/{id}/note", Menu: "/find", Right: clerk.Note, Serve: addNote},
}

// An action is one thing that can be done with an order. One that cannot be done now stays in its place and says why.
type action struct {
	Name, Icon, Key string
	Chip            string // what the key's chip says
	Href            string // of a page; empty is a button of the form
	Do              string // where its form goes
	Off             string // why not now; empty when it can be done
	Main            bool
}

// An orderView is what the page of an order shows.
type orderView struct {
	clerk.Order
	Path    string
	Back    string // the list that led here
	Version string
	State   state
	Money   state  // what is known of the money alone
	Agrees  state  // whether ledger, court and WeChat's bill say the same sum
	Say     string // for the visitor
	Work    []orderWork
	Line    []step
	Actions []action
	Asks    bool // WeChat is asked by the page
	Receipt string
	Fiscal  fiscalView
	Report  state
	Bill    billView
	May     map[string]bool
	Beside  []besideView
}

// A besideView is another order of the same bill.
type besideView struct {
	Path, Reference string
	State           state
	Sum             payment.Fen
}

// orderWork is a piece of work about the order, as its page shows it.
type orderWork struct {
	clerk.Item
	State state
	Who   string // has it; empty is nobody
	Next  string
	Path  string
}

// A billView is what WeChat's bill of the day says.
type billView struct {
	State state
	At    time.Time
	Sum   string
}

// order returns the order that the address names.
func (v *Visit) order() (clerk.Order, error) {
	no, err := v.Record("/order")
	if err != nil {
		return clerk.Order{}, err
	}
	v.Back = v.Path("/order", no)
	return v.Desk.Open(v.Context(), v.Clerk, no)
}

func orderPage(v *Visit) error {
	v.Back = "/find"
	o, err := v.order()
	if err != nil {
		return err
	}
	p := orderView{
		State: stateOf(o.Mark),
		Order: o, Path: v.Path("/order", o.Hit.Order.No), Back: "/find", Version: Version(o.Version()),
		Money: stateOf(clerk.MarkOf(o.Hit.Order, nil, now())), Agrees: agreement(o),
		Say: sentence(o), Line: timeLine(o), Receipt: receiptWords(o), Report: reportState(o),
		Fiscal: fiscalOf(o), Bill: billOf(o), May: v.may(clerk.FullName, clerk.DoWork, clerk.SeeAudit),
		Asks: v.Clerk.Has(clerk.AskWeChat),
	}
	if from := v.R.URL.Query().Get("from"); from != "" {
		if _, ok := v.kept.get(from, now()); ok {
			p.Back = "/found/" + from
		}
	}
	for _, i := range o.Work {
		p.Work = append(p.Work, orderWork{i, itemState(i), v.who(i.Taken), nextWords(i), v.workPath(i)})
	}
	for _, other := range o.Others {
		p.Beside = append(p.Beside, besideView{
			v.Path("/order", other.No), v.Desk.Counter.House.Reference(other),
			stateOf(clerk.MarkOf(other, nil, now())), max(other.PaidAmount, other.Amount),
		})
	}
	p.Actions = v.actions(p)
	return v.Show("order", "付款", p)
}

// actions are what can be done with the order, and what cannot be done now, with why.
func (v *Visit) actions(p orderView) (all []action) {
	add := func(r clerk.Right, a action) {
		if v.Clerk.Has(r) {
			all = append(all, a)
		}
	}
	paid := p.Hit.Order.State == payment.Paid
	print := action{Name: "补打凭证", Icon: "print", Key: "F4", Chip: "F4", Do: p.Path + "/reprint", Main: paid}
	switch {
	case !p.Hit.Order.Final():
		print.Off = "结果未知，微信答复前不能打印"
	case !paid && p.Hit.Order.State == payment.Disputed:
		print.Off = "金额不符，须先由主管认定"
	case !paid:
		print.Off = "没有付款，没有凭证"
	case p.Order.Receipt.State == payment.Handed:
		print.Off = "正在打印"
	}
	add(clerk.Reprint, print)
	refund := action{Name: "申请退款", Icon: "refund", Key: "F8", Chip: "F8", Href: p.Path + "/refund"}
	switch {
	case errors.Is(v.Desk.GivesBack(v.Context()), clerk.ErrTooFewLeads):
		refund.Off = "经确认的主管不足两位"
	case v.Desk.GivesBack(v.Context()) != nil:
		refund.Off = "本机没有开通退款"
	case !p.Hit.Order.Final():
		refund.Off = "结果未知，微信答复前不能退款"
	case p.Left == 0 && paid:
		refund.Off = "已全部退还或正在退款"
	case p.Left == 0:
		refund.Off = "没有可以退的款项"
	}
	add(clerk.AskRefund, refund)
	add(clerk.AskWeChat, action{Name: "向微信查询", Icon: "ask", Key: "F9", Chip: "F9", Do: p.Path + "/ask"})
	all = append(all, v.settleActions(p)...)
	add(clerk.Explain, action{Name: "打印情况说明", Icon: "sheet", Key: "p", Chip: "Alt P", Href: p.Path + "/explain"})
	add(clerk.Note, action{Name: "备注", Icon: "pen", Key: "n", Chip: "Alt N", Href: p.Path + "/note"})
	return all
}

// askWeChat asks WeChat now. A page with script gets the line of its table; one without is led back to the order.
func askWeChat(v *Visit) error {
	no, err := v.Record("/order")
	if err != nil {
		return err
	}
	v.Back = v.Path("/order", no)
	var fiscal counter.FiscalFact
	var silent error
	var court sync.WaitGroup
	court.Go(func() { fiscal, silent = v.Desk.AskFiscal(v.Context(), v.Clerk, no) })
	a, failed := v.Desk.AskWeChat(v.Context(), v.Clerk, no)
	court.Wait()
	if v.R.PostForm.Get("fragment") == "" {
		n := words("wechat-silent")
		if failed == nil {
			n = words("wechat-says", "what", tradeState(a.Said).Word, "time", clock(now()))
			n.Icon, n.Level = "ok", "ok"
		}
		n.Do = ""
		return v.Go(v.Back, n)
	}
	o, err := v.Desk.Open(v.Context(), v.Clerk, no)
	if err != nil {
		return err
	}
	f := liveView{Silent: failed != nil, State: tradeState(a.Said), Sum: "—",
		Changed: v.R.PostForm.Get("version") != Version(o.Version()), Path: v.Back}
	if o.Hit.Order.State == payment.Paid {
		o.Fiscal = fiscal
		live := fiscalOf(o)
		live.Silent = silent != nil
		f.Fiscal = &live
	}
	if a.Said.Amount > 0 {
		f.Sum = yuan(a.Said.Amount)
	}
	v.W.Header().Set("Content-Type", "text/html; charset=utf-8")
	return pages()["order"].ExecuteTemplate(v.W, "live", f)
}

// A liveView is what WeChat has answered now.
type liveView struct {
	Silent  bool
	State   state
	Sum     string
	Changed bool // the order is not what the page shows any more
	Path    string
	Fiscal  *fiscalView // what the court says of it now; nil of what has none
}

// tradeState is what WeChat says of a payment.
func tradeState(r payment.Reported) state {
	switch r.State {
	case payment.TradeSuccess:
		return state{"ok", "ok", "支付成功"}
	case payment.TradeRefund:
		return state{"idle", "ok", "转入退款"}
	case payment.TradeNotPaid:
		return state{"idle", "no", "未支付"}
	case payment.TradeClosed:
		return state{"idle", "no", "已关闭"}
	}
	return state{"warn", "wait", "没有回应"}
}

// reprint prints the receipt once more.
func reprint(v *Visit) error {
	o, err := v.order()
	if err != nil {
		return err
	}
	if v.Same(o.Version()) != nil && v.Same(o.Printable()) != nil { // of the order's page, and of a list's row
		return ErrChanged
	}
	h, out, err := v.Desk.Reprint(v.Context(), v.Clerk, o.Hit.Order.No)
	if n, told := notPrinted(err); told {
		return v.Go(v.Back, n)
	}
	if err != nil {
		return err
	}
	id := "sent-to-printer"
	if out.Proven() {
		id = "printed"
	}
	return v.Go(v.Back, words(id, "n", number(h.Receipt.Copy)))
}

// printerWords is what is wrong with a printer.
func printerWords(c receipt.Condition) string {
	switch c {
	case receipt.PaperOut:
		return "打印机缺纸。"
	case receipt.CoverOpen:
		return "打印机的盖子开着。"
	case receipt.Jammed:
		return "打印机卡纸。"
	}
	return "打印机没有应答。"
}

// A reasonView is a page that asks for a reason.
type reasonView struct {
	Title, Lead, Hint, Button string
	Icon                      string
	Reference                 string
	State                     state
	Reasons                   []string
	Ask                       string // what is chosen from them; empty is a reason
	Free                      bool   // words of one's own do
	Do                        string
	Back                      string
	Version                   string
	Sum                       string // what is decided about
	Signs                     bool   // the PIN is asked for again
}

var nameReasons = []string{"核对来窗口的当事人", "核对退款的收款人", "当事人要求更正姓名"}

func namePage(v *Visit) error {
	o, err := v.order()
	if err != nil {
		return err
	}
	return v.Show("reason", "查看全名", reasonView{
		Title: "查看交费人全名", Lead: "全名只显示一次，离开页面即消失；谁查看、什么理由记入审计。", Icon: "eye", Reference: o.Reference,
		State: stateOf(o.Mark), Hint: "补充说明（不写姓名和案号）", Button: "显示全名", Reasons: nameReasons,
		Do: v.Back + "/name", Back: v.Back, Version: Version(o.Version()),
	})
}

func fullName(v *Visit) error {
	o, err := v.order()
	if err != nil {
		return err
	}
	reason := v.reason()
	if reason == "" {
		v.Back += "/name"
		return ErrNoReason
	}
	name, err := v.Desk.FullName(v.Context(), v.Clerk, o.Hit.Order.No, reason)
	if err != nil {
		return err
	}
	return v.Go(v.Back, Note{Icon: "eye", Lead: "交费人全名：" + name + "。", Text: "离开本页即消失，查看已记入审计。", Gone: true})
}

// reason is what was chosen from a list of reasons, and typed beside it.
func (v *Visit) reason() string {
	return clerk.Plain(v.R.PostForm.Get("reason") + " " + v.R.PostForm.Get("more"))
}

func notePage(v *Visit) error {
	o, err := v.order()
	if err != nil {
		return err
	}
	return v.Show("reason", "备注", reasonView{
		Title: "备注", Lead: "备注记入审计，不能修改。不写姓名、案号和身份证号。", Icon: "pen", Reference: o.Reference,
		State: stateOf(o.Mark), Hint: "备注内容", Button: "记入备注", Free: true, Do: v.Back + "/note", Back: v.Back,
		Version: Version(o.Version()),
	})
}

func addNote(v *Visit) error {
	o, err := v.order()
	if err != nil {
		return err
	}
	text := v.reason()
	if text == "" {
		v.Back += "/note"
		return ErrNoReason
	}
	if err := v.Desk.AddNote(v.Context(), v.Clerk, o.Hit.Order.No, text); err != nil {
		return err
	}
	return v.Go(v.Back, words("noted"))
}

// receiptWords says how far the receipt is, and how often it was printed again.
func receiptWords(o clerk.Order) string {
	again := "；补打 " + number(max(0, o.Receipt.Tries-1)) + " 份"
	switch o.Receipt.State {
	case payment.Owed:
		return "尚未打印"
	case payment.Handed:
		return "正在打印第 " + number(o.Receipt.Tries) + " 份"
	case payment.Doubtful:
		return "第 " + number(o.Receipt.Tries) + " 份打印存疑" + again
	case payment.Done:
		if o.Receipt.Tries == 0 {
			return "没有打印，已注明原因了结；需要时可以补打"
		}
		if byReason(o.Receipt.Note) {
			return "第 " + number(o.Receipt.Tries) + " 份打印存疑，已注明原因了结" + again
		}
		if receipt.OutcomeOf(o.Receipt.Note).Proven() {
			return "第 " + number(o.Receipt.Tries) + " 份已打印" + again
		}
		return "第 " + number(o.Receipt.Tries) + " 份已送打印机" + again
	case payment.Held:
		return "暂不打印，退款情况待明确"
	}
	return "没有凭证"
}

// A fiscalView is what is known of the court's fiscal receipt.
type fiscalView struct {
	State  state
	Facts  string // code, number, check code, day
	Since  time.Time
	Hint   string // what must not be overlooked
	Silent bool   // the court, when it was asked now
}

// fiscalOf is what the court has named as the fiscal receipt of an order, and when.
func fiscalOf(o clerk.Order) fiscalView {
	f := o.Fiscal
	if !f.Known() {
		if o.Hit.Order.PaidAt.IsZero() {
			return fiscalView{State: state{"idle", "no", "没有票据"}}
		}
		return fiscalView{State: state{"", "wait", "尚未收到票据信息"}}
	}
	p := fiscalView{State: state{"", "sheet", "已开具"}, Facts: "票据号码 " + f.Number, Since: f.Heard}
	if f.Code != "" {
		p.Facts = "票据代码 " + f.Code + "，" + p.Facts
	}
	if f.Check != "" {
		p.Facts += "，校验码 " + f.Check
	}
	if !f.Issued.IsZero() {
		p.Facts += "，开票日期 " + when(f.Issued, time.DateOnly)
	}
	switch {
	case !f.Missed.IsZero():
		p.State = state{"warn", "warn", "案件系统不再提到"}
		p.Hint = stamp(f.Missed) + " 起案件系统不再提到这张票据，可能已冲红或作废，请核对"
	case o.Hit.Order.Returned.Some() || o.Hit.Order.Refunding.Parts > 0:
		p.Hint = "退款时票据须收回或冲红"
	}
	return p
}

// reportState says how far the court was told.
func reportState(o clerk.Order) state {
	for _, i := range o.Work {
		if i.Mark == clerk.ReportRefused {
			return state{"warn", "warn", "上报被拒"}
		}
	}
	switch o.Report.State {
	case payment.Owed, payment.Handed, payment.Doubtful:
		return state{"", "wait", "尚未上报"}
	case payment.Held:
		return state{"", "wait", "暂不上报"}
	case payment.Done:
		if o.Report.Note != "" {
			return state{"idle", "pen", "人工了结"}
		}
		return state{"ok", "ok", "已登记"}
	}
	if !o.Hit.Order.Final() {
		return state{"", "wait", "结果未知"}
	}
	return state{"idle", "no", "不上报"}
}

// billOf is what WeChat's bill of the day that the order was paid on says of it.
func billOf(o clerk.Order) billView {
	s := o.Statement
	switch {
	case !o.Hit.Order.Final(): // nobody knows
		return billView{State: state{"", "wait", "结果未知"}, Sum: "—"}
	case o.Hit.Order.PaidAt.IsZero():
		return billView{State: state{"idle", "no", "无交易"}, Sum: "—"}
	case s.State == payment.StatementRead && o.Difference.Kind == "":
		return billView{State: state{"ok", "ok", "一致"}, At: s.Read, Sum: yuan(o.Hit.Order.PaidAmount)}
	case s.State == payment.StatementRead:
		said := itemState(clerk.Item{Difference: o.Difference})
		return billView{State: said, At: s.Read, Sum: dash(o.Difference.Theirs)}
	case s.State == payment.StatementRefused:
		return billView{State: state{"warn", "warn", "账单不可信"}, At: s.Asked, Sum: "—"}
	}
	return billView{State: state{"", "wait", "账单未到"}, Sum: "—"}
}

// who is how the person is named who has decided something.
func (v *Visit) who(d payment.Decision) string {
	if d.By.Person == "" {
		return ""
	}
	return v.Desk.Who(v.Context(), d.By.Person)
}

// workPath is where a piece of work is ended, or looked at where a reason does not end it.
func (v *Visit) workPath(i clerk.Item) string {
	path := v.Path("/work", i.Key)
	if i.Ends {
		path += "/end"
	}
	return path
}

// agreement says whether ledger, court and WeChat's bill of the day say the same of the money.
func agreement(o clerk.Order) state {
	p, known := o.Hit.Order, o.Statement.State == payment.StatementRead
	switch {
	case !p.Final():
		return state{"", "wait", "结果未知"}
	case p.PaidAt.IsZero():
		return state{"idle", "no", "无交易"}
	case p.PaidAmount != p.Amount, known && o.Difference.Kind != "":
		return state{"warn", "warn", "金额不符"}
	case known && o.Report.State == payment.Done:
		return state{"ok", "ok", "三方一致"}
	case known:
		return state{"ok", "ok", "台账与微信账单一致"}
	}
	return state{"", "wait", "微信账单未到"}
}
