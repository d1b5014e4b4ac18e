package kiosk

import (
	"strings"

	"courtkiosk/ui/flow"
	"courtkiosk/ui/panel"
	"courtkiosk/ui/style"
	"courtkiosk/ui/view"
)

// done is a payment that WeChat has confirmed: the paper comes first, the facts second.
func done(f view.Frame, v view.Done) flow.Page {
	sign, title := panel.SignDone, say(f, "done.title")
	if v.Returned {
		sign, title = panel.SignWait, view.Returned.Words(f.Lang).Title
	}
	result := flow.Column(4, flow.Row(0, flow.Space(), flow.Show(sign), flow.Space()).Spared(2),
		flow.Show(panel.Words(panel.Result, title).Middle()),
		flow.Show(panel.Amount{Value: v.Amount, Size: 96, Align: middle}))
	hint := flow.Show(panel.Words(panel.Secondary, say(f, "done.proof")).In(style.Muted).Middle()).Spared(3)
	finish := primary(view.GoHome, panel.Neutral, "", say(f, "done.finish", "n", itoa(v.Left)))
	actions := []flow.Node{finish}
	if v.Again {
		actions = []flow.Node{second(view.Reprint, "copy", say(f, "done.again")), finish}
	}
	return flow.Page{Main: []flow.Node{result, paperwork(f, v)}, Side: []flow.Node{paid(v.Rows), hint}, Actions: actions,
		Split: 0.5}
}

// paperwork is what is known of the receipt, and its code to be photographed.
func paperwork(f view.Frame, v view.Done) flow.Node {
	face, ink := panel.Strip, style.Ink
	switch {
	case v.Trouble:
		face, ink = panel.Warn, style.Bronze
	case v.Printed:
		face, ink = panel.Good, style.Green
	}
	first, rest, more := strings.Cut(v.Print, "。") // what happened; what to do
	words := flow.Column(8, flow.Show(panel.Words(panel.Heading, first).In(ink)))
	if more {
		words.Nodes = append(words.Nodes, flow.Show(panel.Words(panel.Body, rest)))
	}
	words.Nodes = append(words.Nodes, flow.Show(panel.Words(panel.Secondary, say(f, "done.fiscal"))).Spared(2))
	row := flow.Row(32, words.Weighs(1))
	if v.Code == "" {
		row.Nodes = append([]flow.Node{flow.Show(panel.Icon{Name: "receipt", Size: 128, Color: ink})}, row.Nodes...)
		return row.Padded(40, 28).On(face)
	}
	words.Nodes = append(words.Nodes, flow.Show(panel.Words(panel.Secondary, say(f, "done.code"))))
	row.Nodes = []flow.Node{words.Weighs(1), flow.Show(panel.QR{Content: v.Code, Side: 340, Least: 320})}
	return row.Padded(40, 24).On(face)
}

// paid is facts; the last six digits of WeChat's number, which a reprint asks for, are marked.
func paid(rows []view.Row) flow.Node {
	marked := make([]view.Row, len(rows))
	for i, r := range rows {
		marked[i] = r
		if digits := strings.ReplaceAll(r.Value, " ", ""); len(digits) == 28 && strings.Trim(digits, "0123456789") == "" {
			at := len(r.Value)
			for n := 0; n < proofDigits; at-- {
				if r.Value[at-1] != ' ' {
					n++
				}
			}
			marked[i].Value = r.Value[:at] + "**" + r.Value[at:] + "**"
		}
	}
	return facts(marked)
}
