package paper

import (
	"bytes"
	"crypto/sha256"
	"encoding/xml"
	"fmt"
	"io"
	"math"
	"strconv"
	"strings"
	"unicode/utf16"

	"golang.org/x/image/font/sfnt"
)

// PDF writes the slip as one page, as wide as its roll. It is made after PDF/A-2b (ISO 19005-2): fonts embedded, every
// character named, no colour but grey. It has no date, so that the same slip is the same file.
func (p *Page) PDF(w io.Writer) error {
	wide, high, left, top := p.roll.width()+2*margin, p.height, margin, 0.0
	if p.roll == A4 {
		wide, high = a4Width, a4Height
		left, top = (wide-p.roll.width())/2, a4Top
	}
	return writePDF(w, []*Page{p}, wide, high, left, top)
}

// writePDF writes pages of one size, all mm; left and top are where what was laid out begins on each. The first one
// names the file.
func writePDF(w io.Writer, pages []*Page, wide, high, left, top float64) error {
	first := pages[0]
	ink := pdfPen{page: first, left: left, top: high - top}
	contents := make([][]byte, len(pages))
	for i, p := range pages {
		ink.content.Reset()
		for _, draw := range p.draw {
			draw(&ink)
		}
		contents[i] = bytes.Clone(ink.content.Bytes())
	}
	const tree, firstPage = 2, 3 // the numbers of objects: the catalog is the first, a page is two
	info := firstPage + 2*len(pages)
	metadata, profile, firstFont := info+1, info+2, info+3
	var names, kids string
	for i := range ink.chars {
		if len(ink.chars[i].list) > 0 {
			names += fmt.Sprintf("/F%d %d 0 R", i, firstFont+ink.fontsBefore(i)*fontObjects)
		}
	}
	for i := range pages {
		kids += fmt.Sprintf(" %d 0 R", firstPage+2*i)
	}
	title := literal("\uFEFF" + first.title)
	f := newPDF()
	f.object(fmt.Sprintf("<</Type/Catalog/Pages %d 0 R/Lang(zh-CN)/Metadata %d 0 R/OutputIntents[<</Type/OutputIntent"+
		"/S/GTS_PDFA1/OutputConditionIdentifier(Grey, gamma 2.2)/DestOutputProfile %d 0 R>>]>>",
		tree, metadata, profile))
	f.object(fmt.Sprintf("<</Type/Pages/Kids[%s]/Count %d>>", kids[1:], len(pages)))
	for i, content := range contents {
		f.object(fmt.Sprintf(
			"<</Type/Page/Parent %d 0 R/MediaBox[0 0 %s %s]/Contents %d 0 R/Resources<</Font<<%s>>>>>>",
			tree, points(wide), points(high), firstPage+2*i+1, names))
		f.stream("", content)
	}
	f.object(fmt.Sprintf("<</Title%s/Producer(courtkiosk)>>", title))
	about := xmp(first.title, first.code)
	f.object(fmt.Sprintf("<</Type/Metadata/Subtype/XML/Length %d>>\nstream\n%s\nendstream", len(about), about))
	f.stream("/N 1", greyProfile())
	for i, used := range ink.chars {
		if len(used.list) > 0 {
			first.fonts[i].embed(f, used.list)
		}
	}
	_, err := w.Write(f.end(info))
	return err
}

func literal(text string) string {
	var b strings.Builder
	b.WriteByte('<')
	for _, unit := range utf16.Encode([]rune(text)) {
		fmt.Fprintf(&b, "%04X", unit)
	}
	return b.String() + ">"
}

// points writes mm in points, the unit of PDF.
func points(mm float64) string {
	return strconv.FormatFloat(math.Round(mm*72/25.4*1000)/1000, 'f', -1, 64)
}

func xmp(title, code string) []byte {
	var b bytes.Buffer
	b.WriteString(`<?xpacket begin="` + "\uFEFF" + `" id="W5M0MpCehiHzreSzNTczkc9d"?>
<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">
<rdf:Description rdf:about="" xmlns:pdf="http://ns.adobe.com/pdf/1.3/" xmlns:dc="http://purl.org/dc/elements/1.1/">
<pdf:Producer>courtkiosk</pdf:Producer><dc:title><rdf:Alt><rdf:li xml:lang="x-default">`)
	_ = xml.EscapeText(&b, []byte(title)) // a buffer takes everything
	b.WriteString(`</rdf:li></rdf:Alt></dc:title>`)
	if code != "" {
		b.WriteString("<dc:identifier>")
		_ = xml.EscapeText(&b, []byte(code))
		b.WriteString("</dc:identifier>")
	}
	b.WriteString(`</rdf:Description></rdf:RDF></x:xmpmeta><?xpacket end="r"?>`)
	return b.Bytes()
}

// A pdfPen is the pen of PDFs. PDF counts y upwards.
type pdfPen struct {
	page      *Page
	left, top float64 // where the slip's upper left corner is on the page, mm
	content   bytes.Buffer
	chars     [2]charset
}

// A charset gives each character of a font the next number, from 1: a PDF's text is of these numbers.
type charset struct {
	list   []rune
	number map[rune]int
}

func (c *charset) code(r rune) int {
	n, ok := c.number[r]
	if !ok {
		if c.number == nil {
			c.number = make(map[rune]int)
		}
		c.list = append(c.list, r)
		n = len(c.list)
		c.number[r] = n
	}
	return n
}

func (p *pdfPen) fontsBefore(weight int) int {
	n := 0
	for _, c := range p.chars[:weight] {
		n += min(1, len(c.list))
	}
	return n
}

func (p *pdfPen) at(x, y float64) string { return points(p.left+x) + " " + points(p.top-y) }

func (p *pdfPen) fill(shape path) {
	p.trace(shape)
	p.content.WriteString("f\n")
}

func (p *pdfPen) shade(shape path) {
	p.content.WriteString(".94 g ")
	p.fill(shape)
	p.content.WriteString("0 g\n")
}

func (p *pdfPen) stroke(shape path, thick float64) {
	p.content.WriteString(points(thick) + " w ")
	p.trace(shape)
	p.content.WriteString("s\n")
}

// trace writes the outlines of a shape, all but the last closed.
func (p *pdfPen) trace(shape path) {
	var from point
	for i, s := range shape {
		end := s.points()[len(s.points())-1]
		switch a, b := s.at[0], s.at[1]; s.op {
		case sfnt.SegmentOpMoveTo:
			if i > 0 {
				p.content.WriteString("h ")
			}
			fmt.Fprintf(&p.content, "%s m ", p.at(end.x, end.y))
		case sfnt.SegmentOpLineTo:
			fmt.Fprintf(&p.content, "%s l ", p.at(end.x, end.y))
		case sfnt.SegmentOpQuadTo: // PDF has cubic curves only
			fmt.Fprintf(&p.content, "%s %s %s c ", p.at(from.x+(a.x-from.x)*2/3, from.y+(a.y-from.y)*2/3),
				p.at(b.x+(a.x-b.x)*2/3, b.y+(a.y-b.y)*2/3), p.at(b.x, b.y))
		case sfnt.SegmentOpCubeTo:
			fmt.Fprintf(&p.content, "%s %s %s c ", p.at(a.x, a.y), p.at(b.x, b.y), p.at(end.x, end.y))
		}
		from = end
	}
}

func (p *pdfPen) text(x, base float64, line string, f face, white bool) {
	grey := 0
	if white {
		grey = 1
	}
	fmt.Fprintf(&p.content, "BT %d g /F%d %s Tf %s Td <", grey, f.weight, points(f.size()), p.at(x, base))
	for _, r := range line {
		fmt.Fprintf(&p.content, "%04X", p.chars[f.weight].code(r))
	}
	p.content.WriteString("> Tj ET 0 g\n")
}

const fontObjects = 5

// embed writes the objects of a font with some characters: five, the first of which is the font.
func (f *font) embed(out *pdfFile, chars []rune) {
	first := out.next()
	name := subsetTag(f.name, chars) + "+" + f.name
	out.object(fmt.Sprintf("<</Type/Font/Subtype/Type0/BaseFont/%s/Encoding/Identity-H/DescendantFonts[%d 0 R]"+
		"/ToUnicode %d 0 R>>", name, first+1, first+4))
	var widths strings.Builder
	for _, r := range chars {
		fmt.Fprintf(&widths, "%.0f ", f.advance(r)*1000)
	}
	out.object(fmt.Sprintf("<</Type/Font/Subtype/CIDFontType2/BaseFont/%s/CIDSystemInfo<</Registry(Adobe)"+
		"/Ordering(Identity)/Supplement 0>>/FontDescriptor %d 0 R/CIDToGIDMap/Identity/DW 1000/W[1[%s]]>>",
		name, first+2, widths.String()))
	metric := func(table string, at int) int { // in thousandths of an em
		return int(math.Round(float64(int16(u16(f.tables[table], at))) * 1000 / f.em))
	}
	const symbolic, stem = 4, 80 // readers use the stem for a font that they replace; this one is embedded
	out.object(fmt.Sprintf("<</Type/FontDescriptor/FontName/%s/Flags %d/FontBBox[%d %d %d %d]/ItalicAngle 0/Ascent %d"+
		"/Descent %d/CapHeight %d/StemV %d/FontFile2 %d 0 R>>", name, symbolic,
		metric("head", 36), metric("head", 38), metric("head", 40), metric("head", 42), // xMin, yMin, xMax, yMax
		metric("hhea", 4), metric("hhea", 6), metric("OS/2", 88), stem, first+3))
	file := f.subset(chars)
	out.stream(fmt.Sprintf("/Length1 %d", len(file)), file)
	out.stream("", toUnicode(chars))
}

// subsetTag is six capitals that differ with the characters, as ISO 32000-1, 9.6.4 asks.
func subsetTag(name string, chars []rune) string {
	sum := sha256.Sum256([]byte(name + string(chars)))
	for i := range 6 {
		sum[i] = 'A' + sum[i]%26
	}
	return string(sum[:6])
}

// toUnicode says which character each number is, so that text can be taken out again.
func toUnicode(chars []rune) []byte {
	var b bytes.Buffer
	b.WriteString("/CIDInit /ProcSet findresource begin 12 dict begin begincmap\n" +
		"/CIDSystemInfo <</Registry (Adobe) /Ordering (UCS) /Supplement 0>> def\n" +
		"/CMapName /Adobe-Identity-UCS def /CMapType 2 def\n1 begincodespacerange <0000> <FFFF> endcodespacerange\n")
	const most = 100 // lines in a block
	for from := 0; from < len(chars); from += most {
		block := chars[from:min(from+most, len(chars))]
		fmt.Fprintf(&b, "%d beginbfchar\n", len(block))
		for i, r := range block {
			fmt.Fprintf(&b, "<%04X> %s\n", from+i+1, literal(string(r)))
		}
		b.WriteString("endbfchar\n")
	}
	b.WriteString("endcmap CMapName currentdict /CMap defineresource pop end end\n")
	return b.Bytes()
}
