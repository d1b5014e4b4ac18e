package lives

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

// A copy beside its original: a machine is given a kiosk's copied folder and started, while the kiosk goes on. The copy
// follows what is open and has no visitors. A person who binds it anew has switched the original off for good; else the
// copy is found and switched off.

// besideScenes are those in which it matters.
var besideScenes = []string{
	"come beside pay replace come reprint", "beside come pay replace recall reprint come",
	"come beside cancel replace come",
	"backup beside come pay come pay replace restore rebind", "come leave beside old unplug come pay",
	"beside come replace pay",
}

// beside starts a copy of the kiosk's folder on another machine, unless one stands there already.
func (k *kiosk) beside() {
	if k.copy != nil || k.life.plan.Shared {
		return
	}
	if !k.on() {
		k.start()
	}
	k.die()
	k.life.copies++
	c := &kiosk{
		life: k.life, name: fmt.Sprint(80 + k.life.copies), id: k.id, merchant: k.merchant, minutes: k.minutes,
		installed: k.installed, renamed: k.renamed, line: k.line, recall: k.recall,
	}
	if err := k.life.parts.copy(k, c); err != nil {
		k.life.breaks("copy of kiosk %s: %v", k.name, err)
		return
	}
	k.life.toldTwice(k, c)
	k.copy = c
	k.life.kiosks = append(k.life.kiosks, c)
	k.start()
	c.start()
}

// toldTwice notes that a copied folder holds what persons have said of other ledgers, too.
func (l *Life) toldTwice(k, c *kiosk) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for said, at := range maps.Clone(l.apart) {
		if said.kiosk == k.name {
			l.apart[parted{c.name, said.instance}] = at
		}
	}
	for said := range maps.Clone(l.words) {
		if kiosk, of, _ := strings.Cut(said, " "); kiosk == k.name {
			l.words[c.name+" "+of] = true
		}
	}
}

// replace switches the kiosk off for good, and binds the copy that stands beside it anew.
func (k *kiosk) replace() {
	l, c := k.life, k.copy
	if c == nil {
		return
	}
	k.leave()
	k.die()
	l.note("kiosk %s is replaced by %s", k.name, c.name)
	l.mu.Lock()
	l.heirs[k] = c
	l.mu.Unlock()
	l.remove(c)
	l.kiosks[slices.Index(l.kiosks, k)] = c
	c.rebind()
}

// unplug switches the copy off for good.
func (k *kiosk) unplug() {
	if c := k.copy; c != nil {
		c.die()
		k.life.note("kiosk %s, the copy of %s, is switched off", c.name, k.name)
		k.life.remove(c)
		k.copy = nil
	}
}

func (l *Life) remove(k *kiosk) {
	l.kiosks = slices.DeleteFunc(slices.Clone(l.kiosks), func(other *kiosk) bool { return other == k })
}

// heir is the kiosk that has taken another one's place, and its payments.
func (l *Life) heir(k *kiosk) *kiosk {
	l.mu.Lock()
	defer l.mu.Unlock()
	for l.heirs[k] != nil {
		k = l.heirs[k]
	}
	return k
}
