package kiosk

import (
	"courtkiosk/ui/style"
	"courtkiosk/ui/touch"
	"courtkiosk/ui/view"
)

// rows is a card of labels and values.
type rows struct {
	labels, values []*touch.Text
}

// newRows puts n rows into a card.
func newRows(s *sheet, n int, portrait, landscape touch.Place) *rows {
	s.card(portrait, landscape)
	r := &rows{}
	line := func(p touch.Place, i int, left bool) touch.Place {
		h := (p.H - 40) / float32(n)
		if left {
			return at(p.X+48, p.Y+20+h*float32(i), 232, h)
		}
		return at(p.X+290, p.Y+20+h*float32(i), p.W-338, h)
	}
	for i := range n {
		r.labels = append(r.labels, s.text(touch.NewText(33, style.Muted).Single(), line(portrait, i, true),
			line(landscape, i, true)))
		r.values = append(r.values, s.text(touch.NewText(33, style.Ink).Trailing(), line(portrait, i, false),
			line(landscape, i, false)))
	}
	return r
}

func (r *rows) set(list []view.Row) {
	for i := range r.labels {
		var row view.Row
		if i < len(list) {
			row = list[i]
		}
		r.labels[i].Set(row.Label)
		r.values[i].Set(row.Value)
	}
}
