// Package kiosk is the litigant's screens: each page is a function from a value of ui/view to what stands on the glass,
// and touches are reported. Pages decide nothing.
package kiosk

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"

	"courtkiosk/app/message"
	"courtkiosk/ui/panel"
	"courtkiosk/ui/view"
)

// say is a label in the visitor's language.
func say(f view.Frame, id string, pairs ...string) string {
	return message.Text(f.Lang, id, append(pairs, "window", f.Window, "cash", f.Cash, "court", f.Court)...)
}

// Pages are the whole screen: header, steps, one page, footer, and what lies over it.
type Pages struct {
	root  *fyne.Container
	board *panel.Board
	mark  *watermark
}

// New returns the pages. press is called on Fyne's thread with what a touch means.
func New(m panel.Manners, press func(view.Intent)) *Pages {
	l := &Pages{board: panel.NewBoard(m, func(key string) { press(intent(key)) }), mark: newWatermark()}
	ground := panel.NewGround(l.board, func() { press(view.Intent{Kind: view.Touch}) })
	l.root = container.NewStack(ground, l.board.Container, l.mark.Container)
	return l
}

// Object fills the window.
func (l *Pages) Object() fyne.CanvasObject { return l.root }

// Show shows a screen.
func (l *Pages) Show(f view.Frame, s view.Screen) {
	p := described(f, s)
	p.Name = s.Name()
	if f.IdleLeft > 0 {
		over := asked(f)
		p.Over, p.Name = &over, "idle"
	}
	l.board.Show(framed(f, s, p), panel.Use{Large: f.Large, Low: f.Low, Contrast: f.Contrast})
	l.mark.show(f.Mark)
}

// Err says what of the present page does not fit; nil on every page that is tested.
func (l *Pages) Err() error { return l.board.Err() }

// Targets returns what can be touched now by its name: the intent's kind, with a colon and its argument where it has
// one.
func (l *Pages) Targets() map[string]fyne.CanvasObject { return l.board.Targets() }
