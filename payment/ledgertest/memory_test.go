package ledgertest_test

import (
	"errors"
	"testing"

	"courtkiosk/payment"
	"courtkiosk/payment/ledgertest"
)

var identity = payment.Identity{Court: "京0101", Environment: "test", Instance: "4f1c"}

// The ledger in memory passes the contract whole. To open it again is to copy it: it has no file.
func TestMemory(t *testing.T) {
	ledgertest.Run(t, ledgertest.Store{
		Open: func(*testing.T) payment.Ledger { return ledgertest.NewMemory(identity) },
		Reopen: func(_ *testing.T, l payment.Ledger) payment.Ledger {
			return l.(*ledgertest.Memory).Copy()
		},
	})
}

// A copy and its original go their own ways.
func TestMemoryCopy(t *testing.T) {
	l := ledgertest.NewMemory(identity)
	o := ledgertest.New(t, l, ledgertest.Request(1), ledgertest.Born)
	backup := l.Copy()
	ledgertest.Said(t, l, o, payment.TradeSuccess)
	ledgertest.New(t, l, ledgertest.Request(2), ledgertest.Born)
	kept, err := backup.Recent(t.Context(), 10)
	if err != nil || len(kept) != 1 || kept[0].State != payment.Created {
		t.Errorf("the copy holds %+v, %v", kept, err)
	}
}

// A write that fails stores nothing and takes no number.
func TestMemoryFails(t *testing.T) {
	l := ledgertest.NewMemory(identity)
	l.Fail(payment.ErrNotWritable)
	if _, err := ledgertest.Next(l, ledgertest.Request(1), ledgertest.Born); !errors.Is(err, payment.ErrNotWritable) {
		t.Errorf("got %v, want %v", err, payment.ErrNotWritable)
	}
	l.Fail(nil)
	if o := ledgertest.New(t, l, ledgertest.Request(1), ledgertest.Born); o.Serial != 1 {
		t.Errorf("the first order has serial %d", o.Serial)
	}
}
