package paper

import (
	"image"
	"image/draw"
	"math"

	"golang.org/x/image/font/sfnt"
	"golang.org/x/image/vector"
)

// threshold is how much of a dot, of 255, must be covered for it to be black. It is above the middle: thermal paper
// bleeds less than a thin stroke loses.
const threshold = 153

// Image returns the slip as black and white dots, as wide as its roll.
func (p *Page) Image() *image.Gray {
	out := image.NewGray(image.Rect(0, 0, int(p.roll), int(math.Round(p.height*dots))))
	r := raster{page: p, ink: image.NewAlpha(out.Rect)}
	for _, draw := range p.draw {
		draw(&r)
	}
	for i, ink := range r.ink.Pix {
		if ink < threshold {
			out.Pix[i] = 255
		}
	}
	return out
}

// A raster is the pen of pictures.
type raster struct {
	page *Page
	ink  *image.Alpha // how much of each dot is covered
	fine vector.Rasterizer
}

func (r *raster) fill(shape path)                  { r.paint(shape, false) }
func (r *raster) shade(path)                       {} // nothing lighter than a dot
func (r *raster) stroke(shape path, thick float64) { r.paint(shape.stroked(thick), false) }

// text stands on whole dots, for a stroke that lies across two rows is grey in both.
func (r *raster) text(x, base float64, line string, f face, white bool) {
	base = math.Round(base*dots) / dots
	r.paint(r.page.fonts[f.weight].outline(line, x, base, f.size()), white)
}

// paint covers what is in the shape, or takes the ink away there.
func (r *raster) paint(shape path, white bool) {
	shape = shape.each(func(at point) point { return point{at.x * dots, at.y * dots} })
	box := shape.box().Intersect(r.ink.Rect)
	if box.Empty() {
		return
	}
	r.fine.Reset(box.Dx(), box.Dy())
	r.fine.DrawOp = draw.Src
	for _, s := range shape {
		var at [3][2]float32
		for i, p := range s.points() {
			at[i] = [2]float32{float32(p.x - float64(box.Min.X)), float32(p.y - float64(box.Min.Y))}
		}
		switch a, b, c := at[0], at[1], at[2]; s.op {
		case sfnt.SegmentOpMoveTo:
			r.fine.ClosePath()
			r.fine.MoveTo(a[0], a[1])
		case sfnt.SegmentOpLineTo:
			r.fine.LineTo(a[0], a[1])
		case sfnt.SegmentOpQuadTo:
			r.fine.QuadTo(a[0], a[1], b[0], b[1])
		case sfnt.SegmentOpCubeTo:
			r.fine.CubeTo(a[0], a[1], b[0], b[1], c[0], c[1])
		}
	}
	r.fine.ClosePath()
	mask := image.NewAlpha(image.Rect(0, 0, box.Dx(), box.Dy()))
	r.fine.Draw(mask, mask.Rect, image.Opaque, image.Point{})
	for y := range box.Dy() {
		row := r.ink.Pix[r.ink.PixOffset(box.Min.X, box.Min.Y+y):][:box.Dx()]
		for x, m := range mask.Pix[y*mask.Stride:][:box.Dx()] {
			if white {
				row[x] -= uint8(int(row[x]) * int(m) / 255)
			} else {
				row[x] += uint8(int(255-row[x]) * int(m) / 255)
			}
		}
	}
}

// box is the smallest rectangle of whole dots around a path that is in dots.
func (p path) box() image.Rectangle {
	low, high := point{math.Inf(1), math.Inf(1)}, point{math.Inf(-1), math.Inf(-1)}
	for _, s := range p {
		for _, at := range s.points() {
			low = point{min(low.x, at.x), min(low.y, at.y)}
			high = point{max(high.x, at.x), max(high.y, at.y)}
		}
	}
	if len(p) == 0 {
		return image.Rectangle{}
	}
	return image.Rect(int(math.Floor(low.x)), int(math.Floor(low.y)), int(math.Ceil(high.x)), int(math.Ceil(high.y)))
}
