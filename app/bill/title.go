package bill

import (
	"strings"
	"unicode/utf8"

	"courtkiosk/app/caseno"
	"courtkiosk/payment"
)

// title is what the payer's phone and the trade bill say of a payment. The case number always stands whole at its end:
// by it a clerk finds the case of a payment. Where the three do not fit, the longer of the court's name and the item
// gives characters from its end.
func title(court, item string, n caseno.Number) string {
	c, i := []rune(strings.ToValidUTF8(court, "〓")), []rune(strings.ToValidUTF8(item, "〓"))
	no, wholeCourt, wholeItem := n.String(), len(c), len(i)
	for {
		text := strings.Join([]string{shortened(c, wholeCourt), shortened(i, wholeItem), no}, " ")
		switch {
		case len(text) <= payment.MaxTitle || len(c)+len(i) == 0:
			return text
		case size(c) >= size(i):
			c = c[:len(c)-1]
		default:
			i = i[:len(i)-1]
		}
	}
}

// shortened is a text that had whole characters once, with a mark where it has lost some.
func shortened(text []rune, whole int) string {
	if len(text) < whole {
		return string(text) + "…"
	}
	return string(text)
}

// size is how many bytes a text takes.
func size(text []rune) (n int) {
	for _, r := range text {
		n += utf8.RuneLen(r)
	}
	return n
}
