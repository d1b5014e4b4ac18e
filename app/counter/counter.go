package counter

import (
	"cmp"
	"context"
	"log/slog"
	"sync"
	"time"

	"courtkiosk/app/bill"
	"courtkiosk/app/holiday"
	"courtkiosk/app/receipt"
	"courtkiosk/payment"
)

const effectReceipt = receipt.Effect

// A Cashier takes the counter's payments: a *payment.Cashier.
type Cashier interface {
	Take(ctx context.Context, r payment.Request) (payment.Followed, error)
	Walk(ctx context.Context, r payment.Request, f payment.Followed, again func(context.Context) error) (
		payment.Followed, error)
	Followed(no string) (payment.Followed, bool)
	Stirs(no string) (changed <-chan struct{}, stop func())
	Recall(ctx context.Context, r payment.Request) (payment.Order, error)
	Replay(ctx context.Context, all []payment.Request) error
	Probe(ctx context.Context, m payment.Merchant) error
	Look(ctx context.Context, o payment.Order) (payment.Order, error)
	Health(m payment.Merchant) payment.Health
	Serves(m payment.Merchant) bool
	Twice(ctx context.Context) error
	Unserved() map[string]int
	Now() time.Time
}

// A Signer signs receipts: a *receipt.SigningKey.
type Signer interface {
	Sign(r receipt.Receipt) receipt.Receipt // without a code when the key was revoked
}

// A House is what the counter says of its court and of itself.
type House struct {
	Court       string // code of the court that the counter belongs to
	Name        string // of the court
	Payee       string
	Kiosk       string // the device of whoever names none
	Window      string // where people help
	Fiscal      string // where and when the fiscal receipt comes
	Hotline     string
	Environment receipt.Environment // whether money is real
}

// Options are what a Counter works with. All are needed.
type Options struct {
	Ledger   payment.Ledger
	Keeper   payment.Keeper
	Cashier  Cashier
	Court    bill.Court
	Signer   Signer
	Ring     func() (receipt.Ring, error) // the keys that receipts' codes are believed by, as they stand now
	House    House
	Merchant func(bill.Purse) payment.Merchant // who is paid what belongs to a purse
	Serves   func(court string) bool           // whether the cases of a court, by its code, are served
	Holidays holiday.Calendar                  // for the last day of a period
	Quiet    []string                          // words of the causes that are not shown
	Desk     bool                              // a clerk's page shows what this ledger holds
	Report   string                            // the kind of work that tells the court of a payment
	// the kind of work that tells it how much of a payment came back
	ReportBack string
	Log        *slog.Logger
}

// A Counter is asked by faces. It keeps nothing of what it has shown: what it must know again stands in the bill's
// name, in the quote and in the ledger. Its methods may be called by several goroutines, and every error of theirs is
// a *Refusal.
type Counter struct {
	Options

	mu     sync.Mutex
	proven map[claim]time.Time // until when a visit may print
	walks  map[*walk]bool
}

// A claim is a visit's to an order.
type claim struct{ order, visit string }

// New returns a counter.
func New(o Options) *Counter {
	return &Counter{Options: o, walks: make(map[*walk]bool), proven: make(map[claim]time.Time)}
}

// Reference is the local number of an order on slips and screens: ZF-0101-03-261123-0087. WeChat does not know it.
func (h House) Reference(o payment.Order) string {
	return receipt.FormatReference(h.Court, cmp.Or(o.Device, h.Kiosk), o.Serial, o.CreatedAt)
}

// ReceiptNumber is the number of the receipt of a paid order.
func (h House) ReceiptNumber(o payment.Order) string {
	return receipt.FormatNumber(h.Court, cmp.Or(o.Device, h.Kiosk), o.Sequence, o.PaidAt)
}
