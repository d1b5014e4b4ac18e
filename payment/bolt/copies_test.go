package bolt

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"courtkiosk/payment"
	"courtkiosk/payment/durable"
	"courtkiosk/payment/ledgertest"
)

// far is what a clock said that was wrong once.
var far = time.Date(2036, 1, 1, 12, 0, 0, 0, time.UTC)

// wrongOnce is a ledger whose first copy is dated 2036, with ten newer ones; the last of them lacks one order.
func wrongOnce(t *testing.T) *house {
	h := newHouse(t)
	h.run(t, func(l *Ledger) {
		pay(t, l, 0)
		must(t, l.Care(t.Context(), far))
		for day := range 10 {
			pay(t, l, 1+day)
			must(t, l.Care(t.Context(), ledgertest.Born.AddDate(0, 0, day)))
		}
		pay(t, l, 11)
	})
	return h
}

// The named input: one copy dated 2036 won over ten newer ones.
func TestRestoreTakesTheNewestCopyWhateverItsName(t *testing.T) {
	for name, tt := range map[string]struct {
		damage func(t *testing.T, h *house)
	}{
		"damaged": {func(t *testing.T, h *house) { ruin(t, h.file()) }},
		"missing": {func(t *testing.T, h *house) { must(t, os.Remove(h.file())) }},
		"missing, without a mark": {func(t *testing.T, h *house) {
			must(t, errors.Join(os.Remove(h.file()), os.Remove(h.mark)))
		}},
	} {
		t.Run(name, func(t *testing.T) {
			h := wrongOnce(t)
			tt.damage(t, h)
			r, err := Restore(t.Context(), h.file(), identity, h.options())
			if err != nil || r.Orders != 11 || !strings.HasSuffix(r.Source, "ledger-2026-12-02.db") {
				t.Errorf("restored %+v, %v", r, err)
			}
		})
	}
}

// The copy of the wrong clock is the oldest, and the first to go: it used to stay for ever in the place of a newer one.
func TestCopiesArePrunedByWhatTheyHold(t *testing.T) {
	h := wrongOnce(t)
	copies, err := backupsIn(h.backups)
	if err != nil || len(copies) != kept || !strings.HasSuffix(copies[kept-1], "ledger-2026-12-02.db") {
		t.Errorf("copies %q, %v", copies, err)
	}
}

// A copy of today's name that a wrong clock has made before others is replaced: today has none yet.
func TestCopyOfAWrongDayIsReplaced(t *testing.T) {
	h := newHouse(t)
	h.run(t, func(l *Ledger) {
		for _, day := range []int{3, 0, 1, 2, 3, 3} { // three days ahead, then right
			pay(t, l, 10+ordersIn(t, l))
			must(t, l.Care(t.Context(), ledgertest.Born.AddDate(0, 0, day)))
		}
		copies, _, err := copiesIn(h.backups, identity)
		if err != nil || len(copies) != 4 || !strings.HasSuffix(copies[3].path, "ledger-2026-11-26.db") {
			t.Fatalf("copies %+v, %v", copies, err)
		}
		if list, err := recent(open(t, copies[3].path), 100); err != nil || len(list) != 5 {
			t.Errorf("today's has %d orders, %v; want those of its first hour", len(list), err)
		}
	})
}

func ordersIn(t *testing.T, l *Ledger) int {
	list, err := recent(l, 100)
	must(t, err)
	return len(list)
}

// A ledger that was put back goes on with numbers of the audit that were given before: its copies are the newer ones
// though the history that was left is longer.
func TestCopyOfTheHistoryThatWasLeft(t *testing.T) {
	h := newHouse(t)
	h.run(t, func(l *Ledger) { pay(t, l, 1) })
	putBack := h.copyOf(t)
	h.run(t, func(l *Ledger) {
		for n := range 8 {
			pay(t, l, 10+n)
		}
		must(t, l.Care(t.Context(), ledgertest.Born))
	})
	putBack()
	h.run(t, func(l *Ledger) {
		pay(t, l, 2)
		must(t, l.Care(t.Context(), ledgertest.Born.AddDate(0, 0, 1)))
		must(t, l.Complete(t.Context(), "asked"))
	})
	must(t, os.Remove(h.file()))
	r, err := Restore(t.Context(), h.file(), identity, h.options())
	if err != nil || r.Orders != 2 || !strings.HasSuffix(r.Source, "ledger-2026-11-24.db") {
		t.Errorf("restored %+v, %v", r, err)
	}
}

// Two kiosks of one court that were given one folder: neither takes, overwrites or removes the other's copies.
func TestCopiesOfAnotherLedger(t *testing.T) {
	h, other := wrongOnce(t), newHouse(t)
	other.run(t, func(*Ledger) {})
	other.backups = h.backups
	other.run(t, func(l *Ledger) {
		for n := range 30 {
			pay(t, l, n)
		}
		if err := l.Care(t.Context(), ledgertest.Born.AddDate(0, 0, 9)); !errors.Is(err, errForeign) {
			t.Errorf("over the other's of today: %v", err)
		}
		must(t, l.Care(t.Context(), ledgertest.Born.AddDate(0, 0, 20)))
	})
	if copies, err := backupsIn(h.backups); err != nil || len(copies) != kept+1 {
		t.Errorf("copies %q, %v", copies, err)
	}
	whole, err := os.ReadFile(h.file())
	must(t, err)
	must(t, os.Remove(h.file()))
	ours := h.options()
	for name, opts := range map[string]Options{
		"the mark says whose": ours, "nothing says whose": {Backups: h.backups},
	} {
		r, err := Restore(t.Context(), h.file(), identity, opts)
		if known := opts.Mark != ""; known != (err == nil) || known && !strings.HasSuffix(r.Source, "2026-12-02.db") ||
			!known && !errors.Is(err, errWhose) {
			t.Errorf("%s: restored %+v, %v", name, r, err)
		}
		os.Remove(h.file())
	}
	must(t, os.WriteFile(h.file(), whole, 0o600)) // damaged where it does not say what it was
	ruinLast(t, h.file())
	must(t, os.Remove(h.mark))
	if sources, err := sourcesOf(durable.Temp(h.file()), h.file(), identity, Options{Backups: h.backups}); err != nil ||
		!strings.HasSuffix(sources[len(sources)-1], "2026-12-02.db") {
		t.Errorf("the damaged file says whose: %q, %v", sources, err)
	}
}

// A link that is called like a copy is none, wherever it leads.
func TestLinkIsNoCopy(t *testing.T) {
	h := wrongOnce(t)
	target := filepath.Join(t.TempDir(), "theirs.db")
	must(t, durable.Copy(target, h.file()))
	link := filepath.Join(h.backups, backupName("2026-12-31"))
	must(t, os.Symlink(target, link))
	must(t, os.Remove(h.file()))
	if r, err := Restore(t.Context(), h.file(), identity, h.options()); err != nil || r.Source == link {
		t.Errorf("restored %+v, %v", r, err)
	}
	before, err := os.Stat(target)
	must(t, err)
	h.run(t, func(l *Ledger) { must(t, l.Care(t.Context(), time.Date(2026, 12, 31, 12, 0, 0, 0, payment.China))) })
	if after, err := os.Stat(target); err != nil || after.ModTime() != before.ModTime() ||
		after.Size() != before.Size() {
		t.Errorf("the file behind the link: %v, %v", after, err)
	}
	if info, err := os.Lstat(link); err != nil || !info.Mode().IsRegular() {
		t.Errorf("today's copy: %v, %v", info, err)
	}
}
