package kiosk

import (
	"image"
	"image/color"
	"math"

	"fyne.io/fyne/v2/canvas"
	"golang.org/x/image/draw"
	"golang.org/x/image/font"
	"golang.org/x/image/font/opentype"
	"golang.org/x/image/math/f64"
	"golang.org/x/image/math/fixed"

	"courtkiosk/assets"
	"courtkiosk/ui/touch"
)

// watermark is the diagonal 演示 over every screen of a demo: faint, and where no QR stands.
func watermark() *touch.Board {
	b := touch.NewBoard()
	word := turned(lettering("演示", 92))
	for _, p := range [][2]touch.Place{
		{at(60, 160, 520, 420), at(70, 110, 420, 340)},
		{at(540, 1380, 520, 420), at(620, 560, 420, 340)},
	} {
		img := canvas.NewImageFromImage(word)
		img.FillMode = canvas.ImageFillContain
		b.Put(img, p[0], p[1])
	}
	return b
}

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
