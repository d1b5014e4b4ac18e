package ui

import (
	"image"
	"path/filepath"
	"testing"

	"courtkiosk/payment/durable/durabletest"
)

// A picture is written in the place of a link, never through it.
func TestPictureFollowsNoLink(t *testing.T) {
	durabletest.FollowsNoLink(t, "theirs", func(_ *testing.T, dir string) (string, func() error) {
		path := filepath.Join(dir, "home.png")
		return path, func() error { return hang(image.NewGray(image.Rect(0, 0, 2, 2)), path) }
	})
}
