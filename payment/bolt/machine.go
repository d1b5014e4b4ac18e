package bolt

import (
	"bytes"
	"cmp"
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"slices"
	"strings"
	"time"
	"unicode"

	"go.etcd.io/bbolt"

	"courtkiosk/payment"
	"courtkiosk/payment/durable"
)

// A Machine tells one machine from another, by hashes of what its system, its board and, of a virtual one, its host
// call it. What cannot be read, or is the same on many boards, is empty. Root alone reads the hardware's names, and
// hands their hashes to the service: see Handed.
type Machine struct {
	OS      string `json:",omitzero"` // /etc/machine-id
	Product string `json:",omitzero"` // the firmware's number of the machine, another one for each virtual machine
	Board   string `json:",omitzero"` // the board's serial
	Serial  string `json:",omitzero"` // the whole machine's: of some boards the only one that was filled in
}

// Handed is the file, gone with the machine's power, in which a step of root's tells the service of its hardware.
const Handed = "run/courtkiosk-board"

// MachineOf reads what a machine is called below the root of its files.
func MachineOf(root fs.FS) Machine {
	m := hardware(root)
	m.OS = hashed(root, "etc/machine-id", func(id string) bool { return id == "" || id == "uninitialized" })
	var handed Machine
	if text, err := fs.ReadFile(root, Handed); err == nil && json.Unmarshal(text, &handed) == nil {
		handed.OS = ""
		m = m.with(handed)
	}
	return m
}

// HandOver writes the file Handed below a folder: hashes of what the hardware below a root calls itself, and no serial.
func HandOver(root fs.FS, to string) error {
	text, err := json.Marshal(hardware(root))
	if err != nil {
		return err
	}
	return durable.WriteFile(filepath.Join(to, Handed), append(text, '\n'), 0o644)
}

func hardware(root fs.FS) Machine {
	read := func(name string) string { return hashed(root, name, junk) }
	return Machine{
		Product: read("sys/class/dmi/id/product_uuid"),
		Board:   read("sys/class/dmi/id/board_serial"),
		Serial:  cmp.Or(read("sys/class/dmi/id/product_serial"), read("sys/firmware/devicetree/base/serial-number")),
	}
}

// hashed is what a file calls the machine; empty if that tells it from no other one. machine-id(5): never to be told as
// it is; a hash of the application's own.
func hashed(root fs.FS, name string, empty func(string) bool) string {
	text, err := fs.ReadFile(root, name)
	if text = bytes.Trim(text, "\x00 \t\r\n"); err != nil || empty(string(text)) {
		return ""
	}
	sum := sha256.Sum256(fmt.Appendf(nil, "courtkiosk machine\x00%s\x00%s", name, text))
	return hex.EncodeToString(sum[:16])
}

// fillers are what makers of boards leave where a number belongs, letters and digits alone.
var fillers = []string{"tobefilledbyoem", "defaultstring", "none", "notspecified", "notapplicable", "notavailable",
	"notpresent", "notset", "unknown", "invalid", "empty", "null", "oem", "undefined", "systemserialnumber",
	"baseboardserialnumber", "boardserialnumber", "chassisserialnumber", "serialnumber",
	"0123456789", "123456789", "1234567890", "0123456789abcdef", "03000200040005000006000700080009",
	"00020003000400050006000700080009", "123456781234567890abcddeefaabbcc"}

// junk reports whether a text is no name of one machine alone.
func junk(text string) bool {
	plain := strings.Map(func(r rune) rune {
		if unicode.IsLetter(r) || unicode.IsDigit(r) {
			return unicode.ToLower(r)
		}
		return -1
	}, text)
	return len(plain) < 4 || strings.Trim(plain, plain[:1]) == "" || slices.Contains(fillers, plain)
}

// differs reports whether two looks were at two machines. What one of them has not seen says nothing.
func (m Machine) differs(other Machine) bool {
	differ := func(a, b string) bool { return a != "" && b != "" && a != b }
	return differ(m.OS, other.OS) || differ(m.Product, other.Product) || differ(m.Board, other.Board) ||
		differ(m.Serial, other.Serial)
}

// with returns what both looks at one machine have seen.
func (m Machine) with(other Machine) Machine {
	for _, p := range []struct{ into, from *string }{
		{&m.OS, &other.OS}, {&m.Product, &other.Product}, {&m.Board, &other.Board},
		{&m.Serial, &other.Serial},
	} {
		if *p.into == "" {
			*p.into = *p.from
		}
	}
	return m
}

// arrive compares the machine that the ledger was made on with this one.
func (l *Ledger) arrive(tx *bbolt.Tx, here Machine) error {
	var home Machine
	if err := get(tx.Bucket(bucketMeta), keyMachine, &home); err != nil && !errors.Is(err, payment.ErrNotFound) {
		return err
	}
	l.here, l.moved = here, home.differs(here)
	l.learned.Store(l.moved || home.with(here) == home)
	return nil
}

// settleIn stores, with the first thing that the process writes, what it has seen of the machine that was not known.
func (l *Ledger) settleIn(tx *bbolt.Tx) error {
	meta := tx.Bucket(bucketMeta)
	if l.moved {
		return leap(tx)
	}
	if l.learned.Load() {
		return nil
	}
	var home Machine
	if err := get(meta, keyMachine, &home); err != nil && !errors.Is(err, payment.ErrNotFound) {
		return err
	}
	return put(meta, keyMachine, home.with(l.here))
}

// leaped is by how many receipt numbers a copy stays ahead of an original that goes on: one a minute for ten years.
const leaped = 10 * 365 * 24 * 60

// leap moves the receipt numbers of a moved ledger on: the original may be giving those that follow.
func leap(tx *bbolt.Tx) error {
	meta := tx.Bucket(bucketMeta)
	return meta.SetSequence(max(meta.Sequence(), firstSequence()+leaped))
}

// Former returns the names that the ledger had before, the oldest first.
func (l *Ledger) Former() []payment.Former {
	var list []payment.Former
	_ = l.view(func(tx *bbolt.Tx) (err error) { // one that cannot be read was refused by Open
		list, err = formerOf(tx)
		return err
	})
	return list
}

func formerOf(tx *bbolt.Tx) (list []payment.Former, err error) {
	err = get(tx.Bucket(bucketMeta), keyFormer, &list)
	if errors.Is(err, payment.ErrNotFound) {
		err = nil
	}
	return list, err
}

// Rebind makes this machine the ledger's home, for a reason that the audit keeps. The ledger gets a new instance, keeps
// the old one among its former ones, and counts as restored: what it may not know WeChat is asked for. The process must
// open it anew before it works with it.
func (l *Ledger) Rebind(ctx context.Context, by payment.By, reason string) (was, is string, err error) {
	was, is = l.identity.Instance, rand.Text()[:10]
	err = l.update(ctx, func(tx *bbolt.Tx) error {
		meta := tx.Bucket(bucketMeta)
		id := l.identity
		id.Instance = is
		if err := errors.Join(put(meta, keyIdentity, id), put(meta, keyMachine, l.here), leap(tx),
			meta.Delete(keySuccessor), keepFormer(tx, now(), was)); err != nil {
			return err
		}
		note := fmt.Sprintf("%s is %s: %s", was, is, reason)
		if err := record(tx, payment.Entry{Event: "rebound", Note: note, By: by}); err != nil {
			return err
		}
		return lose(tx, Restored{Source: "the ledger of " + was}, "bound anew")
	})
	if err != nil {
		return "", "", err
	}
	l.identity.Instance, l.moved = is, false
	l.succeeded.Store(false)
	l.mark()
	return was, is, nil
}

// keepFormer adds names that the ledger had until now.
func keepFormer(tx *bbolt.Tx, until time.Time, instances ...string) error {
	list, err := formerOf(tx)
	if err != nil {
		return err
	}
	var id payment.Identity
	if err := get(tx.Bucket(bucketMeta), keyIdentity, &id); err != nil {
		return err
	}
next:
	for _, name := range instances {
		if name == id.Instance {
			continue
		}
		for _, f := range list {
			if f.Instance == name {
				continue next
			}
		}
		list = append(list, payment.Former{Instance: name, Until: until})
	}
	if len(list) == 0 {
		return nil
	}
	return put(tx.Bucket(bucketMeta), keyFormer, list)
}
