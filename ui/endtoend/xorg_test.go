package endtoend

import (
	"bufio"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// onNothing is the real Xorg's configuration on a machine without a screen.
const onNothing = `Section "Device"
	Identifier "nothing"
	Driver "dummy"
EndSection
Section "Screen"
	Identifier "screen"
	Device "nothing"
EndSection
`

// zapped starts the real Xorg as the unit does, with what lies in a folder, tells it that Ctrl-Alt-Backspace ends it,
// and presses that. It returns whether X has ended, and what X says of its options.
func zapped(t *testing.T, conf string) (ended bool, log string) {
	t.Helper()
	dir := t.TempDir()
	config, said := filepath.Join(dir, "xorg.conf"), filepath.Join(dir, "log")
	if err := os.WriteFile(config, []byte(onNothing), 0o644); err != nil {
		t.Fatal(err)
	}
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	x := exec.Command("Xorg", "-displayfd", "3", "vt7", "-keeptty", "-nolisten", "tcp", "-nocursor", "-novtswitch",
		"-sharevts", "-s", "0", "-dpms", "-noreset", "-config", config, "-configdir", conf, "-logfile", said)
	x.ExtraFiles = []*os.File{w}
	if err := x.Start(); err != nil {
		t.Fatal(err)
	}
	w.Close()
	over := make(chan struct{})
	go func() { _ = x.Wait(); close(over) }()
	defer func() { _ = x.Process.Kill(); <-over }()
	line, err := bufio.NewReader(r).ReadString('\n')
	text, _ := os.ReadFile(said)
	if err != nil {
		t.Skipf("SKIPPED: no real Xorg starts here: %v\n%s", err, text)
	}
	env := append(os.Environ(), "DISPLAY=:"+strings.TrimSpace(line))
	option := exec.Command("setxkbmap", "-option", "terminate:ctrl_alt_bksp")
	option.Env = env
	if out, err := option.CombinedOutput(); err != nil {
		t.Fatalf("setxkbmap: %v\n%s", err, out)
	}
	press := exec.Command("xdotool", "key", "ctrl+alt+BackSpace")
	press.Env = env
	_ = press.Run() // its connection is broken where X ends
	select {
	case <-over:
		ended = true
	case <-time.After(3 * time.Second):
	}
	text, err = os.ReadFile(said)
	if err != nil {
		t.Fatal(err)
	}
	return ended, string(text)
}

// The real Xorg with the package's options is not ended by the key that ends one without them, though its keymap says
// so; and its log says that it goes by them, which is what app/lockdown reads.
func TestXorgIsNotEnded(t *testing.T) {
	need(t, "Xorg", "setxkbmap", "xdotool")
	if _, err := os.Stat("/usr/lib/xorg/modules/drivers/dummy_drv.so"); err != nil {
		t.Skip("SKIPPED: the real Xorg needs a screen: xserver-xorg-video-dummy; make proof installs it")
	}
	conf := t.TempDir()
	text, err := os.ReadFile("../../assets/deploy/window/xorg.conf")
	if err != nil {
		t.Fatal(err)
	}
	ours := filepath.Join(conf, "90-courtkiosk.conf")
	if err := os.WriteFile(ours, text, 0o644); err != nil {
		t.Fatal(err)
	}
	ended, log := zapped(t, conf)
	if ended {
		t.Errorf("X was ended by a key:\n%s", log)
	}
	for _, line := range []string{`(**) Option "DontVTSwitch" "true"`, `(**) Option "DontZap" "true"`} {
		if !strings.Contains(log, line) {
			t.Errorf("X does not say %s:\n%s", line, log)
		}
	}
	if err := os.Remove(ours); err != nil {
		t.Fatal(err)
	}
	if ended, log := zapped(t, conf); !ended || strings.Contains(log, "DontZap") {
		t.Errorf("without the options X runs on: what kept it before was something else\n%s", log)
	}
}
