package lives

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"

	"courtkiosk/payment"
	"courtkiosk/payment/bolt"
)

// markOf is the folder of the mark of a ledger.
func markOf(file string) string { return file + "-mark" }

// openMarked opens a kiosk's ledger. One that was put back says so itself: nobody tells the kiosk.
func openMarked(k *kiosk, file string) (payment.Ledger, error) {
	o := bolt.Options{Mark: filepath.Join(markOf(file), "ledger.mark")}
	if m := k.life.mistake; m != nil && m.unread {
		o.Mark = ""
	}
	l, err := bolt.Open(file, payment.Identity{Court: "京0101", Environment: "test",
		Instance: fmt.Sprint(k.name, "-", k.installed)}, o)
	if err != nil {
		return nil, err
	}
	if lost, ok := l.Incomplete(); ok {
		k.life.note("kiosk %s has lost what came after %v: %s", k.name, lost.As, lost.Source)
		k.recall = true
	}
	return l, nil
}

// complete notes in a ledger that found out itself that all was asked for.
func (k *kiosk) complete() error {
	if !k.life.parts.notices {
		return nil
	}
	err := k.ledger.(payment.Keeper).Complete(context.Background(), "all asked")
	if errors.Is(err, context.Canceled) {
		return nil
	}
	return err
}

// numbered: a ledger gives no receipt number to two orders, whatever was put back meanwhile.
func (l *Life) numbered(k *kiosk, o payment.Order) {
	if !l.parts.notices {
		return
	}
	stored, err := k.ledger.Order(context.Background(), o.No)
	if err != nil {
		l.breaks("order of kiosk %s: %v", k.name, err)
		return
	}
	id := fmt.Sprint(k.name, "-", k.installed, " ", stored.Sequence)
	l.mu.Lock()
	before := l.slips[id]
	l.slips[id] = o.No
	l.mu.Unlock()
	if before != "" && before != o.No && stored.Sequence != 0 {
		l.breaks("kiosk %s gives receipt number %d to %s and to %s", k.name, stored.Sequence, before, o.No)
	}
}
