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

type fee struct {
	*sheet
	title, item, note, sum, total, amount, capitals, hint *touch.Text
	facts                                                 *rows
	back, pay                                             *touch.Button
}

func newFee(press func(view.Intent)) *fee {
	p := &fee{sheet: newSheet(press)}
	p.title = p.text(touch.NewTitle(60, style.Ink), titleP, titleL)
	p.facts = newRows(p.sheet, 6, at(57, 404, 967, 490), at(57, 310, 1033, 480))
	framed := p.card(at(57, 926, 967, 200), at(1140, 212, 723, 190))
	framed.StrokeColor, framed.StrokeWidth = style.Seal, 4
	p.item = p.text(touch.NewTitle(42, style.Ink), at(105, 944, 430, 84), at(1180, 226, 330, 80))
	p.note = p.text(touch.NewText(29, style.Muted), at(105, 1030, 560, 76), at(1180, 308, 640, 76))
	p.sum = p.text(touch.NewTitle(52, style.Ink).Trailing().Single(), at(545, 944, 431, 84), at(1520, 226, 303, 80))
	p.total = p.text(touch.NewText(38, style.Ink).Single(), at(57, 1210, 240, 150), at(1140, 430, 240, 70))
	p.amount = p.text(touch.NewTitle(style.Amount, style.Seal).Trailing().Single(), at(290, 1190, 734, 170),
		at(1140, 490, 723, 160))
	p.capitals = p.text(touch.NewText(36, style.Ink).Trailing(), at(57, 1362, 967, 104), at(1140, 650, 723, 90))
	p.hint = p.text(touch.NewText(30, style.Muted).Trailing(), at(57, 1472, 967, 110), at(1140, 740, 723, 84))
	p.back = p.button(touch.Outline, view.Intent{Kind: view.Back}, secondP, secondL)
	p.pay = p.button(touch.Primary, view.Intent{Kind: view.Confirm}, primaryP, primaryL)
	return p
}

func (p *fee) show(f view.Frame, s view.Screen) {
	v := s.(view.Fee)
	p.title.Set(say(f, "fee.title"))
	p.facts.set(v.Rows)
	p.item.Set(v.Item)
	p.note.Set(v.Note)
	p.sum.Set(v.Amount)
	p.total.Set(say(f, "fee.total"))
	p.amount.Set(v.Amount)
	p.capitals.Set(v.Capitals)
	p.hint.Set(say(f, "fee.relief"))
	p.hint.Paint(style.Muted)
	for _, warning := range []string{v.Printer, v.Changed} { // the amount is more than paper
		if warning != "" {
			p.hint.Set(warning)
			p.hint.Paint(style.Seal)
		}
	}
	p.back.Set(say(f, "fee.not-mine"))
	p.pay.Set(say(f, "fee.go"))
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
