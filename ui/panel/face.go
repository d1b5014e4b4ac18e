package panel

import (
	"image/color"
	"math"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/driver/desktop"
	"fyne.io/fyne/v2/widget"

	"courtkiosk/ui/flow"
	"courtkiosk/ui/style"
)

// A Face is the ground of a card or of something that can be touched.
type Face struct {
	Fill, Edge color.NRGBA
	Stroke     float32 // design units
	Radius     float32
	Lip        bool  // its lower inner edge is darker: it can be pressed
	Depth      Depth // its shadow
	High       float32
	Least      float32 // design units: it is at least so high; 0 is what its content needs
}

// The faces.
var (
	Card   = Face{Fill: style.Card, Edge: style.Line, Stroke: 2, Radius: 28, Depth: CardDepth}
	Strip  = Face{Fill: style.Tint, Radius: 24} // a waiting strip, a hint
	Good   = Face{Fill: style.Mint, Edge: style.Green, Stroke: 2, Radius: 28}
	Warn   = Face{Fill: style.Cream, Edge: style.Amber, Stroke: 2, Radius: 28}
	Navy   = Face{Fill: style.Navy}
	White  = Face{Fill: style.White}
	Square = Face{Fill: style.Tint, Radius: 24} // the ground of an icon on a tile

	Primary = Face{Fill: style.Seal, Radius: 28, Lip: true, Depth: SealDepth, High: 144, Least: 96} // money's next step
	Neutral = Face{Fill: style.Navy, Radius: 28, Lip: true, Depth: NavyDepth, High: 144, Least: 96}
	Waits   = Face{Fill: style.Muted, Radius: 28, High: 144, Least: 96} // can do nothing yet
	Outline = Face{Fill: style.White, Edge: style.Navy, Stroke: 3, Radius: 28, High: 144, Least: 96}
	Tile    = Face{Fill: style.Card, Edge: style.Edge, Stroke: 2, Radius: 28, Depth: CardDepth, Least: 96}
	Key     = Face{Fill: style.White, Edge: style.Edge, Stroke: 2, Radius: 20, Depth: CardDepth, High: 112, Least: 84}
	Chip    = Face{Fill: style.White, Edge: style.Edge, Stroke: 2, Radius: 42, High: 88, Least: 84}
	ChipOn  = Face{Fill: style.Navy, Radius: 42, High: 88, Least: 84}
	Foot    = Face{Fill: style.Tint, Radius: 24, High: 132, Least: 84}
	FootOn  = Face{Fill: style.Navy, Radius: 24, High: 132, Least: 84}
	// what everybody is here for
	Big     = Face{Fill: style.Seal, Radius: 36, Lip: true, Depth: SealDepth, High: 400, Least: 200}
	BigShut = Face{Fill: style.Muted, Radius: 36, High: 400, Least: 260}
	Box     = Face{Fill: style.White, Edge: style.Edge, Stroke: 2, Radius: 18, Least: 84} // typed, picked
	BoxNext = Face{Fill: style.Focus, Edge: style.Seal, Stroke: 4, Radius: 18, Least: 84} // where the next digit goes
	Flat    = Face{Fill: style.Tint, Radius: 28, Least: 84}                               // leads nowhere
	Wrong   = Face{Fill: style.Focus, Radius: 24}                                         // typed
	Phone   = Face{Fill: style.Tint, Edge: style.Navy, Stroke: 5, Radius: 36}             // the drawing of one
	Line    = Face{Fill: style.Off, Radius: 8, Least: 16}                                 // not spelt out
	Marked  = Face{Fill: style.Cream, Edge: style.Gold, Stroke: 3, Radius: 14}            // drawn upon
	Pill    = Face{Fill: style.White, Radius: 60}
	// the bill that is paid
	Framed = Face{Fill: style.Card, Edge: style.Seal, Stroke: 4, Radius: 28, Depth: CardDepth}
	// what is not the next step
	Less = Face{Fill: style.White, Edge: style.Edge, Stroke: 2, Radius: 24, High: 96, Least: 84}
	// a row of a card that can be touched
	Plain = Face{Least: 96}
	Dot   = Face{Fill: style.Tint, Radius: 40}
	// on the night of a panel at rest
	Begin = Face{Fill: style.White, Edge: style.Halo, Stroke: 10, Radius: 112, High: 208, Least: 120}
	Slate = Face{Fill: style.Slate, Edge: style.Dim, Stroke: 2, Radius: 28}
	Shade = Face{Fill: color.NRGBA{R: 0x14, G: 0x28, B: 0x4B, A: 0x8C}} // over a page that waits
)

// Width implements flow.Item.
func (f Face) Width(m flow.Metrics) flow.Need { return flow.Need{} }

// Height implements flow.Item.
func (f Face) Height(m flow.Metrics, _ float32) flow.Need {
	return flow.Need{Least: m.Px(f.Least), Wish: m.Px(max(f.High, f.Least))}
}

// face draws a Face, and is what a finger meets.
type face struct {
	widget.BaseWidget
	drawn
	f       Face
	key     string
	board   *Board
	pressed bool
	fingers bool // the touch that ends began here

	rim *rim
}

func newFace(b *Board) *face {
	f := &face{board: b, rim: newRim()}
	f.ExtendBaseWidget(f)
	return f
}

func (f *face) object() fyne.CanvasObject { return f }

func (f *face) set(i flow.Item, d drawn) {
	f.f, f.drawn = i.(Face), d
	f.Refresh()
}

// Tapped implements fyne.Tappable. What a finger does comes by MouseDown and MouseUp before; a tap alone is a test's.
func (f *face) Tapped(*fyne.PointEvent) {
	if f.fingers {
		f.fingers = false
		return
	}
	f.board.down(f.key)
	p := f.Position()
	f.board.up(p.X, p.Y)
}

// MouseDown implements desktop.Mouseable: the first finger is the left button.
func (f *face) MouseDown(*desktop.MouseEvent) {
	f.fingers = true
	f.board.down(f.key)
	f.push(true)
}

// MouseUp implements desktop.Mouseable. The finger may have come from the key beside.
func (f *face) MouseUp(e *desktop.MouseEvent) {
	f.push(false)
	f.board.up(f.Position().X+e.Position.X, f.Position().Y+e.Position.Y)
}

// MouseIn implements desktop.Hoverable.
func (f *face) MouseIn(*desktop.MouseEvent) {}

// MouseMoved implements desktop.Hoverable.
func (f *face) MouseMoved(*desktop.MouseEvent) {}

// MouseOut implements desktop.Hoverable: a finger that slides off presses no more.
func (f *face) MouseOut() { f.push(false) }

func (f *face) push(down bool) {
	if f.key != "" && f.pressed != down {
		f.pressed = down
		f.Refresh()
	}
}

func (f *face) CreateRenderer() fyne.WidgetRenderer { return &faceRenderer{f} }

type faceRenderer struct{ f *face }

func (r *faceRenderer) Destroy()                     {}
func (r *faceRenderer) MinSize() fyne.Size           { return fyne.NewSize(1, 1) }
func (r *faceRenderer) Objects() []fyne.CanvasObject { return r.f.rim.all }

// lip is how much of the inner edge is darker, in design units.
const lip = 6

func (r *faceRenderer) Layout(size fyne.Size) { r.f.rim.layout(size, r.f.edging()) }

// edging is how the face is drawn now.
func (f *face) edging() edging {
	e := edging{fill: f.colour(f.f.Fill), edge: f.colour(f.edge()), stroke: f.stroke(), radius: f.m.Px(f.f.Radius),
		depth: f.f.Depth, scale: f.m.Scale}
	if f.contrast {
		e.depth = Depth{}
	}
	if f.f.Lip && !f.pressed {
		e.lip, e.lipHeight = style.Pressed(e.fill), int(math.Round(float64(f.m.Px(lip))))
	}
	if f.pressed {
		e.fill = style.Pressed(e.fill)
	}
	return e
}

// stroke is how wide the edge is, in pixels: a thinner one than two would be blended with what lies beside it.
func (f *face) stroke() int {
	if f.edge() == (color.NRGBA{}) {
		return 0
	}
	return max(2, int(math.Round(float64(f.m.Px(f.f.Stroke)))))
}

// edge is the colour of the edge. In high contrast the tints are white, so what can be touched has an edge.
func (f *face) edge() color.NRGBA {
	if f.contrast && f.key != "" && f.f.Edge == (color.NRGBA{}) && f.colour(f.f.Fill) == style.White {
		return style.Edge
	}
	return f.f.Edge
}

func (r *faceRenderer) Refresh() { r.Layout(r.f.Size()) }
