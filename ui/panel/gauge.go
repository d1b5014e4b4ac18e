package panel

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/widget"

	"courtkiosk/ui/flow"
	"courtkiosk/ui/style"
)

// A Gauge shows how much of a time is left.
type Gauge struct{ Left, Total int } // seconds

// Width implements flow.Item.
func (Gauge) Width(flow.Metrics) flow.Need { return flow.Need{} }

// Height implements flow.Item.
func (Gauge) Height(m flow.Metrics, _ float32) flow.Need { return flow.Exactly(m.Px(8)) }

type gauge struct {
	widget.BaseWidget
	drawn
	g           Gauge
	track, left *canvas.Rectangle
}

func newGauge() thing {
	g := &gauge{track: canvas.NewRectangle(style.Off), left: canvas.NewRectangle(style.Navy)}
	g.ExtendBaseWidget(g)
	return g
}

func (g *gauge) object() fyne.CanvasObject { return g }

func (g *gauge) set(i flow.Item, d drawn) {
	g.g, g.drawn = i.(Gauge), d
	g.Refresh()
}

func (g *gauge) CreateRenderer() fyne.WidgetRenderer { return &gaugeRenderer{g} }

type gaugeRenderer struct{ g *gauge }

func (r *gaugeRenderer) Destroy()           {}
func (r *gaugeRenderer) MinSize() fyne.Size { return fyne.NewSize(1, 1) }
func (r *gaugeRenderer) Objects() []fyne.CanvasObject {
	return []fyne.CanvasObject{r.g.track, r.g.left}
}

func (r *gaugeRenderer) Layout(size fyne.Size) {
	g := r.g
	part := float32(0)
	if g.g.Total > 0 {
		part = min(1, max(0, float32(g.g.Left)/float32(g.g.Total)))
	}
	g.track.CornerRadius, g.left.CornerRadius = size.Height/2, size.Height/2
	g.track.Resize(size)
	g.left.Resize(fyne.NewSize(size.Width*part, size.Height))
}

func (r *gaugeRenderer) Refresh() {
	g := r.g
	g.track.FillColor, g.left.FillColor = g.colour(style.Off), g.colour(style.Navy)
	r.Layout(g.Size())
	g.track.Refresh()
	g.left.Refresh()
}
