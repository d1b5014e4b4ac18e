package lobby

import (
	"cmp"
	"time"

	"courtkiosk/app/counter"
	"courtkiosk/ui/view"
)

// intent is every touch.
func (l *Lobby) intent(i view.Intent) {
	l.visit.touched = time.Now()
	f := l.frame
	f.IdleLeft = 0
	switch i.Kind {
	case view.Stay:
		l.draw(f, l.screen)
	case view.Touch:
		l.draw(f, l.screen)
		if _, shown := l.screen.(view.Pay); shown && l.visit.paying.following() { // whoever touches has paid, perhaps
			l.wish(l.visit, l.visit.paying.order.Order, nil, counter.Look)
		}
	case view.Language:
		f.Lang = f.Lang.Other()
		l.reword(f)
	case view.LargeText:
		f.Large = !f.Large
		l.draw(f, l.screen)
	case view.Questions:
		l.help(f)
	default:
		l.frame = f
		l.onScreenIntent(i)
	}
}

// help answers questions, except while somebody may be paying.
func (l *Lobby) help(f view.Frame) {
	if _, ok := l.screen.(view.Help); !ok && !l.visit.paying.following() {
		l.visit.back = l.screen
		l.draw(f, view.Help{})
	}
}

// onScreenIntent is a touch that means something on its screen alone.
func (l *Lobby) onScreenIntent(i view.Intent) {
	switch v := l.screen.(type) {
	case view.Home:
		l.begin(i)
	case view.Case:
		l.typing(i)
	case view.Bills:
		l.picking(i)
	case view.Fee:
		l.confirming(i)
	case view.Pay:
		l.payTouched(i)
	case view.Working, view.Verify:
		l.waitTouched(i)
	case view.Notice:
		l.noticed(i)
	case view.Done:
		l.doneTouched(i)
	case view.Calc, view.CalcSteps:
		l.calculating(i)
	case view.Proof:
		l.proving(i)
	case view.Help:
		l.screen = l.visit.back
		l.reword(l.frame)
	default:
		l.opt.Log.WarnContext(l.ctx, "touch on an unknown screen", "screen", v.Name())
	}
}

// begin starts a visit from the home screen.
func (l *Lobby) begin(i view.Intent) {
	switch i.Kind {
	case view.StartPaying:
		if l.closed != nil {
			l.refuse(view.Of(l.closed), nil)
			return
		}
		l.retype()
	case view.Find:
		l.visit.finding = true
		l.retype()
	case view.Calculate:
		l.visit.estimate.calc = view.NewCalculator()
		l.show(l.calc())
	}
}

// confirming is a touch on the fee screen.
func (l *Lobby) confirming(i view.Intent) {
	switch i.Kind {
	case view.Back:
		l.home()
	case view.Confirm:
		l.pay()
	}
}

// noticed is a touch on a notice.
func (l *Lobby) noticed(i view.Intent) {
	switch i.Kind {
	case view.GoHome:
		l.home()
	case view.StartPaying:
		l.retype()
	case view.AllBills:
		l.allBills()
	case view.NewCode:
		l.pay()
	case view.Reprint:
		v := l.visit
		l.prove(cmp.Or(v.choice.due.Order, v.paying.order.Order), v.choice.due.Case)
	}
}

// reword shows the present screen in the language of a frame. What was already put into words is put so anew.
func (l *Lobby) reword(f view.Frame) {
	l.frame.Lang = f.Lang
	l.redraw(f, l.reworded())
	if l.visit.paying.following() {
		l.news()
	}
}

func (l *Lobby) reworded() view.Screen {
	switch v := l.screen.(type) {
	case view.Home:
		return l.homeScreen(l.frame.Lang)
	case view.Case:
		return l.pad()
	case view.Notice:
		n := view.NewNotice(l.frame, v.Why)
		n.Rows = v.Rows
		return n
	case view.Fee:
		return l.fee()
	case view.Bills:
		return l.bills()
	case view.Done:
		d := l.done()
		d.Left = v.Left
		return d
	case view.Proof:
		return l.proofScreen()
	case view.Calc:
		return l.calc()
	case view.CalcSteps:
		return l.steps()
	}
	return l.screen
}
