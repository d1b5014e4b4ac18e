package caseno

import (
	"fmt"
	"strconv"
	"strings"
	"sync"
	"time"
	"unicode"
	"unicode/utf8"
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
	Serial    Part = "serial"   // no serial, or more than 8 digits
	Suffix    Part = "suffix"   // 之 without a numeral
	Range     Part = "range"    // from one number to another: 12-15
	One       Part = "one"      // more than one number, or so much text that there may be
	Rest      Part = "rest"     // something around the number, perhaps a name: not kept, not echoed
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

// A SyntaxError says which part of a case number is wrong. It holds nothing of what was typed but Read.
type SyntaxError struct {
	Want   Part
	Hint   Hint
	Offset int    // runes of the given text before the place
	Meant  string // with ShortName, the one that courts use: 黔
	Read   string // the wrong year, court code or type as it was read; empty when it may be something else
}

// wholes are the errors that have no place in the text.
var wholes = map[Part]string{
	Empty:    "none is given",
	Identity: "this is an identity number",
	Legacy:   "the year is before 2016",
	Range:    "this is a range of numbers",
	One:      "there is more than one",
}

func (e *SyntaxError) Error() string {
	if text, ok := wholes[e.Want]; ok {
		return "case number: " + text
	}
	return fmt.Sprintf("case number: %s is wrong at character %d", e.Want, e.Offset+1)
}

// MaxLength is how many characters a text may have to be looked at.
const MaxLength = 100

// Parse reads a case number as people type and copy it: any brackets or none, full-width digits, spaces, 字第, without
// 号, with 案号： before it or 民事判决书 behind it, with 之二 as 157-2号. now tells which years are in the future. The
// error is a *SyntaxError.
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
	for _, part := range []func(*Number) *SyntaxError{s.prefix, s.year(lastYear), s.court, s.kind, s.serial, s.tail} {
		if err := part(&n); err != nil {
			return Number{}, err
		}
	}
	return n, nil
}

// prefix reads what stands before a number: quotation marks, brackets around the whole, 案号：.
func (s *scanner) prefix(*Number) *SyntaxError {
	for s.take(`"`) {
	}
	if s.next("((") {
		s.at++
		s.wrapped = true
	}
	s.take("本院")
	if s.takeAny("案件编号", "案件号", "案号") {
		s.take(":")
	}
	return nil
}

func (s *scanner) year(last int) func(*Number) *SyntaxError {
	return func(n *Number) *SyntaxError {
		bracket := s.take("(")
		start := s.at
		year := s.digits()
		if year == "" {
			year = s.hanDigits()
		}
		if s.lookalike() {
			return s.fail(Year)
		}
		n.Year, _ = strconv.Atoi(year)
		if len(year) == 2 && strings.Contains(string(s.runes[s.at:]), "字第") { // （98）东民初字第12号
			return s.failAt(start, Legacy)
		}
		if len(year) != 4 || n.Year < 1949 || n.Year > last {
			err := s.failAt(start, Year)
			if len(year) <= 4 { // longer ones may be a telephone's
				err.Read = year
			}
			return err
		}
		s.take("年")
		if bracket && !s.take(")") {
			return s.fail(Year)
		}
		if n.Year < 2016 {
			return s.fail(Legacy)
		}
		s.dashed = !bracket && s.take("-")
		return nil
	}
}

const provinces = "京津冀晋内辽吉黑沪苏浙皖闽赣鲁豫鄂湘粤桂琼渝川黔云藏陕甘青宁新军兵"

// nicknames of provinces are common, and never in a case number.
var nicknames = map[rune]string{'贵': "黔", '滇': "云", '陇': "甘", '蜀': "川", '秦': "陕", '蒙': "内"}

func (s *scanner) court(n *Number) *SyntaxError {
	if s.take("最高法") {
		n.Court = "最高法"
		s.separator()
		return nil
	}
	start := s.at
	if s.at >= len(s.runes) || !strings.ContainsRune(provinces, s.runes[s.at]) && !(s.stored && s.next("贵")) {
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
	n.Court = string(s.runes[start:s.at])
	switch {
	case len(code) == 0 || len(code) == 2 || len(code) == 4:
		s.separator()
		return nil
	case len(code) > 4 && s.next("号"):
		err := s.failAt(start+5, TypeCode)
		err.Hint = NoType
		return err
	}
	err := s.failAt(start, CourtCode)
	if len(code) < 8 {
		err.Read = n.Court
	}
	return err
}

// kind reads the type: whatever stands before the digits. One that is not in the table is believed when it is made of
// the characters that types are made of: courts have their own (民调, 少民初), and a name is not to become one.
func (s *scanner) kind(n *Number) *SyntaxError {
	start := s.at
	for s.at < len(s.runes) && unicode.Is(unicode.Han, s.runes[s.at]) && s.runes[s.at] != '号' {
		s.at++
	}
	word := strings.TrimSuffix(string(s.runes[start:s.at]), "第")
	word = strings.TrimSuffix(word, "字") // 民初字第12345号: a habit from before 2016
	n.Type, n.Special = word, ""
	if rest, ok := strings.CutPrefix(word, "知"); ok {
		n.Type, n.Special = rest, "知"
	}
	if _, known := Meaning(n.Type); known || local(n.Type) {
		s.separator()
		return nil
	}
	err := s.failAt(start, TypeCode)
	if r := []rune(word); len(r) > 0 && len(r) <= 4 && strings.ContainsRune("民刑行执诉知", r[0]) {
		err.Read = word
	}
	return err
}

// alphabet has the characters of all type codes, and some that courts' own have.
var alphabet = sync.OnceValue(func() string {
	all := "少附商家环金引鉴"
	for _, t := range types() {
		all += t.Code
	}
	return all
})

// local reports whether a type may be one that courts have made for themselves.
func local(code string) bool {
	n := utf8.RuneCountInString(code)
	return n >= 2 && n <= 5 && strings.Trim(code, alphabet()) == ""
}

// serial reads the digits. Zeros before them are a habit, not a part of the number.
func (s *scanner) serial(n *Number) *SyntaxError {
	start := s.at
	text := s.digits()
	if s.lookalike() {
		return s.fail(Serial)
	}
	n.Serial = strings.TrimLeft(text, "0")
	if len(n.Serial) < 1 || len(n.Serial) > 8 {
		return s.failAt(start, Serial)
	}
	return nil
}
