package payment_test

import (
	"fmt"
	"time"

	"courtkiosk/payment"
)

// A payment that WeChat reports settles an order, whatever the visitor did meanwhile: here it overtook a cancel. What
// is owed because of it comes with the change, to become durable in the same transaction.
func ExampleOrder_Apply() {
	o := payment.Order{
		No:       "FW6KZAUH6FTPYTUTMSQHRYBRNQ6IHHPM",
		Merchant: payment.Merchant{MchID: "1900000001", AppID: "wx8888888888888888"},
		Attach:   "03/4f1c", Amount: 270000, State: payment.Waiting, Owed: []string{"receipt", "report"},
	}
	o = o.AskClose(payment.Wish{Source: payment.ByVisit, At: time.Now()}).Order
	fmt.Println(o.State)

	now := time.Date(2026, 11, 23, 12, 0, 0, 0, payment.China)
	c, err := o.Apply(payment.Reported{
		No: o.No, MchID: o.Merchant.MchID, AppID: o.Merchant.AppID, Attach: o.Attach, State: payment.TradeSuccess,
		Amount: 270000, Currency: "CNY", TransactionID: "4200001234202611230000000001", PaidAt: now,
	}, nil, now)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(c.Order.State, c.Order.PaidAmount, c.Order.Oddity)
	for _, e := range c.Owed {
		fmt.Println("owed:", e.Kind)
	}
	// Output:
	// closing
	// paid 2700.00 paid-while-closing
	// owed: receipt
	// owed: report
}
