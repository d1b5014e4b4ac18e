package ear

import (
	_ "embed"
	"strings"
	"sync"
	"unicode"
	"unicode/utf8"

	"courtkiosk/app/message"
)

//go:embed pinyin.txt
var pinyinTable string

// A table is pinyin.txt, read.
type table struct {
	chars   map[rune]string
	words   map[string]string // of several characters, with a space between their sounds
	longest map[rune]int      // how many characters the longest word has that begins with one
}

// Warm reads the table of pinyin and makes the rules, which the first phrase else waits for: some milliseconds. It may
// be called often and from any goroutine.
func Warm() {
	readings()
	rulesOf(false)
}

var readings = sync.OnceValue(newReadings)

func newReadings() table {
	t := table{make(map[rune]string, 22_000), make(map[string]string, 1000), make(map[rune]int, 1000)}
	for line := range strings.Lines(pinyinTable) {
		word, sound, ok := strings.Cut(strings.TrimSuffix(line, "\n"), " ")
		if !ok || word == "#" {
			continue
		}
		first, size := utf8.DecodeRuneInString(word)
		if size == len(word) {
			t.chars[first] = sound
			continue
		}
		t.words[word] = sound
		t.longest[first] = max(t.longest[first], utf8.RuneCountInString(word))
	}
	return t
}

// A syllable is a character and how it is said; or a pause, which has no character.
type syllable struct {
	char  rune
	sound string // pinyin with its tone, or "," or "."
	exact bool   // 一 and 不 too are said as they stand
}

const (
	comma = ","
	stop  = "."
)

// mandarin is what a Mandarin voice says, as it grows.
type mandarin []syllable

// han says characters by the longest words of the table. What it lacks is 某.
func (m *mandarin) han(text string) {
	t := readings()
	for text != "" {
		first, size := utf8.DecodeRuneInString(text)
		if word, sound := t.word(text, first); word != "" {
			m.exact(word, sound)
			text = text[len(word):]
			continue
		}
		m.char(first)
		text = text[size:]
	}
}

// word returns the longest word of several characters that text begins with, first its first character.
func (t table) word(text string, first rune) (word, sound string) {
	end := 0
	for n := 1; n <= t.longest[first] && end < len(text); n++ {
		_, size := utf8.DecodeRuneInString(text[end:])
		end += size
		if s, ok := t.words[text[:end]]; ok {
			word, sound = text[:end], s
		}
	}
	return word, sound
}

// char says one character by itself.
func (m *mandarin) char(r rune) {
	sound, ok := readings().chars[r]
	if !ok {
		r, sound = '某', "mou3"
	}
	*m = append(*m, syllable{char: r, sound: sound})
}

// exact says characters by sounds that nothing changes.
func (m *mandarin) exact(word, sounds string) {
	for _, r := range word {
		var sound string
		sound, sounds, _ = strings.Cut(sounds, " ")
		*m = append(*m, syllable{r, sound, true})
	}
}

// plain says characters one by one, not as words: what stands in a number is none.
func (m *mandarin) plain(text string) {
	for _, r := range text {
		m.char(r)
	}
}

// pause makes a pause: a comma's, or a stop's, which is longer. Two are one, and nothing begins with one.
func (m *mandarin) pause(sound string) {
	n := len(*m)
	switch {
	case n == 0:
	case (*m)[n-1].char != 0:
		*m = append(*m, syllable{sound: sound})
	case sound == stop:
		(*m)[n-1].sound = stop
	}
}

// part returns what was said, without a pause at its end; ok is false where that is nothing.
func (m mandarin) part() (p Part, ok bool) {
	for len(m) > 0 && m[len(m)-1].char == 0 {
		m = m[:len(m)-1]
	}
	var words, sound strings.Builder
	words.Grow(3 * len(m))
	sound.Grow(6 * len(m))
	for i, s := range m {
		switch s.sound {
		case comma:
			words.WriteRune('，')
		case stop:
			words.WriteRune('。')
		default:
			words.WriteRune(s.char)
			if i > 0 {
				sound.WriteByte(' ')
			}
		}
		sound.WriteString(m.toned(i))
	}
	return Part{message.Chinese, words.String(), sound.String()}, len(m) > 0
}

// toned is a sound with the tone that 一 and 不 have before what follows them.
func (m mandarin) toned(i int) string {
	s := m[i]
	if s.exact || s.char != '一' && s.char != '不' {
		return s.sound
	}
	var before, after rune
	tone := byte(0)
	if i > 0 {
		before = m[i-1].char
	}
	if i+1 < len(m) && m[i+1].char != 0 {
		after, tone = m[i+1].char, m[i+1].sound[len(m[i+1].sound)-1]
	}
	switch {
	case s.char == '不' && tone == '4':
		return "bu2"
	case s.char == '不':
		return "bu4"
	case after == 0 || strings.ContainsRune(figures, before) || strings.ContainsRune(figures, after):
		return "yi1" // at the end, and among figures: 十一, 二一, 一十
	case tone == '4', after == '个':
		return "yi2"
	}
	return "yi4"
}

// figures are the characters beside which 一 keeps its tone.
const figures = "〇零一二三四五六七八九十第"

func isHan(r rune) bool { return r == '〇' || unicode.Is(unicode.Han, r) }
