package kiosk

import (
	"courtkiosk/ui/flow"
	"courtkiosk/ui/panel"
	"courtkiosk/ui/style"
	"courtkiosk/ui/view"
)

// The roles of the words in a drawing: they are seen, and said again beside it.
var small, smallBold = panel.Role{Size: 28}, panel.Role{Size: 28, Bold: true}

// drawing is what shows an answer; a node without content where words say it all.
func drawing(f view.Frame, topic int) (flow.Node, bool) {
	switch topic {
	case 1:
		return bill(f, say(f, "draw.charged"), 1), true
	case 2:
		return phone(f), true
	case 3:
		return bill(f, say(f, "draw.twice"), 2), true
	case 5:
		return menu(f), true
	case 6:
		return asks(f), true
	case 7:
		return kept(f), true
	}
	return flow.Node{}, false
}

// handset is the drawing of a phone.
func handset(title string, on ...flow.Node) flow.Node {
	head := flow.Show(panel.Words(small, title).In(style.Muted).Middle().Single())
	return flow.Column(14, append([]flow.Node{head, flow.Show(panel.Rule{})}, on...)...).Padded(28, 24).On(panel.Phone)
}

// bar is something that is not spelt out, as wide as a part of its line.
func bar(part float32) flow.Node {
	return flow.Row(0, flow.Column(0).On(panel.Line).Weighs(part), flow.Space().Weighs(1-part)).Weighs(1)
}

// marked is what the eye should find on a phone.
func marked(on ...flow.Node) flow.Node { return flow.Column(0, on...).Padded(20, 10).On(panel.Marked) }

// ticked is a line of which it is said that it is there, or right.
func ticked(words string) flow.Node {
	return flow.Row(16, flow.Show(panel.Icon{Name: "tick", Size: 36, Color: style.Green}),
		flow.Show(panel.Words(small, words)).Weighs(1))
}

// bill is the phone's list of payments: those to the court are marked, as often as there are some.
func bill(f view.Frame, says string, times int) flow.Node {
	other := func(part float32) flow.Node {
		return flow.Row(24, bar(part), bar(1).Weighs(0.3)).Padded(20, 8)
	}
	court := flow.Row(16, flow.Show(panel.Words(small, say(f, "draw.court"))).Weighs(1),
		flow.Show(panel.Words(smallBold, "-¥…").In(style.Seal).Single()))
	list := []flow.Node{other(0.8)}
	for range times {
		list = append(list, marked(court))
	}
	caption := panel.Words(smallBold, says).In(style.Bronze).Middle()
	return handset(say(f, "draw.bills"), append(list, other(0.5), flow.Show(caption))...)
}

// menu is the way to a new password.
func menu(f view.Frame) flow.Node {
	var list []flow.Node
	for i := range 4 {
		list = append(list, flow.Row(12, flow.Show(panel.Words(small, say(f, "draw.menu."+itoa(i+1)))).Weighs(1),
			flow.Show(panel.Icon{Name: "next", Size: 32, Color: style.Muted})).Padded(20, 0))
	}
	forgot := panel.Words(smallBold, say(f, "draw.menu.5")).In(style.Seal)
	return handset(say(f, "draw.wechat"), append(list, marked(flow.Show(forgot)))...)
}

// asks is what the phone asks before it pays: who gets how much.
func asks(f view.Frame) flow.Node {
	return handset(say(f, "draw.pay"), marked(ticked(f.Court)), marked(ticked(say(f, "draw.amount"))),
		bar(0.6).Weighs(0), bar(0.9).Weighs(0))
}

// kept is a record as this machine keeps it.
func kept(f view.Frame) flow.Node {
	head := flow.Show(panel.Words(small, say(f, "draw.record")).In(style.Muted).Middle())
	return flow.Column(14, head, flow.Show(panel.Rule{}), ticked("（2026）…12345号"), ticked("¥2,700.00"),
		ticked("2026-11-23 14:33:07"), ticked("4200 0026 … 7890"), ticked("张*明")).Padded(28, 24).On(panel.Phone)
}
