package panel

import (
	"fmt"
	"image/color"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/widget"

	"courtkiosk/ui/flow"
	"courtkiosk/ui/style"
)

// A Countdown is the minutes and seconds that are left, on one line. Each figure is a text of its own in a column of
// its own: nothing moves sideways, and of a second only the figures that changed are painted, from pictures that are
// there. To have each second's text shaped, drawn and measured took a twelfth of what the pay page takes of the
// processor.
type Countdown struct {
	Left  int // seconds
	Role  Role
	Color color.NRGBA // the zero colour is ink
}

func (c Countdown) String() string { return fmt.Sprintf("%d:%02d", c.Left/60, c.Left%60) }

// columns are how wide each of the figures stands.
func (c Countdown) columns(m flow.Metrics) (widths []float32, all float32) {
	for _, r := range c.String() {
		if r != ':' {
			r = '0' // figures are of one width in the fonts of the design
		}
		w := m.Width(string(r), m.Size(c.Role.Size), c.Role.Bold)
		widths, all = append(widths, w), all+w
	}
	return widths, all
}

// Width implements flow.Item.
func (c Countdown) Width(m flow.Metrics) flow.Need {
	_, all := c.columns(m)
	return flow.Exactly(all)
}

// Height implements flow.Item.
func (c Countdown) Height(m flow.Metrics, _ float32) flow.Need { return flow.Exactly(c.Role.lead(m)) }

type countdown struct {
	widget.BaseWidget
	drawn
	c       Countdown
	figures []fyne.CanvasObject
}

func newCountdown() thing {
	c := &countdown{}
	c.ExtendBaseWidget(c)
	return c
}

func (c *countdown) object() fyne.CanvasObject { return c }

func (c *countdown) set(i flow.Item, d drawn) {
	c.c, c.drawn = i.(Countdown), d
	c.Refresh()
}

func (c *countdown) CreateRenderer() fyne.WidgetRenderer { return &countdownRenderer{c} }

type countdownRenderer struct{ c *countdown }

func (r *countdownRenderer) Destroy()                     {}
func (r *countdownRenderer) MinSize() fyne.Size           { return fyne.NewSize(1, 1) }
func (r *countdownRenderer) Refresh()                     { r.Layout(r.c.Size()) }
func (r *countdownRenderer) Objects() []fyne.CanvasObject { return r.c.figures }

// Layout puts the figures to the right, in the middle of the box's height, as words stand there.
func (r *countdownRenderer) Layout(box fyne.Size) {
	c := r.c
	if c.m.Scale == 0 {
		return
	}
	text := c.c.String()
	widths, all := c.c.columns(c.m)
	for len(c.figures) < len(text) {
		c.figures = append(c.figures, canvas.NewText("", color.Black))
	}
	c.figures = c.figures[:len(text)]
	ink := c.c.Color
	if ink == (color.NRGBA{}) {
		ink = style.Ink
	}
	size, x := c.m.Size(c.c.Role.Size), box.Width-all
	high := style.Measure("国", size, false).Height
	for i, o := range c.figures {
		t := o.(*canvas.Text)
		as := canvas.Text{Text: text[i : i+1], TextSize: size, TextStyle: fyne.TextStyle{Bold: c.c.Role.Bold},
			Color: c.ink(text[i:i+1], ink)}
		at, to := fyne.NewPos(x, (box.Height-high)/2), fyne.NewSize(widths[i], high)
		x += widths[i]
		if t.Text == as.Text && t.TextSize == as.TextSize && t.TextStyle == as.TextStyle && t.Color == as.Color &&
			t.Position() == at && t.Size() == to {
			continue
		}
		t.Text, t.TextSize, t.TextStyle, t.Color = as.Text, as.TextSize, as.TextStyle, as.Color
		t.Move(at)
		t.Resize(to)
		t.Refresh()
	}
}
