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

// newEnglishRules are the forms that English texts have.
func newEnglishRules() *[128][]rule {
	rules := new([128][]rule)
	by(lettersASCII+figuresASCII, []rule{{regexp.MustCompile(`^[0-9A-Za-z]+`), aCode}}, rules)
	return rules
}

// readEnglish reads over what no rule knows.
func (r *reader) readEnglish(text string) int {
	_, size := utf8.DecodeRuneInString(text)
	return size
}
