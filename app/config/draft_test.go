package config

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"testing"
)

// What can be understood of a file counts beside its complaints.
func TestDraft(t *testing.T) {
	for name, tt := range map[string]struct {
		text      string
		id        string
		known     bool
		complains bool
	}{
		"a wrong value":  {"[court]\ncode = \"x\"\n[kiosk]\nid = \"07\"\n", "07", true, true},
		"an unknown key": {"[kiosk]\nid = \"07\"\nidd = \"08\"\n", "07", true, true},
		"no TOML":        {"[kiosk\nid = \"07\"\n", "", false, true},
	} {
		file := filepath.Join(t.TempDir(), "config.toml")
		if err := os.WriteFile(file, []byte(tt.text), 0o600); err != nil {
			t.Fatal(err)
		}
		c, known, err := Draft(file)
		_, complains := errors.AsType[Complaints](err)
		if c.Kiosk.ID != tt.id || known != tt.known || complains != tt.complains {
			t.Errorf("%s: kiosk %q, known %t, %v", name, c.Kiosk.ID, known, err)
		}
	}
	if _, known, err := Draft(filepath.Join(t.TempDir(), "none.toml")); known || !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("no file: known %t, %v", known, err)
	}
}
