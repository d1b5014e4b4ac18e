package lobby

import (
	"context"
	"time"

	"courtkiosk/app/counter"
	"courtkiosk/ui/view"
)

// proofDigits is how many of the last digits of WeChat's transaction id are a proof. The counter compares them and
// counts; here is only what was typed.
const proofDigits = 6

// A proof is somebody who says that a payment is theirs.
type proof struct {
	order  string
	number string // what the screen calls the payment: its case, or the order's number
	refund bool   // what is proven for is a request to have it back; else a receipt
	digits string
	wrong  bool      // the last digits were
	soon   bool      // they were confirmed before the pause was over
	left   int       // tries, once it is known
	until  time.Time // of the pause after wrong digits
}

// touch takes a touch on the pad.
func (p *proof) touch(i view.Intent) {
	switch i.Kind {
	case view.Digit:
		if len(p.digits) < proofDigits {
			p.digits += i.Arg
		}
	case view.Backspace:
		p.digits = p.digits[:max(0, len(p.digits)-1)]
	case view.Clear:
		p.digits = ""
	default:
		return
	}
	p.wrong, p.soon = false, false
}

// wait is how many seconds the pause lasts, begun ones included.
func (p *proof) wait(now time.Time) int {
	return int(max(0, p.until.Sub(now)+time.Second-1) / time.Second)
}

// missed takes the counter's no.
func (p *proof) missed(t counter.Tried, now time.Time) {
	if !t.Soon {
		p.digits = ""
	}
	p.wrong, p.soon, p.left, p.until = !t.Soon, t.Soon, t.Left, now.Add(t.Wait)
}

// prove asks for what only the payer's phone tells.
func (l *Lobby) prove(order, number string) {
	l.visit.proof = proof{order: order, number: number}
	l.show(l.proofPage)
}

func (l *Lobby) proofPage() view.Screen {
	p := l.visit.proof
	s := view.Proof{
		Number: view.Called(l.frame.Lang, p.number), Digits: p.digits, Left: p.left, Wait: p.wait(time.Now()),
		Refund: p.refund,
	}
	switch {
	case p.soon && s.Wait > 0:
		s.Wrong = view.ProofWords(l.frame.Lang, p.left, s.Wait)
	case p.wrong:
		s.Wrong = view.ProofWords(l.frame.Lang, p.left, 0)
	}
	return s
}

// proving is a touch while a proof is typed.
func (l *Lobby) proving(i view.Intent) {
	switch p := &l.visit.proof; {
	case i.Kind == view.Back && l.visit.place.order == p.order:
		l.show(l.wherePage)
	case i.Kind == view.Back && l.visit.choice.due.Order == p.order:
		l.open(l.visit.choice.due)
	case i.Kind == view.Back:
		l.home()
	case i.Kind == view.Confirm:
		l.compare()
	default:
		p.touch(i)
	}
}

// compare asks the counter whether the digits prove the payment, and prints when they do. Too few digits are no try,
// and neither are those that come within the pause.
func (l *Lobby) compare() {
	p := &l.visit.proof
	if len(p.digits) < proofDigits { // the key is grey; a key of the keyboard is no try
		return
	}
	if p.soon = p.wait(time.Now()) > 0; p.soon {
		return
	}
	ask := counter.Proof{Order: p.order, Visit: l.visit.id, Digits: p.digits}
	l.wait(0, "wait.payment")
	l.work(func(ctx context.Context) func() {
		tried, err := l.opt.Counter.Prove(ctx, ask)
		return func() {
			switch {
			case err != nil:
				l.refuse(view.Of(err), err)
			case tried.Yes && p.refund:
				l.visit.place.stands.Proven = true
				l.show(l.wherePage)
				l.printRequest()
			case tried.Yes:
				l.print(ask.Order, true)
			case tried.Left == 0:
				l.refuse(view.TooManyTries, nil)
			default:
				p.missed(tried, time.Now())
				l.show(l.proofPage)
			}
		}
	})
}
