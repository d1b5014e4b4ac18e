package ui

import (
	"sync"

	"fyne.io/fyne/v2"
)

// onScreen runs fn on Fyne's thread and does not wait for it. It is the only call of fyne.Do in the program;
// nothing else may touch a widget from another goroutine. Tests put a thread of their own in its place.
var onScreen = func(fn func()) { fyne.Do(fn) }

// A seam carries values from any goroutine to Fyne's thread. Values that follow each other faster than Fyne takes
// them are coalesced: the latest wins.
type seam[T any] struct {
	show func(T) // called on Fyne's thread

	mu      sync.Mutex
	latest  T
	pending bool
}

// to returns a seam to show.
func to[T any](show func(T)) *seam[T] { return &seam[T]{show: show} }

// send hands v over and does not wait.
func (s *seam[T]) send(v T) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.latest = v
	if s.pending {
		return
	}
	s.pending = true
	onScreen(s.deliver)
}

func (s *seam[T]) deliver() {
	s.mu.Lock()
	v := s.latest
	s.pending = false
	s.mu.Unlock()
	s.show(v)
}
