// Package receipt is what a receipt says: the facts of one payment, its number, its amount in capitals, and what
// printers have in common. How it looks is app/receipt/paper's business.
//
// A receipt proves a payment and is not a fiscal receipt (财政票据); it says so. Its QR holds a statement signed by the
// kiosk, which anybody with the list of public keys can check without a network.
package receipt

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"courtkiosk/payment"
)

// Effect is the kind of work that a payment owes to its receipt.
const Effect = "receipt"

// A Receipt is what is printed for one payment.
type Receipt struct {
	Number        string // of the receipt; a copy keeps it
	Copy          int    // 1 is the original; a later one is marked 补打
	Court         string
	Payee         string
	Case          string
	Item          string
	Purse         string // title of the purse: 诉讼费, 执行款, 罚款
	Payer         string // organisations whole, people masked
	Amount        payment.Fen
	PaidAt        time.Time
	Returned      payment.ReturnedState // how much came back since
	Back          payment.Fen           // that sum, of part and all
	TransactionID string                // WeChat's
	OrderNo       string                // ours at WeChat
	Reference     string                // ours on this machine: ZF-…
	Kiosk         string
	Window        string
	Fiscal        string // where and when the fiscal receipt comes
	FiscalCode    string // 票据代码, of the one that the court has issued; empty while it has said nothing
	FiscalNumber  string // 票据号码
	FiscalCheck   string // 校验码
	FiscalIssued  time.Time
	Hotline       string
	Code          string // what the QR says: see SigningKey.Sign; empty once the key was revoked
	Environment   Environment
}

// Title is the receipt's heading.
func (r Receipt) Title() string {
	if r.Purse == "诉讼费" || r.Purse == "" {
		return r.Purse + "交费凭证"
	}
	return r.Purse + "交款凭证"
}

// A Slip is what is printed beside receipts: a Verification, an Estimate, a FeeTable, a Referral, a RefundRequest or a
// Sheet. It proves no payment.
type Slip interface {
	// Name tells the slip from others.
	Name() string
}

// Name is the order's reference.
func (v Verification) Name() string { return v.Reference }

// An Estimate is a slip that says what a case would cost by the fee schedule, and how that is computed. It is no bill.
type Estimate struct {
	Court   string
	Title   string // 财产案件
	Law     string
	Article string // of the law
	Steps   []Step
	Fee     string
	At      time.Time
	Kiosk   string
	Window  string
	Hotline string

	Environment Environment
}

// A Step is one line of an estimate.
type Step struct{ Label, Sum string }

// Name is the day and time of the estimate.
func (e Estimate) Name() string { return "GS-" + e.At.In(payment.China).Format("20060102-150405") }

// A FeeTable is a slip that says what is charged by law for what: a court shows it to whoever asks.
type FeeTable struct {
	Court   string
	Law     string
	Kinds   []FeeKind
	At      time.Time
	Kiosk   string
	Window  string
	Hotline string

	Environment Environment
}

// A FeeKind is one line of the fee schedule, with what is charged.
type FeeKind struct {
	Name  string
	Rates []Step
}

// Name is the day and time of the table.
func (t FeeTable) Name() string { return "SF-" + t.At.In(payment.China).Format("20060102-150405") }

// A Referral is a slip for the window: why a visit did not go on, and what a clerk needs to go on with it. It names
// nobody, and no case: whoever finds it on the floor is told nothing.
type Referral struct {
	Court     string
	Code      string // B-01
	Title     string // as the screen said
	Said      string
	Read      []Fact // what was read, the case number masked
	OrderNo   string // empty where there is no payment
	Reference string
	At        time.Time
	Kiosk     string
	Window    string
	Hotline   string

	Environment Environment
}

// A Fact is a line of a slip.
type Fact struct{ Label, Value string }

// Name is the day and time of the referral.
func (r Referral) Name() string { return "CK-" + r.At.In(payment.China).Format("20060102-150405") }

// A RefundRequest is the form with which somebody asks at the window for a payment back. It says what the window needs
// to find the payment; that anybody has asked for anything, or will get it, it does not say. Its Code is that of the
// payment's receipt: who may have the one may have the other.
type RefundRequest struct {
	Court         string
	Reference     string // ours on this machine: ZF-…
	Case          string
	Item          string
	Amount        payment.Fen
	PaidAt        time.Time
	Returned      payment.ReturnedState // how much came back before
	Back          payment.Fen           // that sum, of a part
	TransactionID string                // WeChat's; only its last digits are printed
	OrderNo       string                // ours at WeChat
	Code          string                // what the QR says; empty once the key was revoked
	At            time.Time
	Kiosk         string // that prints it
	Window        string
	Hours         string // of the window; empty where none are set
	Hotline       string

	Environment Environment
}

// Name is the payment's reference.
func (r RefundRequest) Name() string { return "TK-" + r.Reference }

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

	Environment Environment
}

// FormatNumber writes a receipt's number: court digits, kiosk, day of payment in China, the ledger's sequence.
func FormatNumber(court, kiosk string, sequence uint64, paidAt time.Time) string {
	_, first := utf8.DecodeRuneInString(court)
	return fmt.Sprintf("PZ-%s-%s-%s-%06d", court[first:], kiosk, paidAt.In(payment.China).Format("060102"), sequence)
}

// FormatReference writes the local number of an order on slips and screens: court digits, kiosk, day of creation in
// China, its running number of that day. WeChat does not know it.
func FormatReference(court, kiosk string, serial uint64, created time.Time) string {
	_, first := utf8.DecodeRuneInString(court)
	return fmt.Sprintf("ZF-%s-%s-%s-%04d", court[first:], kiosk, created.In(payment.China).Format("060102"), serial)
}

// ParseReference returns the day and the running number that a reference names; ok is false of a text that is none.
func ParseReference(text string) (day time.Time, serial uint64, ok bool) {
	parts := strings.Split(text, "-")
	if len(parts) != 5 || parts[0] != "ZF" {
		return day, 0, false
	}
	day, err := time.ParseInLocation("060102", parts[3], payment.China)
	if err != nil {
		return day, 0, false
	}
	serial, err = strconv.ParseUint(parts[4], 10, 64)
	return day, serial, err == nil && serial > 0
}

// Outcome is what is known of a print.
type Outcome string

// The outcomes of a print, by what they were proven with, the best first. They are kept in the ledger; one from before
// December 2026 may also hold "printed, clean status", which is no proof and reads as Sent: see OutcomeOf.
const (
	// the printer repeated a number behind it, or a file is whole on disk
	PrintedProven Outcome = "printed"
	PrintedJob    Outcome = "printed, job completed"  // the printer, or its queue, called the job completed
	PrintedInLine Outcome = "printed, in-line status" // it answered every question that stands behind the print data
	Sent          Outcome = "sent"                    // every byte was taken; nothing proves paper
)

// Proven reports whether there is any proof of paper.
func (o Outcome) Proven() bool { return o == PrintedProven || o == PrintedJob || o == PrintedInLine }

// OutcomeOf reads the note of a print that did not fail.
func OutcomeOf(note string) Outcome {
	if o := Outcome(note); o.Proven() {
		return o
	}
	return Sent
}

// Condition is what keeps a printer from printing, or soon will.
type Condition string

// The conditions of a printer.
const (
	PaperOut    Condition = "paper-out"
	CoverOpen   Condition = "cover-open"
	Jammed      Condition = "jammed"      // the knife or the paper is stuck
	Broken      Condition = "broken"      // it does not recover by itself
	Offline     Condition = "offline"     // it says so, without a reason
	Unreachable Condition = "unreachable" // there is no line to it, or that broke off
	Silent      Condition = "silent"      // reached, and it does not answer: never taken for fine
	// of the paper: it prints, and a new roll should be at hand; never in a TroubleError
	NearEnd Condition = "near-end"
)

// A TroubleError says what is wrong with a printer, and whether there may be paper.
type TroubleError struct {
	Condition Condition
	Began     bool  // some of the slip was sent
	Err       error // details for the log
}

func (e *TroubleError) Error() string {
	return fmt.Sprintf("%v: %s: %v", e.sentinel(), e.Condition, e.Err)
}

func (e *TroubleError) sentinel() error {
	if e.Began {
		return ErrInterrupted
	}
	return ErrNothingSent
}

// Unwrap gives ErrInterrupted when there may be paper, else ErrNothingSent.
func (e *TroubleError) Unwrap() []error { return []error{e.sentinel(), e.Err} }

// What a Printer refuses.
var (
	// ErrNothingSent means: the printer was not reached; not one byte left this machine.
	ErrNothingSent = fmt.Errorf("receipt: printer not reached: %w", payment.ErrNotBegun)
	// ErrInterrupted means: some bytes were sent and then no more: there may be paper.
	ErrInterrupted = errors.New("receipt: printer stopped while printing")
	// ErrNoPrinter means: none is configured.
	ErrNoPrinter = fmt.Errorf("%w: no printer is configured", ErrNothingSent)
)

// Note is what the ledger keeps of a print: what it was proven with, or what was wrong with the printer.
func Note(out Outcome, err error) string {
	if trouble, ok := errors.AsType[*TroubleError](err); ok {
		return string(trouble.Condition)
	}
	return string(out)
}

// A Printer puts slips on paper, or into a folder. An error is ErrNothingSent or ErrInterrupted.
type Printer interface {
	Print(ctx context.Context, r Receipt) (Outcome, error)
	PrintSlip(ctx context.Context, s Slip) (Outcome, error)
	// Ready returns why nothing could be printed now: a *TroubleError or ErrNoPrinter. It is asked before money is
	// taken.
	Ready(ctx context.Context) error
}

// A Finder is a Printer that keeps what it printed and can be asked for it: after a crash, of a receipt that was handed
// to it, before that counts as perhaps printed.
type Finder interface {
	// Printed returns what proves that this copy of a receipt was printed; false where nothing does, which proves no
	// opposite.
	Printed(number string, nth int) (Outcome, bool)
}

// A Warner is a Printer that knows what will keep it from printing soon.
type Warner interface {
	// Warning returns NearEnd, or nothing, as it was when the printer was asked last: Ready asks it.
	Warning() Condition
}

// A Tidier is a Printer in which an interrupted slip stays until it is taken out: on the paper, where the next slip
// would begin below it, and in the printer's buffer.
type Tidier interface {
	// Tidy feeds out what an earlier process may have left, marks it as void on paper and cuts it off. Call it at start
	// when work was in hand: when the ledger has a receipt that was handed to the printer and not ended. An error is
	// ErrNothingSent; the printer then tidies before it prints anything else, so nothing needs to be called again.
	Tidy(ctx context.Context) error
	// TakeOut does the same for what was interrupted in this process, or not tidied yet, and nothing when all slips are
	// out. It need not be called: before the next slip it is done anyhow. As soon as Ready returns nil again it spares
	// the next visitor the sight of the last one's paper.
	TakeOut(ctx context.Context) error
}

// None is the printer of a machine that has none.
type None struct{}

// Print refuses with ErrNoPrinter.
func (None) Print(context.Context, Receipt) (Outcome, error) { return "", ErrNoPrinter }

// PrintSlip refuses with ErrNoPrinter.
func (None) PrintSlip(context.Context, Slip) (Outcome, error) { return "", ErrNoPrinter }

// Ready refuses with ErrNoPrinter.
func (None) Ready(context.Context) error { return ErrNoPrinter }
