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
	"time"

	"courtkiosk/app/ear"
	"courtkiosk/app/message"
)

// A Talk is what is said from now on; what was said before stops.
type Talk struct {
	Lang    message.Lang
	Phrases []ear.Phrase
	// the visitor has chosen, after a warning, that private phrases are said on the loudspeaker too; secret ones never
	Aloud bool
	// said once at the end where something was private and only the lobby would have heard it
	Withheld ear.Phrase
	// said when the plug is pulled while something private is said
	Unplugged ear.Phrase
	// by a key: it cuts an outcome short; else it waits until an urgent phrase has been said
	Key bool
	// it follows what is said now, in the place of what was to follow
	Then bool
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

// A Speaker says one thing at a time. A nil Speaker is a machine without speech: its methods do nothing. Its methods
// return at once and may be called from any goroutine.
type Speaker struct{}

// Say says phrases in the place of what is said now.
func (s *Speaker) Say(t Talk) {}

// Tick plays a soft tick, if nothing is said.
func (s *Speaker) Tick() {}

// Louder and Softer change the volume by a step; they return the step, of how many.
func (s *Speaker) Louder() (step, of int) { return 0, 0 }

// Softer is the contrary of Louder.
func (s *Speaker) Softer() (step, of int) { return 0, 0 }

// Pace goes to the next of the paces, from the fastest to the slowest; it returns the step, of how many.
func (s *Speaker) Pace() (step, of int) { return 0, 0 }

// Plugged tells whether the earphones are in, as far as it is known; where it is not they count as out.
func (s *Speaker) Plugged(in bool) {}

// Private reports whether only the visitor hears what is said now.
func (s *Speaker) Private() bool { return false }

// Spoke returns when the last phrase ended: the present while something is said, zero where nothing was.
func (s *Speaker) Spoke(now time.Time) time.Time { return time.Time{} }

// Hush ends a visit: it is silent at once, forgets what was said, and volume and pace are the default again.
func (s *Speaker) Hush() {}

// Close is silent for good.
func (s *Speaker) Close() {}

// Paces are how fast it can speak, in the words a minute that espeak-ng counts.
var Paces = [...]int{100, 120, 150, 175, 200, 260, 320}

const defaultPace = 2
