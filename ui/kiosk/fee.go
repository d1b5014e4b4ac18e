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
		flow.Show(panel.Amount{Value: v.Amount, Size: 104, Color: style.Seal, Align: trailing}),
		flow.Show(panel.Words(panel.Body, v.Capitals).Trailing()))
	asked := flow.Column(24,
		flow.Column(0, flow.Show(panel.Words(panel.Heading, v.Item)),
			flow.Show(panel.Words(panel.Secondary, v.Note).In(style.Muted))),
		flow.Show(panel.Rule{}),
		flow.Row(24, flow.Show(panel.Words(panel.Body, say(f, "fee.total"))), sum.Weighs(1))).
		Padded(48, 36).On(panel.Framed)
	hint := panel.Words(panel.Secondary, say(f, "fee.relief")).In(style.Muted)
	for _, warning := range []string{v.Printer, v.Changed} { // the amount is more than paper
		if warning != "" {
			hint = panel.Words(panel.Strong, warning).In(style.Seal)
		}
	}
	return flow.Page{
		Main: []flow.Node{flow.Show(panel.Words(panel.Title, say(f, "fee.title"))), facts(v.Rows)},
		Side: []flow.Node{asked, flow.Show(hint)},
		Actions: []flow.Node{second(view.Back, "", say(f, "fee.not-mine")),
			primary(view.Confirm, panel.Primary, "", say(f, "fee.go"))},
	}
}
