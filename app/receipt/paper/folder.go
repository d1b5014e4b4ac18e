package paper

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"courtkiosk/app/receipt"
)

// A Folder is a printer that leaves PDFs in a folder. Its outcome is proven: the file is synced before it has its name.
type Folder struct{ dir string }

// NewFolder returns the printer of a folder, which it makes when it is not there.
func NewFolder(dir string) (*Folder, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("receipts folder: %w", err)
	}
	return &Folder{dir}, nil
}

// Print leaves a receipt, named after its number and copy.
func (f *Folder) Print(_ context.Context, r receipt.Receipt) (receipt.Outcome, error) {
	page, err := Layout(r)
	if err != nil {
		return "", fmt.Errorf("%w: %w", receipt.ErrNothingSent, err)
	}
	name := r.Number
	if r.Copy > 1 {
		name = fmt.Sprintf("%s-copy%d", r.Number, r.Copy)
	}
	return f.leave(page, name)
}

// PrintVerification leaves a verification slip.
func (f *Folder) PrintVerification(_ context.Context, v receipt.Verification) (receipt.Outcome, error) {
	page, err := LayoutVerification(v)
	if err != nil {
		return "", fmt.Errorf("%w: %w", receipt.ErrNothingSent, err)
	}
	return f.leave(page, v.Reference)
}

// Ready reports whether the folder is there.
func (f *Folder) Ready(context.Context) error {
	if _, err := os.Stat(f.dir); err != nil {
		return &receipt.TroubleError{Condition: receipt.Offline, Err: err}
	}
	return nil
}

func (f *Folder) leave(page *Page, name string) (receipt.Outcome, error) {
	var b bytes.Buffer
	if err := page.PDF(&b); err != nil {
		return "", fmt.Errorf("%w: %w", receipt.ErrNothingSent, err)
	}
	path := filepath.Join(f.dir, name+".pdf")
	file, err := os.CreateTemp(f.dir, ".new-*")
	if err != nil {
		return "", fmt.Errorf("%w: %w", receipt.ErrNothingSent, err)
	}
	defer os.Remove(file.Name())
	_, err = file.Write(b.Bytes())
	err = errors.Join(err, file.Sync(), file.Close())
	if err == nil {
		err = os.Rename(file.Name(), path)
	}
	if err != nil {
		return "", fmt.Errorf("%w: %w", receipt.ErrNothingSent, err) // under another name, so nobody has it
	}
	if d, err := os.Open(f.dir); err == nil {
		_ = d.Sync()
		_ = d.Close()
	}
	return receipt.PrintedProven, nil
}
