package view

import (
	"regexp"
	"strings"
	"testing"

	"courtkiosk/app/message"
)

// of people, cases and money: digits, what is masked, the sign of an amount
var personal = regexp.MustCompile(`[0-9]{2}|\*|¥|民初|执行款`)

// Every screen says in one sentence what it is and what it offers, and tells nobody in the lobby whose it is.
func TestSentence(t *testing.T) {
	for _, lang := range []message.Lang{message.Chinese, message.English} {
		for _, s := range Samples(lang) {
			said := Sentence(s.Frame, s.Screen)
			if strings.HasPrefix(said, "page.") || strings.Contains(said, "{") {
				t.Errorf("%s %s has no sentence: %s", lang, s.Name, said)
			}
			stop, other := "。", "."
			if lang == message.English {
				stop, other = ".", "。"
			}
			if strings.Count(said, stop) != 1 || !strings.HasSuffix(said, stop) || strings.Contains(said, other) {
				t.Errorf("%s %s says no one sentence: %s", lang, s.Name, said)
			}
			if found := personal.FindString(said); found != "" {
				t.Errorf("%s %s tells %q: %s", lang, s.Name, found, said)
			}
		}
	}
}

// Screens that offer different things say different things.
func TestSentencesTellScreensApart(t *testing.T) {
	said := make(map[string]string)
	for _, s := range Samples(message.Chinese) {
		if _, refused := s.Screen.(Notice); refused { // several faults of a machine have the same words
			continue
		}
		name := s.Screen.Name()
		if before := said[Sentence(s.Frame, s.Screen)]; before != "" && before != name && s.Frame.IdleLeft == 0 {
			t.Errorf("%s and %s say the same", before, name)
		}
		said[Sentence(s.Frame, s.Screen)] = name
	}
}
