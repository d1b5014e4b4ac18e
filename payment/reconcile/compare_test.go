package reconcile_test

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"testing"
	"time"

	"courtkiosk/payment"
	"courtkiosk/payment/ledgertest"
	"courtkiosk/payment/reconcile"
)

const (
	head = "交易时间,公众账号ID,商户号,特约商户号,设备号,微信订单号,商户订单号,用户标识,交易类型,交易状态,付款银行,货币种类,应结订单金额,代金券金额,微信退款单号,商户退款单号," +
		"退款金额,充值券退款金额,退款类型,退款状态,商品名称,商户数据包,手续费,费率,订单金额,申请退款金额,费率备注"
	foot = "总交易单数,应结订单总金额,退款总金额,充值券退款总金额,手续费总金额,订单总金额,申请退款总金额"
)

var (
	merchant = ledgertest.Request(1).Merchant
	day      = time.Date(2026, 11, 27, 0, 0, 0, 0, payment.China)
	paidAt   = day.Add(9 * time.Hour)
)

// A row is one line of a bill in the making.
type row struct {
	app, no, transaction, state, title, attach, refund string
	at                                                 time.Time
	total, back                                        payment.Fen
}

// write makes the bill of these rows as WeChat does.
func write(rows []row) string {
	lines := []string{head}
	var total, back payment.Fen
	for _, r := range rows {
		total, back = total+r.total, back+r.back
		id := "0"
		if r.refund != "" {
			id = "50" + r.refund
		}
		lines = append(lines, "`"+strings.Join([]string{r.at.Format(time.DateTime), r.app, merchant.MchID, "0", "",
			r.transaction, r.no, "o1", "NATIVE", r.state, "OTHERS", "CNY", r.total.String(), "0.00", id,
			cmp.Or(r.refund, "0"), r.back.String(), "0.00", "", "", r.title, r.attach, "0.00000", "0.00%",
			r.total.String(),
			r.back.String(), ""}, ",`"))
	}
	return strings.Join(append(lines, foot, "`"+strings.Join([]string{fmt.Sprint(len(rows)), total.String(),
		back.String(), "0.00", "0.00000", total.String(), back.String()}, ",`")), "\r\n")
}

// A books is a ledger of some payments and the bill that agrees with it.
type books struct {
	*testing.T
	ledger *ledgertest.Memory
	orders []payment.Order
	rows   []row
	unread error // what it comes to whether a device is the ledger's
}

// open returns forty payments of the day and one refund, and a bill that has others' besides.
func open(t *testing.T) *books {
	b := &books{T: t, ledger: ledgertest.NewMemory(payment.Identity{Court: "京0101", Environment: "test",
		Instance: "4f1c"})}
	for n := range 40 {
		b.pay(n, paidAt.Add(time.Duration(n)*time.Minute))
	}
	b.pay(100, day.Add(-time.Second)) // of the day before
	b.rows = b.rows[:40]
	for n := range 6 {
		b.rows = append(b.rows, b.paid(fmt.Sprint("OTHER", n), "07/9abc", 100))
	}
	for n := range 3 {
		r := b.paid(fmt.Sprint("APP", n), "", 700)
		r.app = "wx-of-a-canteen"
		b.rows = append(b.rows, r)
	}
	b.refund(b.orders[3], 100, paidAt.Add(time.Hour))
	return b
}

func (b *books) pay(n int, at time.Time) {
	b.Helper()
	o := ledgertest.New(b, b.ledger, ledgertest.Request(n), at.Add(-time.Minute))
	ledgertest.Step(b, b.ledger, o.No, func(o payment.Order) payment.Change { return o.Code("weixin://x") })
	o, err := b.ledger.Update(b.Context(), o.No, func(o payment.Order, _ []payment.Order) (payment.Change, error) {
		return o.Apply(payment.Reported{No: o.No, MchID: o.Merchant.MchID, AppID: o.Merchant.AppID, Attach: o.Attach,
			State: payment.TradeSuccess, Amount: o.Amount, Currency: "CNY", TransactionID: "42" + o.No, PaidAt: at},
			nil, at)
	})
	if err != nil || o.State != payment.Paid {
		b.Fatal(o.State, err)
	}
	b.orders = append(b.orders, o)
	b.rows = append(b.rows, row{app: merchant.AppID, no: o.No, transaction: "42" + o.No, state: "SUCCESS", at: at,
		title: "案件受理费,`保全费", attach: "03/4f1c", total: o.Amount})
}

func (b *books) paid(no, attach string, sum payment.Fen) row {
	return row{app: merchant.AppID, no: no, transaction: "42" + no, state: "SUCCESS", at: paidAt, attach: attach,
		total: sum}
}

// refund gives a part of an order back, and writes it into the bill.
func (b *books) refund(o payment.Order, sum payment.Fen, at time.Time) {
	b.Helper()
	r, err := b.ledger.AskRefund(b.Context(), o.No, "", func(of payment.Refunded) (payment.RefundChange, error) {
		return of.Ask(payment.RefundAsk{Sum: sum, By: payment.By{Person: "1"}}, paidAt)
	})
	for _, step := range []func(payment.Refund, payment.Refunded) (payment.RefundChange, error){
		func(r payment.Refund, of payment.Refunded) (payment.RefundChange, error) {
			return of.Approve(r, payment.By{Person: "2"}, paidAt)
		},
		func(r payment.Refund, of payment.Refunded) (payment.RefundChange, error) {
			return of.Send(r, nil, paidAt)
		},
		func(r payment.Refund, of payment.Refunded) (payment.RefundChange, error) {
			return of.Apply(r, payment.ReportedRefund{No: r.No, Order: r.Order, Sum: r.Sum, AcceptedAt: at,
				Status: payment.StatusProcessing}, at)
		},
	} {
		if err == nil {
			r, err = b.ledger.UpdateRefund(b.Context(), r.No, step)
		}
	}
	if err != nil {
		b.Fatal(err)
	}
	b.rows = append(b.rows, b.back(o, r.No, sum))
}

func (b *books) back(o payment.Order, no string, sum payment.Fen) row {
	return row{app: merchant.AppID, no: o.No, transaction: o.TransactionID, state: "REFUND", at: paidAt.Add(time.Hour),
		attach: "03/4f1c", refund: no, back: sum}
}

func (b *books) compare(bill io.Reader) (reconcile.Result, error) {
	return reconcile.Day(b.Context(), reconcile.Side{Ledger: b.ledger, Merchant: merchant,
		Former: []payment.Former{{Instance: "former"}},
		Device: func(_ context.Context, d string) (bool, error) { return d == "03", b.unread }}, day, bill)
}

func TestDays(t *testing.T) {
	none := func() io.Reader { return nil }
	for name, test := range map[string]struct {
		change func(b *books) func() io.Reader
		want   []reconcile.Difference
	}{
		"clean": {},
		"not at WeChat": {func(b *books) func() io.Reader { b.rows = b.rows[2:]; return nil }, []reconcile.Difference{
			{Kind: reconcile.NotAtWeChat, Ours: 270000, Next: reconcile.AskWeChat},
			{Kind: reconcile.NotAtWeChat, Ours: 270000, Next: reconcile.AskWeChat}}},
		"not with us": {func(b *books) func() io.Reader {
			b.rows = append(b.rows, b.paid("UNKNOWN", "03/4f1c", 500))
			return nil
		}, []reconcile.Difference{{Kind: reconcile.NotWithUs, Theirs: 500, Next: reconcile.AskAdopt}}},
		"not with us, under a former name": {func(b *books) func() io.Reader {
			b.rows = append(b.rows, b.paid("UNKNOWN", "03/former", 500))
			return nil
		}, []reconcile.Difference{{Kind: reconcile.NotWithUs, Theirs: 500, Next: reconcile.AskAdopt}}},
		"of a lost ledger": {func(b *books) func() io.Reader {
			b.rows = append(b.rows, b.paid("UNKNOWN", "03/lost", 500))
			return nil
		}, []reconcile.Difference{{Kind: reconcile.OfLostLedger, Theirs: 500, Next: reconcile.AskAdopt}}},
		"amount differs": {func(b *books) func() io.Reader { b.rows[5].total -= 100; return nil },
			[]reconcile.Difference{
				{Kind: reconcile.AmountDiffers, Ours: 270000, Theirs: 269900, Next: reconcile.AskWeChat}}},
		"number differs": {func(b *books) func() io.Reader { b.rows[5].transaction += "0"; return nil },
			[]reconcile.Difference{
				{Kind: reconcile.NumberDiffers, Ours: 270000, Theirs: 270000, Next: reconcile.AskWeChat}}},
		"paid the day before, as the ledger says": {func(b *books) func() io.Reader {
			b.rows = append(b.rows, b.paid(b.orders[40].No, "03/4f1c", 270000))
			return nil
		}, []reconcile.Difference{{Kind: reconcile.DayDiffers, Ours: 270000, Theirs: 270000,
			Next: reconcile.AskWeChat}}},
		"not booked": {func(b *books) func() io.Reader {
			o := ledgertest.New(b, b.ledger, ledgertest.Request(200), paidAt)
			b.rows = append(b.rows, b.paid(o.No, "03/4f1c", 270000))
			return nil
		}, []reconcile.Difference{{Kind: reconcile.NotBooked, Theirs: 270000, Next: reconcile.AskWeChat}}},
		"revoked": {func(b *books) func() io.Reader {
			r := b.rows[5]
			r.state = "REVOKED"
			b.rows = append(b.rows, r)
			return nil
		}, []reconcile.Difference{{Kind: reconcile.Revoked, Ours: 270000, Theirs: 270000, Next: reconcile.TellLead}}},
		"refund not with us": {func(b *books) func() io.Reader {
			b.rows = append(b.rows, b.back(b.orders[7], "BYHAND", 300))
			return nil
		}, []reconcile.Difference{{Kind: reconcile.RefundNotWithUs, Theirs: 300, Next: reconcile.SayReturn}}},
		"refund of the day before's payment not with us": {func(b *books) func() io.Reader {
			b.rows = append(b.rows, b.back(b.orders[40], "BYHAND", 300))
			return nil
		}, []reconcile.Difference{{Kind: reconcile.RefundNotWithUs, Theirs: 300, Next: reconcile.SayReturn}}},
		"refund differs": {func(b *books) func() io.Reader { b.rows[len(b.rows)-1].back++; return nil },
			[]reconcile.Difference{{Kind: reconcile.RefundDiffers, Ours: 100, Theirs: 101, Next: reconcile.AskWeChat}}},
		"refund not at WeChat": {func(b *books) func() io.Reader { b.rows = b.rows[:len(b.rows)-1]; return nil },
			[]reconcile.Difference{{Kind: reconcile.RefundNotAtWeChat, Ours: 100, Next: reconcile.AskWeChat}}},
		"refund that WeChat took on late at night": {func(b *books) func() io.Reader {
			b.refund(b.orders[4], 200, day.AddDate(0, 0, 1).Add(-time.Minute))
			b.rows = b.rows[:len(b.rows)-1]
			return nil
		}, []reconcile.Difference{{Kind: reconcile.RefundNotAtWeChat, Ours: 200, Next: reconcile.WaitADay}}},
		"refund of another day's bill": {func(b *books) func() io.Reader {
			b.refund(b.orders[4], 200, day.AddDate(0, 0, 1))
			b.rows = b.rows[:len(b.rows)-1]
			return nil
		}, nil},
		"no statement": {func(*books) func() io.Reader { return none }, append(slices.Repeat([]reconcile.Difference{
			{Kind: reconcile.NotAtWeChat, Ours: 270000, Next: reconcile.AskWeChat}}, 40), reconcile.Difference{
			Kind: reconcile.RefundNotAtWeChat, Ours: 100, Next: reconcile.AskWeChat})},
	} {
		t.Run(name, func(t *testing.T) {
			b := open(t)
			bill := func() io.Reader { return strings.NewReader(write(b.rows)) }
			if test.change != nil {
				if other := test.change(b); other != nil {
					bill = other
				}
			}
			got, err := b.compare(bill())
			if err != nil {
				t.Fatal(err)
			}
			before := len(audit(t, b.ledger))
			again, err := b.compare(bill())
			if err != nil || fmt.Sprint(again) != fmt.Sprint(got) || len(audit(t, b.ledger)) != before {
				t.Errorf("once more: %v, %v, was %v", again, err, got)
			}
			for i, d := range got.Differences {
				if d.Order == "" || d.TransactionID == "" {
					t.Errorf("a difference without a name: %+v", d)
				}
				d.Order, d.TransactionID, d.RefundNo, d.Line, d.MchID, d.Day, d.Device = "", "", "", 0, "", "", ""
				got.Differences[i] = d
			}
			if !slices.Equal(got.Differences, test.want) {
				t.Errorf("differences\n%+v, want\n%+v", got.Differences, test.want)
			}
			if name == "no statement" {
				return
			}
			if k, a := got.Kiosks["07"], got.Apps["wx-of-a-canteen"]; k.Rows != 6 || k.Total != 600 || a.Rows != 3 ||
				got.Unmarked.Rows != 0 {
				t.Errorf("others: %+v, %+v, %+v", k, a, got.Unmarked)
			}
		})
	}
}

func audit(t *testing.T, l payment.Ledger) []payment.Entry {
	t.Helper()
	list, err := l.Since(t.Context(), 0, 1<<20)
	if err != nil {
		t.Fatal(err)
	}
	return list
}

// A day on which nobody paid is clean, by either way in which WeChat says so.
func TestEmptyDay(t *testing.T) {
	b := &books{T: t, ledger: ledgertest.NewMemory(payment.Identity{})}
	for name, bill := range map[string]io.Reader{"no statement": nil,
		"a bill of nothing": strings.NewReader(write(nil))} {
		if r, err := b.compare(bill); err != nil || !r.Clean() {
			t.Errorf("%s: %v, %v", name, r, err)
		}
	}
}

// Nothing of a bill counts that is not believed.
func TestNothingOfABrokenBill(t *testing.T) {
	b := open(t)
	whole := write(b.rows)
	r, err := b.compare(strings.NewReader(whole[:len(whole)/2]))
	if _, bad := errors.AsType[*reconcile.BillError](err); !bad || r.Bill.Rows != 0 || len(r.Differences) != 0 {
		t.Errorf("half a bill: %v, %v", r, err)
	}
}

// Whose a row is cannot be read: then nobody says that it is another machine's.
func TestAnUnreadDeviceIsNoStranger(t *testing.T) {
	b := open(t)
	b.unread = errors.New("no answer")
	r, err := b.compare(strings.NewReader(write(b.rows)))
	if !errors.Is(err, b.unread) || len(r.Kiosks) != 0 {
		t.Errorf("%v, other kiosks %v", err, r.Kiosks)
	}
}

func BenchmarkDay(b *testing.B) {
	const n = 100_000
	ledger := ledgertest.NewMemory(payment.Identity{Instance: "4f1c"})
	rows := make([]row, n)
	for i := range rows {
		rows[i] = row{app: merchant.AppID, no: fmt.Sprintf("OTHER%027d", i), transaction: fmt.Sprintf("4200%020d", i),
			state: "SUCCESS", at: paidAt, title: "案件受理费", attach: "07/9abc", total: 270000}
	}
	text := write(rows)
	b.SetBytes(int64(len(text)))
	for b.Loop() {
		if _, err := reconcile.Day(b.Context(), reconcile.Side{Ledger: ledger, Merchant: merchant,
			Device: func(context.Context, string) (bool, error) { return false, nil }}, day,
			strings.NewReader(text)); err != nil {
			b.Fatal(err)
		}
	}
}
