// Package touch is what a finger meets: boards that place things, text that always fits, buttons, the QR panel, the
// countdown.
//
// Nothing here takes the keyboard's focus (a scanner types into the canvas), nothing scrolls, nothing moves by itself.
//
// # Decisions
//
// 2026-11-23: things stand at places in design units, one for portrait and one for landscape, as the pictures have
// them. Text fits itself to its place by wrapping and then by size, so that no language and no large-text mode can
// cut it off.
package touch

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"

	"courtkiosk/ui/style"
)

// The design's sizes.
const (
	PortraitWidth, PortraitHeight   = 1080, 1920
	LandscapeWidth, LandscapeHeight = 1920, 1080
)

// A Place is where a thing stands, in design units from the top left. The zero Place is nowhere.
type Place struct{ X, Y, W, H float32 }

// A Board places things, and scales them to the panel.
type Board struct {
	*fyne.Container
	things []thing
	lying  bool // the panel stands in landscape
	scale  float32
	corner fyne.Position
}

type thing struct {
	object              fyne.CanvasObject
	portrait, landscape Place
	hidden              bool
}

// NewBoard returns an empty board.
func NewBoard() *Board {
	b := &Board{}
	b.Container = container.New(b)
	return b
}

// Put places a thing in both ways that a panel can stand.
func (b *Board) Put(o fyne.CanvasObject, portrait, landscape Place) {
	b.things = append(b.things, thing{object: o, portrait: portrait, landscape: landscape})
	b.Add(o)
}

// Show shows or hides a thing.
func (b *Board) Show(o fyne.CanvasObject, visible bool) {
	for i := range b.things {
		if t := &b.things[i]; t.object == o && t.hidden == visible {
			t.hidden = !visible
			b.place(t)
		}
	}
}

// Move gives a thing other places.
func (b *Board) Move(o fyne.CanvasObject, portrait, landscape Place) {
	for i := range b.things {
		if t := &b.things[i]; t.object == o && (t.portrait != portrait || t.landscape != landscape) {
			t.portrait, t.landscape = portrait, landscape
			b.place(t)
		}
	}
}

// Layout implements fyne.Layout.
func (b *Board) Layout(_ []fyne.CanvasObject, size fyne.Size) {
	if size.Width < 1 || size.Height < 1 {
		return
	}
	b.lying = size.Width > size.Height
	w, h := float32(PortraitWidth), float32(PortraitHeight)
	if b.lying {
		w, h = LandscapeWidth, LandscapeHeight
	}
	b.scale = min(size.Width/w, size.Height/h)
	style.SetScale(b.scale)
	b.corner = fyne.NewPos((size.Width-w*b.scale)/2, (size.Height-h*b.scale)/2)
	for i := range b.things {
		b.place(&b.things[i])
	}
}

// place puts one thing where the panel has room for it.
func (b *Board) place(t *thing) {
	p := t.portrait
	if b.lying {
		p = t.landscape
	}
	if t.hidden || p == (Place{}) {
		t.object.Hide()
		return
	}
	t.object.Move(b.corner.AddXY(p.X*b.scale, p.Y*b.scale))
	if size := fyne.NewSize(p.W*b.scale, p.H*b.scale); t.object.Size() != size {
		t.object.Resize(size)
	}
	t.object.Show()
}

// MinSize implements fyne.Layout; a board takes whatever panel there is.
func (b *Board) MinSize([]fyne.CanvasObject) fyne.Size { return fyne.NewSize(1, 1) }
