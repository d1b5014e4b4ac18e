package wechatsim

import (
	"path/filepath"
	"testing"

	"courtkiosk/payment/durable/durabletest"
)

// The demo's keys are written in the place of a link, never through it.
func TestKeysFollowNoLink(t *testing.T) {
	for _, name := range []string{"apiclient_key.pem", "pub_key.pem"} {
		t.Run(name, func(t *testing.T) {
			durabletest.FollowsNoLink(t, "theirs", func(_ *testing.T, dir string) (string, func() error) {
				s := &Stand{KeyFile: filepath.Join(dir, "apiclient_key.pem")}
				s.PublicKeyFile = filepath.Join(dir, "pub_key.pem")
				return filepath.Join(dir, name), func() error { return s.keep([]byte("a"), []byte("b")) }
			})
		})
	}
}
