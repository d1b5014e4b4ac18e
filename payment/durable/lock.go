package durable

import (
	"errors"
	"fmt"
	"os"
	"syscall"
)

// Lock takes the lock of a path: a file that it makes where there is none, and that stays, empty. Another process that
// has it is ErrLocked. The lock ends with the file that is returned, or with the process.
func Lock(path string) (*os.File, error) {
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE|syscall.O_NOFOLLOW, 0o600)
	if err != nil {
		return nil, err
	}
	if err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		return nil, errors.Join(fmt.Errorf("%w: %s: %w", ErrLocked, path, err), f.Close())
	}
	return f, nil
}
