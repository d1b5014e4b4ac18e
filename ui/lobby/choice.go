package lobby

import (
	"cmp"
	"slices"
	"strconv"
	"strings"
	"time"

	"courtkiosk/app/bill"
	"courtkiosk/app/caseno"
	"courtkiosk/app/counter"
	"courtkiosk/app/message"
	"courtkiosk/ui/view"
)

// A choice is what was found, and the bill of it that this visit is about.
type choice struct {
	asked   bill.Query // what was looked up
	wanted  string     // the bill that is opened if it is owed; empty where the visitor chooses
	finding bool       // a receipt, not what is owed
	dues    []counter.Due
	page    int
	due     counter.Due
	changed change
	edition int // of the bill: it grows with each change
}

// A change is what the court did to the bill since it was shown.
type change int

const (
	unchanged change = iota
	otherAmount
	otherFacts
)

// billsPerPage is how many bills one screen shows: as many as fit on the smallest panel.
const billsPerPage = 5

// take keeps what was found, what is owed first. Who looks for a payment sees the bills alone that somebody has begun
// to pay, where there are any.
func (c *choice) take(q bill.Query, dues []counter.Due, finding bool) {
	*c = choice{asked: q, wanted: c.wanted, finding: finding, dues: slices.Clone(dues)}
	slices.SortStableFunc(c.dues, func(a, b counter.Due) int { return cmp.Compare(c.rank(a), c.rank(b)) })
	if !finding {
		return
	}
	found := slices.DeleteFunc(slices.Clone(dues), func(d counter.Due) bool { return !traced(d) })
	if len(found) > 0 {
		c.dues = found
	}
}

// rank is where a bill stands in the list: what can be paid, then what has something to say, then what is settled.
func (c *choice) rank(d counter.Due) int {
	switch {
	case view.OfDue(d) == "":
		return 0
	case !c.settled(d):
		return 1
	}
	return 2
}

// settled reports whether a bill leads nowhere any more. One whose payment is looked for does, and so does a payment
// that came back: the bill is blocked until a clerk knows how much that was, and is nobody's to call settled.
func (c *choice) settled(d counter.Due) bool {
	if c.finding && traced(d) {
		return false
	}
	switch d.State {
	case bill.DuePaid, bill.DuePaidThere, bill.DueSettled, bill.DueNothing:
		return true
	}
	return false
}

// next is the case's first owed bill besides the present one.
func (c *choice) next() (counter.Due, bool) {
	i := slices.IndexFunc(c.dues, func(d counter.Due) bool { return d.Bill != c.due.Bill && view.OfDue(d) == "" })
	if i < 0 {
		return counter.Due{}, false
	}
	return c.dues[i], true
}

// traced reports whether something is known of a payment of a bill.
func traced(d counter.Due) bool {
	return d.State != bill.DueOwed && d.State != bill.DueNothing && d.State != bill.DueMissing
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
	c.edition++
}

// found shows the bill that is wanted or the only one, or lets the visitor choose. Of a case that owes nothing any
// more there is nothing to choose.
func (l *Lobby) found(q bill.Query, dues []counter.Due) {
	c := &l.visit.choice
	c.take(q, dues, l.visit.finding)
	wanted := slices.IndexFunc(c.dues, func(d counter.Due) bool {
		return c.wanted != "" && d.Bill == c.wanted && view.OfDue(d) == ""
	})
	switch {
	case wanted >= 0:
		c.wanted = ""
		l.open(c.dues[wanted])
	case c.finding && !slices.ContainsFunc(c.dues, traced):
		l.refuse(view.NoPayment, nil)
	case len(c.dues) == 1:
		l.open(c.dues[0])
	case slices.ContainsFunc(c.dues, func(d counter.Due) bool { return !c.settled(d) }):
		l.show(l.bills)
	case c.asked.Code != "": // its case may have others
		c.due = c.dues[0]
		l.refuse(view.BillSettled, nil)
	default: // of the whole case, and of none of its bills
		l.refuse(view.NothingOwed, nil)
	}
}

// known is why it does not go on as far as that is known: that nothing is owed is said of the case only where all its
// bills were found and are settled, else of the bill.
func (c *choice) known(why view.Reason) view.Reason {
	other := func(d counter.Due) bool { return d.Bill != c.due.Bill && !c.settled(d) }
	if why == view.NothingOwed && (c.asked.Code != "" || slices.ContainsFunc(c.dues, other)) {
		return view.BillSettled
	}
	return why
}

// open shows one bill: to be paid, or why not.
func (l *Lobby) open(d counter.Due) {
	l.visit.choice.due, l.visit.choice.changed = d, unchanged
	l.visit.proof, l.visit.place = proof{}, place{} // of another bill's payment, perhaps
	l.frame.Purse = string(d.Purse)
	if l.visit.finding {
		l.openFound(d)
		return
	}
	why := l.visit.choice.known(view.OfDue(d))
	if why == "" {
		l.show(l.fee)
		l.askPrinter()
		return
	}
	l.refuse(why, nil, func(f view.Frame, n *view.Notice) {
		if d.State == bill.DuePaid {
			n.Rows = append(n.Rows, view.Row{Label: message.Text(f.Lang, "done.time"), Value: view.Stamp(d.PaidAt)},
				view.Row{Label: message.Text(f.Lang, "pay.amount"), Value: view.Yuan(d.Amount)})
		}
	})
	l.tell()
}

// picking is a touch on the list of bills.
func (l *Lobby) picking(i view.Intent) {
	c := &l.visit.choice
	switch i.Kind {
	case view.Back:
		l.home()
	case view.NextPage:
		c.turn()
	case view.PickBill:
		at, err := strconv.Atoi(i.Arg)
		if err == nil && at >= 0 && at < len(c.shown()) && !c.settled(c.shown()[at]) {
			l.open(c.shown()[at])
		}
	}
}

// allBills looks up the case that the present bill is of: what was found before says nothing of its other bills, or of
// this one no more.
func (l *Lobby) allBills() {
	n, err := caseno.Parse(l.visit.choice.due.Base, time.Now())
	if err != nil {
		l.home()
		return
	}
	l.frame.Purse = ""
	l.lookUp(bill.Query{Case: n})
}

// goOn begins the visit anew for somebody who has paid and goes on: of what was paid nothing stays.
func (l *Lobby) goOn() {
	before := l.visit
	before.end()
	l.visit = newVisit(l.ctx)
	l.visit.finding, l.visit.entry.pad, l.visit.hears = before.finding, before.entry.pad, before.hears
	l.visit.entry.pad.Serial = ""
}

// nextBill looks up the case again and opens the bill that the last screen offered, if it is still owed.
func (l *Lobby) nextBill() {
	c := l.visit.choice
	next, ok := c.next()
	if !ok || l.visit.printing.busy {
		return
	}
	l.goOn()
	if l.barred() != "" {
		l.bar()
		return
	}
	l.visit.begun = true
	l.visit.choice.wanted = next.Bill
	l.lookUp(c.asked)
}

// nextCase asks for another case number.
func (l *Lobby) nextCase() {
	if l.visit.printing.busy {
		return
	}
	l.goOn()
	if l.barred() != "" {
		l.bar()
		return
	}
	l.visit.begun = true
	l.retype()
}

// bills is a page of the list.
func (l *Lobby) bills() view.Screen {
	c := &l.visit.choice
	v := view.Bills{Case: c.dues[0].Base, Count: len(c.dues), More: len(c.dues) > billsPerPage, Finding: c.finding}
	for _, d := range c.shown() {
		v.Choices = append(v.Choices, view.Choice{
			Title: view.Term(l.frame.Lang, d.Item), Note: l.text("pursename." + string(d.Purse)),
			Amount: view.Yuan(d.Amount),
			State:  view.DueTag(l.frame.Lang, d.State), Open: !c.settled(d),
		})
	}
	return v
}

// fee is what the visitor confirms.
func (l *Lobby) fee() view.Screen {
	d := l.visit.choice.due
	lang := l.frame.Lang
	v := view.Fee{Item: view.Term(lang, d.Item), Note: view.Remark(lang, d.Remark), Amount: view.Yuan(d.Amount),
		Capitals: view.Capitals(lang, d.Amount), Changed: l.changeWords(), Edition: l.visit.choice.edition}
	if d.Relief != "" { // what the court has granted stands beside the item
		v.Note = strings.Trim(l.text("relief."+string(d.Relief))+" · "+v.Note, " ·")
	}
	if err := l.visit.printing.unready; err != nil {
		v.Printer = l.text("fee.noprinter", "printer", l.printerWords(err))
	}
	for _, r := range []view.Row{
		{Label: l.text("fee.case"), Value: d.Case},
		{Label: l.text("fee.cause"), Value: view.Term(lang, d.Cause)},
		{Label: l.text("fee.payer"), Value: d.Payer},
		{Label: l.text("fee.payee"), Value: l.frame.Payee(d.Payee)},
		{Label: l.text("fee.deadline"), Value: view.Deadline(lang, d.Deadline, d.DeadlineUnsure, time.Now(),
			"window", l.frame.Window)},
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
