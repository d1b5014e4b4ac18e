package kiosk

import (
	"strconv"

	"courtkiosk/ui/flow"
	"courtkiosk/ui/panel"
	"courtkiosk/ui/style"
	"courtkiosk/ui/view"
)

// bills is the list of what a case owes; what is settled stands below, and cannot be touched.
func bills(f view.Frame, v view.Bills) flow.Page {
	list := flow.Column(20)
	for i, c := range v.Choices {
		list.Nodes = append(list.Nodes, billRow(f, key(view.PickBill, strconv.Itoa(i)), c))
	}
	next := flow.Space().Weighs(1.8)
	if v.More {
		next = primary(view.NextPage, panel.Neutral, "forward", say(f, "bills.more"))
	}
	title, pick := "bills.title", hint("", "info", say(f, "bills.sub"))
	if v.Finding {
		title, pick = "bills.found", hint("", "info", say(f, "bills.find"))
	}
	return flow.Page{
		Main:    []flow.Node{titled(say(f, title, "n", strconv.Itoa(v.Count)), v.Case), list},
		Side:    []flow.Node{pick.Spared(1)},
		Actions: []flow.Node{second(view.Back, "back", say(f, "back")), next},
	}
}

func billRow(f view.Frame, key string, c view.Choice) flow.Node {
	face, ink := panel.Tile, style.Ink
	if !c.Open {
		face, ink = panel.Flat, style.Muted
	}
	face.Least = panel.Flat.Least
	note := panel.Words(panel.Secondary, c.Note).In(style.Muted)
	state := panel.Words(panel.Secondary, c.State).In(style.Muted)
	switch {
	case c.State == say(f, "state.paid"):
		state = state.In(style.Green)
	case c.Open:
		state = state.In(style.Bronze)
	}
	title := term(panel.Words(panel.Heading, c.Title).In(ink), 3).
		Or(2, term(panel.Words(panel.Role{Size: 31, Bold: true, Lead: 1.15}, c.Title).In(ink), 3))
	words := flow.Column(0, title, flow.Show(note).Spared(3)).Weighs(1)
	sum := flow.Show(panel.Amount{Value: c.Amount, Size: panel.Call.Size, Color: ink, Align: trailing})
	if c.State != "" { // where both have no room, how the bill stands is what matters
		stands := flow.Show(state.Trailing().Single())
		sum = flow.Column(0, sum, stands).Or(2, stands)
	}
	row := flow.Row(24, words, sum)
	if c.Open {
		row.Nodes = append(row.Nodes, flow.Show(panel.Icon{Name: "next", Size: 44, Color: style.Muted}))
		row.Key = key
	}
	return row.Padded(36, 20).On(face)
}
