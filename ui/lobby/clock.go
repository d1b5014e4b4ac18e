package lobby

import (
	"sync/atomic"
	"time"

	"courtkiosk/app/counter"
	"courtkiosk/app/doctor"
	"courtkiosk/ui/view"
)

// The times of a visit.
const (
	idleWarning  = 15 * time.Second // of the idle limit, with a question on the screen
	noteAfter    = 10 * time.Second // a wait says what the visitor can do
	brokenFor    = 20 * time.Second // a broken ledger is shown before the program ends
	serviceEvery = 5 * time.Second  // how often the counter is asked how the service stands
)

// A tick is a second, and how service and machine stand.
type tick struct {
	now    time.Time
	closed *counter.Refusal
	told   doctor.Report
}

// run ticks until the lobby's context ends. How the service stands is asked beside it: the answer may take its time,
// and no second waits for it.
func (l *Lobby) run() {
	var closed atomic.Pointer[counter.Refusal]
	go l.each(serviceEvery, func() {
		if now := l.opt.Counter.Standing(l.ctx).Closed; l.ctx.Err() == nil { // else there was no answer
			closed.Store(now)
		}
	})
	l.each(time.Second, func() { l.ticks.Send(tick{time.Now(), closed.Load(), l.troubles()}) })
}

// troubles returns what is told of the machine.
func (l *Lobby) troubles() doctor.Report {
	if l.opt.Told == nil {
		return nil
	}
	return l.opt.Told()
}

// each calls fn now and then in the given rhythm until the lobby's context ends.
func (l *Lobby) each(every time.Duration, fn func()) {
	t := time.NewTicker(every)
	defer t.Stop()
	for {
		fn()
		select {
		case <-l.ctx.Done():
			return
		case <-t.C:
		}
	}
}

// tick is one second: the clock, the countdowns, the idle limit.
func (l *Lobby) tick(t tick) {
	if ledgerFailed(t.closed) {
		l.breakDown(t)
		return
	}
	l.closed, l.told = t.closed, t.told
	f := l.frame
	f.Now = t.now.Truncate(time.Minute)
	switch v := l.screen.(type) {
	case view.Home:
		l.tickHome(f, t.now)
	case view.Pay, view.Working, view.Verify:
		l.tickWait(f, t.now)
	case view.Done:
		l.tickDone(f, v)
	default:
		l.tickIdle(f, t.now)
	}
}

// tickHome shows how the service stands, and undoes what a passer-by has set.
func (l *Lobby) tickHome(f view.Frame, now time.Time) {
	set := f.Large || f.Lang != l.opt.Frame.Lang
	if set && now.Sub(l.visit.touched) > l.opt.IdleAfter {
		l.home()
		return
	}
	l.draw(f, l.homeScreen(f.Lang))
}

// tickWait counts down while a payment is followed; any other wait offers to leave after a while.
func (l *Lobby) tickWait(f view.Frame, now time.Time) {
	s := l.screen
	w, ok := s.(view.Working)
	if ok && !l.visit.paying.following() && w.Note == "" && now.Sub(l.visit.since) > noteAfter {
		w.Leave = true
		s = w
	}
	l.draw(f, s)
	if l.visit.paying.following() {
		l.news()
	}
}

// tickDone goes home some time after the receipt's outcome is known.
func (l *Lobby) tickDone(f view.Frame, v view.Done) {
	if v.Left--; v.Left < 0 {
		l.home()
		return
	}
	if l.visit.printing.busy {
		v.Left = int(doneFor / time.Second)
	}
	l.draw(f, v)
}

// tickIdle asks whether anybody is there, and wipes the visit when nobody is.
func (l *Lobby) tickIdle(f view.Frame, now time.Time) {
	left := l.opt.IdleAfter - now.Sub(l.visit.touched)
	if left <= 0 {
		l.home()
		return
	}
	f.IdleLeft = 0
	if left <= idleWarning {
		f.IdleLeft = int(left/time.Second) + 1
	}
	l.draw(f, l.screen)
}

// ledgerFailed reports whether the program has to end and start anew.
func ledgerFailed(closed *counter.Refusal) bool {
	return closed != nil && closed.Args[counter.Trouble] == counter.TroubleLedger
}

// breakDown says that the machine cannot go on and that the money is safe, and then ends the program.
func (l *Lobby) breakDown(t tick) {
	if !ledgerFailed(l.closed) {
		l.closed = t.closed
		l.visit.end()
		l.visit = newVisit(l.ctx)
		l.refuse(view.LedgerFailed, t.closed)
	}
	if t.now.Sub(l.visit.touched) > brokenFor {
		l.opt.Broken()
	}
}
