package kiosk

import (
	"strings"

	"courtkiosk/ui/flow"
	"courtkiosk/ui/panel"
	"courtkiosk/ui/style"
	"courtkiosk/ui/view"
)

// key names the control that means an intent.
func key(k view.Kind, arg ...string) string {
	name := string(k)
	for _, a := range arg {
		name += ":" + a
	}
	return name
}

// framed puts a page between header, steps and footer.
func framed(f view.Frame, s view.Screen, p flow.Page) flow.Page {
	_, rests := s.(view.Attract)
	_, pays := s.(view.Pay)
	if rests || pays && f.Alone { // it has the whole panel
		return p
	}
	p.Header, p.Footer = header(f, s), footer(f)
	if now := s.Step(); now > 0 {
		n := flow.Show(panel.Steps{Now: now, Done: now == 4, Words: [4]string{say(f, "step.1"), say(f, "step.2"),
			say(f, "step.3"), say(f, "step.4")}})
		if pays { // what the payer needs beside the code is worth more
			n = n.Spared(1)
		}
		p.Steps = &n
	}
	return p
}

// finding reports whether a screen is on the way to a receipt, not to a payment.
func finding(s view.Screen) bool {
	switch v := s.(type) {
	case view.Case:
		return v.Finding
	case view.Bills:
		return v.Finding
	case view.Done:
		return v.Found
	case view.Proof, view.Where:
		return true
	}
	return false
}

func header(f view.Frame, s view.Screen) flow.Node {
	sub := say(f, "app.entry")
	_, help := s.(view.Help)
	switch {
	case help:
		sub = say(f, "home.help")
	case finding(s):
		sub = say(f, "home.find")
	case f.Purse != "":
		sub = say(f, "purse."+f.Purse)
	}
	name := panel.Words(panel.Role{Size: 42, Bold: true, Lead: 1.2}, f.Court).In(style.White)
	long := name // in two lines
	long.Role.Size = 36
	court := flow.Column(0, flow.Show(name.Single()).Or(3, flow.Show(long)),
		flow.Show(panel.Words(panel.Smallest, sub).In(style.Pale)).Spared(2))
	now := flow.Column(0,
		flow.Show(panel.Words(panel.Role{Size: 42}, view.Clock(f.Now)).In(style.White).Trailing().Single()),
		flow.Show(panel.Words(panel.Smallest, view.Day(f.Lang, f.Now)).In(style.Pale).Trailing().Single()).Spared(2))
	return flow.Row(32, flow.Show(panel.Emblem{Size: 96}), court.Weighs(1), now).Padded(flow.Margin, 8).On(panel.Navy)
}

// footer has what helps everybody, and who can be called. A machine that cannot be heard leaves the room of voice.
func footer(f view.Frame) flow.Node {
	large := "foot.large"
	if f.Large {
		large = "foot.normal"
	}
	keys := flow.Row(16,
		foot(f, view.Language, "globe", "foot.language", false),
		foot(f, view.LargeText, "text", large, f.Large),
		foot(f, view.HighContrast, "contrast", "foot.contrast", f.Contrast),
		foot(f, view.LowLayout, "low", "foot.low", f.Low))
	if f.Voice {
		keys.Nodes = append(keys.Nodes, foot(f, view.Voice, "voice", "foot.voice", f.Speaking))
	}
	keys.Nodes = append(keys.Nodes, foot(f, view.Questions, "help", "foot.help", false))
	line := flow.Column(0,
		flow.Show(panel.Words(panel.Role{Size: 28, Bold: true}, f.Hotline).Trailing().Single()),
		flow.Show(panel.Words(panel.Smallest, say(f, "foot.kiosk", "kiosk",
			f.Kiosk)).In(style.Muted).Trailing().Single()).
			Spared(2))
	return flow.Row(24, keys, flow.Space(), line).Padded(flow.Margin, 10).On(panel.White)
}

func foot(f view.Frame, k view.Kind, icon, id string, on bool) flow.Node {
	face, ink := panel.Foot, style.Ink
	if on {
		face, ink = panel.FootOn, style.White
	}
	words := flow.Column(6, flow.Show(panel.Icon{Name: icon, Size: 48, Color: ink}),
		flow.Show(panel.Words(panel.Smallest, say(f, id)).In(ink).Middle().Single()))
	words.Axis, words.Middle = flow.Turn, true
	return button(key(k), face, words).Padded(32, 4)
}

// button is something that can be touched, with what stands on it in its middle.
func button(key string, face panel.Face, on ...flow.Node) flow.Node {
	n := flow.Row(0, flow.Space(), flow.Row(16, on...), flow.Space()).On(face)
	n.Key = key
	return n
}

// call is a button that says what it does.
func call(k view.Kind, face panel.Face, icon, words string) flow.Node {
	ink := style.White
	if face.Fill == style.White || face.Fill == style.Tint {
		ink = style.Navy
	}
	on := []flow.Node{sized(panel.Words(panel.Call, words).In(ink).Middle(), 46, 42)}
	if icon != "" {
		on = append([]flow.Node{flow.Show(panel.Icon{Name: icon, Size: 48, Color: ink}).Spared(3)}, on...)
	}
	return button(key(k), face, on...).Padded(16, 8)
}

// second and primary are the actions of a page: the way back is narrow, the way on is wide.
func second(k view.Kind, icon, words string) flow.Node {
	return call(k, panel.Outline, icon, words).Weighs(1.2)
}

func primary(k view.Kind, face panel.Face, icon, words string) flow.Node {
	return call(k, face, icon, words).Weighs(1.8)
}

// amount is a sum in the largest of the sizes for which there is room.
func amount(a panel.Amount, sizes ...float32) flow.Node {
	a.Size = sizes[0]
	n := flow.Show(a)
	if rest := sizes[1:]; len(rest) > 0 {
		n = n.Or(len(rest), amount(a, rest...))
	}
	return n
}

// sized is a text that cannot wrap, in the largest of the sizes for which there is room.
func sized(t panel.Text, sizes ...float32) flow.Node {
	t.Role.Size = sizes[0]
	n := flow.Show(t)
	if rest := sizes[1:]; len(rest) > 0 {
		n = n.Or(len(rest), sized(t, rest...))
	}
	return n
}

// titled is a page's title with what is said below it.
func titled(title, sub string) flow.Node {
	return flow.Column(8, flow.Show(panel.Words(panel.Title, title)),
		flow.Show(panel.Words(panel.Secondary, sub).In(style.Muted)))
}

// term is what the court's papers say too: in English with the Chinese small below it, in Chinese alone. rank is when a
// page without room does without the Chinese.
func term(t panel.Text, rank int) flow.Node {
	said, paper, both := strings.Cut(t.Value, "\n")
	if !both {
		return flow.Show(t)
	}
	t.Value = said
	return flow.Column(0, flow.Show(t), flow.Show(onPaper(paper, t)).Spared(rank))
}

// termed is a term with the Chinese beside it, or below it where a line is too short for both.
func termed(t panel.Text, rank int) flow.Node {
	said, paper, both := strings.Cut(t.Value, "\n")
	if !both {
		return flow.Show(t)
	}
	t.Value = said
	return flow.Pair(20, flow.Show(t), flow.Show(onPaper(paper, t).Single()).Spared(rank))
}

func onPaper(paper string, beside panel.Text) panel.Text {
	small := panel.Role{Size: panel.Smallest.Size, Lead: 1.2}
	return panel.Text{Value: paper, Role: small, Color: style.Muted, Align: beside.Align}
}

// facts is a card of labels and values.
func facts(rows []view.Row) flow.Node { return lines(rows).Padded(48, 20).On(panel.Card) }

// lines are labels and values, a hairline between them.
func lines(rows []view.Row) flow.Node {
	card := flow.Column(0).Parted(panel.Rule{})
	for _, r := range rows {
		card.Nodes = append(card.Nodes, flow.Pair(24, flow.Show(panel.Words(panel.Body, r.Label).In(style.Muted)),
			term(panel.Words(panel.Body, r.Value).Trailing(), 3).
				Or(2, term(panel.Words(panel.Secondary, r.Value).Trailing(), 3))).Padded(0, 14))
	}
	return card
}
