package paper

import (
	"encoding/binary"
	"errors"
	"sync"

	"golang.org/x/image/font/sfnt"
	"golang.org/x/image/math/fixed"

	"courtkiosk/assets"
)

// A weight is one of the program's two fonts.
type weight int

const (
	plain weight = iota
	heavy
)

// A font is TrueType, with the tables that a subset is cut from.
type font struct {
	name   string // in a PDF
	parsed *sfnt.Font
	tables map[string][]byte
	em     float64 // units of the font
}

var fonts = sync.OnceValues(func() (*[2]*font, error) {
	a, err := openFont("CourtkioskSans-Regular", assets.Regular)
	if err != nil {
		return nil, err
	}
	b, err := openFont("CourtkioskSans-Bold", assets.Bold)
	return &[2]*font{plain: a, heavy: b}, err
})

func openFont(name string, file []byte) (*font, error) {
	parsed, err := sfnt.Parse(file)
	if err != nil {
		return nil, err
	}
	f := &font{name: name, parsed: parsed, tables: readTables(file), em: float64(parsed.UnitsPerEm())}
	if f.tables["glyf"] == nil || u16(f.tables["head"], 50) != 1 {
		return nil, errors.New("want TrueType outlines with an index of 32 bits")
	}
	return f, nil
}

// readTables returns a font file's tables by their tags. The file is one that sfnt has parsed, or our own.
func readTables(file []byte) map[string][]byte {
	tables := make(map[string][]byte)
	for i := range int(u16(file, 4)) {
		record := file[12+16*i:]
		tables[string(record[:4])] = file[u32(record, 8):][:u32(record, 12)]
	}
	return tables
}

func u16(b []byte, at int) uint16 { return binary.BigEndian.Uint16(b[at:]) }
func u32(b []byte, at int) uint32 { return binary.BigEndian.Uint32(b[at:]) }

// glyph is the font's drawing of a character; 0, an empty box, where it has none.
func (f *font) glyph(r rune) uint16 {
	i, err := f.parsed.GlyphIndex(nil, r)
	if err != nil {
		return 0
	}
	return uint16(i)
}

// metrics are a glyph's four bytes of the table hmtx: advance and left side bearing.
func (f *font) metrics(glyph uint16) []byte {
	full, hmtx := int(u16(f.tables["hhea"], 34)), f.tables["hmtx"]
	if i := int(glyph); i >= full { // a font whose last glyphs are all as wide as the last one with an advance
		return append(append([]byte(nil), hmtx[4*full-4:][:2]...), hmtx[4*full+2*(i-full):][:2]...)
	}
	return hmtx[4*int(glyph):][:4]
}

// advance is how far the pen goes on after a character, in ems.
func (f *font) advance(r rune) float64 { return float64(u16(f.metrics(f.glyph(r)), 0)) / f.em }

// width is that of a line, in ems.
func (f *font) width(line string) float64 {
	w := 0.0
	for _, r := range line {
		w += f.advance(r)
	}
	return w
}

// outline is the shape of a line that begins at x and stands at base, in letters of the given size; all mm.
func (f *font) outline(line string, x, base, size float64) path {
	var shape path
	scale := size / f.em / 64
	for _, r := range line {
		segments, err := f.parsed.LoadGlyph(nil, sfnt.GlyphIndex(f.glyph(r)), fixed.I(int(f.em)), nil)
		if err != nil { // only of a broken font, which a test would have found
			continue
		}
		for _, s := range segments {
			at := segment{op: s.Op}
			for i, p := range s.Args {
				at.at[i] = point{x + float64(p.X)*scale, base + float64(p.Y)*scale}
			}
			shape = append(shape, at)
		}
		x += f.advance(r) * size
	}
	return shape
}
