package lobby

import (
	"cmp"
	"time"

	"courtkiosk/app/counter"
	"courtkiosk/ui/view"
)

// touch is a touch of the screen: who touches sees, and goes by what is seen.
func (l *Lobby) touch(i view.Intent) {
	if l.another(i) {
		l.opt.Ear.Hush()
		l.visit.hears, l.frame.Speaking = hearing{}, false
	}
	l.frame.Alone = false
	l.intent(i)
}

// another reports whether a touch is another visitor's than the keys that were pressed: who went by what was heard has
// left the home page as it was, and who begins so has no earphones in.
func (l *Lobby) another(i view.Intent) bool {
	if _, home := l.screen.(view.Home); !home || !l.frame.Alone || l.opt.Ear.Private() {
		return false
	}
	switch i.Kind {
	case view.StartPaying, view.Find, view.Calculate, view.Questions:
		return true
	}
	return false
}

// intent is every touch, and what a key of the number block means.
func (l *Lobby) intent(i view.Intent) {
	l.visit.touched = time.Now()
	l.frame.IdleLeft = 0
	switch {
	case l.wake(): // and the touch does nothing else
	case i.Kind == view.Touch:
		if _, shown := l.screen.(view.Pay); shown && l.visit.paying.following() { // whoever touches has paid, perhaps
			l.wish(l.visit, l.visit.paying.order.Order, nil, counter.Look)
		}
	case i.Kind == view.Questions:
		l.visit.help.toggle()
	case i.Kind == view.Voice:
		l.toggleSpeech()
	case sees(&l.frame, i.Kind):
		l.tell()
	case i.Kind == view.PrintSlip && l.screen.Name() == "help":
		l.printTable()
	case i.Kind != view.Stay && !l.visit.help.takes(i, l.screen):
		l.onScreenIntent(i)
	}
	l.draw()
}

// sees changes how the screen is seen, and reports whether the intent was of that kind.
func sees(f *view.Frame, k view.Kind) bool {
	switch k {
	case view.Language:
		*f = f.In(f.Lang.Other())
	case view.LargeText:
		f.Large = !f.Large
	case view.HighContrast:
		f.Contrast = !f.Contrast
	case view.LowLayout:
		f.Low = !f.Low
	default:
		return false
	}
	return true
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
		l.noticed(v, i)
	case view.Done:
		l.doneTouched(i)
	case view.Calc, view.CalcSteps:
		l.calculating(i)
	case view.Proof:
		l.proving(i)
	case view.Where:
		l.whereTouched(i)
	default:
		l.opt.Log.WarnContext(l.ctx, "touch on an unknown screen", "screen", v.Name())
	}
}

// begin starts a visit from the home screen.
func (l *Lobby) begin(i view.Intent) {
	switch i.Kind {
	case view.StartPaying:
		l.begins(l.retype)
	case view.Find:
		l.visit.finding = true
		l.retype()
	case view.Calculate:
		l.visit.estimate.calc = view.NewCalculator()
		l.show(l.calc)
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

// noticed is a touch on a notice. It has no other ways on than those that it shows, and a slip.
func (l *Lobby) noticed(n view.Notice, i view.Intent) {
	if i.Kind != n.Act && i.Kind != n.SecondTo && i.Kind != view.PrintSlip {
		return
	}
	switch i.Kind {
	case view.GoHome:
		l.home()
	case view.StartPaying:
		l.begins(l.retype)
	case view.AllBills:
		l.allBills()
	case view.Find:
		l.visit.finding = true
		l.retype()
	case view.NewCode:
		l.pay()
	case view.PrintSlip:
		l.printReferral()
	case view.Reprint:
		v := l.visit
		l.prove(cmp.Or(v.choice.due.Order, v.paying.order.Order), v.choice.due.Case)
	}
}
