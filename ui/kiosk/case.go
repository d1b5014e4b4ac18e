package kiosk

import (
	"strconv"
	"strings"

	"courtkiosk/ui/flow"
	"courtkiosk/ui/panel"
	"courtkiosk/ui/style"
	"courtkiosk/ui/view"
)

// number is the role of a case number that is being typed.
var number = panel.Role{Size: 46, Bold: true}

// caseNumber is where a case number is typed: its parts in a card, the common types, and the keypad, in whose place a
// part is picked.
func caseNumber(f view.Frame, v view.Case) flow.Page {
	e := v.Entry
	title := titled(say(f, "case.title"), "").Spared(1)
	title.Nodes[1] = flow.Show(panel.Words(panel.Secondary, say(f, "case.sub")).In(style.Muted)).Spared(2)
	p := flow.Page{
		Main: []flow.Node{title, parts(e)},
		Actions: []flow.Node{second(view.Back, "back", say(f, "back")),
			primary(view.Confirm, panel.Neutral, "find", say(f, "case.go"))},
	}
	asked := flow.Show(panel.Words(panel.Heading, say(f, "case."+e.Part)))
	switch e.Part {
	case "year":
		p.Side = []flow.Node{asked, years(e)}
	case "court":
		p.Side = []flow.Node{asked, courts(f, e)}
	default:
		p.Main = append(p.Main, types(f, e))
		if e.More {
			p.Side = []flow.Node{otherTypes(e)}
		} else {
			p.Side = []flow.Node{keypad(f)}
		}
	}
	if v.Wrong != "" || e.Part == "serial" {
		p.Main = append(p.Main, hint(v.Wrong, "scan", say(f, "case.scan")))
	}
	return p
}

// hint is what may be done beside typing, or what is wrong with what was typed.
func hint(wrong, icon, words string) flow.Node {
	if wrong != "" {
		return flow.Row(20, flow.Show(panel.Icon{Name: "alert", Size: 44, Color: style.Seal}),
			flow.Show(panel.Words(panel.Strong, wrong).In(style.Seal)).Weighs(1)).Padded(32, 12).On(panel.Wrong)
	}
	return flow.Row(24, flow.Show(panel.Icon{Name: icon, Size: 44, Color: style.Navy}),
		flow.Show(panel.Words(panel.Secondary, words)).Weighs(1)).Padded(32, 18).On(panel.Strip).Spared(3)
}

// parts are the case number's: what can be picked and where digits go have an edge, the rest is read.
func parts(e view.Entry) flow.Node {
	sign := func(s string) flow.Node { return flow.Show(panel.Typed{Value: s, Role: number}) }
	picked := func(part, value string) flow.Node {
		face, arg := panel.Box, part
		if e.Part == part { // a second touch closes the choice
			face, arg = panel.BoxNext, "serial"
		}
		return button(key(view.PickPart, arg), face, sign(value)).Padded(14, 0)
	}
	court := sign(e.Court)
	if len(e.Courts) > 1 {
		court = picked("court", e.Court)
	}
	typing := e.Part == "serial"
	face := panel.Box
	if typing {
		face = panel.BoxNext
	}
	serial := flow.Row(0, flow.Show(panel.Typed{Value: e.Serial, Room: "00000000", Role: number, Color: style.Seal,
		Caret: typing})).Padded(16, 8).On(face)
	return flow.Flowing(12,
		flow.Row(10, sign("("), picked("year", strconv.Itoa(e.Year)), sign(")"), court, sign(e.Type)),
		flow.Row(8, serial, sign("号"))).Padded(20, 20).On(panel.Card)
}

// types are the common case types, and what leads to the others.
func types(f view.Frame, e view.Entry) flow.Node {
	var list []flow.Node
	for _, t := range view.CommonTypes {
		list = append(list, chip(key(view.PickType, t), panel.Body, t, t == e.Type))
	}
	words := say(f, "case.more")
	if e.More {
		words = say(f, "case.less")
	}
	return flow.Grid(6, 16, append(list, chip(key(view.MoreTypes), panel.Body, words, false))...)
}

// chip is one of several to choose from.
func chip(key string, role panel.Role, words string, on bool) flow.Node {
	face, ink := panel.Chip, style.Ink
	if on {
		face, ink = panel.ChipOn, style.White
	}
	return button(key, face, flow.Show(panel.Words(role, words).In(ink).Middle()))
}

func otherTypes(e view.Entry) flow.Node {
	var list []flow.Node
	for _, t := range view.OtherTypes {
		list = append(list, choice(key(view.PickType, t), t == e.Type, panel.Words(panel.Body, t)))
	}
	return flow.Grid(4, 16, list...).Or(1, flow.Grid(6, 16, list...))
}

func years(e view.Entry) flow.Node {
	var list []flow.Node
	for _, y := range e.Years {
		year := strconv.Itoa(y)
		list = append(list, choice(key(view.PickPart, year), y == e.Year, panel.Words(panel.Call, year)))
	}
	return flow.Grid(2, 20, list...)
}

func courts(f view.Frame, e view.Entry) flow.Node {
	var list []flow.Node
	for _, code := range e.Courts {
		name, paper, _ := strings.Cut(f.CourtName(code), "\n")
		words := []panel.Text{panel.Words(panel.Heading, code), panel.Words(panel.Secondary, name)}
		if paper != "" {
			words = append(words, panel.Words(panel.Smallest, paper))
		}
		list = append(list, choice(key(view.PickPart, code), code == e.Court, words...))
	}
	return flow.Grid(2, 20, list...)
}

// choice is a key with words below one another.
func choice(key string, on bool, lines ...panel.Text) flow.Node {
	face, ink := panel.Key, style.Ink
	if on {
		face, ink = panel.ChipOn, style.White
		face.Radius = panel.Key.Radius
	}
	words := flow.Column(0).Weighs(1)
	for i, t := range lines {
		line := flow.Show(t.In(ink).Middle())
		switch {
		case i == 1 && len(lines) > 2: // a name that may be long
			t.Role = panel.Smallest
			line = line.Or(1, flow.Show(t.In(ink).Middle()))
		case i > 1: // small beside the others
			line = line.Spared(2)
		}
		words.Nodes = append(words.Nodes, line)
	}
	face.High = 148
	n := flow.Row(0, words).Padded(8, 4).On(face)
	n.Key = key
	return n
}
