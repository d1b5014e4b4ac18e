package bolt

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"courtkiosk/payment/durable"
	"courtkiosk/payment/durable/durabletest"
	"courtkiosk/payment/ledgertest"
)

// Whatever the ledger writes is written in the place of a link, or the link is refused: never through it.
func TestLedgerFollowsNoLink(t *testing.T) {
	whole := filled(t)
	for name, write := range map[string]func(path string) error{
		"ledger.db": func(path string) error {
			l, err := Open(path, identity, Options{})
			if err != nil {
				return err
			}
			<-l.checked
			return l.Close()
		},
		"mark": func(path string) error { return writeMark(path, mark{Instance: "A"}) },
		"ledger.db.damaged": func(path string) error {
			return noteDamage(strings.TrimSuffix(path, ".damaged"), errors.New("flipped"))
		},
		"restored.db": func(path string) error {
			backups := filepath.Join(filepath.Dir(path), "backups")
			if err := errors.Join(os.MkdirAll(backups, 0o700),
				durable.Copy(filepath.Join(backups, backupName("2026-11-01")), whole)); err != nil {
				return err
			}
			_, err := Restore(t.Context(), path, identity, Options{Backups: backups})
			return err
		},
		backupName("2026-11-23"): func(path string) error {
			home := filepath.Join(t.TempDir(), "ledger.db")
			if err := durable.Copy(home, whole); err != nil {
				return err
			}
			l, err := Open(home, identity, Options{Backups: filepath.Dir(path)})
			if err != nil {
				return err
			}
			<-l.checked
			return errors.Join(l.Backup(t.Context(), path), l.Care(t.Context(), ledgertest.Born), l.Close())
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
