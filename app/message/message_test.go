package message

import (
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"courtkiosk/assets"
)

var placeholder = regexp.MustCompile(`\{[a-z]+\}`)

func TestBothLanguagesSayTheSame(t *testing.T) {
	zh, en := catalogues()[Chinese], catalogues()[English]
	if got, want := slices.Sorted(maps.Keys(en.Text)), slices.Sorted(maps.Keys(zh.Text)); !slices.Equal(got, want) {
		t.Errorf("texts differ: en %q, zh %q", got, want)
	}
	if got, want := slices.Sorted(maps.Keys(en.Refusals)),
		slices.Sorted(maps.Keys(zh.Refusals)); !slices.Equal(got, want) {
		t.Errorf("refusals differ: en %q, zh %q", got, want)
	}
	names := func(s string) []string {
		list := placeholder.FindAllString(s, -1)
		slices.Sort(list)
		return slices.Compact(list)
	}
	for id, text := range zh.Text {
		if got, want := names(en.Text[id]), names(text); !slices.Equal(got, want) {
			t.Errorf("%s: placeholders %q and %q", id, got, want)
		}
		if text == "" || en.Text[id] == "" {
			t.Errorf("%s is empty", id)
		}
	}
	codes := make(map[string]ID)
	for id, r := range zh.Refusals {
		e := en.Refusals[id]
		if r.Code == "" || r.Code != e.Code || r.Title == "" || r.Next == "" || e.Title == "" || e.Next == "" {
			t.Errorf("%s: %+v, %+v", id, r, e)
		}
		if other, twice := codes[r.Code]; twice {
			t.Errorf("%s and %s share the code %s", id, other, r.Code)
		}
		codes[r.Code] = id
	}
}

// JSON takes an id that stands twice in its section without a word, and one of its texts is lost.
func TestNoIDTwice(t *testing.T) {
	id := regexp.MustCompile(`(?m)^  "([^"]+)":`)
	for lang, data := range map[Lang][]byte{Chinese: assets.MessagesZH, English: assets.MessagesEN} {
		text, refusals, _ := strings.Cut(string(data), `"refusals"`)
		c := catalogues()[lang]
		for section, want := range map[string]int{text: len(c.Text), refusals: len(c.Refusals)} {
			var ids []string
			for _, m := range id.FindAllStringSubmatch(section, -1) {
				if slices.Contains(ids, m[1]) {
					t.Errorf("%s says %s twice", lang, m[1])
				}
				ids = append(ids, m[1])
			}
			if len(ids) < want {
				t.Errorf("%s: %d ids were read, of %d", lang, len(ids), want)
			}
		}
	}
}

func TestTheFontsHaveEveryWord(t *testing.T) {
	for _, text := range [][]byte{assets.MessagesZH, assets.MessagesEN} {
		if missing := assets.Missing(strings.ReplaceAll(string(text), "\n", "")); len(missing) > 0 {
			t.Errorf("the fonts lack %q", string(missing))
		}
	}
}

// Every id that the program names is in the catalogue, and every text of the catalogue is named somewhere.
func TestNoOrphans(t *testing.T) {
	var code strings.Builder
	for _, room := range []string{"../../ui", "../../app"} {
		err := filepath.WalkDir(room, func(path string, d os.DirEntry, err error) error {
			if err != nil || d.IsDir() || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
				return err
			}
			text, err := os.ReadFile(path)
			code.Write(text)
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	all := code.String()
	for id := range catalogues()[Chinese].Text {
		// ids that are put together: step. + number
		stem := id[:strings.LastIndexByte(id, '.')+1]
		// A help page has several parts, and app/doctor knows its own orphans.
		if room := id[:strings.IndexByte(id, '.')+1]; room == "help." || room == "doctor." {
			stem = room
		}
		if !strings.Contains(all, `"`+id+`"`) && (stem == "" || !strings.Contains(all, `"`+stem+`"`)) {
			t.Errorf("nobody says %q", id)
		}
	}
	for id := range catalogues()[Chinese].Refusals {
		stem := string(id[:strings.LastIndexByte(string(id), '.')+1])
		if !strings.Contains(all, `"`+string(id)+`"`) && (stem == "" || !strings.Contains(all, `"`+stem+`"`)) {
			t.Errorf("nobody is refused with %q", id)
		}
	}
}

// The terms are pairs, each said once, the Chinese in Chinese and the English without it, short enough for its row.
func TestTerms(t *testing.T) {
	han := regexp.MustCompile(`\p{Han}`)
	seen := make(map[string]bool)
	for _, name := range []string{"items", "causes", "remarks"} {
		text, err := assets.Terms.ReadFile("terms/" + name + ".csv")
		if err != nil {
			t.Fatal(err)
		}
		for line := range strings.Lines(string(text)) {
			if strings.HasPrefix(line, "#") {
				continue
			}
			chinese, english, ok := strings.Cut(strings.TrimSuffix(line, "\n"), ",")
			switch {
			case !ok || !han.MatchString(chinese) || english == "" || han.MatchString(english) || len(english) > 60:
				t.Errorf("%s: %q", name, line)
			case seen[chinese]:
				t.Errorf("%s: %s stands twice", name, chinese)
			}
			seen[chinese] = true
			if got, ok := Term(chinese); !ok || got != english {
				t.Errorf("%s: got %q, want %q", chinese, got, english)
			}
		}
	}
	if said, ok := Term("没有的纠纷"); ok {
		t.Errorf("an unknown term is said as %q", said)
	}
}

func TestFill(t *testing.T) {
	if got := Text(Chinese, "list.total", "said", "50", "rows", "60"); got != "合计行是50元，各行相加是60元：有的行缺少或被改过，请核对" {
		t.Errorf("got %q", got)
	}
	if got := Text(Chinese, "no.such"); got != "no.such" {
		t.Errorf("got %q", got)
	}
	if got := Of(English, "no.such").Code; got != "S-09" {
		t.Errorf("an unknown refusal has code %s", got)
	}
}
