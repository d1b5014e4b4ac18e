package console

import (
	"os"
	"path/filepath"
	"testing"

	"courtkiosk/payment/durable/durabletest"
)

// A link in the place of the socket is replaced; what it points to stays, and nobody else may speak to the socket.
func TestListenFollowsNoLink(t *testing.T) {
	dir := t.TempDir()
	victim, path := filepath.Join(dir, "victim"), filepath.Join(dir, "s")
	if err := os.WriteFile(victim, []byte("theirs"), 0o644); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(victim, path); err != nil {
		t.Fatal(err)
	}
	l, err := listen(path)
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	info, err := os.Lstat(path)
	if err != nil {
		t.Fatal(err)
	}
	if mode := info.Mode(); mode.Type() != os.ModeSocket || mode.Perm()&0o077 != 0 {
		t.Errorf("the socket is %v, want one for its owner alone", mode)
	}
	text, _ := os.ReadFile(victim)
	if info, err := os.Stat(victim); err != nil || string(text) != "theirs" || info.Mode().Perm() != 0o644 {
		t.Errorf("the victim is %v and holds %q (%v)", info.Mode(), text, err)
	}
	if names, _ := os.ReadDir(dir); len(names) != 2 {
		t.Errorf("there is %v, want the victim and the socket", names)
	}
}

// An empty list is never written over something, nor through a link.
func TestTemplateFollowsNoLink(t *testing.T) {
	for _, form := range []string{"csv", "xlsx"} {
		t.Run(form, func(t *testing.T) {
			durabletest.FollowsNoLink(t, "theirs", func(t *testing.T, dir string) (string, func() error) {
				path := filepath.Join(dir, "list."+form)
				return path, func() error {
					_, lerr := os.Lstat(path)
					err := writeTemplate(path, form)
					if lerr == nil && err == nil {
						t.Error("written over something")
					}
					return err
				}
			})
		})
	}
}
