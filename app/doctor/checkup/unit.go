package checkup

import (
	"context"
	"crypto/md5"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os/exec"
	"path"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"courtkiosk/app/doctor"
	"courtkiosk/app/update"
)

// Unit is what the service manager knows the program by; both packages call it so.
const Unit = "courtkiosk.service"

// unit returns what the service manager says of the program's unit, by property; nothing where there is no systemd.
func (m *Machine) unit(ctx context.Context) (map[string]string, error) { return m.show(ctx, Unit) }

func (m *Machine) show(ctx context.Context, unit string) (map[string]string, error) {
	out, err := m.Run(ctx, "systemctl", "show", unit)
	if exit, ended := errors.AsType[*Exit](err); ended && strings.Contains(exit.Said, "not been booted with systemd") ||
		errors.Is(err, exec.ErrNotFound) {
		return nil, nil
	}
	said := make(map[string]string)
	for line := range strings.Lines(out) {
		name, value, _ := strings.Cut(strings.TrimSpace(line), "=")
		said[name] = value
	}
	return said, err
}

// lobbyFace is how a unit starts the kiosk; a server's says server.
var lobbyFace = regexp.MustCompile(`courtkiosk kiosk\b`)

// lobby reports whether this machine stands in a lobby: it shows the window, on a screen and with a printer.
func (m *Machine) lobby(ctx context.Context) (bool, error) {
	unit, err := m.unit(ctx)
	return lobbyFace.MatchString(unit["ExecStart"]), err
}

// manyRestarts is how often a unit may have been restarted since it was started.
const manyRestarts = 3

// served: the service manager starts the program, watches over it, and gives it no right too many; the system is kept
// up to date; and the program is the package's.
func served(ctx context.Context, m *Machine, s *sight) error {
	unit, err := m.unit(ctx)
	if err != nil {
		return err
	}
	if unit["LoadState"] != "loaded" {
		s.find(doctor.UnitMissing, Unit)
	} else if err := m.runs(ctx, s, unit); err != nil {
		s.doubt(err)
	}
	if err := m.updated(ctx, s); err != nil {
		s.doubt(err)
	}
	return m.packaged(ctx, s)
}

// runs looks at the unit.
func (m *Machine) runs(ctx context.Context, s *sight, unit map[string]string) error {
	if state := unit["UnitFileState"]; state != "enabled" {
		s.find(doctor.UnitDisabled, Unit, "is", state)
	}
	if is := unit["ActiveState"]; is != "active" {
		said := unit["SubState"] + ", " + unit["Result"]
		if unit["ConditionResult"] == "no" {
			said = "Condition"
		}
		s.find(doctor.UnitDown, Unit, "is", is, "said", said)
	}
	// Of a unit that was never started systemd says that it has none.
	if w := unit["WatchdogUSec"]; unit["ActiveState"] == "active" && (w == "0" || w == "infinity") {
		s.find(doctor.UnitWatchdog, Unit)
	}
	if n, err := strconv.Atoi(unit["NRestarts"]); err != nil {
		s.doubt(fmt.Errorf("systemctl says NRestarts=%q", unit["NRestarts"]))
	} else if n > manyRestarts {
		s.find(doctor.UnitRestarts, Unit, "n", strconv.Itoa(n), "said", unit["Result"])
	}
	out, err := m.Run(ctx, "systemd-analyze", "security", "--no-pager", Unit)
	if err != nil {
		return err
	}
	score := exposure.FindStringSubmatch(out)
	if score == nil {
		return errors.New("systemd-analyze gives no score")
	}
	if worst, err := strconv.ParseFloat(score[1], 64); err != nil || worst > 2 {
		s.find(doctor.UnitExposed, Unit, "score", score[1])
	}
	return nil
}

var exposure = regexp.MustCompile(`Overall exposure level for \S+ ([0-9.]+)`)

// updaters are the units that take in the system's own updates, and the program's.
var updaters = []string{"apt-daily-upgrade.service", "courtkiosk-update.service"}

// patience is how long a newer version may wait for a chance, and fresh how long ago that was looked for.
const (
	patience = 3 * 24 * time.Hour
	fresh    = 24 * time.Hour
)

// updated looks at the system's own updates, and the program's.
func (m *Machine) updated(ctx context.Context, s *sight) error {
	for _, updater := range updaters {
		unit, err := m.show(ctx, updater)
		if err != nil {
			return err
		}
		if result := unit["Result"]; unit["LoadState"] == "loaded" && result != "success" {
			s.find(doctor.UpdatesFailed, updater, "said", result)
		}
	}
	text, err := m.read(update.NotesFile)
	if err != nil {
		return err
	}
	if text != "" {
		notes, err := update.ReadNotes([]byte(text), nil)
		if err != nil {
			return fmt.Errorf("%s: %w", update.NotesFile, err)
		}
		if now := m.Now(); notes.Waits(now, patience) && now.Sub(notes.At) < fresh {
			s.find(doctor.UpdateWaits, "", "is", notes.Is, "want", notes.Newer, "said", notes.Why)
		}
	}
	wanted, err := m.exists("/run/reboot-required")
	if err != nil || !wanted {
		return err
	}
	why, err := m.read("/run/reboot-required.pkgs")
	s.find(doctor.RebootWanted, "", "said", strings.Join(slices.Compact(strings.Fields(why)), ", "))
	return err
}

// binary is where both packages put the program.
const binary = "/usr/bin/courtkiosk"

// packaged compares the program with what its package has brought, and the package with the repository. A program that
// came without a package, or by rpm, is not compared.
func (m *Machine) packaged(ctx context.Context, s *sight) error {
	for _, name := range []string{"courtkiosk", "courtkiosk-core"} {
		sums, err := m.read("/var/lib/dpkg/info/" + name + ".md5sums")
		if err != nil {
			return err
		}
		if sums == "" {
			continue
		}
		if err := m.compare(s, sums); err != nil {
			s.doubt(err)
		}
		return m.newer(ctx, s, name)
	}
	return nil
}

func (m *Machine) compare(s *sight, sums string) error {
	for line := range strings.Lines(sums) {
		want, name, _ := strings.Cut(strings.TrimSpace(line), "  ")
		if "/"+strings.TrimPrefix(name, "./") != binary { // as nfpm writes it, or as dpkg-deb does
			continue
		}
		f, err := m.Files.Open(inTree(binary))
		if errors.Is(err, fs.ErrNotExist) {
			s.find(doctor.BinaryChanged, binary)
			return nil
		}
		if err != nil {
			return err
		}
		defer f.Close()
		sum := md5.New() // dpkg's own; it finds an accident, and no attack
		if _, err := io.Copy(sum, f); err != nil {
			return err
		}
		if hex.EncodeToString(sum.Sum(nil)) != want {
			s.find(doctor.BinaryChanged, binary)
		}
		return nil
	}
	return fmt.Errorf("dpkg knows no sum of %s", path.Base(binary))
}

// newer asks apt, which knows what the last apt-get update has fetched.
func (m *Machine) newer(ctx context.Context, s *sight, name string) error {
	out, err := m.Run(ctx, "apt-cache", "policy", name)
	if err != nil {
		return err
	}
	said := make(map[string]string)
	for line := range strings.Lines(out) {
		key, value, _ := strings.Cut(strings.TrimSpace(line), ": ")
		said[key] = value
	}
	is, want := said["Installed"], said["Candidate"]
	if is != "" && want != "" && is != want && want != "(none)" {
		s.find(doctor.PackageOld, "", "is", is, "want", want)
	}
	return nil
}
