package view

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"courtkiosk/app/ear"
	"courtkiosk/app/message"
)

var update = flag.Bool("update", false, "write what is said in the walk anew")

// A walker goes from screen to screen by keys, and keeps what is said.
type walker struct {
	f     Frame
	dial  Dial
	now   time.Time
	page  string // that was said last
	under string
	said  map[ear.Phrase]bool
	out   strings.Builder
}

var classes = [...]string{ear.Public: "lobby", ear.Urgent: "urgent", ear.Private: "private", ear.Secret: "secret"}

func (w *walker) say(list ...ear.Phrase) {
	for _, p := range list {
		fmt.Fprintf(&w.out, "  %-8s %s: %s\n", classes[p.Class], p.ID, p.Text)
		for _, part := range ear.Parts(w.f.Lang, p.Text) {
			fmt.Fprintf(&w.out, "  %8s %s | %s\n", part.Lang, part.Words, part.Sound)
		}
		if p.Open != "" {
			fmt.Fprintf(&w.out, "  %8s %s\n", "openly", p.Open)
		}
	}
}

// shows is another screen: all of it is said, or what is new.
func (w *walker) shows(title string, s Screen) {
	fmt.Fprintf(&w.out, "\n== %s\n", title)
	w.draw(s)
}

func (w *walker) draw(s Screen) {
	if under := Hear(w.f, s).Page; under != w.under {
		w.dial, w.under = w.dial.Turned(), under
	}
	page, list := w.dial.Say(w.f, s)
	before := w.said
	w.said = make(map[ear.Phrase]bool)
	for _, p := range list {
		if w.said[p] = true; page != w.page || !p.Still && !before[p] {
			w.say(p)
		}
	}
	w.page = page
}

// press presses keys on a screen that they do not change; then tells what they mean.
func (w *walker) press(s Screen, keys ...Key) {
	for _, k := range keys {
		fmt.Fprintf(&w.out, "-- key %s\n", k)
		w.now = w.now.Add(3 * time.Second)
		dial, i, said := w.dial.Press(w.f, s, k, w.now)
		w.dial = dial
		w.say(said...)
		switch v, typed := s.(Case); {
		case typed:
			if e, ok := v.Entry.Apply(i); ok {
				v.Entry = e
				s = v
				w.draw(s)
			}
		case i.Kind == SayAgain:
			w.page = ""
			w.draw(s)
		}
		if i.Kind != "" && i.Kind != Touch {
			fmt.Fprintf(&w.out, "   means %s %s\n", i.Kind, i.Arg)
		}
	}
}

// The whole walk by keys stands as what is said, and how: from welcome to paper, an unknown outcome, a refusal, a
// time-out, and the plug pulled.
func TestWalkByEar(t *testing.T) {
	for _, lang := range []message.Lang{message.Chinese, message.English} {
		samples := make(map[string]Sample)
		for _, s := range Samples(lang) {
			samples[s.Name] = s
		}
		f := SampleFrame(lang)
		f.Slot = map[message.Lang]string{message.Chinese: "屏幕下方右侧",
			message.English: "below the screen, on the right"}[lang]
		f.Loud = true
		w := &walker{f: f, now: f.Now}
		screen := func(name string) Screen { return samples[name].Screen }
		w.shows("welcome", screen("home"))
		w.press(screen("home"), "1")
		typing := Case{Entry: NewEntry([]string{"京0101", "京0105"}, 2026)}
		w.shows("the case number", typing)
		w.press(typing, KeyConfirm, "2", KeyConfirm)
		w.dial = Dial{}
		w.press(typing, "1", "2", KeyBack, "2", "3", "4", KeyConfirm, KeyConfirm)
		w.shows("what is waited for", screen("working"))
		w.shows("several bills", screen("bills"))
		w.press(screen("bills"), "3", "1")
		w.shows("what the court asks", screen("fee"))
		w.press(screen("fee"), KeyRepeat, KeyConfirm)
		w.f.Purse = "litigation"
		pay := screen("pay").(Pay)
		w.shows("the code", pay)
		pay.Left = 240
		w.shows("a minute later", pay)
		w.shows("the network is gone", screen("pay-offline"))
		pay.Left = 30
		w.shows("the last half minute", pay)
		w.press(pay, KeyConfirm, "1", KeyBack, "0")
		w.shows("paid, and printing", screen("done"))
		w.shows("paper", screen("done-printed"))
		w.press(screen("done-printed"), "1", KeyConfirm)
		w.shows("no paper", screen("done-trouble"))
		w.shows("an unknown outcome", screen("verify"))
		w.press(screen("verify"), KeyConfirm, "1", KeyBack, KeyBack)
		w.f.Purse = ""
		w.shows("a refusal", screen("notice-not-found"))
		w.press(screen("notice-not-found"), "0", KeyConfirm)
		w.shows("a time-out", screen("notice-expired"))
		w.press(screen("notice-expired"), KeyConfirm)
		w.shows("a receipt is looked for", screen("where-shown"))
		w.shows("its proof", screen("proof"))
		w.press(screen("proof"), "8", KeyConfirm)
		w.shows("help with the keys", screen("home"))
		w.press(screen("home"), KeyHelp, KeyHelp, "5", KeyConfirm)
		fmt.Fprintf(&w.out, "\n== the plug is pulled, and in again\n")
		w.say(fixed(f, "ear.unplugged"), fixed(f, "ear.withheld"))
		idle := w.f
		idle.IdleLeft = 20
		w.f = idle
		w.shows("nobody presses a key", screen("fee"))

		file := filepath.Join("testdata", "walk."+string(lang)+".txt")
		if *update {
			if err := os.WriteFile(file, []byte(w.out.String()), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		want, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if w.out.String() != string(want) {
			t.Errorf("%s is not what is said now: run with -update, and read the difference", file)
		}
	}
}
