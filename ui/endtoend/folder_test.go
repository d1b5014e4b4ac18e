package endtoend

import (
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"courtkiosk/payment/wechatsim"
)

// A folk is an installation whose state lies in a folder of its own, on a machine whose name is planted at the build.
type folk struct {
	*site
	bin, state string
}

func newFolk(t *testing.T) *folk {
	t.Helper()
	return newFolkOf(t, builtFor(t, "one"))
}

func newFolkOf(t *testing.T, bin string) *folk {
	t.Helper()
	s := newSite(t, filepath.Join(t.TempDir(), "receipts"))
	f := &folk{site: s, bin: bin, state: filepath.Join(s.dir, "state")}
	text, err := os.ReadFile(s.config)
	if err != nil {
		t.Fatal(err)
	}
	text = []byte(strings.Replace(string(text), `"ledger.db"`, `"state/ledger.db"`, 1))
	if err := os.WriteFile(s.config, text, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Mkdir(f.state, 0o700); err != nil {
		t.Fatal(err)
	}
	f.do(t, 0, "bills", "import", filepath.Join(s.dir, "bills.csv"))
	return f
}

// builtFor builds the program for a machine of that name. Only a build can do that: the installed program reads /etc
// and /sys, whatever it is told.
func builtFor(t *testing.T, machine string) string {
	t.Helper()
	dir := t.TempDir()
	root := filepath.Join(dir, "root")
	if err := os.MkdirAll(filepath.Join(root, "etc"), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(root, "etc", "machine-id"), []byte(machine+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	bin := filepath.Join(dir, "courtkiosk")
	c := exec.Command("go", "build", "-tags", "headless", "-ldflags",
		"-X courtkiosk/app/ledger.machineRoot="+root, "-o", bin, "courtkiosk")
	c.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := c.CombinedOutput(); err != nil {
		t.Fatalf("go build: %v\n%s", err, out)
	}
	return bin
}

// do runs a command that must end with an exit code, and returns all that it says.
func (f *folk) do(t *testing.T, exit int, args ...string) string {
	t.Helper()
	c := exec.Command(f.bin, append(args, "--config", f.config)...)
	c.Env = append(os.Environ(), "LANG=zh_CN.UTF-8")
	text, _ := c.CombinedOutput()
	if got := c.ProcessState.ExitCode(); got != exit {
		t.Fatalf("courtkiosk %v: exit %d, want %d\n%s", args, got, exit, text)
	}
	return string(text)
}

// run lets something happen while the kiosk runs.
func (f *folk) run(t *testing.T, live func()) {
	t.Helper()
	c := exec.Command(f.bin, "kiosk", "--no-window", "--config", f.config)
	said := &voice{}
	c.Stdout, c.Stderr = said, said
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	defer func() {
		_ = c.Process.Signal(syscall.SIGTERM)
		if err := c.Wait(); err != nil || t.Failed() {
			t.Errorf("the kiosk ended with %v:\n%s", err, said)
		}
	}()
	eventually(t, "the kiosk", func() bool { return strings.Contains(said.String(), "kiosk ready") })
	live()
}

// pay pays the bill of a case at the running kiosk, and returns the order and its receipt's running number.
func (f *folk) pay(t *testing.T, serial string) (no string, receipt int) {
	t.Helper()
	before := f.numbers()
	papers := pdfs(t, f.receipts)
	c := exec.Command(f.bin, "pay", fmt.Sprintf("%d京0101民初%s", thisYear(), serial), "--yes", "--config", f.config)
	said := &voice{}
	c.Stdout, c.Stderr = said, said
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	eventually(t, "the order of "+serial, func() bool {
		for n := range f.numbers() {
			if !before[n] {
				no = n
			}
		}
		return no != ""
	})
	if err := f.sim.Pay(no); err != nil {
		t.Fatal(err)
	}
	if err := c.Wait(); err != nil {
		t.Fatalf("pay %s: %v\n%s", serial, err, said)
	}
	eventually(t, "the receipt of "+serial, func() bool { return len(pdfs(t, f.receipts)) > len(papers) })
	for _, path := range pdfs(t, f.receipts) {
		if !slices.Contains(papers, path) {
			parts := strings.Split(strings.TrimSuffix(filepath.Base(path), ".pdf"), "-")
			receipt, _ = strconv.Atoi(parts[4])
		}
	}
	if receipt == 0 {
		t.Fatalf("no receipt number in %q", pdfs(t, f.receipts))
	}
	return no, receipt
}

func (f *folk) numbers() map[string]bool {
	return maps.Collect(func(yield func(string, bool) bool) {
		for _, o := range f.sim.Orders() {
			if !yield(o.No, true) {
				return
			}
		}
	})
}

// paid are the orders that the ledger calls paid.
func (f *folk) paid(t *testing.T) (list []string) {
	t.Helper()
	var page struct {
		Orders []struct{ Order, State string }
	}
	text := f.do(t, 0, "orders", "list", "--json")
	if err := json.Unmarshal([]byte(text), &page); err != nil {
		if err := json.Unmarshal([]byte(text), &page.Orders); err != nil {
			t.Fatalf("%v: %s", err, text)
		}
	}
	for _, o := range page.Orders {
		if o.State == "paid" {
			list = append(list, o.Order)
		}
	}
	return list
}

func copyFolder(t *testing.T, to, from string) {
	t.Helper()
	if err := os.RemoveAll(to); err != nil {
		t.Fatal(err)
	}
	if out, err := exec.Command("cp", "-a", from, to).CombinedOutput(); err != nil {
		t.Fatalf("cp: %v: %s", err, out)
	}
}

// The state folder is copied, two pay, and the copy is put back. Both payments are found again, and no receipt number
// is given twice.
func TestStateFolderPutBack(t *testing.T) {
	f := newFolk(t)
	f.run(t, func() { f.pay(t, "12345") })
	kept := filepath.Join(t.TempDir(), "kept")
	copyFolder(t, kept, f.state)
	var lost []string
	last := 0
	f.run(t, func() {
		for _, serial := range []string{"12347", "12350"} {
			no, receipt := f.pay(t, serial)
			lost, last = append(lost, no), max(last, receipt)
		}
	})
	copyFolder(t, f.state, kept)
	f.run(t, func() {
		eventually(t, "the payments that were lost", func() bool {
			known := f.paid(t)
			return len(known) == 3 && slices.Contains(known, lost[0]) && slices.Contains(known, lost[1])
		})
		if _, receipt := f.pay(t, "12351"); receipt <= last {
			t.Errorf("receipt %d after %d", receipt, last)
		}
		for _, o := range f.sim.Orders() {
			if o.State != wechatsim.Success {
				t.Errorf("%s is %s", o.No, o.State)
			}
		}
	})
}

// A copy is started beside its original, on another machine. It opens nothing before it is bound anew.
func TestCopyBesideItsOriginal(t *testing.T) {
	f := newFolk(t)
	f.run(t, func() { f.pay(t, "12345") })
	other := &folk{site: &site{t: t, dir: t.TempDir(), receipts: f.receipts, sim: f.sim}, bin: builtFor(t, "two")}
	other.state, other.config = filepath.Join(other.dir, "state"), filepath.Join(other.dir, "config.toml")
	text, err := os.ReadFile(f.config)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(other.config, text, 0o600); err != nil {
		t.Fatal(err)
	}
	copyFolder(t, other.state, f.state)
	f.run(t, func() {
		before := len(f.sim.Orders())
		_, original := f.pay(t, "12347")
		other.run(t, func() {
			if said := other.do(t, 1, "health"); !strings.Contains(said, "S-06") {
				t.Errorf("health says %s", said)
			}
			bill := fmt.Sprintf("%d京0101民初12350", thisYear())
			if said := other.do(t, 1, "pay", bill, "--yes"); !strings.Contains(said, "S-06") {
				t.Errorf("pay says %s", said)
			}
			other.do(t, 1, "ledger", "rebind", "--reason", "while it runs")
		})
		if n := len(f.sim.Orders()); n != before+1 {
			t.Errorf("%d orders after %d and one of the original", n, before)
		}
		other.do(t, 2, "ledger", "rebind")
		other.do(t, 0, "ledger", "rebind", "--reason", "a test")
		other.run(t, func() {
			eventually(t, "the original's payment", func() bool { return len(other.paid(t)) == 2 })
			if _, receipt := other.pay(t, "12350"); receipt <= original+1000 {
				t.Errorf("receipt %d of the copy, %d of the original", receipt, original)
			}
		})
		if said := f.do(t, 0, "health"); strings.Contains(said, "S-06") {
			t.Errorf("the original says %s", said)
		}
	})
}
