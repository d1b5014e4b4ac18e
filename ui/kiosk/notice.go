package kiosk

import (
	"strconv"

	"fyne.io/fyne/v2/canvas"

	"courtkiosk/ui/style"
	"courtkiosk/ui/touch"
	"courtkiosk/ui/view"
)

func itoa(n int) string { return strconv.Itoa(n) }

var signs = map[view.Mood]touch.SignKind{view.Calm: touch.SignInfo, view.Good: touch.SignDone,
	view.Careful: touch.SignWait}

type notice struct {
	*sheet
	sign                        *touch.Sign
	title, sentence, next, code *touch.Text
	box                         *canvas.Rectangle
	facts                       [3]*touch.Text
	second, primary             *touch.Button
	v                           view.Notice
}

func newNotice(press func(view.Intent)) *notice {
	p := &notice{sheet: newSheet(press)}
	p.sign = touch.NewSign()
	p.Put(p.sign, at(440, 330, 200, 200), at(860, 230, 150, 150))
	p.title = p.text(touch.NewTitle(66, style.Ink).Middle(), at(57, 570, 967, 180), at(300, 384, 1320, 92))
	p.sentence = p.text(touch.NewText(38, style.Ink).Middle().AtTop(), at(90, 770, 900, 150), at(300, 474, 1320, 70))
	p.next = p.text(touch.NewText(38, style.Muted).Middle().AtTop(), at(90, 920, 900, 210), at(300, 540, 1320, 70))
	p.box = p.card(at(57, 1170, 967, 290), at(300, 622, 1320, 192))
	for i := range p.facts {
		p.facts[i] = p.text(touch.NewText(34, style.Ink).Middle(), at(90, 1186+float32(i)*86, 900, 86),
			at(330, 630+float32(i)*58, 1260, 58))
	}
	p.code = p.text(touch.NewText(30, style.Muted).Middle().Single(), at(57, 1490, 967, 60), at(57, 836, 400, 124))
	p.second = touch.NewButton(touch.Outline, func() { press(view.Intent{Kind: p.v.SecondTo}) })
	p.Put(p.second, secondP, at(880, 836, 400, 124))
	p.primary = touch.NewButton(touch.Neutral, func() { press(view.Intent{Kind: p.v.Act}) })
	p.Put(p.primary, primaryP, at(1310, 836, 553, 124))
	return p
}

func (p *notice) show(_ view.Frame, s view.Screen) {
	v := s.(view.Notice)
	p.v = v
	p.sign.Set(signs[v.Mood])
	p.title.Set(v.Words.Title)
	p.sentence.Set(v.Words.Sentence)
	p.next.Set(v.Words.Next)
	p.code.Set(v.Words.Code)
	p.Show(p.box, len(v.Rows) > 0)
	for i, t := range p.facts {
		t.Set("")
		if i < len(v.Rows) {
			t.Set(v.Rows[i].Label + "　" + v.Rows[i].Value)
		}
	}
	p.primary.Set(v.Primary)
	p.second.Set(v.Second)
	p.buttons = map[string]*touch.Button{string(v.Act): p.primary}
	p.Show(p.second, v.Second != "")
	if v.Second == "" {
		p.Move(p.primary, wideP, at(1310, 836, 553, 124))
		return
	}
	p.buttons[string(v.SecondTo)] = p.second
	p.Move(p.primary, primaryP, at(1310, 836, 553, 124))
}

type verify struct {
	*sheet
	sign                                        *touch.Sign
	title, sentence, emphasis, label, reference *touch.Text
	slip                                        *touch.Text
	leave, print, wait                          *touch.Button
}

func newVerify(press func(view.Intent)) *verify {
	p := &verify{sheet: newSheet(press)}
	p.sign = touch.NewSign()
	p.sign.Set(touch.SignWait)
	p.Put(p.sign, at(440, 330, 200, 200), at(470, 230, 170, 170))
	p.title = p.text(touch.NewTitle(68, style.Ink).Middle(), at(57, 570, 967, 130), at(57, 420, 1000, 110))
	p.sentence = p.text(touch.NewText(37, style.Muted).Middle(), at(90, 706, 900, 130), at(57, 530, 1000, 120))
	p.emphasis = p.text(touch.NewTitle(40, style.Ink).Middle(), at(90, 836, 900, 72), at(57, 650, 1000, 70))
	p.card(at(57, 934, 967, 270), at(1140, 230, 723, 330))
	p.label = p.text(touch.NewTitle(34, style.Ink), at(105, 956, 871, 104), at(1180, 250, 643, 130))
	p.reference = p.text(touch.NewTitle(58, style.Ink).Single(), at(105, 1066, 871, 110), at(1180, 390, 643, 130))
	p.slip = p.text(touch.NewText(32, style.Muted).Middle(), at(57, 1230, 967, 80), at(1140, 580, 723, 80))
	p.leave = p.button(touch.Outline, view.Intent{Kind: view.Leave}, at(57, 1460, 967, 131), at(57, 836, 300, 124))
	p.print = p.button(touch.Outline, view.Intent{Kind: view.PrintSlip}, secondP, at(1140, 690, 723, 124))
	p.wait = p.button(touch.Neutral, view.Intent{Kind: view.KeepWaiting}, primaryP, wideL)
	return p
}

func (p *verify) show(f view.Frame, s view.Screen) {
	v := s.(view.Verify)
	p.title.Set(say(f, "verify.title"))
	p.sentence.Set(v.Sentence)
	p.emphasis.Set(v.Emphasis)
	p.label.Set(say(f, "verify.ref"))
	p.reference.Set(v.Reference)
	p.slip.Set(v.Slip)
	p.leave.Set(say(f, "leave"))
	p.print.Set(say(f, "verify.slip"))
	p.wait.Set(say(f, "verify.wait"))
	p.Show(p.print, v.Printable)
	if v.Printable {
		p.Move(p.wait, primaryP, wideL)
	} else {
		p.Move(p.wait, wideP, wideL)
	}
}

type working struct {
	*sheet
	title, note *touch.Text
	leave       *touch.Button
}

func newWorking(press func(view.Intent)) *working {
	p := &working{sheet: newSheet(press)}
	p.title = p.text(touch.NewTitle(60, style.Ink).Middle(), at(57, 760, 967, 160), at(300, 420, 1320, 120))
	p.note = p.text(touch.NewText(36, style.Muted).Middle(), at(90, 930, 900, 260), at(300, 550, 1320, 180))
	p.leave = p.button(touch.Outline, view.Intent{Kind: view.Leave}, wideP, wideL)
	return p
}

func (p *working) show(f view.Frame, s view.Screen) {
	v := s.(view.Working)
	p.title.Set(v.Title)
	p.note.Set(v.Note)
	p.leave.Set(say(f, "leave"))
	p.Show(p.leave, v.Leave)
}

type help struct {
	*sheet
	title              *touch.Text
	questions, answers [5]*touch.Text
	home               *touch.Button
}

func newHelp(press func(view.Intent)) *help {
	p := &help{sheet: newSheet(press)}
	p.title = p.text(touch.NewTitle(60, style.Ink), at(57, 190, 967, 100), at(57, 140, 1033, 90))
	for i := range p.questions {
		y := 310 + float32(i)*256
		lx, ly := 57+float32(i%2)*915, 244+float32(i/2)*196
		p.card(at(57, y, 967, 238), at(lx, ly, 891, 180))
		p.questions[i] = p.text(touch.NewTitle(36, style.Ink).Single(), at(97, y+12, 887, 66), at(lx+36, ly+8, 820, 54))
		p.answers[i] = p.text(touch.NewText(31, style.Muted).AtTop(), at(97, y+80, 887, 148),
			at(lx+36, ly+62, 820, 110))
	}
	p.home = p.button(touch.Neutral, view.Intent{Kind: view.Back}, wideP, wideL)
	return p
}

func (p *help) show(f view.Frame, _ view.Screen) {
	p.title.Set(say(f, "home.help"))
	for i := range p.questions {
		p.questions[i].Set(say(f, "help."+itoa(i+1)+".q"))
		p.answers[i].Set(say(f, "help."+itoa(i+1)+".a"))
	}
	p.home.Set(say(f, "back"))
}
