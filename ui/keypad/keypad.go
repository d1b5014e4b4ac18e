// Package keypad reads the number block beside the screen and the switch of its earphones' jack, straight from the
// kernel: X hears nothing of them. It knows no Fyne.
//
// # Decisions
//
// 2026-11-29: a keypad that X hears types like a scanner, 80 ms late, and its digits are taken for a scanned notice. So
// it is held for this program alone, and one that cannot be held is not used at all.
//
// 2026-11-29: earphones are in only where a switch of the jack says so at this moment: what is not known is out, and
// whatever goes wrong with the switch is out at once. A key that a keypad types when a plug goes in is no such switch:
// it says nothing of how the plug stood before.
//
// 2026-11-29: a program whose devices are pretended is tested by a named pipe in their place, into which events are
// written as the kernel writes them: recorded devices (umockdev) answer libc, and Go calls the kernel itself. Only a
// machine that is no court's takes one.
package keypad

import (
	"context"
	"log/slog"
	"sync"
	"time"

	"courtkiosk/ui/view"
)

// Options say which devices are read, and who is told. The functions are called from goroutines of Run's, Press
// from two where volume keys are a device of their own, and must return at once.
type Options struct {
	Keypad string              // its device, by a name that stays: a link below /dev/input/by-id
	Volume string              // the device of its volume keys, where that is another one; empty: it is none
	Jack   string              // the device of the earphones' jack; empty: whether they are in is not known
	Card   string              // the sound card of the earphones, by its name: the jack must not be another one's
	Keys   map[uint16]view.Key // what the keypad's codes mean
	Pipes  bool                // named pipes are taken for devices: on no court's machine
	// the same key counts once within this time; more than half a second counts as that
	Again   time.Duration
	Press   func(view.Key)
	Plugged func(in bool) // whenever it changes; before the first call they are out
	Told    func(Health)  // whenever something else than a press has changed; nil: nobody
	Log     *slog.Logger
}

// A Pad is a keypad and its jack.
type Pad struct {
	o    Options
	open func(name string) (device, error)
	root string // of the files that say which card a jack belongs to

	mu     sync.Mutex
	health Health
}

// mostAgain is how long a second press of the same key may be taken for the first one's echo: EN 301 549, 5.8.
const mostAgain = 500 * time.Millisecond

// New returns a keypad that nobody reads yet.
func New(o Options) *Pad {
	o.Again = min(max(o.Again, 0), mostAgain)
	open := func(name string) (device, error) { return open(name, o.Pipes) }
	return &Pad{o: o, open: open, root: "/", health: Health{Keypad: ErrUnread, Volume: ErrUnread, Jack: ErrUnread}}
}

// Run reads keypad and jack until ctx ends; what is not there is waited for. At its end the earphones are out.
func (p *Pad) Run(ctx context.Context) {
	var beside sync.WaitGroup
	if p.o.Jack != "" {
		beside.Go(func() { attend(ctx, p.open, p.o.Jack, p.listen, p.noJack) })
	}
	if p.o.Volume != "" {
		beside.Go(func() { attend(ctx, p.open, p.o.Volume, p.readVolume, p.noVolume) })
	}
	attend(ctx, p.open, p.o.Keypad, p.read, p.noKeypad)
	beside.Wait()
	p.plugged(false)
}

// change changes the health, and tells it where it is another one then.
func (p *Pad) change(change func(h *Health)) {
	p.mu.Lock()
	before := p.health
	change(&p.health)
	now := p.health
	p.mu.Unlock()
	if !now.same(before) && p.o.Told != nil {
		p.o.Told(now)
	}
}

// Health returns how keypad and jack are.
func (p *Pad) Health() Health {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.health
}
