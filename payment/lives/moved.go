package lives

import (
	"context"
	"fmt"
	"strings"

	"courtkiosk/payment"
	"courtkiosk/payment/bolt"
	"courtkiosk/payment/ledgertest"
)

// Ledgers that start elsewhere: a disk goes into another machine, as it is or as its backup was. Whoever opens orders
// under its name meanwhile is another ledger, so it opens none before it has a name of its own.

// movedScenes are those in which it matters.
var movedScenes = []string{
	"come pay haul come rebind come pay", "come haul pay rebind reprint", "come leave haul old rebind come pay",
	"backup come pay come haul come rebind recall reprint", "backup come haul rebind pay come recall come",
	"haul come rebind come pay restore come rebind come", "come pay backup haul rebind come pay restore rebind recall",
	"come cancel haul rebind come pay", "haul crash come rebind crash come pay reprint", "come pay haul at rebind come",
}

// A home is the machine that opens orders under a ledger's name.
type home struct {
	k       *kiosk
	machine int
}

// install gives the kiosk a new disk.
func (k *kiosk) install() {
	k.installed++
	k.line = fmt.Sprint(k.name, "-", k.installed)
}

// settle notes where the kiosk's ledger is at home, the first time that its name is heard.
func (k *kiosk) settle() {
	k.instance = k.ledger.Identity().Instance
	k.life.mu.Lock()
	defer k.life.mu.Unlock()
	if _, known := k.life.homes[k.instance]; !known && !k.life.plan.Shared {
		k.life.homes[k.instance] = home{k, k.machine}
	}
}

// moved reports whether the kiosk's ledger is not at home.
func (k *kiosk) moved() bool {
	h, ok := k.life.homeOf(k.instance)
	return ok && h != home{k, k.machine}
}

// homeOf is the machine that a name is at home at; ok is false of a name that nobody has had, and in a shared life.
func (l *Life) homeOf(instance string) (h home, ok bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	h, ok = l.homes[instance]
	return h, ok
}

// machineName is what its machine is called.
func (k *kiosk) machineName() string { return fmt.Sprint(k.name, " machine ", k.machine) }

// haul puts the kiosk's disk, or where n is odd its backup, into another machine. Nobody has the mark there.
func (k *kiosk) haul(n int) {
	k.die()
	if n%2 == 1 {
		k.restore()
	}
	k.machine++
	if err := k.life.parts.unmark(k); err != nil {
		k.life.breaks("mark of kiosk %s: %v", k.name, err)
	}
	k.life.note("kiosk %s has machine %d", k.name, k.machine)
	k.start()
}

// rebind is a person who binds a moved ledger to its new machine while the kiosk is off, and knows that the old one is.
func (k *kiosk) rebind() {
	if !k.on() {
		k.start()
	}
	if !k.on() || !k.moved() {
		return
	}
	k.fall()
	k.blank()
	k.cashier.Wait()
	was := k.instance
	is, err := k.life.parts.rebind(k)
	if err != nil {
		k.life.breaks("ledger of kiosk %s: %v", k.name, err)
		return
	}
	if _, ok := k.ledger.(payment.Keeper).Incomplete(); !ok {
		k.life.breaks("kiosk %s is bound anew and does not count as restored", k.name)
	}
	k.life.note("kiosk %s: %s is %s", k.name, was, is)
	k.wentBack = true
	k.start()
}

// rebindModel gives a ledger in memory another name.
func rebindModel(k *kiosk) (is string, err error) {
	if k.named++; k.life.mistake == nil || !k.life.mistake.namesake {
		is = fmt.Sprintf("%s-%d-%d", k.name, k.installed, k.named)
	} else {
		is = k.instance
	}
	defer k.marks()
	return is, k.disk.(*ledgertest.Memory).Rebind(context.Background(), is)
}

// rebindBolt gives a bbolt ledger another name.
func rebindBolt(k *kiosk) (is string, err error) {
	_, is, err = k.ledger.(*bolt.Ledger).Rebind(context.Background(), payment.By{Person: "1"}, "another machine")
	return is, err
}

// former are the names that the kiosk's ledger had before.
func (k *kiosk) former() []payment.Former {
	if l, ok := k.ledger.(interface{ Former() []payment.Former }); ok {
		return l.Former()
	}
	return nil
}

// own reports whether a deal is the ledger's: it has its name, or had it while the deal could be paid.
func (k *kiosk) own(attach string, o payment.Order) bool {
	_, instance, _ := strings.Cut(attach, "/")
	if instance == k.ledger.Identity().Instance {
		return true
	}
	for _, f := range k.former() {
		if f.Instance == instance && !o.PaidAt.After(f.Until.Add(payment.MaxPayWithin)) {
			return true
		}
	}
	return false
}

// atHome: no two machines open orders under one name.
func (l *Life) atHome(k *kiosk, o payment.Order) {
	_, instance, _ := strings.Cut(o.Attach, "/")
	if h, _ := l.homeOf(instance); h != (home{k, k.machine}) {
		l.breaks("machine %d of kiosk %s opens %s as %s, whose home is machine %d", k.machine, k.name, o.No, instance,
			h.machine)
	}
}
