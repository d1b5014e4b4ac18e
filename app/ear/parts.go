package ear

import (
	"regexp"
	"strconv"
	"strings"
	"sync"
	"unicode/utf8"

	"courtkiosk/app/message"
	"courtkiosk/payment"
)

// Parts puts a text, as the screens write it, into what voices are given: amounts, dates, case numbers and codes in
// words. Chinese is said by a Mandarin voice, as pinyin; English words within it, and all else in English text but
// Han characters, by an English one. Nothing but words is left: no figure, no *, no bracket, no sign of
// money. A text that says nothing has no parts.
func Parts(lang message.Lang, text string) []Part {
	r := reader{english: lang == message.English}
	r.read(plain(text))
	r.flush()
	return r.parts
}

// Digit says a digit as it is typed: 幺 for 1, as it is read back. Of several, and of what is no digit, nothing is said.
func Digit(lang message.Lang, d string) string {
	if len(d) != 1 || d[0] < '0' || d[0] > '9' {
		return ""
	}
	return Digits(lang, d)
}

// Digits says figures and letters one by one, in groups of four: 幺二三四，五六. What is neither parts the groups. The
// words may stand in a text for Parts, which says the same.
func Digits(lang message.Lang, s string) string {
	r := reader{english: lang == message.English}
	r.code(plain(s))
	r.flush()
	if len(r.parts) == 0 {
		return ""
	}
	return r.parts[0].Words
}

// Sum says an amount: 两千七百元整, two thousand seven hundred yuan. The words may stand in a text for Parts.
func Sum(lang message.Lang, f payment.Fen) string {
	if lang == message.English {
		return englishSum(f)
	}
	return sum(f)
}

// plain is a text without the marks that set words in bold, and with figures and letters of one width.
func plain(text string) string {
	text = strings.Map(func(r rune) rune {
		switch {
		case r == '￥':
			return '¥'
		case strings.ContainsRune("，：；！？（），［］｛｝＇＂＜＞", r): // they part words, and figures too
			return r
		case r >= '！' && r <= '～':
			return r - '！' + '!'
		}
		return r
	}, text)
	marks := boldMarks(text)
	if len(marks)%2 == 1 {
		return text // one alone stands in a masked name
	}
	var b strings.Builder
	from := 0
	for _, at := range marks {
		b.WriteString(text[from:at])
		from = at + len("**")
	}
	b.WriteString(text[from:])
	return b.String()
}

// boldMarks says where the marks stand that set words in bold; more stars, or one, stand for what is masked.
func boldMarks(text string) (at []int) {
	for i := 0; i < len(text); {
		n := 0
		for i+n < len(text) && text[i+n] == '*' {
			n++
		}
		if n == 2 {
			at = append(at, i)
		}
		i += max(n, 1)
	}
	return at
}

// A reader goes through a text and says it.
type reader struct {
	english bool // the language of the text
	parts   []Part
	zh      mandarin
	en      spoken
	before  rune // what stands before the rest of the text, and before a space
	spaced  bool // a space stands between
	// what was read last, and what is read now, is a code
	wasCode, isCode bool
}

// mandarin is where Chinese is said: what was English before is a part of its own.
func (r *reader) mandarin() *mandarin {
	if p, ok := r.en.part(); ok {
		r.parts = append(r.parts, p)
	}
	r.en = spoken{}
	return &r.zh
}

// spoken is where English is said.
func (r *reader) spoken() *spoken {
	if p, ok := r.zh.part(); ok {
		r.parts = append(r.parts, p)
	}
	r.zh = nil
	return &r.en
}

func (r *reader) flush() {
	r.mandarin()
	r.spoken()
}

// read says a text from its beginning to its end.
func (r *reader) read(text string) {
	rules := rulesOf(r.english)
	for text != "" {
		r.wasCode, r.isCode = r.isCode, false
		n := r.rule(rules, text)
		if n == 0 && r.english {
			n = r.readEnglish(text)
		} else if n == 0 {
			n = r.readChinese(text)
		}
		if r.spaced = text[:n] == " "; !r.spaced {
			r.before, _ = utf8.DecodeLastRuneInString(text[:n])
		}
		text = text[n:]
	}
}

// rule says what the first rule takes that knows the beginning of a text, and returns its length, else 0.
func (r *reader) rule(rules *[128][]rule, text string) int {
	first, _ := utf8.DecodeRuneInString(text)
	switch first {
	case '（', '〔':
		first = '('
	case '¥':
		first = '$'
	case '…':
		first = '.'
	}
	if first >= 128 {
		return 0
	}
	for _, rule := range rules[first] {
		if m := rule.form.FindStringSubmatch(text); m != nil && rule.say(r, m, text[len(m[0]):]) {
			return len(m[0])
		}
	}
	return 0
}

// A rule says what has a form; say returns false where it has the form by chance. m are the submatches, and after is
// the text that follows.
type rule struct {
	form *regexp.Regexp
	say  func(r *reader, m []string, after string) bool
}

// The rules are made when the first text is read: most of the program's commands read none.
var (
	rulesMade                  sync.Once
	chineseRules, englishRules *[128][]rule
)

func rulesOf(english bool) *[128][]rule {
	rulesMade.Do(func() { chineseRules, englishRules = newChineseRules(), newEnglishRules() })
	if english {
		return englishRules
	}
	return chineseRules
}

// by sets rules under the characters that what they know begins with.
func by(first string, list []rule, rules *[128][]rule) {
	for _, c := range []byte(first) {
		rules[c] = append(rules[c], list...)
	}
}

const (
	figuresASCII = "0123456789"
	lettersASCII = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
)

// whole is a whole number as a text has it, with or without commas.
const whole = `(\d{1,3}(?:,\d{3})+|\d+)`

// number reads a whole number; ok is false of one that is too long for it.
func number(text string) (n uint64, ok bool) {
	n, err := strconv.ParseUint(strings.ReplaceAll(text, ",", ""), 10, 60)
	return n, err == nil
}

// fen reads an amount by its yuan and decimals.
func fen(sign, yuan, decimals string) (f payment.Fen, ok bool) {
	n, ok := number(yuan)
	if !ok || len(decimals) > 2 || n > 1e15 {
		return 0, false
	}
	d, _ := number((decimals + "00")[:2])
	f = payment.Fen(n*100 + d)
	if sign != "" {
		f = -f
	}
	return f, true
}

// day reports whether it is a date of our time.
func day(year, month, day string) bool {
	y, _ := number(year)
	m, _ := number(month)
	d, _ := number(day)
	return y >= 1900 && y < 2100 && m >= 1 && m <= 12 && d >= 1 && d <= 31
}

// clock reports whether it is a time of day.
func clock(hour, minute, second string) bool {
	h, _ := number(hour)
	m, _ := number(minute)
	s, _ := number(second)
	return h <= 24 && m < 60 && s < 60
}

// alnum reports whether r is a figure or a letter of a code.
func alnum[T rune | byte](r T) bool {
	return r >= '0' && r <= '9' || r >= 'A' && r <= 'Z' || r >= 'a' && r <= 'z'
}

// begins reports whether a text goes on with a figure or a letter of a code, behind a hyphen too.
func begins(text string) bool {
	return text != "" && (alnum(text[0]) || len(text) > 1 && text[0] == '-' && alnum(text[1]))
}

// parted reports whether a space before a text parts figures or letters from others.
func (r *reader) parted(rest string) bool {
	behind := isDigit(r.before) || r.before == '%' || r.wasCode
	return behind && rest != "" && (isDigit(rune(rest[0])) || capital(rest))
}

// capital reports whether a text begins with a capital that begins no word.
func capital(text string) bool {
	small := len(text) > 1 && text[1] >= 'a' && text[1] <= 'z'
	return text[0] >= 'A' && text[0] <= 'Z' && !small
}

// upTo reports whether a dash before a text stands between two figures or sums.
func (r *reader) upTo(rest string) bool {
	rest = strings.TrimPrefix(rest, " ")
	return isDigit(r.before) && rest != "" && (isDigit(rune(rest[0])) || strings.HasPrefix(rest, "¥"))
}

// named are the Han characters that a text begins with, a masked name with 某 for what is masked; n is how much of the
// text that is.
func named(text string) (han string, n int) {
	n = strings.IndexFunc(text, func(r rune) bool { return !isHan(r) && r != '*' })
	if n < 0 {
		n = len(text)
	}
	han = text[:n]
	if strings.Contains(han, "*") {
		han = strings.ReplaceAll(strings.ReplaceAll(masks.ReplaceAllString(han, "**"), "**", "某某"), "*", "某")
	}
	return han, n
}

var masks = regexp.MustCompile(`\*{2,}`)

// groups takes a code apart: in groups of four, of which the last has five where one would be left over.
func groups(code string) (list []string) {
	for _, run := range strings.FieldsFunc(code, func(r rune) bool { return !alnum(r) }) {
		for len(run) > 5 {
			list, run = append(list, run[:4]), run[4:]
		}
		list = append(list, run)
	}
	return list
}

// code says figures and letters one by one.
func (r *reader) code(s string) {
	r.isCode = true
	if r.english {
		r.spoken().code(s)
		return
	}
	r.mandarin().code(s)
}
