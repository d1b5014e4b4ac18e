package ear

import (
	"fmt"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"pgregory.net/rapid"

	"courtkiosk/app/ear"
	"courtkiosk/app/message"
)

// A word is a phrase of a visit that anything happens in, as the test knows it.
type word struct {
	class ear.Class
	aloud bool
	visit int
}

// A visit is what happened so far, and what was wrong with it.
type visit struct {
	mu      sync.Mutex
	words   map[string]word
	number  int
	plugged bool
	heard   map[string]time.Duration // the longest that it sounded in one go
	wrong   []string
}

// begin checks that what sounds may be heard there and now.
func (v *visit) begin(out Output, what string) {
	v.mu.Lock()
	defer v.mu.Unlock()
	w, known := v.words[what]
	switch {
	case what == "tick" || what == "withheld" || what == "unplugged" || strings.HasPrefix(what, "open"):
	case !known:
		v.wrong = append(v.wrong, "nobody said "+what)
	case w.visit != v.number:
		v.wrong = append(v.wrong, what+" is of an earlier visit")
	case out == Loudspeaker && (w.class == ear.Secret || w.class == ear.Private && !w.aloud):
		v.wrong = append(v.wrong, what+" in the lobby")
	case out == Earphones && w.class >= ear.Private && !v.plugged:
		v.wrong = append(v.wrong, what+" in earphones of which nothing is known")
	}
}

func (v *visit) end(what string, of time.Duration) {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.heard[what] = max(v.heard[what], of)
}

// An act is one thing that happens, after a pause.
type act struct {
	Kind    string
	After   time.Duration
	Classes []ear.Class
	Key     bool
	Then    bool
	Aloud   bool
	Open    bool
}

func acts() *rapid.Generator[act] {
	return rapid.Custom(func(t *rapid.T) act {
		kinds := []string{"say", "say", "say", "say", "tick", "plug", "pull", "hush"}
		classes := rapid.SliceOfN(rapid.SampledFrom([]ear.Class{ear.Public, ear.Urgent, ear.Private, ear.Secret}), 0, 4)
		return act{
			Kind:    rapid.SampledFrom(kinds).Draw(t, "kind"),
			After:   time.Duration(rapid.IntRange(0, 30).Draw(t, "after")) * 100 * time.Millisecond,
			Classes: classes.Draw(t, "classes"),
			Key:     rapid.Bool().Draw(t, "key"),
			Then:    rapid.IntRange(0, 3).Draw(t, "then") == 0,
			Aloud:   rapid.Bool().Draw(t, "aloud"),
			Open:    rapid.Bool().Draw(t, "open"),
		}
	})
}

// Whatever happens in whatever order, nobody hears what is not theirs, nothing outlives its visit, no two sounds are at
// once, and each outcome is heard for a second at least.
func TestAnything(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		list := rapid.SliceOfN(acts(), 1, 25).Draw(rt, "acts")
		loudspeaker := rapid.Bool().Draw(rt, "loudspeaker")
		late := time.Duration(rapid.IntRange(0, 5).Draw(rt, "late")) * 70 * time.Millisecond
		var wrong []string
		synctest.Test(t, func(t *testing.T) { wrong = live(t, list, loudspeaker, late) })
		if len(wrong) > 0 {
			rt.Fatalf("%s", strings.Join(wrong, "\n"))
		}
	})
}

// live does what happens, and returns what was wrong.
func live(t *testing.T, list []act, loudspeaker bool, late time.Duration) []string {
	v := &visit{words: make(map[string]word), heard: make(map[string]time.Duration)}
	s, e := hearing(t, Options{Loudspeaker: loudspeaker, Voice: &mouth{late: late}})
	time.Sleep(time.Minute) // for the digits
	e.begin, e.end = v.begin, v.end
	for i, a := range list {
		time.Sleep(a.After)
		synctest.Wait()
		v.do(s, a, i)
	}
	time.Sleep(time.Hour)
	synctest.Wait()
	for name, w := range v.words {
		if w.class == ear.Urgent && w.visit == v.number && v.heard[name] < again {
			v.wrong = append(v.wrong, fmt.Sprintf("%s was heard for %v", name, v.heard[name]))
		}
	}
	for _, line := range e.heard {
		if strings.Contains(line, "TWO AT ONCE") || strings.Contains(line, "AFTER IT WAS CUT") {
			v.wrong = append(v.wrong, line)
		}
	}
	if len(v.wrong) > 0 {
		v.wrong = append(v.wrong, e.heard...)
	}
	return v.wrong
}

// do does what happens.
func (v *visit) do(s *Speaker, a act, i int) {
	v.mu.Lock()
	switch a.Kind {
	case "plug", "pull":
		v.plugged = a.Kind == "plug"
	case "hush":
		v.number++
	}
	talk := Talk{Lang: message.Chinese, Key: a.Key, Then: a.Then, Aloud: a.Aloud}
	talk.Withheld = ear.Phrase{ID: "withheld", Text: "withheld"}
	talk.Unplugged = ear.Phrase{ID: "unplugged", Text: "unplugged"}
	for j, c := range a.Classes {
		p := ear.Phrase{Class: c, Text: fmt.Sprintf("w%d.%d.%d.%d", c, i, j, 1+(i+j)%3)}
		if p.ID = p.Text; a.Open {
			p.Open = fmt.Sprintf("open%d.%d.1", i, j)
		}
		if a.Kind == "say" {
			v.words[p.Text] = word{c, a.Aloud, v.number}
		}
		talk.Phrases = append(talk.Phrases, p)
	}
	v.mu.Unlock()
	switch a.Kind {
	case "say":
		s.Say(talk)
	case "tick":
		s.Tick()
	case "plug", "pull":
		s.Plugged(v.plugged)
	case "hush":
		s.Hush()
	}
	synctest.Wait()
}
