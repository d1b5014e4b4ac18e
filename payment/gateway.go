package payment

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// What a Gateway can answer besides an answer. Callers branch with errors.Is; the error itself carries code,
// status and request id for the log. An error that is none of these is treated as ErrUnknown.
var (
	// ErrUnknown means: time-out, reset, 5xx, a bad signature, rubbish. It may or may not have happened.
	ErrUnknown = errors.New("payment: outcome unknown")
	// ErrUnverified means: the answer is signed, and not by a key that we believe. It may have happened.
	ErrUnverified = fmt.Errorf("%w: signature of the answer is not believed", ErrUnknown)
	// ErrNumberTaken means: a create was answered "duplicate", "paid" or "closed". Query, then believe the state.
	ErrNumberTaken = errors.New("payment: order number is taken")
	// ErrAbsent means: every configured host answered that the order does not exist. Error answers are not
	// signed, so this ends nothing but an order whose code was never known and whose time is over.
	ErrAbsent = errors.New("payment: order does not exist at the gateway")
	// ErrAbsentHere means: one host answered that the order does not exist and another did not answer. It ends
	// nothing, but it proves that the gateway is reached and understands us.
	ErrAbsentHere = fmt.Errorf("%w: order unknown at one host", ErrUnknown)
	// ErrUnauthorized means: 401. Key, serial or merchant is wrong; not the payer's fault.
	ErrUnauthorized = errors.New("payment: gateway refuses our signature")
	// ErrClock means: this machine's clock is too far from the gateway's for either to believe the other.
	ErrClock = errors.New("payment: clock is wrong")
	// ErrThrottled means: 429. Not handled; the same request later.
	ErrThrottled = errors.New("payment: gateway asks for patience")
	// ErrRefused means: the request breaks a rule or lacks a right; sending it again changes nothing.
	ErrRefused = errors.New("payment: gateway refuses the request")
)

// TradeState is WeChat's word for what became of an order.
type TradeState string

// The trade states of a Native order. Others belong to code payment and count as NotPaid.
const (
	TradeNotPaid TradeState = "NOTPAY"
	TradeSuccess TradeState = "SUCCESS"
	TradeRefund  TradeState = "REFUND"
	TradeClosed  TradeState = "CLOSED"
)

// Reported is a verified answer to a query: what WeChat says about an order.
type Reported struct {
	No            string
	MchID         string
	AppID         string
	State         TradeState
	Attach        string // only once paid
	Amount        Fen    // amount.total; zero when WeChat did not say
	Currency      string
	TransactionID string
	PaidAt        time.Time

	// Flaw says why a signed SUCCESS or REFUND cannot be booked. What it names is empty, No and MchID too where the
	// answer does not name them; what contradicts the order is no answer at all.
	Flaw     string
	Evidence Evidence // of a flawed answer
}

// A Gateway takes money. All its calls may be repeated with the same order without changing anything.
//
// A call that sends more than one request waits for Further before each of the others.
type Gateway interface {
	// Serves reports whether the gateway has the keys of the merchant.
	Serves(Merchant) bool
	// Compose returns the body of the create request for o. It is pure: no network, no clock.
	Compose(o Order) ([]byte, error)
	// Prepay sends o.Body as it is and returns the code URL.
	Prepay(ctx context.Context, o Order) (codeURL string, err error)
	// Query asks what became of the order.
	Query(ctx context.Context, o Order) (Reported, error)
	// Close asks that nobody can pay the order any more. No error proves nothing: query.
	Close(ctx context.Context, o Order) error
	// Offset is how far the gateway's clock was ahead of ours in its last answer; ok is false before the first.
	Offset() (d time.Duration, ok bool)
}

// A Refunder is a Gateway that gives back. All its calls may be repeated with the same refund: the number and the
// stored request make it one.
type Refunder interface {
	// ComposeRefund returns the body of the request for r. It is pure: no network, no clock.
	ComposeRefund(r Refund) ([]byte, error)
	// SendRefund sends r.Body as it is. Neither an error nor none proves anything: query.
	SendRefund(ctx context.Context, r Refund) error
	// QueryRefund asks what became of the refund; ErrAbsent when every host says that it knows none of its number.
	QueryRefund(ctx context.Context, r Refund) (ReportedRefund, error)
}
