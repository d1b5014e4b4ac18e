package keypad

import (
	"context"
	"encoding/binary"
	"errors"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"courtkiosk/app/config"
	"courtkiosk/app/doctor"
	"courtkiosk/ui/view"
)

// Codes of a number block.
const (
	kp1, kp2, kpDot, kpEnter = 79, 80, 83, 96
	letterA                  = 30
)

// block is a number block as it comes from the shop.
func block() map[uint16]view.Key {
	return map[uint16]view.Key{82: "0", 79: "1", 80: "2", 81: "3", 75: "4", 76: "5", 77: "6", 71: "7", 72: "8", 73: "9",
		kpEnter: view.KeyConfirm, kpDot: view.KeyBack, 78: view.KeyLouder, 74: view.KeySofter, 55: view.KeyRepeat,
		98: view.KeyHelp}
}

// said is what a device says: an event as the kernel writes it.
func (e event) said() []byte {
	var b []byte
	for _, n := range []int64{int64(e.at / time.Second), int64(e.at % time.Second / time.Microsecond)} {
		if word == 4 {
			b = binary.NativeEndian.AppendUint32(b, uint32(n))
		} else {
			b = binary.NativeEndian.AppendUint64(b, uint64(n))
		}
	}
	b = binary.NativeEndian.AppendUint16(b, e.kind)
	b = binary.NativeEndian.AppendUint16(b, e.code)
	return binary.NativeEndian.AppendUint32(b, uint32(e.value))
}

func key(ms int, code uint16, value int32) event {
	return event{time.Duration(ms) * time.Millisecond, evKey, code, value}
}

func syn(code uint16) event { return event{kind: evSyn, code: code} }

// What a hand does, and which keys come of it.
func TestPresses(t *testing.T) {
	const again = 200 * time.Millisecond
	for name, tt := range map[string]struct {
		events []event
		want   string
	}{
		"digits":                  {[]event{key(0, kp1, 1), key(50, kp1, 0), key(90, kp2, 1), key(120, kp2, 0)}, "12"},
		"held down":               {[]event{key(0, kp1, 1), key(500, kp1, 2), key(533, kp1, 2), key(700, kp1, 0)}, "1"},
		"a switch that bounces":   {[]event{key(0, kp1, 1), key(3, kp1, 0), key(5, kp1, 1), key(8, kp1, 0)}, "1"},
		"the same once more":      {[]event{key(0, kp1, 1), key(200, kp1, 1)}, "11"},
		"too soon":                {[]event{key(0, kp1, 1), key(199, kp1, 1)}, "1"},
		"the first one counts":    {[]event{key(0, kp1, 1), key(150, kp1, 1), key(210, kp1, 1)}, "11"},
		"another between":         {[]event{key(0, kp1, 1), key(60, kp2, 1), key(120, kp1, 1)}, "121"},
		"a clock that went back":  {[]event{key(5000, kp1, 1), key(100, kp1, 1)}, "11"},
		"the first at time zero":  {[]event{{0, evKey, kp1, 1}}, "1"},
		"a letter":                {[]event{key(0, letterA, 1), key(300, letterA, 1)}, ""},
		"a code that none has":    {[]event{key(0, 0xffff, 1)}, ""},
		"a place, not a key":      {[]event{{0, 3, kp1, 1}, {0, 4, 4, 1}, syn(synReport)}, ""},
		"a part was lost":         {[]event{syn(synDropped), key(0, kp1, 1), syn(synReport), key(9, kp2, 1)}, "2"},
		"lost, and no report yet": {[]event{key(0, kp1, 1), syn(synDropped), key(300, kp2, 1)}, "1"},
	} {
		p := presses{keys: block(), again: again}
		got := ""
		for _, e := range tt.events {
			if k, ok := p.take(e); ok {
				got += string(k)
			}
		}
		if got != tt.want {
			t.Errorf("%s: got %q, want %q", name, got, tt.want)
		}
	}
	never := presses{keys: block()}
	for range 3 {
		if _, ok := never.take(key(7, kp1, 1)); !ok {
			t.Error("without a time for echoes one is swallowed")
		}
	}
}

// What the configuration can say of a key is what the pages know, and what is needed is in a table that it accepts.
func TestTable(t *testing.T) {
	var meanings []string
	for _, k := range view.Keys {
		meanings = append(meanings, string(k))
	}
	if !slices.Equal(meanings, config.EarKeys) {
		t.Errorf("the pages know %q, the configuration %q", meanings, config.EarKeys)
	}
	table := Table(config.Ear{Keys: map[string]string{"KEY_F1": "help"}})
	for code, k := range block() {
		if table[code] != k {
			t.Errorf("code %d is %q, want %q", code, table[code], k)
		}
	}
	if table[59] != view.KeyHelp || len(lacks(all(), table)) != 0 {
		t.Errorf("F1 is %q, and a number block lacks %q", table[59], lacks(all(), table))
	}
}

// A pretended device says what is written into its other end.
type pretended struct {
	*os.File
	mu     sync.Mutex
	keys   bits
	sw     bits // which switches it has
	stands bits // how they stand
	held   error
	grabs  int
}

func (d *pretended) codes(kind uint16) (bits, error) {
	if kind == evSw {
		return d.sw, nil
	}
	return d.keys, nil
}

func (d *pretended) hold() error {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.grabs++
	return d.held
}

func (d *pretended) switches() (bits, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.stands, nil
}

func (d *pretended) stand(b bits) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.stands = b
}

func setOf(codes ...uint16) bits {
	b := make(bits, most/8)
	for _, c := range codes {
		b[c/8] |= 1 << (c % 8)
	}
	return b
}

// all are the codes of a number block.
func all() bits {
	var codes []uint16
	for c := range block() {
		codes = append(codes, c)
	}
	return setOf(codes...)
}

// A bench is a machine whose devices are plugged and pulled by hand.
type bench struct {
	t       *testing.T
	mu      sync.Mutex
	devices map[string]*pretended
	pads    chan string // what was told: keys, and +jack, -jack
	told    []Health
}

func newBench(t *testing.T) *bench {
	return &bench{t: t, devices: make(map[string]*pretended), pads: make(chan string, 64)}
}

func (b *bench) plug(name string, d *pretended) (into *os.File) {
	r, w, err := os.Pipe()
	if err != nil {
		b.t.Fatal(err)
	}
	b.t.Cleanup(func() { _, _ = r.Close(), w.Close() })
	d.File = r
	b.mu.Lock()
	defer b.mu.Unlock()
	b.devices[name] = d
	return w
}

func (b *bench) pull(name string, into *os.File) {
	b.mu.Lock()
	delete(b.devices, name)
	b.mu.Unlock()
	_ = into.Close()
}

func (b *bench) open(name string) (device, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if d, ok := b.devices[name]; ok {
		return d, nil
	}
	return nil, &fs.PathError{Op: "open", Path: name, Err: syscall.ENOENT}
}

func (b *bench) pad() *Pad {
	p := New(Options{Keypad: "keypad", Jack: "jack", Keys: block(), Again: 200 * time.Millisecond,
		Press:   func(k view.Key) { b.pads <- string(k) },
		Plugged: func(in bool) { b.pads <- map[bool]string{true: "+jack", false: "-jack"}[in] },
		Told: func(h Health) {
			b.mu.Lock()
			defer b.mu.Unlock()
			b.told = append(b.told, h)
		},
		Log: slog.New(slog.DiscardHandler)})
	p.open, p.root = b.open, b.tree("pci0000:00/0000:00:1f.3/sound/card0/input12/event7")
	return p
}

// tree is what the kernel's files say of a jack, whose device has a place in the machine, and of two sound cards.
func (b *bench) tree(place string) (root string) {
	b.t.Helper()
	root = b.t.TempDir()
	if r, err := filepath.EvalSymlinks(root); err == nil {
		root = r
	}
	for _, dir := range []string{"dev/input", "sys/class/input", "sys/devices/" + place, "proc/asound/card0",
		"proc/asound/card1"} {
		if err := os.MkdirAll(filepath.Join(root, dir), 0o755); err != nil {
			b.t.Fatal(err)
		}
	}
	err := os.WriteFile(filepath.Join(root, "dev/input/event7"), nil, 0o600)
	for link, to := range map[string]string{"jack": "dev/input/event7", "proc/asound/PCH": "card0",
		"proc/asound/EZKey": "card1", "sys/class/input/event7": "../../devices/" + place} {
		err = errors.Join(err, os.Symlink(to, filepath.Join(root, link)))
	}
	if err != nil {
		b.t.Fatal(err)
	}
	return root
}

// A jack that is another card's than the earphones' says nothing of them.
func TestJackOfAnotherCard(t *testing.T) {
	const board, stick = "pci0000:00/0000:00:1f.3/sound/card0/input12/event7",
		"pci0000:00/0000:00:14.0/usb1/1-4/1-4:1.0/0003:2047:0957.0001/input/input9/event7"
	for name, tt := range map[string]struct {
		place, card string
		fine        bool
	}{
		"its own":                 {board, "PCH", true},
		"another's":               {board, "EZKey", false},
		"of a card that is gone":  {board, "Gone", false},
		"of nobody knows whom":    {stick, "EZKey", true},
		"earphones without cards": {board, "", true},
	} {
		t.Run(name, func(t *testing.T) {
			b := newBench(t)
			p := b.pad()
			p.o.Card, p.root = tt.card, b.tree(tt.place)
			b.plug("jack", &pretended{sw: setOf(swHeadphone), stands: setOf(swHeadphone)})
			b.run(p)
			b.until("looked at", func() bool { return !errors.Is(p.Health().Jack, ErrUnread) })
			if h := p.Health(); (h.Jack == nil) != tt.fine || h.In && !tt.fine {
				t.Errorf("got %+v", h)
			}
		})
	}
}

// Volume keys can be a device of their own, which is held too.
func TestVolumeKeys(t *testing.T) {
	const up, down = 115, 114
	b := newBench(t)
	p := b.pad()
	p.o.Jack, p.o.Volume = "", "volume"
	p.o.Keys[up], p.o.Keys[down] = view.KeyLouder, view.KeySofter
	keys := all()
	for _, code := range []uint16{78, 74} {
		keys[code/8] &^= 1 << (code % 8)
	}
	into := b.plug("keypad", &pretended{keys: keys})
	b.run(p)
	b.write(into, key(0, kp1, 1))
	b.want("1")
	b.until("missed", func() bool { return errors.Is(p.Health().Volume, fs.ErrNotExist) })
	if f := p.Findings(); len(f) != 1 || f[0].Code != doctor.KeypadAbsent || f[0].Of != "volume" {
		t.Errorf("found %+v", f)
	}
	d := &pretended{keys: setOf(up, down)}
	b.write(b.plug("volume", d), key(0, up, 1), key(9, down, 1))
	b.want("louder", "softer")
	if d.grabs != 1 || len(p.Findings()) != 0 {
		t.Errorf("held %d times, found %+v", d.grabs, p.Findings())
	}
	if err := p.readVolume(&pretended{keys: setOf(up)}); !errors.Is(err, ErrForeign) {
		t.Errorf("a device without softer: %v", err)
	}
}

// run runs a keypad until the test ends, and fails where something of it goes on then.
func (b *bench) run(p *Pad) {
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() { defer close(done); p.Run(ctx) }()
	b.t.Cleanup(func() {
		cancel()
		select {
		case <-done:
		case <-time.After(5 * time.Second):
			buf := make([]byte, 1<<16)
			b.t.Errorf("it goes on after its end:\n%s", buf[:runtime.Stack(buf, true)])
		}
		if p.Health().In {
			b.t.Error("the earphones are in after the end")
		}
	})
}

func (b *bench) write(into *os.File, events ...event) {
	b.t.Helper()
	for _, e := range events {
		if _, err := into.Write(e.said()); err != nil {
			b.t.Fatal(err)
		}
	}
}

func (b *bench) want(what ...string) {
	b.t.Helper()
	for _, w := range what {
		select {
		case got := <-b.pads:
			if got != w {
				b.t.Fatalf("got %s, want %s", got, w)
			}
		case <-time.After(5 * time.Second):
			b.t.Fatalf("%s has not come", w)
		}
	}
}

// until waits for something that another goroutine does.
func (b *bench) until(what string, is func() bool) {
	b.t.Helper()
	for end := time.Now().Add(5 * time.Second); !is(); time.Sleep(time.Millisecond) {
		if time.Now().After(end) {
			b.t.Fatalf("not %s", what)
		}
	}
}

// A keypad is held, heard, pulled, and plugged in once more.
func TestKeypadComesAndGoes(t *testing.T) {
	b := newBench(t)
	p := b.pad()
	b.run(p)
	b.until("missed", func() bool { return errors.Is(p.Health().Keypad, fs.ErrNotExist) })
	first := &pretended{keys: all()}
	into := b.plug("keypad", first)
	b.write(into, key(0, kp1, 1), key(30, kp1, 0), key(60, kpEnter, 1))
	b.want("1", "confirm")
	if first.grabs != 1 || p.Health().Keypad != nil || p.Health().Pressed.IsZero() {
		t.Errorf("held %d times, %+v", first.grabs, p.Health())
	}
	if _, err := into.Write(key(90, kp2, 1).said()[:record-1]); err != nil { // torn: it is pulled
		t.Fatal(err)
	}
	b.pull("keypad", into)
	b.until("gone", func() bool { return p.Health().Keypad != nil })
	second := &pretended{keys: all()}
	into = b.plug("keypad", second)
	b.write(into, key(1000, kp2, 1))
	b.want("2")
	if second.grabs != 1 {
		t.Errorf("held %d times", second.grabs)
	}
	if len(p.Findings()) != 1 || p.Findings()[0].Code != doctor.JackAbsent {
		t.Errorf("found %+v", p.Findings())
	}
}

// The jack is asked at the start, told as it changes, and out with whatever goes wrong.
func TestJack(t *testing.T) {
	b := newBench(t)
	p := b.pad()
	d := &pretended{sw: setOf(swHeadphone), stands: setOf(swHeadphone)}
	into := b.plug("jack", d)
	b.run(p)
	b.want("+jack")
	sw := func(v int32) event { return event{kind: evSw, code: swHeadphone, value: v} }
	b.write(into, event{kind: evSw, code: 4, value: 1}, sw(1), sw(0), syn(synReport), sw(0), sw(1))
	b.want("-jack", "+jack")
	// what was lost is out at once, and asked for after the next report; what comes between counts for nothing
	b.write(into, syn(synDropped), sw(1))
	b.want("-jack")
	b.write(into, syn(synReport))
	b.want("+jack")
	d.stand(setOf())
	b.write(into, syn(synDropped), syn(synReport), sw(1))
	b.want("-jack", "+jack")
	b.pull("jack", into)
	b.want("-jack")
	b.until("missed", func() bool { return p.Health().Jack != nil })
	b.plug("jack", &pretended{sw: setOf(swHeadphone), stands: setOf(swHeadphone)})
	b.want("+jack")
}

// A device that is not the right one, or somebody else's, is not used, and health says so.
func TestWrongDevices(t *testing.T) {
	few := all()
	few[kp1/8] &^= 1 << (kp1 % 8)
	quiet := setOf()
	for code, k := range block() {
		if k != view.KeyLouder && k != view.KeySofter {
			quiet[code/8] |= 1 << (code % 8)
		}
	}
	for name, tt := range map[string]struct {
		keypad, jack *pretended
		want         []doctor.Code
		said         string
	}{
		"another's":         {&pretended{keys: all(), held: ErrHeld}, nil, codes("keypad-shut", "jack-absent"), "hold"},
		"no digit 1":        {&pretended{keys: few}, nil, codes("keypad-shut", "jack-absent"), "no key for 1"},
		"no volume":         {&pretended{keys: quiet}, nil, codes("keypad-lacks", "jack-absent"), "louder, softer"},
		"a jack of nothing": {&pretended{keys: all()}, &pretended{sw: setOf(0)}, codes("jack-absent"), "no jack"},
		"all is well":       {&pretended{keys: all()}, &pretended{sw: setOf(swHeadphone)}, nil, ""},
		"nothing is there":  {nil, nil, codes("keypad-absent", "jack-absent"), ""},
	} {
		t.Run(name, func(t *testing.T) {
			b := newBench(t)
			for name, d := range map[string]*pretended{"keypad": tt.keypad, "jack": tt.jack} {
				if d != nil {
					b.write(b.plug(name, d), key(0, kp2, 1))
				}
			}
			p := b.pad()
			b.run(p)
			b.until("looked at", func() bool {
				h := p.Health()
				return !errors.Is(h.Keypad, ErrUnread) && !errors.Is(h.Jack, ErrUnread)
			})
			var got []doctor.Code
			said := ""
			for _, f := range p.Findings() {
				got = append(got, f.Code)
				said += strings.Join(f.Args, " ") + "\n"
				if !slices.Contains(Codes, f.Code) {
					t.Errorf("%s is not among the codes", f.Code)
				}
			}
			if !slices.Equal(got, tt.want) || !strings.Contains(said, tt.said) {
				t.Errorf("found %q %q, want %q %q", got, said, tt.want, tt.said)
			}
			if slices.Contains(got, doctor.KeypadShut) && len(b.pads) != 0 {
				t.Errorf("a keypad that is not held is heard: %s", <-b.pads)
			}
		})
	}
}

func codes(list ...doctor.Code) []doctor.Code { return list }

// Health is told as it changes, and not with each press.
func TestHealthIsTold(t *testing.T) {
	b := newBench(t)
	p := b.pad()
	p.o.Jack = ""
	into := b.plug("keypad", &pretended{keys: all()})
	b.run(p)
	b.write(into, key(0, kp1, 1), key(10, kp2, 1))
	b.want("1", "2")
	b.pull("keypad", into)
	b.until("gone", func() bool { b.mu.Lock(); defer b.mu.Unlock(); return len(b.told) == 2 })
	if b.told[0].Keypad != nil || b.told[1].Keypad == nil {
		t.Errorf("told %+v", b.told)
	}
	if len(p.Findings()) != 1 { // a jack that nobody has named is no trouble here
		t.Errorf("found %+v", p.Findings())
	}
}

// What is no input device is refused by the kernel, and no real one is there in most places where tests run.
func TestOpenOfNoInputDevice(t *testing.T) {
	d, err := open(os.DevNull, false)
	if err != nil {
		t.Fatal(err)
	}
	defer d.Close()
	for name, err := range map[string]error{"codes": second(d.codes(evKey)), "switches": second(d.switches()),
		"hold": d.hold()} {
		if !errors.Is(err, ErrForeign) {
			t.Errorf("%s: got %v", name, err)
		}
	}
	if _, err := open("/dev/input/by-id/none", true); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("got %v", err)
	}
}

// A pipe in the devices' place is read whoever writes into it and goes, where pipes are taken, and only there.
func TestPipes(t *testing.T) {
	dir := t.TempDir()
	keypad, jack := filepath.Join(dir, "keypad"), filepath.Join(dir, "jack")
	for _, name := range []string{keypad, jack} {
		if err := syscall.Mkfifo(name, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	plain := filepath.Join(dir, "file")
	if err := os.WriteFile(plain, key(0, kp1, 1).said(), 0o600); err != nil {
		t.Fatal(err)
	}
	for name, pipes := range map[string]bool{keypad: false, plain: true, dir: true} {
		if _, err := open(name, pipes); !errors.Is(err, ErrForeign) {
			t.Errorf("%s is taken: %v", name, err)
		}
	}
	b := newBench(t)
	o := b.pad().o
	o.Keypad, o.Jack, o.Card, o.Pipes = keypad, jack, "EZKey", true
	p := New(o)
	b.run(p)
	b.until("open", func() bool { return p.Health().Keypad == nil && p.Health().Jack == nil })
	if p.Health().In {
		t.Error("earphones are in that nobody has plugged")
	}
	for n := range 3 {
		for name, e := range map[string]event{keypad: key(1000*n, kp1, 1),
			jack: {kind: evSw, code: swHeadphone, value: int32(1 - n%2)}} {
			w, err := os.OpenFile(name, os.O_WRONLY, 0)
			if err != nil {
				t.Fatal(err)
			}
			b.write(w, e)
			if err := w.Close(); err != nil {
				t.Fatal(err)
			}
			b.want(map[bool]string{true: "1", false: [...]string{"+jack", "-jack", "+jack"}[n]}[name == keypad])
		}
	}
	w, err := os.OpenFile(keypad, os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer w.Close()
	const later = mostAgain / 2 // than what counts as an echo
	for range 2 {               // twice the same key, by nobody's clock
		time.Sleep(later)
		b.write(w, key(0, kp2, 1), key(0, kp2, 1))
		b.want("2")
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	if len(b.told) != 2 { // as each was opened
		t.Errorf("told %+v", b.told)
	}
}

func second(_ bits, err error) error { return err }
