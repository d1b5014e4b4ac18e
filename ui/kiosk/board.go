package kiosk

import (
	"strings"

	"fyne.io/fyne/v2"

	"courtkiosk/ui/flow"
	"courtkiosk/ui/view"
)

const (
	middle   = fyne.TextAlignCenter
	trailing = fyne.TextAlignTrailing
)

// described is a screen as a page.
func described(f view.Frame, s view.Screen) flow.Page {
	switch v := s.(type) {
	case view.Home:
		return home(f, v)
	case view.Attract:
		return attract(f, v)
	case view.Case:
		return caseNumber(f, v)
	case view.Bills:
		return bills(f, v)
	case view.Fee:
		return fee(f, v)
	case view.Proof:
		return find(f, v)
	case view.Calc:
		return calc(f, v)
	case view.CalcSteps:
		return calcSteps(f, v)
	case view.Pay:
		if f.Alone {
			return alone(f, v)
		}
		return pay(f, v)
	case view.Done:
		return done(f, v)
	case view.Notice:
		return notice(f, v)
	case view.Where:
		return where(f, v)
	case view.Verify:
		return verify(f, v)
	case view.Working:
		return working(f, v)
	case view.Help:
		return help(f, v)
	}
	panic("kiosk: no page shows a " + s.Name()) // a test shows every screen
}

// intent is what a touch of a control means.
func intent(key string) view.Intent {
	kind, arg, _ := strings.Cut(key, ":")
	if kind == "questions" {
		kind = string(view.Questions)
	}
	return view.Intent{Kind: view.Kind(kind), Arg: arg}
}
