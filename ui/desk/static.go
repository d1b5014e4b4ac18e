package desk

import (
	"bytes"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"fmt"
	"net/http"
	"path"
	"strings"
	"sync"
	"time"

	"courtkiosk/assets"
)

//go:embed page
var embedded embed.FS

// A static is a file under a name that holds its hash: a browser may keep it for ever.
type static struct {
	name, kind string
	data       []byte
}

// files are what pages load, by their plain names.
var files = sync.OnceValue(func() map[string]static {
	m := make(map[string]static)
	add := func(name, kind string, data []byte) {
		sum := sha256.Sum256(data)
		ext := path.Ext(name)
		m[name] = static{strings.TrimSuffix(name, ext) + "-" + hex.EncodeToString(sum[:8]) + ext, kind, data}
	}
	add("regular.ttf", "font/ttf", assets.Regular)
	add("bold.ttf", "font/ttf", assets.Bold)
	add("regular.woff2", "font/woff2", assets.RegularDesk)
	add("bold.woff2", "font/woff2", assets.BoldDesk)
	add("icons.svg", "image/svg+xml", assets.DeskIcons)
	add("emblem.svg", "image/svg+xml", assets.DeskEmblem)
	add("desk.js", "text/javascript; charset=utf-8", read("page/desk.js"))
	style := read("page/desk.css")
	style = bytes.ReplaceAll(style, []byte("range: U+0"), []byte("range: "+ranges(assets.DeskCharacters)))
	for _, font := range []string{"regular.ttf", "bold.ttf", "regular.woff2", "bold.woff2"} {
		style = bytes.ReplaceAll(style, []byte(font), []byte(m[font].name))
	}
	add("desk.css", "text/css; charset=utf-8", style)
	return m
})

// ranges writes sorted characters as a unicode-range of CSS.
func ranges(sorted string) string {
	var b strings.Builder
	all := []rune(sorted)
	for i := 0; i < len(all); {
		to := i
		for to+1 < len(all) && all[to+1] == all[to]+1 {
			to++
		}
		if i > 0 {
			b.WriteByte(',')
		}
		fmt.Fprintf(&b, "U+%x", all[i])
		if to > i {
			fmt.Fprintf(&b, "-%x", all[to])
		}
		i = to + 1
	}
	return b.String()
}

func read(name string) []byte {
	data, err := embedded.ReadFile(name)
	if err != nil {
		panic(err) // it is embedded
	}
	return data
}

// address is where a browser finds a static file.
func address(name string) string { return "/static/" + files()[name].name }

// statics are the handlers of all static files, by the names that hold their hashes.
func statics() map[string]http.Handler {
	m := make(map[string]http.Handler)
	for _, f := range files() {
		m[f.name] = f
	}
	return m
}

func (f static) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Content-Type", f.kind)
	w.Header().Set("Cache-Control", "public, max-age=31536000, immutable")
	http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(f.data))
}
