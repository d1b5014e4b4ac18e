package endtoend

import (
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"courtkiosk/assets"
	"courtkiosk/payment/wechatsim"
)

var imageFile = flag.String("image", "", "`FILE` of a kiosk's image, to boot in a container")

// inContainer is the unit of an image in a container, which has no screen and no board: the program's server.
const inContainer = onBoard + `ExecStart=
ExecStart=/usr/bin/courtkiosk server
TTYPath=
StandardInput=null
TTYReset=no
TTYVHangup=no
TTYVTDisallocate=no
`

// The root of a kiosk's image on a real systemd, from its first start to its fourth. A container has neither boot
// loader, kernel, initramfs nor partitions: what the initramfs does once it has mounted them, laying the state over the
// root, is done by the script that it calls. Each start has a new layer over the root, as a new root would be.
func TestImage(t *testing.T) {
	if *imageFile == "" {
		t.Skip("SKIPPED: an image under a systemd of its own: make image, then -args -image FILE")
	}
	ram := inMemory(t)
	m := &machine{t: t, root: filepath.Join(ram, "root")}
	p := &packed{began: time.Now(), machine: m}
	var err error
	p.stand, err = wechatsim.NewStand(t.TempDir(), "")
	p.must(err)
	t.Cleanup(func() { p.stand.Close() })
	p.unpack(filepath.Join(ram, "image"))
	p.step("the root is unpacked")

	state := filepath.Join(ram, "state")
	conf := filepath.Join(state, "etc/systemd/system/courtkiosk.service.d/container.conf")
	p.must(os.MkdirAll(filepath.Dir(conf), 0o755))
	p.must(os.WriteFile(conf, []byte(inContainer), 0o644))
	start := func(serial string, before ...func()) (down func()) {
		t.Helper()
		m.layer(filepath.Join(ram, "image"), ram)
		p.state(state)
		p.board(serial)
		for _, f := range before {
			f()
		}
		return m.boot()
	}

	var merchant string
	down := start("NB1C21105X", func() {
		merchant = p.answers("/efi/courtkiosk-answers",
			fmt.Sprintf("[clerk]\nlisten = \"127.0.0.1:%d\"\n", freePort(t)))
	})
	p.enrolled()
	p.sealed(merchant)
	p.write("/opt/bills.csv", string(assets.SampleBillsOf(thisYear())), 0o644)
	p.run("courtkiosk", "bills", "import", "/opt/bills.csv")
	p.pay("（2026）京0101民初12345号")
	p.run("courtkiosk", "lockdown", "on", "terminals", "logs")
	paid, id := p.orders(), p.id()
	p.step("set up by its answer file, and paid")
	p.down(down)

	down = start("NB1C21105X")
	p.serving(0)
	if said, _ := p.try("courtkiosk", "health", "--json"); strings.Contains(said, "S-06") || p.id() != id ||
		p.orders() != paid {
		t.Errorf("started again it is %s and was %s\n%s\n%s", p.id(), id, p.orders(), said)
	}
	p.run("courtkiosk", "lockdown", "list") // locks that are on are in effect on a root that is a new one
	p.pay("（2026）京0101民初12348号")
	paid = p.orders()
	p.step("started again, the same machine; paid")
	p.down(down)

	down = start("NB1C21999X")
	p.serving(0)
	said, err := p.try("courtkiosk", "pay", "（2026）京0101民初12347号", "--yes", "--lang", "en")
	if err == nil || !strings.Contains(said, "S-06") || p.orders() != paid || p.id() != id {
		t.Errorf("in other hardware it sells: %v\n%s", err, said)
	}
	p.step("in other hardware, moved, no new order")
	p.down(down)

	m.layer(filepath.Join(ram, "image"), ram) // another disk with the same image
	p.state(filepath.Join(ram, "other"))
	if other := strings.TrimSpace(p.read("/etc/machine-id")); other == id || len(other) != len(id) {
		t.Errorf("two machines are both called %s", other)
	}
}

// unpack takes the root out of the image, by its partition table.
func (p *packed) unpack(dir string) {
	p.t.Helper()
	out, err := exec.Command("partx", "-g", "-o", "NAME,START", *imageFile).CombinedOutput()
	p.must(err)
	var first int64
	for line := range strings.Lines(string(out)) {
		var name string
		var at int64
		if _, err := fmt.Sscan(line, &name, &at); err == nil && name == "courtkiosk-root" {
			first = at
		}
	}
	if first == 0 {
		p.t.Fatalf("there is no root in the image:\n%s", out)
	}
	out, err = exec.Command("unsquashfs", "-quiet", "-no-progress", "-offset", fmt.Sprint(first*512), "-dest", dir,
		*imageFile).CombinedOutput()
	if err != nil {
		p.t.Fatalf("unsquashfs: %v\n%s", err, out)
	}
}

// state lays a folder over the root as the initramfs does with the state partition.
func (p *packed) state(dir string) {
	p.t.Helper()
	p.must(os.MkdirAll(dir, 0o755))
	p.must(syscall.Mount(dir, p.root+"/state", "", syscall.MS_BIND, ""))
	p.must(syscall.Mount("/dev", p.root+"/dev", "", syscall.MS_BIND, ""))
	out, err := exec.Command("chroot", p.root, "/usr/lib/courtkiosk-image/state").CombinedOutput()
	p.must(syscall.Unmount(p.root+"/dev", 0))
	if err != nil {
		p.t.Fatalf("the state is not laid over the root: %v\n%s", err, out)
	}
	p.t.Cleanup(func() { p.gone() })
}

// gone takes the root apart.
func (p *packed) gone() { _ = exec.Command("umount", "--recursive", "--lazy", p.root).Run() }

// down ends a start of the machine, and the layer that it had.
func (p *packed) down(down func()) {
	p.t.Helper()
	if out, _ := p.try("systemctl", "--failed", "--no-legend", "--plain"); strings.TrimSpace(out) != "" {
		p.t.Errorf("units have failed:\n%s", out)
	}
	down()
	p.gone()
}

func (p *packed) read(path string) string {
	p.t.Helper()
	text, err := os.ReadFile(p.root + path)
	p.must(err)
	return string(text)
}

func (p *packed) id() string {
	p.t.Helper()
	return strings.TrimSpace(p.run("cat", "/etc/machine-id"))
}

// enrolled waits until the answers were taken; then nothing of them lies where anybody could read it.
func (p *packed) enrolled() {
	p.t.Helper()
	if p.property("ActiveState") != "active" { // the machine counts as started only after it
		said, _ := p.try("journalctl", "--no-pager", "-o", "cat", "-u", "courtkiosk-enrol.service")
		p.t.Fatalf("nothing is set up:\n%s\n%s", said, p.journal())
	}
	p.serving(0)
	if _, err := os.Stat(p.root + "/efi/courtkiosk-answers"); err == nil {
		p.t.Error("the answers, and the key with them, are there still")
	}
	list := p.run("find", "/etc/courtkiosk", "/etc/credstore.encrypted", "/var/lib/systemd/credential.secret",
		"/var/lib/courtkiosk/receipt.key", "-type", "f")
	for _, name := range []string{"config.toml", "courtkiosk.merchant-key", "credential.secret", "receipt.key"} {
		if !strings.Contains(list, name) {
			p.t.Errorf("%s is missing of\n%s", name, list)
		}
	}
}
