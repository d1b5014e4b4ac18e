package console

import (
	"errors"
	"io"
	"os"
	"path/filepath"
	"testing"

	"courtkiosk/app/config"
	"courtkiosk/app/drill"
)

// gone is a terminal whose line was broken.
type gone struct{}

func (gone) Write([]byte) (int, error) { return 0, errors.New("input/output error") }

// What is to be given back is kept, whoever reads it.
func TestADrillKeepsItsProtocolWithoutATerminal(t *testing.T) {
	c := &call{}
	c.Stdout, c.Stderr = gone{}, io.Discard
	d := &drilling{call: c, dir: t.TempDir(), report: drill.Report{Name: "20261129-091500"}}
	d.own.Receipt.Printer = config.NoPrinter
	if err := d.write(t.Context()); err == nil {
		t.Error("nobody was told that the terminal is gone")
	}
	if text, err := os.ReadFile(filepath.Join(d.dir, "drill-20261129-091500.txt")); err != nil || len(text) == 0 {
		t.Errorf("the protocol has %d bytes, %v", len(text), err)
	}
}
