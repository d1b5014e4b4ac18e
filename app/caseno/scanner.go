package caseno

import (
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// A scanner walks over the folded text: NFKC, one kind of brackets, nothing invisible.
type scanner struct {
	runes []rune
	from  []int // offset of each rune in the given text
	at    int
	cut   bool // there was more text than anybody types, and it was not looked at

	wrapped bool // brackets stand around the whole
	dashed  bool // hyphens stand between the parts: 2026-京0101-民初-1
	stored  bool // by an earlier version, which wrote 贵 for Guizhou
}

// folds are characters that stand for another one in a case number; NFKC has folded full-width ones before.
var folds = func() map[rune]rune {
	m := make(map[rune]rune)
	for plain, others := range map[rune]string{
		'(': "[【〔〈<《「『〖", ')': "]】〕〉>》」』〗", '"': "“”„‘’'", '-': "‐–—―−~", '号': "號",
	} {
		for _, r := range others {
			m[r] = plain
		}
	}
	return m
}()

func newScanner(text string) *scanner {
	n := min(len(text), 4*MaxLength)
	s := &scanner{runes: make([]rune, 0, n), from: make([]int, 0, n)}
	i := -1
	for _, r := range text {
		if i++; i >= 4*MaxLength {
			s.cut = true
			break
		}
		folded := string(r)
		if r >= utf8.RuneSelf && !norm.NFKC.IsNormalString(folded) {
			folded = norm.NFKC.String(folded)
		}
		for _, f := range folded {
			if other, ok := folds[f]; ok {
				f = other
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
	if s.lookalike() && want != Rest {
		e.Hint = Letter
	}
	return e
}

// failAt fails at a place that was passed.
func (s *scanner) failAt(at int, want Part) *SyntaxError {
	s.at = at
	return s.fail(want)
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

// next reports whether word stands next.
func (s *scanner) next(word string) bool {
	at := s.at
	defer func() { s.at = at }()
	return s.take(word)
}

// takeAny moves over the first of the words that stands next.
func (s *scanner) takeAny(words ...string) bool { return slices.ContainsFunc(words, s.take) }

// separator moves over a hyphen where hyphens separate.
func (s *scanner) separator() {
	if s.dashed {
		s.take("-")
	}
}

// digits moves over the digits that stand next.
func (s *scanner) digits() string {
	start := s.at
	for s.at < len(s.runes) && digit(s.runes[s.at]) {
		s.at++
	}
	return string(s.runes[start:s.at])
}

// hanDigits moves over Chinese digits and returns them as ASCII: 二〇二六.
func (s *scanner) hanDigits() (text string) {
	for s.at < len(s.runes) {
		d, ok := hanDigit[s.runes[s.at]]
		if !ok {
			break
		}
		text += strconv.Itoa(d)
		s.at++
	}
	return text
}

var hanDigit = map[rune]int{'〇': 0, '○': 0, '零': 0, '一': 1, '二': 2, '三': 3, '四': 4, '五': 5, '六': 6, '七': 7, '八': 8,
	'九': 9}
