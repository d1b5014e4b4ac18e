package closing

import (
	"cmp"
	"encoding/hex"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"courtkiosk/app/bill"
	"courtkiosk/app/receipt"
	"courtkiosk/app/report"
	"courtkiosk/assets"
	"courtkiosk/payment"
)

// Number is how a closing is called on paper: RJ-0101-03-0187.
func Number(court, device string, number int) string {
	_, first := utf8.DecodeRuneInString(court)
	return fmt.Sprintf("RJ-%s-%s-%04d", court[first:], device, number)
}

// Words are the first eight bytes of a hash as words that people can read to each other.
func Words(hash []byte) string {
	if len(hash) < 8 {
		return ""
	}
	return strings.Join(assets.Spoken(hash[:8]), " ")
}

// A Letterhead is what the court puts on its sheets.
type Letterhead struct {
	Court       string // its code
	Name        string
	Device      func(device string) string // how a device is called; nil: 终端03
	Environment receipt.Environment
}

func (h Letterhead) device(d string) string {
	if h.Device != nil {
		return h.Device(d)
	}
	return "终端" + d
}

// Print puts a closing on paper. last is the device's closing before, zero where there is none; final says that it is
// stored, and no trial.
func (h Letterhead) Print(c, last payment.ClosingSheet, s Sheet, final bool, at time.Time) receipt.Sheet {
	p := receipt.Sheet{
		Court: h.Name, Title: "收费日结单", Number: Number(h.Court, c.Device, c.Number), Environment: h.Environment,
		Heads: []receipt.Fact{
			{Label: "编号", Value: Number(h.Court, c.Device, c.Number)},
			{Label: "终端", Value: h.device(c.Device)},
			{Label: "收款方式", Value: "微信支付"},
			{Label: "起", Value: longTime(s.From)}, {Label: "止", Value: longTime(c.At)},
			{Label: "顺序号", Value: fmt.Sprintf("%d 至 %d", s.After+1, s.To)},
		},
		Parts: []receipt.Part{s.sums("各账户分别入账，合计仅供核对。退款按微信受理时间计入。" + s.Agreement()), s.refunds(), s.receipts(),
			s.rest(h, c.Number+1), s.fixes(), s.others(dayOf(c.At))},
		Foot: "本单不含当事人姓名和案号。签字后不更改，更正记入下一张。", Printed: at.In(payment.China).Format("2006-01-02 15:04 打印"),
	}
	if !final {
		p.Title, p.Number = "收费试算单", "试算"
		p.Heads[0] = receipt.Fact{Label: "编号", Value: "试算，未结账"}
		p.Foot = "试算单不是日结单，不作为记账依据。本单不含当事人姓名和案号。"
		return p
	}
	p.Check = &receipt.Check{Words: Words(c.Hash), Hash: grouped(hex.EncodeToString(c.Hash))}
	if last.Number > 0 {
		p.Check.Before, p.Check.BeforeWords = fmt.Sprintf("上一张 第%04d号", last.Number), Words(last.Hash)
	} else {
		p.Check.Before, p.Check.BeforeWords = "上一张", "无，本单是本终端第一张"
	}
	p.Signatures = []string{"经办人签字" + staffOf(c.Closed), "复核人签字" + staffOf(c.Countersigned)}
	return p
}

func staffOf(d payment.Decision) string {
	if d.By.Person == "" {
		return ""
	}
	return "（工号 " + d.By.Person + "）"
}

func grouped(hash string) string {
	var b strings.Builder
	for i := 0; i < len(hash); i += 8 {
		b.WriteString(hash[i:min(i+8, len(hash))] + " ")
	}
	return strings.TrimSpace(b.String())
}

func longTime(t time.Time) string {
	if t.IsZero() {
		return "—"
	}
	return t.In(payment.China).Format("2006年1月2日 15:04:05")
}

// Yuan writes an amount as tables do: thousands, two decimals, no sign of the currency, a true minus.
func Yuan(f payment.Fen) string {
	return strings.Replace(strings.TrimPrefix(f.Yuan(), "¥"), "-", "−", 1)
}

// counts are a sum's two cells: how many, and how much. Nothing is a dash.
func (s Sum) cells() []string {
	if s.N == 0 && s.Fen == 0 {
		return []string{"—", "—"}
	}
	return []string{strconv.Itoa(s.N), Yuan(s.Fen)}
}

func (l Line) cells(label string) []string {
	cells := append([]string{label}, l.Paid.cells()...)
	return append(append(cells, l.Back.cells()...), Yuan(l.Net()))
}

func (s Sheet) sums(note string) receipt.Part {
	p := receipt.Part{Title: "一、收款与退款", Columns: []receipt.Column{
		{Head: "款项与费用项目", Share: 38}, {Head: "收款笔数", Share: 24, Right: true},
		{Head: "收款（元）", Share: 29, Right: true}, {Head: "退款笔数", Share: 24, Right: true},
		{Head: "退款（元）", Share: 29, Right: true}, {Head: "净额（元）", Share: 29, Right: true},
	}}
	for _, purse := range bill.Purses {
		for _, l := range s.Lines {
			if l.Purse == purse && l.Item != purse.Title() {
				p.Rows = append(p.Rows, receipt.Line{Cells: l.cells(l.Item)})
			}
		}
		p.Rows = append(p.Rows, receipt.Line{Cells: s.Total(purse).cells(purse.Title() + "小计"), Total: true})
	}
	total := s.Total()
	p.Rows = append(p.Rows, receipt.Line{Cells: total.cells("合计"), Total: true, Last: true},
		receipt.Line{Cells: []string{"净额大写", Capitals(total.Net())}})
	p.Notes = []string{note}
	return p
}

// Capitals writes a sum as cheques do. More may go back than came in.
func Capitals(f payment.Fen) string {
	text, err := receipt.Capitals(max(f, -f))
	switch {
	case err != nil:
		return Yuan(f)
	case f < 0:
		return strings.Replace(text, "人民币 ", "人民币 负", 1)
	}
	return text
}

// Agreement says whether the sheet agrees with itself, and with what it does not.
func (s Sheet) Agreement() string {
	n, p := s.Orders, s.Prints
	text := "收款、订单、凭证三项合计相符。"
	if p.Paid != p.Owed || p.Booked != p.Paid.N {
		text = fmt.Sprintf("三项不相符：收款记录%d笔，订单%d笔%s元，凭证%d张%s元。", p.Booked, p.Paid.N, Yuan(p.Paid.Fen),
			p.Owed.N, Yuan(p.Owed.Fen))
	}
	if n.Broken > 0 {
		text += fmt.Sprintf("有%d笔订单读不出，未计入。", n.Broken)
	}
	holes := "无缺号"
	for _, d := range s.Days {
		if len(d.Holes) > 0 {
			holes = fmt.Sprintf("%s缺号：%s", d.Day, strings.Trim(fmt.Sprint(d.Holes), "[]"))
		}
	}
	return text + fmt.Sprintf("本终端%d条，%s。", s.Entries, holes)
}

var refundStates = map[payment.RefundState]string{
	payment.RefundAsked: "待复核", payment.RefundApproved: "待提交微信", payment.RefundSent: "已提交，微信未答复",
	payment.RefundAccepted: "微信已受理", payment.RefundDone: "已到账", payment.RefundAbnormal: "退款异常",
	payment.RefundClosed: "已关闭，冲回",
}

func (s Sheet) refunds() receipt.Part {
	p := receipt.Part{Title: "二、退款明细"}
	if len(s.Refunds) == 0 {
		return said(p, "本单没有退款。")
	}
	p.Columns = []receipt.Column{{Head: "原本机编号", Share: 52}, {Head: "第几笔", Share: 16, Right: true},
		{Head: "原因", Share: 34}, {Head: "申请", Share: 17}, {Head: "复核", Share: 17}, {Head: "状态", Share: 30},
		{Head: "金额（元）", Share: 26, Right: true}}
	for _, r := range s.Refunds {
		p.Rows = append(p.Rows, receipt.Line{Cells: []string{r.Reference, strconv.Itoa(r.Part), cmp.Or(r.Reason, "—"),
			cmp.Or(r.Asked, "—"), cmp.Or(r.Decided, "—"), cmp.Or(refundStates[r.State], string(r.State)), Yuan(r.Sum)}})
	}
	return p
}

// said is a part that is one sentence in a frame.
func said(p receipt.Part, sentence string) receipt.Part {
	p.Columns = []receipt.Column{{Share: 1}}
	p.Rows = append(p.Rows, receipt.Line{Cells: []string{sentence}})
	return p
}

func (s Sheet) receipts() receipt.Part {
	n, r := s.Orders, s.Prints
	p := receipt.Part{Title: "三、凭证与订单"}
	cells := []string{s.Serials()}
	column := func(head string, share float64, n int) {
		p.Columns = append(p.Columns, receipt.Column{Head: head, Share: share, Right: true})
		cells = append(cells, strconv.Itoa(n))
	}
	p.Columns = append(p.Columns, receipt.Column{Head: "订单编号", Share: 29, Right: true})
	column("订单数", 16, n.Opened)
	if n.Carried+n.Late > 0 {
		column("上单结转", 20, n.Carried+n.Late)
	}
	column("已付款", 16, n.Paid)
	column("未付款已关闭", 29, n.Closed)
	column("核实中", 16, n.Open)
	if n.Disputed > 0 {
		column("金额不符", 20, n.Disputed)
	}
	if n.Elsewhere > 0 {
		column("他机订单", 20, n.Elsewhere)
	}
	column("凭证已打印", 25, r.Printed)
	column("存疑", 13, r.Doubtful)
	column("未打印", 16, r.Waiting)
	column("补打", 13, r.Copies)
	p.Rows = []receipt.Line{{Cells: cells}}
	return p
}

// Serials are the running numbers of the orders, of several days with their days.
func (s Sheet) Serials() string {
	var days []Day
	for _, d := range s.Days {
		if d.N > 0 {
			days = append(days, d)
		}
	}
	switch len(days) {
	case 0:
		return "—"
	case 1:
		return fmt.Sprintf("%04d 至 %04d", days[0].First, days[0].Last)
	}
	var parts []string
	for _, d := range days {
		parts = append(parts, fmt.Sprintf("%s日 %04d 至 %04d", strings.TrimLeft(d.Day[8:], "0"), d.First, d.Last))
	}
	if len(parts) > 4 {
		parts = append(parts[:2], fmt.Sprintf("等%d天", len(days)), parts[len(parts)-1])
	}
	return strings.Join(parts, "，")
}

// What is left, in words: what it is, and what comes next. An empty next step is a clerk's.
var leftWords = map[string][2]string{
	LeftOrder + " " + string(payment.Disputed): {"金额不符", "由主管认定或退款"},
	LeftOrder + " " + string(payment.Foreign):  {"他机订单", "继续向微信查询"},
	LeftOrder:                    {"核实中", "继续向微信查询"},
	receipt.Effect:               {"凭证未打印", "当事人来时补打"},
	receipt.Effect + " doubtful": {"打印存疑", "当事人来时补打"},
	receipt.Effect + " handed":   {"打印存疑", "当事人来时补打"},
	report.Effect:                {"未上报案件系统", "自动重报"},
	report.Back:                  {"退款未上报", "自动重报"},
	report.Refused:               {"上报被拒", "由主管重新上报"},
	report.BackRefused:           {"退款上报被拒", "由主管重新上报"},
	payment.Attention:            {"待窗口处理", "由主管处理"},
	payment.AttentionSecond:      {"重复付款", "当事人来时退款"},
	payment.AttentionRefund:      {"外部退款待核实", "由财务核实金额"},
	payment.AttentionAbnormal:    {"退款异常", "由财务在商户平台处理"},
	bill.EffectChanged:           {"付款后金额变更", "由主管核对"},
}

// Says returns what is left in words, and what comes next.
func (l Left) Says() (what, next string) {
	if l.Kind == LeftRefund {
		state := cmp.Or(refundStates[payment.RefundState(l.State)], l.State)
		return "退款" + strings.TrimPrefix(state, "退款"), "结转，继续跟踪"
	}
	for _, key := range []string{l.Kind + " " + l.State, l.Kind} {
		if w, ok := leftWords[key]; ok {
			return w[0], w[1]
		}
	}
	return "其他事项", "由主管处理"
}

func (s Sheet) rest(_ Letterhead, next int) receipt.Part {
	p := receipt.Part{Title: "四、未了结事项，逐项结转"}
	if len(s.Left)+len(s.Broken) == 0 {
		return said(p, "没有未了结事项。")
	}
	p.Columns = []receipt.Column{{Head: "事项", Share: 46}, {Head: "本机编号", Share: 48},
		{Head: "金额（元）", Share: 23, Right: true}, {Head: "下一步", Share: 58}}
	for _, l := range s.Left {
		what, then := l.Says()
		counted := "，不计入本单"
		if l.Counted {
			counted = "，已计入"
		}
		switch {
		case l.Kind == LeftOrder:
			then = fmt.Sprintf("结转第%04d号，%s", next, then)
		case strings.HasPrefix(l.Kind, report.Effect) && l.Tries > 0:
			then += fmt.Sprintf("，已试%d次", l.Tries)
		case l.Kind == LeftRefund:
			counted = ""
		}
		p.Rows = append(p.Rows, receipt.Line{Cells: []string{what + counted, l.Reference, Yuan(l.Sum), then}})
	}
	for _, b := range s.Broken {
		what := "订单读不出"
		if b.Booked {
			what += "，已付款，不计入本单"
		}
		p.Rows = append(p.Rows, receipt.Line{Cells: []string{what, b.Order, "—", "由IT核查台账，读出后记入下一张"}})
	}
	return p
}

var fixedWords = map[string]string{
	string(payment.Adopted): "接管他机订单的付款", string(payment.Accepted): "认定争议付款",
	string(payment.EndedByHand): "转为线下处理", string(payment.SaidPaid): "关闭后到账",
	string(payment.SaidRefunded): "在本系统外退款", "returned": "登记外部退款", string(payment.SaidEnded): "退款关闭，冲回",
	unread: "上一张读不出的付款，补记",
}

func (s Sheet) fixes() receipt.Part {
	p := receipt.Part{Title: "五、更正"}
	if len(s.Fixed) == 0 {
		return said(p, "本单没有更正以前日结单的事项。")
	}
	p.Columns = []receipt.Column{{Head: "事项", Share: 52}, {Head: "本机编号", Share: 48},
		{Head: "顺序号", Share: 20, Right: true}, {Head: "经办", Share: 25}, {Head: "金额（元）", Share: 30, Right: true}}
	for _, f := range s.Fixed {
		p.Rows = append(p.Rows, receipt.Line{Cells: []string{cmp.Or(fixedWords[f.Event], f.Event), f.Reference,
			strconv.FormatUint(f.Seq, 10), cmp.Or(f.By.Person, f.By.Device, "—"), Yuan(f.Sum)}})
	}
	return p
}

var staffWords = map[string]string{
	"staff-made": "新设账号", "staff-reset": "重置账号", "staff-ready": "本人已设密码", "staff-confirmed": "已确认",
	"staff-ended": "停用", "staff-pin": "本人更改密码",
}

var roleWords = strings.NewReplacer(", clerk", " 收费员", ", lead", " 主管", ", finance", " 财务", ", auditor", " 审计",
	", it", " IT", ", ", "，")

var stateWords = map[payment.StatementState]string{
	"": "未对账", payment.StatementAbsent: "账单未到", payment.StatementRefused: "账单不可信",
	payment.StatementPart: "账单未取全",
}

// others are the days before today that are not reconciled, and the accounts that were changed.
func (s Sheet) others(today string) receipt.Part {
	p := receipt.Part{Title: "六、对账与人员"}
	late := slices.Clone(s.Unchecked)
	late = slices.DeleteFunc(late, func(u Unchecked) bool { return u.Day >= today })
	if len(late)+len(s.Staff) == 0 {
		return said(p, "以前各日均已对账；人员账号没有变更。")
	}
	p.Columns = []receipt.Column{{Head: "事项", Share: 40}, {Head: "内容", Share: 90}, {Head: "经办", Share: 45}}
	for _, u := range late {
		p.Rows = append(p.Rows, receipt.Line{Cells: []string{cmp.Or(stateWords[u.State], string(u.State)),
			fmt.Sprintf("%s，商户号 %s", u.Day, u.MchID), "次日10时后自动对账"}})
	}
	for _, c := range s.Staff {
		p.Rows = append(p.Rows, receipt.Line{Cells: []string{"账号" + cmp.Or(staffWords[c.Event], c.Event),
			"工号 " + roleWords.Replace(c.Note) + "，" + c.At.In(payment.China).Format("1月2日 15:04"),
			cmp.Or(c.By.Person, c.By.Device, "—")}})
	}
	return p
}
