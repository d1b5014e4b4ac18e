package view

import (
	"strconv"
	"time"

	"courtkiosk/app/counter"
	"courtkiosk/app/message"
	"courtkiosk/payment"
)

// Where is how far a payment is, with the days of what followed. It holds no name and no amount: who has only the
// number of a payment may see it.
type Where struct {
	Number string // what was typed or scanned
	State  string // in a sentence
	Mood   Mood
	Facts  []Fact
	Print  bool // a receipt is offered
}

// A Fact is one thing that follows from a payment.
type Fact struct {
	Label string
	Value string
	Known bool // it has happened; what is not known yet is drawn fainter
}

// Name is "where".
func (Where) Name() string { return "where" }

// Step is none: nobody pays here.
func (Where) Step() int { return 0 }

// NewWhere puts into words how far a payment is. What the payment does not owe has no row: there is nothing to wait
// for, or nobody would know.
func NewWhere(f Frame, number string, w counter.Where) Where {
	stands := wheres[whereOf(w)]
	v := Where{
		Number: number, State: message.Text(f.Lang, "where.state."+stands.words, "window", f.Window), Mood: stands.mood,
		Print: w.State == payment.Paid,
	}
	add := func(label string, known bool, id string, pairs ...string) {
		v.Facts = append(v.Facts, Fact{
			message.Text(f.Lang, "where."+label), message.Text(f.Lang, id, pairs...), known,
		})
	}
	if !w.PaidAt.IsZero() {
		label := message.Text(f.Lang, "where.paid")
		v.Facts = append(v.Facts, Fact{label, Stamp(w.PaidAt), true})
	} else if stands.words == "open" {
		add("paid", false, "where.unknown")
	}
	if id, known := receiptFact(w.Receipt); id != "" {
		add("receipt", known, id, "time", stampOf(w.Receipt.Since), "n", strconv.Itoa(w.Receipt.Times))
	}
	if id, known := reportFact(w.Report); id != "" {
		add("report", known, id, "time", stampOf(w.Report.Since))
	}
	if w.Returned != payment.NothingReturned {
		add("returned", true, "where.returned."+string(w.Returned), "time", stampOf(w.Said))
	}
	return v
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
