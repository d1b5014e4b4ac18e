package message

import (
	"fmt"
	"io/fs"
	"strings"
	"sync"

	"courtkiosk/assets"
)

var terms = sync.OnceValue(func() map[string]string {
	english := make(map[string]string)
	err := fs.WalkDir(assets.Terms, ".", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		text, err := fs.ReadFile(assets.Terms, path)
		for line := range strings.Lines(string(text)) {
			if chinese, said, ok := strings.Cut(strings.TrimSpace(line), ","); ok && !strings.HasPrefix(line, "#") {
				english[chinese] = said
			}
		}
		return err
	})
	if err != nil {
		panic(fmt.Sprintf("message: the embedded terms: %v", err)) // a test reads them
	}
	return english
})

// Term returns the English of what the court's papers say in Chinese: an item, a cause of action, the law. ok is false
// where there is none.
func Term(chinese string) (english string, ok bool) {
	english, ok = terms()[chinese]
	return english, ok
}
