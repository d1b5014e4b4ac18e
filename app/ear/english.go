package ear

import (
	"regexp"
	"strings"
	"unicode/utf8"

	"courtkiosk/app/message"
	"courtkiosk/payment"
)

// spoken is what an English voice says, as it grows.
type spoken struct {
	words, sound strings.Builder
	pausing      string // what parts the next word from the last one
}

// say says words. The letter A has a sound of its own: beside others the voice takes it for the article.
func (e *spoken) say(words string) { e.as(words, words) }

func (e *spoken) as(words, sound string) {
	if words == "" {
		return
	}
	if e.words.Len() > 0 {
		e.words.WriteString(e.pausing + " ")
		e.sound.WriteString(e.pausing + " ")
	}
	e.words.WriteString(words)
	e.sound.WriteString(sound)
	e.pausing = ""
}

// pause makes a pause before the next word: a comma's, or a stop's, which is longer.
func (e *spoken) pause(sound string) {
	if e.pausing != stop {
		e.pausing = sound
	}
}

func (e *spoken) part() (p Part, ok bool) {
	return Part{message.English, e.words.String(), e.sound.String()}, e.words.Len() > 0
}

// code says figures and letters one by one.
func (e *spoken) code(s string) {
	for i, group := range groups(s) {
		if i > 0 {
			e.pause(comma)
		}
		for _, c := range []byte(group) {
			switch {
			case c <= '9':
				e.say(small[c-'0'])
			case c == 'A' || c == 'a':
				e.as("A", "eigh")
			default:
				e.say(strings.ToUpper(string(rune(c))))
			}
		}
	}
}

var (
	small = strings.Fields("zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen " +
		"fifteen sixteen seventeen eighteen nineteen")
	tens    = strings.Fields("zero ten twenty thirty forty fifty sixty seventy eighty ninety")
	ordinal = strings.Fields("zeroth first second third fourth fifth sixth seventh eighth ninth tenth eleventh " +
		"twelfth thirteenth fourteenth fifteenth sixteenth seventeenth eighteenth nineteenth")
	months = strings.Fields("January February March April May June July August September October November " +
		"December")
	days = map[string]string{"Mon": "Monday", "Tue": "Tuesday", "Wed": "Wednesday", "Thu": "Thursday", "Fri": "Friday",
		"Sat": "Saturday", "Sun": "Sunday"}
)

var units = []struct {
	size uint64
	name string
}{{1e15, "quadrillion"}, {1e12, "trillion"}, {1e9, "billion"}, {1e6, "million"}, {1000, "thousand"}, {100, "hundred"}}

// cardinal is a whole number in English: one hundred and two thousand and five.
func cardinal(n uint64) string {
	for _, unit := range units {
		if n < unit.size {
			continue
		}
		text := cardinal(n/unit.size) + " " + unit.name
		switch rest := n % unit.size; {
		case rest == 0:
			return text
		case rest < 100:
			return text + " and " + cardinal(rest)
		default:
			return text + " " + cardinal(rest)
		}
	}
	switch {
	case n < 20:
		return small[n]
	case n%10 == 0:
		return tens[n/10]
	}
	return tens[n/10] + "-" + small[n%10]
}

// rank is a day of a month: thirty-first.
func rank(n uint64) string {
	switch {
	case n < 20:
		return ordinal[n]
	case n%10 == 0:
		return tens[n/10][:len(tens[n/10])-1] + "ieth"
	}
	return tens[n/10] + "-" + ordinal[n%10]
}

// yearWords is a year from 1900 to 2099: twenty twenty-six.
func yearWords(n uint64) string {
	switch century, rest := n/100, n%100; {
	case century == 20 && rest < 10:
		return cardinal(n)
	case rest == 0:
		return cardinal(century) + " hundred"
	case rest < 10:
		return cardinal(century) + " oh " + small[rest]
	default:
		return cardinal(century) + " " + cardinal(rest)
	}
}

// englishSum is an amount in English: two thousand seven hundred yuan and fifty fen.
func englishSum(f payment.Fen) string {
	sign, n := "", uint64(f)
	if f < 0 {
		sign, n = "minus ", -n
	}
	switch {
	case n%100 == 0:
		return sign + cardinal(n/100) + " yuan"
	case n < 100:
		return sign + cardinal(n) + " fen"
	}
	return sign + cardinal(n/100) + " yuan and " + cardinal(n%100) + " fen"
}

const monthNames = `(Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)[a-z]*`

// newEnglishRules are the forms that English texts have.
func newEnglishRules() *[128][]rule {
	rules := new([128][]rule)
	re := func(form string) *regexp.Regexp { return regexp.MustCompile(`^` + form) }
	by("$", []rule{
		{re(`¥\s?([-−])?` + whole + `(?:\.(\d+))?`), func(r *reader, m []string, _ string) bool {
			return r.englishSum(m[1], m[2], m[3])
		}},
	}, rules)
	by(".", []rule{
		{re(`…{1,2}([0-9A-Za-z]+)`), func(r *reader, m []string, _ string) bool {
			r.spoken().pause(comma)
			r.en.say("ending in")
			r.en.code(m[1])
			return true
		}},
	}, rules)
	by(figuresASCII, []rule{
		{re(`\d{4}(?: \d{1,4})+`), aCode},
		{re(`(\d{4})[-/](\d{1,2})[-/](\d{1,2})`), func(r *reader, m []string, after string) bool {
			if begins(after) || !day(m[1], m[2], m[3]) {
				return false
			}
			n, _ := number(m[2])
			r.date(m[3], months[n-1], m[1])
			return true
		}},
		{re(`(\d{1,2}) ` + monthNames + `\b(?: (\d{4}))?`), func(r *reader, m []string, _ string) bool {
			year := m[3]
			if year == "" {
				year = "2000"
			}
			if !day(year, "1", m[1]) {
				return false
			}
			for _, name := range months {
				if strings.HasPrefix(name, m[2]) {
					r.date(m[1], name, m[3])
				}
			}
			return true
		}},
		{re(`(\d{1,2}):(\d{2})(?::(\d{2}))?`), englishTime},
		{re(`(\d+)(?:\.(\d+))?\s?([%‰])`), func(r *reader, m []string, _ string) bool {
			r.point(m[1], m[2])
			r.spoken().say(map[string]string{"%": "percent", "‰": "per thousand"}[m[3]])
			return true
		}},
		{re(`(\d{1,3})/(\d{1,3})`), func(r *reader, m []string, after string) bool {
			above, _ := number(m[1])
			below, _ := number(m[2])
			if begins(after) || r.before == '/' {
				return false
			}
			r.spoken().say(cardinal(above) + " over " + cardinal(below))
			return true
		}},
		{re(whole + `\.(\d{1,2}) ?(?:yuan\b|元)`), func(r *reader, m []string, _ string) bool {
			return r.englishSum("", m[1], m[2])
		}},
		{re(`(\d{1,2})(?:st|nd|rd|th)\b`), func(r *reader, m []string, _ string) bool {
			n, _ := number(m[1])
			r.spoken().say(rank(n))
			return true
		}},
		{re(`(\d{1,4}) s\b`), func(r *reader, m []string, _ string) bool {
			n, _ := number(m[1])
			r.spoken().say(cardinal(n))
			r.en.say(map[bool]string{true: "second", false: "seconds"}[n == 1])
			return true
		}},
		{re(`\d+(?:\.\d+){2,}`), func(r *reader, m []string, _ string) bool {
			for i, group := range strings.Split(m[0], ".") {
				if i > 0 {
					r.spoken().say("point")
				}
				r.spoken().code(group)
			}
			return true
		}},
		{re(whole + `(?:\.(\d+))?`), englishNumber},
		{re(`[0-9A-Za-z]+(?:[-_][0-9A-Za-z]+)*`), aCode},
	}, rules)
	by(lettersASCII, []rule{
		{re(`RMB\s?([-−])?` + whole + `(?:\.(\d+))?`), func(r *reader, m []string, _ string) bool {
			return r.englishSum(m[1], m[2], m[3])
		}},
		{re(`(Mon|Tue|Wed|Thu|Fri|Sat|Sun)\b`), func(r *reader, m []string, _ string) bool {
			r.spoken().say(days[m[1]])
			return true
		}},
		{re(`(transaction|[Oo]rder) no\b(\.?)`), func(r *reader, m []string, after string) bool {
			r.spoken().say(m[1] + " number")
			if m[2] != "" && len(after) > 2 && after[1] <= 'Z' && !capital(after[1:]) {
				r.en.pause(stop) // another sentence begins
			}
			return true
		}},
		{re(`(before|since|from|in|of|after|[Yy]ear) (\d{4})\b`), func(r *reader, m []string, after string) bool {
			if begins(after) || !day(m[2], "1", "1") {
				return false
			}
			n, _ := number(m[2])
			r.spoken().say(m[1] + " " + yearWords(n))
			return true
		}},
		{re(`[A-Za-z]+(?:['’-][A-Za-z]+)*['’]?`), word},
		{re(`[0-9A-Za-z]+(?:[-_][0-9A-Za-z]+)*`), aCode},
	}, rules)
	return rules
}

// date says a day; year may be empty.
func (r *reader) date(day, month, year string) {
	n, _ := number(day)
	text := "the " + rank(n) + " of " + month
	if y, ok := number(year); ok {
		text += " " + yearWords(y)
	}
	r.spoken().say(text)
}

func englishTime(r *reader, m []string, after string) bool {
	if begins(after) || !clock(m[1], m[2], m[3]) {
		return false
	}
	hour, _ := number(m[1])
	minute, _ := number(m[2])
	second, seconds := number(m[3])
	text := cardinal(hour)
	switch {
	case minute == 0:
		text += " o'clock"
	case minute < 10:
		text += " oh " + small[minute]
	default:
		text += " " + cardinal(minute)
	}
	if seconds {
		text += " and " + cardinal(second) + map[bool]string{true: " second", false: " seconds"}[second == 1]
	}
	r.spoken().say(text)
	return true
}

// englishSum says an amount; one that is no amount of fen is said as a number.
func (r *reader) englishSum(sign, yuan, decimals string) bool {
	if f, ok := fen(sign, yuan, decimals); ok {
		r.spoken().say(englishSum(f))
		return true
	}
	if sign != "" {
		r.spoken().say("minus")
	}
	r.point(yuan, decimals)
	r.spoken().say("yuan")
	return true
}

// point says a number with its decimals one by one; one that is too long is said by its figures.
func (r *reader) point(text, decimals string) {
	e := r.spoken()
	if n, ok := number(text); ok {
		e.say(cardinal(n))
	} else {
		e.code(strings.ReplaceAll(text, ",", ""))
	}
	if decimals != "" {
		e.say("point")
		for _, c := range []byte(decimals) {
			e.say(small[c-'0'])
		}
	}
}

// englishNumber says how many; a longer number without commas, one that begins with zero and one beside Han characters,
// which is part of a case number, is said by its figures.
func englishNumber(r *reader, m []string, after string) bool {
	next, _ := utf8.DecodeRuneInString(after)
	switch counted := strings.Contains(m[0], ",") || m[2] != ""; {
	case begins(after) || next == '_':
		return false
	case !counted && (len(m[1]) > 3 || len(m[1]) > 1 && m[1][0] == '0' || isHan(r.before) || isHan(next)):
		r.code(m[1])
	default:
		r.point(m[1], m[2])
	}
	return true
}

// word says a word as it stands; one of capitals is said letter by letter.
func word(r *reader, m []string, after string) bool {
	next, _ := utf8.DecodeRuneInString(after)
	switch {
	case isDigit(next) || next == '_' || next == '-' && begins(after):
		return false // a code
	case len(m[0]) > 1 && strings.ToUpper(m[0]) == m[0]:
		r.code(m[0])
	default:
		r.spoken().say(strings.ReplaceAll(m[0], "’", "'"))
	}
	return true
}

// readEnglish says the beginning of a text that no rule knows, and returns its length. Han characters are said by the
// Mandarin voice, and a masked name with them.
func (r *reader) readEnglish(text string) int {
	first, size := utf8.DecodeRuneInString(text)
	rest := text[size:]
	if isHan(first) {
		han, n := named(text)
		r.mandarin().han(han)
		return n
	}
	next, _ := utf8.DecodeRuneInString(rest)
	switch {
	case first == '*':
		stars := len(text) - len(strings.TrimLeft(text, "*"))
		r.spoken().say("masked")
		return stars
	case first == '–' && (alnum(r.before) && alnum(next) || r.upTo(rest)):
		r.spoken().say("to")
	case first == '×':
		r.spoken().say("times")
	case first == '+':
		r.spoken().say("plus")
	case first == '=':
		r.spoken().say("equals")
	case first == '&':
		r.spoken().say("and")
	case first == ' ' && r.parted(rest):
		r.pause(comma)
	case first == '-' && (r.spaced || !alnum(r.before)) && isDigit(next):
		r.spoken().say("dash") // the -2 of a ruling
	case strings.ContainsRune("。！？.!?…\n", first):
		r.pause(stop)
	case strings.ContainsRune("，、；：,;:·　（）()［］[]【】〔〕｛｝{}|–—/~＜＞", first):
		r.pause(comma)
	}
	return size
}

// pause makes a pause in whichever language is said.
func (r *reader) pause(sound string) {
	if len(r.zh) > 0 {
		r.zh.pause(sound)
		return
	}
	r.en.pause(sound)
}
