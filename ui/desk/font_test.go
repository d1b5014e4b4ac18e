package desk_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"courtkiosk/app/bill"
	"courtkiosk/app/clerk/clerktest"
	"courtkiosk/assets"
	"courtkiosk/ui/desk/desktest"
)

// The small fonts have every character that pages say by themselves: of templates, sentences and the program's words.
func TestSmallFontsHaveThePages(t *testing.T) {
	has := make(map[rune]bool)
	last := rune(0)
	for _, r := range assets.DeskCharacters {
		if has[r] = true; r <= last {
			t.Errorf("%q stands behind %q", r, last)
		}
		last = r
	}
	names, err := filepath.Glob("page/*")
	if err != nil || len(names) < 20 {
		t.Fatal(len(names), err)
	}
	sources, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range append(append(names, sources...), "../../assets/messages/desk.json") {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		for _, r := range string(text) {
			if r >= ' ' && !has[r] {
				t.Errorf("%s says %q, which the small fonts lack: run assets/fonts/words.sh and desk.sh", name, r)
			}
		}
	}
	if n := len(assets.RegularDesk) + len(assets.BoldDesk); n > 1_300_000 {
		t.Errorf("the small fonts have %d bytes", n)
	}
}

// A browser fetches the small fonts alone, until a name has a character besides.
func TestWholeFontsAreForRareNames(t *testing.T) {
	c := few(t)
	s := chromium(t, c, clerktest.Lead)
	fetched := func() string {
		for end := time.Now().Add(20 * time.Second); s.is(`document.fonts.status`) != "loaded"; {
			if time.Now().After(end) {
				t.Fatal("the fonts do not come")
			}
			time.Sleep(50 * time.Millisecond)
		}
		return s.is(`performance.getEntriesByType("resource").map(e => e.name).join(" ")`)
	}
	for _, path := range []string{"/find", "/work", "/closing", "/staff"} {
		s.open(path)
		s.sees("锁定")
		if all := fetched(); !strings.Contains(all, ".woff2") || strings.Contains(all, ".ttf") {
			t.Errorf("%s fetches %s", path, all)
		}
	}
	c.Happen("rare", desktest.Event{Device: "01", Kind: "民初", Serial: 12301, Payer: "𬍛氏贸易有限公司", Item: "案件受理费",
		Purse: bill.Litigation, Amount: 5000, Tail: "118201", Outcome: desktest.Printed})
	s.open("/find")
	s.sees("12301号")
	if all := fetched(); !strings.Contains(all, ".ttf") {
		t.Errorf("a rare name comes without the whole font: %s", all)
	}
}
