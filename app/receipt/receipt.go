// Package receipt is what a receipt says: the facts of one payment, its number, its amount in capitals, and what printers have in
// common. How it looks is app/receipt/paper's business.
//
// A receipt proves a payment and is not a fiscal receipt (财政票据); it says so. Its QR holds a statement signed by the kiosk, which
// anybody with the list of public keys can check without a network.
package receipt

import (
	"context"
	"errors"
	"fmt"
	"time"
	"unicode/utf8"

	"courtkiosk/payment"
)

// A Receipt is what is printed for one payment.
type Receipt struct {
	Number        string // of the receipt; a copy keeps it
	Copy          int    // 1 is the original; a later one is marked 补打
	Court         string
	Payee         string
	Case          string
	Item          string
	Purse         string // title of the purse: 诉讼费, 执行款, 罚款
	Payer         string // masked
	Amount        payment.Fen
	PaidAt        time.Time
	TransactionID string // WeChat's
	OrderNo       string // ours at WeChat
	Reference     string // ours on this machine: ZF-…
	Kiosk         string
	Window        string
	Fiscal        string // where and when the fiscal receipt comes
	Hotline       string
	Code          string // what the QR says: see SigningKey.Sign
	Demo          bool
}

// Title is the receipt's heading.
func (r Receipt) Title() string {
	if r.Purse == "诉讼费" || r.Purse == "" {
		return r.Purse + "交费凭证"
	}
	return r.Purse + "交款凭证"
}

// A Verification is a slip for a payment whose outcome is not known yet. It proves nothing but that somebody asked.
type Verification struct {
	Court     string
	Reference string
	OrderNo   string
	Amount    payment.Fen
	At        time.Time
	Kiosk     string
	Window    string
	Hotline   string
	Demo      bool
}

// FormatNumber writes a receipt's number: court digits, kiosk, day of payment in China, the ledger's sequence.
func FormatNumber(court, kiosk string, sequence uint64, paidAt time.Time) string {
	_, first := utf8.DecodeRuneInString(court)
	return fmt.Sprintf("PZ-%s-%s-%s-%06d", court[first:], kiosk, paidAt.In(payment.China).Format("060102"), sequence)
}

// Outcome is what is known of a print.
type Outcome string

// The outcomes of a print.
const (
	Printed Outcome = "printed" // proven
	Sent    Outcome = "sent"    // every byte was taken; nothing proves paper
)

// What a Printer refuses.
var (
	// ErrNothingSent means: the printer was not reached; not one byte left this machine.
	ErrNothingSent = fmt.Errorf("receipt: printer not reached: %w", payment.ErrNotBegun)
	// ErrInterrupted means: some bytes were sent and then no more: there may be paper.
	ErrInterrupted = errors.New("receipt: printer stopped while printing")
	// ErrNoPrinter means: none is configured.
	ErrNoPrinter = fmt.Errorf("%w: no printer is configured", ErrNothingSent)
)

// A Printer puts slips on paper, or into a folder. An error is ErrNothingSent or ErrInterrupted.
type Printer interface {
	Print(ctx context.Context, r Receipt) (Outcome, error)
	PrintVerification(ctx context.Context, v Verification) (Outcome, error)
}
