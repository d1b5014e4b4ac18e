package ear

import (
	"strings"

	"courtkiosk/payment"
)

const hanDigits = "零一二三四五六七八九"

// digit is a figure of a number: 0 to 9.
func digit[T int | uint64](n T) string { return hanDigits[3*n : 3*n+3] }

// integer is a whole number in Chinese: 十二万零五百. Thousands count with 两, and so do 万 and 亿 at the head.
func integer(n uint64) string {
	switch {
	case n == 0:
		return "零"
	case n >= 10 && n < 20:
		return strings.TrimPrefix(below(n, false), "一")
	}
	text := below(n, true)
	if rest, ok := strings.CutPrefix(text, "一十"); ok {
		text = "十" + rest
	}
	return text
}

// below is a number above zero; 10 is 一十, as it is said behind others.
func below(n uint64, head bool) string {
	const wan, yi = 10_000, 100_000_000
	switch {
	case n >= yi:
		return manyOf(n/yi, head) + "亿" + rest(n%yi, yi)
	case n >= wan:
		return manyOf(n/wan, head) + "万" + rest(n%wan, wan)
	}
	var b strings.Builder
	gap := false
	for _, place := range []struct {
		size uint64
		name string
	}{{1000, "千"}, {100, "百"}, {10, "十"}, {1, ""}} {
		d := n / place.size % 10
		switch {
		case d == 0:
			gap = b.Len() > 0
			continue
		case gap:
			b.WriteString("零")
		}
		gap = false
		if d == 2 && place.size == 1000 {
			b.WriteString("两")
		} else {
			b.WriteString(digit(d))
		}
		b.WriteString(place.name)
	}
	return b.String()
}

// manyOf is how many 万 or 亿 there are.
func manyOf(n uint64, head bool) string {
	if n == 2 && head {
		return "两"
	}
	return below(n, head)
}

// rest is what follows 万 or 亿, with 零 where figures before it are zero.
func rest(n, size uint64) string {
	switch {
	case n == 0:
		return ""
	case n < size/10:
		return "零" + below(n, false)
	}
	return below(n, false)
}

// counted is a number before what it counts: 两, not 二.
func counted(n uint64) string {
	if n == 2 {
		return "两"
	}
	return integer(n)
}

// sum is an amount in Chinese: 十元零五分.
func sum(f payment.Fen) string {
	sign, n := "", uint64(f)
	if f < 0 {
		sign, n = "负", -n
	}
	yuan, jiao, fen := n/100, n/10%10, n%10
	switch {
	case n%100 == 0:
		return sign + counted(yuan) + "元整"
	case yuan == 0 && jiao == 0:
		return sign + counted(fen) + "分"
	case yuan == 0 && fen == 0:
		return sign + counted(jiao) + "角"
	}
	text := sign
	if yuan > 0 {
		text += counted(yuan) + "元"
	}
	switch {
	case jiao > 0:
		text += digit(jiao) + "角"
	default:
		text += "零"
	}
	if fen > 0 {
		text += digit(fen) + "分"
	}
	return text
}
