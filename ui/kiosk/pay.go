package kiosk

import (
	"fmt"

	"courtkiosk/ui/flow"
	"courtkiosk/ui/panel"
	"courtkiosk/ui/style"
	"courtkiosk/ui/view"
)

// pay is one sheet from who gets the money to the three steps on the phone; on a lying panel the code has a side of its
// own. Nothing lies where the last page's primary button lay, and "cancel" is small and to the left.
func pay(f view.Frame, v view.Pay) flow.Page {
	payee := term(panel.Words(panel.Heading, v.Payee), 0) // the phone says it in Chinese
	small := panel.Words(panel.Role{Size: 31, Bold: true, Lead: 1.1}, v.Payee)
	who := flow.Column(0, flow.Show(panel.Words(panel.Secondary, say(f, "pay.to")).In(style.Muted)).Spared(1),
		payee.Or(2, term(small, 0)))
	sum := amount(panel.Amount{Value: v.Amount, Color: style.Seal, Align: trailing}, 88, 72, 56)
	number := flow.Show(panel.Words(panel.Secondary, v.Case).In(style.Muted)).Spared(3)
	top := flow.Column(4, flow.Row(24, who.Weighs(1), sum), number)
	sum.Item = panel.Amount{Value: v.Amount, Color: style.Seal, Size: 88}
	beside := flow.Column(8, who, sum, number).Padded(40, 28).On(panel.Card).When(flow.Lying)
	scan := panel.Words(panel.Role{Size: 46, Lead: 1.2}, say(f, "pay.scan")).Middle()
	scan.Accent = style.WeChat
	code := panel.QR{Content: v.QR, Side: 668, Least: 544, Pixels: 400, Marks: true}
	if v.Demo { // what plays the payer needs room
		code.Least, code.Pixels = 440, 300
	}
	plain := code
	plain.Marks = false
	steps := flow.Row(12, step(f, 1), step(f, 2), step(f, 3)).Spared(2)
	if v.Help { // the code and its time stay to be seen, and what else has room
		steps.Spare, top.Spare = 3, 1
	}
	sheet := flow.Column(20, top.When(flow.Standing), flow.Show(panel.Rule{}).When(flow.Standing),
		flow.Row(0, flow.Space(), flow.Show(code).Or(1, flow.Show(plain)), flow.Space()), flow.Show(scan).Spared(1),
		flow.Show(panel.Rule{}).Spared(2), steps).Padded(48, 32).On(panel.Card)
	p := flow.Page{Main: []flow.Node{sheet}, Side: []flow.Node{beside, waits(f, v)}, Actions: payActions(f),
		Split: 0.56}
	if v.Help {
		p.Side = []flow.Node{beside.Spared(1), waits(f, v), payHelp(f)}
	}
	if v.Demo {
		p.Side = append(p.Side, call(view.DemoPay, panel.Less, "", say(f, "pay.demo")))
	}
	return p
}

func payActions(f view.Frame) []flow.Node {
	return []flow.Node{call(view.Cancel, panel.Outline, "", say(f, "pay.cancel")).Weighs(1),
		flow.Row(20, flow.Show(panel.Icon{Name: "cash", Size: 44, Color: style.Navy}).Spared(1),
			flow.Show(panel.Words(panel.Secondary, say(f, "pay.other"))).Weighs(1).
				Or(1, flow.Show(panel.Words(panel.Smallest, say(f, "pay.other"))).Weighs(1))).Weighs(1.8).Padded(12, 0)}
}

// step is one of the three things to do on the phone.
func step(f view.Frame, n int) flow.Node {
	number := flow.Row(0, flow.Show(panel.Words(panel.Role{Size: 28, Bold: true}, itoa(n)).Middle().Single())).
		Padded(18, 6).On(panel.Dot)
	return flow.Row(16, number, flow.Show(panel.Words(panel.Secondary,
		say(f, "pay.step."+itoa(n)))).Weighs(1)).Weighs(1)
}

// waits says how the payment stands, and how long the code is good for.
func waits(f view.Frame, v view.Pay) flow.Node {
	face, ink, icon := panel.Strip, style.Ink, "clock"
	if !v.Calm {
		face, ink, icon = panel.Warn, style.Bronze, "alert"
	}
	left := panel.Words(panel.Call, fmt.Sprintf("%d:%02d", v.Left/60, v.Left%60)).Trailing().Single()
	state := sized(panel.Words(panel.Strong, v.State).In(ink), panel.Strong.Size, panel.Smallest.Size)
	note := flow.Show(panel.Words(panel.Secondary, v.Note).In(style.Muted)).Spared(1)
	if !v.Calm { // without room who may have paid is told that, and not what the network does
		state, note = state.Spared(2), flow.Show(panel.Words(panel.Secondary, v.Note).In(ink)).
			Or(2, flow.Show(panel.Words(panel.Smallest, say(f, "pay.offline.short")).In(ink)))
	}
	line := flow.Row(20, flow.Show(panel.Icon{Name: icon, Size: 44, Color: ink}), flow.Column(0, state, note).Weighs(1),
		flow.Show(left))
	bar, room := flow.Show(panel.Gauge{Left: v.Left, Total: v.Total}), float32(18)
	if !v.Calm {
		bar, room = bar.Spared(3), 6
	}
	return flow.Column(14, line, bar).Padded(32, room).On(face)
}
