package ear

import (
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"
)

// A Kind names what is wrong with the sound of a machine.
type Kind string

// The kinds.
const (
	NoVoice      Kind = "no-voice"      // the program that speaks, or its voice, is not there or refuses
	BadVoice     Kind = "bad-voice"     // what it made is no speech: half of it, noise, silence, or without end
	VoiceHangs   Kind = "voice-hangs"   // it makes none in time
	NoPlayer     Kind = "no-player"     // the program that plays is not there
	NoDevice     Kind = "no-device"     // the device is not named, or not there
	DeviceBusy   Kind = "device-busy"   // another process has it
	PlayerDied   Kind = "player-died"   // the player ended in the middle
	PlayerHangs  Kind = "player-hangs"  // the device takes the sound too slowly, or not at all
	BadRecording Kind = "bad-recording" // a recording of the court cannot be played; the voice says the phrase
)

// An Error is what a voice or player fails with. It holds nothing of what was to be said.
type Error struct {
	Kind  Kind
	About string // the device, the file or the program; may be empty
	Err   error
}

func (e *Error) Error() string { return fmt.Sprintf("%s %s: %v", e.Kind, e.About, e.Err) }

// Unwrap returns what was wrong beneath.
func (e *Error) Unwrap() error { return e.Err }

// Trouble is what health says of the sound; zero is well.
type Trouble struct {
	Kind  Kind
	About string // as in Error
	Since time.Time
	Err   error // for the log
}

// A source is what can fail by itself: the voice, each output, the recordings.
type source string

const (
	theVoice      source = "voice"
	theRecordings source = "recordings"
)

// A health remembers what fails until it succeeds again, and logs each kind once meanwhile.
type health struct {
	log *slog.Logger

	mu     sync.Mutex
	now    map[source]Trouble
	logged map[source]map[Kind]bool
}

// failed notes that a source failed, in the phrase id. An error of no known kind is of kind.
func (h *health) failed(of source, kind Kind, id string, err error) {
	about := string(of)
	if e, ok := errors.AsType[*Error](err); ok {
		kind, about = e.Kind, e.About
	}
	h.mu.Lock()
	since := time.Now()
	if before, ill := h.now[of]; ill {
		since = before.Since
	}
	if h.now == nil {
		h.now, h.logged = make(map[source]Trouble), make(map[source]map[Kind]bool)
	}
	h.now[of] = Trouble{kind, about, since, err}
	if h.logged[of] == nil {
		h.logged[of] = make(map[Kind]bool)
	}
	told := h.logged[of][kind]
	h.logged[of][kind] = true
	h.mu.Unlock()
	if !told {
		h.log.Warn("a phrase could not be said", "phrase", id, "source", string(of), "kind", string(kind), "err", err)
	}
}

// well notes that a source succeeded; about is whom its trouble must be about to be over, empty for any.
func (h *health) well(of source, about string) {
	h.mu.Lock()
	was, ill := h.now[of]
	over := ill && (about == "" || was.About == about)
	if over {
		delete(h.now, of)
		delete(h.logged, of)
	}
	h.mu.Unlock()
	if over {
		h.log.Info("speech is well again", "source", string(of), "kind", string(was.Kind))
	}
}

// trouble returns what has failed for the longest time; zero where all is well.
func (h *health) trouble() (t Trouble) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for _, ill := range h.now {
		if t.Kind == "" || ill.Since.Before(t.Since) || ill.Since.Equal(t.Since) && ill.Kind < t.Kind {
			t = ill
		}
	}
	return t
}
