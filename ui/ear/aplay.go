package ear

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"os/exec"
	"strconv"
	"strings"
	"sync"
	"time"
)

// Aplay plays by aplay of alsa-utils: one run of it for each sound, on a named device, killed to be silent.
type Aplay struct {
	Program     string // empty: aplay, where the system finds it
	Earphones   string // an ALSA device as plughw:CARD=id; empty: there is none
	Loudspeaker string

	mu    sync.Mutex
	stuck map[string]<-chan struct{} // players that were killed and have not ended, by device
}

// playWithin is how much longer than its sound a player may take to open the device and to end.
const playWithin = 2 * time.Second

// errUnnamed is what no sound is played on: what "default" is changes when a card is pulled, and with it who hears.
var errUnnamed = errors.New("no device is named")

// Device returns the device of an output; empty where there is none.
func (a *Aplay) Device(out Output) string {
	if out == Loudspeaker {
		return a.Loudspeaker
	}
	return a.Earphones
}

// Play plays a sound to its end. When it returns the device is free again, for only one may have it.
func (a *Aplay) Play(ctx context.Context, out Output, sound PCM) error {
	device := a.Device(out)
	if device == "" || device == "default" || strings.HasPrefix(device, "-") {
		return &Error{NoDevice, cmp.Or(device, out.String()), errUnnamed}
	}
	if err := a.free(device); err != nil {
		return err
	}
	c := child{
		program: cmp.Or(a.Program, "aplay"),
		args: []string{"-q", "-D", device, "-t", "raw", "-f", "S16_LE", "-r", strconv.Itoa(Rate), "-c", "1",
			"-"},
		input:  sound.bytes(),
		within: sound.Length() + playWithin,
	}
	r, gone := c.run(ctx)
	if errors.Is(r.err, errStuck) {
		a.mu.Lock()
		if a.stuck == nil {
			a.stuck = make(map[string]<-chan struct{})
		}
		a.stuck[device] = gone
		a.mu.Unlock()
		return &Error{PlayerHangs, device, r.err}
	}
	if cut := ctx.Err(); cut != nil {
		return cut
	}
	if r.err != nil {
		return &Error{playerKind(r), device, r.complained()}
	}
	return nil
}

// free reports whether no earlier player holds a device.
func (a *Aplay) free(device string) error {
	a.mu.Lock()
	defer a.mu.Unlock()
	gone, was := a.stuck[device]
	if !was {
		return nil
	}
	select {
	case <-gone:
		delete(a.stuck, device)
		return nil
	default:
		return &Error{PlayerHangs, device, fmt.Errorf("the last player: %w", errStuck)}
	}
}

// playerKind says from aplay's complaints, which are in English, why it ended.
func playerKind(r result) Kind {
	if errors.Is(r.err, errHangs) {
		return PlayerHangs
	}
	if _, ended := errors.AsType[*exec.ExitError](r.err); !ended {
		return NoPlayer
	}
	for _, c := range []struct {
		says string
		kind Kind
	}{
		{"resource busy", DeviceBusy},
		{"temporarily unavailable", DeviceBusy},
		{"No such device", NoDevice},
		{"No such file or directory", NoDevice},
		{"Unknown PCM", NoDevice},
		{"Permission denied", NoDevice},
	} {
		if strings.Contains(r.said, c.says) {
			return c.kind
		}
	}
	return PlayerDied
}
