package lobby

import (
	"time"

	"courtkiosk/app/counter"
	"courtkiosk/payment"
	"courtkiosk/ui/view"
)

// news shows what is known of the order that is followed.
func (l *Lobby) news() {
	p := &l.visit.paying
	l.frame.IdleLeft = 0 // an outcome that is not known yet warns for itself
	switch p.order.State {
	case payment.Paid, payment.Disputed, payment.Foreign, payment.Closed, payment.Void:
		l.visit.touched = time.Now() // nobody need have touched anything while it was waited for
		now := p.order
		now.Now = p.now()
		why := view.OfEnd(now, !p.cancelled.IsZero())
		l.visit.help = help{} // what became of the payment is more
		if why == "" {
			l.paid()
			return
		}
		p.leave()
		l.refuse(why, troubleOf(p.order))
	case payment.Created:
		l.preparing()
	case payment.Waiting:
		l.waiting()
	case payment.Closing:
		l.stopping()
	}
}

// troubleOf is what the log is told of an order that ended in trouble; nil of one that was closed as it should be.
func troubleOf(o counter.Progress) error {
	switch {
	case o.Returned != payment.NothingReturned:
		return &counter.Refusal{Code: counter.Returned}
	case o.State == payment.Disputed:
		return &counter.Refusal{Code: counter.Disputed}
	case o.State == payment.Foreign && o.Elsewhere:
		return &counter.Refusal{Code: counter.PaidElsewhere}
	case o.State == payment.Foreign:
		return &counter.Refusal{Code: counter.Elsewhere}
	case o.State == payment.Void && o.Trouble != "":
		return &counter.Refusal{Code: o.Trouble}
	}
	return nil
}

// preparing is the wait for a code.
func (l *Lobby) preparing() {
	p := &l.visit.paying
	if p.order.Wished != "" { // no code comes of it
		l.stopping()
		return
	}
	switch p.order.Trouble {
	case counter.Unauthorized, counter.Unverified, counter.ClockWrong, counter.Rejected:
		refusal := &counter.Refusal{Code: p.order.Trouble}
		l.wish(l.visit, p.order.Order, nil, counter.Leave)
		p.leave()
		l.refuse(view.Of(refusal), refusal)
		return
	}
	waited := time.Since(p.took)
	long := p.order.Trouble != "" && waited > networkGrace || waited > noteAfter
	l.show(func() view.Screen {
		w := view.Working{At: 3, Title: l.text("wait.code")}
		if long {
			w.Note, w.Leave = l.text("wait.long"), true
		}
		return w
	})
}

// waiting is a code on the screen. One that was shown before is asked about first.
func (l *Lobby) waiting() {
	p := &l.visit.paying
	switch {
	case !p.cancelled.IsZero(), p.order.Wished != "":
		l.stopping() // no code is shown that is wished closed
	case p.left() <= 0:
		l.verify()
	case !p.fresh():
		l.show(func() view.Screen {
			return view.Working{At: 3, Title: l.text("wait.code"), Leave: time.Since(p.took) > noteAfter}
		})
	default:
		l.show(l.code)
	}
}

// code is the QR, with the seconds that are left to pay it.
func (l *Lobby) code() view.Screen {
	p, due := &l.visit.paying, l.visit.choice.due
	v := view.Pay{
		Amount: view.Yuan(p.order.Amount), Payee: l.frame.Payee(due.Payee), Case: due.Case, QR: p.order.Code,
		Left: max(p.left(), 0), Total: int(p.order.PayWithin / time.Second),
		State: l.text("pay.waiting"), Note: l.text("pay.waiting.note"), Calm: true, Demo: l.opt.DemoPay != nil,
	}
	if p.silent() {
		v.State, v.Note, v.Calm = l.text("pay.offline"), l.text("pay.offline.note"), false
	}
	return v
}

// stopping is the wait for WeChat's word that nobody can pay any more.
func (l *Lobby) stopping() {
	p := &l.visit.paying
	since := p.cancelled
	if since.IsZero() && p.order.Wished == payment.ByVisit {
		since = p.took // an earlier visit's order, which is being closed
	}
	if time.Since(since) < closingFor {
		l.show(l.closing)
		return
	}
	l.verify()
}

func (l *Lobby) closing() view.Screen {
	return view.Working{At: 3, Title: l.text("wait.closing"), Note: l.text("wait.closing.note")}
}

// verify says that the outcome is not known. Who does not wait for it leaves it to the order's follower.
func (l *Lobby) verify() {
	p := &l.visit.paying
	if p.verifying.IsZero() {
		p.verifying = time.Now()
	}
	left := l.verifyLimit() - min(l.untouched(time.Now()), time.Since(p.verifying))
	if l.visit.hears.on && left <= earWarning { // who sees reads it on the page
		l.frame.IdleLeft = int(max(0, left)/time.Second) + 1
	}
	if left < 0 {
		l.wish(l.visit, p.order.Order, nil, counter.Leave)
		l.home()
		return
	}
	l.show(l.unknown)
}

// verifyLimit is for how long nobody need touch anything while an outcome is not known.
func (l *Lobby) verifyLimit() time.Duration {
	if l.visit.hears.on {
		return earIdle
	}
	return verifyFor
}

func (l *Lobby) unknown() view.Screen {
	p := &l.visit.paying
	sentence := "verify.closing"
	if p.order.Trouble != "" {
		sentence = "verify.text"
	}
	return view.Verify{
		Sentence: l.text(sentence), Emphasis: l.text("verify.twice"), Reference: p.order.Reference, Slip: l.slipWords(),
		Printable: p.slip == noSlip && l.hasPrinter(),
	}
}
