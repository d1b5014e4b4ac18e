package bolt

import (
	"cmp"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"go.etcd.io/bbolt"

	"courtkiosk/payment"
	"courtkiosk/payment/durable"
)

// A saved ledger is one daily copy, by what it holds and not by what it is called: its name tells which day the clock
// said when it was made, and a clock can be wrong by years.
type saved struct {
	path string
	mark mark
	lost int // entries that its ledger knew to be lost: how often it was put back before
}

// newer orders copies of one ledger, the oldest first: by how often the ledger had been put back, then by its audit. A
// ledger that was put back gives numbers of the audit a second time, so the longer of two audits may be the one that
// was left. Equal ones are told apart by name.
func newer(a, b saved) int {
	return cmp.Or(cmp.Compare(a.lost, b.lost), cmp.Compare(a.mark.Entry, b.mark.Entry), cmp.Compare(a.path, b.path))
}

func backupName(day string) string { return "ledger-" + day + ".db" }

// isBackup reports whether a file is called as a daily copy is.
func isBackup(name string) bool {
	day, is := strings.CutPrefix(name, "ledger-")
	day, db := strings.CutSuffix(day, ".db")
	return is && db && len(day) == len(time.DateOnly)
}

// backupsIn returns the files in a folder that are called as daily copies are, by name. Links are none.
func backupsIn(dir string) (paths []string, err error) {
	if dir == "" {
		return nil, nil
	}
	list, err := os.ReadDir(dir)
	if errors.Is(err, os.ErrNotExist) {
		return nil, nil
	}
	for _, e := range list {
		if isBackup(e.Name()) && e.Type().IsRegular() {
			paths = append(paths, filepath.Join(dir, e.Name()))
		}
	}
	return paths, err
}

// copiesIn returns the daily copies in a folder that can be read, the oldest first, and the names of the others.
func copiesIn(dir string, id payment.Identity) (copies []saved, unread []string, err error) {
	names, err := backupsIn(dir)
	for _, path := range names {
		s, err := read(path, id)
		if err != nil {
			unread = append(unread, path)
			continue
		}
		copies = append(copies, s)
	}
	slices.SortFunc(copies, newer)
	return copies, unread, err
}

// read looks at one daily copy.
func read(path string, id payment.Identity) (s saved, err error) {
	c, err := load(path, id, Options{MaxSize: 4 << 30})
	if err != nil {
		return s, err
	}
	defer func() { err = errors.Join(err, c.db.Close()) }()
	s.path = path
	err = c.view(func(tx *bbolt.Tx) error {
		lost, err := lostOf(tx)
		if err == nil {
			s.lost = len(lost)
			s.mark, err = reachOf(tx)
		}
		return err
	})
	return s, err
}

// kinOf returns those copies that are of the ledger that a mark is of.
func kinOf(m mark, copies []saved) (kin []saved) {
	for _, s := range copies {
		if s.mark.kin(m) {
			kin = append(kin, s)
		}
	}
	return kin
}

// errWhose: the copies are of other ledgers, or nothing tells which of several was here.
var errWhose = errors.New("bolt: the folder holds copies of other ledgers; leave only this machine's in it")

// sourcesOf returns the copies that a damaged or missing ledger may be restored from, the best last. A copy of another
// ledger, of the next kiosk for example, is none: the mark says whose they must be, or the damaged file, a copy of
// which is made at temp. Where neither can be read they must all be of one ledger.
func sourcesOf(temp, path string, id payment.Identity, opts Options) ([]string, error) {
	copies, sources, err := copiesIn(opts.Backups, id)
	if err != nil || len(copies) == 0 {
		return sources, err
	}
	kin, known := []saved(nil), false
	if m, err := readMark(opts.Mark); err == nil {
		kin, known = kinOf(m, copies), true
	}
	if len(kin) == 0 {
		if m, err := instanceOf(temp, path); err == nil {
			kin, known = kinOf(m, copies), true
		}
	}
	if !known {
		kin = kinOf(copies[len(copies)-1].mark, copies)
	}
	if len(kin) == 0 || !known && len(kin) < len(copies) {
		return nil, fmt.Errorf("%w: %s", errWhose, opts.Backups)
	}
	for _, s := range kin {
		sources = append(sources, s.path)
	}
	return sources, nil
}

// instanceOf reads from a copy of a damaged file, as it is or as it was before its last transaction, what ledger it
// was.
func instanceOf(temp, path string) (m mark, err error) {
	if err := durable.Copy(temp, path); err != nil {
		return m, err
	}
	if m, err = namesIn(temp); err != nil {
		if err = stepBack(temp); err == nil {
			m, err = namesIn(temp)
		}
	}
	return m, err
}

// namesIn reads the names of a ledger that may be damaged elsewhere.
func namesIn(path string) (m mark, err error) {
	db, err := durable.Open(path, 0)
	if err != nil {
		return m, err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	defer durable.Guard(&err, payment.ErrDamaged)()
	err = db.View(func(tx *bbolt.Tx) error {
		if tx.Bucket(bucketMeta) == nil {
			return payment.ErrDamaged
		}
		var id payment.Identity
		if err := get(tx.Bucket(bucketMeta), keyIdentity, &id); err != nil {
			return err
		}
		m.Instance = id.Instance
		former, err := formerOf(tx)
		for _, f := range former {
			m.Former = append(m.Former, f.Instance)
		}
		return err
	})
	return m, err
}
