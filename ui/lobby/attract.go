package lobby

import (
	"time"

	"courtkiosk/app/message"
	"courtkiosk/app/receipt"
	"courtkiosk/ui/view"
)

// attract is what the panel shows while nobody is there.
func (l *Lobby) attract() view.Screen {
	_, none := l.opt.Printer.(receipt.None)
	s := view.Service{Closed: l.closed, Part: len(l.asked.standing.Purses) > 0, Told: l.told, Printer: !none,
		Resting: !l.opt.Hours.Open(time.Now()), System: l.opt.System}
	a := view.Attract{Notices: l.asked.notices, Lights: s.Lights()}
	for i, lang := range []message.Lang{message.Chinese, message.English} {
		a.Hours[i] = view.ServiceHours(lang, l.opt.Hours)
	}
	return a
}

// rests reports whether nobody is there.
func (l *Lobby) rests() bool {
	_, rests := l.screen.(view.Attract)
	return rests
}

// wake leads home from rest, and reports whether it did.
func (l *Lobby) wake() bool {
	if !l.rests() {
		return false
	}
	l.home()
	return true
}
