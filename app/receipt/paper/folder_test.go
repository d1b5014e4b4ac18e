package paper

import (
	"bytes"
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"courtkiosk/app/receipt"
)

var _ receipt.Finder = (*Folder)(nil)

func sealedFolder(t *testing.T) (*Folder, string) {
	t.Helper()
	seal, _ := sealed(t)
	dir := filepath.Join(t.TempDir(), "receipts")
	f, err := NewFolder(dir, seal)
	if err != nil {
		t.Fatal(err)
	}
	return f, dir
}

func leave(t *testing.T, f *Folder, nth int) {
	t.Helper()
	r := sample()
	r.Copy = nth
	if out, err := f.Print(context.Background(), r); err != nil || out != receipt.PrintedProven {
		t.Fatalf("print = %s, %v", out, err)
	}
}

// Whatever lies in the folder stays as it is: a second file of the same copy, or of the same slip, has its own name.
func TestFolderNeverWritesOverAFile(t *testing.T) {
	f, dir := sealedFolder(t)
	foreign := filepath.Join(dir, "PZ-0101-03-261123-000087-copy2.pdf")
	if err := os.WriteFile(foreign, []byte("another program's"), 0o600); err != nil {
		t.Fatal(err)
	}
	leave(t, f, 1)
	first, err := os.ReadFile(filepath.Join(dir, "PZ-0101-03-261123-000087.pdf"))
	if err != nil {
		t.Fatal(err)
	}
	for _, nth := range []int{1, 1, 2} {
		leave(t, f, nth)
	}
	for range 2 {
		if _, err := f.PrintSlip(context.Background(), receipt.Estimate{At: sample().PaidAt}); err != nil {
			t.Fatal(err)
		}
	}
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, e := range entries {
		names = append(names, strings.TrimPrefix(e.Name(), "PZ-0101-03-261123-"))
	}
	want := "000087-copy2.2.pdf 000087-copy2.pdf 000087.2.pdf 000087.3.pdf 000087.pdf"
	if got := strings.Join(names, " "); got != "GS-20261123-143307.2.pdf GS-20261123-143307.pdf "+want {
		t.Errorf("the folder has %s", got)
	}
	if again, err := os.ReadFile(filepath.Join(dir, "PZ-0101-03-261123-000087.pdf")); !bytes.Equal(again, first) {
		t.Errorf("the first receipt was written over: %v", err)
	}
	if again, err := os.ReadFile(foreign); string(again) != "another program's" {
		t.Errorf("another program's file was written over: %v", err)
	}
}

// A receipt that was in hand when the plug was pulled is proven by a whole file of that copy under this kiosk's seal,
// and by nothing else.
func TestFolderFindsWhatItPrinted(t *testing.T) {
	const name = "PZ-0101-03-261123-000087"
	f, dir := sealedFolder(t)
	other, elsewhere := sealedFolder(t)
	leave(t, f, 1)
	leave(t, f, 2)
	leave(t, other, 1)
	read := func(dir, name string) []byte {
		file, err := os.ReadFile(filepath.Join(dir, name+".pdf"))
		if err != nil {
			t.Fatal(err)
		}
		return file
	}
	whole, second, foreign := read(dir, name), read(dir, name+"-copy2"), read(elsewhere, name)
	unsealed := pdfOf(t, page1(t))
	changed := bytes.Clone(whole)
	changed[len(changed)/2] ^= 1
	for what, tt := range map[string]struct {
		files  map[string][]byte
		number string
		nth    int
		want   bool
	}{
		"whole":                  {map[string][]byte{name: whole}, name, 1, true},
		"a second copy":          {map[string][]byte{name + "-copy2": second}, name, 2, true},
		"behind an empty one":    {map[string][]byte{name: nil, name + ".2": whole}, name, 1, true},
		"behind another's":       {map[string][]byte{name: foreign, name + ".2": whole}, name, 1, true},
		"no file":                {nil, name, 1, false},
		"empty":                  {map[string][]byte{name: nil}, name, 1, false},
		"cut off":                {map[string][]byte{name: whole[:len(whole)-1]}, name, 1, false},
		"half":                   {map[string][]byte{name: whole[:len(whole)/2]}, name, 1, false},
		"changed":                {map[string][]byte{name: changed}, name, 1, false},
		"not sealed":             {map[string][]byte{name: unsealed}, name, 1, false},
		"another's seal":         {map[string][]byte{name: foreign}, name, 1, false},
		"a copy by another name": {map[string][]byte{name: second}, name, 1, false},
		"the first as a copy":    {map[string][]byte{name + "-copy2": whole}, name, 2, false},
		"another number":         {map[string][]byte{name + "1": whole}, name + "1", 1, false},
		"the end of a number":    {map[string][]byte{"000087": whole}, "000087", 1, false},
	} {
		t.Run(what, func(t *testing.T) {
			f.dir = t.TempDir()
			for n, file := range tt.files {
				if err := os.WriteFile(filepath.Join(f.dir, n+".pdf"), file, 0o600); err != nil {
					t.Fatal(err)
				}
			}
			out, ok := f.Printed(tt.number, tt.nth)
			if ok != tt.want || ok != (out == receipt.PrintedProven) {
				t.Errorf("printed = %q, %t", out, ok)
			}
		})
	}
	plain, err := NewFolder(dir, nil)
	if err != nil {
		t.Fatal(err)
	}
	if _, ok := plain.Printed(name, 1); ok {
		t.Error("a folder without a seal proves something")
	}
}

func TestFolderThatCannotBeWritten(t *testing.T) {
	if _, err := NewFolder("/dev/null/receipts", nil); err == nil {
		t.Error("made a folder below a file")
	}
	f, dir := sealedFolder(t)
	if err := os.RemoveAll(dir); err != nil {
		t.Fatal(err)
	}
	if _, err := f.Print(context.Background(), sample()); !errors.Is(err, receipt.ErrNothingSent) {
		t.Errorf("print = %v", err)
	}
	path := filepath.Join(t.TempDir(), "name.pdf")
	for content, want := range map[string]error{"": receipt.ErrNothingSent, "some": receipt.ErrInterrupted} {
		if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
		if err := f.after(path); !errors.Is(err, want) {
			t.Errorf("after %q: %v", content, err)
		}
	}
}
