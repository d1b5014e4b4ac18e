// Package bill is what a case owes: the court's word, never ours. The amount of a bill comes from the court's notice.
//
// Three purses never share an order, an account or a receipt: litigation fees go to the treasury, execution money to
// a creditor through the court's execution account, fines to the treasury by another road. The purse is in a bill's
// identity, so that one notice number in two purses is two bills.
//
// How a bill stands is the court's word joined with the ledger's orders (Join). A Court is asked and told: an
// imported list (register) or the court's own case system (courtapi).
package bill

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"slices"
	"strings"
	"time"

	"golang.org/x/text/unicode/norm"

	"courtkiosk/app/caseno"
	"courtkiosk/app/fee"
	"courtkiosk/app/holiday"
	"courtkiosk/payment"
)

// A Bill is one sum that the court asks of one case.
type Bill struct {
	Case      caseno.Number
	Notice    string // number of the court's notice, empty when the list has none
	Item      string // 案件受理费
	Purse     Purse
	Amount    payment.Fen // zero when it was waived
	Payer     Person
	Corporate bool      `json:",omitzero"` // the court says that the payer is an organisation (单位)
	Cause     string    // cause of action, 案由
	Noticed   time.Time // the notice's date, midnight in China; zero when unknown
	Deadline  time.Time // the last day to pay, midnight in China; zero when unknown
	Computed  bool      `json:",omitzero"` // the court named no day: there the law's period ends; see LastDay
	Remark    string
	Withdrawn bool    // the court asks for it no more, and has said so
	Missing   bool    `json:",omitzero"` // the court's newest list leaves it out: nobody knows whether it is owed
	Settled   bool    `json:",omitzero"` // the court has its money by another way: its window, a bank
	Relief    Relief  `json:",omitzero"` // what the court has decided; shown, never judged
	Code      string  `json:",omitzero"` // payment code (缴款码) on the notice; empty when there is none
	Ref       string  `json:",omitzero"` // the court system's own name for the bill; empty of an imported list
	Version   string  `json:",omitzero"` // the court system's own mark of what it asks; empty of an imported list
	Grounds   Grounds `json:",omitzero"`
	Fiscal    Fiscal  `json:",omitzero"` // issued once it was paid
}

// Grounds are what the court computed a fee from, as far as it says so. They are for the clerk's comparison with the
// law.
type Grounds struct {
	Kind   fee.Kind    // empty when the court does not say, and the item can be several
	Amount payment.Fen // in dispute; zero when the court does not say
	Half   bool
}

// Relief is what a court has granted a party (诉讼费用交纳办法 chapter 6).
type Relief string

// The reliefs.
const (
	Waived   Relief = "waived"   // 免交
	Reduced  Relief = "reduced"  // 减交
	Deferred Relief = "deferred" // 缓交
)

// Reliefs lists the reliefs.
var Reliefs = []Relief{Waived, Reduced, Deferred}

// Title is the relief's name in Chinese.
func (r Relief) Title() string {
	return map[Relief]string{Waived: "免交", Reduced: "减交", Deferred: "缓交"}[r]
}

// Payable reports whether the court asks for money.
func (b Bill) Payable() bool { return !b.Withdrawn && !b.Missing && !b.Settled && b.Amount > 0 }

// PrintedPayer is the payer as receipts print it. Nothing else of a payer is kept.
func (b Bill) PrintedPayer() string { return b.Payer.Printed(b.Corporate) }

// ID is the bill's identity within its court: purse and notice number, else purse, case number (without 之一) and item.
// It never holds amount, payer, date or row, so that a corrected list still means the same bill. Width and
// spaces do not count: a notice that was paid as ＺＸ－１ must not be asked for again as ZX-1.
func (b Bill) ID() string {
	if b.Notice != "" {
		return string(b.Purse) + " notice " + fold(b.Notice)
	}
	return string(b.Purse) + " " + b.Case.BaseString() + " " + fold(b.Item)
}

func fold(s string) string { return strings.Join(strings.Fields(norm.NFKC.String(s)), "") }

// Key names the bill to money: the court is the case's own, so that machines of two courts that both serve it mean
// one bill.
func (b Bill) Key() payment.Key {
	return payment.Key{Court: b.Case.Court, Purse: string(b.Purse), Bill: b.ID()}
}

// Quote names what a visitor confirms: who is asked for how much, for what and until when. Whatever of it the court
// changes needs another confirmation.
func (b Bill) Quote() string {
	h := sha256.New()
	for _, part := range []string{b.ID(), b.Case.String(), b.Item, b.Amount.String(), b.Payer.String(), b.Cause,
		b.Deadline.Format(time.DateOnly),
		fmt.Sprint(b.Withdrawn, b.Settled), string(b.Relief), b.Version} {
		fmt.Fprintf(h, "%d:%s", len(part), part)
	}
	return hex.EncodeToString(h.Sum(nil)[:8])
}

// A Query asks for bills by a case number, or by the payment code of a notice.
type Query struct {
	Case caseno.Number
	Code string // set alone
}

// A Finder knows what cases owe.
type Finder interface {
	// Find returns the bills of a case, or of a payment code, withdrawn and settled ones too. None is ErrNotFound.
	Find(ctx context.Context, q Query) ([]Bill, error)
	// Again returns a bill as the court asks for it now. One that it does not know any more is ErrNotFound.
	Again(ctx context.Context, b Bill) (Bill, error)
}

// A Court is asked what cases owe, and told what was paid.
type Court interface {
	Finder
	// Close releases what the court is asked by.
	Close() error
	// Tell tells the court of a payment; it may be told again. No error means that the court knows of it. A
	// *RefusedError is its last word.
	Tell(ctx context.Context, p Paid) error
}

// A Listed court is a list that was given to this machine: it has no secrets, and it says itself when it changes.
type Listed interface {
	// All returns every bill of the list.
	All(ctx context.Context) ([]Bill, error)
	// Watch takes in the list at a path whenever it is replaced there, until ctx ends; imported is called after each.
	Watch(ctx context.Context, path string, log *slog.Logger, imported func(context.Context))
}

// A Checked court can be asked how it is.
type Checked interface {
	// Health returns why the court cannot be asked now; nil when it can.
	Health(ctx context.Context) error
}

// What a Finder refuses besides what the system says.
var (
	// ErrNotFound means: the court has no bill of the case or code.
	ErrNotFound = errors.New("bill: case not found")
	// ErrUnreachable means: the court's system gave no answer, or none that can be believed. Nothing is known.
	ErrUnreachable = errors.New("bill: the court's system does not answer")
)

// Paid is what a court is told about a payment.
type Paid struct {
	Bill          Bill // as it was when it was paid, without payer
	Amount        payment.Fen
	TransactionID string // WeChat's: the court knows a payment by it
	OrderNo       string
	Merchant      string // the merchant number that the money went to
	PaidAt        time.Time
	Receipt       string // number of the receipt
	Kiosk         string
}

// A RefusedError is the court's answer to a report that it will not take, however often it is told: somebody at the
// window must look.
type RefusedError struct{ Reason Reason }

func (e *RefusedError) Error() string {
	return "bill: the court refuses the payment: " + string(e.Reason)
}

// Reason is why a court refuses a report.
type Reason string

// The reasons.
const (
	AmountDiffers Reason = "amount-differs" // it asked for another amount
	WasWithdrawn  Reason = "withdrawn"      // it did not ask any more
	WasSettled    Reason = "settled"        // it was paid by another way before
	UnknownBill   Reason = "unknown-bill"   // it does not know the bill
	PurseDiffers  Reason = "purse-differs"  // the money belongs to another account
	OtherReason   Reason = "refused"        // whatever else; the log has its words
)

// Objects says why the court would not have b paid with an amount; nil when it would.
func (b Bill) Objects(amount payment.Fen) error {
	switch {
	case b.Withdrawn:
		return &RefusedError{WasWithdrawn}
	case b.Settled:
		return &RefusedError{WasSettled}
	case b.Missing:
		return &RefusedError{UnknownBill}
	case b.Amount != amount:
		return &RefusedError{AmountDiffers}
	}
	return nil
}

// AgainstLaw compares what the court asks with the fee schedule, for a clerk's eyes: no visitor is told. checked is
// false when the court does not say what the fee is for, or has granted relief.
func (b Bill) AgainstLaw() (low, high payment.Fen, ok, checked bool) {
	kind := b.Grounds.Kind
	if kind == "" {
		kind, _ = fee.KindOf(b.Item)
	}
	rule, known := fee.RuleOf(kind)
	if b.Purse != Litigation || b.Relief != "" || !known || rule.Priced() && b.Grounds.Amount == 0 {
		return 0, 0, false, false
	}
	low, high, ok, err := fee.Lawful(kind, b.Grounds.Amount, b.Amount,
		fee.Modifiers{Half: b.Grounds.Half, On: b.Noticed})
	return low, high, ok, err == nil
}

// Purse is the account that a bill's money belongs to.
type Purse string

// The purses.
const (
	Litigation Purse = "litigation" // 诉讼费
	Execution  Purse = "execution"  // 执行款
	Fine       Purse = "fine"       // 罚款
)

// Purses lists the purses.
var Purses = []Purse{Litigation, Execution, Fine}

// Title is the purse's name in Chinese, as the court writes it on receipts.
func (p Purse) Title() string {
	switch p {
	case Litigation:
		return "诉讼费"
	case Execution:
		return "执行款"
	case Fine:
		return "罚款"
	}
	return string(p)
}

// items are the sums that a court takes (诉讼费用交纳办法 arts. 6, 7, 10; execution money and fines by their names).
var items = map[string]Purse{
	"案件受理费": Litigation, "受理费": Litigation, "诉讼费": Litigation, "反诉受理费": Litigation, "反诉案件受理费": Litigation,
	"上诉案件受理费": Litigation, "上诉受理费": Litigation, "再审案件受理费": Litigation, "第三人案件受理费": Litigation,
	"申请费": Litigation, "申请执行费": Litigation, "执行费": Litigation, "执行申请费": Litigation,
	"财产保全申请费": Litigation, "财产保全费": Litigation, "保全费": Litigation, "行为保全申请费": Litigation, "证据保全申请费": Litigation,
	"支付令申请费": Litigation, "公示催告申请费": Litigation, "撤销仲裁裁决申请费": Litigation, "认定仲裁协议效力申请费": Litigation,
	"破产申请费": Litigation, "实现担保物权申请费": Litigation, "船舶优先权催告申请费": Litigation, "海事强制令申请费": Litigation,
	"设立海事赔偿责任限制基金申请费": Litigation, "海事债权登记申请费": Litigation, "管辖权异议受理费": Litigation,
	"复制费": Litigation, "证人出庭费": Litigation,
	"执行款": Execution, "执行案款": Execution, "案款": Execution,
	"罚款": Fine, "罚金": Fine, "司法罚款": Fine,
}

// notCollected are costs that go to whoever did the work; a court may not take them (art. 12).
var notCollected = []string{"鉴定", "公告", "勘验", "翻译", "评估", "拍卖", "变卖", "仓储", "保管", "运输", "船舶监管"}

// attending are people whose travel and lost earnings a court does collect (arts. 6(3), 11).
var attending = strings.NewReplacer("鉴定人", "", "翻译人员", "", "理算人员", "")

// ErrNotCollected means: a cost that a court may not collect for somebody else (诉讼费用交纳办法 art. 12).
var ErrNotCollected = errors.New("bill: a court may not collect this cost (Order 481, art. 12)")

// ErrUnknownItem means: the item names no purse.
var ErrUnknownItem = errors.New("bill: unknown item; name its purse in a column of its own")

// Items returns every item whose purse is known by its name, in no order.
func Items() []string { return slices.Collect(maps.Keys(items)) }

// PurseOf returns the purse that an item belongs to.
func PurseOf(item string) (Purse, error) {
	if p, ok := items[item]; ok {
		return p, nil
	}
	return "", ErrUnknownItem
}

// Collectable reports ErrNotCollected for costs that a court may not take, whatever purse is named.
func Collectable(item string) error {
	item = attending.Replace(item)
	for _, word := range notCollected {
		if strings.Contains(item, word) && strings.Contains(item, "费") {
			return ErrNotCollected
		}
	}
	return nil
}

// LastDay returns the last day to pay, midnight in China; zero when unknown. A day that the court has named stands. A
// computed period that ends on a day off ends on the first working day after it; sure is false where a holiday may lie
// that is not announced yet.
func (b Bill) LastDay(c holiday.Calendar) (day time.Time, sure bool) {
	if !b.Computed {
		return b.Deadline, true
	}
	return c.LastDay(b.Deadline)
}

// SevenDays reports whether a bill is payable within seven days from the day after its notice when the court names no
// day: litigation fees are (art. 22), but execution and bankruptcy fees are never prepaid (art. 20).
func SevenDays(item string, p Purse) bool {
	return p == Litigation && !strings.Contains(item, "执行") && !strings.Contains(item, "破产")
}

// ParsePurse reads a purse by its name in Chinese or English.
func ParsePurse(text string) (Purse, error) {
	for _, p := range Purses {
		if text == string(p) || text == p.Title() {
			return p, nil
		}
	}
	if text == "案款" || text == "执行案款" {
		return Execution, nil
	}
	return "", fmt.Errorf("bill: unknown purse; want 诉讼费, 执行款 or 罚款")
}

// QuietCauses are the words of the causes that no screen in a lobby shows, where the court names no others: marriage
// and family, minors, a person's safety, body, mind, honour and privacy.
var QuietCauses = []string{"离婚", "婚姻", "婚约", "彩礼", "同居", "抚养", "扶养", "赡养", "收养", "监护", "探望", "亲子", "继承", "分家",
	"家庭", "未成年", "虐待", "遗弃", "人身安全", "性骚扰", "性侵", "猥亵", "强奸", "隐私", "个人信息", "名誉", "行为能力", "强制医疗"}

// Sensitive reports whether a cause of action has one of the words, and must not be shown where others can read it.
func Sensitive(cause string, words []string) bool {
	return slices.ContainsFunc(words, func(word string) bool { return strings.Contains(cause, word) })
}
