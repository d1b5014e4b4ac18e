// Package message is the words for people, Chinese and English, by id. All words that a visitor reads come from here;
// what goes to the log never does.
package message

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"

	"courtkiosk/assets"
)

// Lang is a language of the screens.
type Lang string

// The languages.
const (
	Chinese Lang = "zh"
	English Lang = "en"
)

// Other returns the other language.
func (l Lang) Other() Lang {
	if l == English {
		return Chinese
	}
	return English
}

// An ID names a refusal: why a visitor cannot go on.
type ID string

// A Refusal says so in words.
type Refusal struct {
	Code     string `json:"code"` // short, printed on the screen and found again in the log
	Title    string `json:"title"`
	Sentence string `json:"sentence"` // what is so
	Next     string `json:"next"`     // what to do
}

type catalogue struct {
	Text     map[string]string `json:"text"`
	Refusals map[ID]Refusal    `json:"refusals"`
}

var catalogues = sync.OnceValue(func() map[Lang]catalogue {
	m := make(map[Lang]catalogue)
	for lang, data := range map[Lang][]byte{Chinese: assets.MessagesZH, English: assets.MessagesEN} {
		var c catalogue
		if err := json.Unmarshal(data, &c); err != nil {
			panic(fmt.Sprintf("message: the embedded catalogue %s: %v", lang, err)) // a test reads both
		}
		m[lang] = c
	}
	return m
})

// Text returns a text with {name} placeholders replaced by pairs of name and value. An unknown id is shown as it is.
func Text(lang Lang, id string, pairs ...string) string {
	text, ok := catalogues()[lang].Text[id]
	if !ok {
		return id
	}
	return fill(text, pairs)
}

// IDs returns the ids of all refusals, sorted.
func IDs() []ID { return slices.Sorted(maps.Keys(catalogues()[Chinese].Refusals)) }

// Of returns the words of a refusal. An unknown id has those of "internal".
func Of(lang Lang, id ID, pairs ...string) Refusal {
	r, ok := catalogues()[lang].Refusals[id]
	if !ok {
		r = catalogues()[lang].Refusals["internal"]
	}
	r.Title, r.Sentence, r.Next = fill(r.Title, pairs), fill(r.Sentence, pairs), fill(r.Next, pairs)
	return r
}

func fill(text string, pairs []string) string {
	for i := 0; i+1 < len(pairs); i += 2 {
		text = strings.ReplaceAll(text, "{"+pairs[i]+"}", pairs[i+1])
	}
	return text
}
