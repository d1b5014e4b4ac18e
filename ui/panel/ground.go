package panel

import (
	"image/color"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/driver/desktop"
	"fyne.io/fyne/v2/widget"
)

// A Ground lies under a board and takes the touches that meet no key of it: somebody is there.
type Ground struct {
	widget.BaseWidget
	board  *Board
	tapped func()
}

// NewGround returns the ground of a board.
func NewGround(b *Board, tapped func()) *Ground {
	g := &Ground{board: b, tapped: tapped}
	g.ExtendBaseWidget(g)
	return g
}

// Tapped implements fyne.Tappable.
func (g *Ground) Tapped(*fyne.PointEvent) { g.tapped() }

// MouseDown implements desktop.Mouseable.
func (g *Ground) MouseDown(*desktop.MouseEvent) {}

// MouseUp implements desktop.Mouseable: a finger that came from a key may still mean it.
func (g *Ground) MouseUp(e *desktop.MouseEvent) { g.board.up(e.Position.X, e.Position.Y) }

// CreateRenderer implements fyne.Widget; there is nothing to see.
func (g *Ground) CreateRenderer() fyne.WidgetRenderer {
	return widget.NewSimpleRenderer(canvas.NewRectangle(color.Transparent))
}
