package checkup_test

import (
	"context"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"courtkiosk/app/config"
	"courtkiosk/app/doctor"
	"courtkiosk/app/doctor/checkup"
)

// real is this machine, with a configuration whose state and copies lie in a folder of the test's.
func real(t *testing.T, dir string) *checkup.Machine {
	t.Helper()
	c := config.Defaults()
	c.Ledger.File, c.Ledger.Backups = filepath.Join(dir, "state", "ledger.db"), filepath.Join(dir, "copies")
	c.WeChat.Hosts = []string{"http://127.0.0.1:1"}
	for _, folder := range []string{filepath.Dir(c.Ledger.File), c.Ledger.Backups} {
		if err := os.MkdirAll(folder, 0o700); err != nil {
			t.Fatal(err)
		}
	}
	file := filepath.Join(dir, "config.toml")
	for _, name := range []string{file, c.Ledger.File} {
		if err := os.WriteFile(name, []byte("# of a test\n"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return &checkup.Machine{Files: os.DirFS("/"), Run: checkup.Command, Now: time.Now,
		Reach:      func(context.Context, checkup.Road) checkup.Reached { return checkup.Reached{Dated: true} },
		ConfigFile: file, Config: &c, Root: os.Geteuid() == 0, Inside: &checkup.Inside{Running: true}}
}

// finds reports what checks of some numbers find, and that they could look.
func finds(t *testing.T, m *checkup.Machine, checks ...int) (codes []doctor.Code) {
	t.Helper()
	for _, one := range m.Look(t.Context()).Results {
		if !slices.Contains(checks, one.Check.Number) {
			continue
		}
		for _, f := range one.Found {
			codes = append(codes, f.Code)
		}
		if one.Unknown != nil {
			t.Errorf("check %d: %v", one.Check.Number, one.Unknown)
		}
	}
	return codes
}

func expect(t *testing.T, got []doctor.Code, want ...doctor.Code) {
	t.Helper()
	if !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}

// mount mounts a file system for a test; only root of a machine that lets it can.
func mount(t *testing.T, source, at, kind string, flags uintptr, data string) {
	t.Helper()
	if os.Geteuid() != 0 {
		t.Skip("SKIPPED: only root mounts")
	}
	if err := syscall.Mount(source, at, kind, flags, data); err != nil {
		t.Skipf("SKIPPED: %s cannot be mounted here: %v", kind, err)
	}
	if flags&syscall.MS_REMOUNT == 0 {
		t.Cleanup(func() {
			if err := syscall.Unmount(at, syscall.MNT_DETACH); err != nil {
				t.Error(err)
			}
		})
	}
}

// Modes, owners and copies on the disk of this machine: nothing is found before somebody does something.
func TestRealFiles(t *testing.T) {
	dir := t.TempDir()
	m := real(t, dir)
	c := m.Config
	key := filepath.Join(dir, "apiclient_key.pem")
	if err := os.WriteFile(key, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	c.WeChat.MerchantKey = key
	fresh := filepath.Join(c.Ledger.Backups, "ledger-"+time.Now().In(time.FixedZone("",
		8*3600)).Format(time.DateOnly)+".db")
	if err := os.WriteFile(fresh, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	files := []int{1, 3, 9, 10, 13, 14}
	expect(t, finds(t, m, files...), doctor.BackupHere, doctor.OffsiteNone)

	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	must(os.Chmod(key, 0o640))
	must(os.Chmod(filepath.Dir(c.Ledger.File), 0o750))
	must(os.Chtimes(fresh, time.Now(), time.Now().Add(-27*time.Hour)))
	expect(t, finds(t, m, files...), doctor.KeyOpen, doctor.BackupOld, doctor.BackupHere,
		doctor.OffsiteNone, doctor.StateOpen)

	must(os.Chmod(key, 0o600))
	must(os.Chmod(filepath.Dir(c.Ledger.File), 0o700))
	must(os.Rename(fresh, filepath.Join(c.Ledger.Backups, "ledger-2099-01-01.db")))
	must(os.Chtimes(c.Ledger.File, time.Now(), time.Now()))
	expect(t, finds(t, m, files...), doctor.BackupFuture, doctor.BackupHere, doctor.OffsiteNone)

	must(os.Remove(filepath.Join(c.Ledger.Backups, "ledger-2099-01-01.db")))
	must(os.Remove(c.Ledger.Backups))
	must(os.Mkdir(filepath.Join(dir, "elsewhere"), 0o700))
	must(os.Symlink("elsewhere", c.Ledger.Backups))
	expect(t, finds(t, m, files...), doctor.BackupHere, doctor.BackupLink, doctor.OffsiteNone)
	if os.Geteuid() != 0 {
		t.Skip("SKIPPED: only root gives files to somebody else")
	}
	must(os.Chown(key, 65534, 65534))
	must(os.WriteFile(filepath.Join(filepath.Dir(c.Ledger.File), "register.db"), nil, 0o600))
	must(os.Chown(filepath.Join(filepath.Dir(c.Ledger.File), "register.db"), 65534, 65534))
	expect(t, finds(t, m, files...), doctor.KeyOwner, doctor.BackupHere, doctor.BackupLink,
		doctor.OffsiteNone, doctor.StateOwner)
}

// A small tmpfs: the ledger would be gone after a restart; then it is full, of bytes and of files; then it takes no
// writes any more.
func TestRealSmallDisk(t *testing.T) {
	dir := t.TempDir()
	mount(t, "tmpfs", dir, "tmpfs", 0, "size=2G,nr_inodes=20000,mode=755")
	m := real(t, dir)
	disk := []int{10, 11, 12, 16}
	expect(t, finds(t, m, disk...), doctor.OffsiteNone, doctor.LedgerFleeting)
	mount(t, "tmpfs", dir, "tmpfs", syscall.MS_REMOUNT, "size=600M,nr_inodes=20000")
	expect(t, finds(t, m, disk...), doctor.OffsiteNone, doctor.DiskLow, doctor.LedgerFleeting)
	mount(t, "tmpfs", dir, "tmpfs", syscall.MS_REMOUNT, "size=8M,nr_inodes=1000")
	expect(t, finds(t, m, disk...), doctor.OffsiteNone, doctor.Disk, doctor.InodesLow,
		doctor.LedgerFleeting)
	mount(t, "tmpfs", dir, "tmpfs", syscall.MS_REMOUNT|syscall.MS_RDONLY, "")
	expect(t, finds(t, m, disk...), doctor.BackupUnwritable, doctor.OffsiteNone, doctor.Disk, doctor.InodesLow,
		doctor.DiskReadOnly,
		doctor.LedgerFleeting)
}

// An overlay, as a read-only root has it: what is written there is gone with it. Copies on another file system are
// well.
func TestRealOverlay(t *testing.T) {
	dir, ram := t.TempDir(), t.TempDir()
	mount(t, "tmpfs", ram, "tmpfs", 0, "size=2G,mode=755")
	for _, name := range []string{"lower", "upper", "work", "merged"} {
		if err := os.Mkdir(filepath.Join(ram, name), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	over := strings.NewReplacer("RAM", ram).Replace("lowerdir=RAM/lower,upperdir=RAM/upper,workdir=RAM/work")
	mount(t, "overlay", filepath.Join(ram, "merged"), "overlay", 0, over)
	m := real(t, filepath.Join(ram, "merged"))
	m.Config.Ledger.Backups = dir
	expect(t, finds(t, m, 9, 16), doctor.LedgerFleeting)
}
