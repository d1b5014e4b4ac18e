package lobby

import (
	"strconv"

	"courtkiosk/ui/view"
)

// A help is what a visitor asks beside what goes on: it goes on meanwhile, and what was typed stays.
type help struct {
	open  bool
	topic int // 0 is the list
}

// helped is what is seen of a screen: help in its place, or on it while a payment may be under way.
func (l *Lobby) helped(s view.Screen) view.Screen {
	h := l.visit.help
	if !h.open {
		return s
	}
	switch s := s.(type) {
	case view.Pay:
		s.Help = true
		return s
	case view.Verify:
		s.Help = true
		return s
	}
	seen := view.Help{Topic: h.topic, Hours: view.ServiceHours(l.frame.Lang, l.opt.Hours)}
	if h.topic == view.WaysTopic {
		seen.Slip = l.tableWords()
	}
	return seen
}

// toggle opens help at its list, or closes it.
func (h *help) toggle() { *h = help{open: !h.open} }

// takes takes a touch that is help's, on the screen that is seen, and reports whether it was one. From a question the
// way back leads to the list, from there to where help was asked for.
func (h *help) takes(i view.Intent, seen view.Screen) bool {
	_, whole := seen.(view.Help)
	switch {
	case !h.open:
		return false
	case i.Kind == view.Back && whole && h.topic > 0:
		h.topic = 0
	case i.Kind == view.Back:
		h.toggle()
	case whole && i.Kind == view.PickTopic:
		if n, err := strconv.Atoi(i.Arg); err == nil && n > 0 && n <= view.HelpTopics {
			h.topic = n
		}
	default:
		return whole
	}
	return true
}
