package lives

import (
	"context"
	"errors"
	"slices"
	"strings"
	"time"

	"courtkiosk/payment"
)

// A disk that died leaves payments at WeChat that name a ledger which nobody has any more; two machines that IT gave
// one id pay into two ledgers that live. The id is the same in both, and only people know which it is. The people of a
// life know, and say nothing false.

// twinScenes are those in which it matters; the next kiosk of the first has its id, where there are twins.
var twinScenes = []string{
	"come pay disk recall mourn reprint", "come disk pay recall mourn", "come pay disk come mourn come'", "mourn",
	"come pay come' come' part come'", "come' come pay' come come part come", "come pay disk recall come' mourn part",
	"part", "come pay crash come' adopt' other' come'", "come pay come' other'", "come' pay' come part other",
}

// parted is what a kiosk was told of another ledger that goes on: a payment at that one after it is news.
type parted struct{ kiosk, instance string }

// asker returns the kiosk whose ledger an order was opened in, that one or one before it; nil when no kiosk did.
func (l *Life) asker(attach string) *kiosk {
	device, instance, _ := strings.Cut(attach, "/")
	if h, known := l.homeOf(instance); known {
		return l.heir(h.k)
	}
	i := slices.IndexFunc(l.kiosks, func(k *kiosk) bool {
		return strings.HasPrefix(instance, k.name+"-") || l.plan.Shared && k.name == device
	})
	if i < 0 {
		return nil
	}
	return l.kiosks[i]
}

// dead reports whether no kiosk has a ledger any more, and none has a backup of it.
func (l *Life) dead(instance string) bool {
	k := l.asker("/" + instance)
	return k != nil && instance != k.instance && instance != k.kept
}

// twins are the ledgers that the kiosk knows to be paid under its id.
func (k *kiosk) twins() []payment.Twin {
	if !k.on() || k.life.plan.Shared {
		return nil
	}
	list, err := k.cashier.Twins(context.Background())
	if err != nil {
		k.life.breaks("other ledgers: %v", err)
	}
	return list
}

// mourn is a person who says which ledgers are lost, and adopts what may only be adopted one by one.
func (k *kiosk) mourn() {
	ctx, by := context.Background(), payment.By{Person: "1"}
	for _, t := range k.twins() {
		if !k.life.dead(t.Instance) || k.life.asker("/"+t.Instance) != k {
			continue // it lives, or is missed elsewhere
		}
		for _, o := range t.Late {
			k.life.word(k, o.No)
			_, err := k.cashier.Adopt(ctx, o.No, "the disk died", by)
			k.life.note("kiosk %s adopts %s late: %v", k.name, o.No[:6], err)
		}
		if !t.Alarm && t.Waiting > len(t.Late) {
			k.life.word(k, t.Instance)
			_, err := k.cashier.InheritFrom(ctx, t.Instance, "the disk died", by)
			k.life.note("kiosk %s is told that %s is lost: %v", k.name, t.Instance, err)
		}
	}
}

// part is IT ending an alarm: of two machines one gets another id, and the kiosk is told so. It is one that has never
// lost a disk: what a lost ledger was paid is found by the id that it had.
func (k *kiosk) part() {
	for _, t := range k.twins() {
		if !t.Alarm {
			continue
		}
		if other := k.life.asker("/" + t.Instance); other != k && other.id == k.id {
			if other.installed > 1 {
				other = k
			}
			if other.installed == 1 {
				other.rename()
			}
			if other == k || other.id == k.id || !k.on() {
				continue
			}
		}
		k.life.mu.Lock()
		k.life.apart[parted{k.name, t.Instance}] = k.cashier.Now()
		k.life.mu.Unlock()
		err := k.cashier.PartFrom(context.Background(), t.Instance, "it has another id", payment.By{Person: "1"})
		k.life.note("kiosk %s is told that %s is apart: %v", k.name, t.Instance, err)
	}
}

// rename gives the kiosk an id of its own.
func (k *kiosk) rename() {
	k.die()
	k.id, k.renamed = "9"+k.name, true
	k.life.note("kiosk %s has its own id", k.name)
	k.start()
}

// word notes that a person has spoken to a kiosk of another ledger, or of one order.
func (l *Life) word(k *kiosk, of string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.words[k.name+" "+of] = true
}

// adopted: what another ledger was paid is booked here only after a person's word, of that ledger or that order; what
// was paid to this ledger, under whatever id, needs none.
func (l *Life) adopted(k *kiosk, o payment.Order, attach string) {
	_, instance, _ := strings.Cut(attach, "/")
	l.mu.Lock()
	said := l.words[k.name+" "+instance] || l.words[k.name+" "+o.No]
	l.mu.Unlock()
	if !said && !k.own(attach, o) {
		l.breaks("kiosk %s books what %s was paid for %s, and nobody has said that it is lost", k.name, attach, o.No)
	}
}

// alarmed: nothing new is opened while the ledger holds a payment to another ledger under the kiosk's id that was made
// more than an hour after it was installed, unless a person has spoken since.
func (l *Life) alarmed(k *kiosk, opened payment.Order) {
	if o, twice := k.twice(); twice {
		l.breaks("kiosk %s opens %s, though another ledger was paid %s at %v under its id", k.name, opened.No, o.No,
			o.PaidAt)
	}
}

// twice is such a payment.
func (k *kiosk) twice() (payment.Order, bool) {
	l := k.life
	return k.pick(0, func(o payment.Order) bool {
		d, _ := l.bank.deal(o.Merchant, o.No)
		device, instance, _ := strings.Cut(d.Attach, "/")
		own := device != k.id || k.own(d.Attach, o)
		if own || o.TransactionID == "" || !o.PaidAt.After(k.ledger.Identity().Made.Add(time.Hour)) {
			return false
		}
		l.mu.Lock()
		at := l.apart[parted{k.name, instance}]
		l.mu.Unlock()
		return o.PaidAt.After(at)
	})
}

// rings: once all trouble has ended a kiosk closes its service exactly when its ledger knows that its id is used twice.
func (l *Life) rings(k *kiosk) {
	o, twice := k.twice()
	if err := k.cashier.Twice(context.Background()); errors.Is(err, payment.ErrTwin) != twice {
		l.breaks("the id of kiosk %s is used twice: %t, by %s; it says %v", k.name, twice, o.No, err)
	}
}

// undecided reports whether a person has something to say to the kiosk.
func (k *kiosk) undecided() bool {
	return slices.ContainsFunc(k.twins(), func(t payment.Twin) bool {
		return k.life.dead(t.Instance) && k.life.asker("/"+t.Instance) == k && t.Waiting > 0
	})
}
