package kiosk

import (
	"courtkiosk/ui/flow"
	"courtkiosk/ui/panel"
	"courtkiosk/ui/style"
	"courtkiosk/ui/view"
)

// proofDigits is how many digits prove a payment.
const proofDigits = 6

// find asks for the last digits of WeChat's number, and shows where they are on the phone.
func find(f view.Frame, v view.Proof) flow.Page {
	where := flow.Column(12, flow.Show(panel.Words(panel.Heading, say(f, "proof.ask"))),
		flow.Show(panel.Words(panel.Secondary, say(f, "proof.where"))).Spared(1))
	card := flow.Row(40, phone(f).Spared(2), where.Weighs(1)).Padded(40, 24).On(panel.Card)
	title, do := "proof.title", "proof.go"
	if v.Refund {
		title, do = "proof.title.refund", "proof.go.refund"
	}
	print := primary(view.Confirm, panel.Neutral, "printer", say(f, do))
	if len(v.Digits) < proofDigits || v.Wait > 0 {
		print.Ground = panel.Waits // a touch answers, and does nothing yet
	}
	return flow.Page{
		Main: []flow.Node{
			titled(say(f, title), v.Number), card, hint(v.Wrong, "scan", say(f, "proof.scan")),
		},
		Side:    []flow.Node{flow.Column(flow.Gap, boxes(v.Digits), keypad(f)).Growing(1)},
		Actions: []flow.Node{second(view.Back, "back", say(f, "back")), print},
	}
}

// boxes are the digits that were typed, and where the next one goes.
func boxes(digits string) flow.Node {
	row := flow.Row(24, flow.Space())
	for i := range proofDigits {
		face, digit := panel.Box, panel.Typed{Room: "0", Role: panel.Role{Size: panel.Digits.Size, Bold: true}}
		switch {
		case i < len(digits):
			digit.Value = digits[i : i+1]
		case i == len(digits):
			face = panel.BoxNext
		}
		row.Nodes = append(row.Nodes, flow.Row(0, flow.Show(digit)).Padded(28, 16).On(face))
	}
	row.Nodes = append(row.Nodes, flow.Space())
	return row
}

// phone is the drawing of a bill on the phone: only the number that is asked for is spelt out.
func phone(f view.Frame) flow.Node {
	line := func() flow.Node { return flow.Column(0).On(panel.Line) }
	short := func() flow.Node { return flow.Row(0, line().Weighs(1), flow.Space()) }
	small := panel.Role{Size: 26}
	asked := panel.Words(small, "4200…1234**567890**")
	asked.Accent = style.Seal
	return flow.Column(16,
		flow.Show(panel.Words(small, say(f, "proof.phone")).In(style.Muted).Middle().Single()),
		flow.Row(24, line().Weighs(1), line().Weighs(1)),
		flow.Show(panel.Rule{}),
		flow.Column(0, flow.Show(panel.Words(small, say(f, "proof.number")).In(style.Muted).Single()),
			flow.Show(asked.Single())).Padded(16, 8).On(panel.Marked),
		short(),
		line()).Padded(20, 24).On(panel.Phone)
}
