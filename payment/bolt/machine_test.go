package bolt

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"courtkiosk/payment"
	"courtkiosk/payment/ledgertest"
)

func TestMachineDiffers(t *testing.T) {
	of := func(id, uuid, serial string) Machine {
		return MachineOf(called(map[string]string{"etc/machine-id": id, "sys/class/dmi/id/product_uuid": uuid,
			"sys/class/dmi/id/board_serial": serial}))
	}
	all, told := of("a", "uuid-b", "serial-c"), MachineOf(fstest.MapFS{"etc/machine-id": {Data: []byte("a\n")},
		Handed: handed(t, map[string]string{"sys/class/dmi/id/product_uuid": "uuid-b",
			"sys/class/dmi/id/board_serial": "serial-c"})})
	tests := map[string]struct {
		was, is Machine
		want    bool
	}{
		"the same":                   {all, of("a", "uuid-b", "serial-c"), false},
		"another system":             {all, of("x", "uuid-b", "serial-c"), true},
		"another board":              {all, of("a", "uuid-b", "serial-x"), true},
		"another virtual machine":    {all, of("a", "uuid-x", "serial-c"), true},
		"the service reads less":     {all, of("a", "", ""), false},
		"root reads more":            {of("a", "", ""), all, false},
		"nothing to compare":         {of("a", "", ""), of("", "uuid-b", "serial-c"), false},
		"nothing can be read at all": {all, of("", "", ""), false},
		"no number is told":          {all, of("a", "", "Default string"), false},
		"root has told of the board": {told, all, false},
		"told, on another board":     {told, of("a", "uuid-b", "serial-x"), true},
		"another whole machine": {
			MachineOf(called(map[string]string{"sys/class/dmi/id/product_serial": "PF01"})),
			MachineOf(called(map[string]string{"sys/class/dmi/id/product_serial": "PF02"})), true},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			if got := tt.was.differs(tt.is); got != tt.want {
				t.Errorf("got %v, want %v", got, tt.want)
			}
		})
	}
	if m := of("same", "same", "same"); m.OS == "same" || m.OS == m.Product || m.Board == "" || m.Board == m.Product {
		t.Errorf("%+v tells what the machine is called", m)
	}
}

// called are the files that tell a machine's names.
func called(names map[string]string) fstest.MapFS {
	files := fstest.MapFS{}
	for name, text := range names {
		if text != "" {
			files[name] = &fstest.MapFile{Data: []byte(text + "\n")}
		}
	}
	return files
}

// handed is the file that root leaves for the service.
func handed(t *testing.T, names map[string]string) *fstest.MapFile {
	t.Helper()
	text := handOver(t, called(names))
	for _, serial := range names {
		if strings.Contains(string(text), serial) {
			t.Errorf("%s tells %s", text, serial)
		}
	}
	return &fstest.MapFile{Data: text}
}

func handOver(t *testing.T, from fstest.MapFS) []byte {
	t.Helper()
	dir := t.TempDir()
	must(t, os.Mkdir(filepath.Join(dir, "run"), 0o755))
	must(t, HandOver(from, dir))
	text, err := os.ReadFile(filepath.Join(dir, Handed))
	must(t, err)
	return text
}

// What many boards have in common tells none from another, and what is in the way of a number is not part of it.
func TestHardwareNames(t *testing.T) {
	const board, whole, tree = "sys/class/dmi/id/board_serial", "sys/class/dmi/id/product_serial",
		"sys/firmware/devicetree/base/serial-number"
	for _, text := range []string{"To be filled by O.E.M.", "To Be Filled By O.E.M", "Default string", "None", "n/a",
		"Not Specified", "00000000-0000-0000-0000-000000000000", "FFFFFFFF-FFFF-FFFF-FFFF-FFFFFFFFFFFF", "........",
		"03000200-0400-0500-0006-000700080009", "0123456789", "System Serial Number", "xxxxxxxx", "12", " "} {
		for _, name := range []string{board, whole, tree, "sys/class/dmi/id/product_uuid"} {
			if m := MachineOf(called(map[string]string{name: text})); m != (Machine{}) {
				t.Errorf("%s %q: %+v", name, text, m)
			}
		}
	}
	m := MachineOf(called(map[string]string{board: "/7XK2Q13/CNFCW0085D00FA/", tree: "100000003d1d1c36\x00"}))
	if m.Board == "" || m.Serial == "" || m.Serial != MachineOf(called(map[string]string{whole: "None",
		tree: "100000003d1d1c36"})).Serial {
		t.Errorf("%+v", m)
	}
	if text := handOver(t, fstest.MapFS{}); string(text) != "{}\n" {
		t.Errorf("of a machine that says nothing it is told: %s", text)
	}
	for _, text := range []string{"", "{", `{"OS":"a system that nobody asked of"}`} {
		if m := MachineOf(fstest.MapFS{Handed: {Data: []byte(text)}}); m != (Machine{}) {
			t.Errorf("told %q, it is %+v", text, m)
		}
	}
}

// A copy is started beside its original, on another machine.
func TestMoved(t *testing.T) {
	h := newHouse(t)
	var paid, open payment.Order
	var name string
	h.run(t, func(l *Ledger) {
		paid = pay(t, l, 1)
		open = coded(t, l, ledgertest.New(t, l, ledgertest.Request(2), ledgertest.Born))
		name = l.Identity().Instance
	})
	copied := newHouse(t)
	h.copyTo(t, copied)
	copied.machine = machineNamed("two")
	h.run(t, func(l *Ledger) { must(t, l.Ready(t.Context())) })
	copied.run(t, func(l *Ledger) {
		if err := l.Ready(t.Context()); !errors.Is(err, payment.ErrMoved) {
			t.Errorf("ready: %v", err)
		}
		if _, err := ledgertest.Next(l, ledgertest.Request(3), ledgertest.Born); !errors.Is(err, payment.ErrMoved) {
			t.Errorf("a new order: %v", err)
		}
		o := ledgertest.Said(t, l, open, payment.TradeSuccess)
		if o.State != payment.Paid || o.Sequence <= paid.Sequence+leaped/2 {
			t.Errorf("what is open comes to its end, with a number that the original does not give: %+v", o)
		}
		was, is, err := l.Rebind(t.Context(), payment.By{Person: "0815"}, "the old board died")
		if err != nil || was != name || is == name || is == "" {
			t.Errorf("rebound from %q to %q, %v", was, is, err)
		}
	})
	copied.run(t, func(l *Ledger) {
		must(t, l.Ready(t.Context()))
		if lost, ok := l.Incomplete(); !ok || lost.Source == "" || lost.As.IsZero() {
			t.Errorf("it does not count as restored: %+v, %v", lost, ok)
		}
		former := l.Former()
		if len(former) != 1 || former[0].Instance != name || time.Since(former[0].Until) > time.Hour {
			t.Errorf("its former names are %+v", former)
		}
		list, err := l.Since(t.Context(), 0, 100)
		must(t, err)
		var said payment.Entry
		for _, e := range list {
			if e.Event == "rebound" {
				said = e
			}
		}
		if said.By.Person != "0815" || said.Note != name+" is "+l.Identity().Instance+": the old board died" {
			t.Errorf("the audit says %+v", said)
		}
		if o := pay(t, l, 3); o.State != payment.Paid {
			t.Errorf("%+v", o)
		}
		if findings, err := l.Verify(t.Context()); err != nil || len(findings) > 0 {
			t.Errorf("%q, %v", findings, err)
		}
	})
	h.run(t, func(l *Ledger) { // the original knows of nothing
		must(t, l.Ready(t.Context()))
		if _, ok := l.Incomplete(); ok {
			t.Error("the original counts as restored")
		}
	})
}

// The disk image of a machine that was started once, and never used, is copied to another one.
func TestMovedBeforeItsFirstWrite(t *testing.T) {
	h := newHouse(t)
	h.run(t, func(*Ledger) {})
	h.machine = machineNamed("two")
	h.run(t, func(l *Ledger) {
		if err := l.Ready(t.Context()); !errors.Is(err, payment.ErrMoved) {
			t.Errorf("ready: %v", err)
		}
	})
}

// After it was bound anew, the folder from before comes back: the mark has both names.
func TestPutBackBeforeItsRebinding(t *testing.T) {
	h := newHouse(t)
	h.run(t, func(l *Ledger) { pay(t, l, 1) })
	putBack := h.copyOf(t)
	var second string
	h.run(t, func(l *Ledger) {
		var err error
		_, second, err = l.Rebind(t.Context(), payment.By{}, "an id was used twice")
		must(t, err)
	})
	var last payment.Order
	h.run(t, func(l *Ledger) { last = pay(t, l, 2) })
	putBack()
	h.run(t, func(l *Ledger) {
		if _, ok := l.Incomplete(); !ok {
			t.Error("not noticed")
		}
		if f := l.Former(); len(f) != 1 || f[0].Instance != second {
			t.Errorf("its names are %+v, want %s too", f, second)
		}
		if o := pay(t, l, 3); o.Sequence <= last.Sequence {
			t.Errorf("receipt %d, after %d", o.Sequence, last.Sequence)
		}
	})
}

// A ledger that has never heard of machines stays at home where it is opened next, and the machine that reads more of
// itself later is still the same.
func TestMachineIsLearned(t *testing.T) {
	h := newHouse(t)
	h.machine = Machine{}
	h.run(t, func(l *Ledger) { pay(t, l, 1) })
	h.machine = machineNamed("one")
	h.run(t, func(l *Ledger) { must(t, l.Ready(t.Context())); pay(t, l, 2) })
	more := machineNamed("one")
	more.Board = "hash of the board"
	h.machine = more
	h.run(t, func(l *Ledger) { must(t, l.Ready(t.Context())); pay(t, l, 3) })
	for _, other := range []Machine{machineNamed("two"), {Board: "another board"}} {
		h.machine = other
		h.run(t, func(l *Ledger) {
			if err := l.Ready(t.Context()); !errors.Is(err, payment.ErrMoved) {
				t.Errorf("on %+v: %v", other, err)
			}
		})
	}
}

// copyTo copies the state folder to another house.
func (h *house) copyTo(t *testing.T, other *house) {
	t.Helper()
	must(t, os.RemoveAll(other.state))
	must(t, os.CopyFS(other.state, os.DirFS(h.state)))
}
