package lobby

import (
	"context"

	"courtkiosk/app/counter"
	"courtkiosk/ui/view"
)

// What a proof is: the last six digits of WeChat's transaction id. The counter compares them; here is only what was
// typed.
const (
	proofDigits   = 6
	maxWrongProof = 3 // in one visit; the counter counts on
)

// A proof is somebody who says that a payment is theirs.
type proof struct {
	order  string
	number string // what the screen calls the payment: its case, or the order's number
	digits string
	wrong  bool // the last digits were
	tries  int
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
	p.wrong = false
}

// miss counts digits that proved nothing, and reports whether there were too many.
func (p *proof) miss() bool {
	p.digits, p.wrong = "", true
	p.tries++
	return p.tries >= maxWrongProof
}

// prove asks for what only the payer's phone tells. The tries of one visit count together.
func (l *Lobby) prove(order, number string) {
	l.visit.proof = proof{order: order, number: number, tries: l.visit.proof.tries}
	l.show(l.proofPage)
}

func (l *Lobby) proofPage() view.Screen {
	p := l.visit.proof
	s := view.Proof{Case: p.number, Digits: p.digits}
	if p.wrong {
		s.Wrong = l.text("proof.wrong")
	}
	return s
}

// proving is a touch while a proof is typed.
func (l *Lobby) proving(i view.Intent) {
	switch p := &l.visit.proof; {
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

// compare asks the counter whether the digits prove the payment, and prints when they do.
func (l *Lobby) compare() {
	p := l.visit.proof
	if len(p.digits) < proofDigits { // the key is grey; a key of the keyboard is no try
		return
	}
	ask := counter.Proof{Order: p.order, Visit: l.visit.id, Digits: p.digits}
	l.wait(0, "wait.case")
	l.work(func(ctx context.Context) func() {
		yes, err := l.opt.Counter.Prove(ctx, ask)
		return func() {
			switch {
			case err != nil:
				l.refuse(view.Of(err), err)
			case yes:
				l.print(p.order, true)
			default:
				l.notProven()
			}
		}
	})
}

func (l *Lobby) notProven() {
	p := &l.visit.proof
	if p.miss() {
		l.opt.Log.WarnContext(l.ctx, "proof of possession failed", "order", p.order, "tries", p.tries)
		l.home()
		return
	}
	l.show(l.proofPage)
}
