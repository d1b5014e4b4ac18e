package assets

import (
	"slices"
	"strings"
	"testing"
	"unicode/utf8"
)

// Each byte has a word of two characters that sounds like no other one, also where zh and z, n and ng, n and l, f and h
// are not told apart.
func TestSpokenWordsAreToldApart(t *testing.T) {
	alike := strings.NewReplacer("zh", "z", "ch", "c", "sh", "s", "ng", "n", "l", "n", "f", "h")
	said := make(map[string]string)
	n := 0
	for line := range strings.Lines(spoken) {
		n++
		word, sound, _ := strings.Cut(strings.TrimSpace(line), " ")
		if utf8.RuneCountInString(word) != 2 || strings.Count(sound, " ") != 1 || len(Missing(word)) > 0 {
			t.Errorf("line %d: %q is said %q", n, word, sound)
		}
		if other := said[alike.Replace(sound)]; other != "" {
			t.Errorf("%s sounds like %s", word, other)
		}
		said[alike.Replace(sound)] = word
	}
	if n != 256 {
		t.Fatalf("got %d words, want 256", n)
	}
	if got := Spoken([]byte{0, 1, 255}); !slices.Equal(got, []string{"长河", "新月", spokenWords()[255]}) {
		t.Errorf("got %q", got)
	}
}
