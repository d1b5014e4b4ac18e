package receipt

import (
	"errors"
	"strings"

	"courtkiosk/payment"
)

// MaxAmount is the largest amount that a receipt can say.
const MaxAmount payment.Fen = 9_999_999_999_99

// ErrAmount means: an amount that is negative or above MaxAmount.
var ErrAmount = errors.New("receipt: amount cannot be written in capitals")

var capitalDigits = []string{"零", "壹", "贰", "叁", "肆", "伍", "陆", "柒", "捌", "玖"}

// Capitals writes an amount as cheques do: 人民币 贰仟柒佰元整 (支付结算办法, annex 1: 正确填写票据和结算凭证的基本规定).
func Capitals(f payment.Fen) (string, error) {
	if f < 0 || f > MaxAmount {
		return "", ErrAmount
	}
	yuan, jiao, fen := int64(f/100), int(f/10%10), int(f%10)
	var b strings.Builder
	b.WriteString("人民币 ")
	if yuan > 0 || (jiao == 0 && fen == 0) {
		b.WriteString(integer(yuan) + "元")
	}
	switch {
	case jiao == 0 && fen == 0:
		b.WriteString("整")
	case fen == 0:
		if yuan > 0 && yuan%10 == 0 {
			b.WriteString("零")
		}
		b.WriteString(capitalDigits[jiao] + "角整")
	case jiao == 0:
		if yuan > 0 {
			b.WriteString("零")
		}
		b.WriteString(capitalDigits[fen] + "分")
	default:
		if yuan > 0 && yuan%10 == 0 {
			b.WriteString("零")
		}
		b.WriteString(capitalDigits[jiao] + "角" + capitalDigits[fen] + "分")
	}
	return b.String(), nil
}

// integer writes whole yuan in groups of four digits.
func integer(n int64) string {
	if n == 0 {
		return capitalDigits[0]
	}
	var out string
	for _, group := range []struct {
		unit string
		size int64
	}{{"亿", 1_0000_0000}, {"万", 1_0000}, {"", 1}} {
		g := n / group.size % 1_0000
		if g == 0 {
			continue
		}
		// A zero stands where digits are missing between groups.
		if out != "" && (g < 1000 || n/group.size/1_0000%10 == 0) {
			out += "零"
		}
		out += fourDigits(g) + group.unit
	}
	return out
}

func fourDigits(g int64) string {
	var out string
	zero := false
	for _, place := range []struct {
		unit string
		size int64
	}{{"仟", 1000}, {"佰", 100}, {"拾", 10}, {"", 1}} {
		d := g / place.size % 10
		if d == 0 {
			zero = out != ""
			continue
		}
		if zero {
			out += "零"
			zero = false
		}
		out += capitalDigits[d] + place.unit
	}
	return out
}
