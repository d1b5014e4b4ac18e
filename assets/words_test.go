package assets

import (
	"encoding/json"
	"fmt"
	"testing"
)

// Every word of the program is drawn in the font that is parsed before the first frame.
func TestWorded(t *testing.T) {
	for lang, data := range map[string][]byte{"zh": MessagesZH, "en": MessagesEN} {
		var words map[string]any // a text, or texts that belong together
		if err := json.Unmarshal(data, &words); err != nil {
			t.Fatal(err)
		}
		for id, text := range words {
			if said := fmt.Sprint(text); !Worded(said) {
				t.Errorf("%s %s: %s has characters that fonts/words.txt lacks: run fonts/words.sh", lang, id, said)
			}
		}
	}
	if Worded("张\u9f98") {
		t.Error("a rare name counts as one of the program's words")
	}
}
