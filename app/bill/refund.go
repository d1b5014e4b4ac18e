package bill

import (
	"context"
	"fmt"
	"time"

	"courtkiosk/payment"
)

// A Refund is money of a payment that was given back.
type Refund struct {
	No         string // of the refund, within the payment
	Paid       Paid
	Amount     payment.Fen
	RefundedAt time.Time
	Reason     string // no personal data
}

// A Refunding court can be told that money of a payment was given back.
type Refunding interface {
	// TellRefund tells the court of a refund; it may be told again. Its errors are those of Court.Tell.
	TellRefund(ctx context.Context, r Refund) error
}

// RefundsOf returns what a court is told of money that came back of a paid order, as far as it was not told before.
// Each refund of ours that has arrived goes by WeChat's number of it, with the day of its arrival: told once more it is
// the same. What came back outside of this program goes by a number of our own, for WeChat's is not known, nor the day:
// it is when somebody said so. given are the order's refunds.
func RefundsOf(o payment.Order, given []payment.Refund, p Paid) (told []Refund) {
	if o.Refunding.Done > o.Returned.Ours {
		for _, r := range given {
			if r.State == payment.RefundDone {
				told = append(told, Refund{No: r.No, Paid: p, Amount: r.Sum, RefundedAt: r.ArrivedAt,
					Reason: "refunded at the window"})
			}
		}
	}
	outside, before := o.Returned.Sum-o.Refunding.Done, o.Returned.Told-o.Returned.Ours
	if outside > before {
		told = append(told, Refund{No: fmt.Sprintf("%s-%d", o.No, outside), Paid: p, Amount: outside - before,
			RefundedAt: o.Returned.At, Reason: "returned outside of the kiosk"})
	}
	return told
}
