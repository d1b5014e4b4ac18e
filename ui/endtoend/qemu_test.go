package endtoend

import (
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"
)

var inQEMU = flag.Bool("qemu", false, "start the whole image in QEMU, which takes minutes")

// told is what a start of the image says of itself before it is switched off again, a line each; without a sign that
// systemd or the loader would take for its own.
const told = `/usr/lib/courtkiosk-image/grow; sed s/^/told:id:/ /etc/machine-id; ` +
	`df --output=size -m /state | tail -n1 | sed s/^/told:size:/; findmnt -rn -o FSTYPE / | sed s/^/told:root:/; ` +
	`mount /efi; findmnt -rn -o FSTYPE /efi | sed s/^/told:efi:/; umount /efi; ` +
	`systemctl --failed --plain --no-legend | sed s/^/told:failed:/; echo told:end:`

// A disk with the image, larger than it, starts twice in QEMU, by UEFI: what TestImage cannot show. Its state partition
// grows over the disk, its root is an overlay, and it has one name.
func TestImageStarts(t *testing.T) {
	if *imageFile == "" || !*inQEMU {
		t.Skip("SKIPPED: the whole image in QEMU: make test-image-qemu")
	}
	d := newDisk(t)
	first, second := d.start(), d.start()
	for name, want := range map[string]string{
		"id": `^[0-9a-f]{32}$`, "size": `^[23]\d{3}$`, "root": `^overlay$`, "efi": `^vfat$`,
		"failed": `^$`,
	} {
		if !regexp.MustCompile(want).MatchString(first[name]) {
			t.Errorf("%s is %q, want %s", name, first[name], want)
		}
		if second[name] != first[name] {
			t.Errorf("started again, %s is %q, and was %q", name, second[name], first[name])
		}
	}
	t.Logf("%q", first)
}

// A disk is one of QEMU's, in a folder with the memory of its firmware.
type disk struct {
	t   *testing.T
	dir string
}

func newDisk(t *testing.T) *disk {
	t.Helper()
	d := &disk{t, t.TempDir()}
	d.run("cp", "--sparse=always", *imageFile, "disk.img")
	d.run("truncate", "-s", "5G", "disk.img")
	d.run("cp", "/usr/share/OVMF/OVMF_VARS_4M.fd", "vars.fd")
	d.run("mcopy", "-i", "disk.img@@1M", "::/loader/entries/courtkiosk.conf", "as-built.conf")
	entry, err := os.ReadFile(filepath.Join(d.dir, "as-built.conf"))
	if err != nil {
		t.Fatal(err)
	}
	text := strings.Replace(string(entry), " quiet",
		fmt.Sprintf(" console=ttyS0 systemd.run=\"/bin/sh -c '%s'\"", told), 1)
	if err := os.WriteFile(filepath.Join(d.dir, "courtkiosk.conf"), []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	d.run("mcopy", "-o", "-i", "disk.img@@1M", "courtkiosk.conf", "::/loader/entries/courtkiosk.conf")
	return d
}

func (d *disk) run(name string, args ...string) {
	d.t.Helper()
	c := exec.Command(name, args...)
	c.Dir = d.dir
	if out, err := c.CombinedOutput(); err != nil {
		d.t.Fatalf("%s %q: %v\n%s", name, args, err, out)
	}
}

// start starts the disk, waits until it has switched itself off, and returns what it has told.
func (d *disk) start() map[string]string {
	d.t.Helper()
	began := time.Now()
	d.run("timeout", "900", "qemu-system-x86_64", "-M", "q35", "-m", "2G", "-smp", "2", "-cpu", "max", "-accel",
		"tcg,thread=multi", "-drive", "if=pflash,format=raw,readonly=on,file=/usr/share/OVMF/OVMF_CODE_4M.fd",
		"-drive", "if=pflash,format=raw,file=vars.fd", "-drive", "file=disk.img,format=raw,if=virtio", "-nic", "none",
		"-display", "none", "-serial", "file:console", "-no-reboot")
	text, err := os.ReadFile(filepath.Join(d.dir, "console"))
	if err != nil {
		d.t.Fatal(err)
	}
	said := make(map[string]string)
	for _, m := range regexp.MustCompile(`(?m)\btold:(\w+):([^\r\n/]*)[\r\n]`).FindAllStringSubmatch(string(text), -1) {
		said[m[1]] = strings.TrimSpace(m[2])
	}
	if end, all := said["end"]; !all || end != "" { // the kernel repeats its command line
		d.t.Fatalf("it has told %q\n%s", said, text)
	}
	d.t.Logf("%5.1f s: started, and switched off", time.Since(began).Seconds())
	return said
}
