package paper

import (
	"bytes"
	"testing"
)

// A subset has each character's own drawing and advance at the character's number, also for two that share a drawing.
func TestSubset(t *testing.T) {
	both, err := fonts()
	if err != nil {
		t.Fatal(err)
	}
	chars := []rune("京1é壿墫𫟹 —")
	for _, f := range both {
		cut := &font{tables: readTables(f.subset(chars))}
		if got, want := u16(cut.tables["maxp"], 4), uint16(len(chars)+1); got != want {
			t.Errorf("%s: %d glyphs, want %d", f.name, got, want)
		}
		for i, r := range chars {
			got, want := cut.drawing(uint16(i+1)), f.drawing(f.glyph(r))
			if !bytes.Equal(bytes.TrimRight(got, "\x00"), bytes.TrimRight(want, "\x00")) || r != ' ' && len(got) == 0 {
				t.Errorf("%s: another drawing for %c", f.name, r)
			}
			if got, want := cut.metrics(uint16(i+1)), f.metrics(f.glyph(r)); !bytes.Equal(got, want) {
				t.Errorf("%s: %c has metrics %x, want %x", f.name, r, got, want)
			}
		}
	}
}

// A subset's own checksum makes the whole file's sum the one that the specification wants.
func TestSubsetChecksum(t *testing.T) {
	both, err := fonts()
	if err != nil {
		t.Fatal(err)
	}
	if got := checksum(both[plain].subset([]rune("京"))); got != 0xB1B0AFBA {
		t.Errorf("the sum is %#x", got)
	}
}

// A glyph made of other glyphs has a negative number of contours; subset would cut it from its parts.
func TestNoCompositeGlyphs(t *testing.T) {
	both, err := fonts()
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range both {
		n := u16(f.tables["maxp"], 4)
		if n < 20000 {
			t.Fatalf("%s: only %d glyphs", f.name, n)
		}
		for g := range n {
			if d := f.drawing(g); len(d) > 0 && int16(u16(d, 0)) < 0 {
				t.Fatalf("%s: glyph %d is made of others", f.name, g)
			}
		}
	}
}

func TestOpenFontRefuses(t *testing.T) {
	if _, err := openFont("rubbish", []byte("rubbish, and more than a header of it")); err == nil {
		t.Error("opened rubbish")
	}
}
