package payment

import (
	"errors"
	"fmt"
	"time"
)

// How often somebody may say what proves to hold a payment of a case: six digits are soon guessed by who may try for
// ever.
const (
	MaxTries = 5               // of a case on one day in China
	TryPause = 5 * time.Second // after the first wrong try; each one more doubles it
)

// ErrTooManyTries means: too much was tried today to prove that somebody holds a payment of this case.
var ErrTooManyTries = errors.New("payment: too many tries to prove it today")

// A TooSoonError means: a try came within the pause after the last wrong one. It was neither counted nor compared.
type TooSoonError struct {
	Left int           // tries that are left today
	Wait time.Duration // until the next one is heard
}

func (e *TooSoonError) Error() string {
	return fmt.Sprintf("payment: the next try to prove it is heard in %v", e.Wait)
}

// Tries are the tries of one day, wrong or not compared yet, to prove that somebody holds a payment of a case.
type Tries struct {
	Wrong int
	Last  time.Time // when the last of them was made
}

// Left returns how many more may be made today.
func (t Tries) Left() int { return max(0, MaxTries-t.Wrong) }

// Wait returns how long it is until the next one is heard. A clock that was put back makes nobody wait for longer than
// the pause.
func (t Tries) Wait(now time.Time) time.Duration {
	if t.Wrong == 0 {
		return 0
	}
	return max(0, TryPause<<min(t.Wrong-1, MaxTries)-now.Sub(t.Last).Abs())
}

// Again returns the tries with one more, or a *TooSoonError or ErrTooManyTries. It is stored before the try is
// compared, so that no pulled plug gives one for nothing.
func (t Tries) Again(now time.Time) (Tries, error) {
	if t.Left() == 0 {
		return t, ErrTooManyTries
	}
	if wait := t.Wait(now); wait > 0 {
		return t, &TooSoonError{t.Left(), wait}
	}
	return Tries{t.Wrong + 1, now}, nil
}

// Right returns the tries once the one that was made at a time, after those before it, was right: it alone is given
// back. Who holds one payment of a case would else begin anew, as often as they like, to guess the digits of another.
func (t Tries) Right(at time.Time, before Tries) Tries {
	t.Wrong = max(0, t.Wrong-1)
	if t.Last.Equal(at) { // nobody has tried meanwhile
		t.Last = before.Last
	}
	return t
}
