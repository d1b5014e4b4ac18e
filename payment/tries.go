package payment

import (
	"errors"
	"time"
)

// How often somebody may say what proves to hold a payment: six digits are soon guessed by who may try for ever.
const (
	MaxTries = 5
	TriesFor = time.Hour
)

// ErrTooManyTries means: too much was tried to prove that somebody holds a payment. An hour after the first wrong try
// the next one is heard.
var ErrTooManyTries = errors.New("payment: too many tries to prove it")

// Tries are the tries, wrong or not compared yet, to prove that somebody holds the payment of an order.
type Tries struct {
	Wrong int       `json:",omitzero"`
	Since time.Time `json:",omitzero"` // when the first of them was made
}

// Again returns the tries with one more, or ErrTooManyTries. It is stored before the try is compared, so that no
// pulled plug gives one for nothing.
func (t Tries) Again(now time.Time) (Tries, error) {
	if now.Sub(t.Since).Abs() >= TriesFor {
		t = Tries{Since: now}
	}
	if t.Wrong >= MaxTries {
		return t, ErrTooManyTries
	}
	t.Wrong++
	return t, nil
}

// Try returns the order once somebody tries to prove that it is theirs.
func (o Order) Try(now time.Time) (Change, error) {
	var err error
	o.Tries, err = o.Tries.Again(now)
	return Change{Order: o, Note: "proof tried"}, err
}

// Proved returns the order once the try was right.
func (o Order) Proved() Change {
	o.Tries = Tries{}
	return Change{Order: o, Note: "proof given"}
}
