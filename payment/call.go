package payment

import (
	"fmt"
	"regexp"
	"time"
)

// A Call is what was asked for last in front of a machine: that a person comes. It belongs to no order and names
// nobody. A machine has one at a time; what became of those before it tells the audit.
type Call struct {
	Device   string
	N        uint64 // how many the machine has made, this one included: who answers it names it by that
	Screen   string // what the machine showed, by a name of the program's own; empty is not known
	At       time.Time
	Answered Decision `json:",omitzero"` // who goes; whether anybody has come is not known
}

// Key is the machine.
func (c Call) Key() string { return c.Device }

// What the audit calls a call, and its end.
const (
	CallMade     = "called"
	CallAnswered = "call-answered"
)

// CallStands is how long a call waits for an answer. Who asked for help has left by then, or found it.
const CallStands = 2 * time.Hour

// screenName is how the program names its screens: no digit, no capital, no character of a person's name.
var screenName = regexp.MustCompile(`^[a-z]+([-.][a-z]+)*$`)

// longestScreen is how many letters the name of a screen has at most.
const longestScreen = 40

// Again returns the call as it stands once a machine calls, maybe once more: one that still waits is left as it is. The
// name of a screen that is no such name is not kept, whatever it holds.
func (c Call) Again(device, screen string, at time.Time) (Call, Entry) {
	if c.Waits(at) {
		return c, Entry{}
	}
	if len(screen) > longestScreen || !screenName.MatchString(screen) {
		screen = ""
	}
	c = Call{Device: device, N: c.N + 1, Screen: screen, At: at.UTC().Truncate(time.Microsecond)}
	return c, Entry{Event: CallMade, Note: c.said(), By: By{Device: device}}
}

// Answer returns the n-th call of the machine as it stands once somebody goes; of a missed one, once somebody has taken
// note. One that is not the machine's last, or that is answered, is ErrConflict: who goes stands in Answered.
func (c Call) Answer(n uint64, by By, at time.Time) (Call, Entry, error) {
	switch {
	case n == 0 || c.N != n:
		return c, Entry{}, fmt.Errorf("%w: the machine has called %d times", ErrConflict, c.N)
	case !c.Answered.At.IsZero():
		return c, Entry{}, fmt.Errorf("%w: the call is answered", ErrConflict)
	}
	c.Answered = Decision{By: by, At: at.UTC().Truncate(time.Microsecond)}
	return c, Entry{Event: CallAnswered, Note: c.said(), By: by}, nil
}

// said is the call in the audit.
func (c Call) said() string {
	return fmt.Sprintf("kiosk %s, call %d, screen %q", c.Device, c.N, c.Screen)
}

// Waits reports whether the call is waiting for an answer.
func (c Call) Waits(now time.Time) bool {
	return c.N > 0 && c.Answered.At.IsZero() && now.Before(c.At.Add(CallStands))
}

// Missed reports whether nobody has answered the call in time. It is told until the end of that day in China.
func (c Call) Missed(now time.Time) bool {
	if c.N == 0 || !c.Answered.At.IsZero() || c.Waits(now) {
		return false
	}
	const day = time.DateOnly
	return now.In(China).Format(day) == c.At.Add(CallStands).In(China).Format(day)
}
