// Package style is how the lobby looks: colours, the scale of the panel, the fonts. Sizes everywhere are design
// units: a pixel of a panel whose shorter side is 1080.
package style

import (
	"bytes"
	"errors"
	"image/color"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/theme"

	"courtkiosk/assets"
)

// The colours.
var (
	Ink    = rgb(0x16233B)
	Navy   = rgb(0x14284B)
	Seal   = rgb(0xA3202A)
	Paper  = rgb(0xF6F4EF)
	Tint   = rgb(0xEEF1F6) // grounds of icons, footer keys, waiting strips
	Mint   = rgb(0xE8F2EC) // under green
	Cream  = rgb(0xFBF3E0) // under amber words
	Bronze = rgb(0x8A5C00) // amber words
	Edge   = rgb(0x8C8676) // of what can be touched and has no fill
	Card   = rgb(0xFFFFFF)
	Line   = rgb(0xE4E0D6)
	Muted  = rgb(0x535D70)
	Pale   = rgb(0xB8C2D3) // on navy
	Blush  = rgb(0xF6DDDE) // on seal
	Gold   = rgb(0xD9B25F)
	Green  = rgb(0x1E7A4D)
	Amber  = rgb(0xC98A12)
	WeChat = rgb(0x067A3B)
	Off    = rgb(0xD9D5CA) // steps to come
	White  = rgb(0xFFFFFF)
	Black  = rgb(0x000000)
	Focus  = rgb(0xFBECEC) // behind the part being typed
	Night  = rgb(0x0F1E3C) // of a panel at rest
	Dusk   = rgb(0x1E3A68) // where it is lightest
	Slate  = rgb(0x22314C) // a card on it
	Dim    = rgb(0x3A4864) // a line on it
	Halo   = rgb(0x3D4F73) // around what it asks for
	Lit    = rgb(0x7CD1A2) // a light that is well
)

func rgb(v uint32) color.NRGBA {
	return color.NRGBA{R: byte(v >> 16), G: byte(v >> 8), B: byte(v), A: 0xFF}
}

// Pressed is a colour under a finger.
func Pressed(c color.NRGBA) color.NRGBA {
	mix := func(v byte) byte { return byte(int(v) * 86 / 100) }
	return color.NRGBA{R: mix(c.R), G: mix(c.G), B: mix(c.B), A: c.A}
}

// Between is a colour on the way from one to another: 0 is the first, 1 the second.
func Between(a, b color.NRGBA, part float64) color.NRGBA {
	mix := func(a, b byte) byte { return byte(float64(a)*(1-part) + float64(b)*part + 0.5) }
	return color.NRGBA{R: mix(a.R, b.R), G: mix(a.G, b.G), B: mix(a.B, b.B), A: 0xFF}
}

// The text sizes.
const (
	Amount    = 104
	Title     = 60
	CardTitle = 44
	Body      = 34
	Caption   = 29
	Smallest  = 24
)

// A Theme is Fyne's theme with the program's own fonts, light, whatever the desktop says. Its fonts have the characters
// of the program's own words; texts with others name the font that has them all, see Font.
type Theme struct{ regular, bold fyne.Resource }

// The fonts with all characters. Fyne parses one when it is first measured with, which takes a fifth of a second.
var (
	everyRegular = fyne.NewStaticResource("regular.ttf", assets.Regular)
	everyBold    = fyne.NewStaticResource("bold.ttf", assets.Bold)
)

// Font returns the font that a text needs beside the theme's; nil where the theme's has all its characters.
func Font(text string, bold bool) fyne.Resource {
	switch {
	case assets.Worded(text):
		return nil
	case bold:
		return everyBold
	}
	return everyRegular
}

// Measure returns how large a line is, in whatever font it needs.
func Measure(line string, size float32, bold bool) fyne.Size {
	style := fyne.TextStyle{Bold: bold}
	if f := Font(line, bold); f != nil {
		measured, _ := fyne.CurrentApp().Driver().RenderedTextSize(line, size, style, f)
		return measured
	}
	return fyne.MeasureText(line, size, style)
}

// Warm has the font of a weight parsed that has all characters, before somebody waits for it. It belongs to Fyne's
// thread.
func Warm(bold bool) { Measure("\u9f98", 10, bold) }

// NewTheme returns the theme. It refuses font collections: Fyne would panic at the first text.
func NewTheme() (*Theme, error) {
	for _, f := range [][]byte{assets.Regular, assets.Bold, assets.RegularWords, assets.BoldWords} {
		if len(f) < 4 || bytes.HasPrefix(f, []byte("ttcf")) {
			return nil, errors.New("style: the embedded fonts are not single TrueType fonts")
		}
	}
	return &Theme{fyne.NewStaticResource("regular-words.ttf", assets.RegularWords),
		fyne.NewStaticResource("bold-words.ttf", assets.BoldWords)}, nil
}

// Font returns the regular or the bold font, for every style.
func (t *Theme) Font(s fyne.TextStyle) fyne.Resource {
	if s.Bold {
		return t.bold
	}
	return t.regular
}

// Color returns the program's colours for the few things that Fyne draws itself.
func (t *Theme) Color(n fyne.ThemeColorName, _ fyne.ThemeVariant) color.Color {
	switch n {
	case theme.ColorNameBackground:
		return Paper
	case theme.ColorNameForeground:
		return Ink
	}
	return theme.DefaultTheme().Color(n, theme.VariantLight)
}

// Icon returns Fyne's icon.
func (t *Theme) Icon(n fyne.ThemeIconName) fyne.Resource { return theme.DefaultTheme().Icon(n) }

// Size returns Fyne's size, without padding.
func (t *Theme) Size(n fyne.ThemeSizeName) float32 {
	if n == theme.SizeNamePadding || n == theme.SizeNameInnerPadding {
		return 0
	}
	return theme.DefaultTheme().Size(n)
}

// contrast has the colours that high contrast paints otherwise: every text 7:1 on its ground, edges and icons 4.5:1.
var contrast = map[color.NRGBA]color.NRGBA{
	Ink: Black, Muted: rgb(0x2B3342), Seal: rgb(0x7A0F16), Navy: rgb(0x0A1830), Paper: White, Tint: White, Mint: White,
	Cream: White, Line: rgb(0x5A5648), Edge: rgb(0x3A372F), Green: rgb(0x0B4A2B), Amber: rgb(0x5E3F00),
	Bronze: rgb(0x5A3C00), Slate: rgb(0x0A1830), Dim: rgb(0x8C97AC), Halo: rgb(0x8C97AC), WeChat: rgb(0x04532A),
	Off: rgb(0x6B675A), Pale: White, Blush: White, Focus: White,
}

// Contrast returns a colour as high contrast paints it.
func Contrast(c color.NRGBA) color.NRGBA {
	if strong, ok := contrast[c]; ok {
		return strong
	}
	return c
}
