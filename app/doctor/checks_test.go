package doctor_test

import (
	"encoding/json"
	"maps"
	"regexp"
	"slices"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"courtkiosk/app/doctor"
	"courtkiosk/app/message"
	"courtkiosk/assets"
)

// What a look finds has codes of its own, beside those of screens.
func TestChecks(t *testing.T) {
	printed, seen := make(map[string]bool), make(map[doctor.Code]bool)
	for _, c := range doctor.Catalogue() {
		printed[c.Printed], seen[c.Code] = true, true
	}
	for _, c := range doctor.Checks() {
		if printed[c.Printed] || !strings.HasPrefix(c.Printed, "M-") {
			t.Errorf("%s is printed as %q", c.Code, c.Printed)
		}
		if seen[c.Code] {
			t.Errorf("%s stands there twice", c.Code)
		}
		for _, h := range c.HiddenBy {
			if !seen[h] {
				t.Errorf("%s hides behind %s, which does not stand before it", c.Code, h)
			}
			if c.Severity == doctor.Stops && doctor.Of(h).Severity != doctor.Stops {
				t.Errorf("%s stops payments, and hides behind %s, which does not", c.Code, h)
			}
		}
		if got := doctor.Of(c.Code); !got.Looked || got.Printed != c.Printed {
			t.Errorf("%s is known as %+v", c.Code, got)
		}
		printed[c.Printed], seen[c.Code] = true, true
	}
}

var hole = regexp.MustCompile(`\{[a-z]+\}`)

// Each has its words: title, what is so and what to do, in both languages, with the same placeholders; none is left
// over, and a title fits into a line of a table.
func TestWordsOfChecks(t *testing.T) {
	var words map[doctor.Code]map[message.Lang][]string
	if err := json.Unmarshal(assets.DoctorWords, &words); err != nil {
		t.Fatal(err)
	}
	var codes []doctor.Code
	for _, c := range doctor.Checks() {
		codes = append(codes, c.Code)
		said := words[c.Code]
		holes := func(lang message.Lang) []string {
			list := hole.FindAllString(strings.Join(said[lang], "\n"), -1)
			slices.Sort(list)
			return slices.Compact(list)
		}
		if zh, en := holes(message.Chinese), holes(message.English); !slices.Equal(zh, en) {
			t.Errorf("%s: placeholders %q and %q", c.Code, zh, en)
		}
		for lang, list := range said {
			if len(list) != 3 || slices.Contains(list, "") {
				t.Errorf("%s %s: want title, what is so, what to do: %q", c.Code, lang, list)
				continue
			}
			if n := utf8.RuneCountInString(list[0]); n > longestTitle || strings.Contains(list[0], "{") {
				t.Errorf("%s %s: a title of %d characters: %s", c.Code, lang, n, list[0])
			}
			isHan := func(r rune) bool { return unicode.Is(unicode.Han, r) }
			if strings.ContainsFunc(list[0]+list[1], isHan) != (lang == message.Chinese) {
				t.Errorf("%s %s is in another language: %q", c.Code, lang, list)
			}
		}
		if len(said) != 2 {
			t.Errorf("%s is said in %d languages", c.Code, len(said))
		}
		delete(words, c.Code)
	}
	if len(words) > 0 {
		t.Errorf("nothing finds %q", slices.Sorted(maps.Keys(words)))
	}
	if len(codes) < 5 {
		t.Errorf("only %q", codes)
	}
}
