package bolt

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"courtkiosk/payment"
	"courtkiosk/payment/ledgertest"
)

func TestReady(t *testing.T) {
	l := fresh(t)
	if err := l.Ready(t.Context()); err != nil {
		t.Errorf("a new ledger: %v", err)
	}
	failed := fresh(t)
	_ = failed.fail(notWritable(errors.New("no space")))
	if err := failed.Ready(t.Context()); !errors.Is(err, payment.ErrFailed) || !errors.Is(err, payment.ErrNotWritable) {
		t.Errorf("after a failed write: %v", err)
	}
	bad := fresh(t)
	_ = bad.fail(payment.ErrDamaged)
	if err := bad.Ready(t.Context()); !errors.Is(err, payment.ErrDamaged) || errors.Is(err, payment.ErrFailed) {
		t.Errorf("damaged: %v", err)
	}
	l.maxSize = 1 // as if the file had grown
	err := l.Ready(t.Context())
	if !errors.Is(err, payment.ErrNoRoom) {
		t.Fatalf("without room: %v", err)
	}
	for _, fact := range []string{" MiB free", " % of"} {
		if !strings.Contains(err.Error(), fact) {
			t.Errorf("%q does not say how many%s", err, fact)
		}
	}
	gone := fresh(t)
	<-gone.checked // it opens the file once more
	must(t, os.Remove(gone.path))
	if err := gone.Ready(t.Context()); !errors.Is(err, payment.ErrNotWritable) {
		t.Errorf("with the file gone: %v", err)
	}
}

func TestCare(t *testing.T) {
	path := filled(t)
	backups := filepath.Join(filepath.Dir(path), "backups")
	l, err := Open(path, identity, Options{Backups: backups})
	must(t, err)
	t.Cleanup(func() { l.Close() })
	for range 2 {
		must(t, l.Care(t.Context(), ledgertest.Born))
	}
	if copies, err := backupsIn(backups); err != nil || len(copies) != 1 {
		t.Errorf("copies %q, %v", copies, err)
	}
	alone := fresh(t)
	must(t, alone.Care(t.Context(), ledgertest.Born))
	if list, err := os.ReadDir(filepath.Dir(alone.path)); err != nil || len(list) != 1 {
		t.Errorf("a ledger without a folder for copies: %v, %v", list, err)
	}
}

// Somebody has put a link where the copy is written: what it points to stays.
func TestBackupFollowsNoLink(t *testing.T) {
	l := open(t, filled(t))
	dir := t.TempDir()
	target, path := filepath.Join(dir, "target"), filepath.Join(dir, "copy.db")
	must(t, os.WriteFile(target, []byte("theirs"), 0o600))
	must(t, os.Symlink(target, path+".new")) // the name that it was written under once
	must(t, os.Symlink(target, path))
	must(t, l.Backup(t.Context(), path))
	if text, err := os.ReadFile(target); err != nil || string(text) != "theirs" {
		t.Errorf("the target holds %.20q, %v", text, err)
	}
	if list, err := recent(open(t, path), 100); err != nil || len(list) != 40 {
		t.Errorf("the copy has %d orders, %v", len(list), err)
	}
}
