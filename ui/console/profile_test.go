package console

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// A new profile keeps no PINs; one that somebody has made is left alone.
func TestKeepNoPINs(t *testing.T) {
	profile := t.TempDir()
	name := filepath.Join(profile, "Default", "Preferences")
	for _, before := range []string{"", `{"own":true}`} {
		if before != "" {
			if err := os.WriteFile(name, []byte(before), 0o600); err != nil {
				t.Fatal(err)
			}
		}
		if err := keepNoPINs(profile); err != nil {
			t.Fatal(err)
		}
		got, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		if want := before; want != "" && string(got) != want {
			t.Errorf("a profile that was there says %s", got)
		}
		if before == "" && !strings.Contains(string(got), `"credentials_enable_service":false`) {
			t.Errorf("a new profile says %s", got)
		}
	}
}
