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

// notice says in one card why it does not go on, and what does.
func notice(f view.Frame, v view.Notice) flow.Page {
	var said []flow.Node
	if v.Words.Sentence != "" {
		said = append(said, lesser(told, panel.Body, v.Words.Sentence))
	}
	if v.Words.Next != "" {
		said = append(said, lesser(mustRead, panel.Strong, v.Words.Next))
	}
	var side []flow.Node
	if len(v.Rows) > 0 {
		said = append(said, lines(v.Rows).When(flow.Standing))
		beside := facts(v.Rows)
		for i := range beside.Nodes {
			beside.Nodes[i].Spare = min(i, 2) // what was read stands first
		}
		side = []flow.Node{beside.When(flow.Lying)}
	}
	code := ""
	if v.Words.Code != "" {
		code = say(f, "notice.code", "code", v.Words.Code)
	}
	side = append(side, flow.Space().When(flow.Lying))
	p := flow.Page{Main: []flow.Node{statement(signs[v.Mood], v.Words.Title, code, said...)},
		Side: append(side, forWindow(f, v)...), Actions: []flow.Node{primary(v.Act, panel.Neutral, "", v.Primary)}}
	if v.Second != "" {
		p.Actions = append([]flow.Node{second(v.SecondTo, "", v.Second)}, p.Actions...)
		if v.Act == view.NewCode { // the pay page has "cancel" where the key would reach to on a lying panel
			p.Actions = append([]flow.Node{flow.Space().Weighs(4).When(flow.Lying)}, p.Actions...)
		}
	}
	return p
}

// lesser is a text that a page without room says in a lesser role.
func lesser(role, less panel.Role, words string) flow.Node {
	return flow.Show(panel.Words(role, words)).Or(2, flow.Show(panel.Words(less, words)))
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

// statement is the one card of a page that says something: it reaches from the top to the actions, and what a clerk
// asks for stands at its end.
func statement(sign panel.Sign, title, code string, said ...flow.Node) flow.Node {
	head := flow.Row(32, flow.Show(sign.Small()).Spared(1), sized(panel.Words(panel.Title, title), 64, 52).Weighs(1))
	card := flow.Column(28, append([]flow.Node{head}, said...)...).Padded(48, 48).On(panel.Card).Growing(1)
	card.Nodes = append(card.Nodes, flow.Space())
	if code != "" {
		card.Nodes = append(card.Nodes, flow.Show(panel.Rule{}),
			flow.Show(panel.Words(panel.Secondary, code).In(style.Muted)))
	}
	return card
}

// verify is an outcome that is not known: what is said, the number to come back with, and what can be done.
func verify(f view.Frame, v view.Verify) flow.Page {
	number := flow.Column(8, flow.Show(panel.Words(panel.Body, say(f, "verify.ref"))),
		sized(panel.Text{Value: v.Reference, Role: panel.Strong, One: true}, 56, 42, 34, 30)).Padded(40,
		32).On(panel.Strip)
	if v.Slip != "" {
		number.Nodes = append(number.Nodes, flow.Show(panel.Words(panel.Secondary, v.Slip).In(style.Muted)))
	}
	said := []flow.Node{flow.Show(panel.Words(told, v.Sentence)),
		flow.Show(panel.Words(mustRead, v.Emphasis).In(style.Bronze)), number.When(flow.Standing)}
	card := statement(panel.SignWait, say(f, "verify.title"), "", said...)
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
	var said []flow.Node
	if v.Note != "" {
		said = []flow.Node{flow.Show(panel.Words(told, v.Note))}
	}
	p := flow.Page{Main: []flow.Node{statement(panel.Sign{Icon: "clock", Size: 120, Fill: style.Navy, Halo: style.Tint},
		v.Title, "", said...)}}
	if v.Leave {
		p.Actions = []flow.Node{call(view.Leave, panel.Outline, "back", say(f, "leave")).Weighs(1),
			flow.Space().Weighs(1.8)}
	}
	return p
}
