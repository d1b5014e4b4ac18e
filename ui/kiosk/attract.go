package kiosk

import (
	"cmp"
	"image/color"
	"slices"
	"strings"

	"courtkiosk/app/message"
	"courtkiosk/ui/flow"
	"courtkiosk/ui/panel"
	"courtkiosk/ui/style"
	"courtkiosk/ui/view"
)

// anywhere is the argument of a key that covers the whole panel.
const anywhere = "anywhere"

// attract is what the panel shows while nobody is there, in both languages. Wherever it is touched it leads home.
func attract(f view.Frame, v view.Attract) flow.Page {
	name := panel.Words(panel.Result, cmp.Or(f.Paper.Court, f.Court)).In(style.White).Middle()
	who := flow.Column(28, flow.Space(),
		flow.Row(0, flow.Space(), flow.Show(panel.Emblem{Size: 256}), flow.Space()).
			Or(2, flow.Row(0, flow.Space(), flow.Show(panel.Emblem{Size: 144}).Spared(1), flow.Space())),
		flow.Column(8, sized(name, 72, 56).When(flow.Standing), sized(name, 56, 48).When(flow.Lying),
			english(f.English.Court, panel.Body)),
		flow.Show(panel.Words(panel.Body, both(" · ", "attract.sub")).In(style.Pale).Middle()).Spared(3),
		flow.Row(16, service("qr", "home.pay"), service("find", "attract.find"), service("calc", "home.calc")).
			Padded(0, 28), flow.Space()).Weighs(1).Growing(1)
	call := []flow.Node{begin().Padded(72, 0).When(flow.Standing), begin().When(flow.Lying), board(v)}
	if f.Low {
		slices.Reverse(call)
	}
	rest := flow.Column(flow.Gap, slices.Concat([]flow.Node{flow.Space()}, call, []flow.Node{flow.Space()})...).
		Weighs(1).Growing(1)
	middle := flow.Column(16, who, rest).Growing(1)
	middle.Axis = flow.Turn
	middle.Gap = flow.Gap

	day := flow.Show(panel.Words(panel.Body, view.Day(f.Lang, f.Now)).In(style.Pale).Single())
	clock := flow.Show(panel.Words(panel.Call, view.Clock(f.Now)).In(style.White).Trailing().Single())
	hotline := panel.Words(panel.Secondary, both(" · ", "attract.hotline")+"　**"+f.Hotline+"**").In(style.Pale)
	number := both(" · ", "foot.kiosk", "kiosk", f.Kiosk)
	kiosk := panel.Words(panel.Secondary, number).In(style.Pale).Trailing().Single()
	all := flow.Column(24, flow.Row(24, day, flow.Space(), clock), middle, lights(v),
		flow.Show(panel.Rule{Color: style.Dim}),
		flow.Row(24, flow.Show(hotline).Weighs(1), flow.Show(kiosk))).Padded(flow.Margin, 48).On(panel.Plain)
	all.Key = key(view.GoHome, anywhere)
	over := flow.Column(0, all.Growing(1)).On(panel.Night{X: 0.5, Y: 0.25})
	return flow.Page{Over: &over}
}

// both is a text in both languages.
func both(between, id string, pairs ...string) string {
	return message.Text(message.Chinese, id, pairs...) + between + message.Text(message.English, id, pairs...)
}

// english is what the court has said in English, if it has.
func english(said string, role panel.Role) flow.Node {
	if said == "" {
		return flow.Column(0)
	}
	return flow.Show(panel.Words(role, said).In(style.Pale).Middle()).Spared(2)
}

// twice is a text in Chinese, and below it in English.
func twice(id string, zh, en panel.Role, ink color.NRGBA) flow.Node {
	return flow.Column(0, flow.Show(panel.Words(zh, message.Text(message.Chinese, id)).In(ink).Middle()),
		flow.Show(panel.Words(en, message.Text(message.English, id)).In(style.Pale).Middle()))
}

func service(icon, id string) flow.Node {
	return flow.Column(8, flow.Row(0, flow.Space(), flow.Show(panel.Icon{Name: icon, Size: 80, Color: style.Gold}),
		flow.Space()).Spared(2), twice(id, panel.Heading, panel.Secondary, style.White)).Weighs(1)
}

// begin is what the panel asks for.
func begin() flow.Node {
	words := flow.Column(0, flow.Space(), sized(panel.Words(panel.Title, message.Text(message.Chinese,
		"attract.touch")).In(style.Navy).Middle(), 60, 46),
		flow.Show(panel.Words(panel.Body, message.Text(message.English, "attract.touch")).In(style.Muted).Middle()),
		flow.Space()).Padded(48, 24).On(panel.Begin)
	words.Key = key(view.GoHome)
	return flow.Column(0, words)
}

// board is the hours and today's notices.
func board(v view.Attract) flow.Node {
	card := flow.Column(20)
	line := func(icon, id string, words ...string) {
		said := flow.Column(8).Weighs(1)
		for _, w := range words {
			if zh, en, both := strings.Cut(w, "\n"); zh != "" {
				said.Nodes = append(said.Nodes, flow.Show(panel.Words(panel.Strong, zh).In(style.White)))
				if both {
					said.Nodes = append(said.Nodes, flow.Show(panel.Words(panel.Smallest, en).In(style.Pale)).Spared(2))
				}
			}
		}
		if len(said.Nodes) > 0 {
			label := flow.Column(0, flow.Show(panel.Words(panel.Body, message.Text(message.Chinese,
				id)).In(style.Pale).Single()), flow.Show(panel.Words(panel.Smallest, message.Text(message.English,
				id)).In(style.Pale).Single()))
			card.Nodes = append(card.Nodes, flow.Row(24, flow.Show(panel.Icon{Name: icon, Size: 44, Color: style.Gold}),
				label.Spared(2), said))
		}
	}
	line("clock", "attract.hours", v.Hours[:]...)
	line("bell", "attract.notice", v.Notices...)
	if len(card.Nodes) == 0 {
		return flow.Space()
	}
	return card.Padded(40, 32).On(panel.Slate)
}

// lights say how payment, printing and the court's system stand, each in words beside its dot.
func lights(v view.Attract) flow.Node {
	row := flow.Row(16)
	for _, l := range v.Lights {
		dot := panel.Sign{Size: 28, Fill: style.Lit, Halo: style.Lit}
		if !l.Well {
			dot.Fill, dot.Halo = style.Gold, style.Gold
		}
		row.Nodes = append(row.Nodes, flow.Row(16, flow.Show(dot), twiceLeft(l.ID)).Weighs(1))
	}
	return row
}

func twiceLeft(id string) flow.Node {
	return flow.Column(0, flow.Show(panel.Words(panel.Secondary, message.Text(message.Chinese, id)).In(style.White)),
		flow.Show(panel.Words(panel.Smallest, message.Text(message.English, id)).In(style.Pale)).Spared(1)).Weighs(1)
}
