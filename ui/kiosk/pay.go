package kiosk

import (
	"fmt"

	"courtkiosk/ui/flow"
	"courtkiosk/ui/panel"
	"courtkiosk/ui/style"
	"courtkiosk/ui/view"
)

// pay is one sheet from who gets the money to the three steps on the phone. Nothing lies where the last page's primary
// button lay, and "cancel" is small and to the left.
func pay(f view.Frame, v view.Pay) flow.Page {
	who := flow.Column(0, flow.Show(panel.Words(panel.Secondary, say(f, "pay.to")).In(style.Muted)),
		flow.Show(panel.Words(panel.Heading, v.Payee)))
	top := flow.Column(4,
		flow.Row(24, who.Weighs(1), flow.Show(panel.Amount{Value: v.Amount, Size: 88, Color: style.Seal, Align: trailing})),
		flow.Show(panel.Words(panel.Secondary, v.Case).In(style.Muted)).Spared(2))
	scan := panel.Words(panel.Call, say(f, "pay.scan")).Middle()
	scan.Role.Bold, scan.Accent = false, style.WeChat
	code := flow.Row(0, flow.Space(), flow.Show(panel.QR{Content: v.QR, Side: 640, Least: qrLeast(f), Marks: true}),
		flow.Space())
	steps := flow.Row(12, step(f, 1), step(f, 2), step(f, 3))
	if v.Help {
		steps.Spare = 1
	}
	sheet := flow.Column(20, top, flow.Show(panel.Rule{}), code, flow.Show(scan), flow.Show(panel.Rule{}).Spared(2),
		steps.Spared(2)).Padded(48, 32).On(panel.Card)
	cancel := call(view.Cancel, panel.Outline, "", say(f, "pay.cancel")).Weighs(1)
	others := flow.Row(20, flow.Show(panel.Icon{Name: "cash", Size: 44, Color: style.Navy}),
		flow.Show(panel.Words(panel.Secondary, say(f, "pay.other"))).Weighs(1)).Weighs(1.8).Padded(12, 0)
	actions := []flow.Node{cancel, others}
	if v.Demo {
		actions[1] = call(view.DemoPay, panel.Strip, "", say(f, "pay.demo")).Weighs(1.8)
	}
	p := flow.Page{Main: []flow.Node{sheet}, Side: []flow.Node{waits(v)}, Actions: actions, Split: 0.62}
	if v.Help {
		p.Side = append(p.Side, beside(f))
	}
	return p
}

// qrLeast is what a phone reads from an arm's length, in design units.
func qrLeast(view.Frame) float32 { return 504 }

// step is one of the three things to do on the phone.
func step(f view.Frame, n int) flow.Node {
	number := flow.Row(0, flow.Show(panel.Words(panel.Role{Size: 28, Bold: true}, itoa(n)).Middle().Single())).
		Padded(18, 6).On(panel.Dot)
	return flow.Row(16, number, flow.Show(panel.Words(panel.Secondary, say(f, "pay.step."+itoa(n)))).Weighs(1)).Weighs(1)
}

// waits says how the payment stands, and how long the code is good for.
func waits(v view.Pay) flow.Node {
	face, ink, icon := panel.Strip, style.Ink, "clock"
	if !v.Calm {
		face, ink, icon = panel.Warn, style.Bronze, "alert"
	}
	left := panel.Words(panel.Call, fmt.Sprintf("%d:%02d", v.Left/60, v.Left%60)).Trailing().Single()
	line := flow.Row(20, flow.Show(panel.Icon{Name: icon, Size: 44, Color: ink}),
		flow.Column(0, flow.Show(panel.Words(panel.Strong, v.State).In(ink)),
			flow.Show(panel.Words(panel.Secondary, v.Note).In(style.Muted))).Weighs(1),
		flow.Show(left))
	return flow.Column(14, line, flow.Show(panel.Gauge{Left: v.Left, Total: v.Total})).Padded(32, 18).On(face)
}
