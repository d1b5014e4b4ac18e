package view

import (
	"courtkiosk/app/bill"
	"courtkiosk/app/counter"
	"courtkiosk/app/message"
	"courtkiosk/payment"
)

// A standing is how faces treat a bill in one of its states.
type standing struct {
	tag string // beside the bill in a list; empty when it is to be paid
	why Reason // why it cannot be paid; empty when it can
}

// standings has every state of a bill.
var standings = map[bill.DueState]standing{
	bill.DueOwed:      {},
	bill.DuePaying:    {tag: "state.paying"},
	bill.DueElsewhere: {tag: "state.elsewhere", why: Elsewhere},
	bill.DuePaidThere: {tag: "state.paid", why: PaidElsewhere},
	bill.DuePaid:      {tag: "state.paid", why: Paid},
	bill.DueChanged:   {tag: "state.window", why: ChangedAfter},
	bill.DueReturned:  {tag: "state.returned", why: Returned},
	bill.DueDisputed:  {tag: "state.window", why: Disputed},
	bill.DueSettled:   {tag: "state.paid", why: Settled},
	bill.DueMissing:   {tag: "state.window", why: MissingBill},
	bill.DueNothing:   {tag: "state.nothing", why: NothingOwed},
}

// OfDue returns why a bill cannot be paid as it stands; empty when it can. A state that is not known here cannot.
func OfDue(d counter.Due) Reason {
	s, ok := standings[d.State]
	if !ok {
		return Internal
	}
	return s.why
}

// DueTag is how a bill stands in one or two words; empty when it waits to be paid.
func DueTag(lang message.Lang, s bill.DueState) string {
	switch of, ok := standings[s]; {
	case !ok:
		return message.Text(lang, "state.window")
	case of.tag != "":
		return message.Text(lang, of.tag)
	}
	return ""
}

// DueWords is how a bill stands in a sentence.
func DueWords(lang message.Lang, s bill.DueState) string { return message.Text(lang, "due."+string(s)) }

// StateWords says where an order stands: its state, whether it was paid at another machine, what was unusual about it,
// and how much of the money came back.
func StateWords(
	lang message.Lang, s payment.State, paidThere bool, odd payment.Oddity, back payment.Returned,
) string {
	said := message.Text(lang, "order."+string(s))
	comma := message.Text(lang, "comma")
	if paidThere {
		said += comma + message.Text(lang, "oddity.paid-there")
	}
	if odd != payment.None {
		said += comma + message.Text(lang, "oddity."+string(odd))
	}
	if back.Some() {
		said += comma + message.Text(lang, "returned."+string(back.State), "sum", Yuan(back.Sum))
	}
	return said
}
