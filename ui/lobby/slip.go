package lobby

import (
	"context"
	"errors"

	"courtkiosk/app/counter"
	"courtkiosk/app/message"
	"courtkiosk/app/receipt"
	"courtkiosk/ui/view"
)

// A slip is how far a slip is that proves nothing: a verification, an estimate, a referral or a request.
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
	l.onPaper("verification", func(ctx context.Context) (receipt.Slip, error) {
		return l.opt.Counter.Verification(ctx, order)
	}, func(s slip) {
		if p.following() && p.order.Order == order {
			p.slip = s
			l.news()
		}
	})
}

// printRequest prints the form with which the payment on the screen can be asked back at the window. Who has not proven
// it, or not lately, is asked for the digits.
func (l *Lobby) printRequest() {
	p := &l.visit.place
	s, _ := l.screen.(view.Where)
	if p.slip == slipBusy || !s.Request {
		return
	}
	ask := counter.Print{Order: p.order, Visit: l.visit.id}
	p.slip = slipBusy
	l.draw()
	var refused error
	l.onPaper("refund request", func(ctx context.Context) (receipt.Slip, error) {
		r, err := l.opt.Counter.RefundRequest(ctx, ask)
		refused, r.Hours = err, view.ServiceHours(message.Chinese, l.opt.Hours)
		return r, err
	}, func(s slip) {
		if p.order != ask.Order {
			return
		}
		p.slip = s
		switch _, here := l.screen.(view.Where); {
		case refused == nil:
		case !here:
			p.slip = noSlip
		case counter.Is(refused, counter.NotProven):
			p.slip, p.stands.Proven = noSlip, false
			l.whereTouched(view.Intent{Kind: view.PrintSlip})
		default:
			p.slip = noSlip
			l.refuse(view.Of(refused), refused)
		}
	})
}

// requestWords say how far a refund request is, and whether one can be asked for.
func (l *Lobby) requestWords(s slip) (words string, printable bool) {
	switch {
	case s == slipBusy:
		return l.text("wait.print"), false
	case s == slipPrinted:
		return l.text("where.slipped"), false
	case s == slipFailed, !l.hasPrinter():
		return l.text("where.noslip"), l.hasPrinter()
	}
	return "", true
}

// onPaper prints a slip beside the visit. fill asks the counter for its lines; then is told how far it is.
func (l *Lobby) onPaper(what string, fill func(context.Context) (receipt.Slip, error), then func(slip)) {
	l.work(func(ctx context.Context) func() {
		s, err := fill(ctx)
		if err == nil {
			_, err = l.opt.Printer.PrintSlip(ctx, s)
		}
		return func() {
			if err != nil {
				l.opt.Log.WarnContext(l.ctx, "slip not printed", "slip", what, "err", err)
			}
			if errors.Is(err, receipt.ErrNoPrinter) {
				l.visit.printing.unready = err
			}
			then(slipOf(err))
			l.draw()
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
	l.onPaper("estimate", func(ctx context.Context) (receipt.Slip, error) {
		return l.opt.Counter.Estimate(ctx, paper)
	}, func(s slip) { e.slip = s })
}

// printTable prints what is charged for what, once in a visit.
func (l *Lobby) printTable() {
	v := l.visit
	if v.table == slipBusy || v.table == slipPrinted || v.printing.busy || v.help.topic != view.WaysTopic {
		return
	}
	v.table = slipBusy
	l.onPaper("fee table", func(ctx context.Context) (receipt.Slip, error) {
		return l.opt.Counter.FeeTable(ctx, view.FeeTable())
	}, func(s slip) { v.table = s })
}

// tableWords say how far the fee table is; empty when none was asked for.
func (l *Lobby) tableWords() string {
	switch l.visit.table {
	case slipBusy:
		return l.text("wait.print")
	case slipPrinted:
		return l.text("help.printed")
	case slipFailed:
		return l.text("help.noprint")
	}
	return ""
}
