package endtoend

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"courtkiosk/payment"
)

// A signed machine takes its packages from a court's repository, which lies here, with its key.
type signed struct {
	*packed
	dir, home, key string // of the repository, of gpg
}

func newSigned(t *testing.T, p *packed) *signed {
	t.Helper()
	dir, err := os.MkdirTemp("", "court-") // gpg's socket has a short name
	p.must(err)
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	s := &signed{packed: p, dir: dir + "/apt", home: dir + "/gpg"}
	p.must(os.Mkdir(s.home, 0o700))
	t.Cleanup(func() { _, _ = s.at("gpgconf", "--kill", "all") })
	s.atHome("gpg", "--batch", "--quiet", "--passphrase", "", "--quick-generate-key", "A court", "ed25519", "sign",
		"never")
	for line := range strings.Lines(s.atHome("gpg", "--batch", "--list-secret-keys", "--with-colons")) {
		if fields := strings.Split(line, ":"); fields[0] == "fpr" {
			s.key = fields[9]
		}
	}
	return s
}

// at runs a command on this machine.
func (s *signed) at(name string, args ...string) (string, error) {
	c := exec.Command(name, args...)
	c.Env = append(os.Environ(), "GNUPGHOME="+s.home, "LC_ALL=C")
	out, err := c.CombinedOutput()
	return string(out), err
}

func (s *signed) atHome(name string, args ...string) string {
	s.t.Helper()
	out, err := s.at(name, args...)
	if err != nil {
		s.t.Fatalf("%s %q: %v\n%s", name, args, err, out)
	}
	return out
}

func (s *signed) repository(verb string, args ...string) {
	s.t.Helper()
	s.atHome("sh", append([]string{"../../assets/deploy/repository.sh", verb, s.dir, s.key}, args...)...)
}

// given is the only package that a pattern names.
func given(t *testing.T, pattern string) string {
	t.Helper()
	found, err := filepath.Glob(filepath.Join(*packages, pattern))
	if err != nil || len(found) != 1 {
		t.Fatalf("%s in %s: %q, %v", pattern, *packages, found, err)
	}
	return found[0]
}

// of makes another version of a package, with another line in its control file.
func (s *signed) of(deb, version, from, to string) string {
	s.t.Helper()
	tree := filepath.Join(s.home, "tree")
	s.atHome("dpkg-deb", "-R", deb, tree)
	s.atHome("sed", "-i", "-e", "s/^Version: .*/Version: "+version+"/", "-e", "s/^"+from+"$/"+to+"/",
		tree+"/DEBIAN/control")
	file := filepath.Join(s.home, "courtkiosk-core_"+version+"_amd64.deb")
	s.atHome("dpkg-deb", "--root-owner-group", "-Znone", "-b", tree, file)
	return file
}

// version is what is installed.
func (s *signed) version() string {
	s.t.Helper()
	return s.run("dpkg-query", "-W", "-f", "${Version}", "courtkiosk-core")
}

// stays checks that a command is refused with a word, and that the same program goes on.
func (s *signed) stays(what, word string, args ...string) {
	s.t.Helper()
	version, pid := s.version(), s.property("MainPID")
	out, err := s.try(append([]string{"courtkiosk", "update"}, args...)...)
	if err == nil || !strings.Contains(out, word) {
		s.t.Errorf("%s: %v, want %q:\n%s", what, err, word, out)
	}
	if got := s.version() + " " + s.property("MainPID"); got != version+" "+pid {
		s.t.Errorf("%s: there is %s, and was %s %s", what, got, version, pid)
	}
	s.whole()
	s.step(what + " is refused: " + word)
}

// becomes checks that a command brings a version, that it serves, and that the ledger is what it was.
func (s *signed) becomes(version string, args ...string) {
	s.t.Helper()
	before, pid := s.orders(), s.property("MainPID")
	s.run(args...)
	s.serving(0)
	if got := s.version(); got != version || s.property("MainPID") == pid {
		s.t.Errorf("%q: version %s, process %s, and was %s", args, got, s.property("MainPID"), pid)
	}
	if got := s.orders(); got != before {
		s.t.Errorf("the ledger says\n%s\nand said\n%s", got, before)
	}
	if out := s.run("courtkiosk", "ledger", "check"); !strings.Contains(out, "sound") {
		s.t.Errorf("the ledger: %s", out)
	}
	s.whole()
	s.step(strings.Join(args, " ") + ": " + version)
}

// otherDay is a configuration whose only hours are on another day than today and tomorrow.
func otherDay() string {
	day := time.Now().In(payment.China).AddDate(0, 0, 3).Weekday()
	return "[hours]\n" + strings.ToLower(day.String()) + " = \"9:00-10:00\"\n"
}

// A court's repository, real apt, and a machine that is updated, left alone, rolled back and updated from a stick.
func TestRepositoryPackage(t *testing.T) {
	p := newPacked(t)
	s := newSigned(t, p)
	old, next := given(t, "courtkiosk-core_*.deb"), given(t, "next/courtkiosk-core_*.deb")
	s.repository("add", old)
	s.repository("promote", "now")
	web := httptest.NewServer(http.FileServer(http.Dir(s.dir)))
	defer web.Close()

	p.install(p.deb("courtkiosk-core_*.deb"))
	p.start(fmt.Sprintf("[clerk]\nlisten = \"127.0.0.1:%d\"\n%s", freePort(t), otherDay()), 10)
	s.stays("no repository", "no repository is configured")
	key, err := os.ReadFile(s.dir + "/courtkiosk.gpg")
	p.must(err)
	p.write("/usr/share/keyrings/courtkiosk.gpg", string(key), 0o644)
	p.write("/etc/apt/apt.conf.d/99lax", "Acquire::Check-Date \"false\";\nAcquire::http::Proxy \"false\";\n", 0o644)
	const list = "/etc/apt/sources.list.d/courtkiosk.list"
	p.write(list, "deb [signed-by=/usr/share/keyrings/courtkiosk.gpg] "+web.URL+" stable main\n", 0o644)
	p.run("courtkiosk", "update")
	s.repository("add", next)
	p.run("courtkiosk", "update")
	if got := s.version(); got != "0.1.0-1" {
		t.Fatalf("a machine of stable has %s", got)
	}
	p.step("the newest of stable is there")
	s.repository("promote", "now")

	index := s.dir + "/dists/stable/main/binary-amd64/Packages"
	right, err := os.ReadFile(index)
	p.must(err)
	p.must(os.WriteFile(index, append(right[:len(right):len(right)], '\n'), 0o644))
	s.stays("one byte more", "ask the repository")
	p.must(os.WriteFile(index, right, 0o644))

	pay := p.begin("（2026）京0101民初12345号")
	pid := p.property("MainPID")
	p.run("systemctl", "start", "courtkiosk-update.service") // no failure: the next hour may have a chance
	if log := p.run("journalctl", "-o", "cat", "-u", "courtkiosk-update.service"); !strings.Contains(log,
		"somebody can pay now") || s.version() != "0.1.0-1" || p.property("MainPID") != pid {
		t.Errorf("over a code there is %s; the update says\n%s", s.version(), log)
	}
	if notes := p.run("cat", "/var/lib/courtkiosk-update/notes.json"); !strings.Contains(notes, `"newer":"0.1.1-1"`) {
		t.Errorf("noted is %s", notes)
	}
	s.stays("a person in a hurry", "somebody can pay now", "--now")
	pay()
	p.step("paid")
	s.becomes("0.1.1-1", "systemctl", "start", "courtkiosk-update.service")

	s.becomes("0.1.0-1", "courtkiosk", "update", "--back", "0.1.0-1")
	p.run("courtkiosk", "update")
	if got := s.version(); got != "0.1.0-1" {
		t.Errorf("who has gone back has %s after the next update", got)
	}
	s.repository("add", s.of(old, "0.0.9-1", "Courtkiosk-Ledger: .*", "Courtkiosk-Ledger: 2"))
	s.repository("promote", "now")
	s.stays("a version that cannot read the ledger", "its layout is 3, version 0.0.9-1 reads up to 2", "--back",
		"0.0.9-1")
	p.run("apt-mark", "unhold", "courtkiosk-core")

	// A stick, on a machine that has no source; then a package by hand, over a code.
	p.must(os.Remove(p.root + list))
	stick := "/media/a stick"
	p.must(os.CopyFS(p.root+stick, os.DirFS(s.dir)))
	p.run("chmod", "-R", "a+rX", stick)
	at := stick + "/dists/stable/main/binary-amd64/Packages"
	spoilt, err := os.ReadFile(p.root + at)
	p.must(err)
	p.write(at, strings.Replace(string(spoilt), "Courtkiosk-Ledger: 2", "Courtkiosk-Ledger: 3", 1), 0o644)
	s.stays("a stick that was changed", "ask the repository", "--from", stick)
	p.write(at, string(spoilt), 0o644)
	s.becomes("0.1.1-1", "courtkiosk", "update", "--from", stick)

	pay = p.begin("（2026）京0101民初12347号")
	pid = p.property("MainPID")
	p.install(p.deb("courtkiosk-core_*.deb"))
	time.Sleep(5 * time.Second) // what restarts it asks each three
	restart, _ := p.try("systemctl", "is-active", "courtkiosk-restart.service")
	if got := p.property("MainPID"); got != pid || strings.TrimSpace(restart) != "active" {
		t.Errorf("installed over a code: process %s, and was %s; its restart is %s", got, pid, restart)
	}
	pay()
	for end := time.Now().Add(30 * time.Second); p.property("MainPID") == pid; time.Sleep(200 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatal("paid, and the old program goes on")
		}
	}
	p.serving(0)
	p.step("a package by hand has waited for the payment")
	p.ends("server stopped")
	p.purged("courtkiosk-core")
}
