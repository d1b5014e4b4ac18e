package paper

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"courtkiosk/app/receipt"
	"courtkiosk/payment/durable"
)

// A Folder is a printer that leaves PDFs in a folder. Its outcome is proven: the file is synced before it has its name.
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
	name := r.Number
	if r.Copy > 1 {
		name = fmt.Sprintf("%s-copy%d", r.Number, r.Copy)
	}
	return f.leave(page, name)
}

// PrintSlip leaves a slip that is no receipt.
func (f *Folder) PrintSlip(_ context.Context, s receipt.Slip) (receipt.Outcome, error) {
	page, err := LayoutSlip(s, Roll80)
	if err != nil {
		return "", fmt.Errorf("%w: %w", receipt.ErrNothingSent, err)
	}
	return f.leave(page, s.Name())
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
	file := b.Bytes()
	if f.seal != nil {
		var err error
		if file, err = f.seal.Sign(file, time.Now()); err != nil {
			return "", fmt.Errorf("%w: %w", receipt.ErrNothingSent, err)
		}
	}
	if err := durable.WriteFile(filepath.Join(f.dir, name+".pdf"), file, 0o600); err != nil {
		return "", fmt.Errorf("%w: %w", receipt.ErrNothingSent, err) // it never had its name, so nobody has it
	}
	return receipt.PrintedProven, nil
}
