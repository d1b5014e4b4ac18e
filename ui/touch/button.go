package touch

import (
	"image/color"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/driver/desktop"
	"fyne.io/fyne/v2/widget"

	"courtkiosk/ui/style"
)

// A Look is how a button looks.
type Look struct {
	fill, ink, line color.NRGBA
	stroke, radius  float32
	size            float32
	bold            bool
}

// The looks.
var (
	Shade   = Look{fill: color.NRGBA{R: 0x14, G: 0x28, B: 0x4B, A: 0x8C}}                // over a page that waits
	Primary = Look{fill: style.Seal, ink: style.White, radius: 28, size: 44, bold: true} // moves money forward
	Neutral = Look{fill: style.Navy, ink: style.White, radius: 28, size: 44, bold: true} // the next step without money
	Outline = Look{fill: style.White, ink: style.Navy, line: style.Navy, stroke: 3, radius: 28, size: 42, bold: true}
	Key     = Look{fill: style.White, ink: style.Ink, line: style.Off, stroke: 2, radius: 24, size: 60}
	Word    = Look{fill: style.White, ink: style.Ink, line: style.Off, stroke: 2, radius: 24, size: 40}
	Chip    = Look{fill: style.Paper, ink: style.Ink, line: style.Off, stroke: 2, radius: 42, size: 31}
	ChipOn  = Look{fill: style.Navy, ink: style.White, radius: 42, size: 31}
	Foot    = Look{fill: style.White, ink: style.Ink, line: style.Off, stroke: 2, radius: 42, size: 31}
	Bare    = Look{fill: style.Card, ink: style.Ink, line: style.Line, stroke: 2, radius: 28, size: style.CardTitle,
		bold: true}
	Big = Look{fill: style.Seal, ink: style.White, radius: 28, size: 84, bold: true}
)

// A Button answers on release, and shows at once that it was touched.
type Button struct {
	widget.BaseWidget
	look    Look
	pressed bool
	icon    bool // a backspace sign in place of words
	label   *Text
	note    *Text // below the label, on tiles
	tile    bool
	tapped  func()

	reserved float32 // design units to the right of a tile's label that it leaves free
}

// NewButton returns a button.
func NewButton(look Look, tapped func()) *Button {
	b := &Button{look: look, tapped: tapped}
	b.label = NewText(look.size, look.ink).Middle()
	b.label.Bold, b.label.One = look.bold, true
	b.note = NewText(style.Caption, style.Muted)
	b.ExtendBaseWidget(b)
	return b
}

// NewTile returns a button with a title and a note, to the left.
func NewTile(look Look, tapped func()) *Button {
	b := NewButton(look, tapped)
	b.tile = true
	b.label.Align = fyne.TextAlignLeading
	b.note.AtTop()
	if look.fill == style.Seal {
		b.note.Color, b.note.Units = style.Blush, style.Body
	}
	return b
}

// NewBackspace returns a key with the sign for "delete the last digit".
func NewBackspace(tapped func()) *Button {
	b := NewButton(Key, tapped)
	b.icon = true
	return b
}

// Set shows another label.
func (b *Button) Set(label string) { b.label.Set(label) }

// Note shows another note.
func (b *Button) Note(text string) { b.note.Set(text) }

// Reserve leaves design units free to the right of a tile's label, for what lies there.
func (b *Button) Reserve(units float32) { b.reserved = units }

// Label is what the button says.
func (b *Button) Label() string { return b.label.Value() }

// Look gives the button another look.
func (b *Button) Look(l Look) {
	if b.look == l {
		return
	}
	b.look = l
	b.label.Color, b.label.Bold, b.label.Units = l.ink, l.bold, l.size
	b.Refresh()
}

// Tapped implements fyne.Tappable.
func (b *Button) Tapped(*fyne.PointEvent) { b.tapped() }

// MouseDown implements desktop.Mouseable: the first finger is the left button.
func (b *Button) MouseDown(*desktop.MouseEvent) { b.press(true) }

// MouseUp implements desktop.Mouseable.
func (b *Button) MouseUp(*desktop.MouseEvent) { b.press(false) }

// MouseIn implements desktop.Hoverable.
func (b *Button) MouseIn(*desktop.MouseEvent) {}

// MouseMoved implements desktop.Hoverable.
func (b *Button) MouseMoved(*desktop.MouseEvent) {}

// MouseOut implements desktop.Hoverable: a finger that slides off presses no more.
func (b *Button) MouseOut() { b.press(false) }

func (b *Button) press(down bool) {
	if b.pressed != down {
		b.pressed = down
		b.Refresh()
	}
}

// CreateRenderer implements fyne.Widget.
func (b *Button) CreateRenderer() fyne.WidgetRenderer {
	r := &buttonRenderer{b: b, face: canvas.NewRectangle(b.look.fill)}
	r.face.StrokeColor = b.look.line
	if b.icon {
		for range 7 {
			r.icon = append(r.icon, canvas.NewLine(style.Ink))
		}
	}
	return r
}

type buttonRenderer struct {
	b    *Button
	face *canvas.Rectangle
	icon []*canvas.Line
}

func (r *buttonRenderer) Destroy()           {}
func (r *buttonRenderer) MinSize() fyne.Size { return fyne.NewSize(1, 1) }

func (r *buttonRenderer) Objects() []fyne.CanvasObject {
	list := []fyne.CanvasObject{r.face}
	for _, l := range r.icon {
		list = append(list, l)
	}
	return append(list, r.b.label, r.b.note)
}

func (r *buttonRenderer) Layout(size fyne.Size) {
	b := r.b
	r.face.Resize(size)
	r.face.CornerRadius = min(style.Px(b.look.radius), size.Height/2)
	r.face.StrokeWidth = style.Px(b.look.stroke)
	switch pad := style.Px(48); {
	case b.tile && b.note.Value() != "":
		width, label, gap := size.Width-2*pad, style.Px(b.look.size*1.4), style.Px(14)
		// further lines do not move the label: tiles stand side by side
		line := style.Px(b.note.Units * Large * lineHeight)
		top := max(style.Px(12), (size.Height-label-gap-line)/2)
		b.label.Move(fyne.NewPos(pad, top))
		b.label.Resize(fyne.NewSize(width-style.Px(b.reserved), label))
		b.note.Move(fyne.NewPos(pad, top+label+gap))
		b.note.Resize(fyne.NewSize(width, size.Height-top-label-gap-style.Px(12)))
	default:
		pad = style.Px(14)
		b.label.Move(fyne.NewPos(pad, 0))
		b.label.Resize(fyne.NewSize(size.Width-2*pad, size.Height))
		b.note.Resize(fyne.NewSize(0, 0))
	}
	r.layoutIcon(size)
}

// layoutIcon draws the backspace sign: a tag that points to the left, with a cross in it.
func (r *buttonRenderer) layoutIcon(size fyne.Size) {
	if len(r.icon) == 0 {
		return
	}
	at := func(x, y float32) fyne.Position {
		return fyne.NewPos(size.Width/2+style.Px(x), size.Height/2+style.Px(y))
	}
	points := [][4]float32{
		{-42, 0, -20, -24}, {-20, -24, 38, -24}, {38, -24, 38, 24}, {38, 24, -20, 24}, {-20, 24, -42, 0},
		{-4, -11, 20, 11}, {-4, 11, 20, -11},
	}
	for i, p := range points {
		r.icon[i].Position1, r.icon[i].Position2 = at(p[0], p[1]), at(p[2], p[3])
		r.icon[i].StrokeWidth = style.Px(4.5)
	}
}

func (r *buttonRenderer) Refresh() {
	b := r.b
	fill := b.look.fill
	if b.pressed {
		fill = style.Pressed(fill)
	}
	r.face.FillColor, r.face.StrokeColor = fill, b.look.line
	r.face.Refresh()
	r.Layout(b.BaseWidget.Size())
	b.label.Refresh()
	b.note.Refresh()
}

// Muted returns the look of a button that can do nothing now.
func (l Look) Muted() Look {
	l.fill = style.Muted
	return l
}

// Clear returns the look without ground and line, for text that can be touched.
func (l Look) Clear() Look {
	l.fill, l.line, l.stroke, l.bold, l.size = color.NRGBA{}, color.NRGBA{}, 0, true, 56
	return l
}

// OnTap changes what a touch does.
func (b *Button) OnTap(tapped func()) { b.tapped = tapped }
