package drill

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"courtkiosk/app/message"
	"courtkiosk/assets"
)

// Both languages say the same, the fonts of paper have it, and everything is said somewhere.
func TestWords(t *testing.T) {
	var code strings.Builder
	for _, pattern := range []string{"*.go", "../../ui/console/drill*.go"} {
		files, err := filepath.Glob(pattern)
		if err != nil || len(files) == 0 {
			t.Fatalf("%q, %v", files, err)
		}
		for _, name := range files {
			text, err := os.ReadFile(name)
			if err != nil {
				t.Fatal(err)
			}
			if !strings.HasSuffix(name, "_test.go") {
				code.Write(text)
			}
		}
	}
	names := func(text string) []string {
		list := regexp.MustCompile(`\{[a-z]+\}`).FindAllString(text, -1)
		slices.Sort(list)
		return list
	}
	if len(said()) < 40 {
		t.Fatalf("only %d texts", len(said()))
	}
	for id, words := range said() {
		zh, en := words[message.Chinese], words[message.English]
		if zh == "" || en == "" || len(words) != 2 || !slices.Equal(names(zh), names(en)) {
			t.Errorf("%s: %q", id, words)
		}
		if missing := assets.Missing(zh + en); len(missing) > 0 {
			t.Errorf("%s: the fonts lack %q", id, string(missing))
		}
		stem, name, _ := strings.Cut(id, ".")
		verb := strings.Contains(code.String(), `"`+name+`"`) && strings.Contains(code.String(), `"`+stem+`."`)
		if !verb && !strings.Contains(code.String(), `"`+id+`"`) {
			t.Errorf("nobody says %s", id)
		}
	}
}
