package kiosk

import (
	"courtkiosk/ui/flow"
	"courtkiosk/ui/panel"
	"courtkiosk/ui/style"
	"courtkiosk/ui/view"
)

// fee is what the visitor confirms: the amount once, with its capitals beside it.
func fee(f view.Frame, v view.Fee) flow.Page {
	sum := flow.Column(8,
		amount(panel.Amount{Value: v.Amount, Color: style.Seal, Align: trailing}, 104, 72, 52, 32),
		flow.Show(panel.Words(panel.Body, v.Capitals).Trailing()))
	asked := flow.Column(24,
		flow.Column(0, flow.Show(panel.Words(panel.Heading, v.Item)),
			flow.Show(panel.Words(panel.Secondary, v.Note).In(style.Muted)).Spared(2)),
		flow.Show(panel.Rule{}).Spared(1),
		flow.Row(24, flow.Show(panel.Words(panel.Body, say(f, "fee.total"))), sum.Weighs(1)).
			Or(3, flow.Column(0, flow.Show(panel.Words(panel.Body, say(f, "fee.total"))), sum))).
		Padded(48, 36).On(panel.Framed)
	hint := flow.Show(panel.Words(panel.Secondary, say(f, "fee.relief")).In(style.Muted)).Spared(1)
	for _, warning := range []string{v.Printer, v.Changed} { // the amount is more than paper
		if warning != "" {
			hint = flow.Show(panel.Words(panel.Strong, warning).In(style.Seal))
		}
	}
	rows := facts(v.Rows)
	rows.Nodes[len(v.Rows)-1].Spare = 1 // the header says it too
	return flow.Page{
		Main: []flow.Node{flow.Show(panel.Words(panel.Title, say(f, "fee.title"))).Spared(1), rows},
		Side: []flow.Node{asked, hint},
		Actions: []flow.Node{second(view.Back, "", say(f, "fee.not-mine")),
			primary(view.Confirm, panel.Primary, "", say(f, "fee.go"))},
		Split: 0.54,
	}
}
