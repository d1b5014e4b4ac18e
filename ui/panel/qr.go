package panel

import (
	"image"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/widget"
	"github.com/skip2/go-qrcode"

	"courtkiosk/ui/flow"
	"courtkiosk/ui/style"
)

// A QR is a code that a phone reads from an arm's length: pure black on pure white, whole pixels a module, four
// modules of quiet zone. One that no code can hold is shown as white.
type QR struct {
	Content     string
	Side, Least float32 // design units
	Pixels      float32 // it is at least so wide on small panels too
	Marks       bool    // corners stand around the quiet zone
}

// least is the smallest side in pixels, the marks included.
func (q QR) least(m flow.Metrics) float32 {
	least := max(m.Px(q.Least), q.Pixels)
	if q.Marks {
		least += 2 * m.Px(markGap)
	}
	return least
}

// Width implements flow.Item.
func (q QR) Width(m flow.Metrics) flow.Need {
	return flow.Need{Least: q.least(m), Wish: max(q.least(m), m.Px(q.Side))}
}

// Height implements flow.Item.
func (q QR) Height(m flow.Metrics, width float32) flow.Need {
	return flow.Need{Least: q.least(m), Wish: max(q.least(m), min(width, m.Px(q.Side)))}
}

type code struct {
	widget.BaseWidget
	drawn
	marks   [8]*canvas.Rectangle
	marked  bool
	ground  *canvas.Rectangle
	image   *canvas.Image
	modules int
	content string
}

func newCode() thing {
	c := &code{ground: canvas.NewRectangle(style.White),
		image: &canvas.Image{FillMode: canvas.ImageFillStretch, ScaleMode: canvas.ImageScalePixels}}
	for i := range c.marks {
		c.marks[i] = canvas.NewRectangle(style.Navy)
	}
	c.ExtendBaseWidget(c)
	return c
}

func (c *code) object() fyne.CanvasObject { return c }

func (c *code) set(i flow.Item, d drawn) {
	q := i.(QR)
	c.drawn, c.marked = d, q.Marks
	if q.Content != c.content {
		c.content = q.Content
		c.image.Image, c.modules = drawCode(q.Content)
	}
	c.Refresh()
}

// drawCode returns a picture of one pixel a module, and how many modules it has to a side.
func drawCode(content string) (image.Image, int) {
	if content == "" {
		return nil, 0
	}
	q, err := qrcode.New(content, qrcode.Medium)
	if err != nil {
		return nil, 0
	}
	bits := q.Bitmap()
	img := image.NewGray(image.Rect(0, 0, len(bits), len(bits)))
	for y, row := range bits {
		for x, black := range row {
			if !black {
				img.Pix[y*img.Stride+x] = 255
			}
		}
	}
	return img, len(bits)
}

func (c *code) CreateRenderer() fyne.WidgetRenderer { return &codeRenderer{c} }

type codeRenderer struct{ c *code }

func (r *codeRenderer) Destroy()           {}
func (r *codeRenderer) MinSize() fyne.Size { return fyne.NewSize(1, 1) }
func (r *codeRenderer) Objects() []fyne.CanvasObject {
	list := []fyne.CanvasObject{r.c.ground, r.c.image}
	for _, m := range r.c.marks {
		list = append(list, m)
	}
	return list
}

func (r *codeRenderer) Layout(size fyne.Size) {
	c := r.c
	corner := fyne.NewPos(0, 0)
	if size = c.mark(size); c.marked {
		corner = fyne.NewPos(c.m.Px(markGap), c.m.Px(markGap))
	}
	c.ground.Move(corner)
	c.ground.Resize(size)
	if c.modules == 0 {
		c.image.Resize(fyne.NewSize(0, 0))
		return
	}
	each := max(1, int(min(size.Width, size.Height))/c.modules) // whole pixels
	side := float32(each * c.modules)
	c.image.Move(corner.AddXY(float32(int((size.Width-side)/2)), float32(int((size.Height-side)/2))))
	c.image.Resize(fyne.NewSize(side, side))
}

func (r *codeRenderer) Refresh() {
	r.Layout(r.c.Size())
	r.c.image.Refresh()
}

// The marks, in design units: how long and wide they are, and how far the code's white stands inside of them.
const (
	markLong = 56
	markWide = 6
	markGap  = 12
)

// mark stands the marks into the corners, and returns what they leave for the code.
func (c *code) mark(size fyne.Size) fyne.Size {
	for _, m := range c.marks {
		m.Hidden = !c.marked
		m.FillColor = c.colour(style.Navy)
	}
	if !c.marked {
		return size
	}
	long, wide := c.m.Px(markLong), c.m.Px(markWide)
	for i := range 4 {
		x, y := float32(i%2)*(size.Width-long), float32(i/2)*(size.Height-wide)
		c.marks[i].Move(fyne.NewPos(x, y))
		c.marks[i].Resize(fyne.NewSize(long, wide))
		x, y = float32(i%2)*(size.Width-wide), float32(i/2)*(size.Height-long)
		c.marks[4+i].Move(fyne.NewPos(x, y))
		c.marks[4+i].Resize(fyne.NewSize(wide, long))
	}
	return size.SubtractWidthHeight(2*c.m.Px(markGap), 2*c.m.Px(markGap))
}
