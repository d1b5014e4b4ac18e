package ear

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"syscall"
	"testing"
	"time"

	"courtkiosk/app/ear"
	"courtkiosk/app/message"
)

// until waits for what real programs do.
func until(t testing.TB, what string, holds func() bool) {
	t.Helper()
	for end := time.Now().Add(8 * time.Second); !holds(); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("waited in vain: %s", what)
		}
	}
}

// The real voice and the real player say a talk to a device that swallows it, and nothing of them is left.
func TestRealPrograms(t *testing.T) {
	need(t, "espeak-ng")
	need(t, "aplay")
	nothingLeft(t)
	log := &logbook{}
	s := New(Options{Voice: Espeak{}, Player: &Aplay{Earphones: "null"}, Log: log.logger()})
	defer s.Close()
	talk := Talk{Lang: message.Chinese}
	for _, text := range []string{
		"请核对：北京市东城区人民法院，（2026）京0101民初12345号。", "应缴诉讼费 ¥2,700.00", "Room 3", "1",
	} {
		talk.Phrases = append(talk.Phrases, ear.Phrase{ID: "sentence", Text: text})
	}
	s.Say(talk)
	s.Plugged(true)
	until(t, "the talk ends", func() bool { return s.Spoke(time.Unix(1, 0)).After(time.Unix(2, 0)) })
	if s.Trouble() != (Trouble{}) || len(log.of("")) != 0 {
		t.Errorf("trouble %v, and the log has %q", s.Trouble(), log.of(""))
	}
}

// Closed in the midst of anything, a speaker leaves no goroutine and no child, and is closed at once.
func TestCloseLeavesNothing(t *testing.T) {
	nothingLeft(t)
	wave := filepath.Join(t.TempDir(), "wave")
	must(t, os.WriteFile(wave, wav(Rate, 1, 16, sine(Rate, 2*time.Second)), 0o600))
	for name, programs := range map[string][2]string{
		"voice hangs":    {"$nap", "cat >/dev/null"},
		"player hangs":   {"cat " + wave, "$nap"},
		"player is deaf": {"cat " + wave, "trap '' TERM INT HUP PIPE; $nap & wait; $nap"},
		"no voice":       {"exit 1", "$nap"},
		"both are well":  {"cat " + wave, "cat >/dev/null"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := New(Options{Voice: Espeak{Program: script(t, programs[0]), Parts: asItIs},
				Player: &Aplay{Program: script(t, programs[1]), Earphones: "hw:0"}})
			s.Say(said("da4 jia1 hao3"))
			time.Sleep(200 * time.Millisecond)
			start := time.Now()
			s.Close()
			if took := time.Since(start); took > closeWithin/2 {
				t.Errorf("it took %v", took)
			}
		})
	}
}

// A hermit notes that its player has gone, when it says so: killed, the player cannot.
type hermit struct {
	Aplay
	alone string
}

func (h *hermit) Play(ctx context.Context, out Output, sound PCM) error {
	err := h.Aplay.Play(ctx, out, sound)
	_ = os.Remove(h.alone) // a player that was killed before it began has made none
	return err
}

// Said anew fifty times a second, each talk stops the one before it, and no two players run at once.
func TestManyKeys(t *testing.T) {
	nothingLeft(t)
	wave := filepath.Join(t.TempDir(), "wave")
	must(t, os.WriteFile(wave, wav(Rate, 1, 16, sine(Rate, 2*time.Second)), 0o600))
	alone := filepath.Join(t.TempDir(), "alone")
	player := script(t, "mkdir "+alone+" || { echo two >>"+alone+".two; exit 1; }; $nap & wait")
	s := New(Options{Voice: Espeak{Program: script(t, "cat "+wave), Parts: asItIs},
		Player: &hermit{Aplay: Aplay{Program: player, Earphones: "hw:0"}, alone: alone}})
	defer s.Close()
	for range 50 {
		s.Say(keyed("da4 jia1 hao3"))
		time.Sleep(20 * time.Millisecond)
	}
	if _, err := os.Stat(alone + ".two"); err == nil {
		t.Error("two players ran at once")
	}
}

// A silent speaker sleeps: it takes nothing of a processor. What it keeps in memory is reported.
func BenchmarkSilence(b *testing.B) {
	need(b, "espeak-ng")
	s := New(Options{Voice: Espeak{}, Player: &Aplay{Earphones: "null"}})
	defer s.Close()
	until(b, "the digits are rendered", func() bool {
		s.clips.mu.Lock()
		defer s.clips.mu.Unlock()
		return len(s.clips.kept) == 20
	})
	time.Sleep(100 * time.Millisecond)
	const watched = 5 * time.Second
	for b.Loop() {
		before := used()
		time.Sleep(watched)
		b.ReportMetric(100*(used()-before).Seconds()/watched.Seconds(), "%core")
	}
	b.ReportMetric(float64(2*s.clips.size), "clipbytes")
	b.ReportMetric(float64(runtime.NumGoroutine()), "goroutines")
}

// used returns what this process has taken of a processor.
func used() time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		panic(fmt.Sprint("getrusage: ", err)) // it cannot fail for the own process
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}
