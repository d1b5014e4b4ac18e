package payment

import (
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
	To     uint64 // entries of the audit: those after After, up to To
	At     time.Time

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
