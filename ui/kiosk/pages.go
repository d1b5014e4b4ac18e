// Package kiosk is the litigant's screens: each page is a function from a value of ui/view to what stands on the glass,
// and touches are reported. Pages decide nothing.
package kiosk

import (
	"image/color"
	"slices"
	"strconv"
	"strings"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"

	"courtkiosk/app/message"
	"courtkiosk/ui/flow"
	"courtkiosk/ui/panel"
	"courtkiosk/ui/seam"
	"courtkiosk/ui/style"
	"courtkiosk/ui/view"
)

// say is a label in the visitor's language.
func say(f view.Frame, id string, pairs ...string) string {
	return message.Text(f.Lang, id, append(pairs, "window", f.Window, "cash", f.Cash, "court", f.Court)...)
}

// Pages are the whole screen: header, steps, one page, footer, and what lies over it.
type Pages struct {
	root    *fyne.Container
	board   *panel.Board
	mark    *watermark
	manners panel.Manners

	frame  view.Frame
	screen view.Screen
	name   string // of the page that is shown
	read   bool   // it has been there so long that its confirming key is taken
	filler *time.Timer
}

// New returns the pages. press is called on Fyne's thread with what a touch means.
func New(m panel.Manners, press func(view.Intent)) *Pages {
	l := &Pages{board: panel.NewBoard(m, func(key string) { press(intent(key)) }), mark: newWatermark(), manners: m}
	ground := panel.NewGround(l.board, func() { press(view.Intent{Kind: view.Touch}) })
	l.root = container.NewStack(ground, l.board.Container, l.mark.Container)
	return l
}

// Object fills the window.
func (l *Pages) Object() fyne.CanvasObject { return l.root }

// Show shows a screen.
func (l *Pages) Show(f view.Frame, s view.Screen) {
	l.frame, l.screen = f, s
	p := described(f, s)
	p.Name, p.Confirms = identity(s)
	if f.IdleLeft > 0 {
		over := asked(f)
		p.Over, p.Name, p.Confirms = &over, "idle", ""
	}
	another := p.Name != l.name
	l.name, l.read = p.Name, l.read && !another || p.Confirms == "" || l.manners.Read == 0
	if !l.read {
		p.Actions = unread(p.Actions, p.Confirms)
	}
	l.board.Show(framed(f, s, p), panel.Use{Large: f.Large, Low: f.Low, Contrast: f.Contrast})
	l.mark.show(f.Mark)
	if another {
		l.fillLater()
	}
}

// fillLater fills the confirming key of the present page once it is taken.
func (l *Pages) fillLater() {
	if l.filler != nil {
		l.filler.Stop()
	}
	if l.read {
		return
	}
	name := l.name
	l.filler = time.AfterFunc(l.manners.Read, func() {
		seam.OnScreen(func() {
			if l.name == name && !l.read {
				l.read = true
				l.Show(l.frame, l.screen)
			}
		})
	})
}

// identity names a page, and the key on it that confirms money or identity. What has to be read anew has another
// name.
func identity(s view.Screen) (name, confirms string) {
	name = s.Name()
	switch v := s.(type) {
	case view.Fee:
		return strings.Join([]string{name, strconv.Itoa(v.Edition), v.Item, v.Amount}, " "), key(view.Confirm)
	case view.Proof:
		return name + " " + v.Number, key(view.Confirm)
	case view.Help:
		return name + strconv.Itoa(v.Topic), ""
	}
	return name, ""
}

// unread are actions whose confirming key is not taken yet: it has an edge and no fill.
func unread(actions []flow.Node, confirms string) []flow.Node {
	actions = slices.Clone(actions)
	for i := range actions {
		if actions[i].Key == confirms {
			actions[i] = inked(actions[i], style.Navy)
			actions[i].Ground = panel.Outline
		}
	}
	return actions
}

// inked is a node with all that is drawn on it in one colour.
func inked(n flow.Node, ink color.NRGBA) flow.Node {
	switch v := n.Item.(type) {
	case panel.Text:
		n.Item = v.In(ink)
	case panel.Icon:
		v.Color = ink
		n.Item = v
	}
	n.Nodes = slices.Clone(n.Nodes)
	for i := range n.Nodes {
		n.Nodes[i] = inked(n.Nodes[i], ink)
	}
	if n.Less != nil {
		less := inked(*n.Less, ink)
		n.Less = &less
	}
	return n
}

// Err says what of the present page does not fit; nil on every page that is tested.
func (l *Pages) Err() error { return l.board.Err() }

// Targets returns what can be touched now by its name: the intent's kind, with a colon and its argument where it has
// one.
func (l *Pages) Targets() map[string]fyne.CanvasObject { return l.board.Targets() }
