package durable

import (
	"errors"
	"os"
	"path/filepath"
	"testing"
)

// One has a lock at a time, it ends with its file, and it is never taken through a link.
func TestLock(t *testing.T) {
	path := filepath.Join(t.TempDir(), "lock")
	f, err := Lock(path)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := Lock(path); !errors.Is(err, ErrLocked) {
		t.Errorf("taken twice: %v", err)
	}
	must(t, f.Close())
	f, err = Lock(path)
	if err != nil {
		t.Fatal(err)
	}
	must(t, f.Close())
	link := filepath.Join(t.TempDir(), "link")
	must(t, os.Symlink(path, link))
	if _, err := Lock(link); err == nil || errors.Is(err, ErrLocked) {
		t.Errorf("through a link: %v", err)
	}
}
