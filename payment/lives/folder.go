package lives

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"

	"courtkiosk/payment"
	"courtkiosk/payment/bolt"
	"courtkiosk/payment/ledgertest"
)

// markOf is the folder of the mark of a ledger.
func markOf(file string) string { return file + "-mark" }

// openMarked opens a kiosk's ledger. One that was put back says so itself: nobody tells the kiosk.
func openMarked(k *kiosk, file string) (payment.Ledger, error) {
	o := bolt.Options{Mark: filepath.Join(markOf(file), "ledger.mark"), Machine: bolt.Machine{OS: k.machineName()}}
	if m := k.life.mistake; m != nil && m.unread {
		o.Mark = ""
	}
	l, err := bolt.Open(file, payment.Identity{Court: "京0101", Environment: "test",
		Instance: fmt.Sprint(k.name, "-", k.installed)}, o)
	if err != nil {
		return nil, err
	}
	k.misses(l)
	return l, nil
}

// misses has the kiosk ask for what its ledger says that it has lost. It says so only when it was put back, or bound
// anew, since it was opened last.
func (k *kiosk) misses(l payment.Keeper) {
	lost, ok := l.Incomplete()
	if ok && !k.recall && !k.wentBack {
		k.life.breaks("kiosk %s calls its ledger restored, and nobody has put it back", k.name)
	}
	if k.wentBack = false; ok {
		k.life.note("kiosk %s has lost what came after %v: %s", k.name, lost.As, lost.Source)
		k.recall = true
	}
}

// openCompared opens a kiosk's ledger in memory, and compares it with the mark.
func openCompared(k *kiosk, m *ledgertest.Memory) payment.Ledger {
	if k.life.mistake == nil || !k.life.mistake.anywhere {
		m.Arrive(k.machineName())
	}
	if k.life.mistake == nil || !k.life.mistake.unread {
		m.Return(k.mark)
	}
	k.misses(m)
	return m
}

// marks notes outside of a ledger in memory how far it is, after what it has written. A moved one leaves the mark as it
// is.
func (k *kiosk) marks() {
	m, ok := k.disk.(*ledgertest.Memory)
	if !ok || errors.Is(m.Ready(context.Background()), payment.ErrMoved) {
		return
	}
	k.lock.Lock()
	defer k.lock.Unlock()
	k.mark = m.Mark()
}

// marksAhead is the mistake of that name: the mark of what is about to be written.
func (k *kiosk) marksAhead() {
	if k.life.mistake != nil && k.life.mistake.ahead {
		k.marks()
		k.lock.Lock()
		defer k.lock.Unlock()
		k.mark.Entries++
	}
}

// complete notes in a ledger that found out itself that all was asked for.
func (k *kiosk) complete() error {
	err := k.ledger.(payment.Keeper).Complete(context.Background(), "all asked")
	if errors.Is(err, context.Canceled) {
		return nil
	}
	return err
}

// numbered: a ledger gives no receipt number to two orders, whatever was put back meanwhile.
func (l *Life) numbered(k *kiosk, o payment.Order) {
	stored, err := k.ledger.Order(context.Background(), o.No)
	if err != nil {
		l.breaks("order of kiosk %s: %v", k.name, err)
		return
	}
	id := fmt.Sprint(k.line, " ", stored.Sequence)
	l.mu.Lock()
	before := l.slips[id]
	l.slips[id] = o.No
	l.mu.Unlock()
	if before != "" && before != o.No && stored.Sequence != 0 {
		l.breaks("kiosk %s gives receipt number %d to %s and to %s", k.name, stored.Sequence, before, o.No)
	}
}
