// Package drill is the proof that a court's IT is shown before a machine takes money: three orders of 0.01 yuan, paid
// by a real phone, while the network is cut, the program is killed and the printer is pulled. It holds what is done,
// what was seen, and what that proves; who does it, at a terminal, is ui/console.
//
// The program that is tried is this one, as a process of its own, by the machine's own configuration, merchant and
// printer. Its ledger is the drill's, in a folder of its own beside the machine's, and so are its list of bills, its
// key for receipts and its kiosk id: the court's ledger is asked whether an order is open, and no more, and no bill of
// the court is touched.
//
// # Decisions
//
// 2026-11-29: what WeChat says is asked by the drill itself, past the road that it cuts, and held against the tried
// program's ledger. An act of which something was not seen is not known; it is never held.
//
// 2026-11-29: the drill gives nothing back. Its merchant's people do, on the merchant platform, from its list.
package drill

import (
	"cmp"
	"time"

	"courtkiosk/payment"
)

// Amount is what each order of a drill is of.
const Amount payment.Fen = 1

// An Act is one of the things that are done to the program while somebody pays.
type Act string

// The acts.
const (
	Network Act = "network" // its road to WeChat is cut once the code is shown, and is open again after the payment
	Kill    Act = "kill"    // its process is killed once the payment was made
	Printer Act = "printer" // its printer is pulled before the payment
)

// Acts are all of them, in their order: an order each, and none is repeated.
var Acts = []Act{Network, Kill, Printer}

// A Verdict says whether an act has proven what it should.
type Verdict string

// The verdicts.
const (
	Held     Verdict = "held"
	Failed   Verdict = "failed"
	NotKnown Verdict = "unknown"
)

// An Entry is an order of the act's bill, as the tried program's ledger has it.
type Entry struct {
	No          string
	State       payment.State
	Paid        payment.Fen
	Transaction string
	Bookings    int // how often its audit has it become paid
}

// taken reports whether the ledger says that money was.
func (e Entry) taken() bool { return e.State == payment.Paid || e.State == payment.Disputed }

// A Paper is a receipt that the tried program has given to the printer, and says was taken.
type Paper struct {
	Number string
	Copy   bool // marked 补打
}

// Seen are the facts of an act.
type Seen struct {
	Act   Act
	Order string    // its number at WeChat; empty when there was never a code
	Begun time.Time // when the code was shown
	Shown time.Time // when WeChat called it paid, as the drill has asked it; zero: it never did

	Cut    bool // the road, the process or the printer was gone as it should be
	Early  bool // meanwhile the tried program claimed what it could not know: the payment, or a paper
	Mended bool // what was gone came back, and the tried program said so by working again

	Word        payment.TradeState // WeChat's last word; empty: it could not be asked
	Told        payment.Fen        // how much, by that word
	Transaction string             // likewise
	Ledger      []Entry            // nil: it could not be read
	Receipt     payment.EffectState
	Papers      []Paper
	Printerless bool   // the machine has no printer
	Broken      string // why the act was not brought to its end; no personal data
}

// paid reports whether money was taken, by whoever says so.
func (s Seen) paid() bool {
	for _, e := range s.Ledger {
		if e.taken() {
			return true
		}
	}
	return !s.Shown.IsZero() || s.Word == payment.TradeSuccess
}

// A Reason says in a word why a verdict is as it is. Its words are those of why. and the reason.
type Reason string

// The reasons.
const (
	Lost         Reason = "lost"        // WeChat was paid, and the ledger does not know it
	Invented     Reason = "invented"    // the ledger says paid, and WeChat does not
	Twice        Reason = "twice"       // it is booked more than once
	OtherAmount  Reason = "amount"      // ledger, WeChat and the order differ in the sum
	OtherPayment Reason = "transaction" // ledger and WeChat name different payments
	Claimed      Reason = "claimed"     // it said what it could not know
	Originals    Reason = "originals"   // more than one receipt is no copy
	Numbers      Reason = "numbers"     // receipts of one payment have different numbers, or two payments have one
	NoReceipt    Reason = "no-receipt"  // none came out, and none is offered
	Unpaid       Reason = "unpaid"      // nobody paid
	NotCut       Reason = "not-cut"     // what should be gone was there
	NotMended    Reason = "not-mended"  // what was gone did not come back
	Unread       Reason = "unread"      // the ledger could not be read
	Unasked      Reason = "unasked"     // WeChat could not be asked
	Unprinted    Reason = "unprinted"   // no printer is there to be tried
	BrokenOff    Reason = "broken-off"  // the act came to no end
	Back         Reason = "back"        // some came back already: WeChat's word proves no sum
)

// Judge says what an act has proven, and why it is not held. What is wrong comes before what is not known.
func Judge(s Seen) (Verdict, []Reason) {
	if wrong := s.wrong(); len(wrong) > 0 {
		return Failed, wrong
	}
	if open := s.open(); len(open) > 0 {
		return NotKnown, open
	}
	return Held, nil
}

// wrong are the reasons for which an act has failed, whatever else was not seen.
func (s Seen) wrong() (why []Reason) {
	note := func(is bool, r Reason) {
		if is {
			why = append(why, r)
		}
	}
	booked, bookings := []Entry(nil), 0
	for _, e := range s.Ledger {
		bookings += e.Bookings
		if e.State == payment.Paid {
			booked = append(booked, e)
		}
	}
	took := !s.Shown.IsZero() || s.Word == payment.TradeSuccess
	note(took && s.Ledger != nil && len(booked) == 0, Lost)
	note(len(booked) > 0 && (s.Word == payment.TradeNotPaid || s.Word == payment.TradeClosed), Invented)
	note(!s.Shown.IsZero() && (s.Word == payment.TradeNotPaid || s.Word == payment.TradeClosed), Lost)
	note(len(booked) > 1 || bookings > 1, Twice)
	for _, e := range booked {
		note(e.Paid != Amount || s.Word == payment.TradeSuccess && s.Told != e.Paid, OtherAmount)
		note(s.Transaction != "" && e.Transaction != s.Transaction, OtherPayment)
	}
	note(s.Early, Claimed)
	originals, numbers := 0, make(map[string]bool)
	for _, p := range s.Papers {
		numbers[p.Number] = true
		if !p.Copy {
			originals++
		}
	}
	note(originals > 1, Originals)
	note(len(numbers) > 1 || numbers[""], Numbers)
	note(!s.Printerless && s.Broken == "" && s.Mended && len(booked) == 1 && len(s.Papers) == 0, NoReceipt)
	return unique(why)
}

// open are the reasons for which an act has proven nothing.
func (s Seen) open() (why []Reason) {
	for _, n := range []struct {
		is  bool
		why Reason
	}{
		{!s.paid(), Unpaid}, {s.Broken != "", BrokenOff}, {!s.Cut, NotCut}, {s.Cut && !s.Mended, NotMended},
		{s.Ledger == nil, Unread}, {s.Word == "", Unasked}, {s.Word == payment.TradeRefund, Back},
		{s.Printerless, Unprinted},
	} {
		if n.is {
			why = append(why, n.why)
		}
	}
	return why
}

func unique(list []Reason) (kept []Reason) {
	seen := make(map[Reason]bool)
	for _, r := range list {
		if !seen[r] {
			kept = append(kept, r)
		}
		seen[r] = true
	}
	return kept
}

// A Report is a whole drill.
type Report struct {
	Name      string // of the drill: its day and time
	Court     string
	Kiosk     string // the machine's
	Tried     string // the kiosk id of the tried program
	Host      string
	Version   string
	Config    string // which configuration: see config.Hash
	Merchant  payment.Merchant
	Printer   string
	Begun     time.Time
	Ended     time.Time
	Folder    string // where the drill's ledger and log lie
	Acts      []Seen
	BrokenOff string // why acts are missing; empty when none is
}

// A Judgement is an act with its verdict.
type Judgement struct {
	Seen
	Verdict Verdict
	Why     []Reason
}

// unbegun is why an act has no end that was never begun.
const unbegun = "-"

// Judged are all acts, those that were not begun too. Two payments with one receipt's number, or one transaction, have
// both failed.
func (r Report) Judged() (list []Judgement) {
	payments, receipts := make(map[string]int), make(map[string]int)
	for _, s := range r.Acts {
		if s.Transaction != "" {
			payments[s.Transaction]++
		}
		for i, p := range s.Papers {
			if i == 0 || p.Number != s.Papers[i-1].Number {
				receipts[p.Number]++
			}
		}
	}
	for _, act := range Acts {
		s := Seen{Act: act, Broken: cmp.Or(r.BrokenOff, unbegun)}
		for _, seen := range r.Acts {
			if seen.Act == act {
				s = seen
			}
		}
		j := Judgement{Seen: s}
		j.Verdict, j.Why = Judge(s)
		shared := payments[s.Transaction] > 1
		for _, p := range s.Papers {
			shared = shared || receipts[p.Number] > 1
		}
		if shared {
			if j.Verdict != Failed {
				j.Why = nil
			}
			j.Verdict, j.Why = Failed, unique(append(j.Why, Numbers))
		}
		list = append(list, j)
	}
	return list
}

// Verdict is that of the whole: held when every act is.
func (r Report) Verdict() Verdict {
	all := Held
	for _, j := range r.Judged() {
		switch {
		case j.Verdict == Failed:
			return Failed
		case j.Verdict == NotKnown:
			all = NotKnown
		}
	}
	return all
}

// Refundable are the orders whose money was taken, by WeChat's word or the ledger's: it is to be given back. An act has
// one, and a program that took it twice has more.
func (r Report) Refundable() (list []Seen) {
	for _, s := range r.Acts {
		if s.paid() {
			list = append(list, s)
		}
		for _, e := range s.Ledger {
			if e.No != s.Order && e.taken() {
				list = append(list, Seen{Act: s.Act, Order: e.No, Transaction: e.Transaction, Told: e.Paid})
			}
		}
	}
	return list
}

// Name is what a drill that begins at a time is called.
func Name(at time.Time) string { return at.In(payment.China).Format("20060102-150405") }
