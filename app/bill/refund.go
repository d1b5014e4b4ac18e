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

// RefundOf returns what a court is told of money that came back of a paid order outside of this program: what it does
// not know yet, by a number of our own. WeChat's is not known, nor the day: it is when somebody said so.
func RefundOf(o payment.Order, p Paid) Refund {
	r := o.Returned
	return Refund{No: fmt.Sprintf("%s-%d", o.No, r.Sum), Paid: p, Amount: r.Sum - r.Told, RefundedAt: r.At,
		Reason: "returned outside of the kiosk"}
}
