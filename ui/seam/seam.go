// Package seam is where values from other goroutines reach Fyne's thread. It has the only call of fyne.Do in the
// program.
package seam

import (
	"sync"

	"fyne.io/fyne/v2"
)

// OnScreen runs fn on Fyne's thread and does not wait for it. It is the only call of fyne.Do in the program;
// nothing else may touch a widget from another goroutine. Tests put a thread of their own in its place.
var OnScreen = func(fn func()) { fyne.Do(fn) }

// A Seam carries values from any goroutine to Fyne's thread. Values that follow each other faster than Fyne takes
// them are coalesced: the latest wins.
type Seam[T any] struct {
	show func(T) // called on Fyne's thread

	mu      sync.Mutex
	latest  T
	pending bool
}

// To returns a seam to show.
func To[T any](show func(T)) *Seam[T] { return &Seam[T]{show: show} }

// Send hands v over and does not wait.
func (s *Seam[T]) Send(v T) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.latest = v
	if s.pending {
		return
	}
	s.pending = true
	OnScreen(s.deliver)
}

func (s *Seam[T]) deliver() {
	s.mu.Lock()
	v := s.latest
	s.pending = false
	s.mu.Unlock()
	s.show(v)
}
