package payment

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"encoding/json"
	"strings"
	"time"
)

// chainName begins what is hashed, so that nothing else that is hashed with SHA-256 is an entry.
const chainName = "courtkiosk audit v2"

// Storable returns the entry with texts that every ledger gives back as they were stored, and so by the same hash: in
// UTF-8, without a NUL. Notes may quote what others have sent.
func (e Entry) Storable() Entry {
	for _, text := range []*string{&e.Event, &e.Note, &e.By.Device, &e.By.Person} {
		*text = strings.ReplaceAll(strings.ToValidUTF8(*text, "\ufffd"), "\x00", "\ufffd")
	}
	return e
}

// Sum is the hash of an entry that follows one of the hash before, by the second rule: SHA-256 over these byte strings,
// each with its length before it in eight bytes, the most significant first, as all numbers are:
//
//	"courtkiosk audit v2"
//	the hash of the entry before, empty for the first
//	Seq, in eight bytes
//	At, microseconds since 1970 UTC, in eight bytes
//	Order, From, Event, To, Note, By.Device, By.Person, in UTF-8
func (e Entry) Sum(before []byte) []byte {
	h := sha256.New()
	number := func(n uint64) []byte { return binary.BigEndian.AppendUint64(nil, n) }
	for _, field := range [][]byte{
		[]byte(chainName), before, number(e.Seq), number(uint64(e.At.UnixMicro())),
		[]byte(e.Order), []byte(e.From), []byte(e.Event), []byte(e.To), []byte(e.Note),
		[]byte(e.By.Device), []byte(e.By.Person),
	} {
		h.Write(number(uint64(len(field))))
		h.Write(field)
	}
	return h.Sum(nil)
}

// sum1 is the hash by the first rule, which no ledger writes any more: over the hash before and the entry as JSON, in
// the fields that it had then.
func (e Entry) sum1(before []byte) []byte {
	text, _ := json.Marshal(struct { // of strings, a number and a time
		Seq   uint64
		At    time.Time
		Order string
		From  State
		Event string
		To    State
		Note  string
		Hash  []byte
	}{e.Seq, e.At, e.Order, e.From, e.Event, e.To, e.Note, nil})
	sum := sha256.Sum256(append(bytes.Clone(before), text...))
	return sum[:]
}

// Follows reports whether an entry comes right after another, zero before the first. Seam is the first entry of its
// ledger that is chained by the second rule.
func (e Entry) Follows(last Entry, seam uint64) bool {
	sum := e.Sum
	if e.Seq < seam {
		sum = e.sum1
	}
	return e.Seq == last.Seq+1 && bytes.Equal(e.Hash, sum(last.Hash))
}
