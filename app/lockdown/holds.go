package lockdown

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strings"
)

// An Unmet says that a lock is not in effect.
type Unmet struct {
	Said    string
	Restart bool // a restart of the machine brings it
}

func (e *Unmet) Error() string { return e.Said }

func unmet(format string, args ...any) error { return &Unmet{Said: fmt.Sprintf(format, args...)} }

// afterRestart is what the next start of the machine brings.
func afterRestart(format string, args ...any) error {
	return &Unmet{Said: fmt.Sprintf(format, args...), Restart: true}
}

// logindSays asks logind what it goes by; want is a line of busctl for each property.
func (v View) logindSays(ctx context.Context, want [][2]string) error {
	args := []string{"get-property", "org.freedesktop.login1", "/org/freedesktop/login1",
		"org.freedesktop.login1.Manager"}
	for _, w := range want {
		args = append(args, w[0])
	}
	out, err := v.Run(ctx, "busctl", args...)
	if err != nil {
		return err
	}
	lines := strings.Split(strings.TrimSpace(out), "\n")
	if len(lines) != len(want) {
		return fmt.Errorf("busctl says %q", out)
	}
	for i, w := range want {
		if lines[i] != w[1] {
			return unmet("logind goes by %s = %s", w[0], lines[i])
		}
	}
	return nil
}

// masked: systemd starts none of these units, and none of them runs on from before.
func (v View) masked(ctx context.Context, names ...string) error {
	out, err := v.Run(ctx, "systemctl", append([]string{"show", "--property=Id,LoadState,ActiveState"}, names...)...)
	if err != nil {
		return err
	}
	blocks := strings.Split(strings.TrimSpace(out), "\n\n")
	if len(blocks) != len(names) {
		return fmt.Errorf("systemctl says %q", out)
	}
	var running error
	for i, b := range blocks {
		said := properties(b)
		if said["LoadState"] != "masked" {
			return unmet("%s is %s, not masked", names[i], said["LoadState"])
		}
		if said["ActiveState"] == "active" {
			running = afterRestart("%s still runs", names[i])
		}
	}
	return running
}

// properties are the lines of systemctl show.
func properties(text string) map[string]string {
	said := make(map[string]string)
	for line := range strings.Lines(text) {
		name, value, _ := strings.Cut(strings.TrimSpace(line), "=")
		said[name] = value
	}
	return said
}

func terminalsHold(ctx context.Context, v View) error {
	if err := v.screenShut(); err != nil {
		return err
	}
	if err := v.logindSays(ctx, [][2]string{{"NAutoVTs", "u 0"}}); err != nil {
		return err
	}
	// systemctl shows no template: an instance that nobody starts stands for all of them.
	return v.masked(ctx, append(slices.DeleteFunc(slices.Clone(terminals), func(unit string) bool {
		return strings.Contains(unit, "@.")
	}), "autovt@tty12.service")...)
}

// The package's file for the X server of a lobby, and the log of one that the program's user has started.
const (
	xOptions = "/usr/share/X11/xorg.conf.d/90-courtkiosk.conf"
	xLog     = "/var/lib/courtkiosk/.local/share/xorg/Xorg.0.log"
)

// screenShut: a lobby's X server switches to no terminal and is ended by no key, as the package's file says.
func (v View) screenShut() error {
	unit, err := v.read("/lib/systemd/system/courtkiosk.service")
	if unit == "" && err == nil {
		unit, err = v.read("/usr/lib/systemd/system/courtkiosk.service")
	}
	if err != nil || !strings.Contains(unit, "courtkiosk kiosk") {
		return err
	}
	if !strings.Contains(unit, "-novtswitch") {
		return unmet("the kiosk's unit starts X without -novtswitch")
	}
	at := xLog // what X goes by; a section of another file may have taken the place of ours
	if is, err := v.exists(at); err != nil {
		return err
	} else if !is { // it was never started
		at = xOptions
	}
	text, err := v.read(at)
	if err != nil {
		return err
	}
	for _, name := range []string{"DontVTSwitch", "DontZap"} {
		if !strings.Contains(text, `Option "`+name+`" "true"`) {
			return unmet("%s does not say %s", at, name)
		}
	}
	return nil
}

func sysrqHolds(_ context.Context, v View) error {
	is, err := v.read("/proc/sys/kernel/sysrq")
	if err != nil {
		return err
	}
	if any, err := v.exists("/proc/sys/kernel/ostype"); is == "" && any { // a kernel that was built without it
		return err
	}
	if is != "0" {
		return unmet("the kernel goes by sysrq = %s", is)
	}
	return nil
}

func rebootKeysHold(ctx context.Context, v View) error {
	out, err := v.Run(ctx, "systemctl", "show", "--property=CtrlAltDelBurstAction")
	if err != nil {
		return err
	}
	if is := properties(out)["CtrlAltDelBurstAction"]; is != "none" {
		return unmet("systemd goes by CtrlAltDelBurstAction = %s", is)
	}
	return v.masked(ctx, "ctrl-alt-del.target")
}

func powerKeysHold(ctx context.Context, v View) error {
	var want [][2]string
	for _, name := range []string{"HandlePowerKey", "HandlePowerKeyLongPress", "HandleRebootKey", "HandleSuspendKey",
		"HandleHibernateKey", "HandleLidSwitch", "IdleAction"} {
		want = append(want, [2]string{name, `s "ignore"`})
	}
	return v.logindSays(ctx, want)
}

func bootHolds(_ context.Context, v View) error {
	menu, err := v.read("/boot/grub/grub.cfg")
	if err != nil {
		return err
	}
	for _, line := range []string{`set superusers="courtkiosk"`, "--unrestricted", "set timeout=0"} {
		if !strings.Contains(menu, line) {
			return unmet("/boot/grub/grub.cfg does not say %s: run update-grub", line)
		}
	}
	line, err := v.read("/proc/cmdline")
	if err != nil {
		return err
	}
	for _, word := range []string{"quiet", "loglevel=3", "vt.global_cursor_default=0", "panic=10"} {
		if !slices.Contains(strings.Fields(line), word) {
			return afterRestart("the kernel was started without %s", word)
		}
	}
	return nil
}

// Classes of interfaces at USB, as the kernel writes them.
const (
	bus      = "/sys/bus/usb/devices"
	inputs   = "03"
	keyboard = "01" // protocol of inputs
)

// keyboardsHold: none is let in but those that were agreed to. The kernel shows no interface of one that was shut out.
func keyboardsHold(_ context.Context, v View) error {
	agreed, err := v.Agreed()
	if err != nil {
		return err
	}
	list, err := fs.ReadDir(v.Files, inTree(bus))
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	var in []string
	for _, e := range list { // 1-2:1.0 is an interface of the device 1-2
		device, _, is := strings.Cut(e.Name(), ":")
		if !is {
			continue
		}
		var said []string
		for _, name := range []string{e.Name() + "/bInterfaceClass", e.Name() + "/bInterfaceProtocol",
			device + "/idVendor", device + "/idProduct", device + "/product"} {
			text, err := v.read(bus + "/" + name)
			if err != nil {
				return err
			}
			said = append(said, text)
		}
		id := said[2] + ":" + said[3]
		if said[0] == inputs && said[1] == keyboard && !agreed(id) {
			in = append(in, strings.TrimSpace(id+" "+said[4]))
		}
	}
	if len(in) > 0 { // it may be a panel that calls itself a keyboard too
		return afterRestart("plugged in and let in until then: %s", strings.Join(slices.Compact(in), ", "))
	}
	return err
}

func storageHolds(ctx context.Context, v View) error {
	for _, module := range []string{"usb_storage", "uas", "firewire_core", "bluetooth"} {
		is, err := v.exists("/sys/module/" + module)
		if err != nil {
			return err
		}
		if is {
			return afterRestart("the kernel has loaded %s", module)
		}
	}
	return v.masked(ctx, "udisks2.service")
}

// diskAtUSB refuses where something is mounted that lies on a disk at USB: copies of the ledger, or the system itself.
func diskAtUSB(v View) error {
	mounts, err := v.read("/proc/self/mountinfo")
	for line := range strings.Lines(mounts) {
		f := strings.Fields(line)
		if len(f) < 5 {
			continue
		}
		device := "/sys/dev/block/" + f[2]
		if _, source, is := strings.Cut(line, " - "); is && strings.HasPrefix(f[2], "0:") { // btrfs hides what it is on
			from := strings.Fields(source)
			if len(from) < 2 || !strings.HasPrefix(from[1], "/dev/") {
				continue
			}
			device = "/sys/class/block/" + path.Base(from[1])
		}
		at, err := v.atUSB(device, 0)
		if err != nil {
			return err
		}
		if at {
			return fmt.Errorf("%s lies on a disk at USB, which would be gone after a restart", f[4])
		}
	}
	return err
}

// atUSB follows a block device down to what it lies on: volumes lie on others.
func (v View) atUSB(name string, deep int) (bool, error) {
	to, err := fs.ReadLink(v.Files, inTree(name))
	if errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	if err != nil || strings.Contains(to, "/usb") {
		return err == nil, err
	}
	below := path.Join(path.Dir(name), to, "slaves")
	list, err := fs.ReadDir(v.Files, inTree(below))
	if err != nil || deep > 5 {
		return false, nil // no volume
	}
	for _, e := range list {
		if at, err := v.atUSB(path.Join(below, e.Name()), deep+1); at || err != nil {
			return at, err
		}
	}
	return false, nil
}

func firewallHolds(ctx context.Context, v View) error {
	out, err := v.Run(ctx, "nft", "list", "table", "inet", "courtkiosk")
	if err != nil && strings.Contains(err.Error(), "No such file") {
		return unmet("nft has no table inet courtkiosk")
	}
	if err != nil {
		return err
	}
	if strings.Count(out, "policy drop") != 3 {
		return unmet("the table inet courtkiosk lets through what it does not name")
	}
	return nil
}

func logsHold(ctx context.Context, v View) error {
	out, err := v.Run(ctx, "systemd-analyze", "cat-config", "systemd/journald.conf")
	if err != nil {
		return err
	}
	said := properties(out) // the last one counts
	for _, w := range [][2]string{{"Storage", "persistent"}, {"SystemMaxUse", "500M"}, {"SystemKeepFree", "1G"},
		{"MaxRetentionSec", "180day"}} {
		if is := said[w[0]]; is != w[1] {
			return unmet("journald goes by %s=%s", w[0], is)
		}
	}
	if is, err := v.exists("/var/log/journal"); err != nil || !is {
		return errors.Join(err, unmet("there is no /var/log/journal: logs are gone after a restart"))
	}
	return nil
}

func updatesHold(ctx context.Context, v View) error {
	out, err := v.Run(ctx, "apt-config", "dump")
	if err != nil {
		return err
	}
	for _, line := range []string{`APT::Periodic::Update-Package-Lists "1";`, `APT::Periodic::Unattended-Upgrade "1";`,
		`Unattended-Upgrade::Automatic-Reboot "true";`, `Unattended-Upgrade::Automatic-Reboot-Time "03:30";`} {
		if !strings.Contains(out, "\n"+line) {
			return unmet("apt does not go by %s", line)
		}
	}
	for line := range strings.Lines(out) {
		origin := strings.HasPrefix(line, "Unattended-Upgrade::Origins-Pattern::") ||
			strings.HasPrefix(line, "Unattended-Upgrade::Allowed-Origins::")
		if origin && !strings.Contains(line, "label=Debian-Security") {
			return unmet("apt takes more than security updates: %s", strings.TrimSpace(line))
		}
	}
	show, err := v.Run(ctx, "systemctl", "show", "--property=ActiveState", "apt-daily-upgrade.timer")
	if err == nil && properties(show)["ActiveState"] != "active" {
		err = unmet("apt-daily-upgrade.timer is %s", properties(show)["ActiveState"])
	}
	return err
}
