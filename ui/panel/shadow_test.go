package panel

import (
	"testing"

	"fyne.io/fyne/v2"

	"courtkiosk/ui/flow"
)

// Whatever the height of a face, no slice of its shadow is shown that has no pixel: Fyne's painter ends the program
// there.
func TestShadowOfALowFace(t *testing.T) {
	s := newShadow()
	edge := float32(border(CardDepth.blur, 1))
	for high := edge - 2; high <= edge+2; high += 0.25 {
		s.layout(fyne.NewSize(400, high), CardDepth, drawn{m: flow.Metrics{Scale: 1}})
		shown := 0
		for i, o := range s.slices {
			if o.Hidden {
				continue
			}
			if shown++; o.Size().Width < 1 || o.Size().Height < 1 {
				t.Errorf("of a face %v high slice %d is %v", high, i, o.Size())
			}
		}
		if want := 6; shown < want {
			t.Errorf("of a face %v high %d slices are shown", high, shown)
		}
	}
}
