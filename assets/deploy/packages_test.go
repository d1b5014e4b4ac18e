package deploy

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// found returns the first group of a pattern's first match; empty when there is none.
func found(t *testing.T, name, pattern string) string {
	t.Helper()
	m := regexp.MustCompile(pattern).FindStringSubmatch(read(t, name))
	if m == nil {
		t.Fatalf("%s has no %s", name, pattern)
	}
	return m[1]
}

// A release is what the changelog says of one: the ledger's layout that it writes, and the newest that it reads.
type release struct {
	version         string
	writes, readsTo int
}

// releases reads the changelog, the newest first.
func releases(text string) (list []release, err error) {
	said := regexp.MustCompile(`ledger's layout is (\d+)\. This version reads it up to (\d+)\.`)
	for _, entry := range strings.Split(text, "- semver: ")[1:] {
		r := release{version: strings.Fields(entry)[0]}
		m := said.FindStringSubmatch(entry)
		if m == nil {
			return nil, fmt.Errorf("%s: no word of the ledger's layout", r.version)
		}
		r.writes, _ = strconv.Atoi(m[1])
		r.readsTo, _ = strconv.Atoi(m[2])
		list = append(list, r)
	}
	return list, nil
}

// stranded returns the releases from which nobody can go back to the one before and keep the ledger.
func stranded(list []release) (versions []string) {
	for i := range list[:len(list)-1] {
		if list[i].writes > list[i+1].readsTo {
			versions = append(versions, list[i].version)
		}
	}
	return versions
}

// Who rolls a package back has to know whether the older program reads the ledger: the changelog says so of each, the
// newest entry is of this program, and each release reads what the next one writes.
func TestChangelogNamesTheLedger(t *testing.T) {
	writes := found(t, "../../payment/bolt/ledger.go", `(?m)^\twrites = (\d+) `)
	readsTo := found(t, "../../payment/bolt/ledger.go", `(?m)^\treads  = (\d+) `)
	version := found(t, "../../ui/version/version.go", `Version = "(.+)"`)
	list, err := releases(read(t, "changelog.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	got := fmt.Sprintf("%s writes %d and reads up to %d", list[0].version, list[0].writes, list[0].readsTo)
	if want := fmt.Sprintf("%s-1 writes %s and reads up to %s", version, writes, readsTo); got != want {
		t.Errorf("the newest entry says: %s; the program: %s", got, want)
	}
	if lost := stranded(list); lost != nil {
		t.Errorf("no way back keeps the ledger from %q", lost)
	}
	if list := []release{{"0.3", 5, 5}, {"0.2", 4, 4}, {"0.1", 3, 4}}; !slices.Equal(stranded(list), []string{"0.3"}) {
		t.Errorf("stranded are %q", stranded(list))
	}
	if _, err := releases("- semver: 0.2\n  changes: [note: Better.]\n"); err == nil {
		t.Error("an entry without a word of the ledger passes")
	}
}

// No script of a package may take away what money is owed by, or fail because a service does.
func TestScriptsAreGentle(t *testing.T) {
	var scripts []string
	for _, pattern := range []string{"deb/*", "rpm/*"} {
		some, err := filepath.Glob(pattern)
		if err != nil {
			t.Fatal(err)
		}
		scripts = append(scripts, some...)
	}
	if len(scripts) != 6 {
		t.Fatalf("%d scripts: %q", len(scripts), scripts)
	}
	for _, name := range scripts {
		if out, err := exec.Command("sh", "-n", name).CombinedOutput(); err != nil {
			t.Errorf("%s: %v\n%s", name, err, out)
		}
		if wrong := harsh(read(t, name)); wrong != nil {
			t.Errorf("%s may fail or delete: %q", name, wrong)
		}
	}
	for _, bad := range []string{"rm -rf /var/lib/courtkiosk\n", "userdel courtkiosk\n",
		"\tsystemctl start courtkiosk.service\n", "deb-systemd-invoke restart $unit >/dev/null\n",
		"\t1 | 3) systemctl start courtkiosk-restart.service ;;\n"} {
		if harsh(bad) == nil {
			t.Errorf("nothing is found in %q", bad)
		}
	}
}

// harsh returns the lines of a script that delete, or that fail with a service.
func harsh(script string) (lines []string) {
	for line := range strings.Lines(script) {
		line = strings.TrimSpace(line)
		line = regexp.MustCompile(`^[\d |*]+\) (.*) ;;$`).ReplaceAllString(line, "$1") // a case
		deletes := regexp.MustCompile(`^(rm|rmdir|userdel|deluser|find)\b`).MatchString(line)
		manages := regexp.MustCompile(`^(systemctl|deb-systemd-invoke|udevadm|systemd-tmpfiles)\b`).MatchString(line)
		if deletes || manages && !strings.HasSuffix(line, "|| true") {
			lines = append(lines, line)
		}
	}
	return lines
}

// What packages.sh puts in and nfpm.yaml names is there, and the two packages keep each other out.
func TestPackagesAreWhole(t *testing.T) {
	for face, other := range map[string]string{"core": "courtkiosk", "window": "courtkiosk-core"} {
		text := read(t, face+"/nfpm.yaml")
		for _, field := range []string{"conflicts: [" + other + "]", "replaces: [" + other + "]"} {
			if !strings.Contains(text, field) {
				t.Errorf("%s: %q is not there", face, field)
			}
		}
		if strings.Contains(text, "/etc/courtkiosk/config.toml,") {
			t.Errorf("%s brings a configuration: its machine would be started before it is set up", face)
		}
		for _, m := range regexp.MustCompile(`(?:src: |: )((?:deb|rpm|window|core)/[a-z]+)`).FindAllStringSubmatch(text,
			-1) {
			if _, err := os.Stat(m[1]); err != nil {
				t.Errorf("%s: %v", face, err)
			}
		}
	}
	puts := regexp.MustCompile(`put \d+ "\$deploy/([a-z./]+)"`).FindAllStringSubmatch(read(t, "packages.sh"), -1)
	if len(puts) < 5 {
		t.Fatalf("packages.sh puts only %d files in", len(puts))
	}
	for _, m := range puts {
		if _, err := os.Stat(m[1]); err != nil {
			t.Errorf("packages.sh: %v", err)
		}
	}
	for _, doc := range strings.Fields(found(t, "packages.sh", `for d in (.*);`)) {
		if _, err := os.Stat("../docs/" + doc); err != nil {
			t.Errorf("packages.sh: %v", err)
		}
	}
}

// Every device that the rules name is the configuration's too.
func TestDevicesHaveOneName(t *testing.T) {
	names := regexp.MustCompile(`SYMLINK\+="([^"]+)"`).FindAllStringSubmatch(read(t, "udev.rules"), -1)
	var got []string
	for _, m := range names {
		got = append(got, m[1])
	}
	if want := []string{"courtkiosk/printer", "courtkiosk/scanner", "courtkiosk/jack"}; !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
	if !strings.Contains(read(t, "../linux/config.toml"), "usb:/dev/courtkiosk/printer") {
		t.Error("the example does not name the printer as it is called")
	}
}
