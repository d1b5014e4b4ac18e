package keypad

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"courtkiosk/app/config"
	"courtkiosk/ui/view"
)

// presses makes keys of events: one for each press, however long it lasts.
type presses struct {
	keys  map[uint16]view.Key
	again time.Duration

	last event // the press that counted last
	// something of what the keypad said is lost, up to the next report
	lost bool
}

// take returns the key that an event presses; false where it presses none.
func (p *presses) take(e event) (view.Key, bool) {
	switch {
	case e.kind == evSyn && e.code == synDropped:
		p.lost = true
	case e.kind == evSyn && e.code == synReport:
		p.lost = false
	}
	key, known := p.keys[e.code]
	const down = 1 // 0 is up, 2 is held down
	if e.kind != evKey || e.value != down || p.lost || !known {
		return "", false
	}
	since := e.at - p.last.at
	if p.last.value == down && p.last.code == e.code && since >= 0 && since < p.again {
		return "", false
	}
	p.last = e
	return key, true
}

// Table is what a configuration says that the codes of its keypad mean.
func Table(e config.Ear) map[uint16]view.Key {
	keys := make(map[uint16]view.Key)
	for code, meaning := range e.KeyTable() {
		keys[code] = view.Key(meaning)
	}
	return keys
}

// lacks are the keys that no code of a device means.
func lacks(codes bits, keys map[uint16]view.Key) []view.Key {
	has := make(map[view.Key]bool)
	for code, key := range keys {
		has[key] = has[key] || codes.has(code)
	}
	return slices.DeleteFunc(slices.Clone(view.Keys), func(k view.Key) bool { return has[k] })
}

// read uses a keypad until it is gone.
func (p *Pad) read(d device) error {
	codes, err := d.codes(evKey)
	if err != nil {
		return err
	}
	lack := lacks(codes, p.o.Keys)
	if slices.ContainsFunc(lack, func(k view.Key) bool { return slices.Contains(config.NeededKeys, string(k)) }) {
		return fmt.Errorf("%w: it has no key for %s", ErrForeign, said(lack))
	}
	if p.o.Volume != "" {
		lack = slices.DeleteFunc(lack, func(k view.Key) bool { return k == view.KeyLouder || k == view.KeySofter })
	}
	return p.hear(d, p.o.Keypad, func(h *Health) { h.Keypad, h.Lacks = nil, said(lack) })
}

// readVolume does so of the volume keys. Whatever else they type counts too.
func (p *Pad) readVolume(d device) error {
	codes, err := d.codes(evKey)
	if err != nil {
		return err
	}
	if lack := lacks(codes, p.o.Keys); slices.Contains(lack, view.KeyLouder) || slices.Contains(lack, view.KeySofter) {
		return fmt.Errorf("%w: it has no keys for louder and softer", ErrForeign)
	}
	return p.hear(d, p.o.Volume, func(h *Health) { h.Volume = nil })
}

// hear holds a device and hands on its keys until it is gone.
func (p *Pad) hear(d device, name string, held func(h *Health)) error {
	if err := d.hold(); err != nil {
		return err
	}
	p.change(held)
	p.o.Log.Info("keypad held", "device", name)
	keys, begun := presses{keys: p.o.Keys, again: p.o.Again}, time.Now()
	for from := newStream(d); ; {
		e, err := from.next()
		if err != nil {
			return fmt.Errorf("%w: %w", errGone, err)
		}
		if e.at == 0 { // who writes into a pipe need not know the time
			e.at = time.Since(begun)
		}
		if key, ok := keys.take(e); ok {
			p.change(func(h *Health) { h.Pressed = time.Now() })
			p.o.Press(key)
		}
	}
}

// noKeypad notes why there is no keypad.
func (p *Pad) noKeypad(err error) {
	if !alike(p.Health().Keypad, err) {
		p.o.Log.Warn("keypad not used", "device", p.o.Keypad, "err", err)
	}
	p.change(func(h *Health) { h.Keypad = err })
}

// noVolume notes why there are no volume keys.
func (p *Pad) noVolume(err error) {
	if !alike(p.Health().Volume, err) {
		p.o.Log.Warn("volume keys not used", "device", p.o.Volume, "err", err)
	}
	p.change(func(h *Health) { h.Volume = err })
}

func said(keys []view.Key) string {
	var list []string
	for _, k := range keys {
		list = append(list, string(k))
	}
	return strings.Join(list, ", ")
}
