package panel

import (
	"fmt"
	"image"
	"image/color"
	"regexp"
	"strconv"
	"strings"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/widget"
	"github.com/fyne-io/oksvg"
	"github.com/srwiley/rasterx"

	"courtkiosk/assets"
	"courtkiosk/ui/flow"
	"courtkiosk/ui/style"
)

// A Rule is a hairline across.
type Rule struct{ Color color.NRGBA }

// Width implements flow.Item.
func (Rule) Width(flow.Metrics) flow.Need { return flow.Need{} }

// Height implements flow.Item.
func (Rule) Height(m flow.Metrics, _ float32) flow.Need { return flow.Exactly(max(1, m.Px(2))) }

type rule struct{ line *canvas.Rectangle }

func newRule() thing { return rule{canvas.NewRectangle(style.Line)} }

func (r rule) object() fyne.CanvasObject { return r.line }

func (r rule) set(i flow.Item, d drawn) {
	if c := i.(Rule).Color; c != (color.NRGBA{}) {
		r.line.FillColor = d.colour(c)
	} else {
		r.line.FillColor = d.colour(style.Line)
	}
	r.line.Refresh()
}

// An Icon is a sign of the set in assets/icons, of which each has its word beside it.
type Icon struct {
	Name  string
	Size  float32 // design units
	Color color.NRGBA
}

// Width implements flow.Item.
func (i Icon) Width(m flow.Metrics) flow.Need { return flow.Exactly(m.Px(i.Size)) }

// Height implements flow.Item.
func (i Icon) Height(m flow.Metrics, _ float32) flow.Need { return flow.Exactly(m.Px(i.Size)) }

type picture struct{ image *canvas.Image }

func newPicture() thing { return picture{newIcon()} }

func newIcon() *canvas.Image {
	return &canvas.Image{FillMode: canvas.ImageFillContain, ScaleMode: canvas.ImageScaleFastest}
}

func (p picture) object() fyne.CanvasObject { return p.image }

func (p picture) set(item flow.Item, d drawn) {
	i := item.(Icon)
	c := i.Color
	if c == (color.NRGBA{}) {
		c = style.Ink
	}
	p.image.Image = inkedIcon(i.Name, d.colour(c), d.m.Px(i.Size))
	p.image.Refresh()
}

type inked struct {
	name  string
	color color.NRGBA
	side  int // pixels
}

// inkedIcons are the icons that were drawn; there are as many as the design has. It belongs to Fyne's thread.
var inkedIcons = make(map[inked]image.Image)

// inkedIcon draws an icon in a colour, once. Fyne would draw it for each object that shows it, and twice as large
// before the object is on a canvas: a third of what a new page took.
func inkedIcon(name string, c color.NRGBA, side float32) image.Image {
	of := inked{name, c, max(1, int(side+0.5))}
	if done, ok := inkedIcons[of]; ok {
		return done
	}
	data, err := assets.Icons.ReadFile("icons/" + of.name + ".svg")
	if err != nil {
		panic("panel: no icon " + of.name) // a test shows every screen
	}
	// The library scales paths, not the width of their strokes.
	svg := strokes.ReplaceAllStringFunc(string(data), func(s string) string {
		width, _ := strconv.ParseFloat(strokes.FindStringSubmatch(s)[1], 32)
		return fmt.Sprintf(`stroke-width="%.2f"`, float32(width)*float32(of.side)/24)
	})
	icon, err := oksvg.ReadReplacingCurrentColor(strings.NewReader(svg), "#"+hexOf(of.color))
	if err != nil {
		panic("panel: icon " + of.name + ": " + err.Error())
	}
	icon.SetTarget(0, 0, float64(of.side), float64(of.side))
	img := image.NewRGBA(image.Rect(0, 0, of.side, of.side))
	icon.Draw(rasterx.NewDasher(of.side, of.side, rasterx.NewScannerGV(of.side, of.side, img, img.Bounds())), 1)
	inkedIcons[of] = kept{img}
	return inkedIcons[of]
}

// strokes are the widths of strokes in an icon, in units of its grid of 24.
var strokes = regexp.MustCompile(`stroke-width="([0-9.]+)"`)

func hexOf(c color.NRGBA) string {
	const digits = "0123456789ABCDEF"
	var b []byte
	for _, v := range []byte{c.R, c.G, c.B} {
		b = append(b, digits[v>>4], digits[v&15])
	}
	return string(b)
}

// An Amount is a sum of money; its ¥ is two thirds as large as its digits.
type Amount struct {
	Value string
	Size  float32
	Color color.NRGBA
	Align fyne.TextAlign
}

// parted returns the sign and the digits.
func (a Amount) parted() (sign, digits string) {
	if rest, ok := strings.CutPrefix(a.Value, "¥"); ok {
		return "¥", rest
	}
	return "", a.Value
}

func (a Amount) widths(m flow.Metrics) (sign, digits float32) {
	s, d := a.parted()
	return m.Width(s, m.Size(a.Size)*2/3, true), m.Width(d, m.Size(a.Size), true)
}

// Width implements flow.Item.
func (a Amount) Width(m flow.Metrics) flow.Need {
	sign, digits := a.widths(m)
	return flow.Exactly(sign + digits + 1)
}

// Height implements flow.Item.
func (a Amount) Height(m flow.Metrics, _ float32) flow.Need {
	return flow.Exactly(m.Size(a.Size) * 1.25)
}

type figure struct {
	widget.BaseWidget
	drawn
	a            Amount
	sign, digits *canvas.Text
}

func newFigure() thing {
	f := &figure{sign: canvas.NewText("", color.Black), digits: canvas.NewText("", color.Black)}
	f.sign.TextStyle.Bold, f.digits.TextStyle.Bold = true, true
	f.ExtendBaseWidget(f)
	return f
}

func (f *figure) object() fyne.CanvasObject { return f }

func (f *figure) set(i flow.Item, d drawn) {
	f.a, f.drawn = i.(Amount), d
	f.Refresh()
}

func (f *figure) CreateRenderer() fyne.WidgetRenderer { return &figureRenderer{f} }

type figureRenderer struct{ f *figure }

func (r *figureRenderer) Destroy()           {}
func (r *figureRenderer) MinSize() fyne.Size { return fyne.NewSize(1, 1) }
func (r *figureRenderer) Objects() []fyne.CanvasObject {
	return []fyne.CanvasObject{r.f.sign, r.f.digits}
}

func (r *figureRenderer) Layout(box fyne.Size) {
	f := r.f
	if f.m.Scale == 0 {
		return
	}
	sign, digits := f.a.widths(f.m)
	x := float32(0)
	switch f.a.Align {
	case fyne.TextAlignCenter:
		x = (box.Width - sign - digits) / 2
	case fyne.TextAlignTrailing:
		x = box.Width - sign - digits
	}
	size := f.m.Size(f.a.Size)
	h := fyne.MeasureText("0", size, fyne.TextStyle{Bold: true}).Height
	small := fyne.MeasureText("0", size*2/3, fyne.TextStyle{Bold: true}).Height
	y := (box.Height - h) / 2
	f.sign.TextSize, f.digits.TextSize = size*2/3, size
	f.digits.Move(fyne.NewPos(x+sign, y))
	f.digits.Resize(fyne.NewSize(digits, h))
	f.sign.Move(fyne.NewPos(x, y+(h-small)*0.82)) // on one base line
	f.sign.Resize(fyne.NewSize(sign, small))
}

func (r *figureRenderer) Refresh() {
	f := r.f
	f.sign.Text, f.digits.Text = f.a.parted()
	c := f.a.Color
	if c == (color.NRGBA{}) {
		c = style.Ink
	}
	f.sign.Color, f.digits.Color = f.colour(c), f.colour(c)
	r.Layout(f.Size())
	f.sign.Refresh()
	f.digits.Refresh()
}
