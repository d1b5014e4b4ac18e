package lobby

import (
	"strings"
	"time"

	"courtkiosk/app/bill"
	"courtkiosk/app/receipt"
	"courtkiosk/payment"
	"courtkiosk/ui/view"
)

// done puts a paid order into words; what concerns the receipt is taken from d.
func (l *lobby) done(o payment.Order, print string, d view.Done) view.Done {
	d.Amount, d.Print = view.Yuan(o.Amount), print
	d.Rows = []view.Row{
		{Label: l.text("fee.case"), Value: l.visit.due.Bill.Case.String()},
		{Label: l.text("done.item"), Value: l.visit.due.Bill.Item},
		{Label: l.text("done.time"), Value: view.Stamp(o.PaidAt)},
		{Label: l.text("done.wechat"), Value: view.Grouped(o.TransactionID)},
		{Label: l.text("done.ref"), Value: l.app.Reference(o)},
	}
	return d
}

// billsPerPage is how many bills one screen shows.
const billsPerPage = 6

func (l *lobby) bills() view.Bills {
	dues := l.visit.dues
	from := min(l.visit.page*billsPerPage, len(dues))
	if from == len(dues) {
		from, l.visit.page = 0, 0
	}
	v := view.Bills{Case: dues[0].Bill.Case.BaseString(), More: len(dues) > billsPerPage}
	for _, d := range dues[from:min(from+billsPerPage, len(dues))] {
		c := view.Choice{Title: d.Bill.Item, Note: l.text("pursename." + string(d.Bill.Purse)), Amount: view.Yuan(d.Amount())}
		switch id := view.OfDue(d); id {
		case "":
			c.Open = true
			if d.State == bill.DuePaying {
				c.State = l.text("state.paying")
			}
		case "paid", "paid-elsewhere":
			c.State = l.text("state.paid")
		case "nothing-owed":
			c.State = l.text("state.nothing")
		case "settled":
			c.State = l.text("state.paid")
		case "elsewhere":
			c.State = l.text("state.elsewhere")
		default:
			c.State = l.text("state.window")
		}
		v.Choices = append(v.Choices, c)
	}
	return v
}

func (l *lobby) fee(d bill.Due, changed string) view.Fee {
	b := d.Bill
	cause := b.Cause
	if bill.Sensitive(cause) {
		cause = ""
	}
	v := view.Fee{Item: b.Item, Note: b.Remark, Amount: view.Yuan(d.Amount()), Changed: changed}
	if b.Relief != "" { // what the court has granted stands beside the item
		v.Note = strings.Trim(l.text("relief."+string(b.Relief))+" · "+b.Remark, " ·")
	}
	if l.visit.printer != nil {
		v.Printer = l.text("fee.noprinter", "printer", l.printerWords(l.visit.printer))
	}
	v.Capitals, _ = receipt.Capitals(d.Amount()) // an amount that has none is refused at import
	for _, r := range []view.Row{
		{Label: l.text("fee.case"), Value: b.Case.String()},
		{Label: l.text("fee.cause"), Value: cause},
		{Label: l.text("fee.payer"), Value: b.Payer.String()},
		{Label: l.text("fee.payee"), Value: l.app.Config.Payee()},
		{Label: l.text("fee.deadline"), Value: view.Deadline(l.frame.Lang, b.Deadline, time.Now())},
		{Label: l.text("fee.purse"), Value: l.text("pursename." + string(b.Purse))},
	} {
		if r.Value != "" {
			v.Rows = append(v.Rows, r)
		}
	}
	return v
}
