package kiosk

import (
	"testing"

	"fyne.io/fyne/v2"

	"courtkiosk/app/message"
	"courtkiosk/ui/panel"
	"courtkiosk/ui/view"
)

// BenchmarkPageChange is the program's own part of a touch: from home to each page and back, without painting.
func BenchmarkPageChange(b *testing.B) {
	theme(b)
	l := New(panel.Manners{}, func(view.Intent) {})
	l.Object().Resize(fyne.NewSize(1080, 1920))
	for _, s := range view.Samples(message.Chinese) {
		b.Run(s.Name, func(b *testing.B) {
			for b.Loop() {
				l.Show(s.Frame, view.Home{})
				l.Show(s.Frame, s.Screen)
			}
		})
	}
}
