package durable

import (
	"errors"
	"os"
)

// Unnamed returns a file for what is read once and kept nowhere. It lies in the folder of temporary files and has no
// name there: it is gone with its last reader, whatever happens to this process, and no backup finds it.
func Unnamed() (*os.File, error) {
	f, err := os.CreateTemp("", "courtkiosk-*")
	if err != nil {
		return nil, err
	}
	if err := os.Remove(f.Name()); err != nil {
		return nil, errors.Join(err, f.Close())
	}
	return f, nil
}
