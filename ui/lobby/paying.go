package lobby

import (
	"context"
	"errors"
	"time"

	"courtkiosk/app"
	"courtkiosk/app/bill"
	"courtkiosk/app/message"
	"courtkiosk/app/receipt"
	"courtkiosk/payment"
	"courtkiosk/ui/view"
)

// pay asks for an order of the bill that was confirmed.
func (l *lobby) pay() {
	l.visit.leaveSession()
	l.visit.took = time.Now()
	d := l.visit.due
	l.show(view.Working{At: 3, Title: l.text("wait.code")})
	l.work(func(ctx context.Context) func() {
		s, err := l.app.Pay(ctx, d)
		return func() {
			changed, ok := errors.AsType[*bill.ChangedError](err)
			switch {
			case ok:
				words := l.text("fee.updated")
				if changed.Now.Amount != d.Amount() {
					words = l.text("fee.changed", "amount", view.Yuan(changed.Now.Amount))
				}
				l.visit.due = bill.Due{Bill: changed.Now, State: bill.DueOwed}
				l.show(l.fee(l.visit.due, words))
			case err != nil:
				l.refuse(view.Of(err), err)
			default:
				l.watch(s)
			}
		}
	})
}

// watch shows the news of a session until the visit or the session ends.
func (l *lobby) watch(s *payment.Session) {
	v := l.visit
	news, stop := s.Watch()
	done := make(chan struct{})
	v.session = s
	v.unwatch = func() {
		stop()
		close(done)
	}
	arrive := seam.To(func(n payment.News) {
		if l.visit == v && v.session == s {
			v.heard = &n
			l.news(n)
		}
	})
	go func() {
		for {
			select {
			case n := <-news:
				arrive.Send(n)
			case <-done:
				return
			}
		}
	}()
}

// news shows what is known of the order.
func (l *lobby) news(n payment.News) {
	o := n.Order
	l.visit.order = o
	switch o.State {
	case payment.Paid:
		l.paid(o)
	case payment.Disputed, payment.Foreign:
		l.visit.leaveSession()
		l.refuse(view.Of(&payment.BlockedError{Order: o}), &payment.BlockedError{Order: o})
	case payment.Closed:
		id := message.ID("expired")
		switch {
		case !l.visit.cancelled.IsZero():
			id = "cancelled"
		case l.app.Cashier().Now().Before(o.Expires): // neither the visitor nor the clock closed it
			id = "stopped"
		}
		l.visit.leaveSession()
		l.refuse(id, nil)
	case payment.Void:
		l.visit.leaveSession()
		l.refuse("network", n.Trouble)
	case payment.Created:
		l.preparing(n)
	case payment.Waiting:
		l.shown(n)
	case payment.Closing:
		l.closing(n)
	}
}

// preparing is the wait for a code. Nobody can pay what has no code, so leaving costs nothing.
func (l *lobby) preparing(n payment.News) {
	for _, grave := range []error{payment.ErrUnauthorized, payment.ErrClock, payment.ErrRefused} {
		if errors.Is(n.Trouble, grave) {
			l.visit.session.Leave()
			l.visit.leaveSession()
			l.refuse(view.Of(grave), n.Trouble)
			return
		}
	}
	w := view.Working{At: 3, Title: l.text("wait.code")}
	if n.Trouble != nil && time.Since(l.visit.took) > networkGrace || time.Since(l.visit.took) > noteAfter {
		w.Note, w.Leave = l.text("wait.long"), true
	}
	l.show(w)
}

// shown is a code on the screen. One that was shown before is asked about first.
func (l *lobby) shown(n payment.News) {
	o := n.Order
	left := int(time.Until(o.Expires.Add(-l.offset())) / time.Second)
	fresh := o.CreatedAt.After(l.visit.took.Add(-networkGrace)) || n.Asked.After(l.visit.took)
	switch {
	case !l.visit.cancelled.IsZero():
		l.closing(n)
		return
	case left <= 0:
		l.verify(n, l.text("verify.closing"))
		return
	case !fresh:
		l.show(view.Working{At: 3, Title: l.text("wait.code"), Leave: time.Since(l.visit.took) > noteAfter})
		return
	}
	p := view.Pay{
		Amount: view.Yuan(o.Amount), Payee: l.app.Config.Payee(), Case: l.visit.due.Bill.Case.String(), QR: o.CodeURL,
		Left: left, Total: int(o.PayWithin / time.Second), State: l.text("pay.waiting"), Note: l.text("pay.waiting.note"),
		Calm: true, Demo: l.app.Demo != nil,
	}
	if n.Trouble != nil && time.Since(n.Since) > networkGrace {
		p.State, p.Note, p.Calm = l.text("pay.offline"), l.text("pay.offline.note"), false
	}
	l.show(p)
}

// offset is how far WeChat's clock is ahead of ours.
func (l *lobby) offset() time.Duration { return time.Until(l.app.Cashier().Now()).Round(time.Second) }

// closing is the wait for WeChat's word that nobody can pay any more.
func (l *lobby) closing(n payment.News) {
	if c := l.visit.cancelled; !c.IsZero() && time.Since(c) < closingFor {
		l.show(view.Working{At: 3, Title: l.text("wait.closing"), Note: l.text("wait.closing.note")})
		return
	}
	l.verify(n, l.text("verify.closing"))
}

func (l *lobby) verify(n payment.News, sentence string) {
	if l.visit.verifying.IsZero() {
		l.visit.verifying = time.Now()
	}
	if n.Trouble != nil {
		sentence = l.text("verify.text")
	}
	untouched := time.Since(l.visit.touched)
	if time.Since(l.visit.verifying) > verifyFor && untouched > verifyFor {
		l.visit.session.Leave()
		l.home()
		return
	}
	l.show(view.Verify{
		Sentence: sentence, Emphasis: l.text("verify.twice"), Reference: l.app.Reference(n.Order), Slip: l.visit.slip,
		Printable: l.visit.slip == "" && l.app.Config.Receipt.Printer != "none",
	})
}

func (l *lobby) paying(i view.Intent) {
	switch i.Kind {
	case view.Cancel:
		l.visit.cancelled = time.Now()
		l.visit.session.Cancel()
		l.show(view.Working{At: 3, Title: l.text("wait.closing"), Note: l.text("wait.closing.note")})
	case view.DemoPay:
		if l.app.Demo != nil {
			if err := l.app.Demo.Pay(l.visit.order.No); err != nil {
				l.log.WarnContext(l.ctx, "demo payment", "err", err)
			}
			l.visit.session.Ask()
		}
	}
}

func (l *lobby) waiting(i view.Intent) {
	switch i.Kind {
	case view.Leave:
		if s := l.visit.session; s != nil {
			if l.visit.order.State == payment.Created {
				s.Cancel()
			}
			s.Leave()
		}
		l.home()
	case view.KeepWaiting:
		if s := l.visit.session; s != nil {
			l.visit.verifying = time.Now()
			s.Ask()
		}
	case view.PrintSlip:
		l.printSlip()
	}
}

func (l *lobby) printSlip() {
	no := l.visit.order.No
	l.visit.slip = l.text("wait.print")
	l.work(func(ctx context.Context) func() {
		_, err := l.app.PrintVerification(ctx, no)
		return func() {
			l.visit.slip = l.text("verify.slipped")
			if err != nil {
				l.log.WarnContext(l.ctx, "slip not printed", "order", no, "err", err)
				l.visit.slip = l.text("verify.noslip")
			}
		}
	})
}

// askPrinter finds out, before money is taken, whether a receipt can be printed. The fee is on the screen meanwhile and can be paid.
func (l *lobby) askPrinter() {
	l.work(func(ctx context.Context) func() {
		err := l.app.Printer().Ready(ctx)
		return func() {
			l.visit.printer = err
			if _, ok := l.screen.(view.Fee); ok && err != nil {
				l.log.WarnContext(l.ctx, "printer not ready", "err", err)
				l.show(l.fee(l.visit.due, ""))
			}
		}
	})
}

// printerWords say what is wrong with the printer.
func (l *lobby) printerWords(err error) string {
	if trouble, ok := errors.AsType[*receipt.TroubleError](err); ok {
		return l.text("printer." + string(trouble.Condition))
	}
	return l.text("printer.none")
}

// paid shows that WeChat has the money, and prints.
func (l *lobby) paid(o payment.Order) {
	l.visit.leaveSession()
	l.visit.order = o
	l.printing(func(ctx context.Context) (receipt.Outcome, error) { return l.app.Print(ctx, o.No) })
}

// reprint prints a copy for who has proven to hold the payment.
func (l *lobby) reprint() {
	no := l.visit.order.No
	l.printing(func(ctx context.Context) (receipt.Outcome, error) { return l.app.Reprint(ctx, no) })
}

func (l *lobby) printing(print func(context.Context) (receipt.Outcome, error)) {
	if l.visit.printing {
		return
	}
	o := l.visit.order
	l.visit.printing = true
	l.show(l.done(o, l.text("print.busy"), view.Done{Left: int(doneFor / time.Second)}))
	l.work(func(ctx context.Context) func() {
		out, err := print(ctx)
		var paper receipt.Receipt
		if err != nil {
			paper, _ = l.app.Receipt(ctx, o.No) // shown in place of paper, where there is one
		}
		return func() {
			l.visit.printing = false
			d := view.Done{Left: int(doneFor / time.Second), Code: paper.Code}
			words := ""
			switch {
			case err == nil && out.Proven():
				words, d.Printed, d.Again = "print.printed", true, true
			case err == nil:
				words, d.Printed, d.Again = "print.sent", true, true
			case errors.Is(err, receipt.ErrNothingSent):
				words, d.Trouble = "print.trouble", true
			case errors.Is(err, app.ErrNotPrintable), errors.Is(err, app.ErrPrinted):
				words, d.Trouble = "print.held", true
			default:
				words, d.Trouble = "print.doubt", true
			}
			if err != nil {
				l.log.WarnContext(l.ctx, "receipt not printed", "order", o.No, "code", message.Of(message.English, view.Of(err)).Code, "err", err)
			}
			l.logged = ""
			l.show(l.done(o, l.text(words, "printer", l.printerWords(err)), d))
		}
	})
}
