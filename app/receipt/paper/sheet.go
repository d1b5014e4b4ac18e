package paper

import (
	"fmt"
	"io"
	"math"
	"strings"

	"courtkiosk/app/receipt"
)

// An A4 Sheet, all mm from the upper left corner of what lies between its margins; 20 mm at the left are for the punch.
const (
	sheetLeft, sheetTop = 20.0, 14.0
	footAt              = 271.0 // the line above the foot
	footRoom            = 3.0   // between it and what stands above
	signAt              = 252.0 // the lines to sign on, on the last page
	cellSide, cellAbove = 2.0, 0.95
	thin, thick         = 0.2, 0.4
	partAbove           = 3.0
)

// A Document is a Sheet on A4.
type Document struct{ pages []*Page }

// PDF writes the document, as Page.PDF does a slip.
func (d *Document) PDF(w io.Writer) error {
	return writePDF(w, d.pages, a4Width, a4Height, sheetLeft, sheetTop)
}

// Pages is how many pages it has.
func (d *Document) Pages() int { return len(d.pages) }

// A File is what becomes one PDF: a Page or a Document.
type File interface{ PDF(w io.Writer) error }

// OnA4 lays out a slip for A4: a Sheet on as many pages as it needs, another one as a voucher.
func OnA4(s receipt.Slip) (File, error) {
	if sheet, ok := s.(receipt.Sheet); ok {
		return LayoutSheet(sheet)
	}
	return LayoutSlip(s, A4)
}

// LayoutSheet lays out a sheet on A4. The lines to sign on stand at the foot of the last page, below something that is
// signed.
func LayoutSheet(s receipt.Sheet) (*Document, error) {
	l := &sheetLayout{sheet: s}
	if err := l.newPage(); err != nil {
		return nil, err
	}
	l.head()
	for i, p := range s.Parts {
		// What is signed stands above the signatures: the last part goes with them where it can.
		if high := l.high(p); i == len(s.Parts)-1 && high < mostMoved {
			if _, err := l.need(high + l.endHigh()); err != nil {
				return nil, err
			}
		}
		if err := l.part(p); err != nil {
			return nil, err
		}
	}
	if err := l.end(); err != nil {
		return nil, err
	}
	d := &Document{}
	for i, p := range l.pages {
		p.foot(s, i+1, len(l.pages))
		if word := s.Environment.Mark(); word != "" {
			p.watermark(word, 190, 120)
		}
		d.pages = append(d.pages, &p.Page)
	}
	return d, nil
}

// A sheetLayout fills one page after the other.
type sheetLayout struct {
	sheet receipt.Sheet
	pages []*slip
	*slip // the page that is being filled
}

var (
	sheetText  = regular(10)
	sheetSmall = regular(9)
)

func (l *sheetLayout) newPage() error {
	s, err := newSlip(l.sheet.Title+" "+l.sheet.Number, folio)
	if err != nil {
		return err
	}
	l.pages, l.slip = append(l.pages, s), s
	if len(l.pages) > 1 {
		l.text(0, 0, l.known(l.sheet.Title+" "+l.sheet.Number+"（续）"), sheetSmall, left)
		l.y = 8
	}
	return nil
}

// need begins a new page where so many mm are not left on this one.
func (l *sheetLayout) need(mm float64) (fresh bool, err error) {
	if l.y+mm <= footAt-footRoom {
		return false, nil
	}
	return true, l.newPage()
}

func (l *sheetLayout) head() {
	w := folio.width()
	l.text(w/2, l.y, l.known(l.sheet.Court), regular(12), centre)
	l.y += 6.5
	l.spread(w/2, l.y, l.sheet.Title, bold(17), 1.4)
	l.y += 10.5
	for i := 0; i < len(l.sheet.Heads); i += 3 {
		row := l.sheet.Heads[i:min(i+3, len(l.sheet.Heads))]
		for j, h := range row {
			line := l.known(h.Label + "：" + h.Value)
			x := [3]float64{0, 0.39 * w, w}[j]
			a := left
			if j == 2 {
				a = right
			}
			l.text(x, l.y, line, sheetText, a)
		}
		l.y += 5.8
	}
}

// spread is a line in the middle with some mm between its characters.
func (l *sheetLayout) spread(x, y float64, line string, f face, between float64) {
	line = l.known(line)
	n := len([]rune(line))
	x -= (l.width(line, f) + between*float64(n-1)) / 2
	for _, r := range line {
		l.text(x, y, string(r), f, left)
		x += l.width(string(r), f) + between
	}
}

func (l *sheetLayout) part(p receipt.Part) error {
	l.y += partAbove
	if _, err := l.need(24); err != nil { // a title with its head, a row and a note
		return err
	}
	if p.Title != "" {
		l.text(0, l.y, l.known(p.Title), bold(10), left)
		l.y += 5.6
	}
	if err := l.table(p); err != nil {
		return err
	}
	for _, n := range p.Notes {
		for i, line := range l.filled(n) {
			if i == 0 {
				l.y += 1.6
			}
			if _, err := l.need(5); err != nil {
				return err
			}
			l.text(0, l.y, line, sheetSmall, left)
			l.y += 4.4
		}
	}
	return nil
}

// filled breaks a note into full lines.
func (l *sheetLayout) filled(note string) []string {
	lines, _ := l.broken(l.known(note), sheetSmall, folio.width())
	return lines
}

// table draws the rows of a part, with its head again on each page.
func (l *sheetLayout) table(p receipt.Part) error {
	edges := edgesOf(p.Columns)
	if len(edges) < 2 {
		return nil
	}
	l.tableHead(p.Columns, edges)
	for _, row := range p.Rows {
		cells, high := l.cells(row, edges)
		fresh, err := l.need(high)
		if err != nil {
			return err
		}
		if fresh {
			l.tableHead(p.Columns, edges)
		}
		l.row(row, cells, p.Columns, edges, high)
	}
	return nil
}

// edgesOf is where the columns of a table begin, and the last one ends.
func edgesOf(columns []receipt.Column) []float64 {
	var all, x float64
	for _, c := range columns {
		all += c.Share
	}
	edges := []float64{0}
	for _, c := range columns {
		x += c.Share
		edges = append(edges, x/all*folio.width())
	}
	return edges
}

func headsOf(columns []receipt.Column) []string {
	heads := make([]string, len(columns))
	for i, c := range columns {
		heads[i] = c.Head
	}
	return heads
}

func (l *sheetLayout) tableHead(columns []receipt.Column, edges []float64) {
	heads := headsOf(columns)
	if strings.Join(heads, "") == "" {
		l.across(l.y, thin)
		return
	}
	cells, high := l.cells(receipt.Line{Cells: heads}, edges)
	top := l.y
	l.shade(0, top, folio.width(), high)
	for i, lines := range cells {
		y := top + (high-float64(len(lines))*sheetText.height())/2
		for _, line := range lines {
			l.text((edges[i]+edges[i+1])/2, y, line, sheetText, centre)
			y += sheetText.height()
		}
	}
	l.across(top, thin)
	l.grid(edges, top, high)
	l.y += high
}

func (s *slip) shade(x, y, w, h float64) {
	s.draw = append(s.draw, func(p pen) { p.shade(rectangle(x, y, w, h)) })
}

// across is a line over the whole width whose middle is at y.
func (s *slip) across(y, thick float64) { s.fill(rectangle(0, y-thick/2, folio.width(), thick)) }

// grid draws the lines beside the cells of a row, and below it.
func (s *slip) grid(edges []float64, top, high float64) {
	for _, x := range edges {
		s.fill(rectangle(x-thin/2, top, thin, high))
	}
	s.across(top+high, thin)
}

// cells breaks the cells of a row into lines, and says how high the row is.
func (l *sheetLayout) cells(row receipt.Line, edges []float64) (cells [][]string, high float64) {
	high = sheetText.height()
	for i, text := range row.Cells {
		end := edges[i+1]
		if i == len(row.Cells)-1 {
			end = edges[len(edges)-1]
		}
		f := sheetText
		if row.Total && i == 0 {
			f = bold(10)
		}
		lines := l.lines(l.known(text), f, end-edges[i]-2*cellSide)
		cells = append(cells, lines)
		high = max(high, float64(len(lines))*sheetText.height())
	}
	return cells, high + 2*cellAbove
}

func (l *sheetLayout) row(row receipt.Line, cells [][]string, columns []receipt.Column, edges []float64, high float64) {
	top := l.y
	for i, lines := range cells {
		f, x, a := sheetText, edges[i]+cellSide, left
		if row.Total && i == 0 {
			f = bold(10)
		}
		if spans := i == len(cells)-1 && i < len(columns)-1; columns[i].Right && !spans {
			x, a = edges[i+1]-cellSide, right
		}
		y := top + (high-float64(len(lines))*f.height())/2
		for _, line := range lines {
			l.text(x, y, line, f, a)
			y += f.height()
		}
	}
	if row.Total {
		l.across(top, thick)
	}
	drawn := edges
	if len(cells) < len(columns) {
		drawn = append(append([]float64{}, edges[:len(cells)]...), edges[len(edges)-1])
	}
	l.grid(drawn, top, high)
	l.y += high
	if row.Last {
		l.across(l.y, thick)
		l.y += 0.8
		l.across(l.y, thin)
	}
}

const (
	checkHigh = 21.0
	mostMoved = 80.0 // mm of a part that goes to the last page with the signatures
)

// endHigh is what stands below the last part.
func (l *sheetLayout) endHigh() (high float64) {
	if l.sheet.Check != nil {
		high += checkHigh + partAbove
	}
	if len(l.sheet.Signatures) > 0 {
		high += footAt - footRoom - signAt + 4
	}
	return high
}

// high is how high a part is, on one page.
func (l *sheetLayout) high(p receipt.Part) float64 {
	high := partAbove + 5.6
	edges := edgesOf(p.Columns)
	rows := p.Rows
	if heads := headsOf(p.Columns); strings.Join(heads, "") != "" {
		rows = append([]receipt.Line{{Cells: heads}}, rows...)
	}
	for _, r := range rows {
		_, one := l.cells(r, edges)
		high += one
	}
	for _, n := range p.Notes {
		high += 1.6 + 4.4*float64(len(l.filled(n)))
	}
	return high
}

// end puts the check words, and the lines to sign on, on the last page.
func (l *sheetLayout) end() error {
	if _, err := l.need(l.endHigh()); err != nil {
		return err
	}
	if c := l.sheet.Check; c != nil {
		l.y += partAbove
		l.check(*c, checkHigh)
	}
	l.sign()
	return nil
}

func (l *sheetLayout) check(c receipt.Check, high float64) {
	w, x := folio.width(), 32.0
	l.fill(rectangle(-thin/2, l.y, thin, high))
	l.fill(rectangle(w-thin/2, l.y, thin, high))
	l.across(l.y, thin)
	l.across(l.y+high, thin)
	rows := []struct {
		label, value string
		f            face
	}{{c.Before, c.BeforeWords, sheetText}, {"本单校验词", c.Words, bold(12)}, {"SHA-256", c.Hash, sheetText}}
	y := l.y + 1.8
	for _, r := range rows {
		f := r.f
		for f.points > 7 && l.width(r.value, f) > w-x-cellSide {
			f.points -= 0.25
		}
		l.text(cellSide, y, l.known(r.label), r.f, left)
		l.text(x, y+r.f.base()-f.base(), l.known(r.value), f, left)
		y += math.Max(r.f.height(), 4.6) + 1.2
	}
	l.y += high
}

// sign draws the lines to sign on: two beside each other, each with a date below.
func (l *sheetLayout) sign() {
	const date = 10.0 // below
	w := folio.width()
	for i, label := range l.sheet.Signatures {
		x, end := float64(i)*0.535*w, float64(i)*0.535*w+0.465*w
		label = l.known(label)
		l.text(x, signAt, label, sheetText, left)
		under := signAt + sheetText.height()
		from := x + l.width(label, sheetText) + 2
		l.fill(rectangle(from, under, end-from, 0.3))
		at := end
		for _, unit := range []string{"日", "月", "年"} {
			at -= l.width(unit, sheetText)
			l.text(at, signAt+date, unit, sheetText, left)
			l.fill(rectangle(at-14, under+date, 12, 0.3))
			at -= 16
		}
	}
}

// foot ends a page.
func (s *slip) foot(of receipt.Sheet, n, all int) {
	s.across(footAt, thin)
	s.text(0, footAt+1.4, s.known(of.Foot), sheetSmall, left)
	page := strings.TrimSpace(fmt.Sprintf("%s　第%d页，共%d页", of.Printed, n, all))
	s.text(folio.width(), footAt+1.4, s.known(page), sheetSmall, right)
}

// layoutNarrow lays out a sheet for a roll: each row of a table becomes lines of label and value.
func layoutNarrow(s receipt.Sheet, roll Roll) (*Page, error) {
	l, err := newSlip(s.Title+" "+s.Number, roll)
	if err != nil {
		return nil, err
	}
	l.banner(unrealSlip[s.Environment.Mark()])
	l.space(2)
	l.centre(s.Court, bold(13))
	l.space(1)
	l.centre(s.Title, bold(20))
	l.space(2)
	l.rule(0.5)
	for _, h := range s.Heads {
		l.row(h.Label, h.Value)
	}
	for _, p := range s.Parts {
		l.space(2)
		l.rule(0.25)
		l.space(1)
		l.block(p.Title, bold(11), 0, left)
		for _, row := range p.Rows {
			l.narrow(row, p.Columns)
		}
		for _, n := range p.Notes {
			l.space(0.8)
			l.block(n, regular(9), 0, left)
		}
	}
	if c := s.Check; c != nil {
		l.space(2)
		l.rule(0.25)
		l.space(1)
		l.block("本单校验词", bold(11), 0, left)
		l.block(c.Words, bold(13), 0, left)
		l.space(1)
		l.block(c.Hash, regular(9), 0, left)
		if c.Before != "" {
			l.space(1)
			l.block(c.Before, regular(9.5), 0, left)
			l.block(c.BeforeWords, regular(10), 0, left)
		}
	}
	for _, label := range s.Signatures {
		l.space(9)
		l.block(label, regular(9.5), 0, left)
		l.space(7)
		l.rule(0.25)
		l.right("年　　月　　日", regular(9.5))
	}
	l.space(3)
	l.rule(0.5)
	l.space(1)
	l.centre(s.Foot, regular(9))
	l.centre(s.Printed, regular(9))
	return l.page(s.Environment), nil
}

// narrow puts a row of a table below each other: its label, and what its other cells say.
func (s *slip) narrow(row receipt.Line, columns []receipt.Column) {
	if len(row.Cells) == 2 {
		s.row(row.Cells[0], row.Cells[1])
		return
	}
	s.space(0.8)
	f := bold(9.5)
	if row.Total {
		f = bold(11)
	}
	for i, text := range row.Cells {
		switch {
		case i == 0 && columns[0].Right:
			s.row(columns[0].Head, text)
		case i == 0:
			s.block(text, f, 0, left)
		case text != "—":
			s.row(columns[i].Head, text)
		}
	}
}
