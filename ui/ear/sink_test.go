package ear

import (
	"bufio"
	"encoding/binary"
	"flag"
	"io"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"courtkiosk/app/ear"
	"courtkiosk/app/message"
)

var sink = flag.Bool("sink", false, "measure on a null sink of PipeWire how soon it is silent")

// Stopped by its visit's end, by the plug and by a key, the sound that a paced device gives ends within 50 ms. It needs
// pipewire, wireplumber, pipewire-pulse, pulseaudio-utils, dbus and libasound2-plugins.
func TestSink(t *testing.T) {
	if !*sink {
		t.Skip("nightly: go test ./ui/ear -run TestSink -v -args -sink")
	}
	for _, program := range []string{"espeak-ng", "aplay", "dbus-run-session", "pipewire", "wireplumber",
		"pipewire-pulse", "pactl", "parec"} {
		need(t, program)
	}
	nothingLeft(t)
	m := monitor(t)
	s := New(Options{Voice: Espeak{Parts: asItIs}, Player: &Aplay{Earphones: "pulse"}})
	defer s.Close()
	talk := Talk{Lang: message.Chinese, Key: true, Phrases: []ear.Phrase{
		{ID: "case", Class: ear.Private, Text: sentences[3].sound}}}
	for name, stop := range map[string]func(){
		"hush":   s.Hush,
		"pulled": func() { s.Plugged(false) },
		"a key":  func() { s.Say(Talk{Key: true}) },
	} {
		var silent, heard []time.Duration
		for range 10 {
			s.Plugged(true)
			begun := time.Now()
			s.Say(talk)
			until(t, "it is heard", func() bool { return m.loud().After(begun) })
			heard = append(heard, m.first(begun).Sub(begun))
			time.Sleep(700 * time.Millisecond)
			stopped := time.Now()
			stop()
			time.Sleep(400 * time.Millisecond)
			silent = append(silent, max(0, m.loud().Sub(stopped)))
		}
		slices.Sort(silent)
		slices.Sort(heard)
		t.Logf("%s: heard after %v (at most %v), silent after %v (at most %v)", name, heard[5].Round(time.Millisecond),
			heard[9].Round(time.Millisecond), silent[5].Round(time.Millisecond), silent[9].Round(time.Millisecond))
		if silent[5] > 50*time.Millisecond { // the slowest are the machine's other work
			t.Errorf("%s: silent after %v", name, silent)
		}
	}
	if s.Trouble() != (Trouble{}) {
		t.Errorf("trouble: %v", s.Trouble())
	}
}

// A sinkMonitor knows when loud samples came.
type sinkMonitor struct {
	mu    sync.Mutex
	times []time.Time
}

// loud returns when the last one came.
func (m *sinkMonitor) loud() (last time.Time) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if len(m.times) > 0 {
		last = m.times[len(m.times)-1]
	}
	return last
}

// first returns when the first one after a time came.
func (m *sinkMonitor) first(after time.Time) time.Time {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.times[slices.IndexFunc(m.times, after.Before)]
}

// monitor starts a sound server with one sink, and listens to what comes out of it.
func monitor(t *testing.T) *sinkMonitor {
	t.Helper()
	dir := t.TempDir()
	t.Setenv("XDG_RUNTIME_DIR", dir)
	t.Setenv("PULSE_SINK", "ears")
	start := func(program string, args ...string) io.Reader {
		cmd := exec.Command(program, args...)
		cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
		out, err := cmd.StdoutPipe()
		must(t, err)
		must(t, cmd.Start())
		t.Cleanup(func() {
			_ = syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL)
			_ = cmd.Wait() // it was killed
		})
		return out
	}
	start("dbus-run-session", "--", "sh", "-c", "pipewire & sleep 0.3; wireplumber & pipewire-pulse & wait")
	until(t, "the sound server starts", func() bool {
		found, _ := filepath.Glob(filepath.Join(dir, "pulse", "native"))
		return len(found) > 0 && exec.Command("pactl", "info").Run() == nil
	})
	must(t, exec.Command("pactl", "load-module", "module-null-sink", "sink_name=ears").Run())
	until(t, "the sink is there", func() bool {
		list, err := exec.Command("pactl", "list", "short", "sinks").Output()
		return err == nil && strings.Contains(string(list), "ears")
	})
	out := bufio.NewReaderSize(start("parec", "-d", "ears.monitor", "--format=s16le", "--rate=22050", "--channels=1",
		"--latency-msec=5"), 1<<16)
	m := &sinkMonitor{}
	go func() {
		var sample [2]byte
		for {
			if _, err := io.ReadFull(out, sample[:]); err != nil {
				return // killed
			}
			if v := int16(binary.LittleEndian.Uint16(sample[:])); v > 60 || v < -60 {
				m.mu.Lock()
				m.times = append(m.times, time.Now())
				m.mu.Unlock()
			}
		}
	}()
	time.Sleep(500 * time.Millisecond)
	return m
}
