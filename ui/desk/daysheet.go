package desk

import (
	"strings"
	"time"

	"courtkiosk/app/clerk"
	"courtkiosk/app/receipt"
)

// dayFile is the reconciliation of a day on paper, for the folder: its sums, the steps between them, and each
// difference with how it ended.
func dayFile(v *Visit) error {
	d, err := v.billDay()
	if err != nil {
		return err
	}
	v.Back = d.path(d.Day, d.At)
	day, err := v.Desk.Day(v.Context(), v.Clerk, d.Account.Merchant.MchID, d.Day)
	if err != nil {
		return err
	}
	s, err := v.daySheet(d, day)
	if err != nil {
		return err
	}
	file, err := v.Desk.PDF(v.Context(), s)
	if err != nil {
		return err
	}
	v.send(s.Number+".pdf", "application/pdf", file, true)
	return nil
}

func (v *Visit) daySheet(d billDay, day clerk.BilledDay) (receipt.Sheet, error) {
	house, at := v.Desk.Counter.House, now()
	maker := "对账人签字"
	if v.Clerk.Has(clerk.Reconcile) {
		maker += "（工号 " + v.Clerk.By.Person + "）"
	}
	s := receipt.Sheet{
		Court: house.Name, Title: "对账表", Number: "DZ-" + d.Day.Format("20060102"), Environment: house.Environment,
		Heads: []receipt.Fact{
			{Label: "账单日", Value: day.Day}, {Label: "款项", Value: pursesOf(d.Account)},
			{Label: "商户号", Value: maskedNumber(day.MchID)}, {Label: "状态", Value: dayWord(day, d.Day)},
		},
		Signatures: []string{maker, "财务负责人签字"},
		Foot:       "本表不含当事人姓名和案号。", Printed: at.Format("2006-01-02 15:04 打印"),
	}
	if d.At > 0 {
		s.Number += "-" + number(d.At+1)
	}
	sums := receipt.Part{Title: "一、各方合计与中间各步", Columns: []receipt.Column{{Head: "步骤", Share: 85},
		{Head: "笔数", Share: 20, Right: true}, {Head: "金额（元）", Share: 35, Right: true}, {Head: "说明", Share: 35}}}
	for _, step := range day.Steps {
		r := stepRowOf(step, day)
		name := r.Name
		if r.Step {
			name = "　" + name
		}
		sums.Rows = append(sums.Rows, receipt.Line{Cells: []string{name, r.Rows, r.Sum, r.State.Word},
			Total: !r.Step, Last: r.Gap})
	}
	sums.Notes = []string{billWords(day) + "。"}
	if hash := day.Statement.Hash; hash != "" {
		sums.Notes = append(sums.Notes, "交易账单 SHA-1 "+hash)
	}
	if hash := day.Statement.Funds; hash != "" {
		sums.Notes = append(sums.Notes, "资金账单 SHA-1 "+hash)
	}
	if n := troubleOf(day, d.Day); n != nil {
		sums.Notes = append(sums.Notes, n.Lead+n.Text)
	}
	list, err := v.differencePart(day)
	s.Parts = []receipt.Part{sums, list}
	return s, err
}

// differencePart are the differences of a day, and how each has ended.
func (v *Visit) differencePart(day clerk.BilledDay) (receipt.Part, error) {
	p := receipt.Part{Title: "二、差异"}
	switch {
	case len(day.Differences) > 0:
	case day.Statement.Settled():
		p.Notes = []string{"没有差异。"}
		return p, nil
	default:
		p.Notes = []string{"还不知道有没有差异。"}
		return p, nil
	}
	p.Columns = []receipt.Column{{Head: "差异", Share: 30}, {Head: "对象", Share: 48},
		{Head: "台账（元）", Share: 24, Right: true}, {Head: "微信（元）", Share: 24, Right: true}, {Head: "处理", Share: 49}}
	for _, d := range day.Differences {
		r, err := v.differenceRow(d)
		if err != nil {
			return p, err
		}
		end := "未了结"
		if r.Ending != "" {
			end = r.Ending
			if r.Note != "" {
				end += "：" + r.Note
			}
		}
		p.Rows = append(p.Rows, receipt.Line{Cells: []string{r.State.Word, strings.ReplaceAll(r.What, "　", "，"), r.Left,
			r.Right, end}})
	}
	return p, nil
}

// dayWord is how a day stands, in words.
func dayWord(d clerk.BilledDay, at time.Time) string {
	c := clerk.CalendarDay{Day: d.Day, State: d.State}
	for _, x := range d.Differences {
		if x.Open() {
			c.Open++
		}
	}
	if s := dayState(c, at); s.Word != "" {
		return s.Word
	}
	return "尚未结束"
}
