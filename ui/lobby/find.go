package lobby

import (
	"context"

	"courtkiosk/app/bill"
	"courtkiosk/app/counter"
	"courtkiosk/payment"
	"courtkiosk/ui/view"
)

// A place is how far a payment is that somebody looks for.
type place struct {
	order  string
	number string // what the screen calls the payment: what was typed or scanned
	stands counter.Where
	slip   slip // of a request to have it back
}

// openFound shows where the payment of a bill is. One that nobody has paid here is not offered to be paid: who looks
// for a receipt believes to have paid.
func (l *Lobby) openFound(d counter.Due) {
	switch d.State {
	case bill.DuePaid, bill.DueChanged, bill.DueReturned, bill.DueDisputed, bill.DuePaying:
		l.where(d.Order, d.Case)
	case bill.DueOwed, bill.DueNothing, bill.DueMissing:
		l.refuse(view.NoPayment, nil)
	default:
		l.refuse(view.OfDue(d), nil)
	}
}

// scannedOrder shows where the payment is whose number was scanned. The number is a hash of facts that others may know:
// it names and proves nothing, so the screen says no more of the payment than how far it is, and its receipt asks for
// the digits.
func (l *Lobby) scannedOrder(order string) {
	l.beginFinding()
	l.where(order, order)
}

// scannedReceipt shows where the payment is whose receipt was scanned. Who holds the paper may have it once more.
func (l *Lobby) scannedReceipt(code string) {
	l.beginFinding()
	ask := counter.Presented{Code: code, Visit: l.visit.id}
	l.findPlace("", func(ctx context.Context) (counter.Where, error) { return l.opt.Counter.Present(ctx, ask) })
}

// beginFinding forgets what the visit was about.
func (l *Lobby) beginFinding() {
	l.frame.Purse = ""
	l.visit.finding = true
	l.visit.asks(bill.Query{})
}

// where asks where a payment is, and shows it.
func (l *Lobby) where(order, number string) {
	visit := l.visit.id
	l.findPlace(number, func(ctx context.Context) (counter.Where, error) {
		return l.opt.Counter.Where(ctx, order, visit)
	})
}

// findPlace shows what is found; without a number that of the case, which only a proof tells.
func (l *Lobby) findPlace(number string, find func(ctx context.Context) (counter.Where, error)) {
	l.wait(0, "wait.payment")
	l.work(func(ctx context.Context) func() {
		w, err := find(ctx)
		return func() {
			switch {
			case counter.Is(err, counter.NotFound):
				l.refuse(view.NoPayment, nil)
			case err != nil:
				l.refuse(view.Of(err), err)
			default:
				if number == "" {
					number = w.Case
				}
				l.visit.place = place{order: w.Order, number: number, stands: w}
				l.show(l.wherePage)
			}
		}
	})
}

func (l *Lobby) wherePage() view.Screen {
	p := l.visit.place
	s := view.NewWhere(l.frame, p.number, p.stands)
	if s.Request {
		s.Slip, s.Request = l.requestWords(p.slip)
	}
	return s
}

// whereTouched is a touch while it is shown where a payment is.
func (l *Lobby) whereTouched(i view.Intent) {
	p := l.visit.place
	switch {
	case i.Kind == view.Back && len(l.visit.choice.dues) > 1:
		l.show(l.bills)
	case i.Kind == view.Back:
		l.home()
	case i.Kind == view.Reprint && p.stands.Proven:
		l.print(p.order, true)
	case i.Kind == view.Reprint && p.stands.State == payment.Paid:
		l.prove(p.order, p.number)
	case i.Kind == view.PrintSlip && p.stands.Proven:
		l.printRequest()
	case i.Kind == view.PrintSlip && p.stands.State == payment.Paid:
		l.visit.proof = proof{order: p.order, number: p.number, refund: true}
		l.show(l.proofPage)
	}
}
