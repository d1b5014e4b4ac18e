package touch

import (
	"image/color"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/widget"
)

// A Ground lies under everything and takes the touches that meet nothing else: somebody is there.
type Ground struct {
	widget.BaseWidget
	tapped func()
}

// NewGround returns a ground.
func NewGround(tapped func()) *Ground {
	g := &Ground{tapped: tapped}
	g.ExtendBaseWidget(g)
	return g
}

// Tapped implements fyne.Tappable.
func (g *Ground) Tapped(*fyne.PointEvent) { g.tapped() }

// CreateRenderer implements fyne.Widget; there is nothing to see.
func (g *Ground) CreateRenderer() fyne.WidgetRenderer {
	return widget.NewSimpleRenderer(canvas.NewRectangle(color.Transparent))
}
