package keypad

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"testing/iotest"
	"time"

	"courtkiosk/ui/view"
)

// What was written is read as it was, in whatever pieces it comes.
func TestStream(t *testing.T) {
	want := []event{key(1234, kp1, 1), syn(synReport), {90*time.Hour + time.Microsecond, evSw, swHeadphone, 1},
		{0, evKey, 0x2ff, -1}}
	var text []byte
	for _, e := range want {
		text = append(text, e.said()...)
	}
	for name, r := range map[string]io.Reader{"at once": bytes.NewReader(text),
		"byte by byte": iotest.OneByteReader(bytes.NewReader(text)),
		"in halves":    iotest.HalfReader(bytes.NewReader(text))} {
		s := newStream(r)
		for i := range want {
			if got, err := s.next(); err != nil || got != want[i] {
				t.Errorf("%s: got %+v, %v, want %+v", name, got, err, want[i])
			}
		}
		if _, err := s.next(); !errors.Is(err, io.EOF) {
			t.Errorf("%s: got %v at the end", name, err)
		}
	}
	s := newStream(bytes.NewReader(text[:record+5]))
	_, _ = s.next()
	if _, err := s.next(); !errors.Is(err, io.ErrUnexpectedEOF) {
		t.Errorf("a torn record: got %v", err)
	}
}

// keysOf are the keys that come of a device that says anything.
func keysOf(text []byte, again time.Duration) (keys []view.Key) {
	p := presses{keys: block(), again: again}
	for s := newStream(bytes.NewReader(text)); ; {
		e, err := s.next()
		if err != nil {
			return keys
		}
		if k, ok := p.take(e); ok {
			keys = append(keys, k)
		}
	}
}

func TestRandomBytes(t *testing.T) {
	r := rand.New(rand.NewPCG(17, 4))
	noise := make([]byte, 10_000)
	for i := range noise {
		noise[i] = byte(r.Uint32())
	}
	if got := keysOf(noise, 0); len(got) > 2 { // a key is one of 16 among 65,536 codes, of one kind and one value
		t.Errorf("%d keys in noise: %q", len(got), got)
	}
}

// Whatever a device says, only keys of the table come of it, no more than it has records, and no key twice in a row
// within the time of an echo.
func FuzzPresses(f *testing.F) {
	f.Add(append(key(0, kp1, 1).said(), key(10, kp1, 1).said()...))
	f.Add(append(syn(synDropped).said(), key(10, kp1, 1).said()...))
	f.Add([]byte("torn"))
	f.Fuzz(func(t *testing.T, text []byte) {
		const again = 200 * time.Millisecond
		p := presses{keys: block(), again: again}
		var last event
		n := 0
		for s := newStream(bytes.NewReader(text)); ; {
			e, err := s.next()
			if err != nil {
				break
			}
			k, ok := p.take(e)
			if !ok {
				continue
			}
			if n++; e.kind != evKey || e.value != 1 || block()[e.code] != k {
				t.Errorf("%+v is %q", e, k)
			}
			if since := e.at - last.at; last.value == 1 && e.code == last.code && since >= 0 && since < again {
				t.Errorf("%+v after %+v counts", e, last)
			}
			last = e
		}
		if n > len(text)/record {
			t.Errorf("%d keys in %d bytes", n, len(text))
		}
	})
}

// The numbers of the ioctls, and the form of an event, are those of the kernel's own header, as a C compiler reads it.
// umockdev stands in libc's way, and this program calls the kernel itself: no recorded device answers it. That a real
// keypad is held, and that a real jack answers, only hardware shows.
func TestKernelNumbers(t *testing.T) {
	cc, err := exec.LookPath("cc")
	if err != nil {
		t.Skip("SKIPPED: the numbers of the kernel's header: there is no C compiler (apt-get install gcc)")
	}
	dir := t.TempDir()
	source := filepath.Join(dir, "numbers.c")
	text := fmt.Sprintf(`#include <stdio.h>
#include <linux/input.h>
int main(void) {
	printf("%%lx %%lx %%lx %%lx %%lx %%zu %%d %%d %%d %%d %%d %%d\n", (long)EVIOCGBIT(EV_KEY, %[1]d),
		(long)EVIOCGBIT(EV_SW, %[1]d), (long)EVIOCGSW(8), (long)EVIOCGRAB, (long)EVIOCSCLOCKID,
		sizeof(struct input_event), EV_SYN, EV_KEY, EV_SW, SYN_DROPPED, SW_HEADPHONE_INSERT, KEY_CNT);
	return 0;
}
`, most/8)
	if err := os.WriteFile(source, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	if out, err := exec.Command(cc, "-o", filepath.Join(dir, "numbers"), source).CombinedOutput(); err != nil {
		t.Skipf("SKIPPED: the numbers of the kernel's header: %v\n%s", err, out)
	}
	got, err := exec.Command(filepath.Join(dir, "numbers")).Output()
	if err != nil {
		t.Fatal(err)
	}
	want := fmt.Sprintf("%x %x %x %x %x %d %d %d %d %d %d %d", evioc(fromKernel, 0x20+evKey, most/8),
		evioc(fromKernel, 0x20+evSw, most/8), evioc(fromKernel, 0x1b, 8), evioc(toKernel, 0x90, 4),
		evioc(toKernel, 0xa0, 4), record, evSyn, evKey, evSw, synDropped, swHeadphone, most)
	if strings.TrimSpace(string(got)) != want {
		t.Errorf("the header says %swe say %s", got, want)
	}
}
