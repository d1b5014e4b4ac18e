// Package durable puts files on the disk so that a power cut leaves the old one or the new one, and never a part of
// either. It is the one place where a whole file is read or written and where a bbolt file is opened or made.
//
// # Decisions
//
// 2026-11-28: a new file is made under a temporary name with O_EXCL and O_NOFOLLOW, synced, renamed, and then its
// folder is synced: a rename is atomic, but lasts only once the folder is on the disk. A symbolic link that lies where
// a file belongs is replaced and never followed: what it points to stays as it is.
//
// 2026-11-28: on a damaged page bbolt panics, or a memory access faults. Open and Guard turn both into an error.
package durable

import (
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"syscall"
)

// WriteFile writes a file that is whole, and on the disk, whenever it has its name. A file that is there already keeps
// its permissions; a new one gets mode, whatever the umask. When it fails, what was there before is there still.
func WriteFile(path string, data []byte, mode os.FileMode) error {
	if info, err := os.Lstat(path); err == nil && info.Mode().IsRegular() {
		mode = info.Mode().Perm()
	}
	temp := Temp(path)
	f, err := Make(temp, mode)
	if err != nil {
		return err
	}
	_, err = f.Write(data)
	if err = errors.Join(err, f.Sync(), f.Close()); err == nil {
		err = Rename(temp, path)
	}
	if err != nil {
		return errors.Join(err, remove(temp))
	}
	return nil
}

// Take takes a name that no file has, with an empty file for a later WriteFile; fs.ErrExist means that it is taken.
func Take(path string, mode os.FileMode) error {
	f, err := take(path, mode)
	if err != nil {
		return err
	}
	return f.Close()
}

// Temp returns a name beside path that nobody can know before, for what is made to be renamed to path.
func Temp(path string) string {
	return filepath.Join(filepath.Dir(path), "."+filepath.Base(path)+"."+rand.Text()[:10])
}

// Sweep removes what a power cut has left under a temporary name of path. Only who lets nobody else make path at the
// same time may call it.
func Sweep(path string) error {
	return SweepEach(filepath.Dir(path), func(name string) bool { return name == filepath.Base(path) })
}

// SweepEach does so in a folder for each name that is ours.
func SweepEach(dir string, ours func(name string) bool) error {
	list, err := os.ReadDir(dir)
	for _, e := range list {
		if of := temporary.FindStringSubmatch(e.Name()); of != nil && ours(of[1]) {
			err = errors.Join(err, remove(filepath.Join(dir, e.Name())))
		}
	}
	return err
}

// temporary is what Temp calls a file, with the name that it was to get.
var temporary = regexp.MustCompile(`(?s)^\.(.+)\.[A-Z2-7]{10}$`)

// Make makes an empty file for writing, in the place of whatever has that name: a part of a file that a power cut has
// left, or a link. It is for the temporary names of those who let nobody else use them at the same time.
func Make(path string, mode os.FileMode) (*os.File, error) {
	if err := remove(path); err != nil {
		return nil, err
	}
	return take(path, mode)
}

func take(path string, mode os.FileMode) (*os.File, error) {
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE|os.O_EXCL|syscall.O_NOFOLLOW, mode)
	if err != nil {
		return nil, err
	}
	if err := f.Chmod(mode); err != nil { // the umask may have taken some
		return nil, errors.Join(err, f.Close())
	}
	return f, nil
}

// Why a file of others is not read.
var (
	ErrNotRegular = errors.New("durable: not a regular file") // a pipe, a device or a folder: it might never end
	ErrTooLong    = errors.New("durable: the file is too long")
)

// maxRead is how much ReadFile reads.
const maxRead = 16 << 20

// ReadFile returns what a key, a configuration or the like holds, and refuses what may never end or is far longer.
func ReadFile(path string) ([]byte, error) {
	text, err := Read(path, maxRead)
	if len(text) > maxRead {
		return nil, fmt.Errorf("%w: %s", ErrTooLong, path)
	}
	return text, err
}

// Read returns what a file of others holds, up to limit bytes and one more, so that one that is too long is known. It
// waits for nobody: a pipe without a writer is refused as a device is.
func Read(path string, limit int64) ([]byte, error) {
	f, err := os.OpenFile(path, os.O_RDONLY|syscall.O_NONBLOCK, 0)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	if info, err := f.Stat(); err != nil || !info.Mode().IsRegular() {
		return nil, errors.Join(fmt.Errorf("%w: %s", ErrNotRegular, path), err)
	}
	return io.ReadAll(io.LimitReader(f, limit+1))
}

// Own gives a file or folder its mode, and its owner where this process may give things away; -1 leaves an owner.
func Own(path string, mode os.FileMode, uid, gid int) error {
	if os.Geteuid() == 0 {
		if err := os.Chown(path, uid, gid); err != nil {
			return err
		}
	}
	return os.Chmod(path, mode)
}

// Rename gives a file that is synced its name, durably.
func Rename(from, to string) error {
	if err := os.Rename(from, to); err != nil {
		return err
	}
	return SyncFolder(filepath.Dir(to))
}

// SyncFolder makes durable which names a folder has, as far as its file system can: some network shares cannot.
func SyncFolder(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	if err = d.Sync(); errors.Is(err, syscall.EINVAL) || errors.Is(err, errors.ErrUnsupported) {
		err = nil
	}
	return errors.Join(err, d.Close())
}

// Copy makes a synced copy, for its owner only, under a temporary name: see Make.
func Copy(to, from string) (err error) {
	in, err := os.Open(from)
	if err != nil {
		return err
	}
	defer in.Close()
	out, err := Make(to, 0o600)
	if err != nil {
		return err
	}
	_, err = io.Copy(out, in)
	return errors.Join(err, out.Sync(), out.Close())
}

func remove(path string) error {
	if err := os.Remove(path); err != nil && !errors.Is(err, os.ErrNotExist) {
		return err
	}
	return nil
}

// Link makes a symbolic link, durably. Nothing is replaced: fs.ErrExist means that the name is taken.
func Link(to, path string) error {
	if err := os.Symlink(to, path); err != nil {
		return err
	}
	return SyncFolder(filepath.Dir(path))
}
