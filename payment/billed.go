package payment

import (
	"context"
	"errors"
	"io"
	"time"
)

// BillKind is which of WeChat's bills of a day is meant.
type BillKind string

// The bills that WeChat makes of a merchant's day in China.
const (
	TradeBill BillKind = "trade" // payments, and refunds that were accepted
	FundBill  BillKind = "fund"  // what moved on the basic account
)

// Why there is no bill. Nobody signs the first two: they say nothing of money that the ledger has.
var (
	// ErrNoStatement means: nothing happened on the day, WeChat says.
	ErrNoStatement = errors.New("payment: WeChat has no statement of the day")
	// ErrNoBillYet means: the bill is still being made.
	ErrNoBillYet = errors.New("payment: WeChat's bill is not ready yet")
	// ErrBillDistrusted means: what came is not what WeChat has signed, or not from where it may come.
	ErrBillDistrusted = errors.New("payment: not the bill that WeChat has signed")
	// ErrNoBiller means: nobody here can fetch bills.
	ErrNoBiller = errors.New("payment: bills are not fetched here")
)

// A Biller is a Gateway that has WeChat's bills.
type Biller interface {
	// Bill writes the bill of a merchant's day in China to w, and returns the SHA-1 of it that WeChat has signed, in
	// hex. With an error nothing of what was written may be used: what it says was not proved.
	Bill(ctx context.Context, m Merchant, k BillKind, day time.Time, w io.Writer) (hash string, err error)
}

// Bill fetches a bill behind all visitors; see Biller.
func (c *Cashier) Bill(ctx context.Context, m Merchant, k BillKind, day time.Time, w io.Writer) (string, error) {
	b, ok := c.desk.Gateway.(Biller)
	if !ok {
		return "", ErrNoBiller
	}
	ctx, err := c.turn(ctx, m)
	if err != nil {
		return "", err
	}
	hash, err := b.Bill(ctx, m, k, day, w)
	if errors.Is(err, ErrThrottled) { // nothing else about a bill says how WeChat is for visitors
		c.heard(m, err)
	}
	return hash, err
}

// AskNumber asks WeChat what became of an order of a merchant that this ledger does not have. Nothing is stored.
func (c *Cashier) AskNumber(ctx context.Context, m Merchant, no string) (Reported, error) {
	ctx, err := c.turn(ctx, m)
	if err != nil {
		return Reported{}, err
	}
	r, err := c.desk.Gateway.Query(ctx, Order{No: no, Merchant: m})
	c.heard(m, err)
	return r, err
}

// AskRefundNumber asks WeChat what became of a refund of this ledger. Nothing is stored.
func (c *Cashier) AskRefundNumber(ctx context.Context, no string) (ReportedRefund, error) {
	r, err := c.desk.Ledger.Refund(ctx, no)
	if err != nil {
		return ReportedRefund{}, err
	}
	if c.desk.Refunder == nil {
		return ReportedRefund{}, ErrNoRefunds
	}
	return c.askAboutRefund(ctx, r)
}
