package kiosk

import (
	"encoding/hex"
	"fmt"
	"image"
	"image/color"
	"math"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/driver/software"
	"fyne.io/fyne/v2/test"

	"courtkiosk/app/message"
	"courtkiosk/ui/panel"
	"courtkiosk/ui/view"
)

// least is the contrast that a dress promises of its texts, and of its icons and edges.
func least(contrast bool) (text, edge float64) {
	if contrast {
		return 7, 4.5
	}
	return 4.5, 3
}

// Texts, icons and the edges of what can be touched stand out from what is painted around them, on every page, in both
// dresses. Each page is looked at on a standing and a lying panel, in one language here and in the other there; with
// COURTKIOSK_SOAK set in both languages on every panel.
func TestContrast(t *testing.T) {
	th := theme(t)
	l := New(panel.Manners{}, func(view.Intent) {})
	langs := []message.Lang{message.Chinese, message.English}
	samples := [][]view.Sample{view.Samples(langs[0]), view.Samples(langs[1])}
	every := os.Getenv("COURTKIOSK_SOAK") != ""
	for name, size := range panels {
		for i := range samples[0] {
			for at, lang := range langs {
				if !every && (name != "square" && name != "upright" || (i+at)%2 == 0 != (name == "square")) {
					continue
				}
				for _, bright := range []bool{false, true} {
					s := samples[at][i]
					s.Frame.Contrast = bright
					t.Run(fmt.Sprintf("%s/%s/%s/contrast=%t", name, lang, s.Name, bright), func(t *testing.T) {
						img := Render(th, l, s, int(size.Width), int(size.Height)).(*image.NRGBA)
						for _, said := range faint(seen(l), img, bright) {
							t.Error(said)
						}
					})
				}
			}
		}
	}
}

// The test sees a text, an icon and an edge that do not stand out, and lets pass what does.
func TestContrastFinds(t *testing.T) {
	th := theme(t)
	grey := func(v byte) color.NRGBA { return color.NRGBA{v, v, v, 255} }
	icon := func(hex string) *canvas.Image {
		svg := `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 24 24"><path fill="#` + hex +
			`" d="M4 4h16v16H4z"/></svg>`
		return canvas.NewImageFromResource(fyne.NewStaticResource("x#"+hex+"-40.svg", []byte(svg)))
	}
	for name, tt := range map[string]struct {
		ink   byte // of the text
		icon  string
		edge  byte
		faint int
	}{
		"all well":       {0x50, "606060", 0x80, 0},
		"a faint text":   {0x80, "606060", 0x80, 1},
		"a faint icon":   {0x50, "B0B0B0", 0x80, 1},
		"a faint edge":   {0x50, "606060", 0xB0, 1},
		"white on white": {0xFF, "FFFFFF", 0xFF, 3},
	} {
		t.Run(name, func(t *testing.T) {
			words, sign := canvas.NewText("交费", grey(tt.ink)), icon(tt.icon)
			key := canvas.NewRectangle(color.White)
			key.StrokeColor, key.StrokeWidth = grey(tt.edge), 2
			words.TextSize = 24
			place := func(o fyne.CanvasObject, x, y, w, h float32) glimpse {
				o.Move(fyne.NewPos(x, y))
				o.Resize(fyne.NewSize(w, h))
				return glimpse{o, fyne.NewPos(x, y), ""}
			}
			list := []glimpse{place(words, 20, 20, 60, 34), place(sign, 100, 20, 40, 40), place(key, 20, 80, 120, 60)}
			list[2].key = "confirm"
			c := software.NewCanvas()
			c.SetPadded(false)
			c.SetContent(container.NewStack(canvas.NewRectangle(color.White),
				container.NewWithoutLayout(key, words, sign)))
			c.Resize(fyne.NewSize(160, 160))
			said := faint(list, software.RenderCanvas(c, th).(*image.NRGBA), false)
			if len(said) != tt.faint {
				t.Errorf("found %q, want %d", said, tt.faint)
			}
		})
	}
}

// A glimpse is something on the glass, where it is, and the key that it is the ground of.
type glimpse struct {
	fyne.CanvasObject
	at  fyne.Position
	key string
}

// seen are the things on the glass that say or show something. What lies under a question is shaded on purpose.
func seen(l *Pages) (list []glimpse) {
	targets := l.Targets()
	above := targets[key(view.Stay, "anywhere")]
	delete(targets, key(view.Stay, "anywhere"))
	keys := make(map[fyne.CanvasObject]string)
	for name, o := range targets {
		keys[o] = name
	}
	for _, o := range l.board.Objects {
		if o == above {
			list = nil
			continue
		}
		if name := keys[o]; name != "" {
			list = append(list, glimpse{o, o.Position(), name})
		}
		list = append(list, inside(o, o.Position())...)
	}
	return list
}

// inside are the texts and icons of an object.
func inside(o fyne.CanvasObject, at fyne.Position) (list []glimpse) {
	switch v := o.(type) {
	case *canvas.Text:
		if v.Visible() && strings.TrimSpace(v.Text) != "" {
			return []glimpse{{v, at, ""}}
		}
	case *canvas.Image:
		if v.Visible() && v.Resource != nil {
			return []glimpse{{v, at, ""}}
		}
	case fyne.Widget:
		for _, child := range test.WidgetRenderer(v).Objects() {
			list = append(list, inside(child, at.Add(child.Position()))...)
		}
	}
	return list
}

// faint says what of a picture does not stand out as it should.
func faint(list []glimpse, img *image.NRGBA, bright bool) (said []string) {
	text, edge := least(bright)
	for _, g := range list {
		box := image.Rect(int(g.at.X), int(g.at.Y), int(g.at.X+g.Size().Width), int(g.at.Y+g.Size().Height)).
			Intersect(img.Bounds())
		what, want, found := "", edge, 0.0
		switch v := g.CanvasObject.(type) {
		case *canvas.Text:
			what, want, found = v.Text, text, stands(img, box, color.NRGBAModel.Convert(v.Color).(color.NRGBA))
		case *canvas.Image:
			what, found = v.Resource.Name(), stands(img, box, inkOf(v.Resource.Name()))
		default:
			whole := strings.HasSuffix(g.key, ":anywhere")       // of the glass: it has no edge
			row := strings.HasPrefix(g.key, key(view.PickTopic)) // of a list in one card: hairlines part them
			if whole || (row || slices.Contains(identified, g.key)) && !bright {
				continue
			}
			what, found = g.key, outlined(img, box)
		}
		if found < want-0.05 {
			said = append(said, fmt.Sprintf("%s has a contrast of %.1f, want %.1f", what, found, want))
		}
	}
	return said
}

// identified are the keys of the footer, which have a ground that is hardly darker than the footer's: their icons and
// words say where they are, and in high contrast an edge does.
var identified = []string{"language", "large", "contrast", "low", "voice", "help"}

var iconInk = regexp.MustCompile(`#([0-9A-F]{6})-`)

// inkOf is the colour of an icon, which its name says.
func inkOf(name string) color.NRGBA {
	var c color.NRGBA
	if m := iconInk.FindStringSubmatch(name); m != nil {
		if rgb, err := hex.DecodeString(m[1]); err == nil {
			c = color.NRGBA{rgb[0], rgb[1], rgb[2], 255}
		}
	}
	return c
}

// stands is the contrast between the pixels of an ink that are the purest in a box, and the box's commonest others.
func stands(img *image.NRGBA, box image.Rectangle, ink color.NRGBA) float64 {
	count := make(map[color.NRGBA]int)
	var purest, ground color.NRGBA
	nearest := math.MaxInt
	for y := box.Min.Y; y < box.Max.Y; y++ {
		for x := box.Min.X; x < box.Max.X; x++ {
			c := img.NRGBAAt(x, y)
			count[c]++
			if d := apart(c, ink); d < nearest {
				nearest, purest = d, c
			}
		}
	}
	for c, n := range count {
		if n > count[ground] && (apart(c, purest) > 0 || len(count) == 1) {
			ground = c
		}
	}
	return contrastOf(purest, ground)
}

// outlined is how far the edge of a key, or else its fill, stands out from what lies around it.
func outlined(img *image.NRGBA, box image.Rectangle) (most float64) {
	y := (box.Min.Y + box.Max.Y) / 2
	around := img.NRGBAAt(max(0, box.Min.X-6), y)
	for x := box.Min.X - 1; x < box.Min.X+8; x++ {
		most = max(most, contrastOf(img.NRGBAAt(x, y), around))
	}
	return most
}

// apart is how different two colours are.
func apart(a, b color.NRGBA) int {
	d := func(x, y byte) int { return (int(x) - int(y)) * (int(x) - int(y)) }
	return d(a.R, b.R) + d(a.G, b.G) + d(a.B, b.B)
}

// contrastOf is WCAG's contrast of two colours, from 1 to 21.
func contrastOf(a, b color.NRGBA) float64 {
	x, y := luminance(a), luminance(b)
	return (max(x, y) + 0.05) / (min(x, y) + 0.05)
}

func luminance(c color.NRGBA) float64 {
	linear := func(v byte) float64 {
		s := float64(v) / 255
		if s <= 0.04045 {
			return s / 12.92
		}
		return math.Pow((s+0.055)/1.055, 2.4)
	}
	return 0.2126*linear(c.R) + 0.7152*linear(c.G) + 0.0722*linear(c.B)
}
