package ledgertest_test

import (
	"errors"
	"testing"
	"time"

	"courtkiosk/payment"
	"courtkiosk/payment/ledgertest"
)

var identity = payment.Identity{Court: "京0101", Environment: "test", Instance: "4f1c"}

func TestMemory(t *testing.T) {
	for name, rerun := range map[string]bool{"rules once": false, "rules twice": true} {
		t.Run(name, func(t *testing.T) { ledgertest.Run(t, inMemory(rerun)) })
	}
}

func inMemory(rerun bool) ledgertest.Store {
	return ledgertest.Store{
		Open: func(*testing.T) payment.Ledger {
			m := ledgertest.NewMemory(identity)
			m.Rerun = rerun
			return m
		},
		Reopen: func(t *testing.T, l payment.Ledger) payment.Ledger {
			// No file: this is what the next run of a program in the same process is given.
			if err := l.Close(); err != nil {
				t.Fatal(err)
			}
			return l
		},
		Second: func(_ *testing.T, l payment.Ledger) payment.Ledger { return l },
		Unsure: func(_ *testing.T, l payment.Ledger) func(bool) { return l.(*ledgertest.Memory).Unsure },
		Restore: func(_ *testing.T, l payment.Ledger) payment.Ledger {
			m := l.(*ledgertest.Memory).Copy()
			m.Lose(payment.Lost{Source: "a copy", As: ledgertest.Born})
			return m
		},
	}
}

// A copy and its original go their own ways.
func TestMemoryCopy(t *testing.T) {
	l := ledgertest.NewMemory(identity)
	r := ledgertest.Request(1)
	r.ID = "asked"
	o := ledgertest.New(t, l, r, ledgertest.Born)
	backup := l.Copy()
	ledgertest.Said(t, l, o, payment.TradeSuccess)
	ledgertest.New(t, l, ledgertest.Request(2), ledgertest.Born)
	page, err := backup.Find(t.Context(), payment.Filter{N: 10})
	if err != nil || len(page.Orders) != 1 || page.Orders[0].State != payment.Created {
		t.Errorf("the copy holds %+v, %v", page, err)
	}
	if again, err := ledgertest.Next(backup, r, ledgertest.Born.Add(time.Minute)); err != nil || again.No != o.No {
		t.Errorf("the copy answers the request by %+v, %v", again, err)
	}
}

// A write that fails stores nothing and takes no number.
func TestMemoryFails(t *testing.T) {
	l := ledgertest.NewMemory(identity)
	l.Fail(payment.ErrNotWritable)
	if _, err := ledgertest.Next(l, ledgertest.Request(1), ledgertest.Born); !errors.Is(err, payment.ErrNotWritable) {
		t.Errorf("got %v, want %v", err, payment.ErrNotWritable)
	}
	if err := l.Ready(t.Context()); !errors.Is(err, payment.ErrFailed) {
		t.Errorf("ready: %v, want %v", err, payment.ErrFailed)
	}
	l.Fail(nil)
	if o := ledgertest.New(t, l, ledgertest.Request(1), ledgertest.Born); o.Serial != 1 {
		t.Errorf("the first order has serial %d", o.Serial)
	}
}

// A copy that is started elsewhere opens nothing before it has another name; a copy that went back says so.
func TestMemoryMoved(t *testing.T) {
	l := ledgertest.NewMemory(identity)
	l.Arrive("one")
	moved, back := l.Copy(), l.Copy()
	ledgertest.New(t, l, ledgertest.Request(1), ledgertest.Born)
	if !back.Return(l.Mark()) || l.Return(l.Mark()) {
		t.Error("which of them went back?")
	}
	if _, ok := back.Incomplete(); !ok || len(back.Former()) > 0 {
		t.Errorf("it went back, and lost nothing; its names are %v", back.Former())
	}
	moved.Arrive("two")
	if _, err := ledgertest.Next(moved, ledgertest.Request(1), ledgertest.Born); !errors.Is(err, payment.ErrMoved) {
		t.Errorf("a moved ledger opens an order: %v", err)
	}
	if err := moved.Rebind(t.Context(), "5a2d"); err != nil || moved.Ready(t.Context()) != nil {
		t.Errorf("bound anew: %v, %v", err, moved.Ready(t.Context()))
	}
	if f := moved.Former(); len(f) != 1 || f[0].Instance != identity.Instance || moved.Identity().Instance != "5a2d" {
		t.Errorf("its names are %s and %v", moved.Identity().Instance, f)
	}
	ledgertest.New(t, moved, ledgertest.Request(1), ledgertest.Born)
}
