package assets

import (
	_ "embed"
	"strings"
	"sync"
)

// Each line is a word and how it is said, without tones.
//
//go:embed spoken.txt
var spoken string

var spokenWords = sync.OnceValue(func() (list [256]string) {
	i := 0
	for line := range strings.Lines(spoken) {
		list[i], _, _ = strings.Cut(line, " ")
		i++
	}
	return list
})

// Spoken writes bytes as words that people can read to each other, one a byte.
func Spoken(data []byte) []string {
	words := make([]string, len(data))
	for i, b := range data {
		words[i] = spokenWords()[b]
	}
	return words
}
