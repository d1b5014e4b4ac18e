package seam

import "testing"

func TestSeamKeepsTheLatest(t *testing.T) {
	var jobs []func()
	before := OnScreen
	OnScreen = func(fn func()) { jobs = append(jobs, fn) }
	t.Cleanup(func() { OnScreen = before })
	var got []int
	s := To(func(n int) { got = append(got, n) })
	for n := range 5 {
		s.Send(n)
	}
	if len(jobs) != 1 {
		t.Fatalf("%d jobs for values that nobody took", len(jobs))
	}
	jobs[0]()
	s.Send(7)
	jobs[1]()
	if len(got) != 2 || got[0] != 4 || got[1] != 7 {
		t.Errorf("got %v, want 4 and 7", got)
	}
}
