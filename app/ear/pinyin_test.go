package ear

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"flag"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"courtkiosk/app/caseno"
	"courtkiosk/app/message"
	"courtkiosk/assets"

	"golang.org/x/image/font/sfnt"
)

var update = flag.Bool("update", false, "write the golden sounds anew; read each difference before it is committed")

// legal are the syllables of Mandarin, without tones: the initials of each final, - for none.
var legal = func() map[string]bool {
	set := make(map[string]bool)
	for finals, initials := range map[string]string{
		"a":    "- b p m f d t n l g k h zh ch sh z c s y w",
		"o":    "- b p m f w y l",
		"e":    "- m d t n l g k h zh ch sh r z c s y",
		"ai":   "- b p m d t n l g k h zh ch sh z c s w",
		"ei":   "- b p m f d t n l g k h zh sh z w",
		"ao":   "- b p m d t n l g k h zh ch sh r z c s y",
		"ou":   "- p m f d t n l g k h zh ch sh r z c s y",
		"an":   "- b p m f d t n l g k h zh ch sh r z c s y w",
		"en":   "- b p m f d n g k h zh ch sh r z c s w",
		"ang":  "- b p m f d t n l g k h zh ch sh r z c s y w",
		"eng":  "- b p m f d t n l g k h zh ch sh r z c s w",
		"ong":  "d t n l g k h zh ch r z c s y",
		"er":   "-",
		"i":    "b p m d t n l j q x zh ch sh r z c s y",
		"ia":   "d l j q x",
		"ie":   "b p m d t n l j q x",
		"iao":  "b p m d t n l j q x",
		"iu":   "m d n l j q x",
		"ian":  "b p m d t n l j q x",
		"in":   "b p m n l j q x y",
		"iang": "n l j q x",
		"ing":  "b p m d t n l j q x y",
		"iong": "j q x",
		"u":    "b p m f d t n l g k h zh ch sh r z c s j q x y w",
		"ua":   "g k h zh ch sh",
		"uo":   "d t n l g k h zh ch sh r z c s",
		"uai":  "g k h zh ch sh",
		"ui":   "d t g k h zh ch sh r z c s",
		"uan":  "d t n l g k h zh ch sh r z c s j q x y",
		"un":   "d t n l g k h zh ch sh r z c s j q x y",
		"uang": "g k h zh ch sh",
		"ue":   "j q x y",
		"v":    "n l",
		"ve":   "n l",
	} {
		for _, initial := range strings.Fields(initials) {
			set[strings.TrimPrefix(initial, "-")+finals] = true
		}
	}
	return set
}()

// wrongSound says what is wrong with a syllable; empty when nothing is.
func wrongSound(sound string) string {
	if n := len(sound) - 1; n < 1 || sound[n] < '1' || sound[n] > '5' || !legal[sound[:n]] {
		return sound + " is no syllable of Mandarin"
	}
	return ""
}

// wrongPart says what is wrong with a part of a voice: a rune that must not be left, a syllable too few.
func wrongPart(p Part) string {
	if p.Lang == message.English {
		for _, text := range []string{p.Words, p.Sound} {
			for _, r := range text {
				if !(r >= 'A' && r <= 'Z' || r >= 'a' && r <= 'z' || strings.ContainsRune(" ',.-", r)) {
					return fmt.Sprintf("%q is left in %q", r, text)
				}
			}
		}
		return ""
	}
	han := 0
	for _, r := range p.Words {
		switch {
		case isHan(r):
			han++
		case !strings.ContainsRune("，。", r):
			return fmt.Sprintf("%q is left in %q", r, p.Words)
		}
	}
	sounds := strings.Fields(p.Sound)
	for _, s := range sounds {
		pauses := strings.Count(s, ",") + strings.Count(s, ".")
		if wrong := wrongSound(strings.TrimRight(s, ",.")); wrong != "" || pauses > 1 {
			return fmt.Sprintf("%q in %s", s, p.Sound)
		}
	}
	if len(sounds) != han || han == 0 {
		return fmt.Sprintf("%d sounds for the %d characters of %s", len(sounds), han, p.Words)
	}
	return ""
}

// Each line is a word with its sounds, all of them Mandarin, and each word stands there once.
func TestTable(t *testing.T) {
	seen := make(map[string]bool)
	n := 0
	for line := range strings.Lines(pinyinTable) {
		n++
		line = strings.TrimSuffix(line, "\n")
		if strings.HasPrefix(line, "#") {
			continue
		}
		word, sound, _ := strings.Cut(line, " ")
		if strings.Count(sound, " ")+1 != utf8.RuneCountInString(word) || seen[word] || !isHan([]rune(word)[0]) {
			t.Errorf("line %d: %q", n, line)
		}
		seen[word] = true
		for s := range strings.SplitSeq(sound, " ") {
			if wrong := wrongSound(s); wrong != "" {
				t.Errorf("line %d, %s: %s", n, word, wrong)
			}
		}
	}
	if len(readings().chars) < 21_000 || len(readings().words) < 500 {
		t.Errorf("%d characters, %d words", len(readings().chars), len(readings().words))
	}
}

// A character that the fonts have and nobody can say is a radical, or none of Mandarin.
func TestTableHasTheFontsCharacters(t *testing.T) {
	font, err := sfnt.Parse(assets.Regular)
	if err != nil {
		t.Fatal(err)
	}
	var b sfnt.Buffer
	var missing []rune
	for r := rune(0x3400); r < 0x32000; r++ {
		if i, _ := font.GlyphIndex(&b, r); i != 0 && isHan(r) && readings().chars[r] == "" {
			missing = append(missing, r)
		}
	}
	if len(missing) > 150 {
		t.Errorf("nobody can say %d characters: %q", len(missing), string(missing))
	}
	for _, r := range "㛃䶮喆堃珺玥𫖯𬍛犇巽拔龘淼" {
		if slices.Contains(missing, r) {
			t.Errorf("nobody can say %c, which stands in names", r)
		}
	}
}

// Letters are told apart by ear, from each other and from digits.
func TestLettersSoundDifferently(t *testing.T) {
	seen := make(map[string]byte)
	for _, c := range []byte(figuresASCII + lettersASCII[:26]) {
		sound := Parts(message.Chinese, "B-"+string(c))[0].Sound
		bare := strings.Map(func(r rune) rune {
			if r >= '1' && r <= '5' {
				return -1
			}
			return r
		}, sound)
		if other, ok := seen[bare]; ok {
			t.Errorf("%c sounds like %c: %s", c, other, sound)
		}
		seen[bare] = c
	}
}

// values are what stands in the places of the catalogue's sentences here.
var values = map[string]string{
	"window": "2号窗口", "cash": "3号窗口", "n": "3", "code": "B-03", "kiosk": "03", "amount": "¥2,700.00", "days": "7",
	"date": "2026年11月30日", "day": "2026年11月23日 星期一", "from": "9:00", "to": "17:00", "at": "13:30",
	"number": "（2026）京0101民初12345号", "printer": "打印机缺纸", "digit": "幺", "year": "2026", "court": "京0101",
	"type": "民初", "hotline": "12368", "payee": "北京市东城区人民法院", "sum": "¥20.00", "rate": "2.5%",
	"over": "¥10,000.00", "of": "2", "within": "¥90,000.00", "article": "第十三条", "label": "交费人", "value": "张*明",
	"read": "0101", "meant": "京0101", "bill": "申请执行费　¥1,450.00", "choices": "“返回”或“返回首页”", "title": "未查到该案号",
	"what": "交费", "why": "微信支付繁忙。", "key": "1", "slot": "屏幕下方右侧", "hours": "周一至周五 9:00–17:00", "opens": "明天9:00",
	"law": "诉讼费用交纳办法",
}

// englishValues are those of them that English pages have in other words.
var englishValues = map[string]string{
	"window": "Window 2", "cash": "Window 3", "date": "30 Nov 2026", "day": "Mon 23 Nov 2026",
	"printer": "The printer is jammed", "payee": "Beijing Dongcheng District People's Court", "article": "art. 13",
	"label": "Payer", "hours": "Mon–Fri 9:00–17:00", "opens": "tomorrow at 9:00", "law": "Order 481",
	"slot": "below the screen, on the right", "bill": "Fine　¥1,450.00", "choices": "\"Back\" or \"Home\"",
	"title": "Case not found", "what": "Pay", "why": "WeChat Pay is busy.", "digit": "one",
}

// sentences are all that a visitor reads or hears, by id, with values in their places; not what clerks read.
func sentences(t *testing.T, lang message.Lang, data []byte) (list [][2]string) {
	t.Helper()
	var c struct {
		Text     map[string]string
		Refusals map[string]message.Refusal
	}
	if err := json.Unmarshal(data, &c); err != nil {
		t.Fatal(err)
	}
	for id, r := range c.Refusals {
		c.Text[id+":title"], c.Text[id+":sentence"], c.Text[id+":next"] = r.Title, r.Sentence, r.Next
	}
	for _, id := range slices.Sorted(maps.Keys(c.Text)) {
		clerks := strings.HasPrefix(id, "list.") ||
			strings.HasPrefix(id, "doctor.") && !strings.HasSuffix(id, ".visitor")
		if text := c.Text[id]; !clerks && text != "" {
			for name, value := range values {
				if english := englishValues[name]; lang == message.English && english != "" {
					value = english
				}
				text = strings.ReplaceAll(text, "{"+name+"}", value)
			}
			if strings.Contains(text, "{") {
				t.Errorf("%s has a place that has no value here: %s", id, text)
			}
			list = append(list, [2]string{id, text})
		}
	}
	return list
}

// golden compares lines with a file of testdata, which -update writes.
func golden(t *testing.T, name string, got []byte) {
	t.Helper()
	if *update {
		if err := os.WriteFile(filepath.Join("testdata", name), got, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	g, w := strings.Split(string(got), "\n"), strings.Split(readGolden(t, name), "\n")
	if slices.Equal(g, w) {
		return
	}
	const hint = "if it sounds right: go test ./app/ear -update, and read the difference"
	for _, line := range g {
		if !slices.Contains(w, line) {
			t.Errorf("%s has not: %s\n(%s)", name, line, hint)
		}
	}
	for _, line := range w {
		if !slices.Contains(g, line) {
			t.Errorf("%s has, and nobody says: %s\n(%s)", name, line, hint)
		}
	}
	if !t.Failed() {
		t.Errorf("%s has another order (%s)", name, hint)
	}
}

func readGolden(t *testing.T, name string) string {
	t.Helper()
	data, err := os.ReadFile(filepath.Join("testdata", name))
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

// The catalogue's sentences sound as somebody has read them.
func TestSentences(t *testing.T) {
	for lang, data := range map[message.Lang][]byte{
		message.Chinese: assets.MessagesZH, message.English: assets.MessagesEN,
	} {
		var b bytes.Buffer
		for _, s := range sentences(t, lang, data) {
			for _, p := range Parts(lang, s[1]) {
				fmt.Fprintf(&b, "%s | %s %s", s[0], p.Lang, p.Words)
				if p.Lang == message.Chinese {
					fmt.Fprintf(&b, " | %s", p.Sound)
				}
				b.WriteByte('\n')
				if wrong := wrongPart(p); wrong != "" {
					t.Errorf("%s: %s", s[0], wrong)
				}
			}
			unsaid(t, s[1])
		}
		golden(t, "sentences."+string(lang)+".txt", b.Bytes())
	}
}

// unsaid fails where a character of ours is not in the table.
func unsaid(t *testing.T, text string) {
	t.Helper()
	for _, r := range text {
		if _, ok := readings().chars[r]; isHan(r) && !ok {
			t.Errorf("nobody can say %c in %s", r, text)
		}
	}
}

// Terms and types of cases sound as somebody has read them.
func TestTerms(t *testing.T) {
	var list []string
	for _, file := range []string{"causes", "items", "remarks", "courts"} {
		data, err := assets.Terms.ReadFile("terms/" + file + ".csv")
		if err != nil {
			t.Fatal(err)
		}
		for line := range strings.Lines(string(data)) {
			if term, _, ok := strings.Cut(line, ","); ok && !strings.HasPrefix(line, "#") {
				list = append(list, term)
			}
		}
	}
	for _, kind := range caseno.Types() {
		list = append(list, kind.Code, kind.Meaning)
	}
	var b bytes.Buffer
	for _, term := range list {
		unsaid(t, term)
		for _, p := range Parts(message.Chinese, term) {
			fmt.Fprintf(&b, "%s | %s\n", p.Words, p.Sound)
			if wrong := wrongPart(p); wrong != "" {
				t.Errorf("%s: %s", term, wrong)
			}
		}
	}
	golden(t, "terms.txt", b.Bytes())
}

// Every court sounds as somebody has read it.
func TestCourts(t *testing.T) {
	var b bytes.Buffer
	file, err := os.Open("../caseno/testdata/court_codes.csv") // of which caseno's table is made
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	rows, err := csv.NewReader(file).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	for _, row := range rows[1:] {
		code, name := row[0], row[1]
		unsaid(t, name)
		for _, p := range Parts(message.Chinese, name) {
			sound := p.Sound
			if p.Lang == message.English {
				sound = "en " + sound
			}
			fmt.Fprintf(&b, "%s\t%s\t%s\n", code, name, sound)
			if wrong := wrongPart(p); wrong != "" {
				t.Errorf("%s: %s", name, wrong)
			}
		}
	}
	golden(t, "courts.txt", b.Bytes())
}
