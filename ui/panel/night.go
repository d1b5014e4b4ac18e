package panel

import (
	"image"
	"math"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"

	"courtkiosk/ui/flow"
	"courtkiosk/ui/style"
)

// Night is the ground of a whole panel at rest: navy, lighter around a place that is named in parts of its width and
// height.
type Night struct{ X, Y float64 }

// Width implements flow.Item.
func (Night) Width(flow.Metrics) flow.Need { return flow.Need{} }

// Height implements flow.Item.
func (Night) Height(flow.Metrics, float32) flow.Need { return flow.Need{} }

type night struct{ sky *canvas.Image }

func newNight() thing {
	return night{&canvas.Image{FillMode: canvas.ImageFillStretch, ScaleMode: canvas.ImageScaleSmooth}}
}

func (n night) object() fyne.CanvasObject { return n.sky }

// nightSide is how fine the picture is that is stretched over the panel.
const nightSide = 64

func (n night) set(i flow.Item, d drawn) {
	at, light, dark := i.(Night), style.Dusk, style.Night
	if d.contrast {
		light = style.Contrast(style.Navy)
		dark = light
	}
	img := image.NewNRGBA(image.Rect(0, 0, nightSide, nightSide))
	for y := range nightSide {
		for x := range nightSide {
			far := math.Hypot(float64(x)/nightSide-at.X, float64(y)/nightSide-at.Y)
			img.SetNRGBA(x, y, style.Between(light, dark, math.Min(1, far/0.75)))
		}
	}
	n.sky.Image = img
	n.sky.Refresh()
}
