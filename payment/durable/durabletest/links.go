// Package durabletest attacks what writes a file, as somebody does who may put links into its folder.
package durabletest

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// FollowsNoLink runs write once for each place that a link may have been put in: the name of its file, and the names
// that a temporary file of it might have; a link to a file that holds theirs, and a link to none. Whether write refuses
// or replaces the link, what the link points to stays as it is, or is not made. plant returns where the file lies in
// a folder that is new, and what writes it.
func FollowsNoLink(t *testing.T, theirs string, plant func(*testing.T, string) (path string, write func() error)) {
	t.Helper()
	for _, place := range []string{"%", "%.new", "%.tmp", "%~", ".%.new", ".%.tmp"} {
		for _, there := range []bool{true, false} {
			t.Run(place, func(t *testing.T) { attack(t, place, there, theirs, plant) })
		}
	}
}

func attack(t *testing.T, place string, there bool, theirs string,
	plant func(*testing.T, string) (string, func() error)) {
	victim := filepath.Join(t.TempDir(), "victim")
	if there {
		if err := os.WriteFile(victim, []byte(theirs), 0o640); err != nil {
			t.Fatal(err)
		}
	}
	path, write := plant(t, t.TempDir())
	link := filepath.Join(filepath.Dir(path), strings.ReplaceAll(place, "%", filepath.Base(path)))
	if err := errors.Join(os.RemoveAll(link), os.Symlink(victim, link)); err != nil {
		t.Fatal(err)
	}
	err := write()
	info, lerr := os.Lstat(path)
	switch {
	case err != nil && link != path:
		t.Errorf("a link at %s keeps the file from being written: %v", link, err)
	case err == nil && lerr != nil:
		t.Errorf("written, and not there: %v", lerr)
	case err == nil && !info.Mode().IsRegular():
		t.Errorf("written, and %s is %s", path, fs.FormatFileInfo(info))
	}
	text, err := os.ReadFile(victim)
	if !there {
		if !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("what the link pointed to was made: %q, %v", text, err)
		}
		return
	}
	info, serr := os.Stat(victim)
	if err := errors.Join(err, serr); err != nil || string(text) != theirs || info.Mode() != 0o640 {
		t.Errorf("what the link points to holds %.40q, or may be used by others than before (%v)", text, err)
	}
}
