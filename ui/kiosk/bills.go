package kiosk

import (
	"fmt"

	"fyne.io/fyne/v2"

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

type bills struct {
	*sheet
	title, sub *touch.Text
	choices    []*touch.Button
	amounts    []*touch.Text
	states     []*touch.Text
	back, more *touch.Button
}

// perPage is how many bills a page shows.
const perPage = 6

func newBills(press func(view.Intent)) *bills {
	p := &bills{sheet: newSheet(press)}
	p.title = p.text(touch.NewTitle(60, style.Ink), titleP, titleL)
	p.sub = p.text(touch.NewText(33, style.Muted), at(57, 384, 967, 56), at(57, 290, 1033, 50))
	for i := range perPage {
		y, lx, ly := 460+float32(i)*186, 57+float32(i%2)*915, 356+float32(i/2)*154
		b := touch.NewTile(touch.Bare, func() { press(view.Intent{Kind: view.PickBill, Arg: fmt.Sprint(i)}) })
		p.add(b, view.Intent{Kind: view.PickBill, Arg: fmt.Sprint(i)}, at(57, y, 967, 168), at(lx, ly, 891, 140))
		b.Reserve(430) // the amount
		p.choices = append(p.choices, b)
		p.amounts = append(p.amounts, p.text(touch.NewTitle(44, style.Ink).Trailing().Single(), at(560, y+16, 416, 80),
			at(lx+450, ly+10, 400, 70)))
		p.states = append(p.states, p.text(touch.NewTitle(30, style.Green).Trailing().Single(), at(560, y+92, 416, 60),
			at(lx+450, ly+76, 400, 52)))
	}
	p.back = p.button(touch.Outline, view.Intent{Kind: view.Back}, secondP, secondL)
	p.more = p.button(touch.Neutral, view.Intent{Kind: view.NextPage}, primaryP, primaryL)
	return p
}

func (p *bills) show(f view.Frame, s view.Screen) {
	v := s.(view.Bills)
	p.title.Set(say(f, "bills.title"))
	p.sub.Set(v.Case + "　" + say(f, "bills.sub"))
	for i := range p.choices {
		there := i < len(v.Choices)
		for _, o := range []fyne.CanvasObject{p.choices[i], p.amounts[i], p.states[i]} {
			p.Show(o, there)
		}
		if !there {
			continue
		}
		c := v.Choices[i]
		p.choices[i].Set(c.Title)
		p.choices[i].Note(c.Note)
		p.amounts[i].Set(c.Amount)
		p.states[i].Set(c.State)
		ink := style.Ink
		if !c.Open {
			ink = style.Muted
		}
		p.amounts[i].Paint(ink)
	}
	p.back.Set(say(f, "back"))
	p.more.Set(say(f, "bills.more"))
	p.Show(p.more, v.More)
}
