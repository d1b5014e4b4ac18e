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
	list, tiles := flow.Column(0).Padded(0, 8).On(panel.Card).Growing(1), []flow.Node{}
	for i, icon := range topics {
		if i > 0 {
			list.Nodes = append(list.Nodes, flow.Show(panel.Rule{}))
		}
		list.Nodes = append(list.Nodes, question(f, i+1, icon))
		tiles = append(tiles, question(f, i+1, icon).On(panel.Tile))
	}
	return flow.Page{
		Main: []flow.Node{titled(say(f, "help.title"), say(f, "help.sub")).Spared(1), list.When(flow.Standing).
			Or(1, flow.Grid(2, 16, tiles...).Growing(1)),
			flow.Grid(2, 16, tiles...).When(flow.Lying).Growing(1)},
		Side: whom(f, v.Hours), Split: 0.7,
		Actions: []flow.Node{primary(view.Back, panel.Neutral, "back", say(f, "back"))},
	}
}

func question(f view.Frame, n int, icon string) flow.Node {
	id := "help." + itoa(n)
	words := flow.Column(0, sized(panel.Words(panel.Heading, say(f, id+".q")), 40, 32),
		flow.Show(panel.Words(panel.Secondary, say(f, id+".n")).In(style.Muted)).Spared(2))
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
		below := flow.Row(0, flow.Space(), shown.Weighs(3), flow.Space()).When(flow.Standing).Spared(3)
		beside := flow.Row(48, steps.Weighs(1.5), shown.Weighs(1)).When(flow.Lying).Or(3, steps)
		card.Nodes = append(card.Nodes, steps.When(flow.Standing), beside, flow.Space(), below)
	} else {
		card.Nodes = append(card.Nodes, steps)
	}
	card.Nodes = append(card.Nodes, flow.Space())
	side := whom(f, v.Hours)
	side[0] = side[0].Spared(1)
	p := flow.Page{Main: []flow.Node{card}, Side: side, Split: 0.74,
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
	list := []flow.Node{people(f)}
	if hours != "" {
		list = append(list, note("clock", say(f, "help.hours", "hours", hours)).Padded(8, 0).Spared(2))
	}
	return list
}

// people are those who can be asked: a row of cards, or a column of lower ones on a lying panel.
func people(f view.Frame) flow.Node {
	row, column := flow.Row(24), flow.Column(16)
	row.Middle = false
	for _, p := range [][3]string{{"phone", f.Hotline, say(f, "help.court")},
		{"mobile", "95017", say(f, "help.wechat")},
		{"window", f.Window, say(f, "help.window")}} {
		row.Nodes = append(row.Nodes, person(p[0], p[1], p[2]))
		column.Nodes = append(column.Nodes, flow.Row(32, flow.Show(panel.Icon{Name: p[0], Size: 52, Color: style.Navy}),
			flow.Column(0, flow.Show(panel.Words(panel.Strong, p[1])),
				flow.Show(panel.Words(panel.Secondary, p[2]).In(style.Muted)).Spared(2)).Weighs(1)).
			Padded(40, 12).On(panel.Card).Growing(1))
	}
	return flow.Column(0, row.When(flow.Standing), column.Growing(1).When(flow.Lying))
}

func person(icon, who, what string) flow.Node {
	n := flow.Column(8, flow.Show(panel.Icon{Name: icon, Size: 52, Color: style.Navy}),
		flow.Show(panel.Words(panel.Heading, who).Middle()),
		flow.Show(panel.Words(panel.Secondary, what).In(style.Muted).Middle()).Spared(2)).Padded(16, 24).On(panel.Card)
	n.Middle = true
	return n.Weighs(1)
}

// payHelp is what helps while a code is shown: it lies below the code, which stays to be seen with its time.
func payHelp(f view.Frame) flow.Node {
	shut := call(view.Back, panel.Less, "", say(f, "help.close"))
	head := flow.Row(24, flow.Show(panel.Words(panel.Heading, say(f, "help.1.q"))).Weighs(1), shut)
	low := flow.Row(24, flow.Show(panel.Words(panel.Smallest, say(f, "help.pay"))).Weighs(1), shut).
		Padded(32, 16).On(panel.Card)
	return flow.Column(16, head, flow.Show(panel.Words(panel.Secondary, say(f, "help.pay")))).Padded(40, 28).
		On(panel.Card).Or(2, low)
}
