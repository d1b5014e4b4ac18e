package lobby

import (
	"context"
	"errors"
	"slices"
	"strconv"
	"time"

	"courtkiosk/app"
	"courtkiosk/app/bill"
	"courtkiosk/app/caseno"
	"courtkiosk/app/message"
	"courtkiosk/payment"
	"courtkiosk/ui/view"
)

// intent is every touch.
func (l *lobby) intent(i view.Intent) {
	l.visit.touched = time.Now()
	f := l.frame
	f.IdleLeft = 0
	switch i.Kind {
	case view.Stay:
		l.draw(f, l.screen)
		return
	case view.Language:
		f.Lang = f.Lang.Other()
		l.again(f)
		return
	case view.LargeText:
		f.Large = !f.Large
		l.draw(f, l.screen)
		return
	case view.Questions:
		if _, ok := l.screen.(view.Help); !ok && l.visit.session == nil {
			l.visit.back = l.screen
			l.draw(f, view.Help{})
		}
		return
	}
	l.frame = f
	l.onScreenIntent(i)
}

// again shows the present screen in another language. What was already put into words is put so anew.
func (l *lobby) again(f view.Frame) {
	l.frame.Lang = f.Lang
	s := l.screen
	switch v := s.(type) {
	case view.Home:
		s = l.homeScreen()
	case view.Case:
		v.Wrong = ""
		s = v
	case view.Notice:
		rows := v.Rows
		n := view.NewNotice(l.frame, v.ID)
		n.Rows = rows
		s = n
	case view.Fee:
		s = l.fee(l.visit.due, "")
	case view.Bills:
		s = l.bills()
	case view.Done:
		s = l.done(l.visit.order, v.Print, v)
	case view.Calc:
		s = l.visit.calc.Screen(f.Lang)
	case view.CalcSteps:
		s = l.visit.calc.Steps(f.Lang)
	case view.Pay, view.Verify:
		if n, ok := l.visit.latest(); ok {
			l.logged = ""
			l.news(n)
			return
		}
	}
	l.logged = "" // the same screen in other words
	l.draw(f, s)
}

func (l *lobby) onScreenIntent(i view.Intent) {
	switch v := l.screen.(type) {
	case view.Home:
		l.begin(i)
	case view.Case:
		l.typing(v, i)
	case view.Bills:
		l.picking(i)
	case view.Fee:
		switch i.Kind {
		case view.Back:
			l.home()
		case view.Confirm:
			l.pay()
		}
	case view.Pay:
		l.paying(i)
	case view.Working, view.Verify:
		l.waiting(i)
	case view.Notice:
		l.noticed(i)
	case view.Done:
		switch i.Kind {
		case view.GoHome:
			l.home()
		case view.Reprint:
			l.reprint()
		}
	case view.Calc:
		l.calculating(i)
	case view.CalcSteps:
		switch i.Kind {
		case view.Back:
			l.show(l.visit.calc.Screen(l.frame.Lang))
		case view.PrintSlip:
			l.printEstimate(v)
		}
	case view.Proof:
		l.proving(v, i)
	case view.Help:
		back := l.visit.back
		if back == nil {
			back = l.homeScreen()
		}
		l.show(back)
	}
}

// begin starts a visit from the home screen.
func (l *lobby) begin(i view.Intent) {
	switch i.Kind {
	case view.StartPaying:
		if l.closed != nil {
			l.refuse(view.Of(l.closed), nil)
			return
		}
	case view.Find:
		l.visit.finding = true
	case view.Calculate:
		l.visit.calc = view.NewCalculator()
		l.show(l.visit.calc.Screen(l.frame.Lang))
		return
	default:
		return
	}
	l.retype()
}

// retype shows the pad, with what was typed.
func (l *lobby) retype() {
	if l.visit.entry.Court == "" {
		l.visit.entry = view.NewEntry(l.app.Config.Court.Codes(), time.Now().In(payment.China).Year())
	}
	f := l.frame
	f.Purse = ""
	l.draw(f, view.Case{Entry: l.visit.entry})
}

func (l *lobby) typing(v view.Case, i view.Intent) {
	switch i.Kind {
	case view.Back:
		l.home()
	case view.Confirm:
		n, err := caseno.Parse(v.Entry.Text(), time.Now())
		if err != nil {
			l.show(view.Case{Entry: v.Entry, Wrong: message.Of(l.frame.Lang, view.Of(err)).Title})
			return
		}
		l.lookUp(bill.Query{Case: n})
	default:
		if e, ok := v.Entry.Apply(i); ok {
			l.visit.entry = e
			l.show(view.Case{Entry: e})
		}
	}
}

// calculating is a touch at the fee calculator.
func (l *lobby) calculating(i view.Intent) {
	switch i.Kind {
	case view.Back:
		l.home()
	case view.ShowSteps:
		l.show(l.visit.calc.Steps(l.frame.Lang))
	default:
		if c, ok := l.visit.calc.Apply(i); ok {
			l.visit.calc = c
			l.show(c.Screen(l.frame.Lang))
		}
	}
}

// printEstimate prints how a fee is computed.
func (l *lobby) printEstimate(v view.CalcSteps) {
	if l.visit.printing {
		return
	}
	l.visit.printing = true
	v.Slip = l.text("wait.print")
	l.show(v)
	l.work(func(ctx context.Context) func() {
		_, err := l.app.PrintEstimate(ctx, l.visit.calc.Slip())
		return func() {
			l.visit.printing = false
			v.Slip = l.text("calc.slipped")
			if err != nil {
				l.log.WarnContext(l.ctx, "estimate not printed", "err", err)
				v.Slip = l.text("calc.noslip")
			}
			if _, ok := l.screen.(view.CalcSteps); ok {
				l.show(v)
			}
		}
	})
}

// lookUp asks what a case owes, or what a payment code is for.
func (l *lobby) lookUp(q bill.Query) {
	l.show(view.Working{At: 1, Title: l.text("wait.case")})
	l.work(func(ctx context.Context) func() {
		dues, err := l.app.Find(ctx, q)
		return func() {
			if errors.Is(err, bill.ErrUnreachable) {
				dues = l.ours(dues)
			}
			if len(dues) == 0 || err != nil && !errors.Is(err, bill.ErrUnreachable) {
				l.notFound(q, err)
				return
			}
			l.found(dues)
		}
	})
}

// ours keeps of what the ledger alone knows what the visitor may go on with while the court is silent: a receipt to find, a code to pay.
func (l *lobby) ours(dues []bill.Due) []bill.Due {
	return slices.DeleteFunc(dues, func(d bill.Due) bool {
		return d.State != bill.DuePaying && !(l.visit.finding && d.Order.State == payment.Paid)
	})
}

// notFound says why there is nothing to pay, and what looks odd about the number.
func (l *lobby) notFound(q bill.Query, err error) {
	id := view.Of(err)
	if id == "not-found" || id == "other-court" {
		err = nil // a slip of the finger, not an event
	}
	l.refuse(id, err)
	n, ok := l.screen.(view.Notice)
	if !ok || q.Code != "" || err != nil {
		return
	}
	n.Rows = view.About(l.frame.Lang, q.Case, l.app.Config.Court.Code, time.Now())
	l.show(n)
}

func (l *lobby) found(dues []bill.Due) {
	l.visit.dues, l.visit.page = dues, 0
	if l.visit.finding {
		paid := dues[:0:0]
		for _, d := range dues {
			if d.Order.State == payment.Paid {
				paid = append(paid, d)
			}
		}
		if len(paid) > 0 {
			l.visit.dues = paid
		}
	}
	if len(l.visit.dues) == 1 {
		l.open(l.visit.dues[0])
		return
	}
	l.show(l.bills())
}

// open shows one bill: to be paid, or why not.
func (l *lobby) open(d bill.Due) {
	l.visit.due, l.visit.order = d, d.Order
	f := l.frame
	f.Purse = string(d.Bill.Purse)
	id := view.OfDue(d)
	if id == "" {
		l.draw(f, l.fee(d, ""))
		l.askPrinter()
		return
	}
	l.frame = f
	n := view.NewNotice(f, id)
	if id == "paid" {
		n.Rows = []view.Row{
			{Label: l.text("fee.case"), Value: d.Bill.Case.String()},
			{Label: l.text("done.time"), Value: view.Stamp(d.Order.PaidAt)},
			{Label: l.text("pay.amount"), Value: view.Yuan(d.Order.Amount)},
		}
	}
	l.logged = ""
	l.show(n)
}

func (l *lobby) picking(i view.Intent) {
	switch i.Kind {
	case view.Back:
		l.home()
	case view.NextPage:
		l.visit.page++
		l.show(l.bills())
	case view.PickBill:
		at, err := strconv.Atoi(i.Arg)
		if at += l.visit.page * billsPerPage; err == nil && at < len(l.visit.dues) {
			l.open(l.visit.dues[at])
		}
	}
}

func (l *lobby) noticed(i view.Intent) {
	switch i.Kind {
	case view.GoHome:
		l.home()
	case view.StartPaying:
		l.retype()
	case view.NewCode:
		l.pay()
	case view.Reprint:
		l.visit.digits = ""
		l.show(view.Proof{Case: l.visit.due.Bill.Case.String()})
	}
}

// proving asks for what only the payer's phone tells.
func (l *lobby) proving(v view.Proof, i view.Intent) {
	switch i.Kind {
	case view.Back:
		l.open(l.visit.due)
		return
	case view.Digit:
		if len(v.Digits) < 6 {
			v.Digits += i.Arg
		}
	case view.Backspace:
		v.Digits = v.Digits[:max(0, len(v.Digits)-1)]
	case view.Clear:
		v.Digits = ""
	case view.Confirm:
		if app.Proves(l.visit.due.Order, v.Digits) {
			l.visit.order = l.visit.due.Order
			l.reprint()
			return
		}
		v.Digits, v.Wrong = "", l.text("proof.wrong")
		if l.visit.wrong++; l.visit.wrong >= maxWrongProof {
			l.log.WarnContext(l.ctx, "proof of possession failed", "order", l.visit.due.Order.No, "tries", l.visit.wrong)
			l.home()
			return
		}
		l.show(v)
		return
	default:
		return
	}
	v.Wrong = ""
	l.show(v)
}
