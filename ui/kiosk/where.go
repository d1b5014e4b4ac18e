package kiosk

import (
	"courtkiosk/ui/flow"
	"courtkiosk/ui/panel"
	"courtkiosk/ui/style"
	"courtkiosk/ui/view"
)

// where is how far a payment is: what is known of it in one sentence, and below it what followed, with its days.
func where(f view.Frame, v view.Where) flow.Page {
	card := flow.Column(24, flow.Row(28, flow.Show(signs[v.Mood].Small()).Spared(1),
		flow.Show(panel.Words(mustRead, v.State)).Weighs(1)))
	for _, fact := range v.Facts {
		card.Nodes = append(card.Nodes, flow.Show(panel.Rule{}), followed(fact))
	}
	p := flow.Page{
		Main: []flow.Node{titled(say(f, "where.title"), v.Number), card.Padded(48, 40).On(panel.Card)},
		Actions: []flow.Node{second(view.Back, "back", say(f, "back")),
			primary(view.Reprint, panel.Neutral, "printer", say(f, "proof.go"))},
	}
	if !v.Print {
		p.Actions = []flow.Node{second(view.Back, "back", say(f, "back")), flow.Space().Weighs(1.8)}
	}
	return p
}

// followed is one thing that follows from a payment: what is not known yet is fainter.
func followed(fact view.Fact) flow.Node {
	ink := style.Ink
	if !fact.Known {
		ink = style.Muted
	}
	return flow.Row(24, flow.Show(panel.Words(panel.Body, fact.Label).In(style.Muted)),
		flow.Show(panel.Words(panel.Body, fact.Value).In(ink).Trailing()).Weighs(1))
}
