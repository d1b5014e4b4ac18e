package ear

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"courtkiosk/app/ear"
	"courtkiosk/app/message"
	"courtkiosk/payment/durable"
)

// Clips stay under a megabyte whatever is said, what is used stays, and what is kept is nobody else's.
func TestClips(t *testing.T) {
	var c clips
	often := clip{message.Chinese, "often", 150}
	c.put(background, often, sine(Rate, time.Second))
	for i := range 200 {
		k := clip{message.Chinese, fmt.Sprint(i), 150}
		c.put(background, k, sine(Rate, time.Duration(100+7*i)*time.Millisecond))
		p, there := c.get(often)
		if !there {
			t.Fatalf("after %d what is said often is gone", i)
		}
		clear(p)
		bytes := 0
		for _, kept := range c.kept {
			bytes += 2 * cap(kept)
		}
		if bytes > 1_000_000 || bytes != 2*c.size || len(c.order) != len(c.kept) {
			t.Fatalf("%d bytes, counted %d, in %d clips of %d", bytes, 2*c.size, len(c.kept), len(c.order))
		}
	}
	if p, _ := c.get(often); p.peak() < 0.3 {
		t.Error("what was given away is not a copy")
	}
	long := clip{message.Chinese, "long", 150}
	c.put(background, long, make(PCM, mostClips/2))
	if _, there := c.get(long); there {
		t.Error("half of all room went to one clip")
	}
}

// What a visit's pace needed is overwritten with it, and nothing is kept for a visit that has ended.
func TestClipsForget(t *testing.T) {
	var c clips
	fast, slow := clip{message.Chinese, "五", 320}, clip{message.Chinese, "五", 150}
	c.put(background, fast, sine(Rate, time.Second))
	c.put(background, slow, sine(Rate, time.Second))
	kept := c.kept[fast]
	c.forget()
	_, one := c.get(fast)
	_, other := c.get(slow)
	if one || !other || kept.peak() != 0 || c.size != Rate {
		t.Errorf("fast %v, slow %v, a peak of %v, %d samples", one, other, kept.peak(), c.size)
	}
	ended, end := context.WithCancel(background)
	end()
	c.put(ended, fast, sine(Rate, time.Second))
	if _, there := c.get(fast); there {
		t.Error("kept after the visit")
	}
}

// Digits and phrases without a value are rendered ahead and once, others each time.
func TestAhead(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		rendered := make(map[string]int)
		m := &mouth{fail: func(text string) error { rendered[text]++; return nil }}
		welcome := ear.Phrase{ID: "welcome", Text: "welcome", Fixed: true}
		amount := ear.Phrase{ID: "amount", Text: "amount"}
		s, _ := hearing(t, Options{Voice: m, Loudspeaker: true,
			Ahead: []Talk{{Lang: message.Chinese, Phrases: []ear.Phrase{welcome, amount}}}})
		for range 3 {
			s.Say(Talk{Lang: message.Chinese, Phrases: []ear.Phrase{{ID: "typed", Text: "幺"}, welcome, amount}})
			time.Sleep(time.Minute)
		}
		for text, want := range map[string]int{"幺": 1, "九": 1, "nine": 1, "welcome": 1, "amount": 3} {
			if rendered[text] != want {
				t.Errorf("%q was rendered %d times, want %d", text, rendered[text], want)
			}
		}
	})
}

// A folder's recording is taken by the phrase's id, and no id leads out of the folder.
func TestRecorded(t *testing.T) {
	dir := t.TempDir()
	folder := filepath.Join(dir, "recordings")
	must(t, os.MkdirAll(filepath.Join(folder, "zh", "folder.wav"), 0o700))
	write := func(name string, b []byte) { must(t, os.WriteFile(filepath.Join(folder, name), b, 0o600)) }
	good := wav(44100, 1, 16, sine(44100, time.Second))
	write("zh/home.wav", good)
	write("zh/home.fee.wav", good)
	write("zh/half.wav", good[:len(good)/2])
	write("zh/stereo.wav", wav(Rate, 2, 16, sine(Rate, time.Second)))
	write("zh/empty.wav", nil)
	write("zh/silent.wav", wav(Rate, 1, 16, make(PCM, Rate)))
	write("zh/long.wav", wav(8000, 1, 16, sine(8000, 61*time.Second)))
	write("zh/endless.wav", make([]byte, mostRecorded+1))
	must(t, os.WriteFile(filepath.Join(dir, "outside.wav"), good, 0o600))
	must(t, os.WriteFile(filepath.Join(folder, "above.wav"), good, 0o600))
	must(t, os.Symlink(filepath.Join(dir, "outside.wav"), filepath.Join(folder, "zh", "linked.wav")))
	must(t, os.Symlink("home.wav", filepath.Join(folder, "zh", "other.wav")))
	must(t, syscall.Mkfifo(filepath.Join(folder, "zh", "pipe.wav"), 0o600))
	for id, test := range map[string]struct {
		found bool
		err   error
		says  string
	}{
		"home":          {true, nil, ""},
		"home.fee":      {true, nil, ""},
		"other":         {true, nil, ""},
		"none":          {false, nil, ""},
		"half":          {false, errHalf, ""},
		"stereo":        {false, errFormat, "2 channels"},
		"empty":         {false, errNoWAV, ""},
		"silent":        {false, errSilent, ""},
		"long":          {false, nil, "1m1s"},
		"endless":       {false, nil, "longer than"},
		"folder":        {false, durable.ErrNotRegular, ""},
		"pipe":          {false, durable.ErrNotRegular, ""},
		"linked":        {false, nil, "escapes"},
		"../above":      {false, errName, ""},
		"../../outside": {false, errName, ""},
		"/etc/passwd":   {false, errName, ""},
		"..":            {false, nil, ""}, // zh/...wav
		"":              {false, errName, ""},
		"a\x00b":        {false, errName, ""},
		`..\above`:      {false, errName, ""},
	} {
		p, name, err := recorded(folder, message.Chinese, id)
		failed := test.err != nil || test.says != ""
		if (p != nil) != test.found || (err != nil) != failed || test.err != nil && !errors.Is(err, test.err) ||
			failed && !strings.Contains(err.Error(), test.says) {
			t.Errorf("%q: %d samples of %s, %v", id, len(p), name, err)
		}
		if test.found && (p.Length()-time.Second).Abs() > time.Millisecond {
			t.Errorf("%q takes %v", id, p.Length())
		}
	}
	if p, _, err := recorded(folder, "../..", "outside"); p != nil || err == nil {
		t.Errorf("a language that leads out: %d samples, %v", len(p), err)
	}
	if p, _, err := recorded(filepath.Join(dir, "nowhere"), message.Chinese, "home"); p != nil || err != nil {
		t.Errorf("no folder: %v", err)
	}
}

// A recording is heard in the place of the voice where the phrase holds no value; a bad one is told once, and the voice
// says the phrase.
func TestRecordingsAreHeard(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		folder := t.TempDir()
		must(t, os.MkdirAll(filepath.Join(folder, "zh"), 0o700))
		write := func(name string, b []byte) { must(t, os.WriteFile(filepath.Join(folder, "zh", name), b, 0o600)) }
		good := wav(Rate, 1, 16, sine(Rate, 2500*time.Millisecond))
		write("home.wav", good)
		write("amount.wav", good)
		write("bad.wav", good[:100])
		log := &logbook{}
		s, e := hearing(t, Options{Loudspeaker: true, Recordings: folder, Log: log.logger()})
		e.m.of[len(sine(Rate, 2500*time.Millisecond))] = "recording"
		say := func(id string, fixed bool) {
			s.Say(Talk{Lang: message.Chinese, Phrases: []ear.Phrase{{ID: id, Text: "voice of " + id, Fixed: fixed}}})
			time.Sleep(10 * time.Second)
		}
		say("home", true)
		say("amount", false)
		say("none", true)
		if s.Trouble() != (Trouble{}) {
			t.Errorf("trouble: %v", s.Trouble())
		}
		say("bad", true)
		say("bad", true)
		say("home", true)
		if got := s.Trouble(); got.Kind != BadRecording || got.About != "zh/bad.wav" || !errors.Is(got.Err, errHalf) {
			t.Errorf("trouble: %+v", got)
		}
		write("bad.wav", good)
		say("bad", true)
		if s.Trouble() != (Trouble{}) {
			t.Errorf("trouble: %v", s.Trouble())
		}
		e.expect(t, "0s lobby recording", "10s lobby voice of amount", "20s lobby voice of none",
			"30s lobby voice of bad", "40s lobby voice of bad", "50s lobby recording", "1m0s lobby recording")
		if got := log.of("bad-recording"); len(got) != 2 || !strings.Contains(got[0], "phrase=bad") {
			t.Errorf("the log has %q", got)
		}
	})
}

// Each trouble is told once, is over with the next success, and the talk goes on.
func TestTrouble(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var voice error
		var player map[Output]error
		log := &logbook{}
		m := &mouth{fail: func(text string) error {
			if strings.HasPrefix(text, "bad") {
				return voice
			}
			return nil
		}}
		s, e := hearing(t, Options{Voice: m, Loudspeaker: true, Log: log.logger()})
		e.fail = func(out Output) error { return player[out] }
		say := func(words string) {
			s.Say(said(words))
			time.Sleep(time.Minute)
		}
		trouble := func(kind Kind, about string) {
			t.Helper()
			if got := s.Trouble(); got.Kind != kind || got.About != about || (kind == "") != (got.Err == nil) {
				t.Errorf("trouble is %+v, want %s of %q", got, kind, about)
			}
		}
		voice = &Error{NoVoice, "espeak-ng", fs.ErrNotExist}
		say("bad1 bad2 bad1")
		say("bad1 bad2")
		trouble(NoVoice, "espeak-ng")
		voice = errors.New("unheard of")
		say("bad1")
		trouble(NoVoice, "voice")
		voice = nil
		say("bad1")
		trouble("", "")
		player = map[Output]error{Loudspeaker: &Error{DeviceBusy, "lobby card", syscall.EBUSY}}
		say("a1 b1")
		trouble(DeviceBusy, "lobby card")
		s.Plugged(true)
		say("a1") // the other output is well, and this one not yet
		trouble(DeviceBusy, "lobby card")
		player[Earphones] = errors.New("unheard of")
		say("a1")
		trouble(DeviceBusy, "lobby card")
		s.Plugged(false)
		delete(player, Loudspeaker)
		say("a1")
		trouble(PlayerDied, "earphones")
		s.Plugged(true)
		delete(player, Earphones)
		s.Tick()
		time.Sleep(time.Second)
		trouble("", "")
		for kind, n := range map[string]int{"no-voice": 2, "device-busy": 2, "player-died": 2} { // and that it is over
			if got := log.of(kind); len(got) != n {
				t.Errorf("of %s the log has %q", kind, got)
			}
		}
		if all := log.of(""); slices.ContainsFunc(all, func(l string) bool { return strings.Contains(l, "text") }) {
			t.Errorf("the log has %q", all)
		}
	})
}

// After a hang the rest of a talk is not waited for again and again; what is urgent is tried.
func TestHangEndsATalk(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, e := hearing(t, Options{Loudspeaker: true})
		e.fail = func(Output) error {
			time.Sleep(3 * time.Second)
			return &Error{PlayerHangs, "card", errHangs}
		}
		s.Say(said("a1 b1 !paid1 c1"))
		time.Sleep(time.Minute)
		e.expect(t, "0s lobby a1", "3s lobby paid1")
		if !s.Spoke(time.Now()).IsZero() {
			t.Error("what nobody heard counts as speech")
		}
		if got := s.Trouble(); got.Kind != PlayerHangs || !got.Since.Equal(e.start.Add(3*time.Second)) {
			t.Errorf("trouble: %+v", got)
		}
	})
}
