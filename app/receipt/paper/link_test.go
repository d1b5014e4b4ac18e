package paper

import (
	"os"
	"path/filepath"
	"testing"
)

// A link that stands where the next receipt would be written is a name that is taken: what it points to is not
// touched, not even made.
func TestFolderFollowsNoLink(t *testing.T) {
	f := &Folder{dir: t.TempDir()}
	victim := filepath.Join(t.TempDir(), "victim")
	if err := os.Symlink(victim, f.path("receipt", 1)); err != nil {
		t.Fatal(err)
	}
	path, err := f.take("receipt")
	if err != nil || path != f.path("receipt", 2) {
		t.Errorf("took %s, %v; want %s", path, err, f.path("receipt", 2))
	}
	if _, err := os.Lstat(victim); !os.IsNotExist(err) {
		t.Errorf("the victim was made: %v", err)
	}
}
