package receipt

import (
	"strings"

	"courtkiosk/payment"
)

// InWords writes an amount in English words, for English pages what Capitals is for Chinese ones: two thousand seven
// hundred yuan. Who counts in yuan and cents reads the two decimals as fen.
func InWords(f payment.Fen) (string, error) {
	if f < 0 || f > MaxAmount {
		return "", ErrAmount
	}
	yuan, fen := int64(f/100), int64(f%100)
	var said []string
	if yuan > 0 || fen == 0 {
		said = append(said, number(yuan)+" yuan")
	}
	if fen > 0 {
		said = append(said, number(fen)+" fen")
	}
	return strings.Join(said, " "), nil
}

// number writes a whole number in words.
func number(n int64) string {
	if n == 0 {
		return small[0]
	}
	var said []string
	for _, group := range []struct {
		unit string
		size int64
	}{{" billion", 1e9}, {" million", 1e6}, {" thousand", 1e3}, {"", 1}} {
		if g := n / group.size % 1000; g > 0 {
			said = append(said, hundreds(g)+group.unit)
		}
	}
	return strings.Join(said, " ")
}

func hundreds(n int64) string {
	var said []string
	if n >= 100 {
		said = append(said, small[n/100]+" hundred")
		n %= 100
	}
	switch {
	case n == 0:
	case n < 20:
		said = append(said, small[n])
	case n%10 == 0:
		said = append(said, tens[n/10])
	default:
		said = append(said, tens[n/10]+"-"+small[n%10])
	}
	return strings.Join(said, " ")
}

var (
	small = [...]string{"zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven",
		"twelve", "thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen"}
	tens = [...]string{2: "twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"}
)
