package kiosk

import (
	"fyne.io/fyne/v2/canvas"

	"courtkiosk/ui/style"
	"courtkiosk/ui/touch"
	"courtkiosk/ui/view"
)

type pay struct {
	*sheet
	label, amount, payee, mark, scan, state, note, other *touch.Text
	qr                                                   *touch.QR
	ring                                                 *touch.Ring
	cancel, demo                                         *touch.Button
}

func newPay(press func(view.Intent)) *pay {
	p := &pay{sheet: newSheet(press)}
	p.label = p.text(touch.NewText(38, style.Muted).Middle().Single(), at(57, 268, 967, 64), at(57, 212, 900, 64))
	p.amount = p.text(touch.NewTitle(style.Amount, style.Seal).Middle().Single(), at(57, 330, 967, 150),
		at(57, 276, 900, 160))
	p.payee = p.text(touch.NewText(32, style.Ink).Middle(), at(57, 478, 967, 84), at(57, 440, 900, 100))
	p.card(at(180, 570, 720, 800), at(1040, 212, 823, 600))
	p.mark = p.text(touch.NewTitle(36, style.WeChat).Middle().Single(), at(210, 586, 660, 64), at(1070, 212, 763, 56))
	p.qr = touch.NewQR() // 17 and 13 pixels a module, the quiet zone included
	p.Put(p.qr, at(225, 650, 630, 630), at(1211, 264, 482, 482))
	p.scan = p.text(touch.NewText(34, style.Ink).Middle(), at(210, 1276, 660, 84), at(1070, 744, 763, 58))
	p.ring = touch.NewRing()
	p.Put(p.ring, at(57, 1406, 122, 122), at(57, 600, 150, 150))
	p.state = p.text(touch.NewTitle(42, style.Ink), at(206, 1402, 818, 70), at(240, 596, 720, 76))
	p.note = p.text(touch.NewText(30, style.Muted), at(206, 1470, 818, 74), at(240, 672, 720, 84))
	p.other = p.text(touch.NewText(28, style.Muted).Middle(), at(57, 1548, 967, 54), at(57, 780, 900, 54))
	p.cancel = p.button(touch.Outline, view.Intent{Kind: view.Cancel}, wideP, wideL)
	p.demo = p.button(touch.Neutral, view.Intent{Kind: view.DemoPay}, primaryP, at(57, 836, 900, 124))
	return p
}

func (p *pay) show(f view.Frame, s view.Screen) {
	v := s.(view.Pay)
	p.label.Set(say(f, "pay.amount"))
	p.amount.Set(v.Amount)
	p.payee.Set(say(f, "pay.payee", "payee", v.Payee, "case", v.Case))
	p.mark.Set("● " + say(f, "pay.wechat"))
	if err := p.qr.Set(v.QR); err != nil {
		_ = p.qr.Set("") // a code URL that no QR can hold: the visitor sees no code and the order runs out
	}
	p.scan.Set(say(f, "pay.scan"))
	p.ring.Set(v.Left, v.Total)
	p.state.Set(v.State)
	p.note.Set(v.Note)
	ink := style.Ink
	if !v.Calm {
		ink = style.Amber
	}
	p.state.Paint(ink)
	p.other.Set(say(f, "pay.other"))
	p.cancel.Set(say(f, "pay.cancel"))
	p.demo.Set(say(f, "pay.demo"))
	p.Show(p.demo, v.Demo)
	if v.Demo {
		p.Move(p.cancel, secondP, wideL)
	} else {
		p.Move(p.cancel, wideP, wideL)
	}
}

type done struct {
	*sheet
	sign          *touch.Sign
	code          *touch.QR // of a receipt that is not on paper
	title, amount *touch.Text
	facts         *rows
	bar           *canvas.Rectangle
	print         *touch.Text
	again, finish *touch.Button
}

func newDone(press func(view.Intent)) *done {
	p := &done{sheet: newSheet(press)}
	p.sign = touch.NewSign()
	p.sign.Set(touch.SignDone)
	p.Put(p.sign, at(440, 300, 200, 200), at(220, 240, 170, 170))
	p.code = touch.NewQR() // 4 pixels a module
	p.Put(p.code, at(406, 262, 268, 268), at(140, 206, 268, 268))
	p.title = p.text(touch.NewTitle(72, style.Ink).Middle().Single(), at(57, 530, 967, 120), at(430, 236, 660, 100))
	p.amount = p.text(touch.NewTitle(96, style.Ink).Middle().Single(), at(57, 660, 967, 150), at(430, 330, 660, 130))
	p.facts = newRows(p.sheet, 5, at(57, 850, 967, 430), at(57, 480, 1033, 400))
	p.card(at(57, 1312, 967, 200), at(1140, 240, 723, 260))
	p.bar = touch.NewBar(style.Green)
	p.bar.CornerRadius = 6
	p.Put(p.bar, at(105, 1350, 12, 124), at(1180, 280, 12, 180))
	p.print = p.text(touch.NewTitle(36, style.Ink), at(150, 1324, 826, 176), at(1220, 252, 610, 236))
	p.again = p.button(touch.Outline, view.Intent{Kind: view.Reprint}, secondP, secondL)
	p.finish = p.button(touch.Neutral, view.Intent{Kind: view.GoHome}, primaryP, primaryL)
	return p
}

func (p *done) show(f view.Frame, s view.Screen) {
	v := s.(view.Done)
	p.title.Set(say(f, "done.title"))
	p.sign.Set(touch.SignDone)
	if v.Returned {
		p.title.Set(view.Returned.Words(f.Lang).Title)
		p.sign.Set(touch.SignWait)
	}
	p.amount.Set(v.Amount)
	p.facts.set(v.Rows)
	p.print.Set(v.Print)
	if err := p.code.Set(v.Code); err != nil {
		_ = p.code.Set("") // it has a paper one at the window
	}
	p.Show(p.code, v.Code != "")
	p.Show(p.sign, v.Code == "")
	c := style.Off
	switch {
	case v.Trouble:
		c = style.Amber
	case v.Printed:
		c = style.Green
	}
	if p.bar.FillColor != c {
		p.bar.FillColor = c
		p.bar.Refresh()
	}
	p.again.Set(say(f, "done.again"))
	p.Show(p.again, v.Again)
	if v.Again {
		p.Move(p.finish, primaryP, primaryL)
	} else {
		p.Move(p.finish, wideP, wideL)
	}
	p.finish.Set(say(f, "done.finish", "n", itoa(v.Left)))
}
