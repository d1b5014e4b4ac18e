package panel

import (
	"time"

	"courtkiosk/ui/flow"
)

// Manners are how a board takes touches, so that nothing is confirmed that nobody has read. The zero Manners take
// each touch at once, which only tests want.
type Manners struct {
	Settle time.Duration // a new page takes no touch for so long
	Read   time.Duration // and none of the key that confirms money or identity for so long
	Twice  time.Duration // a second touch of the same key within this time is the first one's echo

	Now func() time.Time // of touches; nil is time.Now
}

// Usual are the manners of a lobby.
var Usual = Manners{Settle: 400 * time.Millisecond, Read: 1200 * time.Millisecond, Twice: 200 * time.Millisecond}

// slide is how far beside its key a finger may leave the glass, in design units.
const slide = 16

// A touching is what a board remembers of fingers. One finger counts at a time: what a second one touches meanwhile
// is nobody's.
type touching struct {
	page  string    // the page that is shown
	since time.Time // since when
	key   string    // under the finger; empty where none is
	began time.Time
	last  string // the key that was taken last
	at    time.Time
}

// shows tells that a page is on the screen.
func (t *touching) shows(page string, now time.Time) {
	if t.page != page {
		*t = touching{page: page, since: now, last: t.last, at: t.at}
	}
}

// takes reports whether a touch of a key that began at a moment counts when it ends.
func (t *touching) takes(m Manners, confirms string, key string, began, ended time.Time) bool {
	wait := m.Settle
	if key == confirms && confirms != "" {
		wait = max(wait, m.Read)
	}
	switch {
	case began.Sub(t.since) < wait: // on the page before, too
		return false
	case key == t.last && ended.Sub(t.at) < m.Twice:
		return false
	}
	t.last, t.at = key, ended
	return true
}

// down is a finger that meets a key.
func (b *Board) down(key string) {
	if b.touching.key == "" {
		b.touching.key, b.touching.began = key, b.now()
	}
}

// up is a finger that leaves the glass, on its key or a little beside it. It reports whether it had touched a key.
func (b *Board) up(x, y float32) bool {
	key, began := b.touching.key, b.touching.began
	b.touching.key = ""
	s := b.keyed(key)
	if s == nil {
		return key != ""
	}
	by := s.drawn.m.Px(slide)
	if near(s.box, x, y, by) && b.touching.takes(b.manners, b.page.Confirms, key, began, b.now()) {
		b.press(key)
	}
	return true
}

func near(b flow.Box, x, y, by float32) bool {
	return x >= b.X-by && x <= b.X+b.W+by && y >= b.Y-by && y <= b.Y+b.H+by
}

// keyed returns what is shown under a key; nil where it is no longer there.
func (b *Board) keyed(key string) *shown {
	for _, s := range b.shown {
		if key != "" && s.key == key {
			return s
		}
	}
	return nil
}
