package endtoend

import (
	"encoding/json"
	"fmt"
	"maps"
	"os/exec"
	"slices"
	"strings"
	"testing"
	"time"
)

// A lockedMachine has a network of its own, for its firewall shuts it.
type lockedMachine struct {
	*packed
	stands map[string]string // by lock, as courtkiosk lockdown list says
	why    map[string]string
}

// look asks how every lock stands.
func (m *lockedMachine) look() {
	m.t.Helper()
	out, err := m.command("courtkiosk", "lockdown", "list", "--json").Output()
	var list []struct{ Lock, Is, Why string }
	if e := json.Unmarshal([]byte(strings.SplitN(string(out), "\n", 2)[0]), &list); e != nil || len(list) != 10 {
		m.t.Fatalf("lockdown list: %v, %v\n%s", err, e, out)
	}
	m.stands, m.why = make(map[string]string), make(map[string]string)
	for _, l := range list {
		m.stands[l.Lock], m.why[l.Lock] = l.Is, l.Why
	}
}

// etc is all that lies below /etc and is no memory of locks: names, modes, sums and where links point.
func (m *lockedMachine) etc() string {
	m.t.Helper()
	return m.run("sh", "-c", `cd /etc && find . -path ./courtkiosk/lockdown -o -printf '%p %M %u %l\n' | sort &&
		find . -path ./courtkiosk/lockdown -o -type f -print0 | sort -z | xargs -0 sha256sum`)
}

// differ returns the lines that only one of two texts has.
func differ(before, after string) (lines []string) {
	a, b := make(map[string]bool), make(map[string]bool)
	for line := range strings.Lines(before) {
		a[line] = true
	}
	for line := range strings.Lines(after) {
		b[line] = true
	}
	for _, line := range slices.Sorted(maps.Keys(a)) {
		if !b[line] {
			lines = append(lines, "-"+line)
		}
	}
	for _, line := range slices.Sorted(maps.Keys(b)) {
		if !a[line] {
			lines = append(lines, "+"+line)
		}
	}
	return lines
}

// says checks what a command line says.
func (m *lockedMachine) says(want string, args ...string) {
	m.t.Helper()
	if out, _ := m.try(args...); !strings.Contains(out, want) {
		m.t.Errorf("%q says %q, want %q", args, out, want)
	}
}

// reaches tries a connection to a port, from the machine or from a network beside it.
func (m *lockedMachine) reaches(from, host, port string, want bool) {
	m.t.Helper()
	args := []string{"timeout", "2", "bash", "-c", "exec 3<>/dev/tcp/" + host + "/" + port}
	if from != "" {
		args = append([]string{"ip", "netns", "exec", from}, args...)
	}
	if _, err := m.try(args...); (err == nil) != want {
		m.t.Errorf("from %q to %s:%s: %v, want %v", from, host, port, err == nil, want)
	}
}

// beside makes a network beside the machine's, and listens on both sides.
func (m *lockedMachine) beside() {
	m.run("sh", "-ec", `mkdir -p /run/netns
		ip netns add lobby
		ip link add outer type veth peer name inner netns lobby
		ip addr add 10.9.9.1/24 dev outer && ip link set outer up && ip link set lo up
		ip -n lobby addr add 10.9.9.2/24 dev inner && ip -n lobby link set inner up && ip -n lobby link set lo up
		for port in 22 81 8443; do
			systemd-run -q --unit=listen-$port systemd-socket-activate -a -l $port cat
		done
		for port in 81 443; do
			systemd-run -q --unit=beside-$port ip netns exec lobby systemd-socket-activate -a -l $port cat
		done`)
	time.Sleep(time.Second)
}

// The locks on a real systemd: each in effect by a fact of its own as far as a container shows it, kept by an upgrade,
// given back by off, and opened when the package is removed.
func TestLockdownPackage(t *testing.T) {
	if *packages == "" {
		t.Skip("SKIPPED: locks under a real systemd: make packages, then -args -packages FOLDER")
	}
	m := &lockedMachine{packed: &packed{began: time.Now(), machine: newMachine(t, "--private-network")}}
	m.step("a machine is up")
	// By this machine's network, which the other one does not share.
	apt := exec.Command("nsenter", "-t", fmt.Sprint(m.leader), "-m", "-u", "-i", "-p", "-C", "--wd=/", "apt-get",
		"install", "-qy", "--no-install-recommends", "nftables", "unattended-upgrades")
	apt.Env = m.command().Env
	if out, err := apt.CombinedOutput(); err != nil {
		t.Fatalf("apt-get: %v\n%s", err, out)
	}
	m.run("dpkg", "-i", m.deb("courtkiosk-core_*.deb"))
	m.whole()
	m.beside()
	// It is not to run now: the test needs dpkg. A machine starts it by itself, this one's links were cleared.
	m.write("/var/lib/systemd/timers/stamp-apt-daily-upgrade.timer", "", 0o644)
	m.run("systemctl", "start", "apt-daily-upgrade.timer")
	m.run("touch", "/etc/apt/sources.list") // unattended-upgrade makes an empty one when it runs
	m.reaches("lobby", "10.9.9.1", "81", true)
	m.reaches("", "10.9.9.2", "81", true)
	before := m.etc()
	m.look()
	for id, is := range m.stands {
		if is != "open" {
			t.Errorf("nothing is on, and %s is %s", id, is)
		}
	}
	m.step("installed")

	m.says("a server no lobby", "courtkiosk", "lockdown", "on")
	m.says("apt-get install grub2-common", "courtkiosk", "lockdown", "on", "boot")
	if lines := differ(before, m.etc()); len(lines) > 0 {
		t.Errorf("refused, and changed: %q", lines)
	}
	all := []string{"terminals", "sysrq", "reboot-keys", "power-keys", "keyboards", "storage", "firewall", "logs",
		"updates"}
	out, _ := m.try(append([]string{"courtkiosk", "lockdown", "on", "--ssh", "10.9.9.0/24", "--lang", "en"}, all...)...)
	t.Logf("lockdown on:\n%s", out)
	m.allOn(all)
	m.step("locked")
	m.facts()
	m.step("seen to hold")

	on := differ(before, m.etc())
	m.run("rm", "/etc/systemd/journald.conf.d/90-courtkiosk.conf") // as an older version may not have it
	m.run("courtkiosk", "lockdown", "off", "power-keys")
	m.run("dpkg", "-i", m.deb("next/courtkiosk-core_*.deb"))
	m.whole()
	m.allOn(slices.DeleteFunc(slices.Clone(all), func(id string) bool { return id == "power-keys" }))
	if m.stands["power-keys"] != "off" {
		t.Errorf("turned off and upgraded, power-keys is %s", m.stands["power-keys"])
	}
	m.run("courtkiosk", "lockdown", "on", "power-keys")
	if again := differ(before, m.etc()); !slices.Equal(again, on) {
		t.Errorf("upgraded, laid are\n%q\nand were\n%q", again, on)
	}
	m.step("upgraded")

	m.run("dpkg", "-r", "courtkiosk-core")
	m.whole()
	m.opened()
	m.run("dpkg", "-i", m.deb("courtkiosk-core_*.deb"))
	m.allOn(all)
	m.step("removed, opened, and locked again with the package")

	m.run("courtkiosk", "lockdown", "off")
	if lines := differ(before, m.etc()); len(lines) > 0 {
		t.Errorf("turned off, /etc is not what it was: %q", lines)
	}
	m.opened()
	m.step("turned off")
}

// allOn checks that all of these hold. A container lets nobody set the kernel's own switches.
func (m *lockedMachine) allOn(ids []string) {
	m.t.Helper()
	m.look()
	if _, err := m.try("test", "-e", "/proc/sys/kernel/sysrq"); err != nil {
		m.t.Log("NOT SHOWN: sysrq: this kernel was built without it")
	}
	for _, id := range ids {
		switch is := m.stands[id]; {
		case id == "sysrq" && strings.Contains(m.why[id], "the kernel goes by sysrq"):
			m.t.Logf("NOT SHOWN: sysrq: a container may not set it: %s", m.why[id])
		case is != "on":
			m.t.Errorf("%s is %s: %s", id, is, m.why[id])
		}
	}
}

// facts looks at the locks without the program's own eyes.
func (m *lockedMachine) facts() {
	m.says("masked", "systemctl", "start", "getty@tty1.service")
	m.says("masked", "systemctl", "start", "autovt@tty3.service")
	const manager = "org.freedesktop.login1.Manager"
	m.says("u 0", "busctl", "get-property", "org.freedesktop.login1", "/org/freedesktop/login1", manager, "NAutoVTs")
	m.says("ignore", "busctl", "get-property", "org.freedesktop.login1", "/org/freedesktop/login1", manager,
		"HandlePowerKey")
	for range 10 { // what the kernel tells process 1 when Ctrl-Alt-Del is pressed
		m.run("kill", "-INT", "1")
	}
	time.Sleep(2 * time.Second)
	state, _ := m.try("systemctl", "is-system-running")
	if state = strings.TrimSpace(state); state != "running" && state != "degraded" {
		m.t.Errorf("Ctrl-Alt-Del was pressed ten times, and the machine is %s", state)
	}
	m.reaches("lobby", "10.9.9.1", "22", true) // as it was named
	m.reaches("lobby", "10.9.9.1", "81", false)
	m.reaches("lobby", "10.9.9.1", "8443", false) // no configuration names it
	m.reaches("", "10.9.9.2", "443", true)
	m.reaches("", "10.9.9.2", "81", false)
	m.says("/var/log/journal/", "sh", "-c", "ls -d /var/log/journal/*/system.journal")
	m.says("Allowed origins are: origin=Debian,codename=bookworm-security,label=Debian-Security\n",
		"timeout", "-s", "KILL", "20", "unattended-upgrade", "--dry-run", "--debug")
}

// opened checks that terminals, keys and network are as they are without locks.
func (m *lockedMachine) opened() {
	m.t.Helper()
	m.says("LoadState=loaded", "systemctl", "show", "-p", "LoadState", "getty@tty1.service")
	m.says("LoadState=loaded", "systemctl", "show", "-p", "LoadState", "ctrl-alt-del.target")
	m.says("u 6", "busctl", "get-property", "org.freedesktop.login1", "/org/freedesktop/login1",
		"org.freedesktop.login1.Manager", "NAutoVTs")
	m.says("No such file", "nft", "list", "table", "inet", "courtkiosk")
	m.reaches("lobby", "10.9.9.1", "81", true)
}
