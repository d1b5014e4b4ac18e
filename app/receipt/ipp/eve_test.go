package ipp

import (
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"courtkiosk/app/receipt"
)

// eve is ippeveprinter, the IPP reference printer, with a bus and an Avahi of its own, without which it does not
// start. Its paper is a folder; while the file "empty" lies there it says that it has no paper.
type eve struct {
	dir     string
	printer *Printer
}

const eveNeeds = "needs root and the Debian packages cups-ipp-utils, avahi-daemon and dbus; make deps installs them"

const busConfig = `<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN"
"http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
<busconfig><type>system</type><listen>unix:path=DIR/sock</listen>
<policy context="default"><allow user="*"/><allow own="*"/>
<allow send_type="method_call"/><allow send_type="signal"/><allow send_type="method_return"/><allow send_type="error"/>
<allow receive_type="method_call"/><allow receive_type="signal"/>
<allow receive_type="method_return"/><allow receive_type="error"/></policy></busconfig>`

const avahiConfig = "[server]\nuse-ipv4=yes\nuse-ipv6=no\nallow-interfaces=lo\nenable-dbus=yes\n"

const onPaper = `#!/bin/sh
if [ -f DIR/empty ]; then
	echo "STATE: +media-empty-error" >&2
	while [ -f DIR/empty ]; do sleep 0.1; done
	echo "STATE: -media-empty-error" >&2
fi
[ -f DIR/broken ] && exit 1
cp "$1" DIR/paper.pdf
`

func newEve(t *testing.T) *eve {
	t.Helper()
	for _, tool := range []string{"ippeveprinter", "avahi-daemon", "dbus-daemon"} {
		if _, err := exec.LookPath(tool); err != nil {
			t.Skipf("SKIPPED, no %s: %s", tool, eveNeeds)
		}
	}
	if os.Geteuid() != 0 {
		t.Skip("SKIPPED, not root: " + eveNeeds)
	}
	dir := t.TempDir()
	for name, text := range map[string]string{"bus.conf": busConfig, "avahi.conf": avahiConfig, "paper.sh": onPaper} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(strings.ReplaceAll(text, "DIR", dir)),
			0o755); err != nil {
			t.Fatal(err)
		}
	}
	run := func(ready func() bool, args ...string) bool {
		c := exec.Command(args[0], args[1:]...)
		c.Env = append(os.Environ(), "DBUS_SYSTEM_BUS_ADDRESS=unix:path="+dir+"/sock")
		if err := c.Start(); err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { c.Process.Kill(); c.Wait() })
		for range 100 {
			if ready() {
				return true
			}
			time.Sleep(50 * time.Millisecond)
		}
		return false
	}
	exists := func(path string) func() bool { return func() bool { _, err := os.Stat(path); return err == nil } }
	run(exists(dir+"/sock"), "dbus-daemon", "--config-file="+dir+"/bus.conf", "--nofork")
	if !exists("/run/avahi-daemon/socket")() { // else the machine's own is running
		run(exists("/run/avahi-daemon/socket"), "avahi-daemon", "-f", dir+"/avahi.conf", "--no-drop-root",
			"--no-chroot", "--no-rlimits")
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	port := l.Addr().(*net.TCPAddr).Port
	l.Close()
	e := &eve{dir: dir}
	if e.printer, err = New(fmt.Sprintf("ipp://localhost:%d/ipp/print", port)); err != nil {
		t.Fatal(err)
	}
	if err := os.Mkdir(dir+"/spool", 0o755); err != nil {
		t.Fatal(err)
	}
	up := func() bool { return e.printer.Ready(t.Context()) == nil }
	if !run(up, "ippeveprinter", "-p", fmt.Sprint(port), "-n", "localhost", "-r", "off", "-d", dir+"/spool", "-k", "-c",
		dir+"/paper.sh", "-f", "application/pdf", "Kiosk") {
		t.Skipf("SKIPPED, ippeveprinter does not come up (a bus or an Avahi of the machine's own may be in its "+
			"way): %s", eveNeeds)
	}
	return e
}

func (e *eve) put(t *testing.T, name string) {
	t.Helper()
	if err := os.WriteFile(filepath.Join(e.dir, name), nil, 0o600); err != nil {
		t.Fatal(err)
	}
}

func (e *eve) take(t *testing.T, name string) {
	t.Helper()
	if err := os.Remove(filepath.Join(e.dir, name)); err != nil {
		t.Fatal(err)
	}
}

func TestReferencePrinter(t *testing.T) {
	e := newEve(t)
	if out, err := e.printer.Print(t.Context(), sample()); err != nil || out != receipt.PrintedJob {
		t.Fatalf("print = %q, %v", out, err)
	}
	if text, err := os.ReadFile(e.dir + "/paper.pdf"); err != nil || !strings.HasPrefix(string(text), "%PDF") {
		t.Errorf("on paper is %.10q, %v", text, err)
	}
	e.take(t, "paper.pdf")

	// Paper comes while the job waits for it.
	e.put(t, "empty")
	go func() {
		time.Sleep(1500 * time.Millisecond)
		os.Remove(filepath.Join(e.dir, "empty"))
	}()
	if out, err := e.printer.Print(t.Context(), sample()); err != nil || out != receipt.PrintedJob {
		t.Errorf("with paper that came: %q, %v", out, err)
	}

	e.put(t, "broken")
	_, err := e.printer.Print(t.Context(), sample())
	wants(t, err, receipt.Broken, true)
	e.take(t, "broken")

	// Paper does not come: the job is cancelled and says why.
	e.put(t, "empty")
	e.printer.limit = 2 * time.Second
	_, err = e.printer.Print(t.Context(), sample())
	wants(t, err, receipt.PaperOut, true)
	if _, ok := errors.AsType[*receipt.TroubleError](e.printer.Ready(t.Context())); !ok {
		t.Error("a printer without paper says that it is ready")
	}
	e.take(t, "empty")
}
