package ear

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"courtkiosk/app/ear"
	"courtkiosk/app/message"
)

// A mouth renders each text as a sound that takes as many seconds as its last digit says (one where it has none), after
// late, and remembers how long it is: by that the ears know it.
type mouth struct {
	late time.Duration
	deaf bool // to being cut
	mu   sync.Mutex
	of   map[int]string
	fail func(text string) error
}

func (m *mouth) Render(ctx context.Context, _ message.Lang, p ear.Phrase, pace int) (PCM, error) {
	if m.late > 0 {
		if m.deaf {
			ctx = background
		}
		select {
		case <-time.After(m.late):
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.fail != nil {
		if err := m.fail(p.Text); err != nil {
			return nil, err
		}
	}
	long := 1
	if d := p.Text[len(p.Text)-1]; d >= '0' && d <= '9' && len(p.Text) > 1 {
		long = int(d - '0')
	}
	text := p.Text
	if pace != Paces[defaultPace] {
		text += fmt.Sprintf("@%d", pace)
	}
	n := long * Rate
	for m.of[n] != "" && m.of[n] != text {
		n++
	}
	if m.of == nil {
		m.of = make(map[int]string)
	}
	m.of[n] = text
	sound := make(PCM, n)
	for i := range sound {
		sound[i] = 8000
	}
	return sound, nil
}

// Ears are a player that takes as long as the sound, and records what it was given: "0s phones A", "1.5s cut".
type ears struct {
	m     *mouth
	start time.Time
	fail  func(Output) error
	begin func(Output, string)                // what sounds now
	end   func(what string, of time.Duration) // what has sounded, and how long

	mu     sync.Mutex
	heard  []string
	sounds []PCM // all that was ever given
	level  []int16
	busy   bool
}

func (e *ears) Play(ctx context.Context, out Output, sound PCM) error {
	e.mu.Lock()
	if e.busy {
		e.heard = append(e.heard, "TWO AT ONCE")
	}
	e.busy = true
	e.m.mu.Lock()
	what := e.m.of[len(sound)]
	e.m.mu.Unlock()
	if len(sound) == len(tock()) {
		what = "tick"
	}
	if ctx.Err() != nil {
		what += " AFTER IT WAS CUT"
	}
	place := map[Output]string{Earphones: "phones", Loudspeaker: "lobby"}[out]
	e.note(place + " " + what)
	e.sounds, e.level = append(e.sounds, sound), append(e.level, slices.Max(sound))
	e.mu.Unlock()
	if e.begin != nil {
		e.begin(out, what)
	}
	began := time.Now()
	defer func() {
		e.mu.Lock()
		e.busy = false
		e.mu.Unlock()
		if e.end != nil {
			e.end(what, time.Since(began))
		}
	}()
	if e.fail != nil {
		if err := e.fail(out); err != nil {
			return err
		}
	}
	select {
	case <-time.After(sound.Length()):
		return nil
	case <-ctx.Done():
		e.mu.Lock()
		e.note("cut")
		e.mu.Unlock()
		return ctx.Err()
	}
}

func (e *ears) note(what string) {
	e.heard = append(e.heard, time.Since(e.start).Round(100*time.Millisecond).String()+" "+what)
}

// hearing starts a speaker inside of a bubble, and what hears it.
func hearing(t *testing.T, o Options) (*Speaker, *ears) {
	t.Helper()
	m := &mouth{}
	e := &ears{m: m, start: time.Now()}
	if o.Voice == nil {
		o.Voice = m
	} else {
		e.m = o.Voice.(*mouth)
	}
	o.Player = e
	s := New(o)
	t.Cleanup(s.Close)
	synctest.Wait() // the digits are rendered
	return s, e
}

func (e *ears) expect(t *testing.T, want ...string) {
	t.Helper()
	e.mu.Lock()
	defer e.mu.Unlock()
	if !slices.Equal(e.heard, want) {
		t.Errorf("heard\n\t%s\nwant\n\t%s", strings.Join(e.heard, "\n\t"), strings.Join(want, "\n\t"))
	}
}

// said makes a talk of words like "public3 !urgent2 ?private1 #secret1 ?court=a court1": marked by class, with what is
// said openly instead.
func said(words string) (t Talk) {
	t.Lang = message.Chinese
	for w := range strings.FieldsSeq(words) {
		p := ear.Phrase{Class: ear.Public}
		for mark, class := range map[string]ear.Class{"!": ear.Urgent, "?": ear.Private, "#": ear.Secret} {
			if rest, marked := strings.CutPrefix(w, mark); marked {
				w, p.Class = rest, class
			}
		}
		p.Text, p.Open, _ = strings.Cut(w, "=")
		p.ID = p.Text
		t.Phrases = append(t.Phrases, p)
	}
	t.Withheld = ear.Phrase{ID: "withheld", Text: "withheld"}
	t.Unplugged = ear.Phrase{ID: "unplugged", Text: "unplugged"}
	return t
}

func keyed(words string) Talk {
	t := said(words)
	t.Key = true
	return t
}

func then(words string) Talk {
	t := said(words)
	t.Then = true
	return t
}

// past makes a talk that says what is not so any more.
func past(words, before string) Talk {
	t := said(words)
	t.Past = said(before).Phrases
	return t
}

// What is said is in the order of the phrases; the newest talk stops the old; nothing urgent is lost.
func TestOrder(t *testing.T) {
	type say struct {
		at time.Duration
		t  Talk
	}
	const s = time.Second
	for name, test := range map[string]struct {
		says []say
		want []string
	}{
		"in order": {
			[]say{{0, said("a1 b2 c1")}},
			[]string{"0s lobby a1", "1s lobby b2", "3s lobby c1"}},
		"the newest stops the old": {
			[]say{{0, said("a5 b2")}, {2 * s, said("c1")}, {2*s + s/2, keyed("d1")}},
			[]string{"0s lobby a5", "2s cut", "2s lobby c1", "2.5s cut", "2.5s lobby d1"}},
		"nothing stops the old": {
			[]say{{0, said("a5 b2")}, {2 * s, Talk{}}},
			[]string{"0s lobby a5", "2s cut"}},
		"an outcome is not cut, and the newest that waited follows": {
			[]say{{0, said("!paid5 b2")}, {s, said("c1")}, {2 * s, said("d1")}},
			[]string{"0s lobby paid5", "5s lobby d1"}},
		"an outcome that was not begun is said all the same": {
			[]say{{0, said("a5 !paid2 b2")}, {s, said("c1")}},
			[]string{"0s lobby a5", "1s cut", "1s lobby paid2", "3s lobby c1"}},
		"an outcome that waited is not lost by what is newer": {
			[]say{{0, said("!one4")}, {s, said("!two1 b2")}, {2 * s, said("c1")}},
			[]string{"0s lobby one4", "4s lobby two1", "5s lobby c1"}},
		"an outcome is not said twice because its page came again": {
			[]say{{0, said("!paid4 b2")}, {s, said("!paid4 c1")}},
			[]string{"0s lobby paid4", "4s lobby c1"}},
		"a key cuts an outcome": {
			[]say{{0, said("!paid5 b2")}, {2 * s, keyed("c1")}},
			[]string{"0s lobby paid5", "2s cut", "2s lobby c1"}},
		"in its first second it is said again": {
			[]say{{0, said("!paid5 b2")}, {s / 2, keyed("c1")}},
			[]string{"0s lobby paid5", "500ms cut", "500ms lobby c1", "1.5s lobby paid5"}},
		"and again": {
			[]say{{0, said("!paid5 b2")}, {s / 2, keyed("c3")}, {s, keyed("d1")}, {2*s + s/5, keyed("e1")}},
			[]string{"0s lobby paid5", "500ms cut", "500ms lobby c3", "1s cut", "1s lobby d1", "2s lobby paid5",
				"2.2s cut", "2.2s lobby e1", "3.2s lobby paid5"}},
		"unless the key says it itself": {
			[]say{{0, said("!paid5 b2")}, {s / 2, keyed("!paid5 b2")}},
			[]string{"0s lobby paid5", "500ms cut", "500ms lobby paid5", "5.5s lobby b2"}},
		"what waited goes with a key, what is urgent of it does not": {
			[]say{{0, said("!one5")}, {s, said("b2 !two1")}, {2 * s, keyed("c1")}},
			[]string{"0s lobby one5", "2s cut", "2s lobby c1", "3s lobby two1"}},
		"what was owed comes before what is newer": {
			[]say{{0, said("!paid5")}, {s / 2, keyed("c4")}, {s, said("d1")}},
			[]string{"0s lobby paid5", "500ms cut", "500ms lobby c4", "1s cut", "1s lobby paid5", "6s lobby d1"}},
		"what follows does not cut": {
			[]say{{0, said("a3 b2")}, {s, then("c1")}},
			[]string{"0s lobby a3", "3s lobby b2", "5s lobby c1"}},
		"the newest of what follows": {
			[]say{{0, said("a3 b2")}, {s, then("c1 !two1")}, {2 * s, then("d1")}},
			[]string{"0s lobby a3", "3s lobby b2", "5s lobby two1", "6s lobby d1"}},
		"what follows nothing is said at once": {
			[]say{{s, then("c1")}},
			[]string{"1s lobby c1"}},
		"what follows what follows": {
			[]say{{0, then("a1 b3 e1")}, {2 * s, then("c1")}, {2*s + s/2, then("d1")}},
			[]string{"0s lobby a1", "1s lobby b3", "4s lobby e1", "5s lobby d1"}},
		"what follows is dropped by what is newer": {
			[]say{{0, said("a3")}, {s, then("c1")}, {2 * s, said("d1")}},
			[]string{"0s lobby a3", "2s cut", "2s lobby d1"}},
		"and by what waits for an outcome": {
			[]say{{0, said("!paid5")}, {s, then("c1")}, {2 * s, said("d1")}},
			[]string{"0s lobby paid5", "5s lobby d1"}},
		"what follows what waits for an outcome": {
			[]say{{0, said("!paid5")}, {s, said("d1")}, {2 * s, then("c1")}},
			[]string{"0s lobby paid5", "5s lobby d1", "6s lobby c1"}},
		"what follows an outcome does not repeat it": {
			[]say{{0, said("!paid5")}, {s, then("!paid5 c1")}},
			[]string{"0s lobby paid5", "5s lobby c1"}},
		"what is not so any more is not said to its end": {
			[]say{{0, said("!unknown5 !twice4 b2")}, {s, past("!paid2", "!unknown5 !twice4")}},
			[]string{"0s lobby unknown5", "1s cut", "1s lobby paid2"}},
		"nor what waited": {
			[]say{{0, said("!paid3 !busy4")}, {s, past("!printed2", "!busy4")}},
			[]string{"0s lobby paid3", "3s lobby printed2"}},
		"an empty phrase": {
			[]say{{0, Talk{Phrases: []ear.Phrase{{ID: "empty"}, {ID: "a1", Text: "a1"}}}}},
			[]string{"0s lobby a1"}},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				speaker, ears := hearing(t, Options{Loudspeaker: true})
				for _, say := range test.says {
					time.Sleep(time.Until(ears.start.Add(say.at)))
					synctest.Wait()
					speaker.Say(say.t)
				}
				time.Sleep(time.Minute)
				ears.expect(t, test.want...)
			})
		})
	}
}

// A key within the first second counts from the sound, not from the rendering.
func TestSlowVoice(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, e := hearing(t, Options{Loudspeaker: true, Voice: &mouth{late: 3 * time.Second}})
		time.Sleep(2 * time.Minute) // of the digits
		e.start = time.Now()
		s.Say(said("!paid5"))
		time.Sleep(2500 * time.Millisecond)
		s.Say(keyed("a1")) // it was cut before it was heard
		time.Sleep(time.Minute)
		e.expect(t, "5.5s lobby a1", "9.5s lobby paid5")
	})
}

// A tick sounds only into silence.
func TestTick(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, e := hearing(t, Options{Loudspeaker: true})
		s.Tick()
		s.Tick()
		time.Sleep(time.Second)
		s.Say(said("!paid3 b1"))
		for range 50 {
			s.Tick()
			time.Sleep(100 * time.Millisecond)
		}
		synctest.Wait()
		e.expect(t, "0s lobby tick", "1s lobby paid3", "4s lobby b1",
			"5.1s lobby tick", "5.2s lobby tick", "5.3s lobby tick", "5.4s lobby tick",
			"5.5s lobby tick", "5.6s lobby tick", "5.7s lobby tick", "5.8s lobby tick", "5.9s lobby tick")
		s.Tick()
		synctest.Wait()
		s.Say(said("c1")) // cuts a tick
		time.Sleep(2 * time.Second)
		s.Tick()
		time.Sleep(time.Second)
		synctest.Wait()
		want := []string{"6s lobby tick", "6s cut", "6s lobby c1"}
		if got := e.heard[len(e.heard)-4 : len(e.heard)-1]; !slices.Equal(got, want) {
			t.Errorf("a talk at a tick: %q", got)
		}
		if got := s.Spoke(time.Now()).Sub(e.start).Round(10 * time.Millisecond); got != 7*time.Second {
			t.Errorf("ticks count as speech: %v", got)
		}
	})
}

// Who hears what, by class, plug, wish and machine.
func TestWhoHears(t *testing.T) {
	const words = "a !b ?c #d ?e=open"
	for _, test := range []struct {
		plugged, aloud, loudspeaker bool
		want                        string
	}{
		{true, false, true, "phones a|phones b|phones c|phones d|phones e"},
		{true, true, true, "phones a|phones b|phones c|phones d|phones e"},
		{true, false, false, "phones a|phones b|phones c|phones d|phones e"},
		{true, true, false, "phones a|phones b|phones c|phones d|phones e"},
		{false, false, true, "lobby a|lobby b|lobby open|lobby withheld"},
		{false, true, true, "lobby a|lobby b|lobby c|lobby e|lobby withheld"},
		{false, false, false, "phones a|phones b|phones open|phones withheld"},
		{false, true, false, "phones a|phones b|phones open|phones withheld"},
	} {
		synctest.Test(t, func(t *testing.T) {
			s, e := hearing(t, Options{Loudspeaker: test.loudspeaker})
			s.Plugged(test.plugged)
			if s.Private() != test.plugged {
				t.Errorf("private is %v", s.Private())
			}
			talk := said(words)
			talk.Aloud = test.aloud
			s.Say(talk)
			time.Sleep(time.Minute)
			synctest.Wait()
			for i, want := range strings.Split(test.want, "|") {
				if i >= len(e.heard) || e.heard[i] != fmt.Sprintf("%ds %s", i, want) {
					t.Errorf("%+v: heard %q", test, e.heard)
					break
				}
			}
			if len(e.heard) != 1+strings.Count(test.want, "|") {
				t.Errorf("%+v: heard %q", test, e.heard)
			}
		})
	}
}

// Each phrase is asked for anew: pulled or plugged in between, the next one knows.
func TestEachPhraseAsks(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, e := hearing(t, Options{Loudspeaker: true})
		s.Say(said("a2 ?b2 ?c2"))
		time.Sleep(time.Second)
		s.Plugged(true)
		s.Plugged(true)
		time.Sleep(time.Minute)
		e.expect(t, "0s lobby a2", "2s phones b2", "4s phones c2")
	})
}

// Pulled in mid-sentence: silent at once, and nothing that was private goes on elsewhere.
func TestUnplugged(t *testing.T) {
	for name, test := range map[string]struct {
		talk        string
		loudspeaker bool
		want        []string
	}{
		"private":           {"?a5 ?b1 c1", true, []string{"0s phones a5", "2s cut", "2s lobby unplugged"}},
		"secret":            {"#a5 c1", true, []string{"0s phones a5", "2s cut", "2s lobby unplugged"}},
		"no loudspeaker":    {"?a5 ?b1 c1", false, []string{"0s phones a5", "2s cut"}},
		"public":            {"a5 c1", true, []string{"0s phones a5", "2s cut"}},
		"private to follow": {"a5 ?b1 c1", true, []string{"0s phones a5", "2s cut", "2s lobby unplugged"}},
		"an outcome":        {"!paid5 c1", true, []string{"0s phones paid5", "2s cut", "2s lobby paid5"}},
		"an outcome follows": {"?a5 !paid1 c1", true,
			[]string{"0s phones a5", "2s cut", "2s lobby paid1", "3s lobby unplugged"}},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s, e := hearing(t, Options{Loudspeaker: test.loudspeaker})
				s.Plugged(true)
				talk := said(test.talk)
				s.Say(talk)
				time.Sleep(2 * time.Second)
				s.Plugged(false)
				s.Plugged(false)
				time.Sleep(time.Minute)
				e.expect(t, test.want...)
			})
		})
	}
}

// Pulled while a private phrase is rendered, it is heard by nobody.
func TestUnpluggedBeforeTheSound(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, e := hearing(t, Options{Loudspeaker: true, Voice: &mouth{late: time.Second}})
		time.Sleep(time.Minute)
		e.start = time.Now()
		s.Plugged(true)
		talk := said("?a5")
		talk.Aloud = true
		s.Say(talk)
		time.Sleep(500 * time.Millisecond)
		s.Plugged(false)
		time.Sleep(time.Minute)
		e.expect(t, "1.5s lobby unplugged")
	})
}

// After a visit not one sample of it is played, nothing of it is in memory, and the next one begins as all do.
func TestHush(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, e := hearing(t, Options{Loudspeaker: true})
		s.Plugged(true)
		s.Louder()
		s.Pace()
		s.Say(said("七 ?a5 !paid5 ?b5"))
		time.Sleep(2 * time.Second)
		s.Hush()
		for range 2 {
			if !s.Spoke(time.Now()).IsZero() {
				t.Error("after the visit it still speaks")
			}
			synctest.Wait()
		}
		for i, sound := range e.sounds {
			if slices.ContainsFunc(sound, func(v int16) bool { return v != 0 }) {
				t.Errorf("sound %d is still in memory", i)
			}
		}
		if n := len(s.clips.kept); n != 20 {
			t.Errorf("%d clips are kept, want the digits in two languages", n)
		}
		time.Sleep(time.Minute)
		e.expect(t, "0s phones 七@175", "1s phones a5@175", "2s cut")
		s.Hush() // of nothing
		s.Say(said("c1"))
		time.Sleep(time.Minute)
		e.expect(t, "0s phones 七@175", "1s phones a5@175", "2s cut", "1m2s phones c1")
		if e.level[0] != 4009 || e.level[2] != 2010 { // of 8000: 6 and 12 dB less
			t.Errorf("the louder visit has %d, the next %d", e.level[0], e.level[2])
		}
	})
}

// What a voice renders although nobody wants it any more is not played.
func TestLateSound(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, e := hearing(t, Options{Loudspeaker: true, Voice: &mouth{late: time.Second, deaf: true}})
		time.Sleep(time.Minute)
		e.start = time.Now()
		for _, stop := range []func(){s.Hush, func() { s.Say(Talk{}) }, func() { s.Plugged(false) }} {
			s.Plugged(true)
			s.Say(said("?a1"))
			time.Sleep(500 * time.Millisecond)
			stop()
			time.Sleep(time.Minute)
		}
		e.expect(t, "2m3s lobby unplugged")
	})
}

// At any moment of a visit its end is its end.
func TestHushAtAnyTime(t *testing.T) {
	for at := time.Duration(0); at < 8*time.Second; at += 250 * time.Millisecond {
		synctest.Test(t, func(t *testing.T) {
			s, e := hearing(t, Options{Loudspeaker: true, Voice: &mouth{late: 300 * time.Millisecond}})
			time.Sleep(time.Minute)
			s.Plugged(true)
			s.Say(said("?a1 !b2 ?c1"))
			time.AfterFunc(time.Second, func() { s.Say(keyed("#d1 !e1")) })
			time.Sleep(at)
			s.Hush()
			e.mu.Lock()
			heard := len(e.sounds)
			e.mu.Unlock()
			if at > time.Second {
				time.Sleep(time.Minute)
				if len(e.sounds) != heard {
					t.Errorf("hushed after %v: %q", at, e.heard)
				}
			}
			for _, sound := range e.sounds {
				synctest.Wait()
				if at > time.Second && slices.Max(sound) != 0 {
					t.Errorf("hushed after %v: a sound is in memory", at)
				}
			}
		})
	}
}

// Volume and pace go by steps, and no step leaves the range.
func TestSteps(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, e := hearing(t, Options{Loudspeaker: true})
		var steps []int
		for range 7 {
			step, of := s.Louder()
			steps = append(steps, step)
			s.Say(keyed("a1"))
			time.Sleep(2 * time.Second)
			if of != 6 {
				t.Errorf("of %d volumes", of)
			}
		}
		for range 7 {
			step, _ := s.Softer()
			steps = append(steps, step)
			s.Say(keyed("a1"))
			time.Sleep(2 * time.Second)
		}
		if want := []int{4, 5, 6, 6, 6, 6, 6, 5, 4, 3, 2, 1, 1, 1}; !slices.Equal(steps, want) {
			t.Errorf("steps %v", steps)
		}
		synctest.Wait()
		for i := range steps[1:] {
			if (steps[i] < steps[i+1]) != (e.level[i] < e.level[i+1]) {
				t.Errorf("step %d sounds at %d, step %d at %d", steps[i], e.level[i], steps[i+1], e.level[i+1])
			}
		}
		for i := 1; i < len(volumes); i++ {
			if by := volumes[i] - volumes[i-1]; by <= 0 || by > 10 {
				t.Errorf("a step of %v dB", by)
			}
		}
		var paces []int
		for range 8 {
			step, of := s.Pace()
			paces = append(paces, step)
			if of != 7 {
				t.Errorf("of %d paces", of)
			}
		}
		if want := []int{4, 5, 6, 7, 1, 2, 3, 4}; !slices.Equal(paces, want) {
			t.Errorf("paces %v", paces)
		}
	})
}

// Spoke is the present while something is said or waits, and then the end of the last phrase.
func TestSpoke(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, e := hearing(t, Options{Loudspeaker: true})
		if !s.Spoke(time.Now()).IsZero() {
			t.Error("it spoke before it did")
		}
		s.Say(said("a2 b1"))
		for range 5 {
			if !s.Spoke(time.Now()).Equal(time.Now()) {
				t.Errorf("after %v it does not speak", time.Since(e.start))
			}
			time.Sleep(500 * time.Millisecond)
		}
		time.Sleep(time.Minute)
		if got := s.Spoke(time.Now()).Sub(e.start).Round(10 * time.Millisecond); got != 3*time.Second {
			t.Errorf("it spoke until %v", got)
		}
	})
}

// A machine without speech, and one that is closed, do nothing.
func TestSilentSpeakers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		gone, e := hearing(t, Options{Loudspeaker: true})
		gone.Say(said("a5"))
		time.Sleep(time.Second)
		gone.Close()
		for _, s := range []*Speaker{nil, gone} {
			s.Say(said("b1"))
			s.Tick()
			s.Louder()
			s.Softer()
			s.Pace()
			s.Plugged(true)
			s.Private()
			s.Hush()
			s.Close()
			if s.Spoke(time.Now()) != (time.Time{}) || s.Trouble() != (Trouble{}) {
				t.Errorf("%v says %v, %v", s, s.Spoke(time.Now()), s.Trouble())
			}
		}
		time.Sleep(time.Minute)
		e.expect(t, "0s lobby a5", "1s cut")
	})
}
