package deploy

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// A court is who has a repository, and its key; and a machine's apt, in a folder of its own.
type court struct {
	t             *testing.T
	repository    string
	home, key     string // of gpg
	debs, machine string
}

func newCourt(t *testing.T) *court {
	t.Helper()
	for _, tool := range []string{"apt-get", "apt-ftparchive", "dpkg-deb", "gpg"} {
		if _, err := exec.LookPath(tool); err != nil {
			t.Skipf("SKIPPED: the signed repository: %s is not here (apt-get install apt-utils gnupg)", tool)
		}
	}
	// apt reads as a user of its own where it is root, and gpg's socket has a short name.
	dir, err := os.MkdirTemp("", "repository-")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	if err := os.Chmod(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	c := &court{t: t, repository: dir + "/apt", home: dir + "/gpg", debs: dir + "/debs", machine: dir + "/machine"}
	for _, sub := range []string{c.debs, c.machine + "/state/lists/partial", c.machine + "/cache/archives/partial"} {
		if err := os.MkdirAll(sub, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Mkdir(c.home, 0o700); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _, _ = c.try("gpgconf", "--kill", "all") })
	c.newKey("A court")
	for line := range strings.Lines(c.run("gpg", "--batch", "--list-secret-keys", "--with-colons")) {
		if fields := strings.Split(line, ":"); fields[0] == "fpr" {
			c.key = fields[9]
		}
	}
	return c
}

// newKey makes a key that signs.
func (c *court) newKey(name string) {
	c.t.Helper()
	c.run("gpg", "--batch", "--quiet", "--passphrase", "", "--quick-generate-key", name, "ed25519", "sign", "never")
}

func (c *court) try(name string, args ...string) (string, error) {
	cmd := exec.Command(name, args...)
	cmd.Env = append(os.Environ(), "GNUPGHOME="+c.home, "LC_ALL=C")
	out, err := cmd.CombinedOutput()
	return string(out), err
}

func (c *court) run(name string, args ...string) string {
	c.t.Helper()
	out, err := c.try(name, args...)
	if err != nil {
		c.t.Fatalf("%s %q: %v\n%s", name, args, err, out)
	}
	return out
}

// deb makes a package that holds nothing; more are lines of its control file.
func (c *court) deb(version, more string) string {
	c.t.Helper()
	tree := filepath.Join(c.debs, "tree")
	if err := os.MkdirAll(tree+"/DEBIAN", 0o755); err != nil {
		c.t.Fatal(err)
	}
	control := "Package: courtkiosk-core\nVersion: " + version + "\nArchitecture: all\n" +
		"Maintainer: A <a@example.org>\nDescription: nothing\n" + more
	if err := os.WriteFile(tree+"/DEBIAN/control", []byte(control), 0o644); err != nil {
		c.t.Fatal(err)
	}
	name := fmt.Sprintf("%s/courtkiosk-core_%s_all.deb", c.debs, version)
	c.run("dpkg-deb", "--root-owner-group", "-b", tree, name)
	return name
}

const reads3 = "Courtkiosk-Ledger: 3\n"

func (c *court) repo(args ...string) (string, error) {
	return c.try("sh", append([]string{"repository.sh", args[0], c.repository, c.key}, args[1:]...)...)
}

func (c *court) must(args ...string) {
	c.t.Helper()
	if out, err := c.repo(args...); err != nil {
		c.t.Fatalf("repository.sh %q: %v\n%s", args, err, out)
	}
}

// update is what a machine's own apt-get update and apt-cache policy say of a suite.
func (c *court) update(suite string) (candidate string, err error) {
	c.t.Helper()
	source := fmt.Sprintf("deb [signed-by=%s/courtkiosk.gpg] copy:%s %s main\n", c.repository, c.repository, suite)
	if err := os.WriteFile(c.machine+"/sources.list", []byte(source), 0o644); err != nil {
		c.t.Fatal(err)
	}
	if err := os.WriteFile(c.machine+"/status", nil, 0o644); err != nil {
		c.t.Fatal(err)
	}
	own := []string{"-o", "Dir::Etc::SourceList=" + c.machine + "/sources.list", "-o", "Dir::Etc::SourceParts=-",
		"-o", "Dir::State=" + c.machine + "/state", "-o", "Dir::Cache=" + c.machine + "/cache",
		"-o", "Dir::State::status=" + c.machine + "/status",
		"-o", "Acquire::Check-Date=true", "-o", "Acquire::Check-Valid-Until=true"} // as courtkiosk update asks it
	out, err := c.try("apt-get", append(own, "--error-on=any", "update")...)
	if err != nil {
		return "", fmt.Errorf("%w: %s", err, out)
	}
	policy := c.run("apt-cache", append(own, "policy", "courtkiosk-core")...)
	for line := range strings.Lines(policy) {
		if version, is := strings.CutPrefix(strings.TrimSpace(line), "Candidate: "); is {
			candidate = version
		}
	}
	return candidate, nil
}

// says checks which version a machine of a suite would take.
func (c *court) says(suite, want string) {
	c.t.Helper()
	if got, err := c.update(suite); err != nil || got != want {
		c.t.Errorf("apt of a machine of %s takes %q, want %q: %v", suite, got, want, err)
	}
}

// A package goes to the test machines first, and to all after three days, as the same bytes; the pool keeps what was.
func TestRepositoryHasRings(t *testing.T) {
	c := newCourt(t)
	c.must("add", c.deb("0.1.0-1", reads3))
	c.must("promote", "now")
	c.must("add", c.deb("0.1.1-1", reads3))
	c.says("test", "0.1.1-1")
	c.says("stable", "0.1.0-1")
	if out, err := c.repo("promote"); err == nil || !strings.Contains(out, "stable waits three days") {
		t.Errorf("promoted on the day that it came: %v %s", err, out)
	}
	c.says("stable", "0.1.0-1")
	c.must("promote", "now")
	c.says("stable", "0.1.1-1")
	index := "/main/binary-all/Packages"
	c.run("cmp", c.repository+"/dists/test"+index, c.repository+"/dists/stable"+index)
	if n := strings.Count(read(t, c.repository+"/dists/stable"+index), "Version: "); n != 2 {
		t.Errorf("stable offers %d versions, want the older one too", n)
	}
	c.must("refresh")
	c.says("stable", "0.1.1-1")
}

// apt takes nothing that the court has not signed, or has signed too long ago.
func TestRepositoryIsSigned(t *testing.T) {
	for name, spoil := range map[string]func(c *court){
		"a byte more in the index": func(c *court) {
			appendTo(c.t, c.repository+"/dists/test/main/binary-all/Packages", "\n")
		},
		"another key": func(c *court) {
			c.newKey("Eve")
			release := c.repository + "/dists/test/"
			c.run("gpg", "--batch", "--quiet", "--yes", "--local-user", "Eve", "--clearsign", "--output",
				release+"InRelease", release+"Release")
		},
		"no signature": func(c *court) {
			for _, name := range []string{"InRelease", "Release.gpg"} {
				if err := os.Remove(c.repository + "/dists/test/" + name); err != nil {
					c.t.Fatal(err)
				}
			}
		},
		"an old signature": func(c *court) {
			release := c.repository + "/dists/test/"
			c.run("sed", "-i", "s/^Valid-Until: .*/Valid-Until: Sat, 28 Nov 2026 08:00:00 +0000/", release+"Release")
			c.run("gpg", "--batch", "--quiet", "--yes", "--local-user", c.key, "--clearsign", "--output",
				release+"InRelease", release+"Release")
		},
	} {
		t.Run(name, func(t *testing.T) {
			c := newCourt(t)
			c.must("add", c.deb("0.1.0-1", reads3))
			if name == "no signature" { // the others differ from this one in their offence alone
				c.says("test", "0.1.0-1")
			}
			spoil(c)
			c.run("rm", "-r", c.machine+"/state/lists") // a machine that never saw what was right
			c.run("mkdir", "-p", c.machine+"/state/lists/partial")
			if got, err := c.update("test"); err == nil {
				t.Errorf("apt takes %s", got)
			} else {
				t.Log(lastLine.FindString(err.Error()))
			}
		})
	}
}

var lastLine = regexp.MustCompile(`(?m)^E: .*$`)

func appendTo(t *testing.T, name, text string) {
	t.Helper()
	if err := os.WriteFile(name, []byte(read(t, name)+text), 0o644); err != nil {
		t.Fatal(err)
	}
}

// What would hurt is not taken in, and nothing of it is half there.
func TestRepositoryRefuses(t *testing.T) {
	c := newCourt(t)
	c.must("add", c.deb("0.1.0-1", reads3))
	before := read(t, c.repository+"/dists/test/InRelease")
	for name, try := range map[string]func() (string, error){
		"a package without its ledger": func() (string, error) { return c.repo("add", c.deb("0.1.2-1", "")) },
		"a version with other bytes": func() (string, error) {
			return c.repo("add", c.deb("0.1.0-1", reads3+"Homepage: https://example.org\n"))
		},
		"another package": func() (string, error) {
			deb := c.debs + "/other.deb"
			c.run("cp", c.deb("0.1.3-1", reads3), deb)
			c.run("dpkg-deb", "-R", deb, c.debs+"/other")
			control := c.debs + "/other/DEBIAN/control"
			text := strings.Replace(read(t, control), "courtkiosk-core", "openssh-server", 1)
			if err := os.WriteFile(control, []byte(text), 0o644); err != nil {
				t.Fatal(err)
			}
			c.run("dpkg-deb", "--root-owner-group", "-b", c.debs+"/other", deb)
			return c.repo("add", deb)
		},
		"no end of a signature": func() (string, error) {
			t.Setenv("DAYS", "0")
			defer os.Unsetenv("DAYS")
			return c.repo("refresh")
		},
		"a key that is not ours": func() (string, error) {
			return c.try("sh", "repository.sh", "refresh", c.repository, "0123456789ABCDEF")
		},
		"the key in the folder": func() (string, error) {
			text := c.run("gpg", "--batch", "--passphrase", "", "--armor", "--export-secret-keys", c.key)
			if err := os.WriteFile(c.repository+"/key.asc", []byte(text), 0o600); err != nil {
				t.Fatal(err)
			}
			defer os.Remove(c.repository + "/key.asc")
			return c.repo("refresh")
		},
		"its folder in the folder": func() (string, error) {
			defer func(home string) { c.home = home }(c.home)
			c.run("cp", "-a", c.home, c.repository+"/gpg")
			defer os.RemoveAll(c.repository + "/gpg")
			c.home = c.repository + "/gpg"
			return c.repo("refresh")
		},
	} {
		if out, err := try(); err == nil {
			t.Errorf("%s is taken: %s", name, out)
		} else {
			t.Logf("%s: %s", name, strings.TrimSpace(out))
		}
	}
	if after := read(t, c.repository+"/dists/test/InRelease"); after != before {
		t.Error("what was refused has changed the suite")
	}
	c.says("test", "0.1.0-1")
}

// What somebody has put into the folder, which a web server hands out, is not signed with the rest.
func TestRepositorySignsNothingOfOthers(t *testing.T) {
	c := newCourt(t)
	c.must("add", c.deb("0.1.0-1", reads3))
	next := c.deb("0.1.1-1", reads3)
	index := c.repository + "/dists/test/main/binary-all/Packages"
	own := read(t, index)
	put := func(name, text string) {
		t.Helper()
		if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(name, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	refuses := func(name string, args ...string) {
		t.Helper()
		if out, err := c.repo(args...); err == nil {
			t.Errorf("%s: %q signs it", name, args)
		} else {
			t.Logf("%s: %s", name, strings.TrimSpace(out))
		}
	}
	put(index, strings.Replace(own, "Version: 0.1.0-1", "Version: 9.9.9-1", 1))
	refuses("another index", "promote", "now")
	refuses("another index", "refresh")
	refuses("another index", "add", next)
	put(index, own)
	more := c.repository + "/dists/test/main/binary-amd64/Packages"
	put(more, own)
	refuses("an index more", "promote", "now")
	c.run("rm", "-r", filepath.Dir(more))
	c.run("cp", c.deb("9.9.9-1", reads3), c.repository+"/pool/")
	refuses("a package in the pool", "add", next)
	c.run("rm", c.repository+"/pool/courtkiosk-core_9.9.9-1_all.deb")
	c.must("add", next) // that a refusal has left in the pool
	c.must("promote", "now")
	c.says("stable", "0.1.1-1")
	was := c.key
	c.newKey("The next court")
	for line := range strings.Lines(c.run("gpg", "--batch", "--list-secret-keys", "--with-colons")) {
		if fields := strings.Split(line, ":"); fields[0] == "fpr" && fields[9] != was {
			c.key = fields[9]
		}
	}
	c.must("refresh") // by a new key, while the old one is known
	c.says("stable", "0.1.1-1")
}

// A power cut between two names leaves a suite under its old one: it is put back, and not forgotten.
func TestRepositoryKeepsASuite(t *testing.T) {
	c := newCourt(t)
	c.must("add", c.deb("0.1.0-1", reads3))
	c.must("promote", "now")
	c.run("mv", c.repository+"/dists/stable", c.repository+"/dists/.stable.old")
	c.must("refresh")
	c.says("stable", "0.1.0-1")
}
