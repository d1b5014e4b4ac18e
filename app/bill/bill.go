// Package bill is what a case owes: the court's word, never ours. The amount of a bill comes from the court's notice.
//
// Three purses never share an order, an account or a receipt: litigation fees go to the treasury, execution money to a
// creditor through the court's execution account, fines to the treasury by another road.
package bill

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"golang.org/x/text/unicode/norm"

	"courtkiosk/app/caseno"
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
	Cause     string    // cause of action, 案由
	Noticed   time.Time // the notice's date, midnight in China; zero when unknown
	Deadline  time.Time // the last day to pay, midnight in China; zero when unknown
	Remark    string
	Withdrawn bool // the court asks for it no more
}

// ID is the bill's identity within its court: purse and notice number, else purse, case number (without 之一) and item.
// It never holds amount, payer, date or row, so that a corrected list still means the same bill. Width and
// spaces do not count: a notice that was paid as ＺＸ－１ must not be asked for again as ZX-1.
func (b Bill) ID() string {
	if b.Notice != "" {
		return string(b.Purse) + " notice " + fold(b.Notice)
	}
	return string(b.Purse) + " " + b.Case.Base().String() + " " + fold(b.Item)
}

func fold(s string) string { return strings.Join(strings.Fields(norm.NFKC.String(s)), "") }

// Key names the bill to money.
func (b Bill) Key(court string) payment.Key {
	return payment.Key{Court: court, Purse: string(b.Purse), Bill: b.ID()}
}

// A Finder knows what cases owe.
type Finder interface {
	// Find returns the bills of a case, withdrawn ones too. A case without any is ErrNotFound.
	Find(ctx context.Context, n caseno.Number) ([]Bill, error)
}

// ErrNotFound means: the court's list has no bill of the case.
var ErrNotFound = errors.New("bill: case not found")

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

// sensitive are causes that no screen in a lobby shows.
var sensitive = []string{"离婚", "婚姻", "同居", "抚养", "扶养", "赡养", "收养", "监护", "探望", "继承", "家庭", "人身安全", "性骚扰", "强奸", "隐私", "名誉", "未成年", "婚约", "彩礼", "亲子",
	"虐待", "遗弃", "猥亵", "行为能力", "强制医疗"}

// Sensitive reports whether a cause of action must not be shown where others can read it.
func Sensitive(cause string) bool {
	for _, word := range sensitive {
		if strings.Contains(cause, word) {
			return true
		}
	}
	return false
}
