package endtoend

import (
	"bufio"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"
)

// With a real input method running, in Chinese, what a scanner types reaches the program letter by letter: one that
// composes would keep the letters for itself and lead to "no such code".
func TestInputMethod(t *testing.T) {
	for _, p := range []string{"ibus-daemon", "ibus", "dbus-daemon"} {
		if _, err := exec.LookPath(p); err != nil {
			t.Skipf("SKIPPED: %s is not installed; make proof installs it", p)
		}
	}
	p := newPanel(t, 1080, 1920)
	pinyin(t, p)
	k := startKiosk(t, p, "demo", "--fullscreen", "--dir", t.TempDir(), "--log-level", "debug")
	k.wait("home")
	k.settle()
	fmt.Fprintf(p.finger, "type --delay 8 https://pay.court.example/f?x=1&jkm=1101012026000002\nkey Return\n")
	if s := k.wait("fee", "notice-scan", "notice-scan-strange", "notice-not-found", "case"); s.Screen != "fee" {
		t.Errorf("a scanned code leads to %s", s.Screen)
	}
}

// pinyin starts ibus with its Chinese engine on the panel, as a desktop would.
func pinyin(t *testing.T, p *panel) {
	t.Helper()
	home, err := os.MkdirTemp("", "ibus-")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(home) }) // an engine may write to its end
	for key, value := range map[string]string{"DISPLAY": p.display, "HOME": home, "XDG_RUNTIME_DIR": t.TempDir(),
		"XMODIFIERS": "@im=ibus", "GTK_IM_MODULE": "ibus", "GSETTINGS_BACKEND": "memory", "LANG": "C.UTF-8"} {
		t.Setenv(key, value)
	}
	start := func(name string, args ...string) *exec.Cmd {
		c := exec.Command(name, args...)
		t.Cleanup(func() {
			if c.Process != nil {
				c.Process.Kill()
				c.Wait()
			}
		})
		return c
	}
	bus := start("dbus-daemon", "--session", "--nofork", "--print-address")
	out, err := bus.StdoutPipe()
	if err == nil {
		err = bus.Start()
	}
	if err != nil {
		t.Fatal(err)
	}
	address, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		t.Fatalf("dbus-daemon: %v", err)
	}
	t.Setenv("DBUS_SESSION_BUS_ADDRESS", strings.TrimSpace(address))
	daemon := start("ibus-daemon", "--xim", "--panel", "disable", "--emoji-extension", "disable")
	daemon.Stderr = os.Stderr
	if err := daemon.Start(); err != nil {
		t.Fatal(err)
	}
	var said []byte
	for end := time.Now().Add(30 * time.Second); time.Now().Before(end); time.Sleep(200 * time.Millisecond) {
		_ = exec.Command("ibus", "engine", "libpinyin").Run()
		if said, _ = exec.Command("ibus", "engine").CombinedOutput(); strings.TrimSpace(string(said)) == "libpinyin" {
			return
		}
	}
	t.Skipf("SKIPPED: ibus has no pinyin engine here: %s", said)
}
