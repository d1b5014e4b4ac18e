package paper

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"time"

	"courtkiosk/app/receipt"
	"courtkiosk/payment/durable"
)

// A Folder is a printer that leaves PDFs in a folder, and a receipt.Finder. Its outcome is proven: the file is synced
// before it has its name. It never writes over a file.
type Folder struct {
	dir  string
	seal *Seal
}

// NewFolder returns the printer of a folder, which it makes when it is not there. Files are signed with the seal,
// unless it is nil.
func NewFolder(dir string, seal *Seal) (*Folder, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("receipts folder: %w", err)
	}
	return &Folder{dir, seal}, nil
}

// Print leaves a receipt, named after its number and copy.
func (f *Folder) Print(_ context.Context, r receipt.Receipt) (receipt.Outcome, error) {
	page, err := Layout(r, Roll80)
	if err != nil {
		return "", fmt.Errorf("%w: %w", receipt.ErrNothingSent, err)
	}
	return f.leave(page, fileName(r.Number, r.Copy))
}

func fileName(number string, nth int) string {
	if nth > 1 {
		return fmt.Sprintf("%s-copy%d", number, nth)
	}
	return number
}

// path is where the nth file of a name lies: a name that is taken gets a number behind it.
func (f *Folder) path(name string, nth int) string {
	if nth > 1 {
		name += "." + strconv.Itoa(nth)
	}
	return filepath.Join(f.dir, name+".pdf")
}

// Printed looks for a whole file of this copy under this kiosk's seal. It finds none where the folder has no seal.
func (f *Folder) Printed(number string, nth int) (receipt.Outcome, bool) {
	for i := 1; f.seal != nil; i++ {
		file, err := durable.ReadFile(f.path(fileName(number, nth), i))
		if err != nil {
			break
		}
		by, err := CheckSeal(file)
		if err == nil && by.Equal(f.seal.certificate) && isCopy(file, number, nth) {
			return receipt.PrintedProven, true
		}
	}
	return "", false
}

// PrintSlip leaves a slip that is no receipt.
func (f *Folder) PrintSlip(_ context.Context, s receipt.Slip) (receipt.Outcome, error) {
	var page File
	var err error
	if sheet, ok := s.(receipt.Sheet); ok {
		page, err = LayoutSheet(sheet)
	} else {
		page, err = LayoutSlip(s, Roll80)
	}
	if err != nil {
		return "", fmt.Errorf("%w: %w", receipt.ErrNothingSent, err)
	}
	return f.leave(page, s.Name())
}

// Ready reports whether the folder is there.
func (f *Folder) Ready(context.Context) error {
	if _, err := os.Stat(f.dir); err != nil {
		return &receipt.TroubleError{Condition: receipt.Unreachable, Err: err}
	}
	return nil
}

func (f *Folder) leave(page File, name string) (receipt.Outcome, error) {
	var b bytes.Buffer
	if err := page.PDF(&b); err != nil {
		return "", fmt.Errorf("%w: %w", receipt.ErrNothingSent, err)
	}
	file := b.Bytes()
	if f.seal != nil {
		var err error
		if file, err = f.seal.Sign(file, time.Now()); err != nil {
			return "", fmt.Errorf("%w: %w", receipt.ErrNothingSent, err)
		}
	}
	path, err := f.take(name)
	if err != nil {
		return "", fmt.Errorf("%w: %w", receipt.ErrNothingSent, err)
	}
	if err := durable.WriteFile(path, file, 0o600); err != nil {
		return "", fmt.Errorf("%w: %w", f.after(path), err)
	}
	return receipt.PrintedProven, nil
}

// take makes an empty file of a name that no file has, so that nobody else takes it.
func (f *Folder) take(name string) (string, error) {
	for i := 1; ; i++ {
		path := f.path(name, i)
		if err := durable.Take(path, 0o600); !errors.Is(err, os.ErrExist) {
			return path, err
		}
	}
}

// after says what is left where a file could not be written: nothing while its name is still empty, and is freed.
func (f *Folder) after(path string) error {
	if info, err := os.Stat(path); err == nil && info.Size() == 0 && os.Remove(path) == nil {
		return receipt.ErrNothingSent
	}
	return receipt.ErrInterrupted
}
