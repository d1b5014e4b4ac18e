package kiosk

import (
	"courtkiosk/ui/flow"
	"courtkiosk/ui/panel"
	"courtkiosk/ui/style"
	"courtkiosk/ui/view"
)

// where is how far a payment is: what is known of it and what to do, then what followed, with its days.
func where(f view.Frame, v view.Where) flow.Page {
	title := titled(say(f, "where.title"), v.Number)
	if !v.Print {
		return flow.Page{Main: []flow.Node{title, stopped(v)},
			Side: []flow.Node{
				people(f).Spared(2).When(flow.Standing), beside(f).Spared(1).When(flow.Lying),
			},
			Split:   0.66,
			Actions: []flow.Node{primary(view.Back, panel.Neutral, "back", say(f, "back"))}}
	}
	p := flow.Page{
		Main: []flow.Node{title, howItStands(v)}, Side: []flow.Node{followed(v.Facts).Padded(40, 4).On(panel.Card)},
		Split: 0.46,
		Actions: []flow.Node{second(view.Back, "back", say(f, "back")),
			primary(view.Reprint, panel.Neutral, "printer", say(f, "proof.go"))},
	}
	how := "done.proof"
	if v.Shown {
		how = "where.shown"
	}
	advice := flow.Column(20, note("copy", say(f, how)), note("receipt", say(f, "where.fiscal"))).Padded(36,
		24).On(panel.Strip)
	p.Main = append(p.Main, advice.When(flow.Lying).Spared(1))
	p.Side = append(p.Side, advice.When(flow.Standing).Spared(1))
	for _, n := range request(f, v) { // below what followed, or below the sentence where that stands beside
		p.Main = append(p.Main, n.When(flow.Lying))
		p.Side = append(p.Side, n.When(flow.Standing))
	}
	return p
}

// request offers a form to ask for a refund with, and says how far that is.
func request(f view.Frame, v view.Where) (list []flow.Node) {
	if v.Slip != "" {
		list = append(list, hint("", "printer", v.Slip))
		list[0].Spare = 0
	}
	if v.Request {
		list = append(list, call(view.PrintSlip, panel.Less, "undo", say(f, "where.slip")))
	}
	return list
}

// stopped is the one card of a payment that leads to no receipt here.
func stopped(v view.Where) flow.Node {
	card := flow.Column(28, flow.Space(), flow.Row(32, flow.Show(signs[v.Mood].Small()).Spared(2),
		flow.Show(panel.Words(panel.Heading, v.State)).Weighs(1)),
		flow.Show(panel.Words(told, v.Next)).Or(1, flow.Show(panel.Words(panel.Body, v.Next))))
	if len(v.Facts) > 0 {
		rows := flow.Column(16, flow.Show(panel.Rule{}), followed(v.Facts))
		if !v.Facts[0].Known { // the sentence says as much
			rows = rows.Spared(2)
		}
		card.Nodes = append(card.Nodes, rows)
	}
	card.Nodes = append(card.Nodes, flow.Space())
	return card.Padded(48, 48).On(panel.Card).Growing(1)
}

// howItStands is how a payment that was received stands, in a sentence, and what to do.
func howItStands(v view.Where) flow.Node {
	face, ink := panel.Good, style.Green
	if v.Mood != view.Good {
		face, ink = panel.Warn, style.Bronze
	}
	words := flow.Column(10, flow.Show(panel.Words(panel.Heading, v.State).In(ink)))
	if v.Next != "" {
		words.Nodes = append(words.Nodes, flow.Show(panel.Words(panel.Body, v.Next)).
			Or(2, flow.Show(panel.Words(panel.Secondary, v.Next))))
	}
	return flow.Row(32, flow.Show(signs[v.Mood].Small()).Spared(2), words.Weighs(1)).Padded(40, 24).On(face)
}

// factIcons are the icons of what follows from a payment.
var factIcons = map[view.FactKind]string{
	view.OfPayment: "mobile", view.OfReceipt: "printer", view.OfReport: "notice", view.OfRefund: "undo",
	view.OfMatch: "keep", view.OfFiscal: "receipt",
}

// followed is what follows from a payment, a row each.
func followed(facts []view.Fact) flow.Node {
	card := flow.Column(0).Parted(panel.Rule{})
	for _, fact := range facts {
		row := follows(fact)
		switch fact.Of { // what a visitor can do without where there is no room for all
		case view.OfMatch:
			row = flow.Column(0, row).Spared(3)
		case view.OfReport:
			row = flow.Column(0, row).Spared(1)
		}
		card.Nodes = append(card.Nodes, row)
	}
	return card
}

// follows is one thing that follows from a payment: what is known is ticked, what is not known yet is fainter.
func follows(fact view.Fact) flow.Node {
	value, mark := panel.Words(panel.Strong, fact.Value), panel.Icon{Name: "tick", Size: 48, Color: style.Green}
	if !fact.Known {
		value = panel.Words(panel.Body, fact.Value).In(style.Muted)
		mark = panel.Icon{Name: "clock", Size: 48, Color: style.Muted}
	}
	if fact.Of == view.OfRefund {
		mark = panel.Icon{Name: "info", Size: 48, Color: style.Bronze}
	}
	head := func(role panel.Role) flow.Node {
		small := func(s string) panel.Text { return panel.Words(role, s).In(style.Muted) }
		return flow.Row(24, flow.Show(small(fact.Label)).Weighs(1), flow.Show(small(fact.Day).Single()))
	}
	lesser := value
	lesser.Role = panel.Secondary
	words := flow.Column(0, head(panel.Secondary).Or(1, head(panel.Smallest)),
		flow.Show(value).Or(1, flow.Show(lesser)))
	row := flow.Row(28, square(factIcons[fact.Of]).Spared(3), words.Weighs(1), flow.Show(mark).Spared(1))
	return flow.Column(0, row.Padded(0, 24)).Or(2, flow.Column(0, row))
}
