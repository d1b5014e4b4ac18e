package durable

import (
	"errors"
	"fmt"
	"os"
	"runtime/debug"
	"syscall"
	"time"

	"go.etcd.io/bbolt"
	berrors "go.etcd.io/bbolt/errors"
)

// What is wrong with a bbolt file.
var (
	ErrLocked  = errors.New("durable: the file is open in another process")
	ErrDamaged = errors.New("durable: the file is damaged")
	ErrAccess  = errors.New("durable: the file cannot be opened, or not for writing")
)

// lockWait is how long another process may hold a file before it counts as running.
const lockWait = 2 * time.Second

// Open opens a bbolt file that exists; maxSize is how many bytes it may grow to, 0 is without a limit. An error is
// ErrLocked, ErrDamaged or ErrAccess, and leaves the file as it is.
func Open(path string, maxSize int) (db *bbolt.DB, err error) {
	if info, err := os.Stat(path); err == nil && info.Size() == 0 {
		return nil, fmt.Errorf("%w: %s is empty", ErrDamaged, path) // bbolt would start anew in it
	}
	var file *os.File // bbolt leaves it open, mapped and by that locked, when it panics; otherwise it is closed already
	defer func() {
		if errors.Is(err, ErrDamaged) && file != nil {
			_ = syscall.Flock(int(file.Fd()), syscall.LOCK_UN)
			file.Close()
		}
	}()
	defer Guard(&err, ErrDamaged)()
	db, err = bbolt.Open(path, 0o600, &bbolt.Options{
		Timeout: lockWait, FreelistType: bbolt.FreelistMapType, MaxSize: maxSize,
		OpenFile: func(name string, flag int, perm os.FileMode) (*os.File, error) {
			var err error
			file, err = os.OpenFile(name, flag&^os.O_CREATE, perm)
			return file, err
		},
	})
	return db, named(path, err)
}

// named says by a sentinel of this package what bbolt could not do.
func named(path string, err error) error {
	switch {
	case err == nil:
		return nil
	case errors.Is(err, berrors.ErrTimeout):
		return fmt.Errorf("%w: %s", ErrLocked, path)
	case errors.Is(err, os.ErrNotExist), errors.Is(err, os.ErrPermission), errors.Is(err, syscall.EROFS),
		errors.Is(err, syscall.ENOSPC):
		return fmt.Errorf("%w: %w", ErrAccess, err)
	}
	return fmt.Errorf("%w: %w", ErrDamaged, err)
}

// Create makes a bbolt file that is whole, with what fill puts into it, before it has its name: a power cut in bbolt's
// very first write may leave a file that does not open.
func Create(path string, fill func(tx *bbolt.Tx) error) error {
	if err := Sweep(path); err != nil {
		return err
	}
	temp := Temp(path)
	db, err := bbolt.Open(temp, 0o600, &bbolt.Options{
		Timeout: lockWait,
		OpenFile: func(name string, flag int, perm os.FileMode) (*os.File, error) {
			return os.OpenFile(name, flag|os.O_EXCL|syscall.O_NOFOLLOW, perm)
		},
	})
	if err != nil {
		return err
	}
	if err := errors.Join(db.Update(fill), db.Close()); err != nil {
		return errors.Join(err, remove(temp))
	}
	return Rename(temp, path)
}

// Guard makes the damage of a page that is read, a panic or a fault, an error of the caller that wraps damaged:
//
//	defer durable.Guard(&err, ErrDamaged)()
func Guard(err *error, damaged error) func() {
	before := debug.SetPanicOnFault(true)
	return func() {
		debug.SetPanicOnFault(before)
		if r := recover(); r != nil {
			*err = fmt.Errorf("%w: %v", damaged, r)
		}
	}
}

// Compact writes to to, a temporary name, what is in a bbolt file, and none of the pages that it once had: what was
// deleted in from is not in it. Nobody else may have from open.
func Compact(to, from string) (err error) {
	in, err := Open(from, 0)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, in.Close()) }()
	defer Guard(&err, ErrDamaged)()
	if err := remove(to); err != nil {
		return err
	}
	out, err := bbolt.Open(to, 0o600, &bbolt.Options{
		Timeout: lockWait,
		OpenFile: func(name string, flag int, perm os.FileMode) (*os.File, error) {
			return os.OpenFile(name, flag|os.O_EXCL|syscall.O_NOFOLLOW, perm)
		},
	})
	if err != nil {
		return err
	}
	return errors.Join(bbolt.Compact(out, in, compactAtOnce), out.Sync(), out.Close())
}

// compactAtOnce is how many bytes are copied in one transaction, which keeps them in memory.
const compactAtOnce = 16 << 20
