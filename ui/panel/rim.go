package panel

import (
	"image"
	"image/color"
	"math"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"

	"courtkiosk/ui/style"
)

// A Depth is how high something stands over the paper.
type Depth struct {
	drop, blur float32 // design units
	ink        color.NRGBA
}

// The depths. The zero Depth is the paper's own.
var (
	CardDepth = Depth{14, 32, faint(style.Navy, 0.055)}
	NavyDepth = Depth{14, 28, faint(style.Navy, 0.20)}
	SealDepth = Depth{14, 28, faint(style.Seal, 0.20)}
)

func faint(c color.NRGBA, part float64) color.NRGBA {
	c.A = byte(255*part + 0.5)
	return c
}

// A rim is what lies around the middle of a face: shadow, corners, edge and lip, drawn once for all faces of a kind as
// the eight outer slices of nine. A renderer without a GPU copies pictures far faster than it computes round corners.
type rim struct {
	slices [8]*canvas.Image
	middle *canvas.Rectangle
	all    []fyne.CanvasObject
	of     edging
}

// An edging is what decides on a rim; lengths are in pixels.
type edging struct {
	fill, edge, lip   color.NRGBA
	stroke, lipHeight int
	radius            float32
	depth             Depth
	scale             float32
	wide, high        int // of a face that is too small for a middle; 0 when it has one
}

func newRim() *rim {
	r := &rim{middle: canvas.NewRectangle(color.Transparent)}
	for i := range r.slices {
		r.slices[i] = &canvas.Image{FillMode: canvas.ImageFillStretch, ScaleMode: canvas.ImageScaleFastest}
		r.all = append(r.all, r.slices[i])
	}
	r.all = append(r.all, r.middle)
	return r
}

// plain reports whether there is nothing but a rectangle, or what is behind it shows through.
func (e edging) plain() bool {
	return e.fill.A < 255 || e.stroke == 0 && e.lipHeight == 0 && e.radius == 0 && e.depth == (Depth{})
}

// bounds are how far the slices reach out of the face and into it: left, right, top, bottom.
func (e edging) bounds() (out, in [4]int) {
	shape := max(int(math.Ceil(float64(e.radius))), e.stroke) + 1
	in = [4]int{shape, shape, shape, shape + e.lipHeight}
	if e.depth != (Depth{}) {
		far, drop := reach(e.depth.blur, e.scale), e.drop()
		out = [4]int{far, far, max(0, far-drop), far + drop}
		in = [4]int{max(in[0], far), max(in[1], far), max(in[2], far+drop), max(in[3], far-drop)}
	}
	return out, in
}

// drop is how far the shadow lies below the face, in pixels.
func (e edging) drop() int { return int(math.Round(float64(e.depth.drop * e.scale))) }

// reach is how far a blur reaches to both sides of an edge, in pixels.
func reach(blur, scale float32) int { return int(math.Ceil(float64(blur * scale * 1.25))) }

// layout draws a face of the given size.
func (r *rim) layout(size fyne.Size, e edging) {
	w, h := int(size.Width+0.5), int(size.Height+0.5)
	r.middle.FillColor = e.fill
	if e.plain() || w < 1 || h < 1 {
		for _, o := range r.slices {
			o.Hidden = true
		}
		r.middle.Move(fyne.Position{})
		r.middle.Resize(size)
		r.middle.Hidden = e.fill.A == 0
		r.middle.Refresh()
		return
	}
	out, in := e.bounds()
	if w <= in[0]+in[1] {
		e.wide, in[0], in[1] = w, (w+1)/2, w/2
	}
	if h <= in[2]+in[3] {
		e.high, in[2], in[3] = h, (h+1)/2, h/2
	}
	if r.of != e {
		r.of = e
		for i, img := range sliced(e) {
			if r.slices[i].Image = img; img != nil {
				r.slices[i].Refresh()
			}
		}
	}
	x, y := [4]int{-out[0], in[0], w - in[1], w + out[1]}, [4]int{-out[2], in[2], h - in[3], h + out[3]}
	put := func(o fyne.CanvasObject, cx, cy int) (visible bool) {
		o.Move(fyne.NewPos(float32(x[cx]), float32(y[cy])))
		o.Resize(fyne.NewSize(float32(x[cx+1]-x[cx]), float32(y[cy+1]-y[cy])))
		return x[cx+1] > x[cx] && y[cy+1] > y[cy] // Fyne cannot paint a picture without a pixel
	}
	for i, p := range ring {
		r.slices[i].Hidden = !put(r.slices[i], p.X, p.Y)
	}
	r.middle.Hidden = !put(r.middle, 1, 1)
	r.middle.Refresh()
}

// ring are the slices around the middle one: columns and rows.
var ring = [8]image.Point{{0, 0}, {1, 0}, {2, 0}, {0, 1}, {2, 1}, {0, 2}, {1, 2}, {2, 2}}

// rims are the slices that were drawn. There are as many as kinds of faces, and heights of low ones; mostRims is where
// they are drawn anew.
var rims = make(map[edging][8]image.Image)

const mostRims = 256

// sliced draws the smallest face of a kind, and cuts it. It belongs to Fyne's thread.
func sliced(e edging) (out [8]image.Image) {
	if done, ok := rims[e]; ok {
		return done
	}
	beyond, in := e.bounds()
	w, h := in[0]+1+in[1], in[2]+1+in[3]
	x, y := [4]int{-beyond[0], in[0], in[0] + 1, w + beyond[1]}, [4]int{-beyond[2], in[2], in[2] + 1, h + beyond[3]}
	if e.wide > 0 {
		w = e.wide
		x = [4]int{-beyond[0], (w + 1) / 2, (w + 1) / 2, w + beyond[1]}
	}
	if e.high > 0 {
		h = e.high
		y = [4]int{-beyond[2], (h + 1) / 2, (h + 1) / 2, h + beyond[3]}
	}
	for i, p := range ring {
		box := image.Rect(x[p.X], y[p.Y], x[p.X+1], y[p.Y+1])
		if box.Empty() {
			continue
		}
		slice := image.NewRGBA(image.Rect(0, 0, box.Dx(), box.Dy()))
		for py := box.Min.Y; py < box.Max.Y; py++ {
			for px := box.Min.X; px < box.Max.X; px++ {
				slice.SetRGBA(px-box.Min.X, py-box.Min.Y,
					e.at(float64(px)+0.5, float64(py)+0.5, float64(w), float64(h)))
			}
		}
		out[i] = kept{slice}
	}
	if len(rims) >= mostRims {
		clear(rims)
	}
	rims[e] = out
	return out
}

// at is the colour of a point of a face that is w by h pixels large.
func (e edging) at(x, y, w, h float64) color.RGBA {
	var sum ink
	radius := math.Min(float64(e.radius), math.Min(w, h)/2)
	body := h - float64(e.lipHeight)
	inside := outside(x, y, w, body, radius)
	if inside <= -float64(e.stroke)-1 {
		return sum.over(e.fill, 1).rgba()
	}
	if e.depth != (Depth{}) {
		far := outside(x, y-float64(e.drop()), w, h, float64(28*e.scale))
		sum = sum.over(e.depth.ink, cover(far, float64(e.depth.blur*e.scale)/2))
	}
	if e.lipHeight > 0 {
		sum = sum.over(e.lip, edge(outside(x, y, w, h, radius)))
	}
	if e.stroke > 0 {
		sum = sum.over(e.edge, edge(inside))
		inside += float64(e.stroke)
	}
	return sum.over(e.fill, edge(inside)).rgba()
}

// outside is how far a point lies outside of a rounded rectangle, in pixels; inside of it, it is negative.
func outside(x, y, w, h, radius float64) float64 {
	dx, dy := math.Abs(x-w/2)-w/2+radius, math.Abs(y-h/2)-h/2+radius
	return math.Min(math.Max(dx, dy), 0) + math.Hypot(math.Max(dx, 0), math.Max(dy, 0)) - radius
}

// edge is how much of a pixel is covered whose middle lies at a distance outside of a shape.
func edge(d float64) float64 { return math.Min(1, math.Max(0, 0.5-d)) }

// cover is how much of a blurred edge lies at a distance outside of it.
func cover(d, sigma float64) float64 { return 0.5 * math.Erfc(d/(sigma*math.Sqrt2)) }

// An ink is a colour between 0 and 1, multiplied by its own opacity.
type ink [4]float64

// over returns the ink with a colour painted on it.
func (i ink) over(c color.NRGBA, part float64) ink {
	a := part * float64(c.A) / 255
	for n, v := range [4]byte{c.R, c.G, c.B, 255} {
		i[n] = i[n]*(1-a) + float64(v)/255*a
	}
	return i
}

func (i ink) rgba() color.RGBA {
	b := func(v float64) byte { return byte(v*255 + 0.5) }
	return color.RGBA{R: b(i[0]), G: b(i[1]), B: b(i[2]), A: b(i[3])}
}
