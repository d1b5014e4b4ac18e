package paper

import (
	"os"
	"path/filepath"
	"testing"

	"courtkiosk/payment/durable/durabletest"
)

// A link that stands where the next receipt would be written is a name that is taken: what it points to is not
// touched, not even made.
func TestFolderFollowsNoLink(t *testing.T) {
	durabletest.FollowsNoLink(t, "theirs", func(t *testing.T, dir string) (string, func() error) {
		f := &Folder{dir: dir}
		return f.path("receipt", 2), func() error { // of two names the first is taken by a file, the second by the link
			if err := os.WriteFile(f.path("receipt", 1), nil, 0o600); err != nil {
				return err
			}
			path, err := f.take("receipt")
			if info, lerr := os.Lstat(f.path("receipt", 2)); lerr == nil && info.Mode().Type() == os.ModeSymlink {
				if path != f.path("receipt", 3) {
					t.Errorf("took %s, whose name is a link's (%v)", path, err)
				}
				return os.ErrExist
			}
			return err
		}
	})
}

// The key that seals receipts is made in the place of a link, or refused as no key.
func TestSealFollowsNoLink(t *testing.T) {
	durabletest.FollowsNoLink(t, "theirs", func(_ *testing.T, dir string) (string, func() error) {
		path := filepath.Join(dir, "seal.pem")
		return path, func() error {
			_, err := OpenSeal(path, "a kiosk")
			return err
		}
	})
}
