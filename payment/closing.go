package payment

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"time"
)

// A ClosingSheet is the end-of-day sheet of one device. It holds what the ledger's audit says from one sequence number
// to another, so that nothing falls between two sheets, and the hash of the sheet before. It is never changed but by
// its second signature.
type ClosingSheet struct {
	Device string
	Number int // 1, 2, … of the device
	After  uint64
	To     uint64    // entries of the audit: those after After, up to To
	At     time.Time // when it was made: it tells of what was known then

	Content []byte // what stands on it, as canonical JSON: the rule that makes it is the counter's
	Before  []byte `json:",omitzero"` // the hash of the device's sheet before
	Hash    []byte // SHA-256 over device, number, range, time, Content and Before

	Closed        Decision
	Countersigned Decision `json:",omitzero"`
}

// Key sorts the closings of a device by number.
func (c ClosingSheet) Key() string { return ClosingKey(c.Device, c.Number) }

// ClosingKey is the key of a device's closing.
func ClosingKey(device string, number int) string { return fmt.Sprintf("%s/%08d", device, number) }

// Next returns the sheet that follows one, zero before the first of its device, and is signed by who closes: a person,
// or a device alone, whose sheets are signed in ink. It tells of the audit up to to.
func (c ClosingSheet) Next(device string, to uint64, content []byte, by By, at time.Time) ClosingSheet {
	next := ClosingSheet{
		Device: device, Number: c.Number + 1, After: c.To, To: to, At: at, Content: content, Before: c.Hash,
		Closed: Decision{by, at},
	}
	next.Hash = next.Sum()
	return next
}

// Sum is the SHA-256 over these byte strings, each with its length before it in eight bytes, the most significant
// first, as all numbers are: "courtkiosk closing v1", Device, Number, After, To, At in microseconds since 1970 UTC,
// Content, Before.
func (c ClosingSheet) Sum() []byte {
	h := sha256.New()
	number := func(n uint64) []byte { return binary.BigEndian.AppendUint64(nil, n) }
	for _, field := range [][]byte{
		[]byte("courtkiosk closing v1"), []byte(c.Device), number(uint64(c.Number)), number(c.After), number(c.To),
		number(uint64(c.At.UnixMicro())), c.Content, c.Before,
	} {
		h.Write(number(uint64(len(field))))
		h.Write(field)
	}
	return h.Sum(nil)
}

// Follows reports whether a sheet is as it was closed, and the next one after last, zero before the first.
func (c ClosingSheet) Follows(last ClosingSheet) bool {
	return bytes.Equal(c.Hash, c.Sum()) && c.Number == last.Number+1 && c.After == last.To && c.To >= c.After &&
		bytes.Equal(c.Before, last.Hash) && (last.Number == 0 || c.Device == last.Device)
}

// Store is the rule that stores a new sheet under its key. One that is there already is left alone, another one of that
// number is ErrConflict: somebody else has closed meanwhile.
func (c ClosingSheet) Store(before ClosingSheet) (ClosingSheet, Entry, error) {
	switch {
	case before.Number == 0:
		return c, c.entry("closed", c.Closed.By), nil
	case bytes.Equal(before.Hash, c.Hash):
		return before, Entry{}, nil
	}
	return ClosingSheet{}, Entry{}, fmt.Errorf("%w: sheet %s is there", ErrConflict, c.Key())
}

// Countersign is the rule of a sheet's second signature. It is another person's; a sheet that a device alone has closed
// has both in ink.
func (c ClosingSheet) Countersign(by By, at time.Time) (ClosingSheet, Entry, error) {
	switch {
	case c.Number == 0:
		return c, Entry{}, ErrNotFound
	case by.Person == "":
		return c, Entry{}, ErrNoPerson
	case by.Person == c.Closed.By.Person:
		return c, Entry{}, ErrSameSigner
	case c.Closed.By.Person == "" || !c.Countersigned.At.IsZero():
		return c, Entry{}, fmt.Errorf("%w: sheet %s has its signatures", ErrConflict, c.Key())
	}
	c.Countersigned = Decision{by, at}
	return c, c.entry("countersigned", by), nil
}

// entry is what the audit says of a closing.
func (c ClosingSheet) entry(what string, by By) Entry {
	note := fmt.Sprintf("sheet %s, entries %d to %d, %s", c.Key(), c.After+1, c.To, hex.EncodeToString(c.Hash[:8]))
	return Entry{Event: "closing-" + what, Note: note, By: by}
}
