package lobby

import (
	"context"
	"crypto/rand"
	"errors"
	"sync/atomic"
	"time"

	"courtkiosk/app/counter"
	"courtkiosk/payment"
	"courtkiosk/ui/seam"
	"courtkiosk/ui/view"
)

// The times of a payment.
const (
	verifyFor    = 60 * time.Second // untouched, before an unknown outcome is left to its follower
	closingFor   = 6 * time.Second  // a close is waited for before it counts as unknown
	networkGrace = 5 * time.Second  // of silence before the screen speaks of it
	followAgain  = time.Second      // before the counter is asked again for news that it ceased to tell
)

// A paying is a payment on its way: what was asked of the counter, and what was heard of the order since.
type paying struct {
	ask       counter.Ask // kept until it is answered: an answer that was lost is asked for again
	took      time.Time   // when the present code was asked for
	order     counter.Progress
	heard     time.Time             // when that was said
	same      *atomic.Pointer[word] // said since, with nothing new in it; the next second takes it
	cancelled time.Time             // by the visitor; zero when not
	verifying time.Time             // since when the outcome is unknown; zero when it is not
	slip      slip
	stop      context.CancelFunc // of following; nil when nothing is followed
}

// A word is what the counter said of an order, and when.
type word struct {
	said counter.Progress
	at   time.Time
}

// following reports whether an order is on the screen that may still be paid.
func (p *paying) following() bool { return p.stop != nil }

// leave stops following; the order goes on without us. What is known of it is kept.
func (p *paying) leave() {
	if p.stop != nil {
		p.stop()
	}
	p.stop, p.cancelled, p.verifying, p.slip = nil, time.Time{}, time.Time{}, noSlip
}

// request returns what to ask of the counter for a bill as it was shown. The same is asked under the same id as long
// as no answer has come.
func (p *paying) request(visit string, d counter.Due) counter.Ask {
	p.leave()
	p.took = time.Now()
	if p.ask.Bill != d.Bill || p.ask.Quote != d.Quote || p.ask.ID == "" {
		p.ask = counter.Ask{ID: rand.Text(), Visit: visit, Bill: d.Bill, Quote: d.Quote}
	}
	return p.ask
}

func (p *paying) hear(w word) { p.order, p.heard = w.said, w.at }

// now is the time by WeChat's clock, which may not be ours.
func (p *paying) now() time.Time {
	if p.order.Now.IsZero() {
		return time.Now()
	}
	return time.Now().Add(p.order.Now.Sub(p.heard).Round(time.Second))
}

// left is how many seconds there are to pay the code.
func (p *paying) left() int { return int(p.order.Expires.Sub(p.now()) / time.Second) }

// fresh reports whether the code was made for this confirmation, or was asked about since: one that was shown before
// may be paid already.
func (p *paying) fresh() bool {
	waited := p.heard.Sub(p.took)
	since := func(t time.Time) time.Duration { return p.order.Now.Sub(t) }
	return since(p.order.CreatedAt) < waited+networkGrace || !p.order.Asked.IsZero() && since(p.order.Asked) < waited
}

// silent reports whether WeChat gives no answer for longer than a screen keeps quiet about.
func (p *paying) silent() bool {
	return p.order.Trouble != "" && p.now().Sub(p.order.Since) > networkGrace
}

// barred says why no payment is begun now; empty when one may be.
func (l *Lobby) barred() view.Reason {
	switch {
	case !l.opt.Hours.Open(time.Now()):
		return view.OutOfHours
	case l.closed != nil:
		return view.Of(l.closed)
	}
	return ""
}

// bar says why no payment is begun now.
func (l *Lobby) bar() {
	l.refuse(l.barred(), nil, func(f view.Frame, n *view.Notice) {
		if n.Why == view.OutOfHours {
			n.Rows = view.HourRows(f.Lang, l.opt.Hours, time.Now())
		}
	})
}

// begins goes on to what may lead to a payment, for whoever has begun already or may begin now, and for who looks for
// a receipt.
func (l *Lobby) begins(then func()) {
	switch v := l.visit; {
	case v.begun || v.finding:
	case l.barred() != "":
		l.bar()
		return
	default:
		v.begun = true
	}
	then()
}

// pay asks for an order of the bill that was confirmed. A visitor who walks away meanwhile leaves no order behind.
func (l *Lobby) pay() {
	v := l.visit
	if !v.begun && l.barred() != "" { // who looks for a receipt has begun no payment
		l.bar()
		return
	}
	v.begun = true
	ask := v.paying.request(v.id, v.choice.due)
	l.wait(3, "wait.code")
	took := v.paying.took
	l.beside(askFor, func(ctx context.Context) {
		left := make(chan struct{})
		stay := context.AfterFunc(v.ctx, func() { // who leaves waits for no code any more
			defer close(left)
			_ = l.opt.Counter.Wish(ctx, counter.Wish{Kind: counter.Leave, Visit: v.id})
		})
		o, err := l.opt.Counter.Pay(ctx, ask)
		if !stay() {
			<-left
		}
		seam.OnScreen(func() {
			switch {
			case l.visit == v && v.ctx.Err() == nil:
				l.answered(o, err)
			case err == nil && o.State == payment.Waiting && o.Now.Sub(o.CreatedAt) <= time.Since(took):
				l.unshown(v, o)
			case err == nil:
				l.walkAway(v, o)
			}
		})
	})
}

// walkAway leaves an order to its follower. Nobody can pay what has no code, so it is closed.
func (l *Lobby) walkAway(v *visit, o counter.Progress) {
	if o.State == payment.Created {
		l.unshown(v, o)
		return
	}
	l.wish(v, o.Order, nil, counter.Leave)
}

// unshown closes an order whose code nobody was shown, so that its bill can be paid elsewhere at once.
func (l *Lobby) unshown(v *visit, o counter.Progress) {
	l.wish(v, o.Order, nil, counter.Cancel, counter.Leave)
}

// answered takes the counter's answer to a request to pay.
func (l *Lobby) answered(o counter.Progress, err error) {
	p, c := &l.visit.paying, &l.visit.choice
	refused, _ := errors.AsType[*counter.Refusal](err)
	switch {
	case err == nil:
		p.ask = counter.Ask{}
		l.follow(o)
	case refused != nil && refused.Code == counter.Changed && refused.Now != nil:
		c.renew(*refused.Now)
		l.show(l.fee)
	default:
		l.refuse(c.known(view.Of(err)), err)
	}
}

// follow shows the news of an order until the visit or the order ends.
func (l *Lobby) follow(o counter.Progress) {
	v := l.visit
	ctx, stop := context.WithCancel(v.ctx)
	v.paying.stop = stop
	arrive := seam.To(func(w word) {
		if l.visit == v && ctx.Err() == nil {
			v.paying.hear(w)
			l.news()
		}
	})
	same := new(atomic.Pointer[word])
	v.paying.same = same
	v.paying.hear(word{o, time.Now()})
	l.news()
	last := o
	go l.listen(ctx, o, v.id, func(o counter.Progress) {
		w, again := word{o, time.Now()}, waitsOn(last, o)
		if last = o; again && l.counts.Load() { // the next second shows what is left, and wakes Fyne's thread once
			same.Store(&w)
			return
		}
		same.Store(nil)
		arrive.Send(w)
	})
}

// waitsOn reports whether nothing is new but that nobody has paid yet.
func waitsOn(last, o counter.Progress) bool {
	return last.State == payment.Waiting && o.State == payment.Waiting && last.Code == o.Code &&
		last.Trouble == o.Trouble && last.Wished == o.Wished
}

// listen tells the news of an order until it is over or ctx ends. Where the counter ceases to tell it is asked again,
// and the screen knows no more than that.
func (l *Lobby) listen(ctx context.Context, last counter.Progress, visit string, tell func(counter.Progress)) {
	for heard := time.Now(); ctx.Err() == nil; {
		news, err := l.opt.Counter.Follow(ctx, last.Order, visit)
		if err == nil {
			for last = range news {
				heard = time.Now()
				tell(last)
			}
		}
		if last.Over() || ctx.Err() != nil {
			return
		}
		if last.Trouble == "" {
			l.opt.Log.WarnContext(ctx, "order not followed", "order", last.Order, "err", err)
			last.Now, heard = last.Now.Add(time.Since(heard)), time.Now()
			last.Trouble, last.Since = counter.Unreachable, last.Now
			tell(last)
		}
		select {
		case <-ctx.Done():
		case <-time.After(followAgain):
		}
	}
}

// payTouched is a touch while the code is shown.
func (l *Lobby) payTouched(i view.Intent) {
	p := &l.visit.paying
	switch {
	case i.Kind == view.Cancel:
		p.cancelled, l.visit.help = time.Now(), help{}
		l.wish(l.visit, p.order.Order, l.notCancelled, counter.Cancel)
		l.show(l.closing)
	case i.Kind == view.DemoPay && l.opt.DemoPay != nil:
		l.demoPay(l.visit, p.order.Order)
	}
}

// notCancelled shows the code again whose close could not be stored: it can still be paid.
func (l *Lobby) notCancelled() {
	l.visit.paying.cancelled = time.Time{}
	if l.visit.paying.following() {
		l.news()
	}
}

func (l *Lobby) demoPay(v *visit, order string) {
	l.beside(askFor, func(ctx context.Context) {
		if err := l.opt.DemoPay(order); err != nil {
			l.opt.Log.WarnContext(ctx, "demo payment", "err", err)
		}
		l.onVisit(v, func() { l.wish(v, order, nil, counter.Look) })
	})
}

// waitTouched is a touch while something is waited for.
func (l *Lobby) waitTouched(i view.Intent) {
	v := l.visit
	switch i.Kind {
	case view.Leave:
		if v.paying.following() {
			l.walkAway(v, v.paying.order)
		}
		l.home()
	case view.KeepWaiting:
		if v.paying.following() {
			v.paying.verifying = time.Now()
			l.wish(v, v.paying.order.Order, nil, counter.Look)
		}
	case view.PrintSlip:
		l.printSlip()
	}
}
