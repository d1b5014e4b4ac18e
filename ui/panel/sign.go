package panel

import (
	"image/color"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/widget"

	"courtkiosk/ui/flow"
	"courtkiosk/ui/style"
)

// A Sign says at a glance how it stands: an icon on a round ground with a halo.
type Sign struct {
	Icon string
	Size float32 // design units, the halo included
	Fill color.NRGBA
	Halo color.NRGBA
}

// The signs.
var (
	SignDone = Sign{"tick", 184, style.Green, style.Mint}
	SignWait = Sign{"alert", 184, style.Bronze, style.Cream}
	SignInfo = Sign{"info", 184, style.Navy, style.Tint}
)

// Small returns the sign as it stands beside words.
func (s Sign) Small() Sign { s.Size = 120; return s }

// Width implements flow.Item.
func (s Sign) Width(m flow.Metrics) flow.Need { return flow.Exactly(m.Px(s.Size)) }

// Height implements flow.Item.
func (s Sign) Height(m flow.Metrics, _ float32) flow.Need { return flow.Exactly(m.Px(s.Size)) }

type sign struct {
	widget.BaseWidget
	drawn
	s           Sign
	halo, round *canvas.Circle
	icon        *canvas.Image
}

func newSign() thing {
	s := &sign{halo: canvas.NewCircle(color.Transparent), round: canvas.NewCircle(color.Transparent),
		icon: newIcon()}
	s.ExtendBaseWidget(s)
	return s
}

func (s *sign) object() fyne.CanvasObject { return s }

func (s *sign) set(i flow.Item, d drawn) {
	s.s, s.drawn = i.(Sign), d
	s.Refresh()
}

func (s *sign) CreateRenderer() fyne.WidgetRenderer { return &signRenderer{s} }

type signRenderer struct{ s *sign }

func (r *signRenderer) Destroy()           {}
func (r *signRenderer) MinSize() fyne.Size { return fyne.NewSize(1, 1) }
func (r *signRenderer) Objects() []fyne.CanvasObject {
	return []fyne.CanvasObject{r.s.halo, r.s.round, r.s.icon}
}

func (r *signRenderer) Layout(size fyne.Size) {
	s := r.s
	d := min(size.Width, size.Height)
	at := func(o fyne.CanvasObject, part float32) {
		o.Move(fyne.NewPos((size.Width-d*part)/2, (size.Height-d*part)/2))
		o.Resize(fyne.NewSize(d*part, d*part))
	}
	at(s.halo, 1)
	at(s.round, 0.76)
	at(s.icon, 0.44)
}

func (r *signRenderer) Refresh() {
	s := r.s
	s.halo.FillColor, s.round.FillColor = s.colour(s.s.Halo), s.colour(s.s.Fill)
	if s.s.Icon != "" {
		s.icon.Image = inkedIcon(s.s.Icon, s.colour(style.White), s.m.Px(s.s.Size)*0.44)
	}
	r.Layout(s.Size())
	for _, o := range r.Objects() {
		o.Refresh()
	}
}
