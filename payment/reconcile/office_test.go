package reconcile_test

import (
	"context"
	"crypto/rand"
	"crypto/rsa"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"courtkiosk/payment"
	"courtkiosk/payment/bolt"
	"courtkiosk/payment/ledgertest"
	"courtkiosk/payment/reconcile"
	"courtkiosk/payment/wechat"
	"courtkiosk/payment/wechatsim"
)

var keys = sync.OnceValue(func() (list []*rsa.PrivateKey) {
	for range 2 {
		k, err := rsa.GenerateKey(rand.Reader, 2048)
		if err != nil {
			panic(err)
		}
		list = append(list, k)
	}
	return list
})

const canteen = "wx-of-a-canteen"

// An office is a ledger whose payments went to the simulator over the real client, and that fetches its bills there.
type office struct {
	*testing.T
	*reconcile.Office
	sim    *wechatsim.Sim
	gate   *wechat.Gateway
	day    time.Time
	orders []payment.Order
	edits  func(fields []string, no string) []string // of the bills' rows
}

// inOffice runs fn with forty payments of today, one of yesterday, six of other kiosks, three of a canteen and one
// refund. The clock is that of a bubble.
func inOffice(t *testing.T, fn func(o *office)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		l, err := bolt.Open(filepath.Join(t.TempDir(), "ledger.db"), payment.Identity{Court: "京0101",
			Environment: "test"}, bolt.Options{})
		if err != nil {
			t.Fatal(err)
		}
		defer l.Close()
		fn(newOffice(t, l))
	})
}

func newOffice(t *testing.T, l payment.Ledger) *office {
	t.Helper()
	const serial = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"
	sim, err := wechatsim.New(wechatsim.Options{Key: keys()[1], FeeRate: 60, Merchants: []wechatsim.Merchant{
		{MchID: merchant.MchID, AppID: merchant.AppID, Serial: serial, PublicKey: &keys()[0].PublicKey}}})
	if err != nil {
		t.Fatal(err)
	}
	gate, err := wechat.New(wechat.Config{Hosts: []string{"https://sim.example"}, Transport: sim.Transport(),
		Accounts: []wechat.Account{{Merchant: merchant, MerchantSerial: serial, PrivateKey: keys()[0],
			PublicKeyID: sim.PublicKeyID(), PublicKey: sim.PublicKey(), NotifyURL: "https://court.example/n"}}})
	if err != nil {
		t.Fatal(err)
	}
	log := slog.New(slog.DiscardHandler)
	o := &office{T: t, sim: sim, gate: gate, day: time.Now(), Office: &reconcile.Office{Ledger: l, Log: log,
		Cashier: payment.NewCashier(payment.Desk{Ledger: l, Gateway: gate, Refunder: gate, Kiosk: "03", Log: log,
			May: func(payment.RefundAct) error { return nil }}),
		Device: func(_ context.Context, d string) (bool, error) { return d == "03", nil }}}
	for n := range 40 {
		o.pay(n)
	}
	for n := range 6 {
		sim.PayElsewhere(o.elsewhere(fmt.Sprint("OTHER", n), "07/9abc", merchant.AppID, 100))
	}
	for n := range 3 {
		sim.PayElsewhere(o.elsewhere(fmt.Sprint("CANTEEN", n), "", canteen, 700))
	}
	o.giveBack(o.orders[3], 100)
	return o
}

func (o *office) elsewhere(no, attach, app string, sum int64) wechatsim.Order {
	return wechatsim.Order{MchID: merchant.MchID, AppID: app, No: no, Attach: attach, Total: sum,
		Description: "午餐,`加蛋,两份"}
}

// open opens an order and has WeChat make its code.
func (o *office) open(n int) payment.Order {
	o.Helper()
	r := ledgertest.Request(n)
	r.Title, r.Device = "案件受理费,`保全费", "03"
	order := ledgertest.New(o.T, o.Ledger, r, time.Now())
	order.Attach = "03/" + o.Ledger.Identity().Instance
	order.Expires = time.Now().Add(5 * time.Minute)
	body, err := o.gate.Compose(order)
	if order.Body = body; err == nil {
		_, err = o.gate.Prepay(o.Context(), order)
	}
	if err != nil {
		o.Fatal(err)
	}
	ledgertest.Step(o.T, o.Ledger, order.No, func(s payment.Order) payment.Change {
		s.Attach = order.Attach
		return s.Code("weixin://x")
	})
	return order
}

func (o *office) pay(n int) {
	o.Helper()
	order := o.open(n)
	if err := o.sim.Pay(order.No); err != nil {
		o.Fatal(err)
	}
	order, err := o.Cashier.Ask(o.Context(), order.No)
	if err != nil || order.State != payment.Paid {
		o.Fatal(order.State, err)
	}
	o.orders = append(o.orders, order)
}

// giveBack has two persons give a part of an order back, and hears that WeChat has taken it on.
func (o *office) giveBack(order payment.Order, sum payment.Fen) payment.Refund {
	o.Helper()
	return o.hear(o.send(order, sum))
}

// send has two persons give a part of an order back, and hears nothing of it.
func (o *office) send(order payment.Order, sum payment.Fen) payment.Refund {
	o.Helper()
	r, err := o.Cashier.AskRefund(o.Context(), order.No, payment.RefundAsk{ID: order.No, Sum: sum, Reason: "double",
		Shown: "重复交费退回", By: payment.By{Person: "1"}})
	if err == nil {
		r, err = o.Cashier.ApproveRefund(o.Context(), r.No, payment.By{Person: "2"})
	}
	if err == nil {
		r, err = o.Ledger.UpdateRefund(o.Context(), r.No, func(r payment.Refund, of payment.Refunded) (
			payment.RefundChange, error) {
			body, err := o.gate.ComposeRefund(r)
			if err != nil {
				return payment.RefundChange{}, err
			}
			return of.Send(r, body, time.Now())
		})
	}
	if err == nil {
		err = o.gate.SendRefund(o.Context(), r)
	}
	if err != nil {
		o.Fatal(err)
	}
	return r
}

// hear asks WeChat what became of a refund, and stores it.
func (o *office) hear(r payment.Refund) payment.Refund {
	o.Helper()
	said, err := o.gate.QueryRefund(o.Context(), r)
	if err == nil {
		r, err = o.Ledger.UpdateRefund(o.Context(), r.No, func(r payment.Refund, of payment.Refunded) (
			payment.RefundChange, error) {
			return of.Apply(r, said, time.Now())
		})
	}
	if err != nil {
		o.Fatal(err)
	}
	return r
}

// arrive has the refund of an order come to its payer.
func (o *office) arrive(order string) {
	o.Helper()
	list, err := o.Ledger.RefundsOf(o.Context(), order)
	if err == nil {
		err = o.sim.Arrive(list[0].No, wechatsim.Arrived)
	}
	if err != nil {
		o.Fatal(err)
	}
	o.hear(list[0])
}

// lost has the trade bill leave out the refund of an order.
func (o *office) lost(no string) {
	o.edit(no, func(f []string) []string {
		if f[9] == "REFUND" {
			return nil
		}
		return f
	})
}

func (o *office) morning() {
	now := time.Now().In(payment.China)
	time.Sleep(time.Until(time.Date(now.Year(), now.Month(), now.Day()+1, 10, 1, 0, 0, payment.China)))
}

func (o *office) imported() payment.Statement {
	o.Helper()
	st, err := o.Import(o.Context(), merchant, o.day)
	if err != nil {
		o.Fatal(err)
	}
	return st
}

func (o *office) found() []payment.Difference {
	o.Helper()
	list, err := reconcile.Of(o.Context(), o.Ledger, merchant.MchID, o.day)
	if err != nil {
		o.Fatal(err)
	}
	return list
}

func (o *office) audited() int {
	o.Helper()
	return len(audit(o.T, o.Ledger))
}

// The eight days of reconciliation, over the real road: signed question, signed hash, packed file.
func TestDaysByTheRoad(t *testing.T) {
	plain := func(d payment.Difference) payment.Difference {
		return payment.Difference{Kind: d.Kind, Ours: d.Ours, Theirs: d.Theirs, Next: d.Next, Said: d.Said}
	}
	for name, test := range map[string]struct {
		before func(o *office) // on the day
		after  func(o *office) // in the morning
		state  payment.StatementState
		want   []payment.Difference
		heal   bool // then the bill is true again, and the day is clean
	}{
		"clean, commas in titles": {state: payment.StatementRead},
		"not at WeChat": {after: func(o *office) {
			o.without(o.orders[0].No)
			o.without(o.orders[1].No)
		}, state: payment.StatementRead, want: []payment.Difference{
			{Kind: reconcile.NotAtWeChat, Ours: 270000, Next: reconcile.AskWeChat, Said: "paid 2700.00"},
			{Kind: reconcile.NotAtWeChat, Ours: 270000, Next: reconcile.AskWeChat, Said: "paid 2700.00"}}, heal: true},
		"not with us": {before: func(o *office) {
			o.sim.PayElsewhere(o.elsewhere("UNKNOWN", "03/"+o.Ledger.Identity().Instance, merchant.AppID, 500))
		}, state: payment.StatementRead, want: []payment.Difference{
			{Kind: reconcile.NotWithUs, Theirs: 500, Next: reconcile.AskAdopt, Said: "SUCCESS 5.00"}}},
		"amount differs": {after: func(o *office) { o.cheaper(o.orders[5].No) }, state: payment.StatementRead,
			want: []payment.Difference{
				{Kind: reconcile.AmountDiffers, Ours: 270000, Theirs: 269900, Next: reconcile.AskWeChat,
					Said: "paid 2700.00"},
				{Kind: reconcile.FundsDiffer, Ours: 268280, Theirs: 268380, Next: reconcile.TellLead}}, heal: true},
		"refund not with us": {before: func(o *office) {
			if err := o.sim.PartOutside(o.orders[7].No, "BYHAND", 300); err != nil {
				o.Fatal(err)
			}
		}, state: payment.StatementRead, want: []payment.Difference{{Kind: reconcile.RefundNotWithUs, Theirs: 300,
			Next: reconcile.SayReturn, Said: "paid 2700.00, some came back"}}},
		"a refund not at WeChat": {after: func(o *office) { o.lost(o.orders[3].No) }, state: payment.StatementRead,
			want: []payment.Difference{{Kind: reconcile.RefundNotAtWeChat, Ours: 100, Next: reconcile.AskWeChat,
				Said: "refund PROCESSING 1.00"}}, heal: true},
		"a refund that has arrived not at WeChat": {before: func(o *office) { o.arrive(o.orders[3].No) },
			after: func(o *office) { o.lost(o.orders[3].No) }, state: payment.StatementRead,
			want: []payment.Difference{{Kind: reconcile.RefundNotAtWeChat, Ours: 100, Next: reconcile.AskWeChat,
				Said: "refund SUCCESS 1.00"}}, heal: true},
		"no statement of a day with payments": {after: func(o *office) {
			o.sim.Rewrite(func(bool, string) string { return "" })
		}, state: payment.StatementRead, heal: true, want: func() (list []payment.Difference) {
			for range 40 {
				list = append(list, payment.Difference{Kind: reconcile.NotAtWeChat, Ours: 270000,
					Next: reconcile.AskWeChat, Said: "paid 2700.00"})
			}
			return append(list, payment.Difference{Kind: reconcile.RefundNotAtWeChat, Ours: 100,
				Next: reconcile.AskWeChat, Said: "refund PROCESSING 1.00"})
		}()},
		"wrong hash": {after: func(o *office) {
			o.sim.Inject(func(c wechatsim.Call) *wechatsim.Fault {
				return &wechatsim.Fault{Distort: func(a map[string]any) {
					if _, is := a["hash_value"]; is {
						a["hash_value"] = strings.Repeat("a", 40)
					}
				}}
			})
		}, state: payment.StatementRefused, heal: true},
		"another merchant's": {after: func(o *office) {
			o.sim.Rewrite(func(_ bool, text string) string {
				return strings.Replace(text, "`"+merchant.MchID+",", "`1999999999,", 1)
			})
		}, state: payment.StatementRefused, heal: true},
		"another day's": {after: func(o *office) {
			day := o.day.In(payment.China)
			o.sim.Rewrite(func(_ bool, text string) string {
				return strings.ReplaceAll(text, day.Format(time.DateOnly), day.AddDate(0, 0, -1).Format(time.DateOnly))
			})
		}, state: payment.StatementRefused, heal: true},
		"a summary that lies": {after: func(o *office) {
			o.sim.Rewrite(func(_ bool, text string) string { return strings.Replace(text, "`50.0,", "`51.0,", 1) })
		}, state: payment.StatementRefused, heal: true},
		"another layout": {after: func(o *office) {
			o.sim.Rewrite(func(_ bool, text string) string { return strings.Replace(text, "商户订单号", "订单号", 1) })
		}, state: payment.StatementRefused, heal: true},
		"cut off": {after: func(o *office) {
			o.sim.Rewrite(func(_ bool, text string) string { return text[:len(text)/2] })
		}, state: payment.StatementRefused, heal: true},
		"a transfer that breaks off": {after: func(o *office) {
			o.sim.Inject(func(c wechatsim.Call) *wechatsim.Fault {
				if c.Op == "download" {
					return &wechatsim.Fault{Cut: 500}
				}
				return nil
			})
		}, state: payment.StatementAbsent, heal: true},
		"not booked": {before: func(o *office) {
			order := o.open(60)
			if err := o.sim.Pay(order.No); err != nil {
				o.Fatal(err)
			}
			// closed here, and paid all the same
			ledgertest.Step(o.T, o.Ledger, order.No, func(s payment.Order) payment.Change {
				s.State = payment.Closed
				return payment.Change{Order: s, Event: payment.SaidClosed}
			})
		}, state: payment.StatementRead, want: []payment.Difference{{Kind: reconcile.NotBooked, Theirs: 270000,
			Next: reconcile.AskWeChat, Said: "paid 2700.00"}}},
	} {
		t.Run(name, func(t *testing.T) {
			inOffice(t, func(o *office) {
				if test.before != nil {
					test.before(o)
				}
				if st := o.imported(); st.State != payment.StatementAbsent {
					o.Errorf("today's: %+v", st)
				}
				o.morning()
				if test.after != nil {
					test.after(o)
				}
				st, list := o.imported(), o.found()
				got := make([]payment.Difference, len(list))
				for i, d := range list {
					got[i] = plain(d)
					if name == "not booked" && (d.How != payment.HowBooked || d.Open()) {
						o.Errorf("not booked by a signed query: %+v", d)
					}
				}
				if st.State != test.state || fmt.Sprint(got) != fmt.Sprint(test.want) {
					o.Errorf("%s, %s, want %s\n%+v, want\n%+v", st.State, st.Why, test.state, got, test.want)
				}
				n := o.audited()
				if again := o.imported(); again.State != st.State || o.audited() != n ||
					fmt.Sprint(o.found()) != fmt.Sprint(list) {
					o.Errorf("once more: %+v, %d entries, had %d", again, o.audited(), n)
				}
				if !test.heal {
					return
				}
				o.sim.Inject(nil)
				o.sim.Rewrite(nil)
				if st := o.imported(); st.State != payment.StatementRead || st.Found != 0 || st.Hash == "" ||
					st.Funds == "" {
					o.Errorf("healed: %+v", st)
				}
				for _, d := range o.found() {
					if d.Open() {
						o.Errorf("open though the bill is right: %+v", d)
					}
				}
			})
		})
	}
}

// without has the bills leave out an order.
func (o *office) without(no string) { o.edit(no, func([]string) []string { return nil }) }

// cheaper has the trade bill say a yuan less of an order.
func (o *office) cheaper(no string) {
	o.edit(no, func(f []string) []string {
		if len(f) == 27 {
			f[12], f[24] = "2699.00", "2699.00"
		}
		return f
	})
}

// edit has the bills change the fields of an order's rows, besides what was changed before.
func (o *office) edit(no string, change func([]string) []string) {
	before := o.edits
	o.edits = func(f []string, n string) []string {
		if before != nil {
			if f = before(f, n); f == nil {
				return nil
			}
		}
		if n == no {
			return change(f)
		}
		return f
	}
	o.sim.Rewrite(func(trade bool, text string) string { return edited(trade, text, o.edits) })
}

// edited changes rows of a bill and makes its summary anew.
func edited(trade bool, text string, change func([]string, string) []string) string {
	lines := strings.Split(strings.TrimSuffix(text, "\r\n"), "\r\n")
	rows, out := lines[1:len(lines)-2], lines[:1:1]
	var sums [4]payment.Fen // paid, back, in, out
	var fees, n, ins int
	sum := func(s string) payment.Fen {
		var yuan, cents int
		if _, err := fmt.Sscanf(strings.TrimPrefix(s, "-"), "%d.%2d", &yuan, &cents); err != nil {
			panic(err)
		}
		return payment.Fen(yuan*100 + cents)
	}
	for _, row := range rows {
		f := strings.Split(strings.TrimPrefix(row, "`"), ",`")
		if trade && len(f) > 27 { // a title with commas and back-ticks
			title := strings.Join(f[20:20+len(f)-26], ",`")
			f = append(append(append([]string{}, f[:20]...), title), f[20+len(f)-26:]...)
		}
		no := f[len(f)-1]
		if trade {
			no = f[6]
		}
		if f = change(f, no); f == nil {
			continue
		}
		n++
		out = append(out, "`"+strings.Join(f, ",`"))
		if !trade {
			if f[5] == "收入" {
				sums[2] += sum(f[6])
				ins++
			} else {
				sums[3] += sum(f[6])
			}
			continue
		}
		sums[0] += sum(f[24])
		sums[1] += sum(f[16])
		fee := int(sum(f[22]))
		if strings.HasPrefix(f[22], "-") {
			fee = -fee
		}
		fees += fee
	}
	last := fmt.Sprintf("`%d,`%d,`%s,`%d,`%s", n, ins, sums[2], n-ins, sums[3])
	if trade {
		last = fmt.Sprintf("`%d,`%s,`%s,`0.00,`%s000,`%s,`%s", n, sums[0], sums[1], payment.Fen(fees), sums[0], sums[1])
	}
	return strings.Join(append(out, lines[len(lines)-2], last), "\r\n") + "\r\n"
}

// A day on which nobody paid is empty, and that it is counts only without payments.
func TestEmptyDayByTheRoad(t *testing.T) {
	inOffice(t, func(o *office) {
		o.day = o.day.AddDate(0, 0, -1)
		o.morning()
		st := o.imported()
		if st.State != payment.StatementEmpty || !st.Settled() || len(o.found()) != 0 {
			o.Errorf("%+v", st)
		}
		var sums reconcile.Sums
		if err := sums.Read(st); err != nil || sums.Funds == nil {
			o.Errorf("whether money left to the bank is not known: %+v, %v", sums, err)
		}
	})
}

// dying is a ledger whose process is killed before its nth write to the books.
type dying struct {
	payment.Ledger
	left *int
}

var errKilled = errors.New("killed")

type dyingBook[T payment.Keyed] struct {
	payment.Book[T]
	left *int
}

func (b dyingBook[T]) Update(ctx context.Context, key string, rule func(T, payment.Staff) (T, payment.Entry, error)) (
	T, error) {
	if *b.left--; *b.left < 0 {
		var zero T
		return zero, errKilled
	}
	return b.Book.Update(ctx, key, rule)
}

func (l dying) Statements() payment.Book[payment.Statement] {
	return dyingBook[payment.Statement]{l.Ledger.Statements(), l.left}
}

func (l dying) Differences() payment.Book[payment.Difference] {
	return dyingBook[payment.Difference]{l.Ledger.Differences(), l.left}
}

// Killed before any write, and begun again, a day comes to the same.
func TestKilledInADay(t *testing.T) {
	inOffice(t, func(o *office) {
		o.sim.PayElsewhere(o.elsewhere("UNKNOWN", "03/"+o.Ledger.Identity().Instance, merchant.AppID, 500))
		if err := o.sim.PartOutside(o.orders[7].No, "BYHAND", 300); err != nil {
			o.Fatal(err)
		}
		o.morning()
		o.without(o.orders[0].No)
		whole, writes := o.Ledger, 0
		for ; ; writes++ {
			left := writes
			o.Ledger = dying{whole, &left}
			st, err := o.Import(o.Context(), merchant, o.day)
			o.Ledger = whole
			if err == nil {
				if st.Found != 3 || st.State != payment.StatementRead {
					o.Errorf("%+v", st)
				}
				break
			}
			if !errors.Is(err, errKilled) {
				o.Fatal(err)
			}
			if st, err := whole.Statements().Get(o.Context(), merchant.MchID+"/"+o.day.In(payment.China).
				Format(time.DateOnly)); err == nil && st.Settled() {
				o.Fatalf("settled after %d writes", writes)
			}
		}
		if writes < 4 {
			o.Errorf("only %d writes", writes)
		}
		entries := map[string]int{}
		for _, e := range audit(o.T, whole) {
			entries[e.Event]++
		}
		if entries["difference-found"] != 3 || entries["difference-asked"] != 3 || entries["bill-read"] != 1 {
			o.Errorf("the audit says %v", entries)
		}
	})
}

// A payment whose days differ across midnight is one payment: the bill of the day beside ends both differences.
func TestAcrossMidnight(t *testing.T) {
	inOffice(t, func(o *office) {
		now := time.Now().In(payment.China)
		time.Sleep(time.Until(time.Date(now.Year(), now.Month(), now.Day()+1, 0, 0, -2, 0, payment.China)))
		o.pay(50)
		last := o.orders[len(o.orders)-1]
		// WeChat's bill has it two seconds later
		o.morning()
		o.without(last.No)
		if st, list := o.imported(), o.found(); st.Found != 1 || list[0].Next != reconcile.WaitADay || !list[0].Open() {
			o.Fatalf("%+v %+v", st, list)
		}
		next := o.elsewhere(last.No, last.Attach, merchant.AppID, int64(last.Amount))
		next.TransactionID, next.PaidAt = last.TransactionID, time.Now()
		o.sim.PayElsewhere(next)
		o.sim.Rewrite(nil)
		first := o.day
		o.day = o.day.AddDate(0, 0, 1)
		o.morning()
		o.imported()
		if list := o.found(); len(list) != 1 || list[0].Kind != reconcile.DayDiffers ||
			list[0].How != payment.HowNextBill {
			o.Errorf("the day after: %+v", list)
		}
		o.day = first
		if list := o.found(); len(list) != 1 || list[0].How != payment.HowNextBill {
			o.Errorf("the day before: %+v", list)
		}
	})
}

// A refund that WeChat took on just before midnight, as it says, and that the bill of the day after has, is no
// difference of either day.
func TestRefundAcrossMidnight(t *testing.T) {
	inOffice(t, func(o *office) {
		now := time.Now().In(payment.China)
		time.Sleep(time.Until(time.Date(now.Year(), now.Month(), now.Day()+1, 0, 0, -2, 0, payment.China)))
		r := o.giveBack(o.orders[9], 300)
		line := ""
		o.sim.Rewrite(func(trade bool, text string) string {
			return edited(trade, text, func(f []string, no string) []string {
				if trade && no == r.Order && f[9] == "REFUND" {
					line = strings.Join(f, ",`")
					return nil
				}
				return f
			})
		})
		o.morning()
		if st, list := o.imported(), o.found(); st.Found != 1 || list[0].Kind != reconcile.RefundNotAtWeChat ||
			list[0].Next != reconcile.WaitADay || !list[0].Open() {
			o.Fatalf("%+v %+v", st, list)
		}
		first := o.day
		o.day = o.day.AddDate(0, 0, 1)
		o.sim.PayElsewhere(o.elsewhere("OTHER", "07/9abc", merchant.AppID, 100)) // else there is no bill
		o.sim.Rewrite(func(trade bool, text string) string {
			if !trade || strings.Contains(text, r.No) {
				return text
			}
			at := o.day.In(payment.China)
			later := strings.ReplaceAll(line, first.In(payment.China).Format(time.DateOnly), at.Format(time.DateOnly))
			lines := strings.SplitAfter(text, "\r\n")
			lines[0] += "`" + later + "\r\n"
			return edited(trade, strings.Join(lines, ""), func(f []string, _ string) []string { return f })
		})
		o.morning()
		if st := o.imported(); st.State != payment.StatementRead || st.Found != 0 {
			o.Errorf("the day after: %+v %+v", st, o.found())
		}
		o.day = first
		if list := o.found(); len(list) != 1 || list[0].How != payment.HowNextBill {
			o.Errorf("the day before: %+v", list)
		}
	})
}

// A day whose fund-flow bill is missing is not settled: it is asked for again, and the day stays as it was read.
func TestFundsMissing(t *testing.T) {
	inOffice(t, func(o *office) {
		o.morning()
		o.sim.Inject(func(c wechatsim.Call) *wechatsim.Fault {
			if c.Op == "fund bill" {
				return &wechatsim.Fault{Before: true, Status: 400, Code: "STATEMENT_CREATING"}
			}
			return nil
		})
		for range 2 {
			if st := o.imported(); st.State != payment.StatementRead || st.Hash == "" || st.Settled() ||
				st.FundsWhy != "STATEMENT_CREATING" || len(o.found()) != 0 {
				o.Errorf("without a fund-flow bill: %+v", st)
			}
		}
		o.sim.Inject(nil)
		read := o.imported()
		if !read.Settled() || read.Funds == "" {
			o.Errorf("with it: %+v", read)
		}
		for name, f := range map[string]wechatsim.Fault{"nothing": {Lost: true, Before: true},
			"no trade bill": {Before: true, Status: 400, Code: "STATEMENT_CREATING"}} {
			o.sim.Inject(func(wechatsim.Call) *wechatsim.Fault { return &f })
			o.imported()
			st, err := o.Ledger.Statements().Get(o.Context(), read.Key())
			if err != nil || !st.Settled() || st.Funds != read.Funds || string(st.Sums) != string(read.Sums) {
				o.Errorf("%s, later: %+v, %v", name, st, err)
			}
		}
	})
}

// What was paid to this ledger, and what it has lost, is taken in by a signed query when somebody knows whose it was;
// what says another attach than the bill, or is nobody's, stays a clerk's.
func TestLostOrderByTheRoad(t *testing.T) {
	for name, tt := range map[string]struct {
		attach string // as the query says; the bill has ours
		known  bool
		booked bool
	}{"ours": {known: true, booked: true}, "nobody knows whose": {}, "another's": {attach: "07/9abc", known: true}} {
		t.Run(name, func(t *testing.T) {
			inOffice(t, func(o *office) {
				ctx, stop := context.WithCancel(o.Context())
				if err := o.Cashier.Start(ctx, false); err != nil {
					o.Fatal(err)
				}
				defer o.Cashier.Wait()
				defer stop()
				r := ledgertest.Request(70)
				o.Recover = func(ctx context.Context, _ payment.Merchant, no string) (bool, error) {
					if !tt.known || no != r.Key.Number(merchant, 1) {
						return false, nil
					}
					_, err := o.Cashier.Recall(ctx, r)
					return true, err
				}
				lost := o.elsewhere(r.Key.Number(merchant, 1), "03/"+o.Ledger.Identity().Instance, merchant.AppID,
					int64(r.Amount))
				lost.Description = "案件受理费"
				o.sim.PayElsewhere(lost)
				if tt.attach != "" {
					o.sim.Inject(func(wechatsim.Call) *wechatsim.Fault {
						return &wechatsim.Fault{Distort: func(a map[string]any) {
							if a["out_trade_no"] == lost.No {
								a["attach"] = tt.attach
							}
						}}
					})
				}
				o.morning()
				st, list := o.imported(), o.found()
				if len(list) != 1 || list[0].Kind != reconcile.NotWithUs || list[0].Open() == tt.booked ||
					st.Found == 0 == !tt.booked {
					o.Fatalf("%+v\n%+v", st, list)
				}
				order, err := o.Ledger.Order(o.Context(), lost.No)
				if tt.booked && (err != nil || order.State != payment.Paid || !order.Recovered ||
					list[0].How != payment.HowBooked) {
					o.Errorf("%+v, %v, %+v", order, err, list[0])
				}
				if !tt.booked && !errors.Is(err, payment.ErrNotFound) {
					o.Errorf("booked all the same: %+v, %v", order, err)
				}
				n := o.audited()
				if again := o.imported(); again.Found != st.Found || o.audited() != n {
					o.Errorf("once more: %+v, %d entries, had %d", again, o.audited(), n)
				}
			})
		})
	}
}

// The court answers for each payment: what it has, refuses and waits for comes to what the ledger has.
func TestWordsOfTheCourt(t *testing.T) {
	inOffice(t, func(o *office) {
		o.Court = func(_ context.Context, no string) (reconcile.CourtWord, error) {
			switch no {
			case o.orders[0].No:
				return reconcile.CourtRefuses, nil
			case o.orders[1].No, o.orders[2].No:
				return reconcile.CourtWaits, nil
			}
			return reconcile.CourtHas, nil
		}
		o.morning()
		var sums reconcile.Sums
		if err := sums.Read(o.imported()); err != nil {
			o.Fatal(err)
		}
		one := o.orders[0].PaidAmount
		want := map[reconcile.CourtWord]reconcile.Share{reconcile.CourtRefuses: {Rows: 1, Total: one},
			reconcile.CourtWaits: {Rows: 2, Total: 2 * one}}
		if *sums.Told != (reconcile.Share{Rows: 37, Total: 37 * one}) || !maps.Equal(sums.Untold, want) {
			o.Errorf("the court has %+v, of the others %+v", *sums.Told, sums.Untold)
		}
	})
}

// A refund that WeChat took on long ago, as is heard only after the bill of that day was read, and whose row is not in
// it: the day is read again, once.
func TestLateRefund(t *testing.T) {
	inOffice(t, func(o *office) {
		r := o.send(o.orders[9], 300)
		o.lost(r.Order)
		o.morning()
		read := o.imported()
		late := func() []string {
			o.Helper()
			st, err := o.Ledger.Statements().Get(o.Context(), read.Key())
			if err != nil {
				o.Fatal(err)
			}
			days, err := o.Late(o.Context(), merchant, map[string]payment.Statement{st.Day: st})
			if err != nil {
				o.Fatal(err)
			}
			return days
		}
		if days := late(); read.Found != 0 || len(days) != 0 {
			o.Fatalf("before anything is heard: %+v, late %v", read, days)
		}
		time.Sleep(50 * time.Hour)
		o.hear(r)
		if days := late(); !slices.Equal(days, []string{read.Day}) {
			o.Fatalf("late are %v", days)
		}
		st, list := o.imported(), o.found()
		if st.Found != 1 || list[0].Kind != reconcile.RefundNotAtWeChat || list[0].RefundNo != r.No ||
			len(late()) != 0 {
			o.Errorf("read again: %+v\n%+v, late %v", st, list, late())
		}
	})
}
