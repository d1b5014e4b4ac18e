package panel

import (
	"image/color"
	"testing"

	"fyne.io/fyne/v2"

	"courtkiosk/ui/style"
)

// Whatever the size of a face, its slices cover it once, and none is shown that has no pixel: Fyne's painter ends the
// program there.
func TestRimOfEverySize(t *testing.T) {
	kinds := map[string]edging{
		"key": {fill: style.White, edge: style.Edge, stroke: 2, radius: 20, depth: CardDepth, scale: 1},
		"button": {fill: style.Seal, lip: style.Pressed(style.Seal), lipHeight: 6, radius: 28, depth: SealDepth,
			scale: 0.7},
		"chip":  {fill: style.White, edge: style.Edge, stroke: 2, radius: 42, scale: 1},
		"strip": {fill: style.Tint, radius: 24, scale: 1},
	}
	for name, e := range kinds {
		for _, w := range []float32{1, 2, 7, 60, 61, 400} {
			for high := float32(1); high < 200; high += 1.25 {
				r := newRim()
				r.layout(fyne.NewSize(w, high), e)
				area := float32(0)
				for i, o := range r.all {
					if !o.Visible() {
						continue
					}
					if o.Size().Width < 1 || o.Size().Height < 1 {
						t.Errorf("%s, %v by %v: slice %d is %v", name, w, high, i, o.Size())
					}
					if i < 8 && r.slices[i].Image == nil {
						t.Errorf("%s, %v by %v: slice %d has no picture", name, w, high, i)
					}
					area += o.Size().Width * o.Size().Height
				}
				out, _ := e.bounds()
				want := (float32(int(w+0.5)) + float32(out[0]+out[1])) * (float32(int(high+0.5)) +
					float32(out[2]+out[3]))
				if area != want {
					t.Errorf("%s, %v by %v: the slices cover %v pixels, not %v", name, w, high, area, want)
				}
			}
		}
	}
}

// A face is its own colour in the middle, its edge at the edge, nothing outside of its corners.
func TestRimIsDrawn(t *testing.T) {
	e := edging{fill: style.White, edge: style.Navy, stroke: 3, radius: 20, scale: 1}
	for _, tc := range []struct {
		x, y float64
		want color.NRGBA
	}{{50, 50, style.White}, {1.5, 50, style.Navy}, {50, 98.5, style.Navy}, {4.5, 50, style.White},
		{0.5, 0.5, color.NRGBA{}}} {
		got := e.at(tc.x, tc.y, 100, 100)
		want := color.RGBAModel.Convert(tc.want)
		if got != want {
			t.Errorf("at %v, %v: %v, want %v", tc.x, tc.y, got, want)
		}
	}
}
