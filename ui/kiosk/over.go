package kiosk

import (
	"courtkiosk/ui/flow"
	"courtkiosk/ui/panel"
	"courtkiosk/ui/style"
	"courtkiosk/ui/view"
)

// asked lies over the page when nobody has touched it for long. Wherever it is touched, somebody is there.
func asked(f view.Frame) flow.Node {
	card := flow.Column(32, flow.Show(panel.Words(panel.Title, say(f, "idle.title")).Middle()),
		flow.Show(panel.Words(panel.Body, say(f, "idle.text", "n", itoa(f.IdleLeft))).In(style.Muted).Middle()),
		call(view.Stay, panel.Neutral, "", say(f, "continue"))).Padded(64, 64).On(panel.Card)
	middle := flow.Row(0, flow.Space().Weighs(1), card.Weighs(8), flow.Space().Weighs(1))
	n := flow.Column(0, flow.Space(), middle, flow.Space()).On(panel.Shade)
	n.Key = key(view.Stay, anywhere)
	return n
}
