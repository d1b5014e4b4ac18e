package closing

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"time"

	"courtkiosk/app/bill"
	"courtkiosk/app/export"
	"courtkiosk/app/figures"
	"courtkiosk/app/receipt"
	"courtkiosk/payment"
	"courtkiosk/payment/reconcile"
)

// A Month is what finance signs once a month: what was paid on its days by WeChat's clock, of all devices, and what is
// not done of it. What was remitted only the treasury's receipts say; the sheet has room for it, and says what left to
// the bank as far as WeChat's fund-flow bills are known.
type Month struct {
	Month  string // 2006-01
	Lines  []Line
	Closed []Closed

	Days      int // with payments, by merchant
	Unchecked []Unchecked
	Withdrawn []Withdrawn
	Found     int // differences
	Unsolved  int // of them

	Open        Sum // orders without an outcome, as of now
	OpenRefunds Sum // likewise

	Measured map[string]int64 // see package figures
	Counted  int              // days
}

// Withdrawn is what left a merchant's account to the bank in a month, by the fund-flow bills of its days.
type Withdrawn struct {
	MchID  string
	Sum    payment.Fen // of the days that are known
	Days   int         // that are known
	Absent int         // that are over, and are not
}

// Closed are a device's closings of a month, by the time when they were closed.
type Closed struct {
	Device       string
	First, Last  int
	Unsigned     int // with one signature
	Ink          int // signed on paper
	Paid, Back   Sum
	Disagreement int // sheets that do not agree with themselves
}

// Month reads what a month's sheet says; any time of the month names it.
func (b Book) Month(ctx context.Context, of time.Time) (m Month, err error) {
	y, month, _ := of.In(payment.China).Date()
	first := time.Date(y, month, 1, 12, 0, 0, 0, payment.China)
	days := export.Range{From: first, To: first.AddDate(0, 1, -1)}
	m.Month = first.Format("2006-01")
	r := export.Records{Ledger: b.Ledger, Reference: b.Reference}
	lines := make(map[Line]*Line)
	if err := b.monthPaid(ctx, r, days, &m, lines); err != nil {
		return m, err
	}
	if err := b.monthBack(ctx, r, days, lines); err != nil {
		return m, err
	}
	m.Lines = sorted(lines)
	if err := b.monthWithdrawn(ctx, days, &m); err != nil {
		return m, err
	}
	if err := b.monthClosed(ctx, days, &m); err != nil {
		return m, err
	}
	if err := b.monthLeft(ctx, days, &m); err != nil {
		return m, err
	}
	m.Measured, m.Counted, err = figures.Of(ctx, b.Ledger, m.Month, "")
	return m, err
}

func (b Book) monthPaid(ctx context.Context, r export.Records, days export.Range, m *Month,
	lines map[Line]*Line,
) error {
	for day := range days.All() {
		merchants := make(map[string]bool)
		for o, err := range r.Find(ctx, payment.Filter{Paid: true, Day: day}) {
			if err != nil {
				return err
			}
			if o.State == payment.Paid {
				lineOf(lines, o).Paid.add(1, o.PaidAmount)
				merchants[o.Merchant.MchID] = true
			}
		}
		for _, mchid := range slices.Sorted(maps.Keys(merchants)) {
			m.Days++
			key := payment.Statement{MchID: mchid, Day: dayOf(day)}
			s, err := b.statement(ctx, key.Key())
			if err != nil {
				return err
			}
			if s.State != payment.StatementRead && s.State != payment.StatementEmpty {
				m.Unchecked = append(m.Unchecked, Unchecked{mchid, key.Day, s.State})
			}
		}
	}
	return nil
}

// monthWithdrawn sums up what left to the bank. A merchant is one with a bill in the month; days of before the ledger
// was made, or that are not over, are no part of it.
func (b Book) monthWithdrawn(ctx context.Context, days export.Range, m *Month) error {
	merchants := make(map[string]map[string]payment.Statement)
	for s, err := range payment.Each(ctx, b.Ledger.Statements(), payment.Range{}) {
		if err != nil {
			return err
		}
		if !days.HoldsDay(s.Day) {
			continue
		}
		if merchants[s.MchID] == nil {
			merchants[s.MchID] = make(map[string]payment.Statement)
		}
		merchants[s.MchID][s.Day] = s
	}
	today, born := dayOf(time.Now()), dayOf(b.Ledger.Identity().Made)
	for _, mchid := range slices.Sorted(maps.Keys(merchants)) {
		w := Withdrawn{MchID: mchid}
		for day := range days.All() {
			s, is := merchants[mchid][dayOf(day)]
			var sums reconcile.Sums
			if err := sums.Read(s); err != nil {
				return err
			}
			switch {
			case sums.Funds != nil:
				w.Sum, w.Days = w.Sum+sums.Funds.Withdrawn, w.Days+1
			case dayOf(day) < today && (is || dayOf(day) >= born):
				w.Absent++
			}
		}
		m.Withdrawn = append(m.Withdrawn, w)
	}
	return nil
}

func (b Book) monthBack(ctx context.Context, r export.Records, days export.Range, lines map[Line]*Line) error {
	for e, err := range r.Entries(ctx, days) {
		if err != nil {
			return err
		}
		if !tells(e) {
			continue
		}
		o, err := b.order(ctx, e.Order)
		if err != nil {
			return err
		}
		if back, n := o.taken(e); n != 0 {
			lineOf(lines, o.Order).Back.add(n, back.Sum)
		}
	}
	return nil
}

func (b Book) monthClosed(ctx context.Context, days export.Range, m *Month) error {
	for c, err := range payment.Each(ctx, b.Ledger.Closings(), payment.Range{}) {
		if err != nil {
			return err
		}
		if !days.HoldsDay(dayOf(c.At)) {
			continue
		}
		s, err := Read(c)
		if err != nil {
			return err
		}
		if len(m.Closed) == 0 || m.Closed[len(m.Closed)-1].Device != c.Device {
			m.Closed = append(m.Closed, Closed{Device: c.Device, First: c.Number})
		}
		m.Closed[len(m.Closed)-1].add(c, s)
	}
	return nil
}

func (d *Closed) add(c payment.ClosingSheet, s Sheet) {
	d.Last = c.Number
	switch {
	case c.Closed.By.Person == "":
		d.Ink++
	case c.Countersigned.At.IsZero():
		d.Unsigned++
	}
	if !s.Agrees() {
		d.Disagreement++
	}
	total := s.Total()
	d.Paid.add(total.Paid.N, total.Paid.Fen)
	d.Back.add(total.Back.N, total.Back.Fen)
}

// monthLeft counts what is open now, and the month's differences.
func (b Book) monthLeft(ctx context.Context, days export.Range, m *Month) error {
	open, err := b.Ledger.Unsettled(ctx)
	if err != nil {
		return err
	}
	for _, o := range open {
		m.Open.add(1, o.Amount)
	}
	back, err := b.Ledger.OpenRefunds(ctx)
	if err != nil {
		return err
	}
	for _, r := range back {
		m.OpenRefunds.add(1, r.Sum)
	}
	for d, err := range payment.Each(ctx, b.Ledger.Differences(), payment.Range{}) {
		if err != nil {
			return err
		}
		if !days.HoldsDay(d.Day) {
			continue
		}
		if m.Found++; d.Resolved.At.IsZero() {
			m.Unsolved++
		}
	}
	return nil
}

// PrintMonth puts a month's sheet on paper.
func (h Letterhead) PrintMonth(m Month, by payment.By, at time.Time) receipt.Sheet {
	s := Sheet{Lines: m.Lines}
	maker := "制表人签字"
	if by.Person != "" {
		maker += "（工号 " + by.Person + "）"
	}
	return receipt.Sheet{
		Court: h.Name, Title: "收费月报", Number: "YB-" + m.Month, Environment: h.Environment,
		Heads: []receipt.Fact{
			{Label: "月份", Value: m.Month}, {Label: "范围", Value: "全部终端与窗口"}, {Label: "收款方式", Value: "微信支付"},
		},
		Parts: []receipt.Part{
			s.sums("各账户分别入账，合计仅供核对。收款按微信支付时间、退款按微信受理时间计入，与日结单按顺序号的界限不同。"),
			m.remitted(s), m.closings(h), m.checked(), m.left(), m.measured(),
		},
		Signatures: []string{maker, "财务负责人签字"},
		Foot:       "本表不含当事人姓名和案号。",
		Printed:    at.In(payment.China).Format("2006-01-02 15:04 打印"),
	}
}

// remitted has room for what the treasury's receipts say: this program does not know it, and says so. What left to the
// bank it knows where all fund-flow bills are there.
func (m Month) remitted(s Sheet) receipt.Part {
	p := receipt.Part{Title: "二、上缴与转付（由财务按缴款凭证填写）", Columns: []receipt.Column{
		{Head: "账户", Share: 30}, {Head: "本月净额（元）", Share: 35, Right: true}, {Head: "已上缴或转付（元）", Share: 40},
		{Head: "凭证号", Share: 40}, {Head: "差额（元）", Share: 30},
	}}
	for _, purse := range bill.Purses {
		p.Rows = append(p.Rows, receipt.Line{Cells: []string{purse.Title(), Yuan(s.Total(purse).Net()), "", "", ""}})
	}
	p.Notes = []string{"是否已上缴或转付本系统不知道，以缴款凭证为准。"}
	if len(m.Withdrawn) == 0 {
		p.Notes = append(p.Notes, "本月没有资金账单，提现到银行的金额不知道。")
	}
	for _, w := range m.Withdrawn {
		switch text := "商户号 " + w.MchID + " 提现到银行"; {
		case w.Days == 0:
			p.Notes = append(p.Notes, text+"的金额不知道：本月没有取得资金账单。")
		case w.Absent > 0:
			p.Notes = append(p.Notes, fmt.Sprintf("%s的合计不知道：已取得%d日的资金账单记%s元，还缺%d日。", text, w.Days,
				Yuan(w.Sum), w.Absent))
		default:
			p.Notes = append(p.Notes, fmt.Sprintf("%s%s元（%d日资金账单所记，不含银行流水）。", text, Yuan(w.Sum), w.Days))
		}
	}
	return p
}

func (m Month) closings(h Letterhead) receipt.Part {
	p := receipt.Part{Title: "三、日结单"}
	if len(m.Closed) == 0 {
		return said(p, "本月没有日结单。")
	}
	p.Columns = []receipt.Column{{Head: "终端", Share: 45}, {Head: "编号", Share: 30},
		{Head: "收款（元）", Share: 27, Right: true},
		{Head: "退款（元）", Share: 27, Right: true}, {Head: "缺复核", Share: 16, Right: true},
		{Head: "纸质签字", Share: 21, Right: true}, {Head: "不相符", Share: 16, Right: true}}
	for _, c := range m.Closed {
		p.Rows = append(p.Rows, receipt.Line{Cells: []string{h.device(c.Device),
			fmt.Sprintf("%04d 至 %04d", c.First, c.Last), Yuan(c.Paid.Fen), Yuan(c.Back.Fen), strconv.Itoa(c.Unsigned),
			strconv.Itoa(c.Ink), strconv.Itoa(c.Disagreement)}})
	}
	return p
}

func (m Month) checked() receipt.Part {
	p := receipt.Part{Title: "四、对账"}
	if len(m.Unchecked) == 0 {
		p = said(p, fmt.Sprintf("有收款的%d个账单日均已对账。差异%d项，未处理%d项。", m.Days, m.Found, m.Unsolved))
		return p
	}
	p.Columns = []receipt.Column{{Head: "未对账的账单日", Share: 60}, {Head: "商户号", Share: 60}, {Head: "状态", Share: 55}}
	for _, u := range m.Unchecked {
		p.Rows = append(p.Rows, receipt.Line{Cells: []string{u.Day, u.MchID, stateWords[u.State]}})
	}
	p.Notes = []string{fmt.Sprintf("有收款的账单日%d个，未对账%d个。差异%d项，未处理%d项。", m.Days, len(m.Unchecked), m.Found,
		m.Unsolved)}
	return p
}

func (m Month) left() receipt.Part {
	return said(receipt.Part{Title: "五、制表时未了结"}, fmt.Sprintf("结果未知的订单%d笔，%s元；未到账的退款%d笔，%s元。", m.Open.N,
		Yuan(m.Open.Fen), m.OpenRefunds.N, Yuan(m.OpenRefunds.Fen)))
}

// measured are the promises that the program counts itself.
func (m Month) measured() receipt.Part {
	p := receipt.Part{Title: "六、运行实绩"}
	n := m.Measured
	if m.Counted == 0 {
		return said(p, "本月没有运行记录。")
	}
	p.Columns = []receipt.Column{{Head: "有记录天数", Share: 25, Right: true}, {Head: "运行（小时）", Share: 28, Right: true},
		{Head: "可收款", Share: 20, Right: true}, {Head: "付款平均用时", Share: 30, Right: true},
		{Head: "入账平均用时", Share: 30, Right: true}, {Head: "5秒内入账", Share: 25, Right: true},
		{Head: "结果迟到", Share: 20, Right: true}}
	p.Rows = []receipt.Line{{Cells: []string{strconv.Itoa(m.Counted),
		fmt.Sprintf("%.1f", float64(n[figures.Up])/3_600_000), share(n[figures.Up]-n[figures.Closed], n[figures.Up]),
		mean(n[figures.Paying], n[figures.Paid]), mean(n[figures.Knowing], n[figures.Known]),
		share(n[figures.KnownIn5], n[figures.Known]), strconv.FormatInt(n[figures.Unknown], 10)}}}
	p.Notes = []string{"付款用时从开单到微信支付成功；入账用时从微信支付成功到本系统记账。结果迟到指时限过后一分钟仍不知结果。"}
	return p
}

func share(part, of int64) string {
	if of == 0 {
		return "—"
	}
	return fmt.Sprintf("%.2f%%", float64(part)*100/float64(of))
}

func mean(sum, n int64) string {
	if n == 0 {
		return "—"
	}
	return fmt.Sprintf("%.1f秒", float64(sum)/float64(n)/1000)
}
