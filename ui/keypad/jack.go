package keypad

import (
	"fmt"
	"path/filepath"
	"regexp"
	"strings"
)

// listen follows the switch of a jack until its device is gone.
func (p *Pad) listen(d device) error {
	has, err := d.codes(evSw)
	if err != nil {
		return err
	}
	if !has.has(swHeadphone) {
		return fmt.Errorf("%w: no jack of earphones switches it", ErrForeign)
	}
	if _, pretended := d.(pipe); !pretended {
		if err := p.another(); err != nil {
			return err
		}
	}
	if err := p.ask(d); err != nil {
		return err
	}
	p.o.Log.Info("jack found", "device", p.o.Jack)
	lost := false
	for from := newStream(d); ; {
		e, err := from.next()
		switch {
		case err != nil:
			return fmt.Errorf("%w: %w", errGone, err)
		case e.kind == evSyn && e.code == synDropped:
			lost = true
			p.plugged(false) // until it is known
		case e.kind == evSyn && e.code == synReport && lost:
			lost = false
			if err := p.ask(d); err != nil {
				return err
			}
		case e.kind == evSw && e.code == swHeadphone && !lost:
			p.plugged(e.value != 0)
		}
	}
}

// cardOf is in the path of a jack that the kernel has made for a sound card.
var cardOf = regexp.MustCompile(`/sound/(card[0-9]+)/`)

// another says that the jack is another card's than the earphones', where the kernel tells whose it is: what is private
// would come out of a card of which nobody knows whether anything is plugged in. Of a switch at USB it tells nothing.
func (p *Pad) another() error {
	node, err := filepath.EvalSymlinks(filepath.Join(p.root, p.o.Jack))
	if err != nil {
		return err
	}
	at, err := filepath.EvalSymlinks(filepath.Join(p.root, "sys/class/input", filepath.Base(node)))
	if err != nil {
		return err
	}
	whose := cardOf.FindStringSubmatch(strings.TrimPrefix(at, p.root) + "/")
	if whose == nil || p.o.Card == "" {
		return nil
	}
	card, err := filepath.EvalSymlinks(filepath.Join(p.root, "proc/asound", p.o.Card))
	if err != nil {
		return fmt.Errorf("the card of the earphones is not there: %w", err)
	}
	if filepath.Base(card) != whose[1] {
		return fmt.Errorf("%w: it is the jack of another sound card than %s", ErrForeign, p.o.Card)
	}
	return nil
}

// ask looks how the switch stands. The kernel takes away what it has said of it before.
func (p *Pad) ask(d device) error {
	now, err := d.switches()
	if err != nil {
		return err
	}
	p.change(func(h *Health) { h.Jack = nil })
	p.plugged(now.has(swHeadphone))
	return nil
}

// noJack notes why nothing is known of the jack.
func (p *Pad) noJack(err error) {
	if !alike(p.Health().Jack, err) {
		p.o.Log.Warn("jack not known", "device", p.o.Jack, "err", err)
	}
	p.plugged(false)
	p.change(func(h *Health) { h.Jack = err })
}

// plugged tells whether the earphones are in, where it is news.
func (p *Pad) plugged(in bool) {
	p.mu.Lock()
	news := p.health.In != in
	p.health.In = in
	p.mu.Unlock()
	if news {
		p.o.Plugged(in)
	}
}
