package console

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"courtkiosk/app/counter"
	"courtkiosk/app/ledger"
	"courtkiosk/payment"
)

// succeed makes the ledger of a new machine from the last copy that left, and starts it.
func (b bank) succeed(t *testing.T, dir string, m *machine, n int) *machine {
	t.Helper()
	last, err := m.Config.Place().Last()
	if err != nil {
		t.Fatal(err)
	}
	sealed, err := os.Open(filepath.Join(b.share, last.Name))
	if err != nil {
		t.Fatal(err)
	}
	defer sealed.Close()
	taken, err := ledger.Succeed(t.Context(), b.config(dir, m.sim), sealed, strings.NewReader(b.secret.String()),
		payment.By{Person: "0815"})
	if err != nil || taken.Untold != nil {
		t.Fatal(err, taken.Untold)
	}
	return b.install(t, dir, m.sim, n)
}

// The lost machine comes back, and the share with it that would tell: only WeChat knows of the heir. Nothing is taken
// twice, and with the first payment that collides the machine sells nothing any more.
func TestALostMachineComesBackWithoutTheShare(t *testing.T) {
	b, start, old, heir := openBank(t), time.Now().Add(time.Hour), t.TempDir(), t.TempDir()
	synctest.Test(t, func(t *testing.T) {
		time.Sleep(time.Until(start))
		m := b.install(t, old, b.open(t), 90)
		before := m.pays(0, nil)
		time.Sleep(25 * time.Hour) // the copy of the next day
		m.end()
		h := b.succeed(t, heir, m, 90)
		time.Sleep(time.Hour)
		h.is(before, payment.Paid)
		if h.Ledger().Identity().Instance == m.Ledger().Identity().Instance {
			t.Error("the heir has the name of the lost machine")
		}
		time.Sleep(2 * time.Hour)
		h.number.Serial = "91"
		h.list("50", "")
		no := h.pays(0, nil)
		h.is(no, payment.Paid)
		if err := os.Rename(b.share, b.share+"-away"); err != nil {
			t.Fatal(err)
		}
		defer os.RemoveAll(b.share + "-away")

		back := b.install(t, old, m.sim, 91)
		back.list("50", "")
		if err := back.Keeper().Ready(t.Context()); err != nil {
			t.Errorf("it knows of nothing yet: %v", err)
		}
		_ = back.asks("b")
		back.is(no, payment.Foreign)
		back.number.Serial = "92"
		back.list("60", "")
		r, ok := errors.AsType[*counter.Refusal](back.asks("c"))
		if !ok || r.Code != counter.Closed || r.Args[counter.Trouble] != counter.TroubleTwice {
			t.Errorf("it sells: %v", r)
		}
		back.end()

		told := b.install(t, old, m.sim, 92) // switched on: its share is mounted a moment later
		time.Sleep(20 * time.Second)
		if err := os.Rename(b.share+"-away", b.share); err != nil {
			t.Fatal(err)
		}
		time.Sleep(20 * time.Second)
		if err := told.Keeper().Ready(t.Context()); !errors.Is(err, payment.ErrSucceeded) {
			t.Errorf("with the share: %v", err)
		}
		if _, ok := errors.AsType[*counter.Refusal](told.asks("d")); !ok {
			t.Error("it sells")
		}
	})
}
