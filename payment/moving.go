package payment

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"time"
)

var (
	// ErrMoving means: the ledger is being moved to where it was looked for, and is not whole there yet.
	ErrMoving = errors.New("payment: the ledger is still being moved here; run the move again to finish it")
	// ErrMovedOn means: the ledger was moved to another kind of store, and goes on there. Nothing may be done with what
	// is left here.
	ErrMovedOn = errors.New("payment: the ledger was moved to another place, and goes on there")
)

// An Estate is what a ledger hands over to another kind of store that takes its place, beside its rows. Those come one
// by one, each as its own type: HeldOrder, HeldEffect, HeldRefund, HeldRequest, HeldPersonal, HeldDay, HeldRecord,
// HeldWord, HeldTries, and Entry by its Seq. Leases are not among them: they end with the process.
type Estate struct {
	Identity Identity
	Former   []Former
	Seam     uint64 // the first entry of the audit that is chained by today's rule
	Lost     *Lost
	Receipts uint64 // the last receipt number that was given
	Head     Entry  // the last of the audit; zero of an empty one
}

type (
	// A HeldOrder is an order, and where it stands among all by the time of its creation.
	HeldOrder struct {
		Born  uint64
		Order Order
	}
	// A HeldEffect is owed work, and what it is sorted by: when its order was paid, and its receipt number.
	HeldEffect struct {
		Effect   Effect
		PaidAt   time.Time
		Sequence uint64
	}
	// A HeldRefund is a refund, and where it stands among all.
	HeldRefund struct {
		Born   uint64
		Refund Refund
	}
	// A HeldRequest says which order an asking has opened or joined.
	HeldRequest struct{ ID, No, Incarnation string }
	// HeldPersonal is the personal data of an order.
	HeldPersonal struct {
		No   string
		Data []byte
	}
	// A HeldDay says how many orders a device has opened on a day in China, 2006-01-02.
	HeldDay struct {
		Device, Day string
		N           uint64
	}
	// A HeldRecord is a record of a book, as JSON.
	HeldRecord struct {
		Book, Key string
		Doc       json.RawMessage
	}
	// A HeldWord is a word about another ledger, and where it stands among all.
	HeldWord struct {
		Born uint64
		Word Word
	}
	// HeldTries are the tries at a subject on a day in China, 2006-01-02.
	HeldTries struct {
		Day, Subject string
		Tries        Tries
	}
)

// A Departure says where a ledger was moved.
type Departure struct {
	To    string // which database, for people
	Token string // that the database knows the move by
	At    time.Time
	Entry uint64 // the last of the audit that went there
}

// A Reckoning is what a ledger holds, line by line. Two ledgers that hold the same have the same one.
type Reckoning map[string]Sum

// A Sum is a line of a Reckoning.
type Sum struct {
	N   int
	Sum Fen
	Mix uint64 // of the contents, in whatever order they come
}

// Add counts a row of an estate.
func (r Reckoning) Add(row any) error {
	switch v := row.(type) {
	case HeldOrder:
		o := v.Order
		if err := r.add("orders, "+o.Key.Purse+", "+string(o.State), o.Amount, v); err != nil || o.PaidAt.IsZero() {
			return err
		}
		return r.add("received, "+o.Key.Purse+", "+string(o.State), o.PaidAmount, o.No)
	case HeldEffect:
		return r.add("work, "+v.Effect.Kind+", "+string(v.Effect.State), 0, v)
	case HeldRefund:
		return r.add("refunds, "+string(v.Refund.State), v.Refund.Sum, v)
	case HeldRequest:
		return r.add("request ids", 0, v)
	case HeldPersonal:
		return r.add("personal data", 0, v)
	case HeldDay:
		return r.add("counters of days", 0, v)
	case HeldRecord:
		return r.add("book, "+v.Book, 0, v)
	case HeldWord:
		return r.add("words", 0, v)
	case HeldTries:
		return r.add("tries", 0, v)
	case Entry:
		return r.add("audit", 0, v)
	}
	return fmt.Errorf("payment: a ledger holds no %T", row)
}

func (r Reckoning) add(line string, sum Fen, row any) error {
	text, err := json.Marshal(row)
	if err != nil {
		return err
	}
	hash := sha256.Sum256(text)
	s := r[line]
	s.N++
	s.Sum += sum
	s.Mix += binary.BigEndian.Uint64(hash[:])
	r[line] = s
	return nil
}
