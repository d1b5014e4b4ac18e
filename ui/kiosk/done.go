package kiosk

import (
	"strings"

	"courtkiosk/ui/flow"
	"courtkiosk/ui/panel"
	"courtkiosk/ui/style"
	"courtkiosk/ui/view"
)

// done is a payment that WeChat has confirmed: the paper comes first, the facts second.
func done(f view.Frame, v view.Done) flow.Page {
	sign, title := panel.SignDone, say(f, "done.title")
	if v.Returned {
		sign, title = panel.SignWait, view.Returned.Words(f.Lang).Title
	}
	result := flow.Column(4, flow.Row(0, flow.Space(), flow.Show(sign), flow.Space()).Spared(2),
		sized(panel.Words(panel.Result, title).Middle(), 72, 56, 46),
		amount(panel.Amount{Value: v.Amount, Align: middle}, 96, 72, 56))
	hint := flow.Show(panel.Words(panel.Secondary, say(f, "done.proof")).In(style.Muted).Middle()).Spared(3)
	finish := primary(view.GoHome, panel.Neutral, "", say(f, "done.finish"))
	words := finish.Nodes[1]
	words.Nodes = append(words.Nodes, flow.Show(panel.Words(panel.Secondary, say(f, "done.left", "n", itoa(v.Left))).
		In(style.White)).Spared(3))
	finish.Nodes[1] = words
	actions := []flow.Node{finish}
	if v.Again {
		actions = []flow.Node{second(view.Reprint, "copy", say(f, "done.again")), finish}
	}
	paper, rows := paperwork(f, v), paid(v.Rows)
	return flow.Page{Main: []flow.Node{result, paper}, Side: []flow.Node{rows, hint}, Actions: actions, Split: 0.56}
}

// paperwork is what is known of the receipt, and its code to be photographed.
func paperwork(f view.Frame, v view.Done) flow.Node {
	face, ink := panel.Strip, style.Ink
	switch {
	case v.Trouble:
		face, ink = panel.Warn, style.Bronze
	case v.Printed:
		face, ink = panel.Good, style.Green
	}
	first, rest, more := cutSentence(v.Print) // what happened; what to do
	words := flow.Column(8, sized(panel.Words(panel.Heading, first).In(ink), 40, 32))
	if more {
		words.Nodes = append(words.Nodes, flow.Show(panel.Words(panel.Body, rest)).
			Or(1, flow.Show(panel.Words(panel.Smallest, rest))))
	}
	words.Nodes = append(words.Nodes, flow.Show(panel.Words(panel.Secondary, say(f, "done.fiscal"))).Spared(2))
	row := flow.Row(32, words.Weighs(1))
	if v.Code == "" {
		row.Nodes = append([]flow.Node{flow.Show(panel.Icon{Name: "receipt", Size: 128, Color: ink})}, row.Nodes...)
		return row.Padded(40, 28).On(face)
	}
	words.Nodes = append(words.Nodes, flow.Show(panel.Words(panel.Secondary, say(f, "done.code"))).Spared(1))
	row.Nodes = []flow.Node{words.Weighs(1), flow.Show(panel.QR{Content: v.Code, Side: 340, Least: 320})}
	return row.Padded(40, 24).On(face)
}

// cutSentence cuts a text after its first sentence.
func cutSentence(text string) (first, rest string, more bool) {
	for _, stop := range []string{"。", ". "} {
		if first, rest, more = strings.Cut(text, stop); more {
			return first, rest, true
		}
	}
	return text, "", false
}

// paid is facts; the last six digits of WeChat's number, which a reprint asks for, are marked.
func paid(rows []view.Row) flow.Node {
	marked := make([]view.Row, len(rows))
	for i, r := range rows {
		marked[i] = r
		if digits := strings.ReplaceAll(r.Value, " ", ""); len(digits) == 28 &&
			strings.Trim(digits, "0123456789") == "" {
			at := len(r.Value)
			for n := 0; n < proofDigits; at-- {
				if r.Value[at-1] != ' ' {
					n++
				}
			}
			marked[i].Value = r.Value[:at] + "**" + r.Value[at:] + "**"
		}
	}
	card := facts(marked)
	card.Nodes[1].Spare, card.Nodes[len(marked)-1].Spare = 1, 2 // the item and the kiosk's number are on the receipt
	return card
}
