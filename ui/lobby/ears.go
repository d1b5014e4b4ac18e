package lobby

import (
	"context"
	"log/slog"
	"slices"
	"strconv"
	"time"

	words "courtkiosk/app/ear"
	"courtkiosk/ui/ear"
	"courtkiosk/ui/view"
)

// The times of who goes by what is heard.
const (
	earIdle    = 90 * time.Second // untouched since the last word, at least, before a visit is wiped
	earWarning = 20 * time.Second // of it, with a warning
	earRead    = 1200 * time.Millisecond
	earBlind   = 400 * time.Millisecond // a page that has just come takes no key
	tickEvery  = 5                      // seconds from tick to tick while a code is shown
)

// hearing is a visitor who goes by what is heard.
type hearing struct {
	on    bool
	dial  view.Dial
	page  string         // that was said last
	under string         // the page below what the dial has opened
	said  []words.Phrase // of it
	came  time.Time      // when another page came
	spoke time.Time      // when the last word before a warning was said
	aloud bool           // private phrases on the loudspeaker too
	still bool           // no ticks while a code is shown
}

// Key takes a key of the number block.
func (l *Lobby) Key(k view.Key) {
	if !l.visit.hears.on {
		l.listenIn(nil)
		if typing := view.Hear(l.frame, l.screen).Typing; typing == nil || len(k) != 1 {
			return // the first key begins speech and does nothing else, unless it is a digit where digits are typed
		}
	}
	now := time.Now()
	h := &l.visit.hears
	if came := now.Sub(h.came); came < earBlind || came < earRead && l.confirms(k) {
		return
	}
	l.frame.Alone = true
	dial, i, say := h.dial.Press(l.frame, l.screen, k, now)
	h.dial = dial
	l.did(i, say)
}

// confirms reports whether a key would confirm money or identity, which is read first.
func (l *Lobby) confirms(k view.Key) bool {
	switch l.screen.(type) {
	case view.Fee, view.Proof:
		return k == view.KeyConfirm
	}
	return false
}

// did does what a key means, and says what is said of it and of what it led to.
func (l *Lobby) did(i view.Intent, say []words.Phrase) {
	v := l.visit
	h := &v.hears
	v.touched = time.Now()
	l.frame.IdleLeft = 0
	switch i.Kind {
	case "": // the key says its name
	case view.Louder:
		say = l.stepped("ear.volume", l.opt.Ear.Louder)
	case view.Softer:
		say = l.stepped("ear.volume", l.opt.Ear.Softer)
	case view.NextPace:
		say = l.stepped("ear.pace", l.opt.Ear.Pace)
		h.page = ""
	case view.SayAgain:
		h.page = ""
	case view.CallStaff:
		say = append(say, l.callStaff())
	case view.ReadAloud:
		h.aloud, h.page = true, ""
		say = append(say, l.phrase("ear.aloud.on"))
	case view.Ticking:
		h.still = !h.still
		say = append(say, l.phrase(map[bool]string{false: "ear.ticking.on", true: "ear.ticking.off"}[h.still]))
	case view.EndSpeech:
		l.say(ear.Talk{Phrases: []words.Phrase{l.phrase("ear.ended")}, Key: true})
		*h = hearing{}
		l.frame.Alone = false
		l.draw()
		return
	default:
		l.silent(func() { l.intent(i) })
	}
	if l.visit != v { // the key led home, or to the next payment: who pressed it goes on by ear
		l.visit.hears.on, l.frame.Alone = true, true
	}
	l.silent(l.draw)
	l.sayPage(say, true)
}

// stepped says to what volume or pace a key has led.
func (l *Lobby) stepped(id string, step func() (step, of int)) []words.Phrase {
	n, _ := step()
	return []words.Phrase{l.phrase(id, "n", strconv.Itoa(n))}
}

// phrase is a phrase that the lobby may hear.
func (l *Lobby) phrase(id string, pairs ...string) words.Phrase {
	pairs = append(pairs, "hotline", l.frame.Hotline)
	return words.Phrase{ID: id, Text: l.text(id, pairs...), Fixed: len(pairs) == 2}
}

// listenIn begins speech: by the first key, or by earphones that are plugged in while nobody is here.
func (l *Lobby) listenIn(first []words.Phrase) {
	if l.opt.Ear == nil {
		return
	}
	l.visit.touched = time.Now()
	l.wake()
	l.visit.hears = hearing{on: true}
	l.frame.Alone = true
	l.silent(l.draw)
	l.sayPage(first, true)
}

// Plugged takes that earphones were plugged in or pulled out, which the speaker knows already. Who plugs them in where
// nobody is, is there.
func (l *Lobby) Plugged(in bool) {
	_, home := l.screen.(view.Home)
	switch h := &l.visit.hears; {
	case !in:
	case h.on: // what was withheld is said
		h.page = ""
		l.visit.touched = time.Now()
		l.sayPage(nil, true)
	case home || l.rests():
		l.listenIn(nil)
	}
}

// silent runs fn, of which nothing is said while it runs.
func (l *Lobby) silent(fn func()) {
	before := l.hushed
	l.hushed = true
	fn()
	l.hushed = before
}

// sayPage says first what a key did, then the page where it is another one, else what is new on it. What nobody has
// asked for follows what is said now, unless it is another page or an outcome.
func (l *Lobby) sayPage(first []words.Phrase, key bool) {
	h := &l.visit.hears
	if !h.on || l.hushed {
		return
	}
	under := string(l.frame.Lang) + view.Hear(l.frame, l.screen).Page
	if under != h.under {
		h.dial, h.under, h.came = h.dial.Turned(), under, time.Now()
	}
	page, list := h.dial.Say(l.frame, l.screen)
	page = string(l.frame.Lang) + page
	told := list
	if page == h.page {
		told = slices.DeleteFunc(slices.Clone(list), func(p words.Phrase) bool {
			return p.Still || slices.Contains(h.said, p)
		})
	}
	then := page == h.page && !key && !slices.ContainsFunc(told, func(p words.Phrase) bool {
		return p.Class == words.Urgent
	})
	h.page, h.said = page, list
	if told = append(slices.Clone(first), told...); len(told) > 0 {
		l.say(ear.Talk{Phrases: told, Key: key, Then: then})
	}
}

func (l *Lobby) say(t ear.Talk) {
	t.Lang, t.Aloud = l.frame.Lang, l.visit.hears.aloud
	t.Withheld, t.Unplugged = l.phrase("ear.withheld"), l.phrase("ear.unplugged")
	if l.opt.Log.Enabled(l.ctx, slog.LevelDebug) { // for tests, and for who must explain by telephone what is heard
		ids := make([]string, len(t.Phrases))
		for i, p := range t.Phrases {
			ids[i] = p.ID
		}
		l.opt.Log.DebugContext(l.ctx, "said", "phrases", ids)
	}
	l.opt.Ear.Say(t)
}

// callStaff calls a person: it stands in the clerks' list, with this machine and this screen and nothing of the visit.
func (l *Lobby) callStaff() words.Phrase {
	v, screen := l.visit, l.screen.Name()
	l.beside(askFor, func(ctx context.Context) {
		err := l.opt.Counter.Call(ctx, screen)
		if err != nil {
			l.opt.Log.WarnContext(ctx, "staff not called", "screen", screen, "err", err)
		}
		l.onVisit(v, func() {
			id := "ear.called"
			if err != nil {
				id = "ear.call.failed"
			}
			p := l.phrase(id)
			p.Class = words.Urgent
			l.sayPage([]words.Phrase{p}, false)
		})
	})
	return l.phrase("ear.calling")
}

// beat is a second of who goes by what is heard: a soft tick now and then says that the code is still shown.
func (l *Lobby) beat(now time.Time) {
	_, code := l.screen.(view.Pay)
	if h := l.visit.hears; h.on && !h.still && code && now.Unix()%tickEvery == 0 {
		l.opt.Ear.Tick()
	}
}

// untouched is for how long nobody has touched anything, counted from the end of speech where there is some.
func (l *Lobby) untouched(now time.Time) time.Duration {
	last := l.visit.touched
	if h := &l.visit.hears; h.on {
		if l.frame.IdleLeft == 0 { // the warning is no such speech: it would put off what it warns of
			h.spoke = l.opt.Ear.Spoke(now)
		}
		if h.spoke.After(last) {
			last = h.spoke
		}
	}
	return now.Sub(last)
}
