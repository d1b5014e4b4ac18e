package endtoend

import (
	"bytes"
	"debug/elf"
	"flag"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

var arm64 = flag.Bool("arm64", false, "build and run the program without a window for arm64")

const emulator = "qemu-aarch64-static"

// The server's program and package for arm64, on an emulated processor: a fee is paid, its receipt verifies, and a
// second process reads the ledger. This shows the program and no machine: kernel, systemd and devices are those of
// this one.
func TestArm64(t *testing.T) {
	if !*arm64 {
		t.Skip("SKIPPED: the program on arm64: -args -arm64")
	}
	if _, err := exec.LookPath(emulator); err != nil {
		t.Skipf("SKIPPED: the program on arm64 needs %s (qemu-user-static)", emulator)
	}
	dir := t.TempDir()
	build := exec.Command("sh", "../../assets/deploy/packages.sh", dir, "core")
	build.Env = append(os.Environ(), "GOARCH=arm64", "RUN="+emulator)
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("packages.sh: %v\n%s", err, out)
	}
	root := filepath.Join(dir, "root")
	debs, err := filepath.Glob(dir + "/courtkiosk-core_*_arm64.deb")
	if err != nil || len(debs) != 1 {
		t.Fatalf("%q, %v", debs, err)
	}
	if out, err := exec.Command("dpkg-deb", "-x", debs[0], root).CombinedOutput(); err != nil {
		t.Fatalf("dpkg-deb: %v\n%s", err, out)
	}
	program := filepath.Join(root, "usr/bin/courtkiosk")
	f, err := elf.Open(program)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if f.Machine != elf.EM_AARCH64 || f.Section(".symtab") != nil {
		t.Errorf("the package's program is for %v, and stripped: %t", f.Machine, f.Section(".symtab") == nil)
	}
	sbom, err := os.ReadFile(filepath.Join(root, "usr/share/doc/courtkiosk-core/sbom.json"))
	if err != nil || !bytes.Contains(sbom, []byte("go.etcd.io/bbolt")) {
		t.Errorf("its list of modules: %v\n%s", err, sbom)
	}

	// Every word that starts the program starts the emulator with it, as binfmt does where it is set up.
	wrapper := filepath.Join(dir, "courtkiosk")
	text := "#!/bin/sh\nexec " + emulator + " " + program + " \"$@\"\n"
	if err := os.WriteFile(wrapper, []byte(text), 0o755); err != nil {
		t.Fatal(err)
	}
	k := newFolkOf(t, wrapper)
	k.run(t, func() {
		no, _ := k.pay(t, "12345号")
		if paid := k.paid(t); len(paid) != 1 || paid[0] != no {
			t.Errorf("the ledger says %q is paid, want %s", paid, no)
		}
	})
	said := k.do(t, 0, "receipt", "verify", receiptCode(t, pdfs(t, k.receipts)[0]))
	if !strings.Contains(said, "GENUINE") || !strings.Contains(said, "known, paid") {
		t.Errorf("its receipt: %s", said)
	}
	k.do(t, 0, "ledger", "check")
}
