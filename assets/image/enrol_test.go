package image

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// A machine that its scripts believe to be theirs: each path of theirs lies in a folder, and of the programs that they
// run there are dummies that write down how they were called.
type scripted struct {
	*testing.T
	dir string
}

func newScripted(t *testing.T) scripted {
	m := scripted{t, t.TempDir()}
	for name, does := range map[string]string{
		"mount": "exit 1", "umount": "", "sync": "", "sleep": "", // as in a container: nothing can be mounted
		"usermod": `echo "usermod $*" >>"$M/called"; [ ! -e "$M/usermod-fails" ]`,
		"courtkiosk": `echo "courtkiosk $*" >>"$M/called"
[ ! -e "$M/writes" ] || { mkdir -p "$M/etc/courtkiosk"; : >"$M/etc/courtkiosk/config.toml"; }
exit "$(cat "$M/code" 2>/dev/null || echo 0)"`,
	} {
		m.write("bin/"+name, "#!/bin/sh\n"+does+"\n")
	}
	return m
}

func (m scripted) write(name, text string) {
	m.Helper()
	path := filepath.Join(m.dir, name)
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		m.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o755); err != nil {
		m.Fatal(err)
	}
}

func (m scripted) read(name string) string {
	text, _ := os.ReadFile(filepath.Join(m.dir, name))
	return string(text)
}

func (m scripted) exists(name string) bool {
	_, err := os.Stat(filepath.Join(m.dir, name))
	return err == nil
}

// run runs a script of the image, whose paths are the machine's.
func (m scripted) run(name string) error {
	m.Helper()
	text, err := os.ReadFile("root/usr/lib/courtkiosk-image/" + name)
	if err != nil {
		m.Fatal(err)
	}
	script := string(text)
	for _, top := range []string{"/efi", "/state", "/etc/", "/run/"} {
		for _, before := range []string{" ", "=", ">", "\""} {
			script = strings.ReplaceAll(script, before+top, before+m.dir+top)
		}
	}
	cmd := exec.Command("sh", "-c", script)
	cmd.Env = append(os.Environ(), "M="+m.dir, "PATH="+m.dir+"/bin:"+os.Getenv("PATH"))
	out, err := cmd.CombinedOutput()
	m.Logf("%s: %v\n%s", name, err, out)
	return err
}

// No key stays on the disk's first partition once the machine is set up, whatever has come between.
func TestAnswersDoNotStay(t *testing.T) {
	const hash = "$6$abc$defGHI./0"
	for name, c := range map[string]struct {
		config, writes, stays bool
		code, password        string // of the set-up, and what is kept in the end
	}{
		"taken":                                {writes: true, code: "0", password: hash},
		"taken, and the service did not start": {writes: true, code: "1", password: hash},
		"refused":                              {code: "1", stays: true},
		"cut off after the set-up, or answered at the screen": {config: true, password: hash},
	} {
		t.Run(name, func(t *testing.T) {
			m := newScripted(t)
			m.write("efi/courtkiosk-answers/answers.toml", "")
			m.write("efi/courtkiosk-answers/apiclient_key.pem", "secret")
			m.write("efi/courtkiosk-answers/root-password-hash", hash+"\r\n")
			m.write("code", c.code)
			m.write("state/machine-id", "")
			if c.config {
				m.write("etc/courtkiosk/config.toml", "")
			}
			if c.writes {
				m.write("writes", "")
			}
			if err := m.run("enrol"); err != nil {
				t.Error(err)
			}
			if m.exists("efi/courtkiosk-answers") != c.stays {
				t.Errorf("the answers are there: %v", !c.stays)
			}
			if got := strings.TrimSpace(m.read("state/root-password")); got != c.password {
				t.Errorf("root's password is %q, want %q", got, c.password)
			}
			if c.config && strings.Contains(m.read("called"), "setup") {
				t.Error("a machine that is set up is set up anew")
			}
		})
	}
}

// What is no hash would be a password that nobody has, and is not kept for the next start.
func TestHashIsAHash(t *testing.T) {
	for _, text := range []string{"", "hunter2\n", "$6$a:b$c\n", "$6$a b\x01$c\n", "root:$6$a$b:1:::\n"} {
		m := newScripted(t)
		m.write("writes", "")
		m.write("efi/courtkiosk-answers/answers.toml", "")
		m.write("efi/courtkiosk-answers/root-password-hash", text)
		m.write("state/machine-id", "")
		if err := m.run("enrol"); err != nil || m.exists("state/root-password") {
			t.Errorf("%q is kept as %q: %v", text, m.read("state/root-password"), err)
		}
	}
}

// A password that usermod does not take keeps no kiosk from its start.
func TestPasswordStopsNoStart(t *testing.T) {
	m := newScripted(t)
	m.write("bin/mount", "#!/bin/sh\n")
	m.write("bin/cp", "#!/bin/sh\nmkdir -p \"$4\"\n")
	m.write("bin/mkdir", "#!/bin/sh\ncase $* in *' /var'*) exit 0 ;; esac\nexec /bin/mkdir \"$@\"\n")
	m.write("usermod-fails", "")
	m.write("state/machine-id", "0123456789abcdef0123456789abcdef\n")
	m.write("state/root-password", "x\n")
	if err := m.run("state"); err != nil || !strings.Contains(m.read("called"), "usermod -p x root") {
		t.Errorf("%v\n%s", err, m.read("called"))
	}
}
