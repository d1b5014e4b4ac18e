package lobby

import (
	"context"

	"courtkiosk/app/receipt"
	"courtkiosk/ui/view"
)

// A slip is how far a slip is that proves nothing: a verification or an estimate.
type slip int

const (
	noSlip slip = iota
	slipBusy
	slipPrinted
	slipFailed
)

// slipOf says how a print ended.
func slipOf(err error) slip {
	if err != nil {
		return slipFailed
	}
	return slipPrinted
}

// printSlip prints the slip of an order whose outcome is not known: a number to come back with.
func (l *Lobby) printSlip() {
	p := &l.visit.paying
	if !p.following() || p.slip == slipBusy {
		return
	}
	order := p.order.Order
	p.slip = slipBusy
	l.news()
	l.work(func(ctx context.Context) func() {
		s, err := l.opt.Counter.Verification(ctx, order)
		if err == nil {
			_, err = l.opt.Printer.PrintSlip(ctx, s)
		}
		return func() {
			if err != nil {
				l.opt.Log.WarnContext(l.ctx, "slip not printed", "order", order, "err", err)
			}
			if p.following() && p.order.Order == order {
				p.slip = slipOf(err)
				l.news()
			}
		}
	})
}

// slipWords say how far the verification slip is; empty when none was asked for.
func (l *Lobby) slipWords() string {
	switch l.visit.paying.slip {
	case slipBusy:
		return l.text("wait.print")
	case slipPrinted:
		return l.text("verify.slipped")
	case slipFailed:
		return l.text("verify.noslip")
	}
	return ""
}

// An estimate is a fee being computed from what a visitor types. It is no bill.
type estimate struct {
	calc view.Calculator
	slip slip
}

func (l *Lobby) calc() view.Screen { return l.visit.estimate.calc.Screen(l.frame.Lang) }

// steps says how the estimate is computed, and how far its slip is.
func (l *Lobby) steps() view.Screen {
	s := l.visit.estimate.calc.Steps(l.frame.Lang)
	switch l.visit.estimate.slip {
	case slipBusy:
		s.Slip = l.text("wait.print")
	case slipPrinted:
		s.Slip = l.text("calc.slipped")
	case slipFailed:
		s.Slip = l.text("calc.noslip")
	}
	return s
}

// calculating is a touch at the fee calculator, or on the steps of its estimate.
func (l *Lobby) calculating(i view.Intent) {
	_, steps := l.screen.(view.CalcSteps)
	e := &l.visit.estimate
	switch {
	case steps && i.Kind == view.Back:
		l.show(l.calc)
	case steps && i.Kind == view.PrintSlip:
		l.printEstimate()
	case steps:
	case i.Kind == view.Back:
		l.home()
	case i.Kind == view.ShowSteps:
		if e.slip != slipBusy {
			e.slip = noSlip
		}
		l.show(l.steps)
	default:
		if c, ok := e.calc.Apply(i); ok {
			e.calc = c
		}
	}
}

// printEstimate prints how a fee is computed.
func (l *Lobby) printEstimate() {
	e := &l.visit.estimate
	if e.slip == slipBusy {
		return
	}
	e.slip = slipBusy
	l.draw()
	paper := e.calc.Slip()
	l.work(func(ctx context.Context) func() {
		err := l.printPaper(ctx, paper)
		return func() {
			e.slip = slipOf(err)
			if err != nil {
				l.opt.Log.WarnContext(l.ctx, "estimate not printed", "err", err)
			}
			l.draw()
		}
	})
}

func (l *Lobby) printPaper(ctx context.Context, paper receipt.Estimate) error {
	filled, err := l.opt.Counter.Estimate(ctx, paper)
	if err != nil {
		return err
	}
	_, err = l.opt.Printer.PrintSlip(ctx, filled)
	return err
}
