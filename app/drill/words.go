package drill

import (
	"encoding/json"
	"fmt"
	"strings"
	"sync"

	"courtkiosk/app/message"
	"courtkiosk/assets"
)

var said = sync.OnceValue(func() map[string]map[message.Lang]string {
	var words map[string]map[message.Lang]string
	if err := json.Unmarshal(assets.DrillWords, &words); err != nil {
		panic(fmt.Sprintf("drill: the embedded words: %v", err)) // a test reads them
	}
	return words
})

// Words returns what is said under an id, with {name} replaced by pairs of name and value. An unknown id is shown as it
// is.
func Words(lang message.Lang, id string, pairs ...string) string {
	text, ok := said()[id][lang]
	if !ok {
		return id
	}
	for i := 0; i+1 < len(pairs); i += 2 {
		text = strings.ReplaceAll(text, "{"+pairs[i]+"}", pairs[i+1])
	}
	return text
}
