package kiosk

import (
	"testing"

	"fyne.io/fyne/v2"

	"courtkiosk/app/message"
	"courtkiosk/ui/panel"
	"courtkiosk/ui/view"
)

// BenchmarkPageChange is the program's own part of a touch: from one page to another and back, without painting.
func BenchmarkPageChange(b *testing.B) {
	theme(b)
	l := New(panel.Manners{}, func(view.Intent) {})
	l.Object().Resize(fyne.NewSize(1080, 1920))
	f := view.SampleFrame(message.Chinese)
	entry := view.NewEntry([]string{"京0101"}, 2026)
	for b.Loop() {
		l.Show(f, view.Home{})
		l.Show(f, view.Case{Entry: entry})
	}
}
