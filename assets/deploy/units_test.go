package deploy

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// exposure is how open to the machine each unit may be by systemd-analyze security, in tenths: 0 is shut, 100 is bare.
var exposure = map[string]int{
	"core/courtkiosk.service":           10,
	"window/courtkiosk.service":         17,
	"metrics.service":                   3,
	"update/courtkiosk-restart.service": 14,
	"update/courtkiosk-update.service":  57, // it is root, and installs packages
}

// shut are lines without which a unit is more open than it may be.
func shut(name string) []string {
	if name == "update/courtkiosk-update.service" {
		return []string{"ProtectHome=yes\n", "RestrictNamespaces=yes\n", "ProtectKernelModules=yes\n"}
	}
	lines := []string{"NoNewPrivileges=yes\n", "ProtectSystem=strict\n"}
	if !strings.HasPrefix(name, "update/") { // who asks the program's socket may pass its folder
		lines = append(lines, "CapabilityBoundingSet=\n")
	}
	return lines
}

// analyze asks systemd how open a unit's text is; an error is more than the limit, or no answer.
func analyze(t *testing.T, text string, limit int) (string, error) {
	t.Helper()
	unit := filepath.Join(t.TempDir(), "courtkiosk.service")
	if err := os.WriteFile(unit, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	out, err := exec.Command("systemd-analyze", "security", "--offline=true", "--no-pager",
		fmt.Sprintf("--threshold=%d", limit), unit).CombinedOutput()
	return string(out), err
}

func TestUnitsAreShut(t *testing.T) {
	if _, err := exec.LookPath("systemd-analyze"); err != nil {
		t.Skip("SKIPPED: the units' exposure: systemd-analyze is not here (apt-get install systemd)")
	}
	for name, limit := range exposure {
		t.Run(name, func(t *testing.T) {
			text := read(t, name)
			if out, err := analyze(t, text, limit); err != nil {
				t.Errorf("more open than %d tenths: %v\n%s", limit, err, out)
			}
			for _, line := range shut(name) {
				if !strings.Contains(text, line) {
					t.Errorf("%q is not there", line)
				}
				out, err := analyze(t, strings.Replace(text, line, "", 1), limit)
				if err == nil || !strings.Contains(out, "Overall exposure level") {
					t.Errorf("without %q nothing is found: %v\n%s", line, err, out)
				}
			}
		})
	}
}

// A lobby's unit tells X how the screen hangs; a server has none.
func TestUnitOfAWindowTurnsIt(t *testing.T) {
	const step = "\nExecStartPre=-+/usr/bin/courtkiosk screen\n"
	if !strings.Contains(read(t, "window/courtkiosk.service"), step) ||
		strings.Contains(read(t, "core/courtkiosk.service"), step) {
		t.Errorf("%q is not where it belongs", step)
	}
}

// A window speaks, and reads a keypad; a server has neither, nor the devices.
func TestUnitOfAWindowSpeaks(t *testing.T) {
	for line, both := range map[string]bool{"DeviceAllow=char-alsa rw": false, "SupplementaryGroups=audio": false,
		"Wants=modprobe@snd.service": false, "After=modprobe@snd.service": false,
		"DeviceAllow=char-input rw": false, "DevicePolicy=closed": true} {
		for name, in := range map[string]bool{"window/courtkiosk.service": true, "core/courtkiosk.service": both} {
			if got := strings.Contains(read(t, name), "\n"+line+"\n"); got != in {
				t.Errorf("%s: %q is there: %t", name, line, got)
			}
		}
	}
	if text := read(t, "window/courtkiosk.service"); strings.Count(text, "SupplementaryGroups=") != 1 ||
		!strings.Contains(read(t, "sysusers.conf"), "\ng audio -\n") {
		t.Error("a group that may be missing, or another one, is taken: such a unit does not start")
	}
	for name, in := range map[string]bool{"window/nfpm.yaml": true, "core/nfpm.yaml": false} {
		for _, needs := range []string{"espeak-ng", "alsa-utils"} {
			if strings.Contains(read(t, name), needs) != in {
				t.Errorf("%s: %s is recommended: %t", name, needs, !in)
			}
		}
	}
}

// What both units promise a lobby, beyond what is scored.
func TestUnitsKeepTheLobbyOpen(t *testing.T) {
	for _, name := range []string{"core/courtkiosk.service", "window/courtkiosk.service"} {
		text := read(t, name)
		for _, line := range []string{
			"ConditionPathExists=/etc/courtkiosk/config.toml", "Restart=always", "StartLimitIntervalSec=0",
			"WatchdogSec=30", "Type=notify", "TimeoutStopSec=10", "User=courtkiosk", "LimitCORE=0",
			"Wants=courtkiosk-metrics.timer", "StateDirectoryMode=0700",
			"LoadCredentialEncrypted=courtkiosk.merchant-key",
			"ExecStartPre=-+/usr/bin/courtkiosk board",
		} {
			if !strings.Contains(text, "\n"+line+"\n") {
				t.Errorf("%s: %q is not there", name, line)
			}
		}
	}
}

func read(t *testing.T, name string) string {
	t.Helper()
	text, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}
