package panel

import (
	"cmp"
	"image/color"
	"regexp"
	"strings"
	"unicode"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/widget"

	"courtkiosk/ui/flow"
	"courtkiosk/ui/style"
)

// A Role is what a text is for. It gives the size, in design units, the same everywhere on a page.
type Role struct {
	Size float32
	Bold bool
	Lead float32 // a line's height for its size; 0 is 1.4
}

// lead is a line's height in pixels.
func (r Role) lead(m flow.Metrics) float32 { return m.Size(r.Size) * cmp.Or(r.Lead, lineHeight) }

// The roles.
var (
	Result    = Role{Size: 72, Bold: true}             // greeting, and what came out
	Title     = Role{Size: 64, Bold: true}             // of a page
	Call      = Role{Size: 46, Bold: true, Lead: 1.15} // on a button
	Heading   = Role{Size: 40, Bold: true}             // of a card, a tile, a row of a list
	Body      = Role{Size: 34, Bold: false}            // what is read
	Strong    = Role{Size: 34, Bold: true}             // what must be read
	Secondary = Role{Size: 31, Bold: false}            // what may be read
	Smallest  = Role{Size: 28, Bold: false}            // header and footer
	Digits    = Role{Size: 60, Bold: false}            // keys
)

// lineHeight is a line's height for its text size.
const lineHeight = 1.4

// A Text is one or more lines. It wraps, and is never cut nor made smaller to fit. What stands between two pairs of
// asterisks is bold and in the accent colour.
type Text struct {
	Value  string
	Role   Role
	Color  color.NRGBA // the zero colour is ink
	Accent color.NRGBA // the zero colour is the text's own
	Align  fyne.TextAlign
	One    bool // one line: the text has to be short enough
}

// Words returns a text in ink.
func Words(r Role, value string) Text { return Text{Value: value, Role: r} }

// In returns the text in another colour.
func (t Text) In(c color.NRGBA) Text { t.Color = c; return t }

// Middle returns the text centred.
func (t Text) Middle() Text { t.Align = fyne.TextAlignCenter; return t }

// Trailing returns the text to the right.
func (t Text) Trailing() Text { t.Align = fyne.TextAlignTrailing; return t }

// Single returns the text on one line.
func (t Text) Single() Text { t.One = true; return t }

// A run is a part of a line in one weight.
type run struct {
	text string
	bold bool
}

type line []run

func (l line) width(m flow.Metrics, size float32) (w float32) {
	for _, r := range l {
		w += m.Width(r.text, size, r.bold)
	}
	return w
}

// add lengthens the line by a piece.
func (l line) add(p run) line {
	if n := len(l); n > 0 && l[n-1].bold == p.bold {
		return append(append(line{}, l[:n-1]...), run{l[n-1].text + p.text, p.bold})
	}
	return append(append(line{}, l...), p)
}

// trimmed is the line without blanks at its end.
func (l line) trimmed() line {
	if n := len(l); n > 0 {
		l = append(line{}, l...)
		l[n-1].text = strings.TrimRight(l[n-1].text, " ")
	}
	return l
}

// paragraphs cuts the text into pieces after which a line may end.
func (t Text) paragraphs() (list [][]run) {
	for _, p := range strings.Split(t.Value, "\n") {
		var all []run
		for i, part := range strings.Split(p, "**") {
			if part == "" {
				continue
			}
			list := []string{part}
			if !t.One { // else no line ends within it
				list = pieces(part)
			}
			for _, s := range list {
				all = append(all, run{s, t.Role.Bold || i%2 == 1})
			}
		}
		list = append(list, glued(all))
	}
	return list
}

// glued joins pieces between which no line may end: a closing sign after a bold word or a whole number.
func glued(list []run) (out []run) {
	for _, p := range list {
		first := []rune(p.text)[0]
		if n := len(out); n > 0 && strings.ContainsRune(closing, first) && out[n-1].bold == p.bold {
			out[n-1].text += p.text
			continue
		}
		out = append(out, p)
	}
	return out
}

// lines wraps the text at a width; over is by how much its widest line is too wide.
func (t Text) lines(m flow.Metrics, width float32) (list []line, over float32) {
	size := m.Size(t.Role.Size)
	for _, p := range t.paragraphs() {
		whole := line{}
		for _, s := range p {
			whole = whole.add(s)
		}
		if t.One || whole.trimmed().width(m, size) <= width {
			list = append(list, whole.trimmed())
			continue
		}
		list = append(list, well(p, m, size, width)...)
	}
	for _, l := range list {
		over = max(over, l.width(m, size)-width)
	}
	return list, over
}

// well breaks pieces into as few lines as they need. Lines end at the ends of clauses where that takes no further line;
// a last line that would hold a word alone is lengthened by those before it.
func well(p []run, m flow.Metrics, size, width float32) []line {
	lines := cut(p, m, size, width, false)
	if clauses := cut(p, m, size, width, true); len(clauses) == len(lines) {
		lines = clauses
	}
	for w := width; lines[len(lines)-1].width(m, size) < width*0.3 && w > width*0.6; {
		w -= width / 20
		narrow := cut(p, m, size, w, false)
		if len(narrow) > len(lines) {
			break
		}
		lines = narrow
	}
	return lines
}

// cut fills lines with pieces. With clauses a line that is more than half full may end at a clause's end.
func cut(list []run, m flow.Metrics, size, width float32, clauses bool) (lines []line) {
	first, end := 0, 0 // the line's first piece, and the one after its last whole clause
	at := func(from, to int) (l line) {
		for _, p := range list[from:to] {
			l = l.add(p)
		}
		return l.trimmed()
	}
	for i, p := range list {
		if i > first && at(first, i+1).width(m, size) > width {
			stop := i
			if clauses && end > first && at(first, end).width(m, size) > width/2 &&
				at(end, i+1).width(m, size) <= width {
				stop = end
			}
			lines = append(lines, at(first, stop))
			first, end = stop, stop
		}
		if s := strings.TrimRight(p.text, " "); s != "" &&
			strings.ContainsAny(s[len(s)-1:]+lastRune(s), "，。；：！？,.;!?") {
			end = i + 1
		}
	}
	return append(lines, at(first, len(list)))
}

func lastRune(s string) string {
	r := []rune(s)
	return string(r[len(r)-1:])
}

// closing characters do not begin a line, opening ones do not end it.
const (
	closing = "，。、；：！？）」』”’…·％%,.;:!?)"
	opening = "（「『“‘("
)

// whole are the numbers within which no line ends: a case's, this machine's reference, a code.
var whole = regexp.MustCompile(`（[0-9]{4}）[^（），。；：\s]+?号(之[一二三四五六七八九十]+)?|[A-Z]+-[0-9][0-9-]*`)

// pieces cuts a paragraph where a line may end: after any ideograph and after spaces, but not before a closing sign,
// nor between a number and what it counts, nor within a number that is copied as a whole.
func pieces(s string) (list []string) {
	at := whole.FindStringIndex(s)
	if at == nil {
		return cutAnywhere(s)
	}
	if at[0] > 0 {
		list = cutAnywhere(s[:at[0]])
	}
	list = append(list, s[at[0]:at[1]])
	if at[1] < len(s) {
		list = append(list, pieces(s[at[1]:])...)
	}
	return list
}

// cutAnywhere are the pieces of what holds no such number.
func cutAnywhere(s string) []string {
	var list []string
	piece := ""
	runes := []rune(s)
	for i, r := range runes {
		piece += string(r)
		if i+1 == len(runes) {
			break
		}
		next := runes[i+1]
		if strings.ContainsRune(closing, next) || strings.ContainsRune(opening, r) ||
			unicode.IsDigit(r) && unicode.Is(unicode.Han, next) {
			continue
		}
		if r == ' ' || r == '-' && piece != "-" || unicode.Is(unicode.Han, r) || unicode.Is(unicode.Han, next) ||
			strings.ContainsRune(closing[:], r) && r > unicode.MaxASCII || strings.ContainsRune(opening, next) &&
			next > unicode.MaxASCII {
			list = append(list, piece)
			piece = ""
		}
	}
	return append(list, piece)
}

// Width implements flow.Item: a text can wrap down to its longest piece.
func (t Text) Width(m flow.Metrics) (n flow.Need) {
	size := m.Size(t.Role.Size)
	for _, p := range t.paragraphs() {
		whole := line{}
		for _, s := range p {
			whole = whole.add(s)
			n.Least = max(n.Least, line{s}.trimmed().width(m, size))
		}
		n.Wish = max(n.Wish, whole.trimmed().width(m, size)+1)
	}
	if t.One {
		n.Least = n.Wish - 1
	}
	return n
}

// Height implements flow.Item.
func (t Text) Height(m flow.Metrics, width float32) flow.Need {
	if t.Value == "" {
		return flow.Need{}
	}
	lines, _ := t.lines(m, width)
	return flow.Exactly(t.Role.lead(m) * float32(len(lines)))
}

// words draws a text.
type words struct {
	widget.BaseWidget
	drawn
	t     Text
	lines []fyne.CanvasObject
}

func newWords() *words {
	w := &words{}
	w.ExtendBaseWidget(w)
	return w
}

func (w *words) object() fyne.CanvasObject { return w }

func (w *words) set(i flow.Item, d drawn) {
	w.t, w.drawn = i.(Text), d
	w.Refresh()
}

func (w *words) CreateRenderer() fyne.WidgetRenderer { return &wordsRenderer{w} }

type wordsRenderer struct{ w *words }

func (r *wordsRenderer) Destroy()                     {}
func (r *wordsRenderer) MinSize() fyne.Size           { return fyne.NewSize(1, 1) }
func (r *wordsRenderer) Refresh()                     { r.Layout(r.w.Size()) }
func (r *wordsRenderer) Objects() []fyne.CanvasObject { return r.w.lines }

func (r *wordsRenderer) Layout(box fyne.Size) {
	w := r.w
	var list []fyne.CanvasObject
	if w.t.Value != "" && w.m.Scale > 0 {
		list = w.typeset(box)
	}
	w.lines = list
}

// typeset lays the lines into the middle of the box's height.
func (w *words) typeset(box fyne.Size) (list []fyne.CanvasObject) {
	size := w.m.Size(w.t.Role.Size)
	lines, _ := w.t.lines(w.m, box.Width)
	lead := w.t.Role.lead(w.m)
	drop := (lead - style.Measure("国", size, false).Height) / 2 // the font's own line is higher than a close one
	y := (box.Height - lead*float32(len(lines))) / 2
	for _, l := range lines {
		x := float32(0)
		switch free := box.Width - l.width(w.m, size); w.t.Align {
		case fyne.TextAlignCenter:
			x = free / 2
		case fyne.TextAlignTrailing:
			x = free
		}
		for _, part := range l {
			c := w.reuse(len(list))
			ink := w.t.Color
			if ink == (color.NRGBA{}) {
				ink = style.Ink
			}
			if part.bold && !w.t.Role.Bold && w.t.Accent != (color.NRGBA{}) {
				ink = w.t.Accent
			}
			c.Text, c.TextSize, c.TextStyle.Bold, c.Color = part.text, size, part.bold, w.ink(part.text, ink)
			c.FontSource = style.Font(part.text, part.bold)
			c.Move(fyne.NewPos(x, y+drop))
			c.Resize(fyne.NewSize(w.m.Width(part.text, size, part.bold), lead-2*drop))
			c.Refresh()
			x += w.m.Width(part.text, size, part.bold)
			list = append(list, c)
		}
		y += lead
	}
	return list
}

// reuse returns the n-th line's object.
func (w *words) reuse(n int) *canvas.Text {
	if n < len(w.lines) {
		return w.lines[n].(*canvas.Text)
	}
	return canvas.NewText("", color.Black)
}
