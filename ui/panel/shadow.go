package panel

import (
	"image"
	"image/color"
	"image/draw"
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

// A shadow is one picture in nine slices, of which the middle one is never seen.
type shadow struct {
	slices [8]*canvas.Image
	of     made
}

type made struct {
	Depth
	scale float32
}

func newShadow() *shadow {
	s := &shadow{}
	for i := range s.slices {
		s.slices[i] = &canvas.Image{FillMode: canvas.ImageFillStretch, ScaleMode: canvas.ImageScaleFastest}
		s.slices[i].Hidden = true
	}
	return s
}

func (s *shadow) objects() (list []fyne.CanvasObject) {
	for _, o := range s.slices {
		list = append(list, o)
	}
	return list
}

// layout puts the slices around a face of the given size.
func (s *shadow) layout(size fyne.Size, d Depth, how drawn) {
	visible := d != (Depth{}) && !how.contrast
	for _, o := range s.slices {
		o.Hidden = !visible
	}
	if !visible {
		return
	}
	if now := (made{d, how.m.Scale}); s.of != now {
		s.of = now
		for i, img := range sliced(now) {
			s.slices[i].Image = img
			s.slices[i].Refresh()
		}
	}
	edge, drop := float32(border(d.blur, how.m.Scale)), how.m.Px(d.drop)
	out := edge / 2 // half of a slice lies outside of the face
	x := [4]float32{-out, out, size.Width - out, size.Width + out}
	y := [4]float32{drop - out, drop + out, size.Height + drop - out, size.Height + drop + out}
	for i, p := range ring {
		o, w, h := s.slices[i], x[p.X+1]-x[p.X], y[p.Y+1]-y[p.Y]
		o.Hidden = w < 1 || h < 1 // of a low face the middle is missing: Fyne cannot paint a picture without a pixel
		o.Move(fyne.NewPos(x[p.X], y[p.Y]))
		o.Resize(fyne.NewSize(max(0, w), max(0, h)))
	}
}

// ring are the slices around the middle one: columns and rows.
var ring = [8]image.Point{{0, 0}, {1, 0}, {2, 0}, {0, 1}, {2, 1}, {0, 2}, {1, 2}, {2, 2}}

// border is how wide a slice is, in pixels: as far as the blur reaches to both sides of the face's edge.
func border(blur, scale float32) int { return 2 * int(math.Ceil(float64(blur*scale*1.25))) }

// pictures are the slices that were drawn; there are as many as depths and scales.
var pictures = make(map[made][8]image.Image)

// sliced draws the shadow of a rounded square, and cuts it. It belongs to Fyne's thread.
func sliced(of made) [8]image.Image {
	if done, ok := pictures[of]; ok {
		return done
	}
	edge := border(of.blur, of.scale)
	side := 2*edge + 1
	img := image.NewNRGBA(image.Rect(0, 0, side, side))
	sigma := float64(of.blur*of.scale) / 2
	half, radius := float64(edge)/2, float64(28*of.scale)
	for y := range side {
		for x := range side {
			c := of.ink
			c.A = byte(math.Round(float64(c.A) * cover(distance(x, y, side, half, radius), sigma)))
			img.SetNRGBA(x, y, c)
		}
	}
	at := [4]int{0, edge, edge + 1, side}
	var out [8]image.Image
	for i, p := range ring {
		slice := image.NewNRGBA(image.Rect(0, 0, at[p.X+1]-at[p.X], at[p.Y+1]-at[p.Y]))
		draw.Draw(slice, slice.Bounds(), img, image.Pt(at[p.X], at[p.Y]), draw.Src)
		out[i] = slice
	}
	pictures[of] = out
	return out
}

// distance is how far a pixel lies outside of a rounded square whose edges are half a slice inside the picture.
func distance(x, y, side int, half, radius float64) float64 {
	middle := float64(side) / 2
	dx := math.Abs(float64(x)+0.5-middle) - (middle - half - radius)
	dy := math.Abs(float64(y)+0.5-middle) - (middle - half - radius)
	return math.Min(math.Max(dx, dy), 0) + math.Hypot(math.Max(dx, 0), math.Max(dy, 0)) - radius
}

// cover is how much of a blurred edge lies at a distance outside of it.
func cover(d, sigma float64) float64 { return 0.5 * math.Erfc(d/(sigma*math.Sqrt2)) }
