package console

import (
	"runtime/debug"
	"strings"
	"testing"
)

func TestComponentOf(t *testing.T) {
	const sum = "h1:47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU="
	got, err := componentOf(&debug.Module{Path: "github.com/BurntSushi/toml", Version: "v1.6.0+incompatible", Sum: sum})
	if err != nil {
		t.Fatal(err)
	}
	if want := "pkg:golang/github.com/burntsushi/toml@v1.6.0+incompatible"; got.PURL != want {
		t.Errorf("got %s, want %s", got.PURL, want)
	}
	const empty = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855" // SHA-256 of nothing
	if len(got.Hashes) != 1 || got.Hashes[0] != (hash{"SHA-256", empty}) {
		t.Errorf("got %+v, want %s", got.Hashes, empty)
	}
	patched, err := componentOf(&debug.Module{Path: "fyne.io/fyne/v2", Version: "v2.7.4",
		Replace: &debug.Module{Path: "/home/someone/.fyne"}})
	if err != nil || len(patched.Properties) != 1 || strings.Contains(patched.Properties[0].Value, "someone") {
		t.Errorf("got %+v, %v: a patched module says so, and tells no path", patched, err)
	}
	if _, err := componentOf(&debug.Module{Path: "x", Sum: "h1:?"}); err == nil {
		t.Error("a sum that is none is taken")
	}
}
