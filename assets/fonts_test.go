package assets

import (
	"bytes"
	"testing"

	"golang.org/x/image/font/sfnt"
	"golang.org/x/text/encoding/simplifiedchinese"
)

func TestFontsCoverWhatIsWritten(t *testing.T) {
	var text []rune
	for hi := 0xB0; hi <= 0xF7; hi++ { // the ideographs of GB 2312, levels 1 and 2
		for lo := 0xA1; lo <= 0xFE; lo++ {
			if hi == 0xD7 && lo > 0xF9 {
				continue // five places without a character
			}
			s, err := simplifiedchinese.GBK.NewDecoder().Bytes([]byte{byte(hi), byte(lo)})
			if err != nil {
				t.Fatal(err)
			}
			text = append(text, []rune(string(s))...)
		}
	}
	if len(text) != 6763 {
		t.Fatalf("got %d ideographs of GB 2312, want 6763", len(text))
	}
	text = append(text, []rune("㛃䶮喆堃珺玥𫖯𬍛·…—“”「」（）￥¥✓←→●○×！？，。：；〓")...)
	if missing := Missing(string(text)); len(missing) > 0 {
		t.Errorf("the fonts lack %q", string(missing))
	}
	if got := Missing("张\U0002FFFF"); len(got) != 1 {
		t.Errorf("Missing = %q, want one", string(got))
	}
}

func TestFontsAreTrueTypeAndAgree(t *testing.T) {
	regular, err := sfnt.Parse(Regular)
	if err != nil {
		t.Fatal(err)
	}
	bold, err := sfnt.Parse(Bold)
	if err != nil {
		t.Fatal(err)
	}
	if bytes.HasPrefix(Regular, []byte("ttcf")) || bytes.HasPrefix(Bold, []byte("ttcf")) {
		t.Error("a collection: Fyne cannot load it")
	}
	var b sfnt.Buffer
	for r := rune(0x20); r < 0x30000; r++ {
		i, _ := regular.GlyphIndex(&b, r)
		j, _ := bold.GlyphIndex(&b, r)
		if (i == 0) != (j == 0) {
			t.Errorf("only one font has %U", r)
		}
		if i != 0 && (r >= 0x2E80 && r <= 0x2FDF || r >= 0xF900 && r <= 0xFAFF) {
			t.Errorf("the fonts have %U, which text out of a PDF would turn into", r)
		}
	}
}
