package register

import (
	"path/filepath"
	"testing"
	"time"

	"courtkiosk/app/message"
	"courtkiosk/payment/durable/durabletest"
)

// The bills and the report on a list are written in the place of a link, never through it: the folder of lists is one
// that others write into.
func TestFilesFollowNoLink(t *testing.T) {
	for name, write := range map[string]func(path string) error{
		"bills.db": func(path string) error {
			r, err := Open(path)
			if err != nil {
				return err
			}
			return r.Close()
		},
		ReportName("list.csv"): func(path string) error {
			list := filepath.Join(filepath.Dir(path), "list.csv")
			return writeReport(list, reportOf(message.Chinese, "list.csv", time.Now(), Summary{}, nil))
		},
	} {
		t.Run(name, func(t *testing.T) {
			durabletest.FollowsNoLink(t, "theirs", func(_ *testing.T, dir string) (string, func() error) {
				path := filepath.Join(dir, name)
				return path, func() error { return write(path) }
			})
		})
	}
}
