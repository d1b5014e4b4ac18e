package lobby

import (
	"context"
	"errors"
	"time"

	"courtkiosk/app/counter"
	"courtkiosk/app/receipt"
	"courtkiosk/payment"
	"courtkiosk/ui/view"
)

// doneFor is how long the last screen stays after the receipt's outcome is known.
const doneFor = 18 * time.Second

// printFor is how long a printer may take for a receipt. It is less than the counter waits before it doubts.
const printFor = 5 * time.Minute

// tellFor is how long the screen waits until the counter has heard of it.
const tellFor = 10 * time.Second

// A printing is a receipt on its way to paper.
type printing struct {
	busy    bool
	facts   facts  // what the last screen says
	result  result // of the last print
	trouble error  // why it failed; nil when it did not
	code    string // of the receipt, to be photographed
	left    int    // seconds until the last screen goes home
	unready error  // why no receipt can be printed, as far as it was asked
}

// The facts are what a screen says of a payment; order is empty while there is none.
type facts struct {
	order, number, item, transaction, reference string
	amount                                      payment.Fen
	paidAt                                      time.Time
	returned                                    bool // some of it came back
	found                                       bool // it is a reprint
}

// A result is what is known of a print.
type result int

const (
	printBusy result = iota
	printProven
	printSent
	printFailed // nothing left this machine
	printDoubt  // there may be paper
	printHeld   // the counter hands no receipt out
)

// resultOf sorts what a printer said.
func resultOf(out receipt.Outcome, err error) result {
	switch {
	case err == nil && out.Proven():
		return printProven
	case err == nil:
		return printSent
	case errors.Is(err, payment.ErrNotBegun):
		return printFailed
	}
	return printDoubt
}

// words are the message that says so.
func (r result) words() string {
	return [...]string{"print.busy", "print.printed", "print.sent", "print.trouble", "print.doubt", "print.held"}[r]
}

func (r result) printed() bool { return r == printProven || r == printSent }

func factsOf(d counter.Due, o counter.Progress) facts {
	return facts{
		order: o.Order, number: d.Case, item: d.Item, transaction: o.TransactionID, reference: o.Reference,
		amount: o.Amount, paidAt: o.PaidAt,
	}
}

func factsOn(r receipt.Receipt) facts {
	return facts{
		number: r.Case, item: r.Item, transaction: r.TransactionID, reference: r.Reference,
		amount: r.Amount, paidAt: r.PaidAt, returned: r.Returned != payment.NothingReturned, found: true,
	}
}

// paid shows that WeChat has the money, and prints.
func (l *Lobby) paid() {
	v := l.visit
	v.paying.leave()
	v.printing.facts = factsOf(v.choice.due, v.paying.order)
	l.print(v.paying.order.Order, false)
}

// doneTouched is a touch on the last screen.
func (l *Lobby) doneTouched(i view.Intent) {
	switch i.Kind {
	case view.GoHome:
		l.home()
	case view.Reprint:
		l.print(l.visit.printing.facts.order, true)
	case view.NextBill:
		if l.nextOwed() != "" {
			l.nextBill()
		}
	case view.NextCase:
		if !l.visit.printing.facts.found { // who looks for a receipt is led to no payment
			l.nextCase()
		}
	}
}

// nextOwed names the bill that can be paid next: only after a payment of this visit, and once its receipt is settled.
func (l *Lobby) nextOwed() string {
	v := l.visit
	if v.printing.busy || v.printing.facts.returned || v.finding || v.paying.order.State != payment.Paid ||
		v.paying.order.Order != v.printing.facts.order {
		return ""
	}
	next, ok := v.choice.next()
	if !ok {
		return ""
	}
	return view.Said(view.Term(l.frame.Lang, next.Item)) + "　" + view.Yuan(next.Amount)
}

// print prints the receipt of an order, or one more than may be on paper already.
func (l *Lobby) print(order string, again bool) {
	v := l.visit
	if v.printing.busy {
		return
	}
	v.printing.busy, v.printing.result, v.printing.trouble, v.printing.code = true, printBusy, nil, ""
	if v.printing.facts.order == order {
		l.lastPage()
	} else {
		l.wait(0, "wait.print")
	}
	l.beside(printFor, func(ctx context.Context) {
		l.hand(ctx, v, counter.Print{Order: order, Visit: v.id, Copy: again})
	})
}

// lastPage shows what was paid, for its whole time.
func (l *Lobby) lastPage() {
	l.visit.printing.left, l.visit.touched = int(doneFor/time.Second), time.Now()
	l.show(l.done)
}

// hand takes a receipt from the counter to the printer, and says what became of it. It runs beside the visit. A
// receipt whose visitor has gone before the first byte is not printed: it would come out for the next one.
func (l *Lobby) hand(ctx context.Context, v *visit, ask counter.Print) {
	h, err := l.opt.Counter.Receipt(ctx, ask)
	if err != nil {
		code, _ := l.opt.Counter.Look(ctx, ask.Order, v.id)
		l.onVisit(v, func() { l.notHanded(ask, code, err) })
		return
	}
	out, perr := receipt.Outcome(""), payment.ErrNotBegun
	if v.ctx.Err() == nil {
		l.onVisit(v, func() { l.handed(ask.Order, h.Receipt) })
		out, perr = l.opt.Printer.Print(ctx, h.Receipt)
	}
	l.tellEnd(ctx, h.End(out, perr)) // before the screen offers another copy
	l.onVisit(v, func() { l.printed(resultOf(out, perr), h.Receipt.Code, perr) })
}

// tellEnd tells the counter what became of a receipt. What it does not hear it doubts after a while.
func (l *Lobby) tellEnd(ctx context.Context, e counter.PrintEnd) {
	ctx, cancel := context.WithTimeout(ctx, tellFor)
	defer cancel()
	if err := l.opt.Counter.Printed(ctx, e); err != nil {
		l.opt.Log.WarnContext(ctx, "what became of a receipt is not stored", "order", e.Order, "err", err)
	}
}

// handed shows the payment whose receipt goes to the printer, if it is not on the screen already.
func (l *Lobby) handed(order string, r receipt.Receipt) {
	if p := &l.visit.printing; p.facts.order != order || r.Returned != payment.NothingReturned {
		p.facts = factsOn(r)
		p.facts.order = order
	}
	l.lastPage()
}

// printed shows what became of the receipt.
func (l *Lobby) printed(r result, code string, err error) {
	p := &l.visit.printing
	p.busy, p.result, p.trouble = false, r, err
	if !p.facts.returned { // a code cannot say that the money came back
		p.code = code
	}
	if err != nil {
		short := view.Of(err).Code()
		l.opt.Log.WarnContext(l.ctx, "receipt not printed", "order", p.facts.order, "code", short, "err", err)
	}
	l.lastPage()
	l.tell()
}

// notHanded says why the counter hands out no receipt.
func (l *Lobby) notHanded(ask counter.Print, code string, err error) {
	p := &l.visit.printing
	p.busy = false
	switch {
	case counter.Is(err, counter.NotProven) && ask.Copy:
		l.prove(ask.Order, p.facts.number)
	case p.facts.order == ask.Order:
		l.printed(printHeld, code, err)
	default:
		l.refuse(view.Of(err), err)
	}
}

// done puts a paid order into words, and what is known of its receipt.
func (l *Lobby) done() view.Screen {
	p := l.visit.printing
	words := p.result.words()
	if p.facts.returned && (p.result == printFailed || p.result == printDoubt) {
		words = "print.returned" // the others say that the fee is paid
	}
	return view.Done{
		Returned: p.facts.returned, Found: p.facts.found, Amount: view.Yuan(p.facts.amount),
		Print: l.text(words, "printer", l.printerWords(p.trouble)),
		Rows: []view.Row{
			{Label: l.text("fee.case"), Value: p.facts.number},
			{Label: l.text("done.item"), Value: view.Term(l.frame.Lang, p.facts.item)},
			{Label: l.text("done.time"), Value: view.Stamp(p.facts.paidAt)},
			{Label: l.text("done.wechat"), Value: view.Grouped(p.facts.transaction)},
			{Label: l.text("done.ref"), Value: p.facts.reference},
		},
		Printed: p.result.printed(), Again: p.result.printed(), Trouble: p.result > printSent, Code: p.code,
		Next: l.nextOwed(), Left: l.doneLeft(),
	}
}

// doneLeft is how many seconds the last screen stays if nobody does anything.
func (l *Lobby) doneLeft() int {
	if l.visit.hears.on {
		return max(0, int((l.idleLimit()-l.untouched(time.Now()))/time.Second))
	}
	return l.visit.printing.left
}

// askPrinter finds out, before money is taken, whether a receipt can be printed. The fee is on the screen meanwhile
// and can be paid.
func (l *Lobby) askPrinter() {
	l.work(func(ctx context.Context) func() {
		err := l.opt.Printer.Ready(ctx)
		return func() {
			l.visit.printing.unready = err
			if err != nil {
				l.opt.Log.WarnContext(l.ctx, "printer not ready", "err", err)
			}
			l.draw()
		}
	})
}

// hasPrinter reports whether there is a printer, well or not, as far as it was asked.
func (l *Lobby) hasPrinter() bool {
	_, none := l.opt.Printer.(receipt.None)
	return !none && !errors.Is(l.visit.printing.unready, receipt.ErrNoPrinter)
}

// printerWords say what is wrong with the printer.
func (l *Lobby) printerWords(err error) string {
	if trouble, ok := errors.AsType[*receipt.TroubleError](err); ok {
		return l.text("printer." + string(trouble.Condition))
	}
	return l.text("printer.none")
}
