package ear

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"
	"unicode"

	"courtkiosk/app/ear"
	"courtkiosk/app/message"
)

// Espeak is the voice of espeak-ng: one run of it for each part of a phrase, with the words on its standard input,
// where no list of processes shows them.
type Espeak struct {
	Program string // empty: espeak-ng, where the system finds it
	English string // the name of its English voice; empty: en-us
	// Parts puts a phrase into words; nil: ear.Parts
	Parts func(lang message.Lang, text string) []ear.Part
}

// Espeak's loudness. At its own 100 it cuts off what is loudest in long sentences; at 80 the peak is 0.93 of the range.
const espeakLoudness = 80

// How much sound one part can be.
const (
	voiceWithin = 2 * time.Second // more than its length: it is made two hundred times faster than it is said
	longestPart = 2 * time.Minute
	leastPeak   = 0.02 // what is softer is silence
)

// between is the pause between two parts at the default pace.
const between = 120 * time.Millisecond

// What a voice can send that is no speech.
var (
	errSilent = errors.New("it is silent")
	errShort  = errors.New("it breaks off")
)

// Render returns a phrase as sound. Nothing of it is written anywhere.
func (v Espeak) Render(ctx context.Context, lang message.Lang, p ear.Phrase, pace int) (whole PCM, err error) {
	defer func() {
		if err != nil {
			clear(whole)
			whole = nil
		}
	}()
	parts := v.Parts
	if parts == nil {
		parts = ear.Parts
	}
	for _, part := range parts(lang, p.Text) {
		if part.Sound = sayable(part.Sound); part.Sound == "" {
			continue
		}
		sound, err := v.part(ctx, part, pace, p.Class < ear.Private)
		if err != nil {
			return whole, err
		}
		pause := PCM(nil)
		if len(whole) > 0 {
			pause = silence(between * time.Duration(Paces[defaultPace]) / time.Duration(pace))
		}
		longer := make(PCM, 0, len(whole)+len(pause)+len(sound))
		longer = append(append(append(longer, whole...), pause...), sound...)
		clear(whole)
		clear(sound)
		whole = longer
	}
	return whole, nil
}

// part renders one part. What the program complains of is told only where it cannot hold what nobody may read.
func (v Espeak) part(ctx context.Context, part ear.Part, pace int, tell bool) (PCM, error) {
	length := expected(part, pace)
	name := "cmn-latn-pinyin"
	if part.Lang == message.English {
		name = cmp.Or(v.English, "en-us")
	}
	c := child{
		program: cmp.Or(v.Program, "espeak-ng"),
		args: []string{"-v", name, "-s", strconv.Itoa(pace), "-a", strconv.Itoa(espeakLoudness), "-b", "1", "-z",
			"--stdin", "--stdout"},
		input:  []byte(part.Sound),
		most:   2 * samples(min(longestPart, 4*length+5*time.Second)),
		within: length + voiceWithin,
		gently: isGentle(ctx),
	}
	r, _ := c.run(ctx)
	defer clear(r.output)
	if cut := ctx.Err(); cut != nil {
		return nil, cut
	}
	if r.err != nil {
		if tell {
			r.err = r.complained()
		}
		return nil, &Error{voiceKind(r.err), c.program + " " + name, r.err}
	}
	sound, err := readWAV(r.output, true)
	switch {
	case err != nil:
	case sound.peak() < leastPeak:
		err = errSilent
	case sound.Length() < least(part, pace, length):
		err = fmt.Errorf("%w: %v of about %v", errShort, sound.Length(), length)
	}
	if err != nil {
		clear(sound)
		return nil, &Error{BadVoice, c.program + " " + name, err}
	}
	return sound, nil
}

func voiceKind(err error) Kind {
	switch {
	case errors.Is(err, errHangs), errors.Is(err, errStuck):
		return VoiceHangs
	case errors.Is(err, errEndless):
		return BadVoice
	}
	return NoVoice
}

// sayable takes away what espeak-ng would take for phonemes or markup, and the ends of lines: it says each by itself.
func sayable(sound string) string {
	return strings.TrimSpace(strings.Map(func(r rune) rune {
		switch {
		case strings.ContainsRune("[]<>&", r):
			return -1
		case r < ' ' || r == 0x7f:
			return ' '
		}
		return r
	}, sound))
}

// expected returns how long a part takes. Syllables of Mandarin were measured at all paces: within a tenth of it.
// English is told by its letters, and much rougher.
func expected(part ear.Part, pace int) time.Duration {
	at, syllables := float64(pace), 0.0
	for _, word := range strings.Fields(part.Sound) {
		if strings.ContainsFunc(word, unicode.IsLetter) {
			syllables++
		}
	}
	if part.Lang == message.English {
		syllables = max(float64(len(part.Sound))/5, 1.5*syllables)
	}
	return time.Duration(syllables / syllablesSecond(at) * float64(time.Second))
}

func syllablesSecond(pace float64) float64 { return 0.0165*pace + 0.0000185*pace*pace }

// least returns how long a part is if not much of it is lost. The shortest syllables of Mandarin, a5 and yue5, take 0.4
// of one; in six and more that is evened out.
func least(part ear.Part, pace int, length time.Duration) time.Duration {
	if part.Lang == message.English {
		return length / 5
	}
	few := time.Duration(1.5 / syllablesSecond(float64(pace)) * float64(time.Second))
	return max(length*3/10, (length-few)*7/10)
}

// gentle marks work that gives way to everything else.
type gentle struct{}

func gently(ctx context.Context) context.Context { return context.WithValue(ctx, gentle{}, true) }

func isGentle(ctx context.Context) bool { return ctx.Value(gentle{}) != nil }
