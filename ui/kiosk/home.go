package kiosk

import (
	"courtkiosk/ui/style"
	"courtkiosk/ui/touch"
	"courtkiosk/ui/view"
)

type home struct {
	*sheet
	title, sub, law *touch.Text
	pay, find, help *touch.Button
	calc            *touch.Button
}

func newHome(press func(view.Intent)) *home {
	p := &home{sheet: newSheet(press)}
	p.title = p.text(touch.NewTitle(72, style.Ink), at(57, 236, 967, 116), at(57, 150, 1200, 100))
	p.sub = p.text(touch.NewText(34, style.Muted), at(57, 352, 967, 62), at(57, 246, 1200, 54))
	p.pay = touch.NewTile(touch.Big, func() { press(view.Intent{Kind: view.StartPaying}) })
	p.add(p.pay, view.Intent{Kind: view.StartPaying}, at(57, 439, 967, 519), at(57, 330, 1080, 430))
	p.find = touch.NewTile(touch.Bare, func() { press(view.Intent{Kind: view.Find}) })
	p.add(p.find, view.Intent{Kind: view.Find}, at(57, 996, 469, 270), at(1175, 330, 688, 134))
	p.calc = touch.NewTile(touch.Bare, func() { press(view.Intent{Kind: view.Calculate}) })
	p.add(p.calc, view.Intent{Kind: view.Calculate}, at(555, 996, 469, 270), at(1175, 478, 688, 134))
	p.help = touch.NewTile(touch.Bare, func() { press(view.Intent{Kind: view.Questions}) })
	p.add(p.help, view.Intent{Kind: "questions"}, at(57, 1294, 967, 180), at(1175, 626, 688, 134))
	p.card(at(57, 1502, 967, 262), at(57, 790, 1806, 168))
	p.law = p.text(touch.NewText(30, style.Muted), at(105, 1512, 871, 242), at(105, 800, 1710, 148))
	return p
}

func (p *home) show(f view.Frame, s view.Screen) {
	v := s.(view.Home)
	p.title.Set(say(f, "home.title"))
	p.sub.Set(say(f, "home.sub"))
	p.pay.Look(touch.Big)
	p.pay.Set(say(f, "home.pay"))
	p.pay.Note(say(f, "home.pay.note"))
	switch {
	case v.Trouble != "":
		p.pay.Note(v.Trouble + "　" + v.Code)
	case v.Closed == "" && v.Code != "":
		p.sub.Set(say(f, "home.sub") + "　" + v.Code)
	}
	if v.Closed != "" {
		closed := touch.Big
		closed = closed.Muted()
		p.pay.Look(closed)
		p.pay.Set(say(f, "home.closed"))
		p.pay.Note(v.Closed + "　" + v.Code)
	}
	p.find.Set(say(f, "home.find"))
	p.find.Note(say(f, "home.find.note"))
	p.calc.Set(say(f, "home.calc"))
	p.calc.Note(say(f, "home.calc.note"))
	p.help.Set(say(f, "home.help"))
	p.help.Note(say(f, "home.help.note"))
	p.law.Set(say(f, "home.law"))
}
