package export

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"iter"
	"slices"
	"time"

	"courtkiosk/app/bill"
	"courtkiosk/payment"
)

// A Range is the days, in China, that are asked for: both of them included.
type Range struct{ From, To time.Time }

// All are the days of a range, oldest first.
func (r Range) All() iter.Seq[time.Time] {
	return func(yield func(time.Time) bool) {
		end := r.To.In(payment.China).Format(time.DateOnly)
		for d := r.From.In(payment.China); d.Format(time.DateOnly) <= end; d = d.AddDate(0, 0, 1) {
			if !yield(d) {
				return
			}
		}
	}
}

// holds reports whether a time is on a day of the range.
func (r Range) holds(t time.Time) bool {
	day := t.In(payment.China).Format(time.DateOnly)
	return !t.IsZero() && r.HoldsDay(day)
}

// HoldsDay reports whether a day, 2006-01-02, is of the range.
func (r Range) HoldsDay(day string) bool {
	return day >= r.From.In(payment.China).Format(time.DateOnly) && day <= r.To.In(payment.China).Format(time.DateOnly)
}

// Days says which days they are.
func (r Range) Days() string {
	return r.From.In(payment.China).Format(time.DateOnly) + "_" + r.To.In(payment.China).Format(time.DateOnly)
}

// MaxDays is how many days a Range may have: a leap year.
const MaxDays = 366

// ErrRange means: no days, or too many.
var ErrRange = errors.New("export: want a day or several, a year at most, the earlier one first")

// Check says why a range cannot be asked for.
func (r Range) Check() error {
	if r.From.IsZero() || r.To.Before(r.From) || r.To.Sub(r.From) >= MaxDays*24*time.Hour {
		return ErrRange
	}
	return nil
}

// Records is what is exported of a ledger.
type Records struct {
	Ledger    payment.Ledger
	Reference func(payment.Order) string // an order's local number
	Receipt   func(payment.Order) string // the number of a paid order's receipt
}

func stamp(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.In(payment.China).Format("2006-01-02 15:04:05")
}

// Apart is said wherever payments of several accounts are summed.
const Apart = "（各账户分别入账）"

// Payments are the orders that were paid on the days of a range by WeChat's clock, oldest day first. Payers stand as
// receipts print them, people masked; of one whose personal data was forgotten nothing stands there.
func (r Records) Payments(ctx context.Context, days Range) Table {
	return Table{
		Name: "收款", Sum: 8, Said: Apart,
		Head: []string{"微信支付单号", "商户单号", "本机编号", "凭证号", "终端", "款项", "费用项目", "案号", "实收（元）", "已退（元）", "状态",
			"付款时间", "商户号", "交款人"},
		Rows: func(yield func([]any, error) bool) {
			for day := range days.All() {
				for o, err := range r.Find(ctx, payment.Filter{Paid: true, Day: day}) {
					if err != nil {
						yield(nil, err)
						return
					}
					row, err := r.payment(ctx, o)
					if !yield(row, err) || err != nil {
						return
					}
				}
			}
		},
	}
}

func (r Records) payment(ctx context.Context, o payment.Order) ([]any, error) {
	payer, err := r.Ledger.Personal(ctx, o.No)
	if err != nil {
		return nil, err
	}
	b := bill.OfOrder(o)
	number := ""
	if o.Sequence > 0 {
		number = r.Receipt(o)
	}
	return []any{o.TransactionID, o.No, r.Reference(o), number, o.Device, b.Purse.Title(), b.Item, b.Case.String(),
		o.PaidAmount, o.Returned.Sum, stateOf(o), stamp(o.PaidAt), o.Merchant.MchID, string(payer)}, nil
}

var states = map[payment.State]string{
	payment.Created: "已下单", payment.Waiting: "待付款", payment.Closing: "关闭中", payment.Paid: "已付款", payment.Closed: "已关闭",
	payment.Void: "未提交", payment.Foreign: "他机订单", payment.Disputed: "金额不符",
}

func stateOf(o payment.Order) string {
	text := cmp.Or(states[o.State], string(o.State))
	switch {
	case o.Returned.All():
		text += "，已全部退回"
	case o.Returned.Some():
		text += "，已部分退回"
	}
	if o.Oddity == payment.SecondPayment {
		text += "，重复付款"
	}
	return text
}

// Orders are all orders that were opened on the days of a range, paid or not.
func (r Records) Orders(ctx context.Context, days Range) Table {
	return Table{
		Name: "订单", Sum: 6, Said: Apart,
		Head: []string{"本机编号", "商户单号", "终端", "款项", "费用项目", "案号", "应付（元）", "状态", "开单时间", "微信支付单号", "付款时间"},
		Rows: func(yield func([]any, error) bool) {
			for day := range days.All() {
				for o, err := range r.Find(ctx, payment.Filter{Day: day}) {
					if err != nil {
						yield(nil, err)
						return
					}
					b := bill.OfOrder(o)
					if !yield([]any{r.Reference(o), o.No, o.Device, b.Purse.Title(), b.Item, b.Case.String(), o.Amount,
						stateOf(o), stamp(o.CreatedAt), o.TransactionID, stamp(o.PaidAt)}, nil) {
						return
					}
				}
			}
		},
	}
}

// Find walks all pages of a filter, newest first.
func (r Records) Find(ctx context.Context, f payment.Filter) iter.Seq2[payment.Order, error] {
	return func(yield func(payment.Order, error) bool) {
		for f.N = payment.MaxPage; ; {
			page, err := r.Ledger.Find(ctx, f)
			if err != nil {
				yield(payment.Order{}, err)
				return
			}
			for _, o := range page.Orders {
				if !yield(o, nil) {
					return
				}
			}
			if f.Before = page.Next; f.Before == "" {
				return
			}
		}
	}
}

var refundStates = map[payment.RefundState]string{
	payment.RefundAsked: "待复核", payment.RefundApproved: "待提交微信", payment.RefundRefused: "已退回",
	payment.RefundWithdrawn: "已撤回",
	payment.RefundSent:      "已提交，微信未答复", payment.RefundAccepted: "微信已受理", payment.RefundDone: "已到账",
	payment.RefundAbnormal: "退款异常", payment.RefundClosed: "已关闭",
}

// Refunds are those of which the audit tells something on the days of a range, as they stand now.
func (r Records) Refunds(ctx context.Context, days Range) Table {
	return Table{
		Name: "退款", Sum: 5, Said: Apart,
		Head: []string{"商户退款单号", "微信退款单号", "商户单号", "本机编号", "款项", "退款（元）", "原实收（元）", "状态", "原因", "申请工号", "申请时间",
			"复核工号", "复核时间", "提交时间", "到账时间"},
		Rows: func(yield func([]any, error) bool) {
			told := make(map[string]bool)
			for e, err := range r.Entries(ctx, days) {
				if err != nil {
					yield(nil, err)
					return
				}
				if len(e.Event) < 7 || e.Event[:7] != "refund-" || told[e.Order] {
					continue
				}
				told[e.Order] = true
				if !r.refundsOf(ctx, e.Order, days, yield) {
					return
				}
			}
		},
	}
}

func (r Records) refundsOf(ctx context.Context, no string, days Range, yield func([]any, error) bool) bool {
	o, err := r.Ledger.Order(ctx, no)
	var list []payment.Refund
	if err == nil {
		list, err = r.Ledger.RefundsOf(ctx, no)
	}
	if err != nil {
		yield(nil, err)
		return false
	}
	for _, f := range list {
		moved := []time.Time{f.Asked.At, f.Decided.At, f.SentAt, f.ArrivedAt, f.ChangedAt}
		if !slices.ContainsFunc(moved, days.holds) {
			continue
		}
		if !yield([]any{f.No, f.ID, o.No, r.Reference(o), bill.Purse(o.Key.Purse).Title(), f.Sum, f.Total,
			cmp.Or(refundStates[f.State], string(f.State)), f.Reason, f.Asked.By.Person, stamp(f.Asked.At),
			f.Decided.By.Person, stamp(f.Decided.At), stamp(f.SentAt), stamp(f.ArrivedAt)}, nil) {
			return false
		}
	}
	return true
}

// Entries walks the audit of the days of a range.
func (r Records) Entries(ctx context.Context, days Range) iter.Seq2[payment.Entry, error] {
	return func(yield func(payment.Entry, error) bool) {
		y, m, d := days.From.In(payment.China).Date()
		seq, err := r.before(ctx, time.Date(y, m, d, 0, 0, 0, 0, payment.China))
		for {
			if err != nil {
				yield(payment.Entry{}, err)
				return
			}
			var page []payment.Entry
			page, err = r.Ledger.Since(ctx, seq, payment.MaxPage)
			for _, e := range page {
				if days.holds(e.At) && !yield(e, nil) {
					return
				}
				seq = e.Seq
			}
			if err == nil && (len(page) == 0 || past(page[len(page)-1].At, days)) {
				return
			}
		}
	}
}

// past reports whether a time is so far behind a range that no clock which was set brings it back.
func past(t time.Time, days Range) bool { return !days.holds(t) && t.After(days.To.AddDate(0, 0, 2)) }

// before returns a sequence number of the audit behind which everything since a time comes. It is looked for by halves,
// and two days earlier than it must be: clocks are set.
func (r Records) before(ctx context.Context, t time.Time) (seq uint64, err error) {
	t = t.AddDate(0, 0, -2)
	low, high := uint64(0), uint64(1)
	at := func(seq uint64) (late bool, err error) {
		list, err := r.Ledger.Since(ctx, seq, 1)
		return len(list) == 0 || !list[0].At.Before(t), err
	}
	for ; err == nil; high *= 2 {
		var late bool
		if late, err = at(high); late {
			break
		}
		low = high
	}
	for err == nil && low+1 < high {
		var late bool
		if late, err = at((low + high) / 2); late {
			high = (low + high) / 2
		} else {
			low = (low + high) / 2
		}
	}
	return low, err
}

// Audit is the audit of the days of a range, with the hashes that chain it.
func (r Records) Audit(ctx context.Context, days Range) Table {
	return Table{
		Name: "审计", Head: []string{"顺序号", "时间", "商户单号", "原状态", "事件", "现状态", "说明", "终端", "工号", "SHA-256"},
		Rows: func(yield func([]any, error) bool) {
			for e, err := range r.Entries(ctx, days) {
				if !yield([]any{e.Seq, stamp(e.At), e.Order, string(e.From), e.Event, string(e.To), e.Note, e.By.Device,
					e.By.Person, fmt.Sprintf("%x", e.Hash)}, err) || err != nil {
					return
				}
			}
		},
	}
}

// Differences are those of the days of a range between WeChat's bills and the ledger.
func (r Records) Differences(ctx context.Context, days Range) Table {
	return Table{
		Name: "差异", Head: []string{"账单日", "商户号", "种类", "商户单号", "微信支付单号", "商户退款单号", "终端", "本机（元）", "微信（元）", "下一步",
			"发现时间", "处理工号", "处理时间", "处理方式", "说明"},
		Rows: func(yield func([]any, error) bool) {
			for d, err := range payment.Each(ctx, r.Ledger.Differences(), payment.Range{}) {
				if err != nil {
					yield(nil, err)
					return
				}
				if days.HoldsDay(d.Day) && !yield([]any{d.Day, d.MchID, string(d.Kind), d.Order,
					d.TransactionID, d.RefundNo, d.Device, d.Ours, d.Theirs, string(d.Next), stamp(d.Found),
					d.Resolved.By.Person, stamp(d.Resolved.At), d.How, d.Note}, nil) {
					return
				}
			}
		},
	}
}

// Note is the entry of the audit that says what was taken away, by whom.
func Note(t Table, f Format, days Range, r Result, by payment.By) payment.Entry {
	return payment.Entry{Event: "exported", By: by,
		Note: fmt.Sprintf("%s %s as %s: %d rows, SHA-256 %s", t.Name, days.Days(), f, r.Rows, r.Hash)}
}
