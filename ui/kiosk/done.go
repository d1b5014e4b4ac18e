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
	if f.Purse == "execution" || f.Purse == "fine" { // nobody calls them fees
		title = say(f, "done.title.money")
	}
	switch {
	case v.Returned:
		sign, title = panel.SignWait, say(f, "done.returned")
	case v.Found:
		title = say(f, "done.found")
	}
	ornament := 2
	on := goOn(f, v)
	if len(on) > 0 { // what can be done is worth more
		ornament = 4
	}
	result := flow.Column(4, flow.Row(0, flow.Space(), flow.Show(sign), flow.Space()).Spared(ornament),
		sized(panel.Words(panel.Result, title).Middle(), 72, 56, 46))
	if v.Returned { // the sum that follows is not what came back
		result.Nodes = append(result.Nodes,
			flow.Show(panel.Words(panel.Body, say(f, "done.returned.sum")).In(style.Muted).Middle()).Spared(1))
	}
	result.Nodes = append(result.Nodes,
		amount(panel.Amount{Value: v.Amount, Align: middle}, 96, 72, 56))
	line := flow.Row(24, flow.Show(panel.Words(panel.Call, title)).Weighs(1),
		flow.Show(panel.Amount{Value: v.Amount, Align: trailing, Size: 46}))
	result = result.Or(2, line)
	hint := flow.Show(panel.Words(panel.Secondary, say(f, "done.proof")).In(style.Muted).Middle()).Spared(3)
	finish := primary(view.GoHome, panel.Neutral, "", say(f, "done.finish"))
	words := finish.Nodes[1]
	words.Nodes = append(words.Nodes, flow.Show(panel.Words(panel.Secondary, say(f, "done.left", "n", itoa(v.Left))).
		In(style.White)).Spared(2))
	finish.Nodes[1] = words
	actions := []flow.Node{finish}
	if v.Again {
		actions = []flow.Node{second(view.Reprint, "copy", say(f, "done.again")), finish}
	}
	p := flow.Page{Main: []flow.Node{result, paperwork(f, v)}, Side: []flow.Node{paid(v.Rows), hint}, Actions: actions,
		Split: 0.56}
	p.Side = append(p.Side, on...)
	return p
}

// goOn is the next bill of the case, or the next case, a touch away.
func goOn(f view.Frame, v view.Done) []flow.Node {
	kind, words := view.NextBill, say(f, "done.next", "bill", v.Next)
	switch {
	case v.Next != "":
	case v.Printed && !v.Returned && !v.Found:
		kind, words = view.NextCase, say(f, "done.case")
	default:
		return nil
	}
	small := panel.Role{Size: panel.Smallest.Size, Bold: true, Lead: 1.2}
	n := flow.Row(24, flow.Show(panel.Words(panel.Strong, words)).Weighs(1).Or(3, flow.Show(panel.Words(small, words))),
		flow.Show(panel.Icon{Name: "next", Size: 44, Color: style.Navy})).Padded(40, 12).On(panel.Less)
	n.Key = key(kind)
	return []flow.Node{n}
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
	words := flow.Column(8, flow.Show(panel.Words(panel.Heading, first).In(ink)).
		Or(3, flow.Show(panel.Words(panel.Role{Size: 32, Bold: true}, first).In(ink))))
	if more {
		words.Nodes = append(words.Nodes, flow.Show(panel.Words(panel.Body, rest)).
			Or(2, flow.Show(panel.Words(panel.Smallest, rest))))
	}
	words.Nodes = append(words.Nodes, aside(say(f, "done.fiscal")))
	row := flow.Row(32, words.Weighs(1))
	if v.Code == "" {
		row.Nodes = append([]flow.Node{flow.Show(panel.Icon{Name: "receipt", Size: 128, Color: ink})}, row.Nodes...)
		return row.Padded(40, 28).On(face)
	}
	words.Nodes = append(words.Nodes, aside(say(f, "done.code")))
	row.Nodes = []flow.Node{words.Weighs(1), flow.Show(panel.QR{Content: v.Code, Side: 340, Least: 320})}
	return row.Padded(32, 16).On(face)
}

// aside is what may be read beside what came out.
func aside(words string) flow.Node {
	small := panel.Words(panel.Role{Size: panel.Smallest.Size, Lead: 1.2}, words)
	return flow.Show(panel.Words(panel.Secondary, words)).Or(3, flow.Show(small).Spared(1))
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
	for i, r := range marked { // the number is asked for; all the others are on the receipt
		if r == rows[i] {
			card.Nodes[i].Spare = 1
		}
	}
	card.Nodes[1].Spare, card.Nodes[len(rows)-1].Spare = 3, 2
	return card
}
