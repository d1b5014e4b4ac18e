package bill

import (
	"errors"
	"regexp"
	"strings"
	"time"

	"golang.org/x/text/unicode/norm"
)

// A Fiscal is the fiscal receipt (财政票据) that the court has issued for a bill, as the court names it. It is shown
// beside a payment that is known; it proves none, and makes no bill a paid one.
type Fiscal struct {
	Code   string    `json:",omitzero"` // 票据代码; empty when the court does not say
	Number string    // 票据号码
	Check  string    `json:",omitzero"` // 校验码; a receipt of paper has none
	Issued time.Time `json:",omitzero"` // 开票日期, midnight in China; zero when the court does not say
}

// Known reports whether one was issued.
func (f Fiscal) Known() bool { return f.Number != "" }

// ErrFiscal means: not what a fiscal receipt is named by.
var ErrFiscal = errors.New("bill: a fiscal receipt has a number of 4 to 20 digits or letters")

var fiscalNumber = regexp.MustCompile(`^[0-9A-Za-z]{4,20}$`)

// ParseFiscal reads what names a fiscal receipt; nothing at all is no receipt.
func ParseFiscal(code, number, check string, issued time.Time) (Fiscal, error) {
	plain := func(s string) string { return strings.Join(strings.Fields(norm.NFKC.String(s)), "") }
	f := Fiscal{plain(code), plain(number), plain(check), issued}
	if f == (Fiscal{}) {
		return f, nil
	}
	for _, s := range []string{f.Code, f.Check} {
		if s != "" && !fiscalNumber.MatchString(s) {
			return Fiscal{}, ErrFiscal
		}
	}
	if !fiscalNumber.MatchString(f.Number) {
		return Fiscal{}, ErrFiscal
	}
	return f, nil
}
