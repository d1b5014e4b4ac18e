package kiosk

import (
	"strconv"

	"fyne.io/fyne/v2/canvas"

	"courtkiosk/ui/style"
	"courtkiosk/ui/touch"
	"courtkiosk/ui/view"
)

type caseNumber struct {
	*sheet
	title, sub, note  *touch.Text
	year, court       *touch.Button
	open, close, last *touch.Text
	kind              *touch.Text
	serial            *touch.Text
	lines             [4]*canvas.Rectangle
	focus, caret      *canvas.Rectangle
	common, others    []*touch.Button
	courts            []*touch.Button
	years             []*touch.Button
	more              *touch.Button
	keys              []*touch.Button
	clear             *touch.Button
	back, confirm     *touch.Button
}

func newCase(press func(view.Intent)) *caseNumber {
	p := &caseNumber{sheet: newSheet(press)}
	p.title = p.text(touch.NewTitle(60, style.Ink), titleP, titleL)
	p.sub = p.text(touch.NewText(33, style.Muted), at(57, 384, 967, 56), at(57, 292, 1033, 50))
	p.card(at(57, 467, 967, 164), at(57, 352, 1033, 160))
	p.focus = touch.NewBar(style.Focus)
	p.caret = touch.NewBar(style.Seal)
	p.Put(p.focus, touch.Place{}, touch.Place{})
	p.Put(p.caret, touch.Place{}, touch.Place{})
	for i := range p.lines {
		p.lines[i] = touch.NewBar(style.Navy)
		p.Put(p.lines[i], touch.Place{}, touch.Place{})
	}
	part := func() *touch.Text {
		return p.text(touch.NewTitle(56, style.Ink).Middle().Single(), touch.Place{}, touch.Place{})
	}
	p.open, p.close, p.kind, p.serial, p.last = part(), part(), part(), part(), part()
	p.open.Set("（")
	p.close.Set("）")
	p.last.Set("号")
	look := touch.Key
	look = look.Clear()
	p.year = touch.NewButton(look, func() { press(view.Intent{Kind: view.PickPart, Arg: "year"}) })
	p.add(p.year, view.Intent{Kind: view.PickPart, Arg: "year"}, touch.Place{}, touch.Place{})
	p.court = touch.NewButton(look, func() { press(view.Intent{Kind: view.PickPart, Arg: "court"}) })
	p.add(p.court, view.Intent{Kind: view.PickPart, Arg: "court"}, touch.Place{}, touch.Place{})
	p.types()
	p.keys, p.clear = p.sheet.keypad(776)
	p.note = p.text(touch.NewText(32, style.Muted), at(57, 1410, 967, 160), at(57, 628, 1033, 190))
	p.back = p.button(touch.Outline, view.Intent{Kind: view.Back}, secondP, at(57, 836, 300, 124))
	p.confirm = p.button(touch.Primary, view.Intent{Kind: view.Confirm}, primaryP, primaryL)
	p.Move(p.confirm, primaryP, at(1140, 836, 723, 124))
	return p
}

// types puts the chips of the common case types, and over the keypad the long list.
func (p *caseNumber) types() {
	for i, t := range view.CommonTypes {
		x, lx := 57+float32(i)*163.8, 57+float32(i)*176
		b := p.button(touch.Chip, view.Intent{Kind: view.PickType, Arg: t}, at(x, 660, 148, 84), at(lx, 536, 156, 80))
		b.Set(t)
		p.common = append(p.common, b)
	}
	p.more = p.button(touch.Chip, view.Intent{Kind: view.MoreTypes}, at(57+5*163.8, 660, 148, 84),
		at(57+5*176, 536, 153, 80))
	for i, t := range view.OtherTypes {
		col, row := float32(i%4), float32(i/4)
		b := p.button(touch.Word, view.Intent{Kind: view.PickType, Arg: t},
			at(57+col*247, 776+row*158, 226, 136), at(1140+col*184, 212+row*153, 171, 131))
		b.Set(t)
		p.others = append(p.others, b)
	}
	for i := range view.MostCourts {
		portrait, landscape := at(57+float32(i%2)*494, 776+float32(i/2)*158, 473, 136),
			at(1140+float32(i%2)*368, 212+float32(i/2)*153, 355, 131)
		court := touch.NewTile(touch.Bare, nil)
		p.courts = append(p.courts, court)
		p.Put(court, portrait, landscape)
		if i < 4 {
			year := touch.NewButton(touch.Word, nil)
			p.years = append(p.years, year)
			p.Put(year, portrait, landscape)
		}
	}
}

func (p *caseNumber) show(f view.Frame, s view.Screen) {
	v := s.(view.Case)
	e := v.Entry
	p.title.Set(say(f, "case.title"))
	p.sub.Set(say(f, "case.sub"))
	p.note.Set(say(f, "case.scan"))
	p.note.Paint(style.Muted)
	if v.Wrong != "" {
		p.note.Set(v.Wrong)
		p.note.Paint(style.Seal)
	}
	picking := e.Part == "year" || e.Part == "court"
	if picking {
		p.note.Set(say(f, "case."+e.Part))
	}
	p.year.Set(strconv.Itoa(e.Year))
	p.court.Set(e.Court)
	p.kind.Set(e.Type)
	p.serial.Set(e.Serial)
	p.line(e)
	p.panels(e, picking)
	for i, t := range view.CommonTypes {
		look := touch.Chip
		if t == e.Type {
			look = touch.ChipOn
		}
		p.common[i].Look(look)
	}
	p.more.Look(touch.Chip)
	p.more.Set(say(f, "case.more"))
	if e.More {
		p.more.Set(say(f, "case.less"))
		p.more.Look(touch.ChipOn)
	}
	p.clear.Set(say(f, "case.clear"))
	p.back.Set(say(f, "back"))
	p.confirm.Set(say(f, "case.go"))
}

// panels shows the keypad, the years or the long list of types.
func (p *caseNumber) panels(e view.Entry, picking bool) {
	for _, b := range p.keys {
		p.Show(b, !picking && !e.More)
	}
	for _, b := range p.others {
		p.Show(b, e.More && !picking)
	}
	for i, b := range p.courts {
		p.Show(b, e.Part == "court" && i < len(e.Courts))
		if i < len(e.Courts) {
			code := e.Courts[i].Value
			b.Set(code)
			b.Note(e.Courts[i].Label)
			b.OnTap(func() { p.press(view.Intent{Kind: view.PickPart, Arg: code}) })
			p.buttons["part:"+code] = b
		}
	}
	for i, b := range p.years {
		p.Show(b, e.Part == "year" && i < len(e.Years))
		if i < len(e.Years) {
			year := strconv.Itoa(e.Years[i])
			b.Set(year)
			b.OnTap(func() { p.press(view.Intent{Kind: view.PickPart, Arg: year}) })
			p.buttons["part:"+year] = b
		}
	}
}

// line sets the parts of the number side by side, in the middle of its card.
func (p *caseNumber) line(e view.Entry) {
	const digit, han, gap = 34, 58, 18
	court := float32(len([]rune(e.Court))-1)*digit + han
	kind := float32(len([]rune(e.Type))) * han
	serial := max(float32(len(e.Serial))*digit, 96) + 22
	widths := []float32{44, 4*digit + 20, 44, court + 16, kind + 16, serial, han + 10}
	total := float32(gap * 4)
	for _, w := range widths {
		total += w
	}
	place := func(card, top, height float32) []touch.Place {
		scale := min(1, (card-60)/total)
		x := 57 + (card-total*scale)/2
		var list []touch.Place
		for i, w := range widths {
			list = append(list, at(x, top, w*scale, height))
			x += w * scale
			if i > 1 && i < 6 {
				x += gap * scale
			}
		}
		return list
	}
	pp, ll := place(967, 494, 104), place(1033, 378, 104)
	p.Move(p.open, pp[0], ll[0])
	p.Move(p.year, pp[1], ll[1])
	p.Move(p.close, pp[2], ll[2])
	p.Move(p.court, pp[3], ll[3])
	p.Move(p.kind, pp[4], ll[4])
	p.Move(p.serial, pp[5], ll[5])
	p.Move(p.last, pp[6], ll[6])
	under := func(p touch.Place) touch.Place { return at(p.X, p.Y+p.H-10, p.W, 6) }
	active := 3
	switch e.Part {
	case "year":
		active = 0
	case "court":
		active = 1
	}
	for i, k := range []int{1, 3, 4, 5} { // year, court, type, serial
		c := style.Navy
		if i == active {
			c = style.Seal
			p.Move(p.focus, pp[k], ll[k])
		}
		if p.lines[i].FillColor != c {
			p.lines[i].FillColor = c
			p.lines[i].Refresh()
		}
		p.Move(p.lines[i], under(pp[k]), under(ll[k]))
	}
	p.serial.Paint(style.Seal)
	// A caret stands behind what was typed.
	behind := func(s touch.Place) touch.Place {
		x := s.X + s.W/2 + float32(len(e.Serial))*digit/2 + 4
		return at(x, s.Y+16, 4, s.H-36)
	}
	p.Move(p.caret, behind(pp[5]), behind(ll[5]))
	p.Show(p.caret, active == 3)
}
