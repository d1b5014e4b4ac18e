package kiosk

import (
	"strings"

	"fyne.io/fyne/v2"

	"courtkiosk/ui/flow"
	"courtkiosk/ui/panel"
	"courtkiosk/ui/view"
)

const trailing = fyne.TextAlignTrailing

// described is a screen as a page; false where it is not described yet.
func described(f view.Frame, s view.Screen) (flow.Page, bool) {
	switch v := s.(type) {
	case view.Home:
		return home(f, v), true
	case view.Case:
		return caseNumber(f, v), true
	case view.Bills:
		return bills(f, v), true
	case view.Fee:
		return fee(f, v), true
	case view.Proof:
		return find(f, v), true
	case view.Calc:
		return calc(f, v), true
	case view.CalcSteps:
		return calcSteps(f, v), true
	}
	return flow.Page{}, false
}

// intent is what a touch of a control means.
func intent(key string) view.Intent {
	kind, arg, _ := strings.Cut(key, ":")
	if kind == "questions" {
		kind = string(view.Questions)
	}
	return view.Intent{Kind: view.Kind(kind), Arg: arg}
}

// newBoard returns the board of all pages.
func newBoard(press func(view.Intent)) *panel.Board {
	return panel.NewBoard(panel.Manners{}, func(key string) { press(intent(key)) })
}
