package ear

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"courtkiosk/app/ear"
	"courtkiosk/app/message"
)

// sentences are as they stand in the walk, with how many syllables they have.
var sentences = []struct {
	syllables int
	sound     string
}{
	{6, "liang3 qian1 qi1 bai3 yuan2 zheng3"},
	{7, "qing3 an4 que4 ren4 jian4 ji4 xu4"},
	{6, "bu2 yao4 zai4 ci4 fu4 kuan3"},
	{18, "er4 ling2 er4 liu4 nian2, jing1, ling2 yao1 ling2 yao1, min2 chu1, yao1 er4 san1 si4 wu3 hao4"},
	{16, "nin2 hao3, zhe4 li3 shi4 fa3 yuan4 jiao3 fei4 ji1, an4 ren4 yi4 jian4 kai1 shi3"},
	{9, "hai2 you3 si4 fen1 san1 shi2 miao3 zhong1 le5"},
	{20, "qing3 yong4 wei1 xin4 sao3 miao2 ping2 mu4 zhong1 jian1 de5 er4 wei2 ma3, li2 ping2 mu4 yi4 zhang3 yuan3"},
}

// Rendered by the real voice each sentence is as long as it should be, is loud enough and never cut off, and does not
// stop in the middle.
func TestEspeak(t *testing.T) {
	need(t, "espeak-ng")
	nothingLeft(t)
	v := Espeak{Parts: asItIs}
	for i, s := range sentences {
		for _, pace := range Paces {
			if ends := pace == Paces[0] || pace == Paces[len(Paces)-1]; i > 0 && !ends && pace != Paces[defaultPace] {
				continue
			}
			p, err := v.Render(background, message.Chinese, ear.Phrase{Text: s.sound}, pace)
			must(t, err)
			t.Logf("%d syllables at %d: %v, peak %.2f, SHA-256 %x", s.syllables, pace, p.Length(), p.peak(),
				sha256.Sum256(p.bytes()))
			want := expected(ear.Part{Lang: message.Chinese, Sound: s.sound}, pace)
			if ratio := p.Length().Seconds() / want.Seconds(); math.Abs(ratio-1) > 0.1 {
				t.Errorf("%d syllables at %d take %v, %.2f of %v", s.syllables, pace, p.Length(), ratio, want)
			}
			if peak := p.peak(); peak < 0.2 || peak > 0.99 {
				t.Errorf("%q at %d has a peak of %.2f", s.sound, pace, peak)
			}
			if gap := longestGap(p); gap > 1500*time.Millisecond {
				t.Errorf("%q at %d is silent for %v", s.sound, pace, gap)
			}
		}
	}
	p, err := v.Render(background, message.English, ear.Phrase{Text: "two thousand seven hundred yuan"}, 150)
	must(t, err)
	if p.Length() < time.Second || p.Length() > 4*time.Second || p.peak() > 0.99 {
		t.Errorf("English takes %v, peak %.2f", p.Length(), p.peak())
	}
}

func longestGap(p PCM) time.Duration {
	gap, most := 0, 0
	for _, s := range p {
		if gap++; s > 200 || s < -200 {
			gap = 0
		}
		most = max(most, gap)
	}
	return make(PCM, most).Length()
}

// Parts in two languages are one sound with a pause between them, and what espeak-ng takes for markup is not read.
func TestEspeakParts(t *testing.T) {
	need(t, "espeak-ng")
	both := []ear.Part{
		{Lang: message.English, Sound: "the court of"}, {Lang: message.Chinese, Sound: " , "},
		{Lang: message.Chinese, Sound: "jing1 dong1"}, {Lang: message.Chinese},
	}
	each := time.Duration(0)
	for _, part := range both[:1:1] {
		each += render(t, part).Length()
	}
	each += render(t, both[2]).Length()
	v := Espeak{Parts: func(message.Lang, string) []ear.Part { return []ear.Part{both[0], both[2], both[3]} }}
	p, err := v.Render(background, message.English, ear.Phrase{Text: "any"}, 150)
	must(t, err)
	if got := p.Length() - each; got < between-time.Millisecond || got > between+time.Millisecond {
		t.Errorf("two parts are longer than each by %v, want %v", got, between)
	}
	plain := render(t, ear.Part{Lang: message.English, Sound: "pay here"})
	marked := render(t, ear.Part{Lang: message.English, Sound: "[[pay]]\n<here>\x00&"})
	if !bytes.Equal(plain.bytes(), marked.bytes()) {
		t.Errorf("brackets and line ends are heard: %v and %v", plain.Length(), marked.Length())
	}
	option := render(t, ear.Part{Lang: message.English, Sound: "--version"})
	if option.Length() < 300*time.Millisecond {
		t.Errorf("what begins like an option takes %v", option.Length())
	}
}

func render(t *testing.T, part ear.Part) PCM {
	t.Helper()
	v := Espeak{Parts: func(message.Lang, string) []ear.Part { return []ear.Part{part} }}
	p, err := v.Render(background, part.Lang, ear.Phrase{Text: "any"}, 150)
	must(t, err)
	return p
}

// Whatever the program does, it ends, leaves nothing behind, and its error names what was wrong and never the words.
func TestEspeakFails(t *testing.T) {
	const words = "zhang1 mou3 ming2"
	wave := filepath.Join(t.TempDir(), "wave")
	nothingLeft(t)
	must(t, os.WriteFile(wave, wav(Rate, 1, 16, make(PCM, 2*Rate)), 0o600))
	for name, test := range map[string]struct {
		lines string
		kind  Kind
		err   error
	}{
		"exit 1":           {"cat >&2; exit 1", NoVoice, nil},
		"hangs":            {"cat >&2; $nap", VoiceHangs, errHangs},
		"hangs by a child": {"$nap & wait", VoiceHangs, errHangs},
		"deaf":             {"trap '' TERM INT HUP; $nap; $nap", VoiceHangs, errHangs},
		"nothing":          {"cat >/dev/null", BadVoice, errNoWAV},
		"half a header":    {"head -c 30 " + wave, BadVoice, errHalf},
		"a header alone":   {"head -c 44 " + wave, BadVoice, errHalf},
		"half a sample":    {"head -c 2001 " + wave, BadVoice, errHalf},
		"silence":          {"cat " + wave, BadVoice, errSilent},
		"garbage":          {"head -c 90000 /dev/urandom", BadVoice, errNoWAV},
		"without an end":   {"head -c 44 " + wave + "; cat /dev/urandom", BadVoice, errEndless},
		"without an end or ears": {"trap '' PIPE; head -c 44 " + wave + "; while true; do cat /dev/urandom; done",
			BadVoice, errEndless},
		"killed": {"kill -9 $$", NoVoice, nil},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			v := Espeak{Program: script(t, test.lines), Parts: asItIs}
			p, err := v.Render(background, message.Chinese, ear.Phrase{Class: ear.Private, Text: words}, 320)
			e, ok := errors.AsType[*Error](err)
			if !ok || e.Kind != test.kind || test.err != nil && !errors.Is(err, test.err) || p != nil {
				t.Errorf("%d samples, %v; want %s, %v", len(p), err, test.kind, test.err)
			}
			if strings.Contains(err.Error(), "mou3") {
				t.Errorf("the error tells what was to be said: %v", err)
			}
		})
	}
	for name, v := range map[string]Espeak{
		"no program": {Program: "/nonexistent/espeak-ng", Parts: asItIs},
		"no voice":   {English: "klingon-of-nowhere", Parts: asItIs},
	} {
		_, err := v.Render(background, message.English, ear.Phrase{Text: "one"}, 150)
		if e, ok := errors.AsType[*Error](err); !ok || e.Kind != NoVoice {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// A sound that breaks off is not said: the end of an amount would be missing.
func TestEspeakBreaksOff(t *testing.T) {
	need(t, "espeak-ng")
	half := script(t, `espeak-ng "$@" | head -c 45000`)
	_, err := Espeak{Program: half, Parts: asItIs}.Render(background, message.Chinese,
		ear.Phrase{Text: sentences[0].sound}, 150)
	if !errors.Is(err, errShort) {
		t.Errorf("half of an amount: %v", err)
	}
	for _, short := range strings.Fields("a5 yue5 er5 yi1 a5,e5") { // the shortest of all syllables
		for _, pace := range []int{150, 320} {
			_, err := Espeak{Parts: asItIs}.Render(background, message.Chinese, ear.Phrase{Text: short}, pace)
			if err != nil {
				t.Errorf("%s at %d: %v", short, pace, err)
			}
		}
	}
}

// The words are given on standard input and stand in no list of processes.
func TestWordsAreNoArguments(t *testing.T) {
	told := filepath.Join(t.TempDir(), "told")
	v := Espeak{Program: script(t, "echo \"$*\" >"+told+".args; cat >"+told), Parts: asItIs}
	_, err := v.Render(background, message.Chinese, ear.Phrase{Text: "wu3 liu4"}, 150)
	if err == nil {
		t.Error("no sound, and no error")
	}
	if args := readAll(t, told+".args"); strings.Contains(args, "wu3") || !strings.Contains(args, "-s 150") {
		t.Errorf("the arguments are %q", args)
	}
	if text := readAll(t, told); text != "wu3 liu4" {
		t.Errorf("it was given %q", text)
	}
}

// Who no longer wants a phrase waits for nobody, and that is no fault of the voice.
func TestEspeakIsCut(t *testing.T) {
	nothingLeft(t)
	ctx, cancel := context.WithCancel(background)
	time.AfterFunc(50*time.Millisecond, cancel)
	v := Espeak{Program: script(t, "$nap"), Parts: asItIs}
	_, err := v.Render(ctx, message.Chinese, ear.Phrase{Text: "yi1"}, 150)
	if e, ok := errors.AsType[*Error](err); ok || !errors.Is(err, context.Canceled) {
		t.Errorf("cut: %v, %v", err, e)
	}
}
