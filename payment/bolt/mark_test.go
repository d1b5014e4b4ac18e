package bolt

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"testing"
	"testing/fstest"
	"time"

	"go.etcd.io/bbolt"

	"courtkiosk/payment"
	"courtkiosk/payment/durable"
	"courtkiosk/payment/ledgertest"
)

// A house is a machine with a state folder, a mark outside of it, and a folder of copies on another disk.
type house struct {
	state, mark, backups string
	machine              Machine
}

func newHouse(t *testing.T) *house {
	t.Helper()
	dir := t.TempDir()
	h := &house{filepath.Join(dir, "state"), filepath.Join(dir, "mark", "ledger.mark"), filepath.Join(dir, "backups"),
		machineNamed("one")}
	must(t, errors.Join(os.Mkdir(h.state, 0o700), os.Mkdir(h.backups, 0o700)))
	return h
}

func machineNamed(id string) Machine {
	return MachineOf(fstest.MapFS{"etc/machine-id": {Data: []byte(id + "\n")}})
}

func (h *house) file() string { return filepath.Join(h.state, "ledger.db") }

func (h *house) options() Options {
	return Options{Mark: h.mark, Backups: h.backups, Machine: h.machine}
}

// run lets something happen in one run of the program.
func (h *house) run(t *testing.T, live func(l *Ledger)) {
	t.Helper()
	l, err := Open(h.file(), identity, h.options())
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := l.Close(); err != nil {
			t.Error(err)
		}
	}()
	must(t, l.Checked(t.Context()))
	live(l)
}

// pay opens an order, has its code and its payment, and returns it as it is then.
func pay(t *testing.T, l *Ledger, n int) payment.Order {
	t.Helper()
	o := ledgertest.New(t, l, ledgertest.Request(n), ledgertest.Born)
	o = coded(t, l, o)
	return ledgertest.Said(t, l, o, payment.TradeSuccess)
}

// coded notes the code of an order, the last thing before it is shown.
func coded(t testing.TB, l *Ledger, o payment.Order) payment.Order {
	t.Helper()
	o, err := l.Update(t.Context(), o.No, func(o payment.Order, _ []payment.Order) (payment.Change, error) {
		return o.Code("weixin://wxpay/bizpayurl?pr=" + o.No[:8]), nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return o
}

// copyOf copies the state folder, and returns how to put the copy back.
func (h *house) copyOf(t *testing.T) (putBack func()) {
	t.Helper()
	kept := filepath.Join(t.TempDir(), "kept")
	must(t, os.CopyFS(kept, os.DirFS(h.state)))
	return func() {
		must(t, os.RemoveAll(h.state))
		must(t, os.CopyFS(h.state, os.DirFS(kept)))
	}
}

// The named input: the state folder is copied, two are paid, the copy is put back. It looks sound.
func TestPutBack(t *testing.T) {
	tests := map[string]struct {
		last  func(t *testing.T, l *Ledger)              // in the run that is lost
		after func(t *testing.T, h *house, older []byte) // what else happens before the next start
		found bool
	}{
		"the folder":            {found: true},
		"the mark is gone":      {after: func(t *testing.T, h *house, _ []byte) { must(t, os.Remove(h.mark)) }},
		"the mark is torn":      {after: func(t *testing.T, h *house, _ []byte) { must(t, os.Truncate(h.mark, 30)) }},
		"the mark is another's": {after: otherMark},
		"an older mark with it": {after: func(t *testing.T, h *house, older []byte) {
			must(t, os.WriteFile(h.mark, older, 0o600))
		}},
		"the copy says it, alone": {last: copied, found: true,
			after: func(t *testing.T, h *house, _ []byte) { must(t, os.Remove(h.mark)) }},
		"the newest copy is cut off": {last: copied, after: func(t *testing.T, h *house, _ []byte) {
			must(t, os.Remove(h.mark))
			copies, err := backupsIn(h.backups)
			must(t, errors.Join(err, os.Truncate(copies[0], 5000)))
		}},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			h := newHouse(t)
			h.run(t, func(l *Ledger) { pay(t, l, 1) })
			older, err := os.ReadFile(h.mark)
			must(t, err)
			putBack := h.copyOf(t)
			var last payment.Order
			h.run(t, func(l *Ledger) {
				pay(t, l, 2)
				last = pay(t, l, 3)
				if tt.last != nil {
					tt.last(t, l)
				}
			})
			putBack()
			if tt.after != nil {
				tt.after(t, h, older)
			}
			h.run(t, func(l *Ledger) {
				lost, ok := l.Incomplete()
				if ok != tt.found || ok && (lost.Source == "" || lost.As.IsZero()) {
					t.Fatalf("incomplete %v: %+v", ok, lost)
				}
				if next := pay(t, l, 4); tt.found && next.Sequence <= last.Sequence {
					t.Errorf("receipt %d was given again, after %d", next.Sequence, last.Sequence)
				}
				must(t, l.Complete(t.Context(), "asked"))
			})
			h.run(t, func(l *Ledger) { // said once, not at each start
				if lost, ok := l.Incomplete(); ok {
					t.Errorf("it is incomplete again: %+v", lost)
				}
			})
		})
	}
}

func copied(t *testing.T, l *Ledger) { must(t, l.Care(t.Context(), time.Now())) }

func otherMark(t *testing.T, h *house, _ []byte) {
	other := newHouse(t)
	other.run(t, func(l *Ledger) {
		for n := range 4 {
			pay(t, l, n)
		}
	})
	must(t, durable.Copy(h.mark, other.mark))
}

// The receipt numbers go on behind the mark, even where that is further than the clock would bring them.
func TestPutBackMovesReceiptsBehindTheMark(t *testing.T) {
	h := newHouse(t)
	h.run(t, func(l *Ledger) { pay(t, l, 1) })
	putBack := h.copyOf(t)
	const far = 1 << 40
	h.run(t, func(l *Ledger) {
		must(t, l.write(func(tx *bbolt.Tx) error { return tx.Bucket(bucketMeta).SetSequence(far) }))
		pay(t, l, 2)
	})
	putBack()
	h.run(t, func(l *Ledger) {
		if o := pay(t, l, 3); o.Sequence <= far+1 {
			t.Errorf("receipt %d, after %d", o.Sequence, far+1)
		}
	})
}

// Two histories of one ledger: the one that was put back went on, and then the first one comes back.
func TestPutBackAndForth(t *testing.T) {
	h := newHouse(t)
	h.run(t, func(l *Ledger) { pay(t, l, 1) })
	back := h.copyOf(t)
	var given []uint64
	h.run(t, func(l *Ledger) {
		for n := range 5 {
			given = append(given, pay(t, l, 10+n).Sequence)
		}
	})
	forth := h.copyOf(t)
	back()
	h.run(t, func(l *Ledger) {
		for n := range 3 {
			given = append(given, pay(t, l, 20+n).Sequence)
		}
		must(t, l.Complete(t.Context(), "asked"))
	})
	forth()
	h.run(t, func(l *Ledger) {
		if _, ok := l.Incomplete(); !ok {
			t.Error("the first history came back and was not noticed")
		}
		given = append(given, pay(t, l, 30).Sequence)
	})
	seen := make(map[uint64]bool)
	for _, n := range given {
		if seen[n] {
			t.Errorf("receipt %d twice, in %d", n, given)
		}
		seen[n] = true
	}
}

// A plug that is pulled between the commit and its mark leaves the mark behind, and nothing is claimed to be lost.
func TestMarkBehindIsNoRestore(t *testing.T) {
	h := newHouse(t)
	h.run(t, func(l *Ledger) { pay(t, l, 1) })
	old, err := os.ReadFile(h.mark)
	must(t, err)
	h.run(t, func(l *Ledger) { pay(t, l, 2) })
	must(t, os.WriteFile(h.mark, old, 0o600))
	h.run(t, func(l *Ledger) {
		if lost, ok := l.Incomplete(); ok {
			t.Errorf("incomplete: %+v", lost)
		}
		if err := l.Marked(); err != nil {
			t.Errorf("marked: %v", err)
		}
	})
}

// The mark names what is shown and what is printed, at the time it is; and nothing that is not committed.
func TestMarkIsThereBeforeTheWorldSees(t *testing.T) {
	h := newHouse(t)
	h.run(t, func(l *Ledger) {
		o := ledgertest.New(t, l, ledgertest.Request(1), ledgertest.Born)
		same := func(what string) {
			t.Helper()
			m, err := readMark(h.mark)
			must(t, err)
			now, err := l.reach()
			must(t, err)
			if m.Entry != now.Entry || m.Receipts != now.Receipts || string(m.Hash) != string(now.Hash) ||
				!m.Opened.Equal(o.CreatedAt) {
				t.Errorf("after the %s the mark says %+v, the ledger is at %+v", what, m, now)
			}
		}
		o = coded(t, l, o)
		same("code")
		o = ledgertest.Said(t, l, o, payment.TradeSuccess)
		same("receipt number")
	})
}

func TestMarkThatCannotBeWritten(t *testing.T) {
	h := newHouse(t)
	must(t, os.WriteFile(filepath.Dir(h.mark), nil, 0o600)) // a file where the folder belongs
	h.run(t, func(l *Ledger) {
		if o := pay(t, l, 1); o.State != payment.Paid {
			t.Errorf("%+v", o)
		}
		if err := l.Marked(); err == nil {
			t.Error("nothing is said of the mark")
		}
	})
	must(t, os.Remove(filepath.Dir(h.mark)))
	h.run(t, func(l *Ledger) {
		if err := l.Marked(); !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("at the next start: %v", err)
		}
		if _, ok := l.Incomplete(); ok {
			t.Error("a missing mark is no restore")
		}
		pay(t, l, 2)
		if err := l.Marked(); !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("once it is written nobody hears that it was missing: %v", err)
		}
	})
	h.run(t, func(l *Ledger) {
		if err := l.Marked(); err != nil {
			t.Errorf("at the start after that: %v", err)
		}
	})
}

// A ledger that is gone while its mark is there was there before.
func TestMissingBesideItsMark(t *testing.T) {
	h := newHouse(t)
	h.run(t, func(l *Ledger) { pay(t, l, 1) })
	must(t, os.Remove(h.file()))
	if _, err := Open(h.file(), identity, h.options()); !errors.Is(err, payment.ErrDamaged) {
		t.Errorf("got %v", err)
	}
}
