package payment

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"fmt"
	"slices"
	"strings"
	"time"
)

// A Former is a name that a ledger had until it was bound to another machine, or that it lost when an older copy of it
// was put back.
type Former struct {
	Instance string
	Until    time.Time
}

// FormerOf returns the names that a ledger had before, of those that can have some.
func FormerOf(l Ledger) []Former {
	if named, ok := l.(interface{ Former() []Former }); ok {
		return named.Former()
	}
	return nil
}

// query asks WeChat about an order, and waits by wait before each request but the first. What was paid to this ledger
// under a name that it had when that order could still be paid is told as paid to the order that stands here now: the
// ledger that opened it is this one, whatever id its kiosk had then. What came later was paid to somebody who goes on
// under that name.
func (c *Cashier) query(ctx context.Context, o Order, wait func(context.Context) error) (Reported, error) {
	r, err := c.desk.Gateway.Query(withTurns(ctx, wait), o)
	if err == nil && r.names(o) && c.mine(o.Attach, time.Time{}) && c.mine(r.Attach, r.PaidAt) {
		r.Attach = o.Attach
	}
	return r, err
}

// mine reports whether an attach names this ledger by a name that it has, or had at t; t is zero when nobody knows.
func (c *Cashier) mine(attach string, t time.Time) bool {
	_, instance, _ := strings.Cut(attach, "/")
	return instance == c.desk.Ledger.Identity().Instance || slices.ContainsFunc(c.desk.Former, func(f Former) bool {
		return f.Instance == instance && !t.After(f.Until.Add(MaxPayWithin))
	})
}

// A Succession says that a ledger which came from a copy has taken the place of the one that the copy is of.
type Succession struct {
	Was, Is string // instances
	At      time.Time
	Entry   uint64 // the last of the audit in the copy
	// By who knows the hash of that entry, see Proves: who has opened the copy, or could read the audit for itself. It
	// is no signature: it keeps a stranger who can write where copies lie from ending a ledger.
	Proof []byte
}

// An Heir is a ledger that came from a copy and has taken the place of the one that the copy is of.
type Heir struct {
	Succession
	As     time.Time // of the copy's last audit entry: what came after it only WeChat knows
	Orders int
	Aside  string // where a ledger that was here, and never had an order, was put; empty when there was none
}

// proof is HMAC-SHA256 with an audit entry's hash as its key.
func (s Succession) proof(hash []byte) []byte {
	h := hmac.New(sha256.New, hash)
	fmt.Fprintf(h, "courtkiosk succession\x00%s\x00%s\x00%d", s.Was, s.Is, s.Entry)
	return h.Sum(nil)
}

// Proven returns the succession with its proof, by the hash of the entry that it names.
func (s Succession) Proven(hash []byte) Succession {
	s.Proof = s.proof(hash)
	return s
}

// Proves reports whether who says it knew the hash of the entry that it names.
func (s Succession) Proves(hash []byte) bool {
	return len(hash) > 0 && s.Was != s.Is && hmac.Equal(s.Proof, s.proof(hash))
}
