package durable_test

import (
	"io"
	"os"
	"testing"

	"courtkiosk/payment/durable"
)

func TestUnnamed(t *testing.T) {
	t.Setenv("TMPDIR", t.TempDir())
	f, err := durable.Unnamed()
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if list, err := os.ReadDir(os.TempDir()); err != nil || len(list) != 0 {
		t.Errorf("a folder of %v, %v", list, err)
	}
	if _, err := f.WriteString("bill"); err != nil {
		t.Fatal(err)
	}
	if _, err := f.Seek(0, io.SeekStart); err != nil {
		t.Fatal(err)
	}
	if text, err := io.ReadAll(f); err != nil || string(text) != "bill" {
		t.Errorf("read %q, %v", text, err)
	}
	t.Setenv("TMPDIR", "/nowhere")
	if _, err := durable.Unnamed(); err == nil {
		t.Error("a file in no folder")
	}
}
