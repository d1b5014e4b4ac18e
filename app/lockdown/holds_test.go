package lockdown

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"os/exec"
	"strings"
	"testing"
	"testing/fstest"
	"time"
)

// What a locked machine says, as a Debian 12 has said it: commands by their lines, and files.
func locked() (said map[string]string, files fstest.MapFS) {
	file := func(text string) *fstest.MapFile { return &fstest.MapFile{Data: []byte(text)} }
	masked := func(units ...string) (out string) {
		for _, u := range units {
			out += "Id=" + u + "\nLoadState=masked\nActiveState=inactive\n\n"
		}
		return out
	}
	const login = "busctl get-property org.freedesktop.login1 /org/freedesktop/login1 org.freedesktop.login1.Manager "
	const show = "systemctl show --property=Id,LoadState,ActiveState "
	ttys := append(terminals[:6:6], "debug-shell.service", "autovt@tty12.service")
	said = map[string]string{
		login + "NAutoVTs":               "u 0\n",
		show + strings.Join(ttys, " "):   masked(ttys...),
		show + "ctrl-alt-del.target":     masked("ctrl-alt-del.target"),
		show + "udisks2.service":         masked("udisks2.service"),
		"nft list table inet courtkiosk": strings.Repeat("hook; policy drop;\n", 3),
		"systemd-analyze cat-config systemd/journald.conf": "[Journal]\n#Storage=auto\nStorage=volatile\n" +
			"# /etc/systemd/journald.conf.d/90-courtkiosk.conf\n[Journal]\nStorage=persistent\n" +
			"SystemMaxUse=500M\nSystemKeepFree=1G\nMaxRetentionSec=180day\n",
		"systemctl show --property=CtrlAltDelBurstAction":               "CtrlAltDelBurstAction=none\n",
		"systemctl show --property=ActiveState apt-daily-upgrade.timer": "ActiveState=active\n",
		login + "HandlePowerKey HandlePowerKeyLongPress HandleRebootKey HandleSuspendKey HandleHibernateKey " +
			"HandleLidSwitch IdleAction": strings.Repeat("s \"ignore\"\n", 7),
		"apt-config dump": `APT "";
APT::Periodic::Update-Package-Lists "1";
APT::Periodic::Unattended-Upgrade "1";
Unattended-Upgrade::Origins-Pattern:: "origin=Debian,codename=${distro_codename}-security,label=Debian-Security";
Unattended-Upgrade::Automatic-Reboot "true";
Unattended-Upgrade::Automatic-Reboot-Time "03:30";
`,
	}
	return said, fstest.MapFS{
		"proc/sys/kernel/sysrq": file("0\n"),
		"proc/stat":             file("cpu 1\nbtime 1795900000\n"),
		"proc/cmdline":          file("root=/dev/sda2 quiet loglevel=3 vt.global_cursor_default=0 panic=10\n"),
		"boot/grub/grub.cfg": file("set superusers=\"courtkiosk\"\nmenuentry_id_option=\"--unrestricted x\"\n" +
			"  set timeout=0\n"),
		"lib/systemd/system/courtkiosk.service": file("ExecStart=xinit courtkiosk kiosk -- Xorg -novtswitch\n"),
		"proc/sys/kernel/ostype":                file("Linux\n"),
		"usr/share/X11/xorg.conf.d/90-courtkiosk.conf": file(
			"\tOption \"DontVTSwitch\" \"true\"\n\tOption \"DontZap\" \"true\"\n"),
		"lib/udev/rules.d/70-courtkiosk.rules": file(
			`SUBSYSTEM=="input", ATTRS{idVendor}=="05e0", SYMLINK+="courtkiosk/scanner"`),
		"sys/bus/usb/devices/1-2/idVendor":               file("05e0\n"), // a scanner
		"sys/bus/usb/devices/1-2/idProduct":              file("1200\n"),
		"sys/bus/usb/devices/1-2:1.0/bInterfaceClass":    file("03\n"),
		"sys/bus/usb/devices/1-2:1.0/bInterfaceProtocol": file("01\n"),
		"sys/bus/usb/devices/1-3/idVendor":               file("0eef\n"), // a touch panel
		"sys/bus/usb/devices/1-3/idProduct":              file("0001\n"),
		"sys/bus/usb/devices/1-3:1.0/bInterfaceClass":    file("03\n"),
		"sys/bus/usb/devices/1-3:1.0/bInterfaceProtocol": file("00\n"),
		"sys/module/ext4/refcnt":                         file("1\n"),
		"var/log/journal/0123/system.journal":            file(""),
	}
}

func look(said map[string]string, files fs.FS) View {
	return View{Files: files, Run: func(_ context.Context, name string, args ...string) (string, error) {
		line := strings.Join(append([]string{name}, args...), " ")
		out, ok := said[line]
		if !ok {
			return "", &exec.Error{Name: line, Err: exec.ErrNotFound}
		}
		if complaint, failed := strings.CutPrefix(out, "! "); failed {
			return "", errors.New(complaint)
		}
		return out, nil
	}}
}

// On a locked machine every lock holds. Each fact that is otherwise is found, by its own lock alone.
func TestHolds(t *testing.T) {
	plants := map[string]struct {
		lock     string
		restart  bool
		at       string // a file, or part of a command
		from, to string // it says the second instead of the first; all of it where the first is empty
	}{
		"logind starts logins":      {"terminals", false, "NAutoVTs", "u 0", "u 6"},
		"a terminal is not masked":  {"terminals", false, "getty@tty1", "masked", "loaded"},
		"a login runs on":           {"terminals", true, "getty@tty1", "inactive", "active"},
		"X switches":                {"terminals", false, xOptions, "DontVTSwitch", "Other"},
		"X is ended by a key":       {"terminals", false, xOptions, `DontZap" "true"`, `DontZap" "false"`},
		"X goes by another file":    {"terminals", false, xLog, "", "(**) Option \"DontVTSwitch\" \"true\"\n"},
		"X is let switch":           {"terminals", false, "/lib/systemd/system/courtkiosk.service", "-novtswitch", ""},
		"the kernel takes keys":     {"sysrq", false, "/proc/sys/kernel/sysrq", "0", "438"},
		"seven times":               {"reboot-keys", false, "CtrlAltDelBurst", "none", "reboot-force"},
		"once":                      {"reboot-keys", false, "ctrl-alt-del", "masked", "loaded"},
		"a key turns it off":        {"power-keys", false, "HandlePowerKey", "ignore", "poweroff"},
		"a menu that is edited":     {"boot", false, "/boot/grub/grub.cfg", "superusers", "x"},
		"a menu that asks":          {"boot", false, "/boot/grub/grub.cfg", "--unrestricted", ""},
		"a menu that waits":         {"boot", false, "/boot/grub/grub.cfg", "timeout=0", "timeout=5"},
		"a shell at the start":      {"boot", true, "/proc/cmdline", "panic=10", ""},
		"a keyboard":                {"keyboards", true, "/sys/bus/usb/devices/1-2/idVendor", "05e0", "046d"},
		"another interface":         {"keyboards", true, "/sys/bus/usb/devices/1-3:1.0/bInterfaceProtocol", "00", "01"},
		"sticks":                    {"storage", true, "/sys/module/usb_storage/refcnt", "", "0"},
		"Bluetooth":                 {"storage", true, "/sys/module/bluetooth/refcnt", "", "0"},
		"somebody mounts":           {"storage", false, "udisks2", "masked", "loaded"},
		"no table":                  {"firewall", false, "nft", "", "! Error: No such file or directory"},
		"a table that lets through": {"firewall", false, "nft", "policy drop", "policy accept"},
		"logs in memory":            {"logs", false, "journald", "Storage=persistent", "Storage=auto"},
		"logs for a week":           {"logs", false, "journald", "180day", "7day"},
		"logs nowhere":              {"logs", false, "/var/log/journal/0123/system.journal", "", "gone"},
		"no updates":                {"updates", false, "apt-config", `-Upgrade "1"`, `-Upgrade "0"`},
		"all updates":               {"updates", false, "apt-config", "label=Debian-Security", "label=Debian"},
		"a restart by day":          {"updates", false, "apt-config", "03:30", "now"},
		"no timer":                  {"updates", false, "apt-daily", "active", "inactive"},
	}
	said, files := locked()
	for _, l := range locks {
		if err := l.holds(t.Context(), look(said, files)); err != nil {
			t.Errorf("%s of a locked machine: %v", l.ID, err)
		}
	}
	proven := make(map[string]bool)
	for name, p := range plants {
		t.Run(name, func(t *testing.T) {
			said, files := locked()
			for line := range said {
				if strings.Contains(line, p.at) {
					said[line] = changed(t, said[line], p.from, p.to)
				}
			}
			if at, is := strings.CutPrefix(p.at, "/"); p.to == "gone" {
				delete(files, at)
			} else if is {
				was := ""
				if files[at] != nil {
					was = string(files[at].Data)
				}
				files[at] = &fstest.MapFile{Data: []byte(changed(t, was, p.from, p.to))}
			}
			for _, l := range locks {
				err := l.holds(t.Context(), look(said, files))
				not, is := errors.AsType[*Unmet](err)
				if is != (l.ID == p.lock) || is && not.Restart != p.restart {
					t.Errorf("%s: %v", l.ID, err)
				}
			}
		})
		proven[p.lock] = true
	}
	for _, l := range locks {
		if !proven[l.ID] {
			t.Errorf("nothing proves %s", l.ID)
		}
	}
}

func changed(t *testing.T, text, from, to string) string {
	t.Helper()
	if from == "" {
		return to
	}
	if !strings.Contains(text, from) {
		t.Fatalf("%q is not in %q", from, text)
	}
	return strings.Replace(text, from, to, 1)
}

// A server has no screen to shut, and some kernels know no SysRq.
func TestHoldsWithout(t *testing.T) {
	said, files := locked()
	files["lib/systemd/system/courtkiosk.service"].Data = []byte("ExecStart=courtkiosk server\n")
	delete(files, "usr/share/X11/xorg.conf.d/90-courtkiosk.conf")
	delete(files, "proc/sys/kernel/sysrq")
	for _, l := range locks {
		if err := l.holds(t.Context(), look(said, files)); err != nil {
			t.Errorf("%s: %v", l.ID, err)
		}
	}
}

// Who may not look, or has no such command, does not know.
func TestUnknown(t *testing.T) {
	said, files := locked()
	for line := range said {
		said[line] = "! Operation not permitted"
	}
	for _, l := range locks {
		for _, v := range []View{look(said, files), look(nil, files)} {
			err := l.holds(t.Context(), v)
			if _, known := errors.AsType[*Unmet](err); known {
				t.Errorf("%s claims to know: %v", l.ID, err)
			}
		}
	}
}

// What only a restart brings is idle until there was one.
func TestStandings(t *testing.T) {
	b := newBench(t)
	said, files := locked()
	delete(files, "lib/udev/rules.d/70-courtkiosk.rules") // the bench has its own
	for name, f := range files {
		b.write("/"+name, string(f.Data))
	}
	b.Now = func() time.Time { return time.Unix(1795900000+60, 0) }
	b.on(locks[:9]...)
	b.off(locks[8])
	b.Run = look(said, nil).Run
	stands := func() (all string) {
		list, err := b.Standings(t.Context())
		b.must(err)
		for _, s := range list {
			if all += string(s.Is) + " "; (s.Why != nil) != (s.Is == Idle || s.Is == Broken || s.Is == Unknown) {
				t.Errorf("%s is %s for %v", s.Lock.ID, s.Is, s.Why)
			}
		}
		return strings.TrimSpace(all)
	}
	for _, step := range []struct {
		does func()
		want string
	}{
		{func() {}, "on on on on on on on on off open"},
		{func() { b.write("/sys/module/usb_storage/x", "") }, "on on on on on on restart on off open"},
		{func() { b.write("/proc/stat", "btime 1795999999\n") }, "on on on on on on broken on off open"},
		{func() { b.write("/proc/sys/kernel/sysrq", "1") }, "on broken on on on on broken on off open"},
		{func() { b.must(os.Remove(b.at(ruleset))) }, "on broken on on on on broken broken off open"},
		{func() { delete(said, "systemctl show --property=CtrlAltDelBurstAction") },
			"on broken unknown on on on broken broken off open"},
	} {
		step.does()
		if got := stands(); got != step.want {
			t.Errorf("got %s, want %s", got, step.want)
		}
	}
	b.write(StateFile, "{")
	if _, err := b.Standings(t.Context()); err == nil || !strings.Contains(err.Error(), StateFile) {
		t.Errorf("of a state that cannot be read: %v", err)
	}
	if _, err := b.On(t.Context(), locks, Names{}); err == nil {
		t.Error("what was switched is not known, and is switched")
	}
}

// A disk at USB on which something is mounted, directly or below a volume, keeps the lock of sticks off.
func TestDiskAtUSB(t *testing.T) {
	mount := func(dev string) *fstest.MapFile {
		return &fstest.MapFile{Data: []byte("22 1 8:2 / / rw - ext4 /dev/sda2 rw\n" +
			"26 22 " + dev + " / /srv/backups rw - ext4 /dev/x rw\n")}
	}
	link := func(to string) *fstest.MapFile {
		return &fstest.MapFile{Data: []byte(to), Mode: fs.ModeSymlink}
	}
	const sata, usb = "../../devices/pci0/ata1/block/sda/sda2", "../../devices/pci0/usb2/2-1/block/sdb/sdb1"
	files := fstest.MapFS{
		"sys/dev/block/8:2":                          link(sata),
		"sys/dev/block/8:17":                         link(usb),
		"sys/dev/block/254:0":                        link("../../devices/virtual/block/dm-0"),
		"sys/devices/virtual/block/dm-0/slaves/sdb1": link("../../../../pci0/usb2/2-1/block/sdb/sdb1"),
		"sys/dev/block/254:1":                        link("../../devices/virtual/block/dm-1"),
		"sys/devices/virtual/block/dm-1/slaves/sda2": link("../../../../pci0/ata1/block/sda/sda2"),
	}
	for dev, want := range map[string]bool{"8:2": false, "8:17": true, "254:0": true, "254:1": false, "0:33": false} {
		files["proc/self/mountinfo"] = mount(dev)
		err := diskAtUSB(View{Files: files})
		if (err != nil) != want || err != nil && !strings.Contains(err.Error(), "/srv/backups") {
			t.Errorf("%s: %v", dev, err)
		}
	}
	// btrfs has a number that is no disk's
	files["sys/class/block/sdb1"], files["sys/class/block/sda2"] = link(usb), link(sata)
	for dev, want := range map[string]bool{"/dev/sdb1": true, "/dev/sda2": false, "none": false} {
		line := "22 1 0:24 /@ / rw shared:1 - btrfs " + dev + " rw,subvol=/@\n"
		files["proc/self/mountinfo"] = &fstest.MapFile{Data: []byte(line)}
		if err := diskAtUSB(View{Files: files}); (err != nil) != want {
			t.Errorf("btrfs on %s: %v", dev, err)
		}
	}
}
