package payment

import "fmt"

// Fen is an amount of money in fen, a hundredth of a yuan.
type Fen int64

// String returns the amount in yuan with two decimals and no separators: 2700.00.
func (f Fen) String() string {
	sign := ""
	if f < 0 {
		sign, f = "-", -f // -5 fen is -0.05, not 0.-5
	}
	return fmt.Sprintf("%s%d.%02d", sign, f/100, f%100)
}
