package ledger

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"courtkiosk/payment/bolt"
)

// What root has handed over is what the ledger of this machine knows it by.
func TestHandOver(t *testing.T) {
	was := machineRoot
	t.Cleanup(func() { machineRoot = was })
	hardware := t.TempDir()
	machineRoot = t.TempDir()
	if err := os.Mkdir(filepath.Join(machineRoot, "run"), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := HandOver(hardware); err != nil || bolt.MachineOf(os.DirFS(machineRoot)) != (bolt.Machine{}) {
		t.Errorf("hardware without a name: %v", err)
	}
	const serial = "7XK2Q13"
	file := filepath.Join(hardware, "sys/class/dmi/id/board_serial")
	if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file, []byte(serial+"\n"), 0o400); err != nil {
		t.Fatal(err)
	}
	if err := HandOver(hardware); err != nil {
		t.Fatal(err)
	}
	want := bolt.MachineOf(os.DirFS(hardware))
	if got := bolt.MachineOf(os.DirFS(machineRoot)); got != want || got.Board == "" {
		t.Errorf("it is %+v, want %+v", got, want)
	}
	told := filepath.Join(machineRoot, bolt.Handed)
	text, err := os.ReadFile(told)
	info, statErr := os.Stat(told)
	if err != nil || statErr != nil || info.Mode().Perm() != 0o644 || strings.Contains(string(text), serial) {
		t.Errorf("%s, %v, %v", text, info.Mode(), err)
	}
}
