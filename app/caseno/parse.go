package caseno

import (
	"fmt"
	"strconv"
	"strings"
	"time"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

// Part names a part of a case number that is wrong.
type Part string

// The parts that a SyntaxError can name.
const (
	Empty     Part = "empty"    // nothing was given
	Identity  Part = "identity" // an identity number: not kept, not echoed
	Year      Part = "year"     // missing, not four digits, or in the future
	Legacy    Part = "legacy"   // from before 2016, when numbers had free forms
	CourtCode Part = "court"    // no court code
	TypeCode  Part = "type"     // no type code, or one that does not exist
	Serial    Part = "serial"   // no serial, or not 1 to 8 digits without a leading zero
	Suffix    Part = "suffix"   // 之 without a numeral
	One       Part = "one"      // more than one number, or words around it
)

// Hint names a slip that people make.
type Hint string

// The hints that a SyntaxError can give.
const (
	NoHint    Hint = ""
	Letter    Hint = "letter"     // a letter that looks like a digit: O, l, I
	ShortName Hint = "short-name" // a province's other short name: 贵 for 黔
	NoType    Hint = "no-type"    // court and serial run together: 粤060441257号
)

// A SyntaxError says which part of a case number is wrong. It never holds what was typed.
type SyntaxError struct {
	Want   Part
	Hint   Hint
	Offset int    // runes of the given text before the place
	Meant  string // with ShortName, the one that courts use: 黔
}

func (e *SyntaxError) Error() string {
	return fmt.Sprintf("case number: %s is wrong at character %d", e.Want, e.Offset+1)
}

// MaxLength is how many characters a text may have to be looked at.
const MaxLength = 100

// Parse reads a case number as people type it: any brackets or none, full-width digits, spaces, 字第, without 号. now
// tells which years are in the future. The error is a *SyntaxError.
func Parse(text string, now time.Time) (Number, error) {
	return parse(text, now.In(time.FixedZone("", 8*60*60)).Year())
}

func parse(text string, lastYear int) (Number, error) {
	n, err := read(newScanner(text), lastYear)
	switch {
	case err == nil:
		return n, nil
	case len(text) <= 16*MaxLength && HoldsIdentity(text):
		return Number{}, &SyntaxError{Want: Identity}
	}
	return Number{}, err
}

func read(s *scanner, lastYear int) (Number, *SyntaxError) {
	if len(s.runes) == 0 {
		return Number{}, &SyntaxError{Want: Empty}
	}
	if s.cut || len(s.runes) > MaxLength { // what was not looked at may be a second number
		return Number{}, &SyntaxError{Want: One, Offset: MaxLength}
	}
	var n Number
	for _, part := range []func(*Number) *SyntaxError{s.prefix, s.year(lastYear), s.court, s.kind, s.serial, s.suffix,
		s.end} {
		if err := part(&n); err != nil {
			return Number{}, err
		}
	}
	return n, nil
}

// A scanner walks over the folded text: NFKC, one kind of brackets, nothing invisible.
type scanner struct {
	runes []rune
	from  []int // offset of each rune in the given text
	at    int
	cut   bool // there was more text than anybody types, and it was not looked at
}

func newScanner(text string) *scanner {
	s := &scanner{}
	i := -1
	for _, r := range text {
		if i++; i >= 4*MaxLength {
			s.cut = true
			break
		}
		folded := string(r)
		if !norm.NFKC.IsNormalString(folded) {
			folded = norm.NFKC.String(folded)
		}
		for _, f := range folded {
			switch f {
			case '[', '【', '〔', '〈', '<', '《':
				f = '('
			case ']', '】', '〕', '〉', '>', '》':
				f = ')'
			}
			if unicode.IsSpace(f) || unicode.IsControl(f) || unicode.Is(unicode.Cf, f) {
				continue
			}
			s.runes, s.from = append(s.runes, f), append(s.from, i)
		}
	}
	return s
}

func digit(r rune) bool { return r >= '0' && r <= '9' }

func (s *scanner) fail(want Part) *SyntaxError {
	e := &SyntaxError{Want: want}
	switch {
	case s.at < len(s.from):
		e.Offset = s.from[s.at]
	case len(s.from) > 0:
		e.Offset = s.from[len(s.from)-1] + 1
	}
	if s.lookalike() {
		e.Hint = Letter
	}
	return e
}

// lookalike reports whether a letter stands next where a digit was meant.
func (s *scanner) lookalike() bool {
	return s.at < len(s.runes) && strings.ContainsRune("OoIlQ", s.runes[s.at])
}

// take moves over word when it stands next.
func (s *scanner) take(word string) bool {
	at := s.at
	for _, r := range word {
		if at == len(s.runes) || s.runes[at] != r {
			return false
		}
		at++
	}
	s.at = at
	return true
}

// digits moves over the digits that stand next.
func (s *scanner) digits() string {
	start := s.at
	for s.at < len(s.runes) && digit(s.runes[s.at]) {
		s.at++
	}
	return string(s.runes[start:s.at])
}

func (s *scanner) prefix(*Number) *SyntaxError {
	if s.take("案号") {
		s.take(":")
	}
	return nil
}

func (s *scanner) year(last int) func(*Number) *SyntaxError {
	return func(n *Number) *SyntaxError {
		bracket := s.take("(")
		start := s.at
		year := s.digits()
		if s.lookalike() {
			return s.fail(Year)
		}
		n.Year, _ = strconv.Atoi(year)
		if len(year) != 4 || n.Year < 1949 || n.Year > last {
			s.at = start
			return s.fail(Year)
		}
		if bracket && !s.take(")") {
			return s.fail(Year)
		}
		if !bracket {
			s.take("年")
		}
		if n.Year < 2016 {
			return s.fail(Legacy)
		}
		return nil
	}
}

const (
	provinces = "京津冀晋内辽吉黑沪苏浙皖闽赣鲁豫鄂湘粤桂琼渝川黔云藏陕甘青宁新军兵"
)

// nicknames of provinces are common, and never in a case number.
var nicknames = map[rune]string{'贵': "黔", '滇': "云", '陇': "甘", '蜀': "川", '秦': "陕", '蒙': "内"}

func (s *scanner) court(n *Number) *SyntaxError {
	if s.take("最高法") {
		n.Court = "最高法"
		return nil
	}
	start := s.at
	if s.at >= len(s.runes) || !strings.ContainsRune(provinces, s.runes[s.at]) {
		err := s.fail(CourtCode)
		if s.at < len(s.runes) && nicknames[s.runes[s.at]] != "" {
			err.Hint, err.Meant = ShortName, nicknames[s.runes[s.at]]
		}
		return err
	}
	s.at++
	code := s.digits()
	if s.lookalike() {
		return s.fail(CourtCode)
	}
	switch {
	case len(code) == 0 || len(code) == 2 || len(code) == 4:
	case len(code) > 4 && s.at < len(s.runes) && s.runes[s.at] == '号':
		s.at = start + 5
		err := s.fail(TypeCode)
		err.Hint = NoType
		return err
	default:
		s.at = start
		return s.fail(CourtCode)
	}
	n.Court = string(s.runes[start:s.at])
	return nil
}

func (s *scanner) kind(n *Number) *SyntaxError {
	if s.take("知") {
		n.Special = "知"
	}
	for _, code := range codes() {
		if s.take(code) {
			n.Type = code
			s.take("字") // 民初字第12345号: a habit from before 2016
			s.take("第")
			return nil
		}
	}
	return s.fail(TypeCode)
}

func (s *scanner) serial(n *Number) *SyntaxError {
	start := s.at
	n.Serial = s.digits()
	if s.lookalike() {
		return s.fail(Serial)
	}
	if len(n.Serial) < 1 || len(n.Serial) > 8 || n.Serial[0] == '0' {
		if n.Serial != "" {
			s.at = start
		}
		return s.fail(Serial)
	}
	s.take("号")
	return nil
}

// suffix reads 之一, 之1 or -1.
func (s *scanner) suffix(n *Number) *SyntaxError {
	start := s.at
	if !s.take("之") && !s.take("-") {
		return nil
	}
	dash := s.runes[start] == '-'
	if d := s.digits(); d != "" {
		v, err := strconv.Atoi(d)
		if err != nil || v < 1 || v > 99 || d[0] == '0' || s.at < len(s.runes) {
			s.at = start
			if dash {
				return s.fail(One)
			}
			return s.fail(Suffix)
		}
		n.Suffix = "之" + numeral(v)
		return nil
	}
	if dash {
		s.at = start
		return s.fail(One)
	}
	for v := 99; v >= 1; v-- {
		if s.take(numeral(v)) {
			n.Suffix = "之" + numeral(v)
			return nil
		}
	}
	return s.fail(Suffix)
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

func (s *scanner) end(*Number) *SyntaxError {
	if s.at < len(s.runes) {
		return s.fail(One)
	}
	return nil
}
