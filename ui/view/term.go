package view

import (
	"regexp"
	"strconv"
	"strings"
	"unicode/utf8"

	"courtkiosk/app/caseno"
	"courtkiosk/app/message"
	"courtkiosk/app/receipt"
	"courtkiosk/payment"
)

// Term says in a language what the court's papers say in Chinese: an item, a cause of action, the law. The Chinese
// stands on a second line where the first is English: pages show it small. What has no English stays as it is.
func Term(lang message.Lang, chinese string) string {
	if english, ok := message.Term(chinese); lang == message.English && ok {
		return english + "\n" + chinese
	}
	return chinese
}

// Said is a term without what stands small beside it.
func Said(term string) string {
	said, _, _ := strings.Cut(term, "\n")
	return said
}

// Payee says who gets the money as Term does: the phone says it in Chinese.
func (f Frame) Payee(chinese string) string {
	if chinese == f.Paper.Court && f.Court != chinese {
		return f.Court + "\n" + chinese
	}
	return chinese
}

var sum = regexp.MustCompile(`^(.+?) ?([0-9][0-9,.]*) ?元$`)

// Remark says a notice's remark in a language, if all of it is known there.
func Remark(lang message.Lang, chinese string) string {
	if lang != message.English {
		return chinese
	}
	parts := strings.Split(chinese, " · ")
	for i, part := range parts {
		money := ""
		if m := sum.FindStringSubmatch(part); m != nil {
			part, money = m[1], " ¥"+m[2]
		}
		english, ok := message.Term(part)
		if !ok {
			return chinese
		}
		if i == 0 {
			english = strings.ToUpper(english[:1]) + english[1:]
		}
		parts[i] = english + money
	}
	return strings.Join(parts, " · ")
}

// Capitals writes an amount in words, as banks do: 人民币 贰仟柒佰元整, or RMB 2,700.00 (two thousand seven hundred yuan).
func Capitals(lang message.Lang, f payment.Fen) string {
	if lang != message.English {
		said, _ := receipt.Capitals(f) // an amount that has none is refused at import
		return said
	}
	said, _ := receipt.InWords(f)
	return "RMB " + strings.TrimPrefix(f.Yuan(), "¥") + " (" + said + ")"
}

var article = regexp.MustCompile(`^第(\p{Han}+)条(?:第（(\p{Han})）项)?(?:第([0-9])目)?$`)

// Article says in a language where a law says something: 第十三条第（二）项第1目 is art. 13(2)(1).
func Article(lang message.Lang, chinese string) string {
	m := article.FindStringSubmatch(chinese)
	if lang != message.English || m == nil {
		return chinese
	}
	said := "art. " + numeral(m[1])
	for _, part := range m[2:] {
		if part != "" {
			said += "(" + numeral(part) + ")"
		}
	}
	return said
}

// numeral writes a Chinese number below a hundred in digits.
func numeral(chinese string) string {
	const digits = "零一二三四五六七八九"
	value := 0
	for _, r := range chinese {
		d := strings.IndexRune(digits, r) / len("零")
		switch {
		case r >= '0' && r <= '9':
			value = value*10 + int(r-'0')
		case r == '十':
			value = max(1, value) * 10
		case d >= 0:
			value += d
		}
	}
	return strconv.Itoa(value)
}

// levels are the courts' levels as Chinese law calls them.
var levels = map[caseno.Level]string{
	caseno.High: "高级人民法院", caseno.Intermediate: "中级人民法院", caseno.Special: "专门人民法院", caseno.Basic: "基层人民法院",
}

// CourtName says the name of a code's court as Term does, empty where it is not known. A court that has said none in
// English is called by where and what it is.
func (f Frame) CourtName(code string) string {
	c, _ := caseno.CourtOf(code)
	if f.Lang != message.English {
		return c.Name
	}
	if c.Name == f.Paper.Court && f.English.Court != "" {
		return f.English.Court + "\n" + c.Name
	}
	place, _ := utf8.DecodeRuneInString(c.Code)
	level, ok := message.Term(levels[c.Level])
	if where, there := message.Term(string(place)); ok && there {
		return where + " " + level + "\n" + c.Name
	}
	return Term(f.Lang, c.Name)
}
