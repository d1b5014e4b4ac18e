package desk

import (
	"time"

	"courtkiosk/app/clerk"
	"courtkiosk/payment"
)

var workRoutes = []Route{
	{Pattern: "GET /work", Right: clerk.SeeWork, Serve: workPage},
	{Pattern: "GET /work/{id}", Menu: "/work", Right: clerk.SeeWork, Serve: workPage},
	{Pattern: "POST /work/{id}", Menu: "/work", Right: clerk.DoWork, Serve: handleWork},
	{Pattern: "GET /work/{id}/end", Menu: "/work", Right: clerk.DoWork, Serve: endPage},
	{Pattern: "POST /work/{id}/end", Menu: "/work", Right: clerk.DoWork, Serve: endWork},
}

// A workView is what the work list shows.
type workView struct {
	Tabs       []tab
	Rows       []workRow
	First      *workRow
	All        int
	Carried    int  // by a closing sheet, which tells of money alone
	Does       bool // the clerk may take work
	Last       time.Time
	Name, Once string
}

// A tab is a part of the list.
type tab struct {
	Name, Href string
	N          int
	Here       bool
}

// A workRow is one piece of work in the list.
type workRow struct {
	clerk.Item
	Path    string
	Act     string // where it is taken, and given back
	Calls   bool   // somebody before a machine asks for a person: no money and no case
	Open    string // the order's page; empty of a difference, and of a call
	State   state
	What    string // the case, or the day of the bill
	Case    bool   // What is a case
	Who     string // has it; empty is nobody
	Mine    bool
	Next    string // what the next step's button says; empty where another role does it
	Other   string // who does it then
	Href    string // where the next step is done
	How     string // how it ends
	Facts   string // what is known of the money
	Chosen  bool
	Version string
}

func workPage(v *Visit) error {
	items, err := v.Desk.Work(v.Context(), v.Clerk)
	if err != nil {
		return err
	}
	chosen := ""
	if v.R.PathValue("id") != "" {
		if chosen, err = v.Record("/work"); err != nil {
			return err
		}
	}
	of := v.R.URL.Query().Get("of")
	p := workView{All: len(items), Does: v.Clerk.Has(clerk.DoWork)}
	counts := map[string]int{"": len(items)}
	for _, i := range items {
		r := v.workRow(i)
		r.Chosen = i.Key == chosen
		if !r.Calls {
			p.Carried++
		}
		part := "free"
		if r.Mine {
			part = "mine"
		} else if r.Who != "" {
			part = "others"
		}
		counts[part]++
		if of == "" || of == part {
			p.Rows = append(p.Rows, r)
		}
	}
	for _, t := range []tab{{Name: "全部"}, {Name: "我的", Href: "mine"}, {Name: "无人认领", Href: "free"},
		{Name: "他人办理", Href: "others"}} {
		t.N, t.Here = counts[t.Href], t.Href == of
		if t.Href = "/work?of=" + t.Href; t.Href == "/work?of=" {
			t.Href = "/work"
		}
		p.Tabs = append(p.Tabs, t)
	}
	for i := range p.Rows {
		if p.Rows[i].Chosen {
			p.First = &p.Rows[i]
		}
	}
	if p.First == nil && len(p.Rows) > 0 {
		p.Rows[0].Chosen, p.First = true, &p.Rows[0]
	}
	return v.Show("work", "工作清单", p)
}

func (v *Visit) workRow(i clerk.Item) workRow {
	r := workRow{
		Item: i, Path: v.Path("/work", i.Key), State: itemState(i), How: nextWords(i),
		Version: Version([]any{i.Key, i.Taken, i.Note, i.Since}),
	}
	if by := i.Taken.By.Person; by != "" {
		r.Who, r.Mine = v.Desk.Who(v.Context(), by), by == v.Clerk.By.Person
	}
	r.Act = r.Path
	if i.Call.N > 0 {
		r.Calls, r.Act, r.What = true, v.callPath(i.Call), "画面："+screenWords(i.Call.Screen)
		r.Facts = "与款项无关"
		if v.Clerk.Has(clerk.DoWork) {
			if r.Next = "我去"; i.Mark == clerk.CallMissed {
				r.Next = "知道了"
			}
		}
		return r
	}
	if i.Difference.Kind != "" {
		day, _ := time.ParseInLocation(time.DateOnly, i.Difference.Day, payment.China)
		r.What, r.Other = "对账 "+day.Format("1月2日"), "由财务办理"
		r.Facts = "台账 " + dash(i.Difference.Ours) + "，微信账单 " + dash(i.Difference.Theirs)
		if v.Clerk.Has(clerk.SeeBills) {
			r.Next, r.Href = "查看差异", v.Path("/difference", i.Difference.Key())
		}
		if v.Clerk.Has(clerk.Reconcile) {
			r.Next, r.Other = "到对账页办理", ""
		}
		return r
	}
	r.What, r.Case, r.Open = i.Bill.Case.String(), true, v.Path("/order", i.Order.No)
	r.Href, r.Facts = r.Open, factsOf(i)
	switch i.Mark {
	case clerk.Disputed:
		r.Next, r.Other = "认定或退款", "由主管认定"
		if v.Clerk.Has(clerk.SettleOrder) {
			r.Other = ""
		}
	case clerk.Second:
		r.Next = "核对并退款"
	case clerk.PrintDoubtful, clerk.Unprinted:
		r.Next = "补打凭证"
	case clerk.Checking, clerk.Answered:
		r.Next = "向微信查询"
	case clerk.ReportRefused:
		r.Next = "查看付款"
	case clerk.SomeBack, clerk.Abnormal:
		r.Other = "由财务办理"
	}
	if !v.Clerk.Has(clerk.DoWork) {
		r.Next, r.Other = "查看付款", ""
	}
	if r.Other != "" {
		r.Next = ""
	}
	return r
}

// factsOf is what is known of the money.
func factsOf(i clerk.Item) string {
	o := i.Order
	if o.PaidAmount == 0 {
		return "应交 " + yuan(o.Amount) + " 元，结果未知"
	}
	text := spoken(o.PaidAt) + " 已付款 " + yuan(o.PaidAmount) + " 元"
	if o.PaidAmount != o.Amount {
		text += "，应交 " + yuan(o.Amount) + " 元"
	}
	if o.Returned.Some() {
		text += "，已退 " + yuan(o.Returned.Sum) + " 元"
	}
	return text
}

// work returns the piece of work that the address names, as it stands now; the form must be made from it.
func (v *Visit) work() (clerk.Item, workRow, error) {
	key, err := v.Record("/work")
	if err != nil {
		return clerk.Item{}, workRow{}, err
	}
	v.Back = "/work"
	items, err := v.Desk.Work(v.Context(), v.Clerk)
	if err != nil {
		return clerk.Item{}, workRow{}, err
	}
	for _, i := range items {
		if i.Key == key {
			return i, v.workRow(i), nil
		}
	}
	return clerk.Item{}, workRow{}, errDone
}

// handleWork takes a piece of work, or gives it back.
func handleWork(v *Visit) error {
	i, r, err := v.work()
	if err != nil {
		return err
	}
	if v.R.PostForm.Get("do") == "back" {
		if err := v.Desk.GiveBack(v.Context(), v.Clerk, i.Key); err != nil {
			return err
		}
		return v.Go(r.Path, words("given-back"))
	}
	if err := v.Desk.Take(v.Context(), v.Clerk, i.Key); err != nil {
		return err
	}
	return v.Go(r.Path, words("yours"))
}

var endReasons = map[clerk.Mark][]string{
	clerk.PrintDoubtful: {"当事人已拿到完整凭证", "已补打并当面确认", "当事人不需要纸质凭证"},
	clerk.Unprinted:     {"当事人不需要纸质凭证", "当事人没有来取，需要时再补打"},
	clerk.ReportRefused: {"案件系统已人工登记", "主管已核实，不需要上报"},
	clerk.Answered:      {"微信客服已核实", "主管已核实"},
	clerk.Abnormal:      {"已在商户平台退到其他账户", "财务已线下办理"},
}

func endPage(v *Visit) error {
	i, r, err := v.work()
	if err != nil {
		return err
	}
	if !i.Ends {
		return clerk.ErrOtherEnd
	}
	return v.Show("reason", "注明原因后了结", reasonView{
		Title: "注明原因后了结", Lead: "了结后从清单中消失；谁了结、什么原因记入审计，不能撤销。款项不因此变化。", Icon: "work",
		Reference: v.Desk.Counter.House.Reference(i.Order), State: r.State, Hint: "补充说明（不写姓名和案号）", Button: "了结这项工作",
		Reasons: endReasons[i.Mark], Free: len(endReasons[i.Mark]) == 0, Do: r.Path + "/end", Back: r.Path,
		Version: r.Version,
	})
}

func endWork(v *Visit) error {
	i, r, err := v.work()
	if err != nil {
		return err
	}
	reason := v.reason()
	if reason == "" {
		v.Back = r.Path + "/end"
		return ErrNoReason
	}
	if v.R.PostForm.Get("version") != r.Version {
		return ErrChanged
	}
	if err := v.Desk.End(v.Context(), v.Clerk, i.Key, reason); err != nil {
		return err
	}
	return v.Go("/work", words("ended", "what", r.State.Word))
}
