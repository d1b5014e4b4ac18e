package closing_test

import (
	"context"
	"errors"
	"fmt"
	"time"

	"courtkiosk/app/bill"
	"courtkiosk/app/caseno"
	"courtkiosk/app/closing"
	"courtkiosk/app/receipt"
	"courtkiosk/app/report"
	"courtkiosk/payment"
)

// born is the morning of the day that the samples of this package are of.
var born = time.Date(2026, 11, 23, 8, 30, 2, 0, payment.China)

var merchant = payment.Merchant{MchID: "1900000001", AppID: "wx1"}

// A tester fails a test.
type tester interface {
	Helper()
	Fatalf(format string, args ...any)
}

// A world is a ledger in which people pay, and how late it is there.
type world struct {
	tester
	ledger payment.Ledger
	at     time.Time
}

var none = context.Background()

func reference(o payment.Order) string {
	return receipt.FormatReference("京0101", o.Device, o.Serial, o.CreatedAt)
}

func (w *world) book() closing.Book {
	return closing.Book{Ledger: w.ledger, Kiosk: "03", Reference: reference}
}

func (w *world) must(err error) {
	w.Helper()
	if err != nil {
		w.Fatalf("%v", err)
	}
}

// billOf is the n-th bill.
func billOf(n int, purse bill.Purse, item string, f payment.Fen) bill.Bill {
	c, err := caseno.Parse(fmt.Sprintf("（2026）京0101民初%d号", n+1), born)
	if err != nil {
		panic(err)
	}
	return bill.Bill{Case: c, Item: item, Purse: purse, Amount: f, Payer: "张小明"}
}

// open asks for a bill at a device.
func (w *world) open(device string, b bill.Bill) payment.Order {
	w.Helper()
	r, err := b.Request(merchant, "北京市东城区人民法院", []string{receipt.Effect, report.Effect}, []string{receipt.Effect})
	w.must(err)
	r.OwedBack = []string{report.Back}
	draft := payment.Order{PayWithin: 5 * time.Minute, Device: device, Attach: device + "/X"}
	o, err := w.ledger.Create(none, r, func(earlier []payment.Order) (payment.Order, error) {
		o, err := payment.Next(r, earlier, draft, w.at)
		o.Body = []byte("body of " + w.at.Format(time.RFC3339Nano))
		return o, err
	})
	w.must(err)
	return w.step(o, payment.Order.Code)
}

func (w *world) step(o payment.Order, rule func(payment.Order, string) payment.Change) payment.Order {
	w.Helper()
	o, err := w.ledger.Update(none, o.No, func(o payment.Order, _ []payment.Order) (payment.Change, error) {
		return rule(o, "weixin://wxpay/bizpayurl?pr=x"), nil
	})
	w.must(err)
	return o
}

// said applies what WeChat says of an order, for some amount.
func (w *world) said(o payment.Order, state payment.TradeState, f payment.Fen) payment.Order {
	w.Helper()
	o, err := w.ledger.Update(none, o.No, func(o payment.Order, others []payment.Order) (payment.Change, error) {
		return o.Apply(payment.Reported{
			No: o.No, MchID: o.Merchant.MchID, AppID: o.Merchant.AppID, State: state, Attach: o.Attach, Amount: f,
			Currency: "CNY", TransactionID: "4200" + o.No, PaidAt: w.at,
		}, others, w.at)
	})
	w.must(err)
	return o
}

func (w *world) pay(o payment.Order) payment.Order { return w.said(o, payment.TradeSuccess, o.Amount) }

// hand prints a receipt, or fails to.
func (w *world) hand(o payment.Order, failed error) {
	w.Helper()
	err := payment.Deliver(none, w.ledger, o.No, receipt.Effect,
		payment.Hand{Holder: "X", Until: w.at.Add(time.Minute)},
		func(payment.Effect) (string, error) { return "printed", failed },
		payment.Owed, payment.Done, payment.Doubtful)
	if err != nil && !errors.Is(err, failed) {
		w.Fatalf("%v", err)
	}
}

func (w *world) report(o payment.Order) {
	w.Helper()
	w.must(payment.Deliver(none, w.ledger, o.No, report.Effect, payment.Hand{Holder: "X", Until: w.at.Add(time.Minute)},
		func(payment.Effect) (string, error) { return "", nil }, payment.Owed))
}

// ask asks for a refund, and another person approves it.
func (w *world) ask(o payment.Order, f payment.Fen) payment.Refund {
	w.Helper()
	r, err := w.ledger.AskRefund(none, o.No, "", func(of payment.Refunded) (payment.RefundChange, error) {
		return of.Ask(payment.RefundAsk{Sum: f, Reason: "重复付款", Shown: "重复交费退回",
			By: payment.By{Device: "2号窗口", Person: "0217"}}, w.at)
	})
	w.must(err)
	return w.decide(r, func(r payment.Refund, of payment.Refunded) (payment.RefundChange, error) {
		return of.Approve(r, payment.By{Device: "2号窗口", Person: "0108"}, w.at)
	})
}

func (w *world) decide(r payment.Refund,
	rule func(payment.Refund, payment.Refunded) (payment.RefundChange, error),
) payment.Refund {
	w.Helper()
	r, err := w.ledger.UpdateRefund(none, r.No, rule)
	w.must(err)
	return r
}

func (w *world) send(r payment.Refund) payment.Refund {
	w.Helper()
	w.at = w.at.Add(2 * time.Minute) // two of one order are sent a minute apart
	return w.decide(r, func(r payment.Refund, of payment.Refunded) (payment.RefundChange, error) {
		return of.Send(r, []byte("{}"), w.at)
	})
}

func (w *world) heard(r payment.Refund, s payment.RefundStatus) payment.Refund {
	w.Helper()
	return w.decide(r, func(r payment.Refund, of payment.Refunded) (payment.RefundChange, error) {
		return of.Apply(r, payment.ReportedRefund{No: r.No, Order: r.Order, ID: "50" + r.No, Status: s, Sum: r.Sum,
			ArrivedAt: w.at}, w.at)
	})
}

// close closes a device's day.
func (w *world) close(device, person string) (payment.ClosingSheet, closing.Sheet) {
	w.Helper()
	c, s, err := w.book().Close(none, device, payment.By{Device: device, Person: person}, w.at, anybody)
	w.must(err)
	return c, s
}

func anybody(payment.Staff) error { return nil }
