package lobby

import (
	"slices"
	"strconv"
	"strings"
	"time"

	"courtkiosk/app/bill"
	"courtkiosk/app/counter"
	"courtkiosk/app/receipt"
	"courtkiosk/ui/view"
)

// A choice is what was found, and the bill of it that this visit is about.
type choice struct {
	dues    []counter.Due
	page    int
	due     counter.Due
	changed change
}

// A change is what the court did to the bill since it was shown.
type change int

const (
	unchanged change = iota
	otherAmount
	otherFacts
)

// billsPerPage is how many bills one screen shows.
const billsPerPage = 6

// take keeps what was found. Who looks for a receipt sees the paid bills alone, where there are any.
func (c *choice) take(dues []counter.Due, finding bool) {
	*c = choice{dues: dues}
	if !finding {
		return
	}
	paid := slices.DeleteFunc(slices.Clone(dues), func(d counter.Due) bool { return !hasReceipt(d) })
	if len(paid) > 0 {
		c.dues = paid
	}
}

// hasReceipt reports whether a bill was paid by an order of this ledger.
func hasReceipt(d counter.Due) bool {
	return d.State == bill.DuePaid || d.State == bill.DueChanged || d.State == bill.DueReturned
}

// turn goes to the next page, and from the last to the first.
func (c *choice) turn() {
	if c.page++; c.page*billsPerPage >= len(c.dues) {
		c.page = 0
	}
}

// shown are the bills of the present page.
func (c *choice) shown() []counter.Due {
	from := c.page * billsPerPage
	return c.dues[from:min(from+billsPerPage, len(c.dues))]
}

// renew takes the bill as the court asks for it now.
func (c *choice) renew(now counter.Due) {
	c.changed = otherFacts
	if now.Amount != c.due.Amount {
		c.changed = otherAmount
	}
	c.due = now
}

// found shows the one bill that was found, or lets the visitor choose.
func (l *Lobby) found(dues []counter.Due) {
	c := &l.visit.choice
	c.take(dues, l.visit.finding)
	if len(c.dues) == 1 {
		l.open(c.dues[0])
		return
	}
	l.show(l.bills())
}

// open shows one bill: to be paid, or why not.
func (l *Lobby) open(d counter.Due) {
	l.visit.choice.due, l.visit.choice.changed = d, unchanged
	f := l.frame
	f.Purse = string(d.Purse)
	why := view.OfDue(d)
	if why == "" {
		l.draw(f, l.fee())
		l.askPrinter()
		return
	}
	n := view.NewNotice(f, why)
	if d.State == bill.DuePaid {
		n.Rows = []view.Row{
			{Label: l.text("fee.case"), Value: d.Case},
			{Label: l.text("done.time"), Value: view.Stamp(d.PaidAt)},
			{Label: l.text("pay.amount"), Value: view.Yuan(d.Amount)},
		}
	}
	l.redraw(f, n)
}

// picking is a touch on the list of bills.
func (l *Lobby) picking(i view.Intent) {
	c := &l.visit.choice
	switch i.Kind {
	case view.Back:
		l.home()
	case view.NextPage:
		c.turn()
		l.show(l.bills())
	case view.PickBill:
		if at, err := strconv.Atoi(i.Arg); err == nil && at >= 0 && at < len(c.shown()) {
			l.open(c.shown()[at])
		}
	}
}

// bills is a page of the list.
func (l *Lobby) bills() view.Bills {
	c := &l.visit.choice
	v := view.Bills{Case: c.dues[0].Base, More: len(c.dues) > billsPerPage}
	for _, d := range c.shown() {
		v.Choices = append(v.Choices, view.Choice{
			Title: d.Item, Note: l.text("pursename." + string(d.Purse)), Amount: view.Yuan(d.Amount),
			State: view.DueTag(l.frame.Lang, d.State), Open: view.OfDue(d) == "",
		})
	}
	return v
}

// fee is what the visitor confirms.
func (l *Lobby) fee() view.Fee {
	d := l.visit.choice.due
	v := view.Fee{Item: d.Item, Note: d.Remark, Amount: view.Yuan(d.Amount), Changed: l.changeWords()}
	if d.Relief != "" { // what the court has granted stands beside the item
		v.Note = strings.Trim(l.text("relief."+string(d.Relief))+" · "+d.Remark, " ·")
	}
	if err := l.visit.printing.unready; err != nil {
		v.Printer = l.text("fee.noprinter", "printer", l.printerWords(err))
	}
	v.Capitals, _ = receipt.Capitals(d.Amount) // an amount that has none is refused at import
	for _, r := range []view.Row{
		{Label: l.text("fee.case"), Value: d.Case},
		{Label: l.text("fee.cause"), Value: d.Cause},
		{Label: l.text("fee.payer"), Value: d.Payer},
		{Label: l.text("fee.payee"), Value: d.Payee},
		{Label: l.text("fee.deadline"), Value: view.Deadline(l.frame.Lang, d.Deadline, d.DeadlineUnsure, time.Now())},
		{Label: l.text("fee.purse"), Value: l.text("pursename." + string(d.Purse))},
	} {
		if r.Value != "" {
			v.Rows = append(v.Rows, r)
		}
	}
	return v
}

func (l *Lobby) changeWords() string {
	switch c := l.visit.choice; c.changed {
	case otherAmount:
		return l.text("fee.changed", "amount", view.Yuan(c.due.Amount))
	case otherFacts:
		return l.text("fee.updated")
	}
	return ""
}
