package touch

import (
	"image/color"
	"strings"
	"unicode"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/widget"

	"courtkiosk/ui/style"
)

// Large is the factor of text sizes in large-text mode, 1 without it. It belongs to Fyne's thread.
var Large float32 = 1

// A Text is one or more lines that fit their place: wrapped first, then made smaller.
type Text struct {
	widget.BaseWidget
	Units float32 // text size in design units
	Bold  bool
	Color color.Color
	Align fyne.TextAlign
	Top   bool // stands at the top of its place, not in its middle
	One   bool // one line only

	value string
	lines []*canvas.Text
}

// NewText returns an empty text.
func NewText(size float32, c color.Color) *Text {
	t := &Text{Units: size, Color: c}
	t.ExtendBaseWidget(t)
	return t
}

// NewTitle returns an empty bold text.
func NewTitle(size float32, c color.Color) *Text {
	t := NewText(size, c)
	t.Bold = true
	return t
}

// Middle centres the text.
func (t *Text) Middle() *Text { t.Align = fyne.TextAlignCenter; return t }

// Trailing puts the text to the right.
func (t *Text) Trailing() *Text { t.Align = fyne.TextAlignTrailing; return t }

// AtTop puts the text to the top of its place.
func (t *Text) AtTop() *Text { t.Top = true; return t }

// Single keeps the text on one line.
func (t *Text) Single() *Text { t.One = true; return t }

// Set shows another value.
func (t *Text) Set(value string) {
	if t.value != value {
		t.value = value
		t.Refresh()
	}
}

// Value is what the text shows.
func (t *Text) Value() string { return t.value }

// Paint shows the text in another colour.
func (t *Text) Paint(c color.Color) {
	if t.Color != c {
		t.Color = c
		t.Refresh()
	}
}

// CreateRenderer implements fyne.Widget.
func (t *Text) CreateRenderer() fyne.WidgetRenderer { return &textRenderer{t: t} }

type textRenderer struct{ t *Text }

func (r *textRenderer) Destroy()           {}
func (r *textRenderer) MinSize() fyne.Size { return fyne.NewSize(1, 1) }
func (r *textRenderer) Refresh()           { r.Layout(r.t.BaseWidget.Size()) }

func (r *textRenderer) Objects() []fyne.CanvasObject {
	list := make([]fyne.CanvasObject, len(r.t.lines))
	for i, l := range r.t.lines {
		list[i] = l
	}
	return list
}

// lineHeight is a line's height for its text size.
const lineHeight = 1.34

func (r *textRenderer) Layout(box fyne.Size) {
	t := r.t
	lines, size := t.fit(box)
	for len(t.lines) < len(lines) {
		t.lines = append(t.lines, canvas.NewText("", t.Color))
	}
	t.lines = t.lines[:len(lines)]
	height := size * lineHeight
	top := (box.Height - height*float32(len(lines))) / 2
	if t.Top {
		top = 0
	}
	for i, c := range t.lines {
		c.Text, c.TextSize, c.Color, c.Alignment, c.TextStyle.Bold = lines[i], size, t.Color, t.Align, t.Bold
		c.Move(fyne.NewPos(0, top+height*float32(i)))
		c.Resize(fyne.NewSize(box.Width, height))
		c.Refresh()
	}
}

// squeeze is how much smaller a text may become so that it stays on one line.
const squeeze = 0.9

// fit returns the lines of the text and their size in pixels.
func (t *Text) fit(box fyne.Size) ([]string, float32) {
	if t.value == "" || box.Width < 1 {
		return nil, 1
	}
	size := style.Px(t.Units * Large)
	least := style.Px(style.Smallest) * 0.8
	if one := t.oneLine(size, box.Width); one > 0 {
		size = one
	}
	for {
		lines, wide := t.wrap(size, box.Width, false)
		if !wide && size*lineHeight*float32(len(lines)) <= box.Height+1 || size <= least {
			lines, _ = t.wrap(size, box.Width, true)
			return lines, size
		}
		size = max(least, size*0.96)
	}
}

// oneLine returns the size at which a text that is a little too long stays on one line, 0 if there is none.
func (t *Text) oneLine(size, width float32) float32 {
	if strings.Contains(t.value, "\n") {
		return 0
	}
	for s := size; s >= size*squeeze; s -= size / 50 {
		if t.measure(t.value, s) <= width {
			return s
		}
	}
	return 0
}

func (t *Text) measure(s string, size float32) float32 {
	return fyne.MeasureText(s, size, fyne.TextStyle{Bold: t.Bold}).Width
}

// wrap breaks the text into lines; wide says that a line cannot be broken further and is too wide. Well broken lines
// are as many and take longer to find.
func (t *Text) wrap(size, width float32, well bool) (lines []string, wide bool) {
	for _, paragraph := range strings.Split(t.value, "\n") {
		paragraph = strings.TrimRight(paragraph, " ")
		if t.One || t.measure(paragraph, size) <= width {
			lines = append(lines, paragraph)
			continue
		}
		list := pieces(paragraph)
		broken := t.cut(list, size, width, false)
		if well {
			broken = t.improve(broken, list, size, width)
		}
		lines = append(lines, broken...)
	}
	for _, l := range lines {
		wide = wide || t.measure(l, size) > width
	}
	return lines, wide
}

// improve ends lines at the ends of clauses where that takes no further line; a last line that would hold a word
// alone is lengthened by those before it.
func (t *Text) improve(lines, list []string, size, width float32) []string {
	if clauses := t.cut(list, size, width, true); len(clauses) == len(lines) {
		lines = clauses
	}
	for w := width; t.measure(lines[len(lines)-1], size) < width*0.3 && w > width*0.6; {
		w -= width / 20
		narrow := t.cut(list, size, w, false)
		if len(narrow) > len(lines) {
			break
		}
		lines = narrow
	}
	return lines
}

// cut fills lines with pieces. With clauses a line that is more than half full may end at a clause's end.
func (t *Text) cut(list []string, size, width float32, clauses bool) (lines []string) {
	line, clause := "", 0 // clause is where the last clause of the line ends
	fits := func(s string) bool { return t.measure(strings.TrimRight(s, " "), size) <= width }
	for _, piece := range list {
		if line != "" && !fits(line+piece) {
			end := len(line)
			if clauses && t.measure(line[:clause], size) > width/2 && fits(line[clause:]+piece) {
				end = clause
			}
			lines = append(lines, strings.TrimRight(line[:end], " "))
			line, clause = line[end:], 0
		}
		line += piece
		if strings.ContainsAny(strings.TrimRight(piece, " "), "，。；：！？,.;!?") {
			clause = len(line)
		}
	}
	return append(lines, strings.TrimRight(line, " "))
}

// closing characters do not begin a line, opening ones do not end it.
const (
	closing = "，。、；：！？）」』”’…·％%"
	opening = "（「『“‘"
)

// pieces cuts a paragraph where a line may end: after any ideograph and after spaces, but not before a closing sign,
// nor between a number and what it counts.
func pieces(s string) []string {
	var list []string
	piece := ""
	runes := []rune(s)
	for i, r := range runes {
		piece += string(r)
		if i+1 == len(runes) {
			break
		}
		next := runes[i+1]
		if strings.ContainsRune(closing, next) || strings.ContainsRune(opening, r) || unicode.IsDigit(r) &&
			unicode.Is(unicode.Han, next) {
			continue
		}
		if r == ' ' || unicode.Is(unicode.Han, r) || unicode.Is(unicode.Han, next) ||
			strings.ContainsRune(closing, r) || strings.ContainsRune(opening, next) {
			list = append(list, piece)
			piece = ""
		}
	}
	return append(list, piece)
}

// Overflow is how many pixels the text is larger than its place, which it is only when it may not become smaller.
func (t *Text) Overflow() float32 {
	box := t.BaseWidget.Size()
	lines, size := t.fit(box)
	over := size*lineHeight*float32(len(lines)) - box.Height
	for _, l := range lines {
		over = max(over, fyne.MeasureText(l, size, fyne.TextStyle{Bold: t.Bold}).Width-box.Width)
	}
	return over
}
