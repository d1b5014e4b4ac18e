package panel

import (
	"image/color"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/widget"

	"courtkiosk/ui/flow"
	"courtkiosk/ui/style"
)

// A Typed is what was typed so far, on one line. Nothing beside it moves while it grows up to its room.
type Typed struct {
	Value string
	Room  string // the widest that may be typed
	Role  Role
	Color color.NRGBA // the zero colour is ink
	Caret bool        // stands behind it: more can be typed
}

// caret is how wide it is, and as far it stands from the text, in design units.
const caret = 4

// Width implements flow.Item.
func (t Typed) Width(m flow.Metrics) flow.Need {
	size := m.Size(t.Role.Size)
	w := max(m.Width(t.Value, size, t.Role.Bold), m.Width(t.Room, size, t.Role.Bold)) + 1
	if t.Caret {
		w += 2 * m.Px(caret)
	}
	return flow.Exactly(w)
}

// Height implements flow.Item.
func (t Typed) Height(m flow.Metrics, _ float32) flow.Need {
	return flow.Exactly(m.Size(t.Role.Size) * lineHeight)
}

type typed struct {
	widget.BaseWidget
	drawn
	t     Typed
	text  *canvas.Text
	caret *canvas.Rectangle
}

func newTyped() thing {
	t := &typed{text: canvas.NewText("", color.Black), caret: canvas.NewRectangle(color.Transparent)}
	t.ExtendBaseWidget(t)
	return t
}

func (t *typed) object() fyne.CanvasObject { return t }

func (t *typed) set(i flow.Item, d drawn) {
	t.t, t.drawn = i.(Typed), d
	t.Refresh()
}

func (t *typed) CreateRenderer() fyne.WidgetRenderer { return &typedRenderer{t} }

type typedRenderer struct{ t *typed }

func (r *typedRenderer) Destroy()           {}
func (r *typedRenderer) MinSize() fyne.Size { return fyne.NewSize(1, 1) }

func (r *typedRenderer) Objects() []fyne.CanvasObject {
	return []fyne.CanvasObject{r.t.text, r.t.caret}
}

// Layout stands the text in the middle of its room.
func (r *typedRenderer) Layout(box fyne.Size) {
	t := r.t
	if t.m.Scale == 0 {
		return
	}
	size := t.m.Size(t.t.Role.Size)
	w := fyne.MeasureText(t.t.Value, size, t.text.TextStyle)
	if t.t.Value == "" {
		w.Width = 0
	}
	x, y := (box.Width-w.Width)/2, (box.Height-size*lineHeight)/2
	t.text.TextSize = size
	t.text.Move(fyne.NewPos(x, y))
	t.text.Resize(fyne.NewSize(w.Width, size*lineHeight))
	t.caret.Move(fyne.NewPos(x+w.Width+t.m.Px(caret), y+size*0.16))
	t.caret.Resize(fyne.NewSize(max(2, t.m.Px(caret)), size*1.1))
}

func (r *typedRenderer) Refresh() {
	t := r.t
	c := t.t.Color
	if c == (color.NRGBA{}) {
		c = style.Ink
	}
	t.text.Text, t.text.Color, t.text.TextStyle.Bold = t.t.Value, t.colour(c), t.t.Role.Bold
	t.caret.FillColor, t.caret.Hidden = t.colour(style.Seal), !t.t.Caret
	r.Layout(t.Size())
	t.text.Refresh()
	t.caret.Refresh()
}
