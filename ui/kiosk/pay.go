package kiosk

import (
	"courtkiosk/ui/flow"
	"courtkiosk/ui/panel"
	"courtkiosk/ui/style"
	"courtkiosk/ui/view"
)

// pay is one sheet from who gets the money to the three steps on the phone; on a lying panel the code has a side of its
// own. Who gets how much is never spared: it is what the payer compares with the phone. Nothing lies where the last
// page's primary button lay, and "cancel" is small and to the left.
func pay(f view.Frame, v view.Pay) flow.Page {
	payee := term(panel.Words(panel.Heading, v.Payee), 0) // the phone says it in Chinese
	small := panel.Words(panel.Role{Size: 31, Bold: true, Lead: 1.1}, v.Payee)
	who := flow.Column(0, flow.Show(panel.Words(panel.Secondary, say(f, "pay.to")).In(style.Muted)).Spared(1),
		payee.Or(3, term(small, 0)))
	sum := panel.Amount{Value: v.Amount, Color: style.Seal}
	number := flow.Show(panel.Words(panel.Secondary, v.Case).In(style.Muted)).Spared(3)
	beside := flow.Column(8, who, amount(sum, 88, 72, 56, 46), number).Padded(40, 28).On(panel.Card)
	sum.Align = trailing
	top := flow.Column(4, flow.Row(24, who.Weighs(1), amount(sum, 88, 72, 56, 46)), number)
	scan := func(size float32) flow.Node {
		t := panel.Words(panel.Role{Size: size, Lead: 1.2}, say(f, "pay.scan")).Middle()
		t.Accent = style.WeChat
		return flow.Show(t)
	}
	code := panel.QR{Content: v.QR, Side: 668, Least: 544, Pixels: 400, Marks: true}
	if v.Demo { // what plays the payer needs room
		code.Least, code.Pixels = 440, 300
	}
	plain := code
	plain.Marks = false
	steps := flow.Row(12, step(f, 1), flow.Space(), step(f, 2), flow.Space(), step(f, 3)).Spared(2)
	if v.Help { // what helps has their room; 372 pixels show a code of 37 modules as large as 400 do
		steps.Spare, code.Pixels, plain.Pixels = 4, 372, 372
	}
	sheet := flow.Column(20, top.When(flow.Standing), flow.Show(panel.Rule{}).When(flow.Standing).Spared(2),
		flow.Row(0, flow.Space(), flow.Show(code).Or(2, flow.Show(plain)), flow.Space()),
		scan(46).Or(3, scan(34).Or(1, scan(28))),
		flow.Column(20, flow.Show(panel.Rule{}), steps).Spared(steps.Spare).When(flow.Standing)).
		Padded(48, 32).On(panel.Card)
	list := flow.Column(12, step(f, 1), step(f, 2), step(f, 3)).Or(2, steps.Spared(1)).When(flow.Lying)
	if v.Help {
		list = payHelp(f)
	}
	p := flow.Page{Main: []flow.Node{sheet}, Side: []flow.Node{beside.When(flow.Lying), waits(f, v), list},
		Actions: payActions(f), Split: 0.56}
	if v.Demo {
		p.Side = append(p.Side, call(view.DemoPay, panel.Less, "", say(f, "pay.demo")))
	}
	return p
}

func payActions(f view.Frame) []flow.Node {
	return []flow.Node{call(view.Cancel, panel.Outline, "", say(f, "pay.cancel")).Weighs(1),
		flow.Row(20, flow.Show(panel.Icon{Name: "cash", Size: 44, Color: style.Navy}).Spared(1),
			flow.Show(panel.Words(panel.Secondary, say(f, "pay.other"))).Weighs(1).
				Or(1, flow.Show(panel.Words(panel.Smallest, say(f, "pay.other"))))).Weighs(1.8).Padded(12, 0)}
}

// step is one of the three things to do on the phone.
func step(f view.Frame, n int) flow.Node {
	number := flow.Row(0, flow.Show(panel.Words(panel.Role{Size: 28, Bold: true}, itoa(n)).Middle().Single())).
		Padded(18, 6).On(panel.Dot)
	return flow.Row(16, number, flow.Show(panel.Words(panel.Secondary,
		say(f, "pay.step."+itoa(n)))).Weighs(1))
}

// waits says how the payment stands, and how long the code is good for.
func waits(f view.Frame, v view.Pay) flow.Node {
	face, ink, icon := panel.Strip, style.Ink, "clock"
	if !v.Calm {
		face, ink, icon = panel.Warn, style.Bronze, "alert"
	}
	short := panel.Role{Size: panel.Smallest.Size, Bold: true}
	state := flow.Show(panel.Words(panel.Strong, v.State).In(ink)).Or(3, flow.Show(panel.Words(short, v.State).In(ink)))
	said := flow.Show(panel.Words(panel.Secondary, v.Note).In(style.Muted))
	note := flow.Column(0, said.Spared(1).When(flow.Standing), said.Spared(3).When(flow.Lying))
	if v.Help {
		note = said.Spared(3)
	}
	if !v.Calm { // without room who may have paid is told that, and not what the network does
		state, note = state.Spared(2), flow.Show(panel.Words(panel.Secondary, v.Note).In(ink)).
			Or(2, flow.Show(panel.Words(panel.Smallest, say(f, "pay.offline.short")).In(ink)))
	}
	line := flow.Row(20, flow.Show(panel.Icon{Name: icon, Size: 44, Color: ink}), flow.Column(0, state, note).Weighs(1),
		flow.Show(panel.Countdown{Left: v.Left, Role: panel.Call}))
	bar, room := flow.Show(panel.Gauge{Left: v.Left, Total: v.Total}), float32(18)
	switch {
	case !v.Calm:
		bar, room = bar.Spared(3), 6
	case v.Help:
		bar, room = bar.Spared(2), 6
	}
	return flow.Column(14, line, bar).Padded(32, room).On(face)
}
