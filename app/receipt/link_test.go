package receipt

import (
	"path/filepath"
	"testing"

	"courtkiosk/payment/durable/durabletest"
)

// Keys and the list of them are written in the place of a link, or the link is refused: never through it.
func TestKeysFollowNoLink(t *testing.T) {
	key := func(dir string) (file, ring string) {
		return filepath.Join(dir, "key.pem"), filepath.Join(dir, "ring")
	}
	t.Run("the key", func(t *testing.T) {
		durabletest.FollowsNoLink(t, "theirs", func(_ *testing.T, dir string) (string, func() error) {
			file, ring := key(dir)
			return file, func() error {
				_, err := OpenSigningKey(file, ring, "a kiosk")
				return err
			}
		})
	})
	t.Run("the list", func(t *testing.T) {
		durabletest.FollowsNoLink(t, "# theirs\n", func(_ *testing.T, dir string) (string, func() error) {
			file, ring := key(dir)
			return ring, func() error {
				_, err := OpenSigningKey(file, ring, "a kiosk")
				return err
			}
		})
	})
	t.Run("a key is revoked", func(t *testing.T) {
		file, ring := key(t.TempDir())
		k, err := OpenSigningKey(file, ring, "a kiosk")
		if err != nil {
			t.Fatal(err)
		}
		known, err := ReadRing(ring)
		if err != nil {
			t.Fatal(err)
		}
		durabletest.FollowsNoLink(t, known.String(), func(t *testing.T, dir string) (string, func() error) {
			_, ring := key(dir)
			if err := known.write(ring); err != nil {
				t.Fatal(err)
			}
			return ring, func() error { return Revoke(ring, k.id.String()) }
		})
	})
}
