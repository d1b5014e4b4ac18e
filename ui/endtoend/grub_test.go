package endtoend

import (
	"context"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// beforeOurs is what 00_header of grub-mkconfig writes before our script's part, and a terminal for the test.
const beforeOurs = `serial --unit=0
terminal_input serial
terminal_output serial
if [ x"${feature_menuentry_id}" = xy ]; then
  menuentry_id_option="--id"
else
  menuentry_id_option=""
fi
export menuentry_id_option
`

// entries are written as 10_linux writes them.
const entries = `menuentry 'Debian GNU/Linux' --class debian $menuentry_id_option 'gnulinux-simple-1' {
	echo START''ED
	sleep 1
	halt
}
`

const (
	atOnce = "set timeout_style=hidden\nset timeout=0\n"
	asMenu = "set timeout_style=menu\nset timeout=300\n"
)

// grub starts the real GRUB in a machine without a disk, presses a key once it shows its menu, and returns what it has
// shown when it says one of these, or after two minutes.
func grub(t *testing.T, config, key string, until ...string) string {
	t.Helper()
	need(t, "grub-mkimage", "qemu-system-x86_64", "tar")
	tool, err := exec.LookPath("grub-mkimage")
	if err != nil {
		t.Fatal(err)
	}
	modules := filepath.Join(filepath.Dir(tool), "../lib/grub/i386-pc")
	start, err := os.ReadFile(filepath.Join(modules, "lnxboot.img"))
	if err != nil {
		t.Skip("SKIPPED: a real GRUB: grub-pc-bin is not here; make proof installs it")
	}
	dir := t.TempDir()
	files := filepath.Join(dir, "boot/grub")
	if err := os.MkdirAll(files, 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(files, "grub.cfg"), []byte(config), 0o644); err != nil {
		t.Fatal(err)
	}
	disk, core := filepath.Join(dir, "disk.tar"), filepath.Join(dir, "core.img")
	for _, c := range [][]string{
		{"tar", "-cf", disk, "-C", dir, "boot"},
		{tool, "-d", modules, "-O", "i386-pc", "-o", core, "-p", "(memdisk)/boot/grub", "-m", disk,
			"memdisk", "tar", "normal", "serial", "terminal", "echo", "halt", "sleep", "test"},
	} {
		if out, err := exec.Command(c[0], c[1:]...).CombinedOutput(); err != nil {
			t.Fatalf("%q: %v\n%s", c, err, out)
		}
	}
	rest, err := os.ReadFile(core)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(core, append(start, rest...), 0o644); err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithTimeout(t.Context(), 2*time.Minute)
	defer stop()
	q := exec.CommandContext(ctx, "qemu-system-x86_64", "-display", "none", "-serial", "stdio", "-monitor", "none",
		"-no-reboot", "-m", "64", "-kernel", core)
	keys, err := q.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	shown := &voice{}
	q.Stdout, q.Stderr = shown, shown
	if err := q.Start(); err != nil {
		t.Fatal(err)
	}
	defer func() { _ = q.Process.Kill(); _ = q.Wait() }()
	pressed := key == ""
	for ctx.Err() == nil {
		time.Sleep(200 * time.Millisecond)
		text := shown.String()
		if !pressed && strings.Contains(text, "GNU GRUB") {
			time.Sleep(time.Second)
			pressed = true
			if _, err := io.WriteString(keys, key); err != nil {
				t.Fatal(err)
			}
		}
		for _, word := range until {
			if pressed && strings.Contains(text, word) {
				return text
			}
		}
	}
	return shown.String()
}

// The real GRUB, with what the lock of the boot menu adds: it starts its system and asks nobody, also where a superuser
// without a password would be asked for at each start; and who wants to edit an entry or a command line is asked.
func TestGRUBIsShut(t *testing.T) {
	ours, err := exec.Command("sh", "../../assets/lockdown/boot/etc/grub.d/01_courtkiosk").Output()
	if err != nil {
		t.Fatal(err)
	}
	const asks, started, edits = "Enter username", "STARTED", "setparams"
	locked := beforeOurs + string(ours)
	bare := strings.ReplaceAll(locked, "--unrestricted", "")
	for name, try := range map[string]struct{ config, key, want, not string }{
		"it starts by itself":            {locked + atOnce + entries, "", started, asks},
		"a superuser alone stops it":     {bare + atOnce + entries, "", asks, started},
		"an entry is not edited":         {locked + asMenu + entries, "e", asks, edits},
		"there is no command line":       {locked + asMenu + entries, "c", asks, "grub>"},
		"without the lock it is":         {beforeOurs + asMenu + entries, "e", edits, asks},
		"and there is a command line":    {beforeOurs + asMenu + entries, "c", "grub>", asks},
		"who chooses an entry starts it": {locked + asMenu + entries, "\r", started, asks},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got := grub(t, try.config, try.key, try.want, try.not)
			if !strings.Contains(got, try.want) || strings.Contains(got, try.not) {
				t.Errorf("want %s and not %s:\n%q", try.want, try.not, got)
			}
		})
	}
}
