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
	attractAfter = 2 * time.Minute  // untouched, before the home page gives way to what the machine does
	restBeat     = 5                // seconds from tick to tick on a page that counts none: each wakes Fyne's thread
)

// A tick is a second, and how service and machine stand.
type tick struct {
	now    time.Time
	closed *counter.Refusal
	told   doctor.Report
	asked  asked
}

// asked is what is asked now and then: it may take its time.
type asked struct {
	standing counter.Standing
	notices  []string
}

// run ticks until the lobby's context ends. How the service stands is asked beside it: the answer may take its time,
// and no second waits for it.
func (l *Lobby) run() {
	var last atomic.Pointer[asked]
	last.Store(&asked{})
	go l.each(serviceEvery, func() {
		now := asked{standing: l.opt.Counter.Standing(l.ctx), notices: l.notices()}
		if l.ctx.Err() == nil { // else there was no answer
			last.Store(&now)
		}
	})
	beats := 0
	l.each(time.Second, func() {
		if beats++; l.waits.Load() && beats%restBeat != 0 {
			return
		}
		now := *last.Load()
		l.ticks.Send(tick{time.Now(), now.standing.Closed, l.troubles(), now})
	})
}

// notices returns what the court tells today.
func (l *Lobby) notices() []string {
	if l.opt.Notices == nil {
		return nil
	}
	return l.opt.Notices(time.Now())
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
	l.closed, l.told, l.asked = t.closed, t.told, t.asked
	l.frame.Now = t.now.Truncate(time.Minute)
	_, working := l.screen.(view.Working)
	_, done := l.screen.(view.Done)
	_, home := l.screen.(view.Home)
	switch v := l.visit; {
	case v.paying.following():
		if o := v.paying.same.Swap(nil); o != nil {
			v.paying.hear(*o)
		}
		l.news()
	case working:
		v.long = t.now.Sub(v.since) > noteAfter
	case done && l.visit.hears.on:
		if !v.printing.busy {
			l.tickIdle(t.now)
		}
	case done:
		l.tickDone()
	case home:
		l.tickHome(t.now)
	case l.rests():
	default:
		l.tickIdle(t.now)
	}
	l.draw()
	l.beat(t.now)
}

// longIdle is the least idle limit of who reads slowly.
const longIdle = 90 * time.Second

// idleLimit is how long nobody need touch anything before the visit is wiped.
func (l *Lobby) idleLimit() time.Duration {
	switch {
	case l.visit.hears.on:
		return max(l.opt.IdleAfter, earIdle)
	case l.frame.Large:
		return max(l.opt.IdleAfter, longIdle)
	}
	return l.opt.IdleAfter
}

// tickHome undoes what a passer-by has set, and rests when nobody comes.
func (l *Lobby) tickHome(now time.Time) {
	begun := l.opt.Frame
	begun.Now = l.frame.Now
	switch left := l.untouched(now); {
	case left > max(attractAfter, l.idleLimit()):
		l.frame = begun
		l.show(l.attract)
	case l.frame != begun && left > l.idleLimit():
		l.home()
	}
}

// tickDone goes home some time after the receipt's outcome is known.
func (l *Lobby) tickDone() {
	p := &l.visit.printing
	if p.busy {
		p.left = int(doneFor / time.Second)
		return
	}
	if p.left--; p.left < 0 {
		l.home()
	}
}

// tickIdle asks whether anybody is there, and wipes the visit when nobody is.
func (l *Lobby) tickIdle(now time.Time) {
	left, warning := l.idleLimit()-l.untouched(now), idleWarning
	if l.visit.hears.on {
		warning = earWarning
	}
	l.frame.IdleLeft = 0
	switch {
	case left <= 0:
		l.home()
	case left <= warning:
		l.frame.IdleLeft = int(left/time.Second) + 1
	}
}

// ledgerFailed reports whether the program has to end and start anew.
func ledgerFailed(closed *counter.Refusal) bool {
	return closed != nil && closed.Args[counter.Trouble] == counter.TroubleLedger
}

// breakDown says that the machine cannot go on and that the money is safe, and then ends the program.
func (l *Lobby) breakDown(t tick) {
	if !ledgerFailed(l.closed) {
		l.closed = t.closed
		hears := l.visit.hears.on
		l.visit.end()
		l.opt.Ear.Hush()
		l.visit = newVisit(l.ctx)
		l.visit.hears.on, l.frame.IdleLeft = hears, 0
		l.refuse(view.LedgerFailed, t.closed)
	}
	if t.now.Sub(l.visit.touched) > brokenFor {
		l.opt.Broken()
	}
}
