package bolt

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"hash/crc32"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"time"

	"go.etcd.io/bbolt"

	"courtkiosk/payment"
	"courtkiosk/payment/durable"
)

// A mark says how far a ledger was. A ledger that does not hold the entry that its mark names has gone back.
type mark struct {
	Instance string
	Former   []string  `json:",omitzero"` // that the ledger had before
	Entry    uint64    // the last of its audit
	Hash     []byte    // of that entry
	Receipts uint64    // the last receipt number that was given
	Opened   time.Time // when the newest order was opened
}

// A marker keeps the mark of a ledger.
type marker struct {
	path string // empty: none is kept

	mu     sync.Mutex
	last   mark  // as it was written last
	failed error // why it was not written last
	absent error // why there was none to compare with when the ledger was opened
}

// Marked returns why it would not be noticed, or was not when the ledger was opened, that its folder was put back:
// there is no mark outside of it. It returns nil when there is one, or when none is wanted.
func (l *Ledger) Marked() error {
	l.marker.mu.Lock()
	defer l.marker.mu.Unlock()
	return cmp.Or(l.marker.failed, l.marker.absent)
}

// mark writes down outside of the ledger how far it is now, after the commit of that. It must be called before what was
// committed is seen outside of this machine. A mark that cannot be written is told by Marked and keeps nobody from
// paying. A moved ledger leaves the marks of its new machine alone.
func (l *Ledger) mark() {
	m := &l.marker
	if m.path == "" || l.moved {
		return
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	now, err := l.reach() // under the lock: an older reach never follows a newer one
	if err == nil && m.failed == nil && bytes.Equal(now.Hash, m.last.Hash) {
		return
	}
	if err == nil {
		err = writeMark(m.path, now)
	}
	if m.failed = err; err == nil {
		m.last = now
	}
}

// reach returns how far the ledger is.
func (l *Ledger) reach() (m mark, err error) {
	err = l.view(func(tx *bbolt.Tx) error {
		m, err = reachOf(tx)
		return err
	})
	return m, err
}

func reachOf(tx *bbolt.Tx) (mark, error) {
	meta := tx.Bucket(bucketMeta)
	var id payment.Identity
	if err := get(meta, keyIdentity, &id); err != nil {
		return mark{}, err
	}
	m := mark{Instance: id.Instance, Receipts: meta.Sequence()}
	former, err := formerOf(tx)
	for _, f := range former {
		m.Former = append(m.Former, f.Instance)
	}
	if seq, record := tx.Bucket(bucketAudit).Cursor().Last(); seq != nil && err == nil {
		var last payment.Entry
		err = decode(record, seq, &last)
		m.Entry, m.Hash = last.Seq, last.Hash
	}
	if found := tx.Bucket(bucketFound); found != nil { // layout 1 has none
		if k := lastUnder(found, byOpened); len(k) > 8 {
			m.Opened = timeOf(k[1:])
		}
	}
	return m, err
}

// lastUnder returns the last key that begins with a byte; nil when there is none.
func lastUnder(b *bbolt.Bucket, first byte) []byte {
	c := b.Cursor()
	k, _ := c.Seek([]byte{first + 1})
	if k == nil {
		k, _ = c.Last()
	} else {
		k, _ = c.Prev()
	}
	if len(k) == 0 || k[0] != first {
		return nil
	}
	return k
}

// A mark in its file is the CRC-32C of its JSON in hexadecimal, a blank, and that JSON: a person can read it.
const markForm = "%08x %s\n"

func writeMark(path string, m mark) error {
	text, err := json.Marshal(m)
	if err == nil {
		err = os.MkdirAll(filepath.Dir(path), 0o700)
	}
	if err == nil {
		err = durable.WriteFile(path, fmt.Appendf(nil, markForm, crc32.Checksum(text, castagnoli), text), 0o600)
	}
	if err != nil {
		return fmt.Errorf("write the ledger's mark: %w", err)
	}
	return nil
}

// errTorn: a mark that is not whole.
var errTorn = errors.New("bolt: the ledger's mark cannot be read")

func readMark(path string) (m mark, err error) {
	data, err := durable.ReadFile(path)
	if err != nil {
		return m, err
	}
	_, text, _ := bytes.Cut(bytes.TrimSpace(data), []byte(" "))
	if !bytes.Equal(data, fmt.Appendf(nil, markForm, crc32.Checksum(text, castagnoli), text)) {
		return m, fmt.Errorf("%w: %s", errTorn, path)
	}
	if err := json.Unmarshal(text, &m); err != nil {
		return m, fmt.Errorf("%w: %s: %w", errTorn, path, err)
	}
	return m, nil
}

// kin reports whether two marks are of one ledger: one of them has, or once had, the name of the other.
func (m mark) kin(other mark) bool {
	return m.Instance == other.Instance || slices.Contains(m.Former, other.Instance) ||
		slices.Contains(other.Former, m.Instance)
}

// compare looks at what says how far the ledger once was: its mark, and its newest copy. One that was further makes it
// a restored ledger, before anybody works with it.
func (l *Ledger) compare(ctx context.Context) error {
	if l.marker.path == "" && l.backups == "" {
		return nil
	}
	now, err := l.reach()
	if err != nil {
		return err
	}
	var beyond []mark
	source := ""
	look := func(m mark, name string) error {
		behind, err := l.behind(m)
		if behind {
			beyond, source = append(beyond, m), cmp.Or(source, name)
		}
		return err
	}
	if l.marker.path != "" {
		m, err := readMark(l.marker.path)
		switch {
		case err == nil && m.kin(now):
			l.marker.last, err = m, look(m, "the folder was put back; "+l.marker.path)
			if err != nil {
				return err
			}
		case err == nil:
			l.marker.absent = fmt.Errorf("%w: %s is of another ledger, %s", errTorn, l.marker.path, m.Instance)
		case now.Entry > 0 || !errors.Is(err, fs.ErrNotExist): // a new ledger has none yet
			l.marker.absent = err
		}
	}
	if m, path, ok := l.newestCopy(now); ok {
		if err := look(m, path); err != nil {
			return err
		}
	}
	if len(beyond) == 0 {
		return nil
	}
	err = l.update(ctx, func(tx *bbolt.Tx) error { return lose(tx, Restored{Source: source}, "put back", beyond...) })
	if err == nil {
		l.mark()
	}
	return err
}

// newestCopy returns how far the newest daily copy is, of those of this ledger that can be read.
func (l *Ledger) newestCopy(now mark) (m mark, path string, ok bool) {
	copies, _, err := copiesIn(l.backups, l.identity)
	if copies = kinOf(now, copies); err != nil || len(copies) == 0 {
		return m, "", false
	}
	newest := copies[len(copies)-1]
	return newest.mark, newest.path, true
}

// behind reports whether a mark of the ledger names an entry that it does not hold, and that it does not know to be
// lost.
func (l *Ledger) behind(m mark) (is bool, err error) {
	if m.Entry == 0 {
		return false, nil
	}
	err = l.view(func(tx *bbolt.Tx) error {
		lost, err := lostOf(tx)
		if err != nil || slices.ContainsFunc(lost, func(hash []byte) bool { return bytes.Equal(hash, m.Hash) }) {
			return err
		}
		var e payment.Entry
		if err := get(tx.Bucket(bucketAudit), number(m.Entry), &e); err != nil && !errors.Is(err, payment.ErrNotFound) {
			return err
		}
		is = !bytes.Equal(e.Hash, m.Hash)
		return nil
	})
	return is, err
}

// lostOf returns the hashes of the entries that the ledger knows to have lost.
func lostOf(tx *bbolt.Tx) (hashes [][]byte, err error) {
	if err = get(tx.Bucket(bucketMeta), keyLost, &hashes); errors.Is(err, payment.ErrNotFound) {
		err = nil
	}
	return hashes, err
}
