package deploy

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// An input is a device of the kernel's, as umockdev takes it.
func input(name, ev, key, sw string) string {
	const at = "/devices/pci0000:00/0000:00:1f.3/sound/card0"
	return fmt.Sprintf("P: %[1]s\nE: SUBSYSTEM=sound\n\nP: %[1]s/input12\nE: SUBSYSTEM=input\nE: PRODUCT=0/0/0/0\n"+
		"A: name=%[2]s\nA: capabilities/ev=%[3]s\nA: capabilities/key=%[4]s\nA: capabilities/sw=%[5]s\n"+
		"A: capabilities/rel=0\nA: capabilities/abs=0\nA: properties=0\n\nP: %[1]s/input12/event12\n"+
		"N: input/event12\nE: SUBSYSTEM=input\nE: DEVNAME=/dev/input/event12\nE: MAJOR=13\nE: MINOR=76\n\n",
		at, name, ev, key, sw)
}

// The real udev, on recorded devices: a headphone jack has a name that stays, and nothing else has it.
func TestUdevNamesTheJack(t *testing.T) {
	for _, tool := range []string{"umockdev-run", "udevadm", "unshare"} {
		if _, err := exec.LookPath(tool); err != nil || os.Getuid() != 0 {
			t.Skipf("SKIPPED: the real udev on a jack: that needs root and %s", tool)
		}
	}
	rules := t.TempDir()
	err := os.WriteFile(filepath.Join(rules, "70-courtkiosk.rules"), []byte(read(t, "udev.rules")), 0o644)
	if err == nil {
		err = os.MkdirAll("/run/udev", 0o755)
	}
	if err != nil {
		t.Fatal(err)
	}
	for name, tt := range map[string]struct {
		device string
		want   bool
	}{
		"a headphone jack":         {input("HDA Intel PCH Front Headphone", "21", "0", "4"), true},
		"a jack of a microphone":   {input("HDA Intel PCH Mic", "21", "0", "10"), false},
		"a line to the screen":     {input("HDA Intel PCH HDMI/DP,pcm=3", "21", "0", "140"), false},
		"keys of earphones' cable": {input("Some USB Headphones", "3", "e000000000000 0", "0"), false},
	} {
		t.Run(name, func(t *testing.T) {
			mock := filepath.Join(t.TempDir(), "device")
			if err := os.WriteFile(mock, []byte(tt.device), 0o644); err != nil {
				t.Fatal(err)
			}
			// udevadm test does make its links: into a /dev of its own
			const inside = `set -e
mkdir -p /etc/udev/rules.d
mount --bind "$0" /etc/udev/rules.d
mount -t tmpfs none /run/udev
mount -t tmpfs none "$2"
for f in null zero urandom; do : >"$2/$f"; mount --bind /dev/$f "$2/$f"; done
mkdir "$2/pts"; mount --bind /dev/pts "$2/pts"; ln -s pts/ptmx "$2/ptmx"
mount --rbind "$2" /dev
exec timeout 60 umockdev-run -d "$1" -- udevadm test --action=add "$3" 2>&1`
			const at = "/sys/devices/pci0000:00/0000:00:1f.3/sound/card0/input12/event12"
			out, err := exec.Command("unshare", "-m", "sh", "-c", inside, rules, mock, t.TempDir(), at).CombinedOutput()
			said := string(out)
			if err != nil || !strings.Contains(said, "70-courtkiosk.rules") || strings.Contains(said, "nvalid") {
				t.Fatalf("udev does not read the rules: %v\n%s", err, said)
			}
			if got := strings.Contains(said, "DEVLINKS=/dev/courtkiosk/jack\n"); got != tt.want {
				t.Errorf("it has the jack's name: %t\n%s", got, said)
			}
		})
	}
}

// The rules give names to input devices, and rights in none: those are the group's, as the system has it.
func TestUdevGrantsNoInput(t *testing.T) {
	rules := 0
	for line := range strings.Lines(read(t, "udev.rules")) {
		if !strings.HasPrefix(line, `SUBSYSTEM=="input"`) {
			continue
		}
		rules++
		for _, grant := range []string{"GROUP", "MODE", "OWNER", "TAG", "RUN"} {
			if strings.Contains(line, grant+"=") || strings.Contains(line, grant+"+=") {
				t.Errorf("%s grants by %s", strings.TrimSpace(line), grant)
			}
		}
	}
	if rules < 2 {
		t.Errorf("only %d rules are of input devices", rules)
	}
}
