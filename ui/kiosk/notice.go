package kiosk

import (
	"strconv"

	"courtkiosk/ui/flow"
	"courtkiosk/ui/panel"
	"courtkiosk/ui/style"
	"courtkiosk/ui/view"
)

var signs = map[view.Mood]panel.Sign{view.Good: panel.SignDone, view.Careful: panel.SignWait, view.Calm: panel.SignInfo}

func itoa(n int) string { return strconv.Itoa(n) }

// notice says in one card why it does not go on, and what does; who can be asked stands below it, or beside it on a
// lying panel.
func notice(f view.Frame, v view.Notice) flow.Page {
	said := []panel.Text{panel.Words(told, v.Words.Sentence), panel.Words(mustRead, v.Words.Next)}
	var more, side []flow.Node
	if len(v.Rows) > 0 {
		below, beside := lines(v.Rows), facts(v.Rows)
		for i := range v.Rows { // what was read stands first
			below.Nodes[i].Spare, beside.Nodes[i].Spare = min(i, 2), min(i, 2)
		}
		more = []flow.Node{below.When(flow.Standing)}
		side = []flow.Node{beside.When(flow.Lying)}
	}
	code := ""
	if v.Words.Code != "" {
		code = say(f, "notice.code", "code", v.Words.Code)
	}
	side = append(side, people(f).Spared(2).When(flow.Standing))
	asked := beside(f)
	if v.Act == view.NewCode { // its actions need a wide side
		asked = people(f)
	}
	side = append(side, asked.Spared(1).When(flow.Lying))
	p := flow.Page{Main: []flow.Node{statement(signs[v.Mood], v.Words.Title, code, said, more...)},
		Side: append(side, forWindow(f, v)...), Actions: []flow.Node{primary(v.Act, panel.Neutral, "", v.Primary)}}
	if v.Act == view.NewCode {
		p.Split = 0.42
	}
	if v.Second != "" {
		p.Actions = append([]flow.Node{second(v.SecondTo, "", v.Second)}, p.Actions...)
		if v.Act == view.NewCode { // the pay page has "cancel" where the key would reach to on a lying panel
			p.Actions = append([]flow.Node{flow.Space().Weighs(2).When(flow.Lying)}, p.Actions...)
		}
	}
	return p
}

// forWindow offers on paper what a clerk asks for, and says how far that is.
func forWindow(f view.Frame, v view.Notice) (list []flow.Node) {
	if v.Slip != "" {
		list = append(list, hint("", "printer", v.Slip))
		list[0].Spare = 0
	}
	if v.Printable {
		list = append(list, call(view.PrintSlip, panel.Less, "printer", say(f, "notice.slip")))
	}
	return list
}

// The roles of what a notice says.
var (
	told     = panel.Role{Size: 40}
	mustRead = panel.Role{Size: 40, Bold: true}
)

// statement is the one card of a page that says something: a sign, a title and what is said, in the card's middle, and
// at its end what a clerk asks for. Without room the sign stands beside the title.
func statement(sign panel.Sign, title, code string, said []panel.Text, more ...flow.Node) flow.Node {
	heading := panel.Words(panel.Title, title)
	beside := flow.Column(16, flow.Row(32, flow.Show(sign.Small()).Spared(1), sized(heading, 64, 52, 46).Weighs(1)))
	below := flow.Column(28, flow.Row(0, flow.Space(), flow.Show(sign), flow.Space()), flow.Show(heading.Middle()))
	for _, t := range said {
		if t.Value != "" {
			small := t
			small.Role.Size = panel.Body.Size
			beside.Nodes = append(beside.Nodes, flow.Show(t).Or(2, flow.Show(small)))
			below.Nodes = append(below.Nodes, flow.Show(t.Middle()))
		}
	}
	beside.Nodes, below.Nodes = append(beside.Nodes, more...), append(below.Nodes, more...)
	card := flow.Column(28, flow.Space(), below.Or(3, beside), flow.Space()).Padded(48, 40).On(panel.Card).Growing(1)
	if code != "" {
		card.Nodes = append(card.Nodes, flow.Show(panel.Rule{}),
			flow.Show(panel.Words(panel.Secondary, code).In(style.Muted).Middle()))
	}
	return card
}

// verify is an outcome that is not known: what is said, the number to come back with, and what can be done.
func verify(f view.Frame, v view.Verify) flow.Page {
	number := flow.Column(8, flow.Show(panel.Words(panel.Body, say(f, "verify.ref")).Middle()),
		sized(panel.Words(panel.Strong, v.Reference).Middle().Single(), 56, 42, 34, 30)).Padded(40, 32).On(panel.Strip)
	if v.Slip != "" {
		number.Nodes = append(number.Nodes, flow.Show(panel.Words(panel.Secondary, v.Slip).In(style.Muted).Middle()))
	}
	said := []panel.Text{panel.Words(told, v.Sentence), panel.Words(mustRead, v.Emphasis).In(style.Bronze)}
	card := statement(panel.SignWait, say(f, "verify.title"), "", said, number.When(flow.Standing))
	side := []flow.Node{number.When(flow.Lying)}
	if v.Help {
		side = append(side, payHelp(f))
	}
	side = append(side, call(view.Leave, panel.Less, "", say(f, "leave")))
	p := flow.Page{Main: []flow.Node{card}, Side: side, Split: 0.48,
		Actions: []flow.Node{primary(view.KeepWaiting, panel.Neutral, "clock", say(f, "verify.wait"))}}
	if v.Printable {
		p.Actions = append([]flow.Node{second(view.PrintSlip, "", say(f, "verify.slip"))}, p.Actions...)
	}
	return p
}

// working says what is waited for.
func working(f view.Frame, v view.Working) flow.Page {
	sign := panel.SignInfo
	sign.Icon = "clock"
	p := flow.Page{Main: []flow.Node{statement(sign, v.Title, "", []panel.Text{panel.Words(told, v.Note)})}}
	if v.Leave {
		p.Actions = []flow.Node{call(view.Leave, panel.Outline, "back", say(f, "leave")).Weighs(1),
			flow.Space().Weighs(1.8)}
	}
	return p
}
