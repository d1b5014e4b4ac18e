package lives

import (
	"slices"
	"strings"
	"testing"
	"time"
)

// The scenes of moved ledgers alone, with models and with the real things: each binds its ledger anew, or has it found
// and switched off.
func TestMovedLedgers(t *testing.T) {
	alone(t)
	for _, scene := range slices.Concat(movedScenes, besideScenes) {
		t.Run(scene, func(t *testing.T) {
			p := Plan{Kiosks: 1, Bills: 1, Minutes: 5}
			for _, do := range strings.Fields(scene) {
				p.Acts = append(p.Acts, Act{After: 20 * time.Second, Do: do, N: 1})
			}
			for _, play := range []Play{Modelled, Really(inMemory(t))} {
				l := Live(t, p, play, nil)
				if len(l.broken) > 0 {
					t.Errorf("%s\n%s", l.broken[0], l.Story())
				}
				if story := l.Story(); !strings.Contains(story, " has lost what came after ") &&
					!strings.Contains(story, "is switched off") {
					t.Errorf("nothing moved:\n%s", story)
				}
			}
		})
	}
}
