package assets_test

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

func patchFyne(t *testing.T, stock string) (said string, err error) {
	t.Helper()
	c := exec.Command("sh", filepath.Join("fyne", "patch.sh"), t.TempDir())
	c.Env = append(os.Environ(), "FYNE="+stock)
	out, err := c.CombinedOutput()
	return string(out), err
}

// The patches are for the files of the pinned module, and for no others.
func TestFynePatches(t *testing.T) {
	files, err := filepath.Glob(filepath.Join("fyne", "*"))
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range files {
		if _, err := os.ReadFile(name); err != nil { // so that go test knows of them
			t.Fatal(err)
		}
	}
	if said, err := patchFyne(t, ""); err != nil {
		t.Errorf("the patches do not fit the pinned Fyne: %v\n%s", err, said)
	}

	dir, err := exec.Command("go", "list", "-m", "-f", "{{.Dir}}", "fyne.io/fyne/v2").Output()
	if err != nil {
		t.Fatal(err)
	}
	sums, err := os.ReadFile(filepath.Join("fyne", "SUMS"))
	if err != nil {
		t.Fatal(err)
	}
	newer := t.TempDir()
	for line := range strings.Lines(string(sums)) {
		path := strings.Fields(line)[1]
		text, err := os.ReadFile(filepath.Join(string(bytes.TrimSpace(dir)), path))
		if err != nil {
			t.Fatal(err)
		}
		if err := os.MkdirAll(filepath.Join(newer, filepath.Dir(path)), 0o700); err != nil {
			t.Fatal(err)
		}
		if filepath.Base(path) == "loop.go" {
			text = append(text, '\n')
		}
		if err := os.WriteFile(filepath.Join(newer, path), text, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if said, err := patchFyne(t, newer); err == nil || !strings.Contains(said, "loop.go: FAILED") {
		t.Errorf("another Fyne is patched: %v\n%s", err, said)
	}
}
