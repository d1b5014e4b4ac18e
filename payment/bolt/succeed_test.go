package bolt

import (
	"bytes"
	"context"
	"errors"
	"os"
	"path/filepath"
	"testing"
	"testing/synctest"

	"courtkiosk/payment"
	"courtkiosk/payment/durable"
	"courtkiosk/payment/ledgertest"
)

// secrets are what a copy that leaves must not hold, wherever it stood.
var secrets = []string{"张晓明", "李建军", "argon2id-of-0108", "totp-sealed", "card-hash", "handed-out-code",
	"token-of-the-browser", "token-before"}

// inhabited puts every secret into a ledger, and expunges and ends some of them, whose pages stay.
func inhabited(t *testing.T, l *Ledger) {
	t.Helper()
	for n := range 20 {
		r := ledgertest.Request(n)
		r.Personal = []byte("张晓明")
		o := coded(t, l, ledgertest.New(t, l, r, ledgertest.Born))
		if n%2 == 0 {
			ledgertest.Said(t, l, o, payment.TradeSuccess)
		}
	}
	_, err := l.People().Update(t.Context(), "0108", func(payment.Person, payment.Staff) (payment.Person, payment.Entry,
		error) {
		return payment.Person{Number: "0108", Name: "李建军", Role: "lead", Card: "card-hash", Code: "handed-out-code",
			PIN: "argon2id-of-0108", Second: "totp-sealed"}, payment.Entry{Event: "staff-made", Note: "0108"}, nil
	})
	must(t, err)
	_, err = l.SignIns().Update(t.Context(), "0108", func(payment.SignIn, payment.Staff) (payment.SignIn, payment.Entry,
		error) {
		return payment.SignIn{Person: "0108", Token: []byte("token-of-the-browser"),
			FormerToken: []byte("token-before")}, payment.Entry{}, nil
	})
	must(t, err)
}

// holds reports which of the secrets a file holds, in any page; bytes of a record are in base64 there.
func holds(t *testing.T, path string) (found []string) {
	t.Helper()
	text, err := os.ReadFile(path)
	must(t, err)
	for _, s := range secrets {
		for _, form := range spelt(s) {
			if bytes.Contains(text, form) {
				found = append(found, s)
				break
			}
		}
	}
	return found
}

func spelt(s string) [][]byte {
	record, _ := encode([]byte(s))
	return [][]byte{[]byte(s), bytes.Trim(record[5:], `"`)}
}

func TestNamelessHoldsNoNameAndNoKey(t *testing.T) {
	h := newHouse(t)
	path := filepath.Join(t.TempDir(), "nameless.db")
	h.run(t, func(l *Ledger) {
		inhabited(t, l)
		if got := holds(t, h.file()); len(got) != len(secrets) {
			t.Fatalf("the ledger itself holds %q of %q: the test looks for the wrong thing", got, secrets)
		}
		must(t, l.Nameless(t.Context(), path))
		if got, err := l.Personal(t.Context(), ledgertestFirst(t, l)); err != nil || string(got) != "张晓明" {
			t.Errorf("the ledger itself has lost a name: %q, %v", got, err)
		}
		was, err := l.Census(t.Context())
		must(t, err)
		c, err := load(path, identity, Options{MaxSize: 4 << 30})
		must(t, err)
		defer c.Close()
		c.check()
		is, err := c.Census(t.Context())
		if err != nil || is.Orders != was.Orders || is.Entries != was.Entries || is.Owed != was.Owed ||
			is.Personal != 0 {
			t.Errorf("the copy has %+v, the ledger %+v, %v", is, was, err)
		}
		if findings, err := c.Verify(t.Context()); err != nil || len(findings) > 0 {
			t.Errorf("%q, %v", findings, err)
		}
	})
	if got := holds(t, path); len(got) > 0 {
		t.Errorf("the copy holds %q", got)
	}
	list, err := os.ReadDir(filepath.Dir(path))
	if err != nil || len(list) != 1 {
		t.Errorf("what held names is left beside it: %v, %v", list, err)
	}
}

func ledgertestFirst(t *testing.T, l *Ledger) string {
	t.Helper()
	list, err := recent(l, 1)
	must(t, err)
	return list[0].No
}

// A copy that cannot be made leaves nothing that holds names.
func TestNamelessThatFailsLeavesNothing(t *testing.T) {
	h := newHouse(t)
	dir := t.TempDir()
	h.run(t, func(l *Ledger) {
		inhabited(t, l)
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		if err := l.Nameless(ctx, filepath.Join(dir, "copy.db")); err == nil {
			t.Error("made though nobody waits")
		}
		must(t, os.Mkdir(filepath.Join(dir, "copy.db"), 0o700))
		must(t, os.WriteFile(filepath.Join(dir, "copy.db", "in the way"), nil, 0o600))
		if err := l.Nameless(t.Context(), filepath.Join(dir, "copy.db")); err == nil {
			t.Error("made over a folder")
		}
	})
	if list, err := os.ReadDir(dir); err != nil || len(list) > 1 {
		t.Errorf("left: %v, %v", list, err)
	}
}

// A copy is made in two steps, each as large as the ledger, on the disk that a payment must find room on.
func TestACopyTakesNoPaymentsRoom(t *testing.T) {
	for name, tt := range map[string]struct {
		free uint64
		used int64
		want bool
	}{
		"a new ledger":       {300 << 20, 1 << 16, true},
		"a large one":        {300 << 20, 200 << 20, false},
		"one copy, not two":  {500 << 20, 200 << 20, false},
		"both":               {700 << 20, 200 << 20, true},
		"too little for any": {1 << 20, 1 << 16, false},
	} {
		if got := (Room{Free: tt.free, Used: tt.used}).spares(2); got != tt.want {
			t.Errorf("%s: %t", name, got)
		}
	}
}

// leaves returns a copy of the ledger of a house, as it leaves.
func (h *house) leaves(t *testing.T) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "nameless.db")
	h.run(t, func(l *Ledger) { must(t, l.Nameless(t.Context(), path)) })
	return path
}

// succeeded makes the ledger of another house from a copy.
func (h *house) succeeds(t *testing.T, nameless string) (payment.Heir, error) {
	t.Helper()
	temp := durable.Temp(h.file())
	must(t, durable.Copy(temp, nameless))
	return Succeed(t.Context(), h.file(), temp, identity, h.options(), payment.By{Person: "0815"})
}

// A machine is lost, another one goes on from the copy, and then the first comes back.
func TestSucceed(t *testing.T) {
	old, heir := newHouse(t), newHouse(t)
	heir.machine = machineNamed("two")
	var open, late payment.Order
	var name string
	old.run(t, func(l *Ledger) {
		inhabited(t, l)
		name = l.Identity().Instance
		open = coded(t, l, ledgertest.New(t, l, ledgertest.Request(100), ledgertest.Born))
	})
	nameless := old.leaves(t)
	old.run(t, func(l *Ledger) { late = pay(t, l, 101) }) // after the copy
	heir.run(t, func(l *Ledger) { copied(t, l) })         // set up, started once, copied, and never used
	h, err := heir.succeeds(t, nameless)
	must(t, err)
	if h.Was != name || h.Is == name || h.Is == "" || h.Orders != 21 || h.Aside == "" || h.As.IsZero() {
		t.Errorf("%+v", h)
	}
	heir.run(t, func(l *Ledger) {
		must(t, errors.Join(l.Ready(t.Context()), l.Marked()))
		copied(t, l) // the copies of the ledger that was there stand in nobody's way
		lost, ok := l.Incomplete()
		if !ok || !lost.As.Equal(h.As) {
			t.Errorf("it does not count as restored: %+v, %t", lost, ok)
		}
		if former := l.Former(); len(former) != 1 || former[0].Instance != name {
			t.Errorf("its former names are %+v", former)
		}
		if list, err := l.Successions(); err != nil || len(list) != 1 || list[0].Is != l.Identity().Instance {
			t.Errorf("it has succeeded %+v, %v", list, err)
		}
		if o := pay(t, l, 200); o.Sequence <= late.Sequence+leaped/2 {
			t.Errorf("receipt %d may be given by the other machine too, which is at %d", o.Sequence, late.Sequence)
		}
		if o := ledgertest.Said(t, l, open, payment.TradeSuccess); o.State != payment.Paid {
			t.Errorf("what was open is %s", o.State)
		}
		if findings, err := l.Verify(t.Context()); err != nil || len(findings) > 0 {
			t.Errorf("%q, %v", findings, err)
		}
	})
	old.run(t, func(l *Ledger) { // it knows of nothing, until it is told
		must(t, l.Ready(t.Context()))
		forged := h.Succession
		forged.Is = "SOMEBODYEL"
		other := h.Succession
		other.Was = "ANOTHERONE"
		for _, s := range []payment.Succession{forged, other, {Was: name, Is: "X", Entry: 1 << 40},
			{Was: name, Is: "X"}} {
			if err := l.Yield(t.Context(), s); !errors.Is(err, payment.ErrConflict) {
				t.Errorf("%+v: %v", s, err)
			}
		}
		must(t, errors.Join(l.Ready(t.Context()), l.Failed()))
		for range 2 {
			must(t, l.Yield(t.Context(), h.Succession))
		}
	})
	old.run(t, func(l *Ledger) {
		if err := l.Ready(t.Context()); !errors.Is(err, payment.ErrSucceeded) {
			t.Errorf("ready: %v", err)
		}
		if _, err := ledgertest.Next(l, ledgertest.Request(300), ledgertest.Born); !errors.Is(err,
			payment.ErrSucceeded) {
			t.Errorf("a new order: %v", err)
		}
		if o := ledgertest.Said(t, l, open, payment.TradeSuccess); o.State != payment.Paid {
			t.Errorf("what is open comes to its end all the same: %s", o.State)
		}
		if s, ok := l.Successor(); !ok || s.Is != h.Is {
			t.Errorf("its successor is %+v, %t", s, ok)
		}
		_, _, err := l.Rebind(t.Context(), payment.By{Person: "0815"}, "that one was a drill")
		must(t, err)
		must(t, l.Ready(t.Context()))
	})
	old.run(t, func(l *Ledger) { must(t, l.Ready(t.Context())) })
}

// Nothing takes the place of a ledger that has had an order, and a copy that is none of this court's takes nobody's.
func TestSucceedReplacesNothingOfValue(t *testing.T) {
	old, used := newHouse(t), newHouse(t)
	old.run(t, func(l *Ledger) { pay(t, l, 1) })
	used.run(t, func(l *Ledger) { pay(t, l, 2) })
	nameless := old.leaves(t)
	before, err := os.ReadFile(used.file())
	must(t, err)
	if _, err := used.succeeds(t, nameless); !errors.Is(err, payment.ErrConflict) {
		t.Errorf("it replaced a ledger with orders: %v", err)
	}
	empty := newHouse(t)
	temp := durable.Temp(empty.file())
	must(t, durable.Copy(temp, nameless))
	_, err = Succeed(t.Context(), empty.file(), temp, payment.Identity{Court: "沪0101", Environment: "test"},
		empty.options(), payment.By{})
	if !errors.Is(err, payment.ErrOtherCourt) {
		t.Errorf("another court's copy: %v", err)
	}
	ruin(t, temp)
	if _, err := Succeed(t.Context(), empty.file(), temp, identity, empty.options(), payment.By{}); !errors.Is(err,
		payment.ErrDamaged) {
		t.Errorf("a ruined copy: %v", err)
	}
	if _, err := os.Stat(empty.file()); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("a ledger was made all the same: %v", err)
	}
	after, err := os.ReadFile(used.file())
	if err != nil || !bytes.Equal(before, after) {
		t.Errorf("the ledger with orders was changed: %v", err)
	}
	if _, err := os.Stat(empty.mark); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("a mark was written for no ledger: %v", err)
	}
}

// A ledger that is missing, and has left its mark or its copies, may have had orders: nothing takes its place.
func TestSucceedPassesOverNoLostLedger(t *testing.T) {
	old := newHouse(t)
	old.run(t, func(l *Ledger) { pay(t, l, 1) })
	nameless := old.leaves(t)
	for name, leave := range map[string]func(t *testing.T, h *house, l *Ledger){
		"mark": func(*testing.T, *house, *Ledger) {},
		"copy": func(t *testing.T, h *house, l *Ledger) { copied(t, l); h.mark += "-gone" },
	} {
		t.Run(name, func(t *testing.T) {
			lost := newHouse(t)
			lost.run(t, func(l *Ledger) {
				pay(t, l, 2)
				leave(t, lost, l)
			})
			must(t, os.Remove(lost.file()))
			if _, err := lost.succeeds(t, nameless); !errors.Is(err, payment.ErrConflict) {
				t.Errorf("it took the place of a ledger that is lost: %v", err)
			}
			if _, err := os.Stat(lost.file()); !errors.Is(err, os.ErrNotExist) {
				t.Errorf("a ledger was made: %v", err)
			}
		})
	}
}

// By a clock that stands before the copy nobody could tell what the lost machine was paid from what another one is.
func TestSucceedAsksForAClock(t *testing.T) {
	old, heir := newHouse(t), newHouse(t)
	old.run(t, func(l *Ledger) { pay(t, l, 1) })
	nameless := old.leaves(t)
	synctest.Test(t, func(t *testing.T) { // its clock begins with the year 2000
		if _, err := heir.succeeds(t, nameless); !errors.Is(err, errEarly) {
			t.Errorf("by a clock of the year 2000: %v", err)
		}
	})
	if _, err := os.Stat(heir.file()); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("a ledger was made: %v", err)
	}
	_, err := heir.succeeds(t, nameless)
	must(t, err)
}

// A restore that is given up and done again on a third machine leaves two heirs, which may both take payments.
func TestTwoHeirsGiveNoReceiptNumberTwice(t *testing.T) {
	old := newHouse(t)
	old.run(t, func(l *Ledger) { pay(t, l, 1) })
	nameless, given := old.leaves(t), make(map[uint64]bool)
	for range 4 {
		heir := newHouse(t)
		_, err := heir.succeeds(t, nameless)
		must(t, err)
		heir.run(t, func(l *Ledger) {
			if n := pay(t, l, 2).Sequence; given[n] {
				t.Errorf("receipt %d again", n)
			} else {
				given[n] = true
			}
		})
	}
}
