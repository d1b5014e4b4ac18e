package kiosk

import (
	"courtkiosk/ui/style"
	"courtkiosk/ui/touch"
	"courtkiosk/ui/view"
)

type calc struct {
	*sheet
	title, sub, label, amount, feeLabel, fee *touch.Text
	kinds                                    []*touch.Button
	half                                     *touch.Button
	keys                                     []*touch.Button
	clear, back, steps                       *touch.Button
}

func newCalc(press func(view.Intent)) *calc {
	p := &calc{sheet: newSheet(press)}
	p.title = p.text(touch.NewTitle(60, style.Ink), at(57, 186, 967, 92), at(57, 132, 1033, 84))
	p.sub = p.text(touch.NewText(32, style.Muted), at(57, 282, 967, 76), at(57, 216, 1033, 56))
	for i, k := range view.CalcKinds {
		col, row := float32(i%3), float32(i/3)
		b := p.button(touch.Chip, view.Intent{Kind: view.PickKind, Arg: string(k)},
			at(57+col*329.5, 374+row*106, 307, 90), at(57+col*352, 292+row*104, 329, 86))
		p.kinds = append(p.kinds, b)
	}
	p.card(at(57, 596, 967, 150), at(57, 510, 1033, 130))
	p.label = p.text(touch.NewText(34, style.Muted).Single(), at(97, 606, 300, 130), at(97, 515, 300, 120))
	p.amount = p.text(touch.NewTitle(58, style.Ink).Trailing().Single(), at(400, 606, 584, 130), at(400, 515, 650, 120))
	p.keys, p.clear = p.keypad(768)
	p.half = p.button(touch.Chip, view.Intent{Kind: view.Halve}, at(57, 1400, 420, 90), at(57, 662, 420, 86))
	p.feeLabel = p.text(touch.NewText(34, style.Muted).Trailing().Single(), at(500, 1400, 524, 52),
		at(500, 652, 590, 48))
	p.fee = p.text(touch.NewTitle(66, style.Ink).Trailing().Single(), at(500, 1450, 524, 110), at(500, 700, 590, 100))
	p.back = p.button(touch.Outline, view.Intent{Kind: view.Back}, secondP, at(57, 836, 300, 124))
	p.steps = p.button(touch.Neutral, view.Intent{Kind: view.ShowSteps}, primaryP, primaryL)
	p.Move(p.steps, primaryP, at(1140, 836, 723, 124))
	return p
}

func (p *calc) show(f view.Frame, s view.Screen) {
	v := s.(view.Calc)
	p.title.Set(say(f, "calc.title"))
	p.sub.Set(say(f, "calc.sub"))
	for i, b := range p.kinds {
		look := touch.Chip
		if v.Kinds[i].Label == v.Kind {
			look = touch.ChipOn
		}
		b.Look(look)
		b.Set(v.Kinds[i].Value)
	}
	p.label.Set(say(f, "calc.amount"))
	p.amount.Set(v.Amount)
	p.amount.Paint(style.Ink)
	switch {
	case !v.Priced:
		p.amount.Set(say(f, "calc.percase"))
		p.amount.Paint(style.Muted)
	case v.Amount == "":
		p.amount.Set("¥0")
		p.amount.Paint(style.Muted)
	}
	for _, b := range p.keys {
		p.Show(b, v.Priced)
	}
	p.clear.Set(say(f, "case.clear"))
	look := touch.Chip
	if v.Half {
		look = touch.ChipOn
	}
	p.half.Look(look)
	p.half.Set(say(f, "calc.half"))
	p.Show(p.half, v.CanHalf)
	p.feeLabel.Set(say(f, "calc.fee"))
	p.fee.Set(v.Fee)
	p.back.Set(say(f, "back"))
	p.steps.Set(say(f, "calc.steps"))
	p.Show(p.steps, v.Fee != "")
}

// mostSteps are those of the largest amounts: ten bands and a halving.
const mostSteps = 11

type calcSteps struct {
	*sheet
	title, law, feeLabel, fee, hint *touch.Text
	labels, values                  []*touch.Text
	back, print                     *touch.Button
}

func newCalcSteps(press func(view.Intent)) *calcSteps {
	p := &calcSteps{sheet: newSheet(press)}
	p.title = p.text(touch.NewTitle(60, style.Ink), at(57, 186, 967, 92), at(57, 132, 1033, 84))
	p.law = p.text(touch.NewText(30, style.Muted), at(57, 282, 967, 84), at(57, 216, 1033, 56))
	p.card(at(57, 384, 967, 960), at(57, 292, 1033, 668))
	for i := range mostSteps {
		y, ly := 400+float32(i)*84, 300+float32(i)*59
		p.labels = append(p.labels, p.text(touch.NewText(28, style.Ink), at(97, y, 600, 84), at(97, ly, 725, 59)))
		p.values = append(p.values, p.text(touch.NewTitle(28, style.Ink).Trailing().Single(), at(707, y, 277, 84),
			at(822, ly, 238, 59)))
	}
	p.feeLabel = p.text(touch.NewText(38, style.Ink).Single(), at(57, 1372, 300, 110), at(1140, 312, 723, 60))
	p.fee = p.text(touch.NewTitle(66, style.Ink).Trailing().Single(), at(360, 1372, 664, 110), at(1140, 372, 723, 120))
	p.hint = p.text(touch.NewText(32, style.Seal).Trailing(), at(57, 1484, 967, 110), at(1140, 500, 723, 110))
	p.back = p.button(touch.Outline, view.Intent{Kind: view.Back}, secondP, secondL)
	p.print = p.button(touch.Neutral, view.Intent{Kind: view.PrintSlip}, primaryP, primaryL)
	return p
}

func (p *calcSteps) show(f view.Frame, s view.Screen) {
	v := s.(view.CalcSteps)
	p.title.Set(v.Title)
	p.law.Set(v.Law + v.Article)
	for i := range p.labels {
		var r view.Row
		if i < len(v.Rows) {
			r = v.Rows[i]
		}
		p.labels[i].Set(r.Label)
		p.values[i].Set(r.Value)
	}
	p.feeLabel.Set(say(f, "calc.fee"))
	p.fee.Set(v.Fee)
	p.hint.Set(say(f, "calc.notice"))
	p.hint.Paint(style.Seal)
	if v.Slip != "" {
		p.hint.Set(v.Slip)
		p.hint.Paint(style.Ink)
	}
	p.back.Set(say(f, "back"))
	p.print.Set(say(f, "calc.print"))
}
