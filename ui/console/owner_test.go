package console_test

import (
	"errors"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"courtkiosk/payment/durable"
	"courtkiosk/payment/wechatsim"
)

// serviceUser is nobody, in the place of the kiosk's user.
const serviceUser = 65534

// ownedBy gives a folder and all that is in it to a user.
func ownedBy(t *testing.T, dir string, uid int) {
	t.Helper()
	if err := filepath.WalkDir(dir, func(path string, _ fs.DirEntry, err error) error {
		return errors.Join(err, os.Lchown(path, uid, uid))
	}); err != nil {
		t.Fatal(err)
	}
}

// machine is a folder with a copy of this program, a configuration, its keys and an empty state folder.
func machine(t *testing.T) (dir string, run func(uid int, args ...string) (string, error)) {
	t.Helper()
	dir, err := os.MkdirTemp("", "courtkiosk-owner-")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	stand, err := wechatsim.NewStand(dir, "court")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { stand.Close() })
	conf := strings.NewReplacer("HOST", stand.URL, "KEYID", stand.PublicKeyID(), "SERIAL", stand.Merchant.Serial,
		"keys/apiclient_key.pem", stand.KeyFile, "keys/pub_key.pem", stand.PublicKeyFile).Replace(kioskTOML)
	program := filepath.Join(dir, "courtkiosk")
	if err := errors.Join(durable.Copy(program, self), os.Chmod(program, 0o755), os.Chmod(dir, 0o755),
		os.WriteFile(filepath.Join(dir, "kiosk.toml"), []byte(conf), 0o600),
		os.Mkdir(filepath.Join(dir, "state"), 0o700)); err != nil {
		t.Fatal(err)
	}
	return dir, func(uid int, args ...string) (string, error) {
		cmd := exec.Command(program, append(args, "--config", filepath.Join(dir, "kiosk.toml"))...)
		cmd.Dir = dir
		cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: uint32(uid), Gid: uint32(uid)}}
		out, err := cmd.CombinedOutput()
		return string(out), err
	}
}

// The named input: a command that root runs before the first start left files that the service user cannot open.
func TestRootActsAsTheOwnerOfTheState(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skip("SKIPPED: only root can be a user that it is not")
	}
	for _, first := range [][]string{{"orders", "list"}, {"ledger", "check"}, {"ledger", "restore"},
		{"receipt", "keys"}} {
		t.Run(strings.Join(first, " "), func(t *testing.T) {
			dir, run := machine(t)
			ownedBy(t, dir, serviceUser)
			said, _ := run(0, first...) // some refuse, and have opened and made files until then
			if !strings.Contains(said, "acting as ") {
				t.Errorf("it does not say as whom it acts: %s", said)
			}
			err := filepath.WalkDir(dir, func(path string, _ fs.DirEntry, err error) error {
				info, serr := os.Lstat(path)
				if err == nil && serr == nil && info.Sys().(*syscall.Stat_t).Uid != serviceUser {
					t.Errorf("%s belongs to %d", path, info.Sys().(*syscall.Stat_t).Uid)
				}
				return errors.Join(err, serr)
			})
			if err != nil {
				t.Fatal(err)
			}
			for _, uid := range []int{serviceUser, 0, serviceUser} {
				if said, err := run(uid, "orders", "list"); err != nil {
					t.Errorf("as %d afterwards: %v: %s", uid, err, said)
				}
			}
		})
	}
}

// A state folder that is root's own is a machine whose kiosk runs as root.
func TestRootStaysRootInItsOwnFolder(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skip("SKIPPED: needs root")
	}
	dir, run := machine(t)
	if said, err := run(0, "orders", "list"); err != nil || strings.Contains(said, "acting as") {
		t.Errorf("%v: %s", err, said)
	}
	if info, err := os.Stat(filepath.Join(dir, "state", "ledger.db")); err != nil ||
		info.Sys().(*syscall.Stat_t).Uid != 0 {
		t.Errorf("the ledger: %v, %v", info, err)
	}
}
