package ear

import (
	"bytes"
	"flag"
	"os/exec"
	"slices"
	"strings"
	"testing"

	"courtkiosk/app/message"
)

var allCourts = flag.Bool("all-courts", false, "let Debian's voice say all courts, not every hundredth: half a minute")

// phonemes is what Debian's voice makes of lines.
func phonemes(t *testing.T, voice string, lines []string) string {
	t.Helper()
	path, err := exec.LookPath("espeak-ng")
	if err != nil {
		t.Skip("NOT TESTED: espeak-ng is not installed (apt install espeak-ng)")
	}
	cmd := exec.CommandContext(t.Context(), path, "-q", "-x", "-v", voice)
	cmd.Stdin = strings.NewReader(strings.Join(lines, ".\n\n"))
	var out, errs bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &errs
	if err := cmd.Run(); err != nil {
		t.Fatalf("%v: %s", err, errs.String())
	}
	return out.String()
}

// misread returns the lines that the Mandarin voice does not say as they were sent: each syllable is written with _| at
// its end, English with the name of its voice in brackets, and a syllable that the voice knows no tone of with @:11.
func misread(t *testing.T, lines []string) []string {
	t.Helper()
	got := phonemes(t, "cmn-latn-pinyin", lines)
	sent := len(strings.Fields(strings.Join(lines, " ")))
	switch {
	case strings.Count(got, "_|") == sent && !strings.ContainsAny(got, "()") && !strings.Contains(got, "@:11"):
		return nil
	case len(lines) == 1:
		return lines
	}
	half := len(lines) / 2
	return slices.Concat(misread(t, lines[:half]), misread(t, lines[half:]))
}

// The Mandarin voice of Debian says as many syllables as it is given, and takes none for English: of all that a kiosk
// says, and of each sound of the table; of the courts, of each hundredth.
func TestVoiceSaysEverySyllable(t *testing.T) {
	sounds := make(map[string]bool)
	clauses := func(sound string) { // each once: many sentences end alike
		for clause := range strings.FieldsFuncSeq(sound, func(r rune) bool { return r == ',' || r == '.' }) {
			sounds[strings.TrimSpace(clause)] = true
		}
	}
	add := func(text string) {
		for _, p := range Parts(message.Chinese, text) {
			if p.Lang == message.Chinese {
				clauses(p.Sound)
			}
		}
	}
	for _, c := range figuresASCII + lettersASCII {
		add("B-" + string(c))
	}
	for _, name := range []string{"courts.txt", "terms.txt", "sentences.zh.txt"} {
		n := 0
		for line := range strings.Lines(readGolden(t, name)) {
			at := strings.LastIndexAny(line, "\t|")
			sound := strings.TrimSpace(line[at+1:])
			if n++; name == "courts.txt" && n%100 > 0 && !*allCourts || strings.HasPrefix(sound, "en ") {
				continue
			}
			clauses(sound)
		}
	}
	for _, list := range readings().words {
		sounds[list] = true
	}
	for _, sound := range readings().chars {
		sounds[sound] = true
	}
	list := make([]string, 0, len(sounds))
	for s := range sounds {
		list = append(list, s)
	}
	slices.Sort(list)
	for lines := range slices.Chunk(list, 1000) {
		for _, line := range misread(t, lines) {
			t.Errorf("%s is read as %s", line, phonemes(t, "cmn-latn-pinyin", []string{line}))
		}
	}
}

// What is not pinyin would be seen by the test above.
func TestVoiceSwitchesToEnglish(t *testing.T) {
	for _, line := range []string{"ni3 hello3", "银行", "2026 nian2"} {
		if misread(t, []string{line}) == nil {
			t.Errorf("%s passes: %s", line, phonemes(t, "cmn-latn-pinyin", []string{line}))
		}
	}
}

// The English voices say the letter A by its name, beside other letters and digits too.
func TestVoiceSaysTheLetterA(t *testing.T) {
	for _, voice := range []string{"en-us", "en-gb"} {
		for _, code := range []string{"A-1", "BA-A", "ABCD"} {
			sound := Parts(message.English, "code "+code)[0].Sound
			if got := phonemes(t, voice, []string{sound}); strings.Count(got, "'eI") < strings.Count(code, "A") {
				t.Errorf("%s: %s is read as %s", voice, sound, got)
			}
		}
	}
}
