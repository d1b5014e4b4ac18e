package payment

import (
	"errors"
	"slices"
	"strings"
	"time"
)

// TwinAfter is how long after a ledger's birth a payment to another ledger under the same kiosk's id may still belong
// to the installation before it: its last code was shown before it ended, and WeChat lets nobody pay for longer than
// MaxPayWithin. What is paid later was asked for by a machine that lives.
const TwinAfter = time.Hour

// ErrTwin means: another machine takes payments under this kiosk's id, and nobody has said that it is off, or that it
// has another id now.
var ErrTwin = errors.New("payment: another machine is paid under this kiosk's id")

// A Word is what a person has said of another ledger that is paid under an id of this one. It stays.
type Word struct {
	Instance string // of that ledger
	Lost     bool   // it is lost: what it was paid belongs here; else its machine is off, or has another id now
	// by WeChat's clock, as far as it was heard: of later payments nothing is said but of a lost one's
	At     time.Time
	Reason string
	By     By
}

// Kin is what a ledger knows of itself and of others that were paid under its kiosk's id.
type Kin struct {
	Self  Identity
	Words []Word
}

// Ours reports whether an attach is of an order of this ledger.
func (id Identity) Ours(attach string) bool {
	_, instance, ok := strings.Cut(attach, "/")
	return ok && instance == id.Instance
}

// Elsewhere returns the kiosk or window, and the ledger's instance, that another machine's order of this number was
// paid to; both are empty when that is not known.
func (o Order) Elsewhere() (device, instance string) {
	device, instance, _ = strings.Cut(o.PaidTo, "/")
	return device, instance
}

// late reports whether an order was paid to another ledger when that one can not have ended before ours began.
func (k Kin) late(o Order) bool {
	return o.PaidTo != "" && !k.Self.Ours(o.PaidTo) && o.PaidAt.After(k.Self.Made.Add(TwinAfter))
}

// Doubles reports whether an order that another machine was paid for under our kiosk's id says that the id is used
// twice. It goes on saying so after it was adopted, until a person says that the other machine is off.
func (k Kin) Doubles(o Order) bool {
	_, instance := o.Elsewhere()
	return k.late(o) && !slices.ContainsFunc(k.Words, func(w Word) bool {
		return !w.Lost && w.Instance == instance && !o.PaidAt.After(w.At)
	})
}

// Inherits reports whether an order that another ledger was paid for under our kiosk's id is booked here without
// anybody looking at it. An id is no proof that the other ledger is gone: a person has said that it is lost, and it was
// paid before ours can have taken its place.
func (k Kin) Inherits(o Order) bool {
	if !o.PaidElsewhere() || o.PaidTo == "" || o.ByHand {
		return false
	}
	_, instance := o.Elsewhere()
	return k.Self.Ours(o.PaidTo) || !k.late(o) && slices.ContainsFunc(k.Words, func(w Word) bool {
		return w.Lost && w.Instance == instance
	})
}

// A Twin is another ledger that was paid under the id of this one's kiosk.
type Twin struct {
	Instance string
	Latest   time.Time // of its known payments
	Lost     bool      // a person says so
	Alarm    bool      // see Kin.Doubles
	Waiting  int       // payments that belong here only if it is lost, and that no person has looked at
	Late     []Order   // of those the ones that are adopted one by one
}

// twins groups what was paid to other ledgers: waiting is booked nowhere here, late is all that was paid late.
func (k Kin) twins(waiting, late []Order, doubles func(Kin, Order) bool) (list []Twin) {
	of := func(o Order) *Twin {
		_, instance := o.Elsewhere()
		i := slices.IndexFunc(list, func(t Twin) bool { return t.Instance == instance })
		if i < 0 {
			lost := func(w Word) bool { return w.Lost && w.Instance == instance }
			list, i = append(list, Twin{Instance: instance, Lost: slices.ContainsFunc(k.Words, lost)}), len(list)
		}
		t := &list[i]
		if o.PaidAt.After(t.Latest) {
			t.Latest = o.PaidAt
		}
		return t
	}
	for _, o := range waiting {
		if o.ByHand || k.Self.Ours(o.PaidTo) {
			continue
		}
		t := of(o)
		if t.Waiting++; k.late(o) {
			t.Late = append(t.Late, o)
		}
	}
	for _, o := range late {
		if doubles(k, o) {
			of(o).Alarm = true
		}
	}
	slices.SortFunc(list, func(a, b Twin) int { return strings.Compare(a.Instance, b.Instance) })
	return list
}

// Entry is what the audit keeps of a word.
func (w Word) Entry() Entry {
	event := "other-ledger-apart"
	if w.Lost {
		event = "other-ledger-lost"
	}
	return Entry{Event: event, Note: w.Instance + ": " + w.Reason, By: w.By}
}
