package endtoend

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"courtkiosk/payment/wechatsim"
	"courtkiosk/ui/ear"
)

// The kernel's numbers of events (linux/input-event-codes.h).
const (
	evKey, evSwitch = 1, 5
	headphones      = 2
)

// blockKeys are the codes of a number block, by what is printed on its keys.
var blockKeys = map[string]uint16{"1": 79, "2": 80, "3": 81, "4": 75, "5": 76, "6": 77, "7": 71, "8": 72, "9": 73,
	"0": 82, "enter": 96, ".": 83, "+": 78, "-": 74, "*": 55, "/": 98}

// An input is a device of the kernel's, played by a pipe: there are none on the machines that tests run on.
type input struct{ *os.File }

func newInput(t testing.TB, path string) input {
	t.Helper()
	if err := syscall.Mkfifo(path, 0o600); err != nil {
		t.Fatal(err)
	}
	f, err := os.OpenFile(path, os.O_RDWR, 0) // so that neither side waits for the other
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { f.Close() })
	return input{f}
}

// event is one of the kernel's, with the mark that it is whole.
func (i input) event(t testing.TB, kind, code uint16, value int32) {
	t.Helper()
	var b bytes.Buffer
	now := time.Now()
	for _, e := range [][]any{{[2]uint16{kind, code}, value}, {[2]uint16{}, int32(0)}} {
		for _, v := range append([]any{now.Unix(), int64(now.Nanosecond() / 1000)}, e...) {
			if err := binary.Write(&b, binary.NativeEndian, v); err != nil {
				t.Fatal(err)
			}
		}
	}
	if _, err := i.Write(b.Bytes()); err != nil {
		t.Fatal(err)
	}
}

// An ears is a visitor who sees nothing: keys, and what the program has said.
type ears struct {
	*kiosk
	t          testing.TB
	keys, jack input
	sound      string // the file of all samples that were played
	read       int    // lines of the log
}

// said waits until a phrase was said since it was asked last.
func (e *ears) said(id string) {
	e.t.Helper()
	var heard []string
	eventually(e.t, "the phrase "+id, func() bool {
		e.mu.Lock()
		defer e.mu.Unlock()
		for ; e.read < len(e.log); e.read++ {
			var line struct {
				Msg     string
				Phrases []string
			}
			if json.Unmarshal([]byte(e.log[e.read]), &line) == nil && line.Msg == "said" {
				heard = append(heard, line.Phrases...)
			}
			if slices.Contains(line.Phrases, id) {
				e.read++
				return true
			}
		}
		return false
	})
}

// outcomeHeard is how long an outcome is said before a key leads on from it.
const outcomeHeard = 3 * time.Second

// press presses keys, with the time between them that a page takes to settle.
func (e *ears) press(keys ...string) {
	e.t.Helper()
	for _, k := range keys {
		time.Sleep(450 * time.Millisecond)
		e.keys.event(e.t, evKey, blockKeys[k], 1)
		e.keys.event(e.t, evKey, blockKeys[k], 0)
	}
}

// samples is how long the sound is that was played.
func (e *ears) samples() time.Duration {
	i, err := os.Stat(e.sound)
	if err != nil {
		return 0
	}
	return time.Duration(i.Size()/2) * time.Second / ear.Rate
}

// newEars starts a kiosk that can be heard: the real voice, and the real aplay whose device is a file.
func newEars(t testing.TB, s *site, p *panel) *ears {
	t.Helper()
	need(t, "espeak-ng", "aplay")
	e := &ears{t: t, sound: filepath.Join(s.dir, "sound.raw")}
	e.keys, e.jack = newInput(t, filepath.Join(s.dir, "keypad")), newInput(t, filepath.Join(s.dir, "jack"))
	alsa := filepath.Join(s.dir, "asound.conf")
	const card = "</usr/share/alsa/alsa.conf>\npcm.!null { type file slave.pcm \"silent\" file \"| cat >>%s\" " +
		"format raw }\npcm.silent { type null }\n"
	if err := os.WriteFile(alsa, fmt.Appendf(nil, card, e.sound), 0o600); err != nil {
		t.Fatal(err)
	}
	f, err := os.OpenFile(s.config, os.O_APPEND|os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	const ear = "[ear]\nkeypad = %q\njack = %q\nearphones = \"null\"\nslot = \"屏幕下方\"\n[screen]\nshort_mm = 268\n"
	if _, err := fmt.Fprintf(f, ear,
		filepath.Join(s.dir, "keypad"), filepath.Join(s.dir, "jack")); err != nil {
		t.Fatal(err)
	}
	p.env = append(p.env, "ALSA_CONFIG_PATH="+alsa)
	e.kiosk = s.start(p)
	return e
}

// A visitor who sees nothing pays by keys and ears alone, from welcome to paper: nothing is read from pixels.
func TestByEar(t *testing.T) {
	receipts := filepath.Join(t.TempDir(), "receipts")
	p := newPanel(t, 1080, 1920)
	s := newSite(t, receipts)
	e := newEars(t, s, p)
	e.wait("home")
	e.jack.event(t, evSwitch, headphones, 1)
	e.said("ear.welcome") // the plug begins
	e.press("1")
	e.said("ear.case")
	e.press("1", "2", "3", "4", "5", "enter")
	e.said("ear.case.read")
	e.press("enter")
	e.said("ear.fee.sum")
	time.Sleep(time.Second)
	e.press("enter")
	e.said("ear.pay.where")
	e.settle()
	e.save(keep(t), "ear-pay") // for people who look
	order := onlyOrder(t, s)
	if err := s.sim.Pay(order.No); err != nil {
		t.Fatal(err)
	}
	e.said("done.title")
	e.said("done.print")
	eventually(t, "the receipt", func() bool { return len(pdfs(t, receipts)) == 1 })
	e.settle()
	e.save(keep(t), "ear-done")
	time.Sleep(outcomeHeard)
	e.press("enter")
	e.said("ear.welcome")
	if text := pdfText(t, pdfs(t, receipts)[0]); !strings.Contains(text, "¥2,700.00") {
		t.Errorf("the receipt says %s", text)
	}
	eventually(t, "sound", func() bool { return e.samples() > 5*time.Second })
	e.mu.Lock()
	defer e.mu.Unlock()
	for _, line := range e.log {
		if strings.Contains(line, "12345号") || strings.Contains(line, "两千七百") || strings.Contains(line, "er4 ling2") {
			t.Errorf("the log tells %s", line)
		}
	}
}

// onlyOrder is the order that the visitor made.
func onlyOrder(t *testing.T, s *site) (order wechatsim.Order) {
	t.Helper()
	eventually(t, "an order", func() bool {
		list := s.sim.Orders()
		if len(list) == 1 {
			order = list[0]
		}
		return len(list) == 1
	})
	return order
}

// An outcome that is not known, a time-out, a refusal and a pulled plug are said, and go on by keys.
func TestTroubleByEar(t *testing.T) {
	p := newPanel(t, 1080, 1920)
	s := newSite(t, filepath.Join(t.TempDir(), "receipts"))
	e := newEars(t, s, p)
	e.wait("home")
	e.press("5")
	e.said("ear.welcome")
	e.press("1")
	e.said("ear.case")
	e.press("9", "9", "9", "9", "9", "enter", "enter")
	e.said("notice.not-found.1")
	e.press("0")
	e.said("ear.calling")
	e.said("ear.call.failed") // no clerk's page is served here
	e.press("enter")
	e.said("ear.case")
	e.press(".", ".", ".", ".", ".", "1", "2", "3", "4", "5")
	e.jack.event(t, evSwitch, headphones, 1)
	e.said("ear.case")
	e.press("enter")
	e.said("ear.case.read")
	e.press("enter")
	e.said("ear.fee.sum")
	e.jack.event(t, evSwitch, headphones, 0)
	time.Sleep(time.Second)
	e.press("enter")
	e.said("ear.pay.where")
	s.sim.Inject(func(wechatsim.Call) *wechatsim.Fault { return &wechatsim.Fault{Before: true, Lost: true} })
	e.press(".")
	e.said("ear.cancel.ask")
	e.press(".")
	e.said("verify.twice")
	s.sim.Inject(nil)
	e.said("notice.cancelled.1")
	time.Sleep(outcomeHeard)
	e.press("enter") // a new code by one key
	e.said("ear.pay.where")
}
