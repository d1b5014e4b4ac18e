// Package kiosk is the litigant's screens: each page shows a value of ui/view and reports touches. Pages decide
// nothing, are built once and are used again for every visitor.
package kiosk

import (
	"fmt"
	"strconv"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/container"

	"courtkiosk/app/message"
	"courtkiosk/ui/panel"
	"courtkiosk/ui/style"
	"courtkiosk/ui/touch"
	"courtkiosk/ui/view"
)

// at is a place in design units.
func at(x, y, w, h float32) touch.Place { return touch.Place{X: x, Y: y, W: w, H: h} }

// The places that every screen shares.
var (
	secondP, secondL   = at(57, 1618, 316, 131), at(1140, 836, 290, 124)
	primaryP, primaryL = at(401, 1618, 623, 131), at(1452, 836, 411, 124)
	wideP, wideL       = at(57, 1618, 967, 131), at(1140, 836, 723, 124)
	titleP, titleL     = at(57, 290, 967, 92), at(57, 212, 1033, 84)
)

// A page is one screen.
type page interface {
	base() *sheet
	show(f view.Frame, s view.Screen)
}

// A sheet is what pages are made of: a board, and buttons with names.
type sheet struct {
	*touch.Board
	press   func(view.Intent)
	buttons map[string]*touch.Button
}

func newSheet(press func(view.Intent)) *sheet {
	return &sheet{Board: touch.NewBoard(), press: press, buttons: make(map[string]*touch.Button)}
}

func (s *sheet) base() *sheet { return s }

// button puts a button that means an intent.
func (s *sheet) button(look touch.Look, i view.Intent, portrait, landscape touch.Place) *touch.Button {
	b := touch.NewButton(look, func() { s.press(i) })
	s.add(b, i, portrait, landscape)
	return b
}

func (s *sheet) add(b *touch.Button, i view.Intent, portrait, landscape touch.Place) {
	name := string(i.Kind)
	if i.Arg != "" {
		name += ":" + i.Arg
	}
	s.buttons[name] = b
	s.Put(b, portrait, landscape)
}

func (s *sheet) text(t *touch.Text, portrait, landscape touch.Place) *touch.Text {
	s.Put(t, portrait, landscape)
	return t
}

func (s *sheet) card(portrait, landscape touch.Place) *canvas.Rectangle {
	c := touch.NewCard()
	s.Put(c, portrait, landscape)
	return c
}

// say is a label in the visitor's language.
func say(f view.Frame, id string, pairs ...string) string {
	return message.Text(f.Lang, id, append(pairs, "window", f.Window, "cash", f.Cash, "court", f.Court)...)
}

// Pages are the whole screen: header, steps, one page, footer, and what lies over it.
type Pages struct {
	root   *fyne.Container
	board  *panel.Board
	frame  *oldFrame
	pages  map[string]page
	shown  page
	idle   *idle
	demo   *touch.Board
	stack  *fyne.Container
	screen view.Screen
}

// New returns the pages. press is called on Fyne's thread with what a touch means.
func New(press func(view.Intent)) *Pages {
	l := &Pages{board: newBoard(press), frame: newFrame(press), idle: newIdle(press), pages: map[string]page{
		"working": newWorking(press), "pay": newPay(press), "done": newDone(press), "verify": newVerify(press),
		"notice": newNotice(press), "help": newHelp(press),
	}}
	l.stack = container.NewStack()
	for _, p := range l.pages {
		p.base().Hide()
		l.stack.Add(p.base().Container)
	}
	l.demo = watermark()
	l.idle.Hide()
	ground := touch.NewGround(func() { press(view.Intent{Kind: view.Touch}) })
	l.root = container.NewStack(ground, l.frame.Container, l.stack, l.board.Container, l.demo.Container, l.idle.Container)
	return l
}

// Object fills the window.
func (l *Pages) Object() fyne.CanvasObject { return l.root }

// Show shows a screen.
func (l *Pages) Show(f view.Frame, s view.Screen) {
	touch.Large = 1
	if f.Large {
		touch.Large = 1.3
	}
	l.screen = s
	if p, ok := described(f, s); ok {
		if l.shown != nil {
			l.shown.base().Hide()
		}
		l.shown = nil
		l.frame.Hide()
		l.board.Container.Show()
		l.board.Show(framed(f, s, p), panel.Use{Large: f.Large, Low: f.Low, Contrast: f.Contrast})
		l.idle.show(f)
		return
	}
	l.board.Hide()
	l.frame.Container.Show()
	l.frame.show(f, s)
	p := l.pages[pageOf(s)]
	if l.shown != p {
		if l.shown != nil {
			l.shown.base().Hide()
		}
		p.base().Container.Show()
		l.shown = p
	}
	p.show(f, s)
	l.screen = s
	if f.Demo != l.demo.Visible() {
		l.demo.Hidden = !f.Demo
		l.demo.Refresh()
	}
	l.idle.show(f)
}

func pageOf(s view.Screen) string {
	if _, ok := s.(view.Notice); ok {
		return "notice"
	}
	return s.Name()
}

// Targets returns what can be touched now by its name: the intent's kind, with a colon and its argument where it has
// one.
func (l *Pages) Targets() map[string]fyne.CanvasObject {
	if l.shown == nil && !l.idle.Visible() {
		return l.board.Targets()
	}
	all := make(map[string]fyne.CanvasObject)
	sheets := []*sheet{l.frame.sheet}
	if l.shown != nil {
		sheets = append(sheets, l.shown.base())
	}
	if l.idle.Visible() {
		sheets = []*sheet{l.idle.sheet}
	}
	for _, s := range sheets {
		for name, b := range s.buttons {
			if b.Visible() && b.Size().Width > 0 {
				all[name] = b
			}
		}
	}
	return all
}

// frame is header, steps and footer.
type oldFrame struct {
	*sheet
	court, sub, clock, day *touch.Text
	bars                   [4]*canvas.Rectangle
	steps                  [4]*touch.Text
	language, large, help  *touch.Button
	foot                   *touch.Text
}

func newFrame(press func(view.Intent)) *oldFrame {
	f := &oldFrame{sheet: newSheet(press)}
	f.Put(touch.NewBar(style.Paper), at(-4000, -4000, 9000, 9000), at(-4000, -4000, 9000, 9000))
	f.Put(touch.NewBar(style.Navy), at(0, 0, 1080, 150), at(0, 0, 1920, 110))
	ring := canvas.NewCircle(style.Navy)
	ring.StrokeColor, ring.StrokeWidth = style.Gold, 3
	f.Put(ring, at(57, 34, 82, 82), at(57, 20, 70, 70))
	emblem := touch.NewTitle(44, style.Gold).Middle()
	emblem.Set("法")
	f.Put(emblem, at(57, 34, 82, 82), at(57, 20, 70, 70))
	f.court = f.text(touch.NewTitle(39, style.White).Single(), at(168, 28, 560, 60), at(150, 14, 1000, 52))
	f.sub = f.text(touch.NewText(25, style.Pale).Single(), at(168, 84, 560, 42), at(150, 62, 1000, 36))
	f.clock = f.text(touch.NewText(37, style.White).Trailing().Single(), at(724, 30, 300, 60), at(1463, 14, 400, 52))
	f.day = f.text(touch.NewText(24, style.Pale).Trailing().Single(), at(624, 82, 400, 42), at(1463, 62, 400, 36))
	for i := range f.bars {
		x, lx := 57+float32(i)*245.3, 57+float32(i)*454
		f.bars[i] = touch.NewBar(style.Off)
		f.bars[i].CornerRadius = 5
		f.Put(f.bars[i], at(x, 184, 231, 10), at(lx, 134, 440, 8))
		f.steps[i] = f.text(touch.NewText(26, style.Muted).Single(), at(x, 206, 235, 46), at(lx, 150, 440, 42))
	}
	f.Put(touch.NewBar(style.White), at(-4000, 1791, 9000, 2000), at(-4000, 984, 9000, 2000))
	f.Put(touch.NewBar(style.Line), at(-4000, 1791, 9000, 2), at(-4000, 984, 9000, 2))
	f.language = f.button(touch.Foot, view.Intent{Kind: view.Language}, at(57, 1814, 172, 84), at(57, 996, 172, 74))
	f.large = f.button(touch.Foot, view.Intent{Kind: view.LargeText}, at(253, 1814, 150, 84), at(253, 996, 150, 74))
	f.help = f.button(touch.Foot, view.Intent{Kind: view.Questions}, at(427, 1814, 132, 84), at(427, 996, 132, 74))
	f.foot = f.text(touch.NewText(28, style.Muted).Trailing().Single(), at(580, 1814, 444, 84), at(1163, 996, 700, 74))
	return f
}

func (p *oldFrame) show(f view.Frame, s view.Screen) {
	p.court.Set(f.Court)
	p.sub.Set(say(f, "app.entry"))
	if f.Purse != "" {
		p.sub.Set(say(f, "purse."+f.Purse))
	}
	p.clock.Set(view.Clock(f.Now))
	p.day.Set(view.Day(f.Lang, f.Now))
	for i := range p.bars {
		step, now := i+1, s.Step()
		p.Board.Show(p.bars[i], now > 0)
		p.Board.Show(p.steps[i], now > 0)
		bar, ink := style.Off, style.Muted
		switch {
		case step == now:
			bar, ink = style.Seal, style.Seal
		case step < now:
			bar, ink = style.Navy, style.Navy
		}
		if p.bars[i].FillColor != bar {
			p.bars[i].FillColor = bar
			p.bars[i].Refresh()
		}
		p.steps[i].Bold = step == now
		p.steps[i].Paint(ink)
		p.steps[i].Set(say(f, "step."+strconv.Itoa(step)))
	}
	p.language.Set(say(f, "foot.language"))
	p.large.Set(say(f, "foot.large"))
	if f.Large {
		p.large.Set(say(f, "foot.normal"))
	}
	p.help.Set(say(f, "foot.help"))
	p.foot.Set(say(f, "foot.line", "hotline", f.Hotline, "kiosk", f.Kiosk))
	p.Refresh()
}

// idle lies over the page when nobody has touched it for long.
type idle struct {
	*sheet
	title, words *touch.Text
	stay         *touch.Button
}

func newIdle(press func(view.Intent)) *idle {
	p := &idle{sheet: newSheet(press)}
	shade := touch.NewButton(touch.Shade, func() { press(view.Intent{Kind: view.Stay}) }) // takes every touch
	p.Put(shade, at(-4000, -4000, 9000, 9000), at(-4000, -4000, 9000, 9000))
	p.card(at(130, 660, 820, 560), at(560, 270, 800, 540))
	p.title = p.text(touch.NewTitle(64, style.Ink).Middle(), at(170, 720, 740, 110), at(600, 320, 720, 110))
	p.words = p.text(touch.NewText(36, style.Muted).Middle(), at(170, 850, 740, 130), at(600, 450, 720, 120))
	p.stay = p.button(touch.Primary, view.Intent{Kind: view.Stay}, at(210, 1030, 660, 131), at(660, 630, 600, 124))
	return p
}

func (p *idle) show(f view.Frame) {
	if f.IdleLeft <= 0 {
		p.Hide()
		return
	}
	p.title.Set(say(f, "idle.title"))
	p.words.Set(say(f, "idle.text", "n", fmt.Sprint(f.IdleLeft)))
	p.stay.Set(say(f, "continue"))
	p.Container.Show()
}
