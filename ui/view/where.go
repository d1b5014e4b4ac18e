package view

import (
	"strconv"
	"strings"
	"time"
	"unicode"

	"courtkiosk/app/counter"
	"courtkiosk/app/message"
	"courtkiosk/payment"
)

// Where is how far a payment is, with the days of what followed. It holds no name and no amount: who has only the
// number of a payment may see it.
type Where struct {
	Number string // what was typed or scanned, as Called says it
	State  string // in a sentence
	Next   string // what to do; empty where there is nothing to do but to print
	Mood   Mood
	Facts  []Fact
	Print  bool // a receipt is offered
	Shown  bool // it is proven: no digits are asked for

	Request bool   // a slip to ask for a refund with is offered
	Slip    string // how far that slip is; empty when none was asked for
}

// A Fact is one thing that follows from a payment.
type Fact struct {
	Of    FactKind
	Label string
	Value string
	Day   string // when it happened; of what came back, when that was learnt
	Known bool   // it has happened; what is not known yet is drawn fainter
}

// A FactKind is what a fact is of; its text names the fact's label.
type FactKind string

// The kinds of facts.
const (
	OfPayment FactKind = "paid"
	OfReceipt FactKind = "receipt"
	OfReport  FactKind = "report" // to the court
	OfRefund  FactKind = "returned"
	OfMatch   FactKind = "matched" // with WeChat's bill
	OfFiscal  FactKind = "issued"  // the court's receipt
)

// Name is "where".
func (Where) Name() string { return "where" }

// Step is none: nobody pays here.
func (Where) Step() int { return 0 }

// NewWhere puts into words how far a payment is. What the payment does not owe has no row: there is nothing to wait
// for, or nobody would know.
func NewWhere(f Frame, number string, w counter.Where) Where {
	stands := wheres[whereOf(w)]
	say := func(id string) string { return message.Text(f.Lang, id, "window", f.Window) }
	v := Where{
		Number: Called(f.Lang, number), State: say("where.state." + stands.words), Mood: stands.mood,
		Print: w.State == payment.Paid, Shown: w.Proven, Request: mayRequest(w),
	}
	if stands.words != "paid" {
		v.Next = say("where.next." + stands.words)
	}
	add := func(of FactKind, at time.Time, known bool, id string, pairs ...string) {
		label := message.Text(f.Lang, "where."+string(of))
		v.Facts = append(v.Facts, Fact{of, label, message.Text(f.Lang, id, pairs...), stampOf(at), known})
	}
	switch {
	case w.State == payment.Disputed: // money is there, and it is not what was asked for
		add(OfPayment, w.PaidAt, false, "where.held")
	case !w.PaidAt.IsZero():
		add(OfPayment, w.PaidAt, true, "where.paid.yes")
	case stands.words == "open":
		add(OfPayment, time.Time{}, false, "where.unknown")
	}
	if id, known := receiptFact(w.Receipt); id != "" {
		add(OfReceipt, since(w.Receipt, known), known, id, "n", strconv.Itoa(w.Receipt.Times))
	}
	if id, known := reportFact(w.Report); id != "" {
		add(OfReport, since(w.Report, known), known, id)
	}
	if !w.Matched.IsZero() {
		add(OfMatch, time.Time{}, true, "where.matched.yes", "day", Day(f.Lang, w.Matched))
	}
	switch x := w.Fiscal; {
	case x.Number != "":
		add(OfFiscal, time.Time{}, true, "where.issued.number", "number", x.Number)
	case x.Issued:
		add(OfFiscal, time.Time{}, true, "where.issued.yes")
	}
	if x := w.Fiscal; x.Issued && !x.Day.IsZero() {
		v.Facts[len(v.Facts)-1].Day = x.Day.In(payment.China).Format(time.DateOnly)
	}
	id, at := refundFact(w.Refund)
	switch {
	case w.Returned != payment.NothingReturned && w.Refund.State != payment.RefundDone && id != "":
		add(OfRefund, at, false, id) // a part came back before, and more is under way
	case w.Returned != payment.NothingReturned:
		add(OfRefund, w.Said, true, "where.returned."+string(w.Returned))
	case id != "":
		add(OfRefund, at, false, id)
	}
	return v
}

// mayRequest reports whether a payment can be asked back: of a paid one, while something of it is left and nobody has
// asked for it yet.
func mayRequest(w counter.Where) bool {
	switch w.Refund.State {
	case payment.RefundAsked, payment.RefundApproved, payment.RefundSent, payment.RefundAccepted,
		payment.RefundAbnormal:
		return false
	}
	return w.State == payment.Paid && w.Returned != payment.AllReturned
}

// Called names a payment as it was asked for: by its case, or by its order's number, which does not say what it is.
func Called(lang message.Lang, number string) string {
	if number == "" || strings.ContainsFunc(number, func(r rune) bool { return unicode.Is(unicode.Han, r) }) {
		return number
	}
	return message.Text(lang, "where.order", "number", Grouped(number))
}

// refundFact says how far a refund is that has not arrived, and since when; nothing of one that has.
func refundFact(r counter.Refund) (id string, at time.Time) {
	switch r.State {
	case payment.RefundAsked, payment.RefundApproved:
		return "where.refund.asked", r.Asked
	case payment.RefundSent, payment.RefundAccepted:
		return "where.refund.sent", r.Sent
	case payment.RefundAbnormal:
		return "where.refund.abnormal", r.Sent
	}
	return "", time.Time{}
}

// since is the day of what is known to have happened.
func since(o counter.Owed, known bool) time.Time {
	if known {
		return o.Since
	}
	return time.Time{}
}

// wheres says how a payment stands, by its state.
var wheres = map[payment.State]struct {
	words string
	mood  Mood
}{
	payment.Created:  {"open", Careful},
	payment.Waiting:  {"open", Careful},
	payment.Closing:  {"open", Careful},
	payment.Paid:     {"paid", Good},
	payment.Closed:   {"none", Calm},
	payment.Void:     {"none", Calm},
	payment.Foreign:  {"other", Careful},
	payment.Disputed: {"window", Careful},
	paidThere:        {"there", Calm},
	paidBack:         {"returned", Careful},
}

// Beside the states of an order: paid at another machine, and paid with some of it come back.
const (
	paidThere payment.State = "there"
	paidBack  payment.State = "back"
)

func whereOf(w counter.Where) payment.State {
	switch {
	case w.Returned != payment.NothingReturned:
		return paidBack
	case w.Elsewhere:
		return paidThere
	}
	return w.State
}

// receiptFact says how a receipt stands; nothing where none is owed. Paper is claimed only where a printer has proven
// it.
func receiptFact(r counter.Owed) (id string, known bool) {
	switch r.State {
	case payment.Owed:
		return "where.receipt.owed", false
	case payment.Handed:
		return "where.receipt.busy", false
	case payment.Doubtful:
		return "where.receipt.doubt", false
	case payment.Held:
		return "where.held", false
	case payment.Done:
		switch once := r.Times <= 1; {
		case r.Known && once:
			return "where.receipt.printed", true
		case r.Known:
			return "where.receipt.copies", true
		case once:
			return "where.receipt.sent", true
		}
		return "where.receipt.resent", true
	}
	return "", false
}

// reportFact says whether the court knows of the payment; nothing where it is not told. Who has sent it and had no
// answer does not know.
func reportFact(r counter.Owed) (id string, known bool) {
	switch r.State {
	case payment.Owed, payment.Handed, payment.Doubtful:
		return "where.unknown", false
	case payment.Held:
		return "where.held", false
	case payment.Done:
		if r.Known {
			return "where.report.told", true
		}
		return "where.report.struck", true
	}
	return "", false
}

// stampOf is a time that may not be known.
func stampOf(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return Stamp(t)
}

// ProofWords say that digits did not do and how many more tries there are, or that they came too soon.
func ProofWords(lang message.Lang, left, soon int) string {
	if soon > 0 {
		return message.Text(lang, "proof.soon", "n", strconv.Itoa(soon))
	}
	return message.Text(lang, "proof.wrong", "n", strconv.Itoa(left))
}
