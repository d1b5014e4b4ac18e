package kiosk

import (
	"fmt"
	"reflect"
	"slices"
	"testing"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/test"

	"courtkiosk/app/message"
	"courtkiosk/ui/panel"
	"courtkiosk/ui/view"
)

// texts are those on the glass, with size and colour.
func texts(l *Pages) (list []string) {
	for _, o := range test.LaidOutObjects(l.Object()) {
		if t, ok := o.(*canvas.Text); ok && t.Text != "" {
			list = append(list, fmt.Sprintf("%s, %.0f high, %v", t.Text, t.TextSize, t.Color))
		}
	}
	slices.Sort(list)
	return list
}

// A page that is drawn over itself in another language, text size, contrast or layout leaves nothing of what it was.
func TestEverySampleIsSeenAnew(t *testing.T) {
	theme(t)
	begin := func() *Pages {
		l := New(panel.Manners{}, func(view.Intent) {})
		l.Object().Resize(fyne.NewSize(1080, 1920))
		return l
	}
	english := view.Samples(message.English)
	for i, s := range view.Samples(message.Chinese) {
		large, bright, low := s, s, s
		large.Frame.Large, bright.Frame.Contrast, low.Frame.Low = true, true, true
		over := begin()
		for _, to := range []view.Sample{english[i], large, bright, low} {
			over.Show(s.Frame, s.Screen)
			over.Show(to.Frame, to.Screen)
			fresh := begin()
			fresh.Show(to.Frame, to.Screen)
			if got, want := texts(over), texts(fresh); !reflect.DeepEqual(got, want) {
				t.Errorf("%s drawn anew shows %q, want %q", s.Name, got, want)
			}
		}
	}
}
