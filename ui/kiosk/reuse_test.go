package kiosk

import (
	"testing"

	"fyne.io/fyne/v2"

	"courtkiosk/app/message"
	"courtkiosk/ui/panel"
	"courtkiosk/ui/view"
)

// objects counts what is drawn in a container, itself included.
func objects(o fyne.CanvasObject) int {
	n := 1
	if c, ok := o.(*fyne.Container); ok {
		for _, child := range c.Objects {
			n += objects(child)
		}
	}
	return n
}

// What is drawn is used again: however often pages change, the same page has the same number of objects.
func TestObjectsAreBounded(t *testing.T) {
	theme(t)
	l := New(panel.Manners{}, func(view.Intent) {})
	l.Object().Resize(panels["portrait"])
	samples := view.Samples(message.Chinese)
	first := make(map[string]int)
	for i := range max(500, 2*len(samples)) {
		s := samples[i%len(samples)]
		l.Show(s.Frame, s.Screen)
		n := objects(l.Object())
		if want, seen := first[s.Name]; !seen {
			first[s.Name] = n
		} else if n != want {
			t.Fatalf("change %d: %s is drawn with %d objects, with %d at first", i, s.Name, n, want)
		}
	}
}
