package desk

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"courtkiosk/app/bill"
	"courtkiosk/app/clerk"
	"courtkiosk/payment"
	"courtkiosk/payment/reconcile"
)

var reconcileRoutes = []Route{
	{Pattern: "GET /reconcile", Right: clerk.SeeBills, Serve: reconcilePage},
	{Pattern: "GET /reconcile/{id}", Menu: "/reconcile", Right: clerk.SeeBills, Serve: reconcilePage},
	{Pattern: "GET /reconcile/{id}/file", Menu: "/reconcile", Right: clerk.SeeBills, Serve: dayFile},
	{Pattern: "POST /reconcile/{id}", Menu: "/reconcile", Right: clerk.Reconcile, Serve: fetchBills},
	{Pattern: "GET /difference/{id}", Menu: "/reconcile", Right: clerk.SeeBills, Serve: differencePage},
	{Pattern: "POST /difference/{id}", Menu: "/reconcile", Right: clerk.Reconcile, Serve: handleDifference},
	{Pattern: "GET /difference/{id}/end", Menu: "/reconcile", Right: clerk.Resolve, Serve: resolvePage},
	{Pattern: "POST /difference/{id}/end", Menu: "/reconcile", Right: clerk.Resolve, Serve: resolve},
}

// A reconcileView is a month of days, and one of them with its sums and its differences.
type reconcileView struct {
	Name, MchID string // of the account: its purses, and the merchant number masked
	Others      []accountLink
	Bill        string // what was fetched, and when
	Trouble     *Note  // why the day cannot be clean yet
	Month       string
	Tally       string
	Weeks       [][]calendarCell
	Day         string
	Steps       []stepRow
	Rows        []differenceRow
	First       *differenceRow // the chosen one
	Open        int

	Prev, Next            string            // the months beside
	Keys                  map[string]string // arrow to the day that it leads to
	Path                  string            // of the day
	Fetch                 string            // what the button for the bill says; empty where there is none
	Asks, Exports, Choose bool
	Asked                 bool // the address names the chosen difference: the page begins there
}

// An accountLink leads to the same day of another merchant number.
type accountLink struct{ Name, Word, Href string }

// A calendarCell is a day in the calendar; zero is none of the month.
type calendarCell struct {
	Number int
	State  state // its word is empty where there is nothing to say
	Sum    string
	Count  string
	Href   string // empty of a day to come
	Pick   bool
	Today  bool
}

// A stepRow is a sum of the day, or a step between two.
type stepRow struct {
	Name      string
	Step, Gap bool
	Rows, Sum string
	State     state
}

// A differenceRow is a difference of the day.
type differenceRow struct {
	payment.Difference
	Path         string
	State        state
	What, Known  string // which payment or refund, and what is known of it
	Order        string // its page; empty where the ledger has no such order
	Left, Right  string // the ledger's sum, and WeChat's
	Who          string // has taken it; empty is nobody
	Mine         bool
	Do, Href     string // what the next step is done by: a form, or a page
	Next, Other  string // what the next step says; else who does it, or since when it waits
	Nth          int    // its key; 0 is none
	Chosen       bool
	Said, Ending string
	Version      string
}

// A billDay is a day and the merchant number whose bill it is.
type billDay struct {
	Day     time.Time // its beginning in China
	At      int       // of All
	All     []clerk.BillAccount
	Account clerk.BillAccount
}

// of is the same day of another merchant number, or another day of the same.
func (d billDay) path(day time.Time, at int) string {
	p := "/reconcile/" + day.Format(time.DateOnly)
	if at > 0 {
		p += "-" + strconv.Itoa(at+1)
	}
	return p
}

// billDay returns what the address names; without a name it is yesterday, of the first merchant number.
func (v *Visit) billDay() (billDay, error) {
	d := billDay{All: v.Desk.BillAccounts()}
	if len(d.All) == 0 {
		return d, payment.ErrNotServed
	}
	y, m, day := now().AddDate(0, 0, -1).Date()
	d.Day = time.Date(y, m, day, 0, 0, 0, 0, payment.China)
	if id := v.R.PathValue("id"); id != "" {
		head := id[:min(len(id), len(time.DateOnly))]
		at, err := time.ParseInLocation(time.DateOnly, head, payment.China)
		if err != nil || at.Year() < 2020 || at.Year() > 2200 {
			return d, errOldAddress
		}
		d.Day = at
		if rest := id[len(head):]; rest != "" {
			n, err := strconv.Atoi(strings.TrimPrefix(rest, "-"))
			if err != nil || n < 1 || n > len(d.All) {
				return d, errOldAddress
			}
			d.At = n - 1
		}
	}
	d.Account = d.All[d.At]
	return d, nil
}

func reconcilePage(v *Visit) error {
	d, err := v.billDay()
	if err != nil {
		return err
	}
	return v.showBillDay(d, "")
}

// showBillDay shows a day; key is the difference that is chosen, else it is the first that is open.
func (v *Visit) showBillDay(d billDay, key string) error {
	day, err := v.Desk.Day(v.Context(), v.Clerk, d.Account.Merchant.MchID, d.Day)
	if err != nil {
		return err
	}
	p := reconcileView{
		Name: pursesOf(d.Account), MchID: maskedNumber(d.Account.Merchant.MchID), Bill: billWords(day),
		Month: d.Day.Format("2006年1月"), Day: d.Day.Format("1月2日"), Path: d.path(d.Day, d.At),
		Trouble: troubleOf(day, d.Day), Asks: v.Clerk.Has(clerk.Reconcile), Exports: v.Clerk.Has(clerk.Export),
		Choose: v.Clerk.Has(clerk.Reconcile), Asked: key != "",
	}
	if v.Clerk.Has(clerk.Reconcile) && d.Day.AddDate(0, 0, 1).Before(now()) {
		p.Fetch = "取账单"
		if day.Statement.Settled() {
			p.Fetch = "重新取账单"
		}
	}
	if err := v.fillCalendar(v.Context(), &p, d); err != nil {
		return err
	}
	for _, s := range day.Steps {
		p.Steps = append(p.Steps, stepRowOf(s, day))
	}
	if err := v.fillDifferences(&p, day, key); err != nil {
		return err
	}
	return v.Show("reconcile", "对账", p)
}

// fillCalendar puts in the month of a day, and how the other merchant numbers stand in it.
func (v *Visit) fillCalendar(ctx context.Context, p *reconcileView, d billDay) error {
	for i, a := range d.All {
		days, err := v.Desk.Days(ctx, v.Clerk, []string{a.Merchant.MchID}, d.Day)
		if err != nil {
			return err
		}
		counts := make(map[clerk.DayState]int)
		for _, c := range days {
			counts[c.State]++
		}
		waits := counts[clerk.DayDiffers] + counts[clerk.DayRefused] + counts[clerk.DayUnknown]
		if i != d.At {
			link := accountLink{Name: pursesOf(a), Word: "没有待对的日子", Href: d.path(d.Day, i)}
			if waits > 0 {
				link.Word = number(waits) + " 日待对"
			}
			p.Others = append(p.Others, link)
			continue
		}
		p.Tally = fmt.Sprintf("一致 %d 日　已处理 %d 日　无交易 %d 日　待处理 %d 日", counts[clerk.DayClean],
			counts[clerk.DayResolved], counts[clerk.DayEmpty], waits)
		p.Weeks = weeksOf(days, d)
	}
	first := d.Day.AddDate(0, 0, 1-d.Day.Day())
	p.Prev = d.path(first.AddDate(0, 0, -1), d.At)
	if next := first.AddDate(0, 1, 0); !next.After(now()) {
		p.Next = d.path(next, d.At)
	}
	p.Keys = make(map[string]string)
	for arrow, by := range map[string]int{"ArrowLeft": -1, "ArrowRight": 1, "ArrowUp": -7, "ArrowDown": 7} {
		if to := d.Day.AddDate(0, 0, by); !to.After(now()) {
			p.Keys[arrow] = d.path(to, d.At)
		}
	}
	return nil
}

// weeksOf are the rows of a calendar, Monday first.
func weeksOf(days []clerk.CalendarDay, d billDay) (weeks [][]calendarCell) {
	today := now().Format(time.DateOnly)
	for _, c := range days {
		at, err := time.ParseInLocation(time.DateOnly, c.Day, payment.China)
		if err != nil {
			continue // the calendar makes no other
		}
		column := (int(at.Weekday()) + 6) % 7
		if len(weeks) == 0 || column == 0 {
			weeks = append(weeks, make([]calendarCell, 7))
		}
		cell := calendarCell{Number: at.Day(), Pick: at.Equal(d.Day), Today: c.Day == today, State: dayState(c, at)}
		if c.Day <= today {
			cell.Href = d.path(at, d.At)
		}
		if c.Known && c.Paid > 0 {
			cell.Sum, cell.Count = yuan(c.Sum), number(c.Paid)+" 笔"
		}
		weeks[len(weeks)-1][column] = cell
	}
	return weeks
}

// dayState is how a day stands, in a word.
func dayState(c clerk.CalendarDay, at time.Time) state {
	switch c.State {
	case clerk.DayAhead:
		if c.Day == now().Format(time.DateOnly) {
			return state{"idle", "wait", "待账单"}
		}
	case clerk.DayUnknown:
		if !billDue(at) {
			return state{"idle", "wait", "待账单"}
		}
		return state{"warn", "wait", "待取"}
	case clerk.DayRefused:
		return state{"warn", "warn", "未采信"}
	case clerk.DayDiffers:
		return state{"warn", "warn", "差异 " + number(c.Open)}
	case clerk.DayResolved:
		return state{"ok", "pen", "已处理"}
	case clerk.DayEmpty:
		return state{"idle", "no", "无交易"}
	case clerk.DayClean:
		return state{"ok", "ok", "一致"}
	}
	return state{}
}

// billsFrom is the hour of the day after from which a bill is asked for.
const billsFrom = 10

// billDue reports whether the bill of a day, named by its beginning, should be here.
func billDue(day time.Time) bool {
	return !now().Before(day.AddDate(0, 0, 1).Add(billsFrom * time.Hour))
}

// pursesOf names an account by what comes into it.
func pursesOf(a clerk.BillAccount) string {
	if len(a.Purses) == len(bill.Purses) {
		return "全部款项"
	}
	var names []string
	for _, p := range a.Purses {
		names = append(names, p.Title())
	}
	return strings.Join(names, "、")
}

// maskedNumber is a merchant number without its middle.
func maskedNumber(n string) string {
	if len(n) < 8 {
		return n
	}
	return n[:2] + "****" + n[len(n)-4:]
}

// billWords says what was fetched of a day, and when.
func billWords(d clerk.BilledDay) string {
	s := d.Statement
	switch {
	case s.Hash != "":
		return "账单 " + when(s.Read, "1月2日 15:04:05") + " 取得，" + number(d.Sums.Bill.Rows) + " 行，摘要与文件相符"
	case s.State == payment.StatementEmpty:
		return "微信 " + when(s.Read, "1月2日 15:04:05") + " 答复当日没有交易"
	case !s.Asked.IsZero():
		return "没有可用的账单，" + when(s.Asked, "1月2日 15:04:05") + " 取过"
	}
	return "还没有取过账单"
}

// whys are the words for why there is no bill, by the codes of a statement.
var whys = map[string]string{
	"": "还没有取过", "STATEMENT_CREATING": "微信还在生成账单", "NO_STATEMENT_EXIST": "微信答复当日没有交易，与台账不符",
	"no keys": "本机没有这个商户号的密钥", "no answer": "微信没有回应", "hash": "文件校验值与微信签名的不一致",
}

func whyWords(code string) string {
	if words, ok := whys[code]; ok {
		return words
	}
	if line, column, ok := strings.Cut(strings.TrimPrefix(code, "line "), " "); ok && strings.HasPrefix(code, "line ") {
		return "第 " + line + " 行" + column + "不符"
	}
	return "微信答复 " + code
}

// troubleOf says why a day cannot be clean yet; nil where it can.
func troubleOf(d clerk.BilledDay, at time.Time) *Note {
	day, s := at.Format("1月2日"), d.Statement
	var n Note
	switch {
	case s.State == payment.StatementRefused:
		n = words("bill-refused", "day", day, "why", whyWords(s.Why))
	case s.Settled():
		return nil
	case s.Known():
		n = words("funds-missing", "day", day, "why", whyWords(s.FundsWhy))
	case !billDue(at) && s.State == "":
		n = words("bill-ahead", "day", day)
	default:
		n = words("bill-missing", "day", day, "why", whyWords(s.Why))
	}
	return &n
}

// stepNames are the words for the sums of a day and the steps between them.
var stepNames = map[clerk.StepName]string{
	clerk.SumTold: "案件系统已登记", clerk.StepRefused: "加：上报被拒，尚未登记", clerk.StepWaits: "加：等待登记",
	clerk.StepNever: "加：重复付款、已退款，不登记", clerk.SumLedger: "本院台账",
	clerk.StepKiosks: "加：本院其他终端", clerk.StepApps: "加：同一商户号的其他应用", clerk.StepPlain: "加：没有终端标记的付款",
	clerk.StepExcess: "加：微信有、台账没有（长款）", clerk.StepShort: "减：台账有、微信没有（短款）",
	clerk.StepAmounts: "加减：金额不符、微信撤销", clerk.StepUnknown: "加减：没有差异能说明的",
	clerk.SumBill: "微信账单支付合计", clerk.StepCoupons: "加减：应结金额与订单金额之差",
	clerk.StepBack: "减：退款，台账有记录", clerk.StepOutside: "减：退款，台账没有记录",
	clerk.StepOthers: "减：其他终端和应用的退款", clerk.StepFees: "减：手续费", clerk.StepFeeBack: "加：退款退还手续费",
	clerk.SumSettled: "微信应结算", clerk.SumAccount: "资金账单入账", clerk.StepGap: "应结算与入账之差",
	clerk.SumBank: "提现到银行（资金账单所记）",
}

// uncounted are sums and steps of which nothing is counted.
var uncounted = []clerk.StepName{clerk.StepCoupons, clerk.StepFees, clerk.StepFeeBack, clerk.SumSettled, clerk.StepGap,
	clerk.SumBank}

// stepKinds are the differences that a step is made of.
var stepKinds = map[clerk.StepName][]payment.DifferenceKind{
	clerk.StepExcess:  {reconcile.NotWithUs, reconcile.OfLostLedger, reconcile.NotBooked, reconcile.DayDiffers},
	clerk.StepShort:   {reconcile.NotAtWeChat},
	clerk.StepAmounts: {reconcile.AmountDiffers, reconcile.Revoked},
	clerk.StepOutside: {reconcile.RefundNotWithUs},
	clerk.StepBack:    {reconcile.RefundNotAtWeChat, reconcile.RefundDiffers},
	clerk.StepGap:     {reconcile.FundsDiffer},
}

func stepRowOf(s clerk.SumStep, d clerk.BilledDay) stepRow {
	r := stepRow{Name: stepNames[s.Name], Step: s.Name.Step() && s.Name != clerk.StepGap, Gap: s.Name == clerk.StepGap,
		Sum: yuan(s.Sum)}
	if !slices.Contains(uncounted, s.Name) {
		r.Rows = strings.Replace(number(s.Rows), "-", "−", 1)
	}
	if !s.Known {
		r.Rows, r.Sum, r.State = "", "—", state{"idle", "wait", "还不知道"}
		return r
	}
	open, ended := 0, 0
	for _, x := range d.Differences {
		if !slices.Contains(stepKinds[s.Name], x.Kind) {
			continue
		}
		if ended++; x.Open() {
			open++
		}
	}
	switch {
	case open > 0 || s.Name == clerk.StepUnknown:
		r.State = state{"warn", "warn", "差异"}
	case s.Name == clerk.StepGap && s.Sum == 0:
		r.State = state{"ok", "ok", "相符"}
	case s.Name == clerk.StepGap && ended == 0:
		r.State = state{"idle", "wait", "跨零点或他人"}
	case s.Name == clerk.SumBank:
		r.State = state{"idle", "no", "不读银行流水"}
	case !r.Step && !r.Gap || s.Sum == 0 && s.Rows == 0:
	case ended > 0:
		r.State = state{"ok", "pen", "已处理"}
	case s.Name == clerk.StepRefused:
		r.State = state{"warn", "warn", "在工作清单"}
	case s.Name == clerk.StepWaits:
		r.State = state{"idle", "wait", "自动重报"}
	default:
		r.State = state{"idle", "ok", "已说明"}
	}
	return r
}
