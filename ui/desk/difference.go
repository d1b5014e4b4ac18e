package desk

import (
	"slices"
	"strconv"
	"strings"
	"time"

	"courtkiosk/app/clerk"
	"courtkiosk/payment"
	"courtkiosk/payment/reconcile"
)

// fillDifferences puts in the differences of a day; what needs somebody stands first.
func (v *Visit) fillDifferences(p *reconcileView, day clerk.BilledDay, key string) error {
	list := slices.Clone(day.Differences)
	rank := func(d payment.Difference) int {
		switch {
		case !d.Open():
			return 2
		case d.Kind == reconcile.RefundNotWithUs:
			return 0
		}
		return 1
	}
	slices.SortStableFunc(list, func(a, b payment.Difference) int { return rank(a) - rank(b) })
	nth := 0
	for _, d := range list {
		r, err := v.differenceRow(d)
		if err != nil {
			return err
		}
		r.Chosen = d.Key() == key
		if d.Open() {
			p.Open++
		}
		if nth < 9 && r.Next != "" {
			nth++
			r.Nth = nth
		}
		p.Rows = append(p.Rows, r)
	}
	for i := range p.Rows {
		if p.Rows[i].Chosen {
			p.First = &p.Rows[i]
		}
	}
	if p.First == nil && len(p.Rows) > 0 {
		p.Rows[0].Chosen, p.First = true, &p.Rows[0]
	}
	return nil
}

// differenceRow is a difference as the page shows it.
func (v *Visit) differenceRow(d payment.Difference) (differenceRow, error) {
	r := differenceRow{
		Difference: d, Path: v.Path("/difference", d.Key()), State: stateOfDifference(d.Kind), Left: dash(d.Ours),
		Right: dash(d.Theirs), Said: saidWords(d), Version: versionOfDifference(d),
	}
	if who := d.TakenAt(now()); who != "" && d.Open() {
		r.Who, r.Mine = v.Desk.Who(v.Context(), who), who == v.Clerk.By.Person
	}
	if d.RefundNo != "" {
		r.Right = dash(-d.Theirs)
		r.Left = dash(-d.Ours)
	}
	if d.Kind == reconcile.FundsDiffer {
		r.Left, r.Right = yuan(d.Ours), yuan(d.Theirs)
	}
	day, err := time.ParseInLocation(time.DateOnly, d.Day, payment.China)
	if err != nil {
		return r, err
	}
	o, known, err := v.Desk.OrderOfDifference(v.Context(), v.Clerk, d)
	if err != nil {
		return r, err
	}
	paid := "—"
	if known {
		r.Order, r.What = v.Path("/order", o.No), v.Desk.Counter.House.Reference(o)
		paid = when(o.PaidAt, "1月2日 15:04:05")
	} else {
		r.What = "商户单号 …" + eights(d.Order)
		if d.Device != "" {
			r.What += "　终端" + d.Device
		}
	}
	if d.RefundNo != "" {
		r.What = "退款单号 …" + eights(d.RefundNo)
	}
	r.Known = words("known."+string(d.Kind), "paid", paid, "line", strconv.Itoa(d.Line)).Lead
	r.Ending = endingOf(v, d)
	v.next(&r, day)
	return r, nil
}

func stateOfDifference(k payment.DifferenceKind) state {
	return itemState(clerk.Item{Difference: payment.Difference{Kind: k}})
}

// eights are the last eight characters of a number, in fours.
func eights(no string) string {
	last := no[max(0, len(no)-8):]
	if len(last) < 8 {
		return last
	}
	return last[:4] + " " + last[4:]
}

// endings are the words for the ways in which differences end.
var endings = map[payment.How]string{
	payment.HowAsked: "微信查询已确认", payment.HowAdopted: "已补记入账", payment.HowRefunded: "已由两人办理退款",
	payment.HowReturned: "商户平台上的退款已登记金额", payment.HowNoted: "已查明原因", payment.HowBooked: "查询后已入账",
	payment.HowNextBill: "相邻一日的账单已有", payment.HowReread: "重新取账单后相符",
}

// endingOf says how a difference has ended; empty of one that is open.
func endingOf(v *Visit, d payment.Difference) string {
	if d.Open() {
		return ""
	}
	text := endings[d.How] + "，" + when(d.Resolved.At, "1月2日 15:04")
	if d.Resolved.By.Person != "" {
		text += "，" + v.who(d.Resolved)
	}
	return text
}

// next puts in the one right next step, or who takes it.
func (v *Visit) next(r *differenceRow, day time.Time) {
	tomorrow := day.AddDate(0, 0, 1)
	switch {
	case !r.Open():
	case r.Who != "" && !r.Mine:
		r.Other = "由他人办理"
	case !v.Clerk.Has(clerk.Resolve):
		r.Other = "由财务办理"
	case r.Difference.Next == reconcile.WaitADay && !billDue(tomorrow):
		r.Other = "等 " + tomorrow.Format("1月2日") + " 账单"
	case r.SaidAt.IsZero() && asks(r.Difference):
		r.Do, r.Next = "ask", "向微信查询"
	case r.Kind == reconcile.RefundNotWithUs:
		r.Href, r.Next = r.Path+"/end", "核实操作人并记录"
	default:
		r.Href, r.Next = r.Path+"/end", "注明结果后了结"
	}
}

// asks reports whether a signed query is the next step.
func asks(d payment.Difference) bool {
	switch d.Next {
	case reconcile.AskWeChat, reconcile.AskAdopt, reconcile.WaitADay:
		return true
	}
	return false
}

// saids are the words for what a signed query has said: the state of an order, or WeChat's own.
var saids = map[string]string{
	string(payment.Paid): "已付款", string(payment.Disputed): "已付款，金额不符", string(payment.Closed): "未付款，已关闭",
	string(payment.Void): "没有这笔订单", string(payment.Foreign): "在其他终端办理", "SUCCESS": "已付款", "REFUND": "已付款，有退款",
	"NOTPAY": "未付款", "CLOSED": "未付款，已关闭", "REVOKED": "已撤销", "USERPAYING": "正在付款", "PAYERROR": "付款失败",
}

// refundSaids are the words for what a signed query has said of a refund.
var refundSaids = map[payment.RefundStatus]string{
	payment.StatusProcessing: "已受理", payment.StatusSuccess: "已到账", payment.StatusAbnormal: "异常",
	payment.StatusClosed: "已关闭，没有退出",
}

// saidWords says what WeChat has said of a difference; empty when it was not asked.
func saidWords(d payment.Difference) string {
	if d.SaidAt.IsZero() {
		return ""
	}
	said, back := strings.CutSuffix(d.Said, ", some came back")
	said, refund := strings.CutPrefix(said, "refund ")
	name, sum, _ := strings.Cut(said, " ")
	text := name
	if word, ok := saids[name]; ok {
		text = word
	}
	if refund {
		text = "退款 " + refundSaids[payment.RefundStatus(name)]
	}
	if sum != "" {
		text += " " + sum + " 元"
	}
	if back {
		text += "，已有退款"
	}
	return text + "（" + when(d.SaidAt, "1月2日 15:04:05") + " 查询，签名已验证）"
}

func versionOfDifference(d payment.Difference) string {
	return Version([]any{d.Taken, d.SaidAt, d.Resolved, d.How})
}

// difference returns the difference that the address names, and its day.
func (v *Visit) difference() (payment.Difference, billDay, error) {
	v.Back = "/reconcile"
	key, err := v.Record("/difference")
	if err != nil {
		return payment.Difference{}, billDay{}, err
	}
	d, err := v.Desk.Difference(v.Context(), v.Clerk, key)
	if err != nil {
		return d, billDay{}, err
	}
	b := billDay{All: v.Desk.BillAccounts()}
	b.At = slices.IndexFunc(b.All, func(a clerk.BillAccount) bool { return a.Merchant.MchID == d.MchID })
	if b.At < 0 { // the court has another number since
		b.At, b.All = len(b.All), append(b.All, clerk.BillAccount{Merchant: payment.Merchant{MchID: d.MchID}})
	}
	b.Account = b.All[b.At]
	b.Day, err = time.ParseInLocation(time.DateOnly, d.Day, payment.China)
	v.Back = v.Path("/difference", key)
	return d, b, err
}

func differencePage(v *Visit) error {
	d, b, err := v.difference()
	if err != nil {
		return err
	}
	return v.showBillDay(b, d.Key())
}

// handleDifference takes up a difference, gives it back, or has WeChat asked about it.
func handleDifference(v *Visit) error {
	d, _, err := v.difference()
	if err != nil {
		return err
	}
	path := v.Back
	switch v.R.PostForm.Get("do") {
	case "take":
		if err := v.Desk.TakeDifference(v.Context(), v.Clerk, d.Key()); err != nil {
			return err
		}
		return v.Go(path, words("yours"))
	case "back":
		if err := v.Desk.GiveBackDifference(v.Context(), v.Clerk, d.Key()); err != nil {
			return err
		}
		return v.Go(path, words("given-back"))
	case "ask":
		after, err := v.Desk.AskDifference(v.Context(), v.Clerk, d.Key())
		if err != nil {
			return err
		}
		return v.Go(path, words("difference-asked", "what", saidWords(after)))
	}
	return errForm
}

// otherEnd is the way to end a difference that says nothing without words of one's own.
const otherEnd = "已查明原因，见补充说明"

// endsOf are the reasons that the page offers, by the ways that the ledger bears out.
func endsOf(ways []payment.How) (reasons []string) {
	for _, how := range ways {
		if how == payment.HowNoted {
			reasons = append(reasons, otherEnd)
			continue
		}
		reasons = append(reasons, endings[how])
	}
	return reasons
}

func resolvePage(v *Visit) error {
	d, b, err := v.difference()
	if err != nil {
		return err
	}
	if !d.Open() {
		return errDone
	}
	r, err := v.differenceRow(d)
	if err != nil {
		return err
	}
	ways, err := v.Desk.Ends(v.Context(), d)
	if err != nil {
		return err
	}
	lead := "台账 " + withUnit(r.Left) + "，微信 " + withUnit(r.Right) + "。" + r.Known
	if r.Said != "" {
		lead += "微信答复：" + r.Said + "。"
	}
	return v.Show("reason", "了结差异", reasonView{
		Title: "了结差异 " + b.Day.Format("1月2日"), Icon: "pen", Reference: r.What, State: r.State, Sum: r.State.Word,
		Lead: lead + "款项不因此变化；谁了结、什么原因记入审计，不能撤销。", Hint: "补充说明（不写姓名和案号）",
		Reasons: endsOf(ways), Signs: true, Button: "了结这项差异", Do: r.Path + "/end", Back: r.Path, Version: r.Version,
	})
}

// withUnit is an amount in a sentence; a dash has no unit.
func withUnit(sum string) string {
	if sum == "—" {
		return "没有"
	}
	return sum + " 元"
}

func resolve(v *Visit) error {
	d, _, err := v.difference()
	if err != nil {
		return err
	}
	page := v.Back
	v.Back = page + "/end"
	if !d.Open() {
		v.Back = page
		return errDone
	}
	if v.R.PostForm.Get("version") != versionOfDifference(d) {
		return ErrChanged
	}
	reason, more := v.R.PostForm.Get("reason"), clerk.Plain(v.R.PostForm.Get("more"))
	how, note := howOf(reason), more
	if note == "" {
		note = reason
	}
	if how == "" || how == payment.HowNoted && more == "" {
		return ErrNoReason
	}
	c, ok, err := v.Proven(v.Back)
	if !ok {
		return err
	}
	if _, err := v.Desk.ResolveDifference(v.Context(), c, d.Key(), how, note); err != nil {
		return err
	}
	return v.Go(page, words("difference-ended"))
}

// howOf is the way that a reason of the page means; empty of none.
func howOf(reason string) payment.How {
	if reason == otherEnd {
		return payment.HowNoted
	}
	for how, word := range endings {
		if word == reason && how != payment.HowNoted {
			return how
		}
	}
	return ""
}

// fetchBills has WeChat asked for the bills of a day now.
func fetchBills(v *Visit) error {
	d, err := v.billDay()
	if err != nil {
		return err
	}
	v.Back = d.path(d.Day, d.At)
	s, err := v.Desk.Fetch(v.Context(), v.Clerk, d.Account.Merchant, d.Day)
	if err != nil {
		return err
	}
	n := words("fetched", "day", d.Day.Format("1月2日"))
	switch {
	case s.Settled():
	case s.Known():
		n = words("funds-missing", "day", d.Day.Format("1月2日"), "why", whyWords(s.FundsWhy))
	default:
		n = words("not-fetched", "day", d.Day.Format("1月2日"), "why", whyWords(s.Why))
	}
	return v.Go(v.Back, n)
}
