package kiosk

import (
	"courtkiosk/ui/flow"
	"courtkiosk/ui/panel"
	"courtkiosk/ui/style"
	"courtkiosk/ui/view"
)

func home(f view.Frame, v view.Home) flow.Page {
	sub := say(f, "home.sub")
	if (v.Closed == "" || v.Resting) && v.Trouble == "" && v.Code != "" {
		sub += "　" + v.Code
	}
	greeting := flow.Column(4, flow.Show(panel.Words(panel.Result, say(f, "home.title"))),
		flow.Show(panel.Words(panel.Body, sub).In(style.Muted)))
	questions := wideTile(f, "questions", "help", "home.help", "home.help.note")
	tiles := flow.Column(flow.Gap, flow.Grid(2, 26, tile(f, view.Find, "find", "home.find", "home.find.note"),
		tile(f, view.Calculate, "calc", "home.calc", "home.calc.note")), questions)
	rows := flow.Column(16, wideTile(f, key(view.Find), "find", "home.find", "home.find.note"),
		wideTile(f, key(view.Calculate), "calc", "home.calc", "home.calc.note"), questions)
	notes := flow.Column(14, note("cash", say(f, "home.cash")), note("heart", say(f, "home.relief")),
		note("shield", say(f, "home.private"))).Padded(8, 0)
	return flow.Page{Main: []flow.Node{greeting, start(f, v).Growing(1)}, Side: []flow.Node{tiles.When(flow.Standing),
		tiles.Or(3, rows).When(flow.Lying), notes.Spared(1), note("scan", say(f, "home.scan")).Padded(8, 0).Spared(3)}}
}

// start is the tile that everybody is here for; without service it says why and what to do.
func start(f view.Frame, v view.Home) flow.Node {
	face, title, words := panel.Big, say(f, "home.pay"), say(f, "home.pay.note")
	switch {
	case v.Resting:
		face, title, words = panel.BigShut, say(f, "home.resting"), v.Closed
	case v.Closed != "":
		face, title, words = panel.BigShut, say(f, "home.closed"), v.Closed+"　"+v.Code
	case v.Trouble != "":
		words = v.Trouble + "　" + v.Code
	}
	heading := sized(panel.Words(panel.Title, title).In(style.White), 92, 64)
	if v.Closed != "" { // it is longer than what can be done
		heading = flow.Show(panel.Words(panel.Title, title).In(style.White))
	}
	left := flow.Column(20, heading,
		flow.Show(panel.Words(panel.Role{Size: 36}, words).In(style.White)))
	if v.Closed == "" {
		pill := flow.Row(16, flow.Show(panel.Words(panel.Call, say(f, "home.start")).In(style.Seal).Single()),
			flow.Show(panel.Icon{Name: "forward", Size: 44, Color: style.Seal})).Padded(48, 20).On(panel.Pill)
		left.Nodes = append(left.Nodes, flow.Row(0, pill))
	}
	drawn := func(size float32) flow.Node {
		return flow.Show(panel.Icon{Name: "start", Size: size, Color: style.White}).Spared(2)
	}
	drawing := []flow.Node{drawn(320).When(flow.Standing), drawn(220).When(flow.Lying)}
	n := flow.Row(32, left.Weighs(1), drawing[0], drawing[1]).Padded(56, 48).On(face)
	n.Key = key(view.StartPaying)
	return n
}

func tile(f view.Frame, k view.Kind, icon, id, note string) flow.Node {
	n := flow.Column(24, flow.Row(24, square(icon).Spared(2),
		sized(panel.Words(panel.Heading, say(f, id)), 40, 34).Weighs(1)),
		flow.Show(panel.Words(panel.Secondary, say(f, note)).In(style.Muted)).Spared(1)).Padded(36, 36).On(panel.Tile)
	n.Key = key(k)
	return n
}

func wideTile(f view.Frame, name, icon, id, note string) flow.Node {
	words := flow.Column(0, sized(panel.Words(panel.Heading, say(f, id)), 40, 34),
		flow.Show(panel.Words(panel.Secondary, say(f, note)).In(style.Muted)).Spared(2))
	n := flow.Row(24, square(icon), words.Weighs(1), flow.Show(panel.Icon{Name: "next", Size: 44, Color: style.Muted})).
		Padded(40, 24).On(panel.Tile)
	n.Key = name
	return n
}

// square is an icon on its ground.
func square(icon string) flow.Node {
	return flow.Row(0, flow.Show(panel.Icon{Name: icon, Size: 52, Color: style.Navy})).Padded(16, 16).On(panel.Square)
}

// note is a line with its icon.
func note(icon, words string) flow.Node {
	return flow.Row(24, flow.Show(panel.Icon{Name: icon, Size: 40, Color: style.Navy}),
		flow.Show(panel.Words(panel.Secondary, words)).Weighs(1))
}
