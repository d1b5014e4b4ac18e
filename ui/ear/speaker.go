// Package ear is the voice of a kiosk: it renders phrases, plays them on one device at a time, and keeps what is
// private in earphones that are known to be plugged in.
//
// # Decisions
//
// 2026-11-29: the voice and the player are programs of the system that are run for each phrase and killed to be silent:
// a fault of theirs cannot touch the money, and a device is always named. The libraries that play from Go take another
// device where theirs is gone, so that what is private would sound in the lobby.
//
// 2026-11-29: the default volume is 12 dB below all that a device gives, so that it can become louder without being
// distorted. That it is 65 dBA in an earphone, only the mixer of the machine and a meter can say.
package ear

import (
	"context"
	"log/slog"
	"slices"
	"sync"
	"time"

	"courtkiosk/app/ear"
	"courtkiosk/app/message"
)

// A Talk is what is said from now on; what was said before stops.
type Talk struct {
	Lang    message.Lang
	Phrases []ear.Phrase
	// the visitor has chosen, after a warning, that private phrases are said on the loudspeaker too; secret ones
	// never are
	Aloud bool
	// said once at the end where something was private and only the lobby would have heard it
	Withheld ear.Phrase
	// said when the plug is pulled while something private is said
	Unplugged ear.Phrase
	// by a key: it cuts an outcome short; else it waits until an urgent phrase has been said
	Key bool
	// it follows what is said now, in the place of what was to follow
	Then bool
	// what is not so any more: nothing of it is said from now on, urgent or not
	Past []ear.Phrase
}

// A Voice renders words. What it returns is the caller's.
type Voice interface {
	Render(ctx context.Context, lang message.Lang, p ear.Phrase, pace int) (PCM, error)
}

// An Output is where sound goes.
type Output int

// The outputs.
const (
	Earphones Output = iota
	Loudspeaker
)

func (o Output) String() string {
	if o == Loudspeaker {
		return "loudspeaker"
	}
	return "earphones"
}

// A Player plays sound until its end, or until ctx ends, which silences it at once.
type Player interface {
	Play(ctx context.Context, out Output, sound PCM) error
}

// Paces are how fast it can speak, in the words a minute that espeak-ng counts.
var Paces = [...]int{100, 120, 150, 175, 200, 260, 320}

const defaultPace = 2

// volumes are how loud it can be, in dB of what is rendered, whose peaks are a little below all that a device gives.
var volumes = [...]float64{-24, -18, -12, -6, 0, 6}

const defaultVolume = 2

// Options are what a speaker is made of.
type Options struct {
	Voice       Voice
	Player      Player
	Loudspeaker bool         // there is one
	Recordings  string       // a folder that holds LANG/ID.wav for phrases that are Fixed; empty: none
	Ahead       []Talk       // phrases that are rendered when it starts, beside the digits, as far as there is room
	Log         *slog.Logger // phrases stand in it by their id
}

// A Speaker says one thing at a time. A nil Speaker is a machine without speech: its methods do nothing. Its methods
// return at once and may be called from any goroutine.
type Speaker struct {
	o      Options
	ill    health
	clips  clips
	ctx    context.Context // ends with Close
	cancel context.CancelFunc
	wake   chan struct{} // holds one: there is something to do
	done   sync.WaitGroup

	mu      sync.Mutex
	queue   []line // what is still to be said
	now     *turn  // what is said; nil: nothing
	present *talk  // that was begun last
	tick    bool   // is to be played, if nothing is said
	plugged bool
	volume  int // of volumes
	pace    int // of Paces
	last    time.Time
}

// New starts a speaker, which is Closed in the end.
func New(o Options) *Speaker {
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	s := &Speaker{o: o, ill: health{log: o.Log}, wake: make(chan struct{}, 1), volume: defaultVolume, pace: defaultPace}
	s.ctx, s.cancel = context.WithCancel(context.Background())
	s.done.Go(s.speak)
	s.done.Go(s.ahead)
	return s
}

// Say says phrases in the place of what is said now. What was urgent and has not been said yet is not lost by it.
func (s *Speaker) Say(t Talk) {
	if s == nil {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.ctx.Err() != nil {
		return
	}
	s.tick = false
	defer s.rouse()
	s.queue = slices.DeleteFunc(s.queue, t.outdates)
	if n := s.now; n != nil && !n.over && n.talk != nil && t.outdates(n.line) {
		n.stop()
	}
	if t.Then {
		s.follow(t)
		return
	}
	urgent := slices.DeleteFunc(s.queue, func(l line) bool { return !l.urgent() })
	said := line{} // is said to its end
	if n := s.now; n != nil && !n.over {
		switch {
		case !n.urgent():
			n.stop()
		case !t.Key:
			said = n.line
		default:
			if n.began.IsZero() || time.Since(n.began) < again {
				urgent = slices.Insert(urgent, 0, n.line)
			}
			n.stop()
		}
	}
	lines := t.lines()
	if said.talk != nil {
		lines = slices.DeleteFunc(lines, said.same)
	}
	urgent = slices.DeleteFunc(urgent, func(l line) bool { return slices.ContainsFunc(lines, l.same) })
	if t.Key {
		s.queue = append(lines, urgent...)
	} else {
		s.queue = append(urgent, lines...)
	}
}

// follow puts a talk behind all that is to be said, in the place of the one that was there.
func (s *Speaker) follow(t Talk) {
	s.queue = slices.DeleteFunc(s.queue, func(l line) bool {
		return l.talk.Then && l.talk != s.present && !l.urgent()
	})
	for _, l := range t.lines() {
		going := s.now != nil && !s.now.over && s.now.same(l)
		if !going && !slices.ContainsFunc(s.queue, l.same) {
			s.queue = append(s.queue, l)
		}
	}
}

// Tick plays a soft tick, if nothing is said.
func (s *Speaker) Tick() {
	if s == nil {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.now == nil && len(s.queue) == 0 && s.ctx.Err() == nil {
		s.tick = true
		s.rouse()
	}
}

// Louder and Softer change the volume by a step, from the next phrase on; they return the step, of how many.
func (s *Speaker) Louder() (step, of int) { return s.turnBy(1) }

// Softer is the contrary of Louder.
func (s *Speaker) Softer() (step, of int) { return s.turnBy(-1) }

func (s *Speaker) turnBy(n int) (step, of int) {
	if s == nil {
		return 0, 0
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.volume = min(max(s.volume+n, 0), len(volumes)-1)
	return s.volume + 1, len(volumes)
}

// Pace goes to the next of the paces, from the fastest to the slowest; it returns the step, of how many.
func (s *Speaker) Pace() (step, of int) {
	if s == nil {
		return 0, 0
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.pace = (s.pace + 1) % len(Paces)
	return s.pace + 1, len(Paces)
}

// Plugged tells whether the earphones are in, as far as it is known; where it is not they count as out. When they are
// pulled, what sounds in them is silent at once, and of what was still to be said only what is urgent is.
func (s *Speaker) Plugged(in bool) {
	if s == nil {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	pulled := s.plugged && !in
	s.plugged = in
	n := s.now
	if !pulled || n == nil || n.out != Earphones || n.over {
		return
	}
	if n.talk == nil {
		n.stop() // a tick
		return
	}
	n.stop()
	private := n.private() || slices.ContainsFunc(s.queue, line.private)
	s.queue = slices.DeleteFunc(s.queue, func(l line) bool { return !l.urgent() })
	if n.urgent() {
		s.queue = slices.Insert(s.queue, 0, n.line)
	}
	if private && s.o.Loudspeaker && n.talk.Unplugged.Text != "" {
		s.queue = append(s.queue, line{talk: n.talk, phrase: n.talk.Unplugged})
	}
	s.rouse()
}

// Private reports whether only the visitor hears what is said now.
func (s *Speaker) Private() bool {
	if s == nil {
		return false
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.plugged
}

// Spoke returns when the last phrase ended: the present while something is said, zero where nothing was.
func (s *Speaker) Spoke(now time.Time) time.Time {
	if s == nil {
		return time.Time{}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.queue) > 0 || s.now != nil && s.now.talk != nil && !s.now.hushed {
		return now
	}
	return s.last
}

// Trouble returns what is wrong with the sound, for the longest time; zero where all is well.
func (s *Speaker) Trouble() Trouble {
	if s == nil {
		return Trouble{}
	}
	return s.ill.trouble()
}

// Hush ends a visit: it is silent at once, forgets what was said, and volume and pace are the default again. Whether
// the earphones are in, it still knows.
func (s *Speaker) Hush() {
	if s == nil {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	clear(s.queue)
	s.queue, s.present, s.tick, s.last = nil, nil, false, time.Time{}
	s.volume, s.pace = defaultVolume, defaultPace
	if s.now != nil {
		s.now.stop()
		s.now.hushed = true
	}
	s.clips.forget()
}

// closeWithin is how long Close waits: a player that the kernel does not let go must not keep the program from ending.
const closeWithin = 3 * time.Second

// Close is silent for good. No goroutine and no child is left, unless a child cannot be killed.
func (s *Speaker) Close() {
	if s == nil {
		return
	}
	s.Hush()
	s.cancel()
	ended := make(chan struct{})
	go func() {
		s.done.Wait()
		close(ended)
	}()
	patience := time.NewTimer(closeWithin)
	defer patience.Stop()
	select {
	case <-ended:
	case <-patience.C:
	}
}

// rouse wakes the goroutine that speaks; s.mu is held.
func (s *Speaker) rouse() {
	select {
	case s.wake <- struct{}{}:
	default: // it is on its way
	}
}
