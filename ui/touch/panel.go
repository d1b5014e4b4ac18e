package touch

import (
	"fmt"
	"image"
	"image/color"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/widget"
	"github.com/skip2/go-qrcode"

	"courtkiosk/ui/style"
)

// NewCard returns the white ground of grouped facts.
func NewCard() *canvas.Rectangle {
	r := canvas.NewRectangle(style.Card)
	r.StrokeColor, r.StrokeWidth, r.CornerRadius = style.Line, 2, 28
	return r
}

// NewBar returns a bar of one colour.
func NewBar(c color.Color) *canvas.Rectangle { return canvas.NewRectangle(c) }

// A QR shows a code that a phone reads from an arm's length: pure black on pure white, whole pixels a module, four
// modules of quiet zone.
type QR struct {
	widget.BaseWidget
	content string
	image   *canvas.Image
	modules int
}

// NewQR returns an empty panel.
func NewQR() *QR {
	q := &QR{image: &canvas.Image{FillMode: canvas.ImageFillStretch, ScaleMode: canvas.ImageScalePixels}}
	q.ExtendBaseWidget(q)
	return q
}

// Set shows another content; an empty one shows white.
func (q *QR) Set(content string) error {
	if q.content == content {
		return nil
	}
	q.content, q.image.Image, q.modules = content, nil, 0
	if content != "" {
		code, err := qrcode.New(content, qrcode.Medium)
		if err != nil {
			return fmt.Errorf("qr: %w", err)
		}
		bits := code.Bitmap()
		q.modules = len(bits)
		img := image.NewGray(image.Rect(0, 0, len(bits), len(bits)))
		for y, row := range bits {
			for x, black := range row {
				if !black {
					img.Pix[y*img.Stride+x] = 255
				}
			}
		}
		q.image.Image = img
	}
	q.Refresh()
	return nil
}

// CreateRenderer implements fyne.Widget.
func (q *QR) CreateRenderer() fyne.WidgetRenderer {
	return &qrRenderer{q: q, ground: canvas.NewRectangle(style.White)}
}

type qrRenderer struct {
	q      *QR
	ground *canvas.Rectangle
}

func (r *qrRenderer) Destroy()           {}
func (r *qrRenderer) MinSize() fyne.Size { return fyne.NewSize(1, 1) }
func (r *qrRenderer) Objects() []fyne.CanvasObject {
	return []fyne.CanvasObject{r.ground, r.q.image}
}

func (r *qrRenderer) Layout(size fyne.Size) {
	r.ground.Resize(size)
	if r.q.modules == 0 {
		r.q.image.Resize(fyne.NewSize(0, 0))
		return
	}
	each := max(1, int(min(size.Width, size.Height))/r.q.modules) // whole pixels
	side := float32(each * r.q.modules)
	r.q.image.Move(fyne.NewPos(float32(int((size.Width-side)/2)), float32(int((size.Height-side)/2))))
	r.q.image.Resize(fyne.NewSize(side, side))
}

func (r *qrRenderer) Refresh() {
	r.Layout(r.q.BaseWidget.Size())
	r.q.image.Refresh()
}

// A Ring shows how much time is left, and says it.
type Ring struct {
	widget.BaseWidget
	left, total int // seconds
	label       *Text
}

// NewRing returns a ring.
func NewRing() *Ring {
	r := &Ring{label: NewTitle(36, style.Ink).Middle().Single()}
	r.ExtendBaseWidget(r)
	return r
}

// Set shows the seconds left of a total.
func (r *Ring) Set(left, total int) {
	if r.left == left && r.total == total {
		return
	}
	r.left, r.total = max(left, 0), total
	r.label.Set(fmt.Sprintf("%d:%02d", r.left/60, r.left%60))
	r.Refresh()
}

// CreateRenderer implements fyne.Widget.
func (r *Ring) CreateRenderer() fyne.WidgetRenderer {
	return &ringRenderer{r: r, track: canvas.NewArc(0, 360, 0.76, style.Off),
		hand: canvas.NewArc(0, 360, 0.76, style.Navy)}
}

type ringRenderer struct {
	r           *Ring
	track, hand *canvas.Arc
}

func (r *ringRenderer) Destroy()           {}
func (r *ringRenderer) MinSize() fyne.Size { return fyne.NewSize(1, 1) }
func (r *ringRenderer) Objects() []fyne.CanvasObject {
	return []fyne.CanvasObject{r.track, r.hand, r.r.label}
}

func (r *ringRenderer) Layout(size fyne.Size) {
	r.track.Resize(size)
	r.hand.Resize(size)
	r.r.label.Move(fyne.NewPos(size.Width*0.14, 0))
	r.r.label.Resize(fyne.NewSize(size.Width*0.72, size.Height))
}

func (r *ringRenderer) Refresh() {
	part := float32(0)
	if r.r.total > 0 {
		part = min(1, float32(r.r.left)/float32(r.r.total))
	}
	r.hand.StartAngle, r.hand.EndAngle = 360*(1-part)-0.01, 360 // the gap grows clockwise from the top
	r.hand.Refresh()
	r.r.label.Refresh()
}

// A Sign is a large round sign: done, wait, or look here.
type Sign struct {
	widget.BaseWidget
	kind SignKind
}

// SignKind is what a sign says.
type SignKind string

// The signs.
const (
	SignDone SignKind = "done" // a tick on green
	SignWait SignKind = "wait" // an exclamation mark in an amber ring
	SignInfo SignKind = "info" // the letter i in a navy ring
)

// NewSign returns a sign.
func NewSign() *Sign {
	s := &Sign{kind: SignInfo}
	s.ExtendBaseWidget(s)
	return s
}

// Set shows another sign.
func (s *Sign) Set(k SignKind) {
	if s.kind != k {
		s.kind = k
		s.Refresh()
	}
}

// CreateRenderer implements fyne.Widget.
func (s *Sign) CreateRenderer() fyne.WidgetRenderer {
	r := &signRenderer{s: s, round: canvas.NewCircle(style.Green), bar: canvas.NewRectangle(style.Amber),
		dot: canvas.NewCircle(style.Amber)}
	for range 2 {
		l := canvas.NewLine(style.White)
		r.tick = append(r.tick, l)
	}
	for range 3 {
		r.ends = append(r.ends, canvas.NewCircle(style.White))
	}
	r.paint()
	return r
}

type signRenderer struct {
	s          *Sign
	round, dot *canvas.Circle
	bar        *canvas.Rectangle
	tick       []*canvas.Line
	ends       []*canvas.Circle // make the tick's ends and its corner round
}

func (r *signRenderer) Destroy()           {}
func (r *signRenderer) MinSize() fyne.Size { return fyne.NewSize(1, 1) }
func (r *signRenderer) Objects() []fyne.CanvasObject {
	return []fyne.CanvasObject{r.round, r.bar, r.dot, r.tick[0], r.tick[1], r.ends[0], r.ends[1], r.ends[2]}
}

func (r *signRenderer) Layout(size fyne.Size) {
	d := min(size.Width, size.Height)
	x0 := (size.Width - d) / 2
	at := func(x, y float32) fyne.Position { return fyne.NewPos(x0+d*x, d*y) }
	put := func(o fyne.CanvasObject, x, y, w, h float32) {
		o.Move(at(x, y))
		o.Resize(fyne.NewSize(d*w, d*h))
	}
	put(r.round, 0, 0, 1, 1)
	r.round.StrokeWidth = d * 0.08
	for i, p := range [][2]float32{{0.3, 0.52}, {0.45, 0.67}, {0.72, 0.34}} {
		put(r.ends[i], p[0]-0.03, p[1]-0.03, 0.06, 0.06)
		if i > 0 {
			r.tick[i-1].Position2 = at(p[0], p[1])
		}
		if i < 2 {
			r.tick[i].Position1 = at(p[0], p[1])
		}
	}
	for _, l := range r.tick {
		l.StrokeWidth = d * 0.06
	}
	r.bar.CornerRadius = d * 0.045
	if r.s.kind == SignInfo {
		put(r.bar, 0.455, 0.42, 0.09, 0.33)
		put(r.dot, 0.445, 0.25, 0.11, 0.11)
		return
	}
	put(r.bar, 0.455, 0.25, 0.09, 0.33)
	put(r.dot, 0.445, 0.65, 0.11, 0.11)
}

func (r *signRenderer) paint() {
	done := r.s.kind == SignDone
	c := style.Amber
	if r.s.kind == SignInfo {
		c = style.Navy
	}
	r.round.FillColor, r.round.StrokeColor = color.Transparent, c
	if done {
		r.round.FillColor, r.round.StrokeColor = style.Green, style.Green
	}
	r.bar.FillColor, r.dot.FillColor = c, c
	r.bar.Hidden, r.dot.Hidden = done, done
	for _, l := range r.tick {
		l.Hidden = !done
	}
	for _, c := range r.ends {
		c.Hidden = !done
	}
}

func (r *signRenderer) Refresh() {
	r.paint()
	r.Layout(r.s.BaseWidget.Size())
	for _, o := range r.Objects() {
		o.Refresh()
	}
}
