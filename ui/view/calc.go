package view

import (
	"strconv"
	"strings"

	"courtkiosk/app/fee"
	"courtkiosk/app/message"
	"courtkiosk/app/receipt"
	"courtkiosk/payment"
)

// A Calculator is a fee being estimated by a visitor. Its methods return the calculator after a touch. What it says
// is no bill.
type Calculator struct {
	Kind fee.Kind
	Yuan string // digits of the amount in dispute
	Half bool
}

// CalcKinds are the kinds that people ask for at a window; the others are the clerk's (courtkiosk fee).
var CalcKinds = []fee.Kind{fee.Property, "divorce", "labour", fee.Enforcement, fee.Preservation, "payment_order"}

// longestYuan is how many digits an amount may have: 99,999,999,999 yuan.
const longestYuan = 11

// NewCalculator begins an estimate.
func NewCalculator() Calculator { return Calculator{Kind: CalcKinds[0]} }

// Apply returns the calculator after an intent, and whether the intent was its own.
func (c Calculator) Apply(i Intent) (Calculator, bool) {
	rule, _ := fee.RuleOf(c.Kind)
	switch i.Kind {
	case Digit:
		if rule.Priced() && len(c.Yuan) < longestYuan && (c.Yuan != "" || i.Arg != "0") && len(i.Arg) == 1 &&
			strings.Contains("0123456789", i.Arg) {
			c.Yuan += i.Arg
		}
	case Backspace:
		c.Yuan = c.Yuan[:max(0, len(c.Yuan)-1)]
	case Clear:
		c.Yuan = ""
	case PickKind:
		if picked, ok := fee.RuleOf(fee.Kind(i.Arg)); ok {
			c.Kind = picked.Kind
			c.Half = c.Half && picked.Halves
			if !picked.Priced() {
				c.Yuan = ""
			}
		}
	case Halve:
		c.Half = rule.Halves && !c.Half
	default:
		return c, false
	}
	return c, true
}

func (c Calculator) amount() payment.Fen {
	yuan, _ := strconv.ParseInt(c.Yuan, 10, 64) // digits, few enough
	return payment.Fen(yuan * 100)
}

// estimates returns what the law says: one sum, or the lowest and the highest where the court sets a figure within a
// range.
func (c Calculator) estimates() (list []fee.Estimate) {
	rule, _ := fee.RuleOf(c.Kind)
	bases := []payment.Fen{0}
	if rule.Ranged() {
		bases = []payment.Fen{payment.Fen(rule.Base[0] * 100), payment.Fen(rule.Base[1] * 100)}
	}
	for _, b := range bases {
		if e, err := fee.Quote(c.Kind, c.amount(), fee.Modifiers{Base: b, Half: c.Half}); err == nil {
			list = append(list, e)
		}
	}
	return list
}

// fee writes the estimate; empty while the amount is not known.
func (c Calculator) fee() string {
	rule, _ := fee.RuleOf(c.Kind)
	if rule.Priced() && len(rule.Base) == 0 && c.Yuan == "" {
		return ""
	}
	var sums []string
	for _, e := range c.estimates() {
		sums = append(sums, e.Fee.Yuan())
	}
	return strings.Join(sums, " – ")
}

// Screen shows the calculator.
func (c Calculator) Screen(lang message.Lang) Calc {
	rule, _ := fee.RuleOf(c.Kind)
	v := Calc{Kind: string(c.Kind), Yuan: c.Yuan, Priced: rule.Priced(), Half: c.Half, CanHalf: rule.Halves,
		Fee: c.fee()}
	if c.Yuan != "" {
		v.Amount = round(c.amount())
	}
	for _, k := range CalcKinds {
		v.Kinds = append(v.Kinds, Row{string(k), message.Text(lang, "calckind."+string(k))})
	}
	return v
}

// Steps shows how the estimate is computed; of a range, the highest.
func (c Calculator) Steps(lang message.Lang) CalcSteps {
	list := c.estimates()
	if len(list) == 0 {
		return CalcSteps{}
	}
	e := list[len(list)-1]
	return CalcSteps{Title: message.Text(lang, "calckind."+string(c.Kind)), Law: Said(Term(lang, e.Law)),
		Article: Article(lang, e.Article), Rows: FeeSteps(lang, e), Folded: folded(lang, e), Fee: c.fee()}
}

// Slip is the estimate as it is printed: in Chinese, as a court's papers are.
func (c Calculator) Slip() receipt.Estimate {
	v := c.Steps(message.Chinese)
	e := receipt.Estimate{Title: v.Title, Law: v.Law, Article: v.Article, Fee: v.Fee}
	for _, r := range v.Rows {
		e.Steps = append(e.Steps, receipt.Step{Label: r.Label, Sum: r.Value})
	}
	return e
}

// Calc is the fee calculator.
type Calc struct {
	Kinds   []Row // id and title
	Kind    string
	Priced  bool   // by an amount
	Yuan    string // the amount's digits as they were typed
	Amount  string
	Half    bool
	CanHalf bool
	Fee     string // empty while the amount is missing
}

// CalcSteps says how a fee is computed.
type CalcSteps struct {
	Title   string
	Slip    string // what is known of the printed slip
	Law     string
	Article string
	Rows    []Row
	Folded  []Row // the same in fewer rows
	Fee     string
}

func (Calc) Name() string      { return "calc" }
func (CalcSteps) Name() string { return "calc-steps" }
func (Calc) Step() int         { return 0 }
func (CalcSteps) Step() int    { return 0 }
