package kiosk

import (
	"image"
	"image/color"
	"math"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/container"
	"golang.org/x/image/draw"
	"golang.org/x/image/font"
	"golang.org/x/image/font/opentype"
	"golang.org/x/image/math/f64"
	"golang.org/x/image/math/fixed"

	"courtkiosk/assets"
)

// A watermark lies over every screen that is no court's: faint, and where no QR stands.
type watermark struct {
	*fyne.Container
	word   string
	images [2]*canvas.Image
}

func newWatermark() *watermark {
	w := &watermark{}
	for i := range w.images {
		w.images[i] = &canvas.Image{FillMode: canvas.ImageFillContain}
	}
	w.Container = container.New(w, w.images[0], w.images[1])
	w.Hide()
	return w
}

// show shows another word, and nothing where there is none.
func (w *watermark) show(word string) {
	if w.word == word {
		return
	}
	w.word = word
	w.Hidden = word == ""
	for _, img := range w.images {
		img.Image = turned(lettering(word, 92))
	}
	w.Refresh()
}

// Layout implements fyne.Layout: one below the header, one above the actions.
func (w *watermark) Layout(_ []fyne.CanvasObject, size fyne.Size) {
	side := min(size.Width, size.Height) / 1080
	at := [2]fyne.Position{fyne.NewPos(60*side, 150*side), fyne.NewPos(size.Width-540*side, size.Height-560*side)}
	for i, img := range w.images {
		img.Move(at[i])
		img.Resize(fyne.NewSize(520*side, 420*side))
	}
}

// MinSize implements fyne.Layout.
func (w *watermark) MinSize([]fyne.CanvasObject) fyne.Size { return fyne.NewSize(1, 1) }

// turned returns a picture turned up to the right.
func turned(word image.Image) image.Image {
	b := word.Bounds()
	const turn = -math.Pi / 7
	sin, cos := math.Sincos(turn)
	w := float64(b.Dx())*cos - float64(b.Dy())*sin
	h := float64(b.Dy())*cos - float64(b.Dx())*sin
	out := image.NewNRGBA(image.Rect(0, 0, int(w), int(h)))
	cx, cy := float64(b.Dx())/2, float64(b.Dy())/2
	m := f64.Aff3{cos, -sin, w/2 - cos*cx + sin*cy, sin, cos, h/2 - sin*cx - cos*cy}
	draw.BiLinear.Transform(out, m, word, b, draw.Over, nil)
	return out
}

// lettering draws a word in a faint amber; without its font, which a test reads, it is blank.
func lettering(word string, size float64) image.Image {
	f, err := opentype.Parse(assets.Bold)
	if err != nil {
		return image.NewNRGBA(image.Rect(0, 0, 1, 1))
	}
	face, err := opentype.NewFace(f, &opentype.FaceOptions{Size: size, DPI: 72})
	if err != nil {
		return image.NewNRGBA(image.Rect(0, 0, 1, 1))
	}
	width := font.MeasureString(face, word).Ceil()
	img := image.NewNRGBA(image.Rect(0, 0, width, int(size*1.3)))
	d := font.Drawer{Dst: img, Src: image.NewUniform(color.NRGBA{0x9A, 0x6A, 0x0B, 0x1C}), Face: face,
		Dot: fixed.P(0, int(size))}
	d.DrawString(word)
	return img
}
