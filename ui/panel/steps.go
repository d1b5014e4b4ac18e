package panel

import (
	"image/color"
	"strconv"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/widget"

	"courtkiosk/ui/flow"
	"courtkiosk/ui/style"
)

// Steps are the four steps of paying on one line: done ones are ticked, the present one is red, later ones are
// outlines.
type Steps struct {
	Now   int // 1 to 4
	Done  bool
	Words [4]string
}

// Width implements flow.Item.
func (Steps) Width(flow.Metrics) flow.Need { return flow.Need{} }

// Height implements flow.Item.
func (Steps) Height(m flow.Metrics, _ float32) flow.Need {
	return flow.Exactly(m.Px(stepSide+6) + m.Size(Smallest.Size)*lineHeight)
}

// stepSide is a circle's diameter in design units.
const stepSide = 54

type steps struct {
	widget.BaseWidget
	drawn
	s       Steps
	joints  [3]*canvas.Rectangle
	halo    *canvas.Circle
	circles [4]*canvas.Circle
	ticks   [4]*canvas.Image
	numbers [4]*canvas.Text
	words   [4]*canvas.Text
}

func newSteps() thing {
	s := &steps{halo: canvas.NewCircle(color.Transparent)}
	for i := range 4 {
		if i < 3 {
			s.joints[i] = canvas.NewRectangle(color.Transparent)
		}
		s.circles[i] = canvas.NewCircle(color.Transparent)
		s.ticks[i] = newIcon()
		s.numbers[i], s.words[i] = canvas.NewText(strconv.Itoa(i+1), color.Black), canvas.NewText("", color.Black)
		s.numbers[i].TextStyle.Bold = true
	}
	s.ExtendBaseWidget(s)
	return s
}

func (s *steps) object() fyne.CanvasObject { return s }

func (s *steps) set(i flow.Item, d drawn) {
	s.s, s.drawn = i.(Steps), d
	s.Refresh()
}

func (s *steps) CreateRenderer() fyne.WidgetRenderer { return &stepsRenderer{s} }

type stepsRenderer struct{ s *steps }

func (r *stepsRenderer) Destroy()           {}
func (r *stepsRenderer) MinSize() fyne.Size { return fyne.NewSize(1, 1) }

func (r *stepsRenderer) Objects() []fyne.CanvasObject {
	s := r.s
	list := []fyne.CanvasObject{s.joints[0], s.joints[1], s.joints[2], s.halo}
	for i := range 4 {
		list = append(list, s.circles[i], s.ticks[i], s.numbers[i], s.words[i])
	}
	return list
}

// column is the middle of a step, from the left.
func (s *steps) column(i int, width float32) float32 { return width * (float32(i) + 0.5) / 4 }

func (r *stepsRenderer) Layout(box fyne.Size) {
	s := r.s
	if s.m.Scale == 0 {
		return
	}
	side, size := s.m.Px(stepSide), s.m.Size(Smallest.Size)
	put := func(o fyne.CanvasObject, x, y, w, h float32) {
		o.Move(fyne.NewPos(x, y))
		o.Resize(fyne.NewSize(w, h))
	}
	for i := range 4 {
		x := s.column(i, box.Width)
		if i < 3 {
			put(s.joints[i], x, side/2-s.m.Px(2), s.column(i+1, box.Width)-x, s.m.Px(4))
		}
		put(s.circles[i], x-side/2, 0, side, side)
		put(s.ticks[i], x-side*0.3, side*0.2, side*0.6, side*0.6)
		n := fyne.MeasureText(s.numbers[i].Text, size, fyne.TextStyle{Bold: true})
		s.numbers[i].TextSize, s.words[i].TextSize = size, size
		put(s.numbers[i], x-n.Width/2, (side-n.Height)/2, n.Width, n.Height)
		w := fyne.MeasureText(s.words[i].Text, size, s.words[i].TextStyle)
		put(s.words[i], x-w.Width/2, side+s.m.Px(6), w.Width, size*lineHeight)
	}
	x := s.column(s.s.Now-1, box.Width)
	put(s.halo, x-side/2-s.m.Px(8), -s.m.Px(8), side+s.m.Px(16), side+s.m.Px(16))
}

func (r *stepsRenderer) Refresh() {
	s := r.s
	s.halo.FillColor, s.halo.Hidden = s.colour(style.Blush), s.s.Done
	for i := range 4 {
		done, now := i+1 < s.s.Now || s.s.Done, i+1 == s.s.Now && !s.s.Done
		fill, edge, ink, word := style.Paper, style.Edge, style.Muted, style.Muted
		switch {
		case done:
			fill, edge, word = style.Navy, style.Navy, style.Ink
		case now:
			fill, edge, ink, word = style.Seal, style.Seal, style.White, style.Seal
		}
		s.circles[i].FillColor, s.circles[i].StrokeColor = s.colour(fill), s.colour(edge)
		s.circles[i].StrokeWidth = s.m.Px(3)
		s.ticks[i].Hidden, s.numbers[i].Hidden = !done, done
		s.ticks[i].Image = inkedIcon("tick", s.colour(style.White), s.m.Px(stepSide*0.6))
		s.numbers[i].Color = s.colour(ink)
		s.words[i].Text, s.words[i].Color, s.words[i].TextStyle.Bold = s.s.Words[i], s.ink(s.s.Words[i], word), now
		if i < 3 {
			joint := style.Off
			if i+1 < s.s.Now || s.s.Done {
				joint = style.Navy
			}
			s.joints[i].FillColor = s.colour(joint)
		}
	}
	r.Layout(s.Size())
	for _, o := range r.Objects() {
		o.Refresh()
	}
}

// An Emblem is two golden rings around 法, in the middle of its ink.
type Emblem struct{ Size float32 }

// Width implements flow.Item.
func (e Emblem) Width(m flow.Metrics) flow.Need { return flow.Exactly(m.Px(e.Size)) }

// Height implements flow.Item.
func (e Emblem) Height(m flow.Metrics, _ float32) flow.Need { return flow.Exactly(m.Px(e.Size)) }

type emblem struct {
	widget.BaseWidget
	drawn
	outer, inner *canvas.Circle
	word         *canvas.Text
}

func newEmblem() thing {
	e := &emblem{outer: canvas.NewCircle(color.Transparent), inner: canvas.NewCircle(color.Transparent),
		word: canvas.NewText("法", style.Gold)}
	e.outer.StrokeColor, e.inner.StrokeColor = style.Gold, style.Gold
	e.word.TextStyle.Bold = true
	e.ExtendBaseWidget(e)
	return e
}

func (e *emblem) object() fyne.CanvasObject { return e }

func (e *emblem) set(_ flow.Item, d drawn) {
	e.drawn = d
	e.Refresh()
}

func (e *emblem) CreateRenderer() fyne.WidgetRenderer { return &emblemRenderer{e} }

type emblemRenderer struct{ e *emblem }

func (r *emblemRenderer) Destroy()           {}
func (r *emblemRenderer) MinSize() fyne.Size { return fyne.NewSize(1, 1) }
func (r *emblemRenderer) Objects() []fyne.CanvasObject {
	return []fyne.CanvasObject{r.e.outer, r.e.inner, r.e.word}
}

func (r *emblemRenderer) Layout(box fyne.Size) {
	e := r.e
	d := box.Height
	e.outer.StrokeWidth, e.inner.StrokeWidth = d/32, max(1, d/96)
	e.outer.Resize(fyne.NewSize(d, d))
	e.inner.Move(fyne.NewPos(d*0.075, d*0.075))
	e.inner.Resize(fyne.NewSize(d*0.85, d*0.85))
	size := d * 0.48
	w := fyne.MeasureText("法", size, fyne.TextStyle{Bold: true})
	e.word.TextSize = size
	e.word.Move(fyne.NewPos((d-w.Width)/2, (d-w.Height)/2-size*0.02))
	e.word.Resize(w)
}

func (r *emblemRenderer) Refresh() {
	r.Layout(r.e.Size())
	for _, o := range r.Objects() {
		o.Refresh()
	}
}
