package kiosk

import (
	"courtkiosk/ui/flow"
	"courtkiosk/ui/panel"
	"courtkiosk/ui/style"
	"courtkiosk/ui/view"
)

// calc estimates a fee. What it says is no bill, and it says so.
func calc(f view.Frame, v view.Calc) flow.Page {
	title := titled(say(f, "calc.title"), "")
	title.Nodes[1] = flow.Show(panel.Words(panel.Secondary, say(f, "calc.sub")).In(style.Muted)).Spared(2)
	var kinds, narrow []flow.Node
	for _, k := range v.Kinds {
		kind := chip(key(view.PickKind, k.Label), panel.Secondary, k.Value, k.Label == v.Kind)
		kinds = append(kinds, kind.Padded(8, 8))
		narrow = append(narrow, kinds[len(kinds)-1].Padded(20, 0))
	}
	asked := []flow.Node{flow.Grid(3, 16, kinds...).Or(1, flow.Flowing(16, narrow...))}
	if v.CanHalf {
		asked = append(asked, chip(key(view.Halve), panel.Secondary, say(f, "calc.half"), v.Half))
	}
	p := flow.Page{
		Main: []flow.Node{title, flow.Column(16, asked...), sums(f, v)},
		Actions: []flow.Node{second(view.Back, "back", say(f, "back")),
			primary(view.ShowSteps, panel.Neutral, "", say(f, "calc.steps"))},
	}
	if v.Fee == "" {
		p.Actions[1].Key, p.Actions[1].Ground = "", panel.Waits
	}
	if v.Priced {
		p.Side = []flow.Node{keypad(f)}
	}
	return p
}

// sums are the amount that was typed, and the fee.
func sums(f view.Frame, v view.Calc) flow.Node {
	amount := flow.Show(panel.Words(panel.Strong, say(f, "calc.percase")).In(style.Muted).Trailing()).Weighs(1)
	if v.Priced {
		amount = flow.Row(0, flow.Space(), flow.Show(panel.Typed{Value: v.Amount, Role: number, Caret: true})).Weighs(1)
	}
	sum := v.Fee
	if sum == "" {
		sum = "—"
	}
	return flow.Column(12,
		flow.Row(24, flow.Show(panel.Words(panel.Body, say(f, "calc.amount")).In(style.Muted)), amount),
		flow.Show(panel.Rule{}),
		flow.Row(24, flow.Show(panel.Words(panel.Body, say(f, "calc.fee"))),
			flow.Show(panel.Words(panel.Call, sum).Trailing()).Weighs(1))).
		Padded(40, 20).On(panel.Card)
}

// calcSteps says how a fee is computed.
func calcSteps(f view.Frame, v view.CalcSteps) flow.Page {
	hint := hint("", "info", say(f, "calc.notice"))
	if v.Slip != "" {
		hint = flow.Show(panel.Words(panel.Strong, v.Slip))
	}
	hint.Spare = 0
	title := titled(v.Title, say(f, "calc.law", "law", v.Law, "article", v.Article))
	title.Nodes[1].Spare = 1
	return flow.Page{
		Main: []flow.Node{title, stepRows(f, v.Rows, v.Fee).Or(2, stepRows(f, v.Folded, v.Fee))},
		Side: []flow.Node{hint},
		Actions: []flow.Node{second(view.Back, "back", say(f, "back")),
			primary(view.PrintSlip, panel.Neutral, "printer", say(f, "calc.print"))},
	}
}

// stepRows are the steps, and the fee that they make.
func stepRows(f view.Frame, list []view.Row, sum string) flow.Node {
	rows := flow.Column(6).Padded(40, 20).On(panel.Card)
	for _, r := range list {
		rows.Nodes = append(rows.Nodes, flow.Row(24, flow.Show(panel.Words(panel.Secondary, r.Label)).Weighs(1),
			flow.Show(panel.Words(panel.Role{Size: panel.Secondary.Size, Bold: true}, r.Value).Trailing().Single())).
			Padded(0, 6), flow.Show(panel.Rule{}))
	}
	rows.Nodes = append(rows.Nodes, flow.Row(24, flow.Show(panel.Words(panel.Body, say(f, "calc.fee"))),
		flow.Show(panel.Words(panel.Call, sum).Trailing()).Weighs(1)).Padded(0, 10))
	return rows
}
