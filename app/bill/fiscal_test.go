package bill

import (
	"errors"
	"testing"
	"time"

	"courtkiosk/payment"
)

func TestParseFiscal(t *testing.T) {
	day := time.Date(2026, 11, 24, 0, 0, 0, 0, payment.China)
	for name, test := range map[string]struct {
		code, number, check string
		issued              time.Time
		want                Fiscal
		err                 error
	}{
		"nothing": {},
		"electronic": {"11010126", "0012345678", "a1b2c3", day,
			Fiscal{"11010126", "0012345678", "a1b2c3", day}, nil},
		"paper":          {"", "０１２３ ４５６７", "", time.Time{}, Fiscal{Number: "01234567"}, nil},
		"without number": {"11010126", "", "a1b2c3", day, Fiscal{}, ErrFiscal},
		"a day alone":    {"", "", "", day, Fiscal{}, ErrFiscal},
		"words":          {"", "已开票", "", day, Fiscal{}, ErrFiscal},
		"markup":         {"11010126", "0012345678", "<b>1</b>", day, Fiscal{}, ErrFiscal},
		"too long":       {"", "012345678901234567890", "", day, Fiscal{}, ErrFiscal},
	} {
		got, err := ParseFiscal(test.code, test.number, test.check, test.issued)
		if got != test.want || !errors.Is(err, test.err) {
			t.Errorf("%s: %+v, %v; want %+v, %v", name, got, err, test.want, test.err)
		}
	}
}

// What the court has issued changes neither what is asked nor what a visitor confirms.
func TestAFiscalReceiptPaysNothing(t *testing.T) {
	b := Bill{Item: "案件受理费", Purse: Litigation, Amount: 100}
	issued := b
	issued.Fiscal = Fiscal{Number: "0012345678"}
	if !issued.Payable() || issued.Quote() != b.Quote() || issued.Key() != b.Key() {
		t.Errorf("payable %t, quotes %s and %s", issued.Payable(), issued.Quote(), b.Quote())
	}
}
