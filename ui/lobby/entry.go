package lobby

import (
	"context"
	"slices"
	"time"

	"courtkiosk/app/bill"
	"courtkiosk/app/caseno"
	"courtkiosk/app/counter"
	"courtkiosk/app/message"
	"courtkiosk/payment"
	"courtkiosk/ui/view"
)

// An entry is a case number being typed.
type entry struct {
	pad   view.Entry
	wrong view.Reason // what is wrong with what was typed; empty when nothing is known to be
}

// number returns what was typed, and keeps what is wrong with it.
func (e *entry) number(now time.Time) (caseno.Number, bool) {
	n, err := caseno.Parse(e.pad.Text(), now)
	if err != nil {
		e.wrong = view.Of(err)
	}
	return n, err == nil
}

// touch takes a touch on the pad.
func (e *entry) touch(i view.Intent) {
	if pad, ok := e.pad.Apply(i); ok {
		e.pad, e.wrong = pad, ""
	}
}

// retype shows the pad, with what was typed.
func (l *Lobby) retype() {
	e := &l.visit.entry
	if e.pad.Court == "" {
		e.pad = view.NewEntry(l.opt.Courts, time.Now().In(payment.China).Year())
	}
	e.wrong = ""
	l.frame.Purse = ""
	l.show(l.pad)
}

func (l *Lobby) pad() view.Screen {
	e := l.visit.entry
	c := view.Case{Entry: e.pad, Finding: l.visit.finding}
	if e.wrong != "" {
		words := e.wrong.Words(l.frame.Lang)
		c.Wrong = words.Title + "　" + l.text("notice.code", "code", words.Code)
	}
	return c
}

// typing is a touch while a number is typed.
func (l *Lobby) typing(i view.Intent) {
	switch i.Kind {
	case view.Back:
		l.home()
	case view.Confirm:
		n, ok := l.visit.entry.number(time.Now())
		if ok {
			l.lookUp(bill.Query{Case: n})
		}
	default:
		l.visit.entry.touch(i)
	}
}

// lookUp asks what a case owes, or what a payment code is for.
func (l *Lobby) lookUp(q bill.Query) {
	l.visit.asks(q)
	step := 1
	if l.visit.finding {
		step = 0
	}
	l.wait(step, "wait.case")
	l.work(func(ctx context.Context) func() {
		dues, err := l.opt.Counter.Find(ctx, q)
		return func() {
			silent := counter.Is(err, counter.CourtSilent)
			if silent {
				dues = ours(dues, l.visit.finding)
			}
			if len(dues) == 0 || err != nil && !silent {
				l.notFound(q, err)
				return
			}
			l.found(q, dues)
		}
	})
}

// ours keeps of what the ledger alone knows what the visitor may go on with while the court is silent: a payment to
// find, a code to pay.
func ours(dues []counter.Due, finding bool) []counter.Due {
	return slices.DeleteFunc(dues, func(d counter.Due) bool {
		return d.State != bill.DuePaying && !(finding && traced(d))
	})
}

// notFound says why there is nothing to pay, and what looks odd about the number.
func (l *Lobby) notFound(q bill.Query, err error) {
	why := view.Of(err)
	slip := why == view.NotFound || why == view.OtherCourt // of a hand, not an event
	if slip {
		err = nil
	}
	l.refuse(why, err, func(f view.Frame, n *view.Notice) {
		switch {
		case slip && q.Code == "":
			n.Rows = view.About(f, q.Case, l.opt.Courts[0], time.Now())
		case slip: // nothing was typed
			n.Primary = message.Text(f.Lang, "notice.number")
		}
	})
}
