package message

import (
	"strings"
	"sync"
)

// catalogued is all that the catalogues say, one text after the other.
var catalogued = sync.OnceValue(func() string {
	var all strings.Builder
	for _, c := range catalogues() {
		for _, text := range c.Text {
			all.WriteString(text + "\n")
		}
		for _, r := range c.Refusals {
			all.WriteString(r.Title + "\n" + r.Sentence + "\n" + r.Next + "\n")
		}
	}
	return all.String()
})

// Own reports whether a text, or a part of one, stands as it is in a catalogue: then it tells nothing of a visitor.
func Own(text string) bool { return strings.Contains(catalogued(), text) }
