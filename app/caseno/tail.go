package caseno

import (
	"strconv"
	"strings"
)

// tail reads what follows the serial: 号, 之二 before or behind it, the part of a personal bankruptcy （个1）, and the
// name of the paper that the number was copied from.
func (s *scanner) tail(n *Number) *SyntaxError {
	if err := s.suffix(n); err != nil {
		return err
	}
	s.take("号")
	s.branch(n)
	if n.Suffix == "" {
		if err := s.suffix(n); err != nil {
			return err
		}
	}
	s.takeAny("刑事附带民事", "民事", "刑事", "行政", "执行", "国家赔偿")
	s.takeAny("判决书", "裁定书", "调解书", "决定书", "支付令", "通知书", "受理通知书", "受理案件通知书", "应诉通知书",
		"缴费通知书", "交费通知书", "交纳诉讼费用通知书")
	return s.end()
}

// branch reads （个1）, by which a court tells the spouses of one personal bankruptcy apart (met at Shenzhen).
func (s *scanner) branch(n *Number) {
	start := s.at
	if s.take("(个") {
		if d := s.digits(); d != "" && d[0] != '0' && len(d) <= 3 && s.take(")") {
			n.Branch = "个" + d
			return
		}
	}
	s.at = start
}

// suffix reads 之一, 之1, （之一） or -1.
func (s *scanner) suffix(n *Number) *SyntaxError {
	start := s.at
	open := s.take("(")
	switch {
	case s.take("之"):
	case !open && s.take("-"):
		return s.dash(n, start)
	default:
		s.at = start
		return nil
	}
	v := s.ordinal()
	if v < 1 || v > 99 || open && !s.take(")") {
		return s.failAt(start, Suffix)
	}
	n.Suffix = "之" + numeral(v)
	return nil
}

// dash reads the 2 of 157-2号, which is 之二; 12-15 is a range. A case has few rulings, so what is above 20 or above the
// serial is no suffix.
func (s *scanner) dash(n *Number, start int) *SyntaxError {
	text := s.digits()
	v, _ := strconv.Atoi(text)
	if serial, _ := strconv.Atoi(n.Serial); v < 1 || v > 20 || v > serial || text[0] == '0' {
		return s.failAt(start, Range)
	}
	n.Suffix = "之" + numeral(v)
	return nil
}

// ordinal reads 1 to 99 in digits or characters; 0 when it is neither.
func (s *scanner) ordinal() int {
	if d := s.digits(); d != "" {
		v, _ := strconv.Atoi(d)
		if d[0] == '0' || len(d) > 2 {
			return 0
		}
		return v
	}
	one := func() (v int) {
		if s.at < len(s.runes) {
			if v = hanDigit[s.runes[s.at]]; v > 0 {
				s.at++
			}
		}
		return v
	}
	v := one()
	switch {
	case s.take("十"):
		return max(v, 1)*10 + one()
	case v == 0 && s.take("廿"):
		return 20 + one()
	case v == 0 && s.take("卅"):
		return 30 + one()
	}
	return v
}

// numeral writes 1 to 99 as 一 to 九十九.
func numeral(v int) string {
	ones := []string{"", "一", "二", "三", "四", "五", "六", "七", "八", "九"}
	switch {
	case v < 10:
		return ones[v]
	case v < 20:
		return "十" + ones[v-10]
	}
	return ones[v/10] + "十" + ones[v%10]
}

// end moves over punctuation and what closes brackets, and says what is there when there is more.
func (s *scanner) end() *SyntaxError {
	start := s.at
	for s.at < len(s.runes) {
		if s.wrapped && s.take(")") {
			s.wrapped = false
		} else if !strings.ContainsRune(`"。,.;:、`, s.runes[s.at]) {
			break
		} else {
			s.at++
		}
	}
	switch {
	case s.at == len(s.runes) && !s.wrapped:
		return nil
	case s.takeAny("至", "到", "-"):
		return s.failAt(start, Range)
	case s.take("等"), s.another():
		return s.failAt(start, One)
	}
	return s.failAt(start, Rest)
}

// another reports whether another number begins, perhaps after a word that joins two.
func (s *scanner) another() bool {
	s.takeAny("和", "及", "与", "/")
	s.take("(")
	return s.at < len(s.runes) && digit(s.runes[s.at])
}
