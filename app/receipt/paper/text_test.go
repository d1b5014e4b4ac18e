package paper

import (
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"courtkiosk/app/receipt"
	"courtkiosk/assets"
)

// rareNames are characters of names that court files are full of and fonts are not: of the extensions too.
const rareNames = "龘喆堃淼犇骉昇祎甯燚垚赟翀玥珺旻晟彧頔奡朤㛃㙍䶮𫟹𬴃𨱇𬘭𬬭𫍯𫖮"

// What a PDF says is what was written, character for character, for the whole basic block of Chinese and for rare
// names: no radical of the same look, no other character of the same glyph (壿 and 墫 are one drawing in the fonts).
func TestExtractedText(t *testing.T) {
	need(t, "pdftotext")
	var all []rune
	for r := rune(0x4E00); r <= 0x9FFF; r++ {
		all = append(all, r)
	}
	all = append(all, []rune(rareNames)...)
	missing := assets.Missing(string(all))
	if len(missing) > 100 {
		t.Fatalf("the fonts lack %d of %d characters", len(missing), len(all))
	}
	all = slices.DeleteFunc(all, func(r rune) bool { return slices.Contains(missing, r) })
	s, err := newSlip("text", Roll80)
	if err != nil {
		t.Fatal(err)
	}
	for line := range slices.Chunk(all, 20) {
		s.block(string(line), regular(8), 0, left)
	}
	page := s.page(receipt.Production)
	path := filepath.Join(t.TempDir(), "all.pdf")
	f, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := page.PDF(f); err != nil {
		t.Fatal(err)
	}
	f.Close()
	out, err := exec.Command("pdftotext", "-raw", path, "-").Output()
	if err != nil {
		t.Fatal(err)
	}
	got := []rune(squeeze(string(out)))
	wrong := 0
	for i, r := range all {
		if i >= len(got) || got[i] != r {
			if wrong++; wrong < 6 {
				t.Errorf("character %d, %c (U+%04X), is extracted as %s", i, r, r,
					string(got[min(i, len(got)-1):min(i+1, len(got))]))
			}
		}
	}
	t.Logf("%d characters, %d wrong, %d not in the fonts: %s", len(all), wrong, len(missing), string(missing))
}

// A name of several scripts is one line from left to right: canvas laid its parts over each other.
func TestNameOfSeveralScripts(t *testing.T) {
	need(t, "pdftotext")
	r := sample()
	r.Payer = "KTV娱乐é（北京）Ωб公司"
	page, err := Layout(r, A4)
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "name.pdf")
	if err := os.WriteFile(path, pdfOf(t, page), 0o600); err != nil {
		t.Fatal(err)
	}
	out, err := exec.Command("pdftotext", "-layout", path, "-").Output()
	if err != nil {
		t.Fatal(err)
	}
	want := string(slices.DeleteFunc([]rune(r.Payer), func(c rune) bool { return slices.Contains(page.Missing, c) }))
	if !strings.Contains(strings.ReplaceAll(string(out), "〓", ""), want) {
		t.Errorf("the PDF lacks %s:\n%s", want, out)
	}
}

// A name with a character that the fonts lack is printed with a mark in its place, and reported.
func TestMissingCharacters(t *testing.T) {
	r := sample()
	r.Payer = "王*\U0002FFFE"
	page, err := Layout(r, Roll80)
	if err != nil || len(page.Missing) != 1 || page.Missing[0] != 0x2FFFE {
		t.Errorf("missing %q, %v", page.Missing, err)
	}
}
