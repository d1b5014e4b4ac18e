package kiosk

import (
	"courtkiosk/ui/flow"
	"courtkiosk/ui/panel"
	"courtkiosk/ui/style"
	"courtkiosk/ui/view"
)

// fee is what the visitor confirms: the amount once, with its capitals beside it.
func fee(f view.Frame, v view.Fee) flow.Page {
	sum := amount(panel.Amount{Value: v.Amount, Color: style.Seal, Align: trailing}, 104, 72, 56, 46)
	label := flow.Show(panel.Words(panel.Body, say(f, "fee.total")))
	asked := flow.Column(12,
		flow.Column(0, termed(panel.Words(panel.Heading, v.Item), 2),
			flow.Show(panel.Words(panel.Secondary, v.Note).In(style.Muted)).Spared(2)),
		flow.Show(panel.Rule{}).Spared(1),
		flow.Pair(24, label, sum),
		flow.Show(panel.Words(panel.Body, v.Capitals).Trailing()).
			Or(2, flow.Show(panel.Words(panel.Role{Size: 28, Lead: 1.2}, v.Capitals).Trailing()))).
		Padded(48, 32).On(panel.Framed)
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
