// Package panel is what stands on the glass: texts, keys, cards, codes, and the board that draws a page of them.
//
// Nothing here takes the keyboard's focus (a scanner types into the canvas), nothing scrolls, nothing moves by itself.
package panel

import (
	"image"
	"image/color"
	"reflect"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"

	"courtkiosk/app/message"
	"courtkiosk/ui/flow"
	"courtkiosk/ui/style"
)

// drawn is how things are drawn: at which measures, in which colours.
type drawn struct {
	m        flow.Metrics
	contrast bool
}

// colour returns a colour of the design as it is painted.
func (d drawn) colour(c color.NRGBA) color.NRGBA {
	if d.contrast {
		return style.Contrast(c)
	}
	return c
}

// A word is the colour of a text that stands in the catalogue. Fyne as assets/fyne patches it keeps the picture of such
// a text for the next page that says it; every other text, which may tell of a visitor, is forgotten.
type word struct{ color.NRGBA }

// Lasting is what Fyne asks of a colour.
func (word) Lasting() bool { return true }

// A kept picture is drawn once and for all: Fyne as assets/fyne patches it keeps one texture for everything that shows
// it.
type kept struct{ *image.RGBA }

// Lasting is what Fyne asks of a picture.
func (kept) Lasting() bool { return true }

// ink is the colour of a text as it is painted.
func (d drawn) ink(text string, c color.NRGBA) color.Color {
	if message.Own(text) {
		return word{d.colour(c)}
	}
	return d.colour(c)
}

// A thing draws items of one kind with an object of Fyne's own or a widget: painters know only these.
type thing interface {
	object() fyne.CanvasObject
	set(flow.Item, drawn)
}

// A Board draws pages. It keeps what it drew and changes only what is different on the next page. It belongs to Fyne's
// thread.
type Board struct {
	*fyne.Container
	press func(key string)

	manners  Manners
	touching touching
	now      func() time.Time
	page     flow.Page
	contrast bool
	large    bool
	low      bool
	size     fyne.Size
	shown    map[string]*shown
	memo     *flow.Memo // of the page that is shown
	err      error
}

// shown is a thing on the board, and what it was last told.
type shown struct {
	thing
	item flow.Item
	drawn
	box  flow.Box
	key  string
	used bool
}

// Use is how a visitor sees the board.
type Use struct{ Large, Low, Contrast bool }

// NewBoard returns an empty board. press is called on Fyne's thread with the key of what was touched.
func NewBoard(m Manners, press func(key string)) *Board {
	b := &Board{press: press, manners: m, now: m.Now, shown: make(map[string]*shown)}
	if b.now == nil {
		b.now = time.Now
	}
	b.Container = container.New(b)
	return b
}

// Show draws a page.
func (b *Board) Show(p flow.Page, u Use) {
	if b.page.Name != p.Name {
		b.memo = new(flow.Memo)
	}
	b.touching.shows(p.Name, b.now())
	b.page, b.large, b.low, b.contrast = p, u.Large, u.Low, u.Contrast
	b.draw()
}

// Err says what of the present page does not fit; nil on every page that is tested.
func (b *Board) Err() error { return b.err }

// Layout implements fyne.Layout.
func (b *Board) Layout(_ []fyne.CanvasObject, size fyne.Size) {
	if b.size != size && size.Width > 1 && size.Height > 1 {
		b.size = size
		b.draw()
	}
}

// MinSize implements fyne.Layout; a board takes whatever panel there is.
func (b *Board) MinSize([]fyne.CanvasObject) fyne.Size { return fyne.NewSize(1, 1) }

// Measure is how wide a line is in the theme's fonts.
func Measure(line string, size float32, bold bool) float32 {
	return style.Measure(line, size, bold).Width
}

func (b *Board) draw() {
	if b.size.Width < 1 {
		return
	}
	placed, err := b.page.Place(flow.Panel{W: b.size.Width, H: b.size.Height, Large: b.large, Low: b.low,
		Width: Measure, Memo: b.memo})
	b.err = err
	for _, s := range b.shown {
		s.used = false
	}
	objects := make([]fyne.CanvasObject, 0, len(placed))
	for _, p := range placed {
		objects = append(objects, b.put(p))
	}
	for name, s := range b.shown {
		if !s.used {
			delete(b.shown, name)
		}
	}
	if !same(objects, b.Objects) {
		b.Objects = objects
		b.Container.Refresh()
	}
}

func same(a, b []fyne.CanvasObject) bool {
	if len(a) != len(b) {
		return false
	}
	for i := range a {
		if a[i] != b[i] {
			return false
		}
	}
	return true
}

// put draws what was placed, with the thing that stood there before if it is of the same kind.
func (b *Board) put(p flow.Placed) fyne.CanvasObject {
	s := b.shown[p.Name]
	if s == nil || reflect.TypeOf(s.item) != reflect.TypeOf(p.Item) {
		s = &shown{thing: b.thing(p)}
		b.shown[p.Name] = s
	}
	s.used, s.key = true, p.Key
	if f, ok := s.thing.(*face); ok {
		f.key = p.Key
	}
	if s.box != p.Box {
		s.box = p.Box
		s.object().Move(fyne.NewPos(p.X, p.Y))
		s.object().Resize(fyne.NewSize(p.W, p.H))
	}
	d := drawn{m: p.M, contrast: b.contrast}
	if !reflect.DeepEqual(s.item, p.Item) || s.m.Scale != d.m.Scale || s.m.Text != d.m.Text ||
		s.contrast != d.contrast {
		s.item, s.drawn = p.Item, d
		s.thing.set(p.Item, d)
	}
	return s.object()
}

// thing returns a new thing for an item.
func (b *Board) thing(p flow.Placed) thing {
	switch p.Item.(type) {
	case Text:
		return newWords()
	case Amount:
		return newFigure()
	case Typed:
		return newTyped()
	case Face:
		return newFace(b)
	case Icon:
		return newPicture()
	case QR:
		return newCode()
	case Rule:
		return newRule()
	case Steps:
		return newSteps()
	case Emblem:
		return newEmblem()
	case Gauge:
		return newGauge()
	case Countdown:
		return newCountdown()
	case Sign:
		return newSign()
	case Night:
		return newNight()
	}
	panic("panel: nothing draws " + reflect.TypeOf(p.Item).String())
}

// Targets returns what can be touched now, by its key.
func (b *Board) Targets() map[string]fyne.CanvasObject {
	all := make(map[string]fyne.CanvasObject)
	for _, s := range b.shown {
		if s.key != "" {
			all[s.key] = s.object()
		}
	}
	return all
}
