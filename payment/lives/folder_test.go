package lives

import "testing"

// A ledger whose mark nobody looks at does not notice that it was put back.
func TestUnreadMarkIsFound(t *testing.T) {
	alone(t)
	play := Really(inMemory(t))
	const lives = 1000
	for seed := range lives {
		if l := Live(t, Drawn(seed), play, &Mistake{unread: true}); len(l.broken) > 0 {
			t.Logf("found in life %d: %s", seed+1, l.broken[0])
			return
		}
	}
	t.Errorf("not found in %d lives", lives)
}
