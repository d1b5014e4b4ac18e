package ear

import (
	"bytes"
	"context"
	"errors"
	"path/filepath"
	"testing"
	"time"
)

// The real player plays to a device that swallows, and says which device is not there.
func TestAplay(t *testing.T) {
	need(t, "aplay")
	nothingLeft(t)
	a := &Aplay{Earphones: "null", Loudspeaker: "plughw:CARD=nobody"}
	must(t, a.Play(background, Earphones, sine(Rate, time.Second)))
	for _, device := range []string{"plughw:CARD=nobody", "nonsense", "plughw:CARD=nobody,DEV=7"} {
		a.Loudspeaker = device
		err := a.Play(background, Loudspeaker, tock())
		if e, ok := errors.AsType[*Error](err); !ok || e.Kind != NoDevice || e.About != device {
			t.Errorf("%s: %v", device, err)
		}
	}
}

// What is not named is not played: "default" is whatever is left when a card is pulled.
func TestAplayNeedsAName(t *testing.T) {
	told := filepath.Join(t.TempDir(), "told")
	for _, device := range []string{"", "default", "-D"} {
		a := &Aplay{Program: script(t, "echo played >>"+told), Earphones: device, Loudspeaker: "hw:0"}
		err := a.Play(background, Earphones, tock())
		if e, ok := errors.AsType[*Error](err); !ok || e.Kind != NoDevice || !errors.Is(err, errUnnamed) {
			t.Errorf("%q: %v", device, err)
		}
	}
	if found, _ := filepath.Glob(told); len(found) > 0 {
		t.Error("a player was started")
	}
}

// The player is given each sample on its standard input, and each output has its own device.
func TestAplayIsFed(t *testing.T) {
	told := filepath.Join(t.TempDir(), "told")
	a := &Aplay{Program: script(t, "echo \"$*\" >"+told+".$3; cat >"+told), Earphones: "ears", Loudspeaker: "lobby"}
	long := sine(Rate, 3*time.Second) // more than a pipe holds
	for out, device := range map[Output]string{Earphones: "ears", Loudspeaker: "lobby"} {
		must(t, a.Play(background, out, long))
		if got := readAll(t, told); !bytes.Equal([]byte(got), long.bytes()) {
			t.Errorf("%v was given %d bytes of %d, or others", out, len(got), 2*len(long))
		}
		want := "-q -D " + device + " -t raw -f S16_LE -r 22050 -c 1 -\n"
		if got := readAll(t, told+"."+device); got != want {
			t.Errorf("%v was called with %q, want %q", out, got, want)
		}
	}
}

// Whatever the player does it ends, and the error says why.
func TestAplayFails(t *testing.T) {
	nothingLeft(t)
	for name, test := range map[string]struct {
		lines string
		kind  Kind
	}{
		"busy":     {"echo 'aplay: main:831: audio open error: Device or resource busy' >&2; exit 1", DeviceBusy},
		"pulled":   {"head -c 100 >/dev/null; echo 'aplay: write error: No such device' >&2; exit 1", NoDevice},
		"no right": {"echo 'aplay: main:831: audio open error: Permission denied' >&2; exit 1", NoDevice},
		"exit 1":   {"exit 1", PlayerDied},
		"killed":   {"kill -9 $$", PlayerDied},
		"hangs":    {"$nap", PlayerHangs},
		"deaf":     {"trap '' TERM INT HUP; cat >/dev/null; $nap; $nap", PlayerHangs},
		"talks":    {"cat >/dev/null; while true; do echo complaint >&2; done", PlayerHangs},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			a := &Aplay{Program: script(t, test.lines), Earphones: "plughw:CARD=pad"}
			err := a.Play(background, Earphones, sine(Rate, 100*time.Millisecond))
			e, ok := errors.AsType[*Error](err)
			if !ok || e.Kind != test.kind || e.About != "plughw:CARD=pad" || len(err.Error()) > 400 {
				t.Errorf("got %.300v, want %s", err, test.kind)
			}
		})
	}
	err := (&Aplay{Program: "/nonexistent/aplay", Earphones: "hw:0"}).Play(background, Earphones, tock())
	if e, ok := errors.AsType[*Error](err); !ok || e.Kind != NoPlayer {
		t.Errorf("no player: %v", err)
	}
}

// Cut means silent at once, whatever the player is at, and the device is free when Play returns.
func TestAplayIsCut(t *testing.T) {
	nothingLeft(t)
	for _, lines := range []string{"$nap", "cat >/dev/null; $nap", "trap '' TERM; $nap & wait"} {
		ctx, cancel := context.WithCancel(background)
		time.AfterFunc(100*time.Millisecond, cancel)
		a := &Aplay{Program: script(t, lines), Earphones: "hw:0"}
		err := a.Play(ctx, Earphones, sine(Rate, 20*time.Second))
		if _, ok := errors.AsType[*Error](err); ok || !errors.Is(err, context.Canceled) {
			t.Errorf("%q: %v", lines, err)
		}
		if left := children(filepath.Dir(a.Program)); left != "" {
			t.Errorf("%q: when it returned there was %s", lines, left)
		}
	}
	ctx, cancel := context.WithCancel(background)
	cancel()
	a := &Aplay{Program: "/nonexistent/aplay", Earphones: "hw:0"}
	if err := a.Play(ctx, Earphones, tock()); !errors.Is(err, context.Canceled) {
		t.Errorf("cut before it began: %v", err)
	}
}

// Where a killed player will not go, its device is not played on until it has gone.
func TestAplayIsStuck(t *testing.T) {
	gone := make(chan struct{})
	a := &Aplay{Program: script(t, "cat >/dev/null"), Earphones: "hw:0", Loudspeaker: "hw:1",
		stuck: map[string]<-chan struct{}{"hw:0": gone}}
	err := a.Play(background, Earphones, tock())
	if e, ok := errors.AsType[*Error](err); !ok || e.Kind != PlayerHangs || !errors.Is(err, errStuck) {
		t.Errorf("beside a player that will not go: %v", err)
	}
	must(t, a.Play(background, Loudspeaker, tock()))
	close(gone)
	must(t, a.Play(background, Earphones, tock()))
}
