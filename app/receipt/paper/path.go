package paper

import (
	"math"

	"golang.org/x/image/font/sfnt"
)

// A point is in mm, from the slip's upper left corner.
type point struct{ x, y float64 }

// A segment is one step of an outline: a move begins a contour, which the next move or the end closes.
type segment struct {
	op sfnt.SegmentOp
	at [3]point // as many as op needs; the last one is where it ends
}

func (s segment) points() []point {
	switch s.op {
	case sfnt.SegmentOpQuadTo:
		return s.at[:2]
	case sfnt.SegmentOpCubeTo:
		return s.at[:3]
	}
	return s.at[:1]
}

// A path is the outlines of a shape. Inside is where they wind around; a hole winds the other way than what it is in.
type path []segment

func (p path) line(corners ...point) path {
	for i, c := range corners {
		op := sfnt.SegmentOpLineTo
		if i == 0 {
			op = sfnt.SegmentOpMoveTo
		}
		p = append(p, segment{op, [3]point{c}})
	}
	return p
}

func rectangle(x, y, w, h float64) path {
	return path(nil).line(point{x, y}, point{x + w, y}, point{x + w, y + h}, point{x, y + h})
}

// frame is the line around a rectangle with round corners; the line's middle is on the rectangle's edge.
func frame(x, y, w, h, radius, thick float64) path {
	half := thick / 2
	outer := rounded(x-half, y-half, w+thick, h+thick, radius+half)
	inner := rounded(x+half, y+half, w-thick, h-thick, radius-half)
	hole := inner.each(func(at point) point { return point{2*x + w - at.x, at.y} }) // mirrored, it winds the other way
	return append(outer, hole...)
}

func rounded(x, y, w, h, r float64) path {
	c := r * (1 - 0.5523) // the usual cubic for a quarter of a circle
	arc := func(a, b, end point) segment { return segment{sfnt.SegmentOpCubeTo, [3]point{a, b, end}} }
	line := func(x, y float64) segment { return segment{sfnt.SegmentOpLineTo, [3]point{{x, y}}} }
	return path{
		{sfnt.SegmentOpMoveTo, [3]point{{x + r, y}}},
		line(x+w-r, y), arc(point{x + w - c, y}, point{x + w, y + c}, point{x + w, y + r}),
		line(x+w, y+h-r), arc(point{x + w, y + h - c}, point{x + w - c, y + h}, point{x + w - r, y + h}),
		line(x+r, y+h), arc(point{x + c, y + h}, point{x, y + h - c}, point{x, y + h - r}),
		line(x, y+r), arc(point{x, y + c}, point{x + c, y}, point{x + r, y}),
	}
}

// each returns the path with every point moved.
func (p path) each(move func(point) point) path {
	moved := make(path, len(p))
	for i, s := range p {
		moved[i].op = s.op
		for j, at := range s.points() {
			moved[i].at[j] = move(at)
		}
	}
	return moved
}

// stroked is the shape that a pen of the given width leaves along the outlines: a bar over each piece of them.
func (p path) stroked(thick float64) path {
	var bars path
	var start, from point
	to := func(end point) {
		length := math.Hypot(end.x-from.x, end.y-from.y)
		if length == 0 {
			return
		}
		half := thick / 2 / length
		// half a width along the piece, which the bar is longer at both ends, so that corners fill
		dx, dy := (end.x-from.x)*half, (end.y-from.y)*half
		bars = bars.line(point{from.x - dx + dy, from.y - dy - dx}, point{end.x + dx + dy, end.y + dy - dx},
			point{end.x + dx - dy, end.y + dy + dx}, point{from.x - dx - dy, from.y - dy + dx})
		from = end
	}
	for _, s := range p {
		if s.op == sfnt.SegmentOpMoveTo {
			to(start)
			start, from = s.at[0], s.at[0]
			continue
		}
		for begin, i := from, 1; i <= s.pieces(); i++ {
			to(s.along(begin, float64(i)/float64(s.pieces())))
		}
	}
	to(start)
	return bars
}

// pieces is how many straight lines a segment is drawn as.
func (s segment) pieces() int {
	if s.op == sfnt.SegmentOpLineTo {
		return 1
	}
	return 8
}

// along is the point at t of a segment that begins at from; t is 0 there and 1 at its end.
func (s segment) along(from point, t float64) point {
	points := append([]point{from}, s.points()...) // de Casteljau
	for n := len(points) - 1; n > 0; n-- {
		for i := range n {
			points[i] = point{points[i].x + (points[i+1].x-points[i].x)*t, points[i].y + (points[i+1].y-points[i].y)*t}
		}
	}
	return points[0]
}
