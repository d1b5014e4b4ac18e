package kiosk

import (
	"strings"

	"courtkiosk/ui/flow"
	"courtkiosk/ui/panel"
	"courtkiosk/ui/style"
	"courtkiosk/ui/view"
)

// topics are the icons of the questions.
var topics = [view.HelpTopics]string{"alert", "printer", "copy", "undo", "lock", "shield", "keep", "cash"}

// help is the list of questions, or the answer to one.
func help(f view.Frame, v view.Help) flow.Page {
	if v.Topic > 0 {
		return answer(f, v)
	}
	list, tiles := flow.Column(0).Parted(panel.Rule{}).Padded(0, 8).On(panel.Card).Growing(1), []flow.Node{}
	for i, icon := range topics {
		list.Nodes = append(list.Nodes, question(f, i+1, icon))
		tiles = append(tiles, question(f, i+1, icon).On(panel.Tile))
	}
	return flow.Page{
		Main: []flow.Node{titled(say(f, "help.title"), say(f, "help.sub")).Spared(2), list.When(flow.Standing).
			Or(1, flow.Grid(2, 16, tiles...).Growing(1)),
			flow.Grid(2, 16, tiles...).When(flow.Lying).Growing(1)},
		Side: whom(f, v.Hours), Split: 0.72,
		Actions: []flow.Node{primary(view.Back, panel.Neutral, "back", say(f, "back"))},
	}
}

func question(f view.Frame, n int, icon string) flow.Node {
	id := "help." + itoa(n)
	words := flow.Column(0, flow.Show(panel.Words(panel.Heading, say(f, id+".q"))).
		Or(3, flow.Show(panel.Words(panel.Role{Size: 32, Bold: true}, say(f, id+".q")))),
		flow.Show(panel.Words(panel.Secondary, say(f, id+".n")).In(style.Muted)).Spared(3))
	row := flow.Row(32, square(icon).Spared(1), words.Weighs(1),
		flow.Show(panel.Icon{Name: "next", Size: 44, Color: style.Muted})).Padded(40, 16).On(panel.Plain)
	row.Key = key(view.PickTopic, itoa(n))
	return row.Growing(1)
}

// answer is a question's page: what to do, a step a line.
func answer(f view.Frame, v view.Help) flow.Page {
	n := v.Topic
	id := "help." + itoa(n)
	head := flow.Row(32, square(topics[n-1]), flow.Show(panel.Words(panel.Title, say(f, id+".q"))).Weighs(1))
	steps := flow.Column(28)
	for _, line := range strings.Split(say(f, id+".a"), "\n") {
		steps.Nodes = append(steps.Nodes, flow.Show(panel.Words(told, line)).Or(3,
			flow.Show(panel.Words(panel.Body, line))))
	}
	card := flow.Column(28, head, flow.Show(panel.Rule{})).Padded(48, 44).On(panel.Card).Growing(1)
	if shown, ok := drawing(f, n); ok { // below the words on a standing panel, beside them on a lying one
		below := flow.Row(0, flow.Space(), shown.Weighs(3), flow.Space()).When(flow.Standing).Spared(2)
		beside := flow.Row(48, steps.Weighs(1.5), shown.Weighs(1)).When(flow.Lying).Or(2, steps)
		card.Nodes = append(card.Nodes, steps.When(flow.Standing), beside, flow.Space(), below)
	} else {
		card.Nodes = append(card.Nodes, steps)
	}
	card.Nodes = append(card.Nodes, flow.Space())
	p := flow.Page{Main: []flow.Node{card}, Side: whom(f, v.Hours), Split: 0.72,
		Actions: []flow.Node{primary(view.Back, panel.Neutral, "back", say(f, "back"))}}
	if n == view.WaysTopic {
		p.Split = 0.66
		p.Side = append(p.Side, call(view.PrintSlip, panel.Less, "printer", say(f, "help.table")))
	}
	if v.Slip != "" {
		said := hint("", "printer", v.Slip)
		said.Spare = 0
		p.Side = append(p.Side, said)
	}
	return p
}

// whom are those who can be asked, and when.
func whom(f view.Frame, hours string) []flow.Node {
	list := []flow.Node{people(f).Spared(1).When(flow.Standing), beside(f).Spared(1).When(flow.Lying)}
	if hours != "" {
		list = append(list, note("clock", say(f, "help.hours", "hours", hours)).Padded(8, 0).Spared(2))
	}
	return list
}

// A person is somebody who can be asked.
type person struct{ icon, who, what string }

func persons(f view.Frame) [3]person {
	return [3]person{{"phone", f.Hotline, say(f, "help.court")}, {"mobile", "95017", say(f, "help.wechat")},
		{"window", f.Window, say(f, "help.window")}}
}

// people are those who can be asked: a row of cards.
func people(f view.Frame) flow.Node {
	row := flow.Row(24)
	row.Middle = false
	for _, p := range persons(f) {
		n := flow.Column(8, flow.Show(panel.Icon{Name: p.icon, Size: 52, Color: style.Navy}),
			flow.Show(panel.Words(panel.Heading, p.who).Middle()),
			flow.Show(panel.Words(panel.Secondary, p.what).In(style.Muted).Middle()).Spared(2)).
			Padded(16, 24).On(panel.Card)
		n.Middle = true
		row.Nodes = append(row.Nodes, n.Weighs(1))
	}
	return row
}

// beside are they as a column of lower cards, at the side of a lying panel.
func beside(f view.Frame) flow.Node {
	column := flow.Column(16).Growing(1)
	for _, p := range persons(f) {
		sign := flow.Show(panel.Icon{Name: p.icon, Size: 52, Color: style.Navy})
		column.Nodes = append(column.Nodes, flow.Row(24, sign,
			flow.Column(0, flow.Show(panel.Words(panel.Strong, p.who)),
				flow.Show(panel.Words(panel.Secondary, p.what).In(style.Muted)).Spared(2)).Weighs(1)).
			Padded(32, 12).On(panel.Card).Growing(1))
	}
	return column
}

// payHelp is what helps while a code is shown: it lies below the code, which stays to be seen with its time.
func payHelp(f view.Frame) flow.Node {
	shut := call(view.Back, panel.Less, "", say(f, "help.close"))
	head := flow.Row(24, flow.Show(panel.Words(panel.Heading, say(f, "help.1.q"))).Weighs(1), shut)
	low := func(words string) flow.Node {
		said := panel.Words(panel.Role{Size: panel.Smallest.Size, Lead: 1.2}, words)
		return flow.Row(24, flow.Show(said).Weighs(1), shut).Padded(32, 8).On(panel.Card)
	}
	return flow.Column(16, head, flow.Show(panel.Words(panel.Secondary, say(f, "help.pay")))).Padded(40, 28).
		On(panel.Card).Or(2, low(say(f, "help.pay")).Or(1, low(say(f, "pay.offline.short"))))
}
