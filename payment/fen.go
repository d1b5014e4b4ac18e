package payment

import (
	"fmt"
	"strings"
)

// Fen is an amount of money in fen, a hundredth of a yuan.
type Fen int64

// String returns the amount in yuan with two decimals and no separators: 2700.00.
func (f Fen) String() string {
	sign, n := "", uint64(f)
	if f < 0 {
		sign, n = "-", -n // -5 fen is -0.05, not 0.-5; unsigned, since the lowest int64 has no positive twin
	}
	return fmt.Sprintf("%s%d.%02d", sign, n/100, n%100)
}

// Yuan returns the amount as people read it, with separators and two decimals: ¥2,700.00. Below zero the minus stands
// after the sign of the currency: ¥-0.05.
func (f Fen) Yuan() string {
	whole, decimals, _ := strings.Cut(f.String(), ".")
	for i := len(whole) - 3; i > 0 && whole[i-1] != '-'; i -= 3 {
		whole = whole[:i] + "," + whole[i:]
	}
	return "¥" + whole + "." + decimals
}
