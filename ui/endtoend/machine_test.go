package endtoend

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// A machine is a Debian with a systemd of its own: this one's root as the lower half of an overlay, so that nothing is
// downloaded but what it lacks and nothing of this machine changes, started by systemd-nspawn. It shares the network,
// so that it finds the test's WeChat Pay, and has no devices, no virtual terminals and no screen.
type machine struct {
	t      *testing.T
	root   string // where its files are seen from here
	leader int    // its process 1, as this machine counts
}

// newMachine boots one, with more options of systemd-nspawn; it is gone with the test. It skips, and says so, where
// there can be none.
func newMachine(t *testing.T, more ...string) *machine {
	t.Helper()
	ram := inMemory(t)
	m := &machine{t: t, root: filepath.Join(ram, "root")}
	m.layer("/", ram)

	id, err := os.ReadFile("/proc/sys/kernel/random/uuid")
	m.must(err)
	m.write("/etc/machine-id", strings.ReplaceAll(string(id), "-", ""), 0o444)
	// What this machine starts for itself is not the test's.
	wants, err := filepath.Glob(m.root + "/etc/systemd/system/*.wants")
	m.must(err)
	for _, dir := range wants {
		m.must(os.RemoveAll(dir))
	}
	for _, path := range []string{"/usr/sbin/policy-rc.d", // a container's, which would let no package start anything
		"/var/lib/man-db/auto-update", // an index of pages that nobody reads here, made anew by each package
		"/var/lib/courtkiosk", "/var/lib/courtkiosk-mark", "/etc/courtkiosk"} {
		m.must(os.RemoveAll(m.root + path))
	}

	m.boot(more...)
	return m
}

// inMemory is a folder of memory for the files of a machine. It skips, and says so, where there can be none.
func inMemory(t *testing.T) string {
	t.Helper()
	if _, err := exec.LookPath("systemd-nspawn"); err != nil || os.Getuid() != 0 {
		t.Skip("SKIPPED: a machine with a systemd of its own: that needs root and systemd-nspawn (systemd-container)")
	}
	ram := t.TempDir()
	if err := syscall.Mount("tmpfs", ram, "tmpfs", 0, "size=6G,mode=755"); err != nil {
		t.Skipf("SKIPPED: a machine with a systemd of its own: no tmpfs can be mounted here: %v", err)
	}
	t.Cleanup(func() { _ = syscall.Unmount(ram, syscall.MNT_DETACH) })
	return ram
}

// layer makes the machine's root of a folder that is never written, and of a new layer in memory over it.
func (m *machine) layer(lower, ram string) {
	m.t.Helper()
	for _, dir := range []string{"upper", "work"} {
		m.must(os.RemoveAll(filepath.Join(ram, dir)))
		m.must(os.Mkdir(filepath.Join(ram, dir), 0o755))
	}
	m.must(os.MkdirAll(m.root, 0o755))
	options := "lowerdir=" + lower + ",upperdir=" + ram + "/upper,workdir=" + ram + "/work"
	err := syscall.Mount("overlay", m.root, "overlay", 0, options)
	if err != nil {
		m.t.Skipf("SKIPPED: a machine with a systemd of its own: no overlay can be mounted here: %v", err)
	}
	m.t.Cleanup(func() { _ = syscall.Unmount(m.root, syscall.MNT_DETACH) })
}

// boot starts what lies at the machine's root, with more options of systemd-nspawn, and waits until it is up. It is
// gone with the test, or when down is called.
func (m *machine) boot(more ...string) (down func()) {
	m.t.Helper()
	c := exec.Command("systemd-nspawn", append(more, "-q", "-D", m.root, "--register=no", "--keep-unit",
		"--machine=courtkiosk-test", "--console=pipe", "--boot")...)
	c.Env = append(os.Environ(), "SYSTEMD_NSPAWN_UNIFIED_HIERARCHY=1")
	console := &voice{}
	c.Stdout, c.Stderr = console, console
	m.must(c.Start())
	ended := make(chan struct{})
	go func() { _ = c.Wait(); close(ended) }()
	down = sync.OnceFunc(func() {
		_ = c.Process.Signal(syscall.SIGTERM)
		select {
		case <-ended:
		case <-time.After(20 * time.Second):
			_ = c.Process.Kill()
			<-ended
		}
		if m.t.Failed() {
			m.t.Logf("console of the machine:\n%s", console)
		}
	})
	m.t.Cleanup(down)
	state := "unknown"
	for end := time.Now().Add(90 * time.Second); ; time.Sleep(100 * time.Millisecond) {
		select {
		case <-ended:
			m.t.Fatalf("no machine is started:\n%s", console)
		default:
		}
		if m.leader = childOf(c.Process.Pid); m.leader != 0 { // the first one only starts the one that stays
			state, _ = m.try("systemctl", "is-system-running")
			if state = strings.TrimSpace(state); state == "running" || state == "degraded" {
				return down
			}
		}
		if time.Now().After(end) {
			m.t.Fatalf("the machine does not come up, process %d: %s\n%s", m.leader, state, console)
		}
	}
}

// childOf returns the first child of a process; 0 while it has none.
func childOf(pid int) (child int) {
	text, _ := os.ReadFile(fmt.Sprintf("/proc/%d/task/%d/children", pid, pid))
	_, _ = fmt.Sscan(string(text), &child)
	return child
}

func (m *machine) must(err error) {
	m.t.Helper()
	if err != nil {
		m.t.Fatal(err)
	}
}

// write puts a file into the machine.
func (m *machine) write(path, text string, mode os.FileMode) {
	m.t.Helper()
	m.must(os.MkdirAll(filepath.Dir(m.root+path), 0o755))
	_ = os.Remove(m.root + path)
	m.must(os.WriteFile(m.root+path, []byte(text), mode))
	m.must(os.Chmod(m.root+path, mode))
}

// command is a command line inside the machine, as its root.
func (m *machine) command(args ...string) *exec.Cmd {
	c := exec.Command("nsenter", append([]string{"-t", fmt.Sprint(m.leader), "-m", "-u", "-i", "-n", "-p", "-C",
		"--wd=/"}, args...)...)
	c.Env = []string{"PATH=/usr/sbin:/usr/bin:/sbin:/bin", "LANG=C.UTF-8", "DEBIAN_FRONTEND=noninteractive",
		"HOME=/root"}
	return c
}

// try runs a command line inside the machine and returns all that it says.
func (m *machine) try(args ...string) (string, error) {
	out, err := m.command(args...).CombinedOutput()
	return string(out), err
}

// run runs a command line that must succeed.
func (m *machine) run(args ...string) string {
	m.t.Helper()
	out, err := m.try(args...)
	if err != nil {
		m.t.Fatalf("%q: %v\n%s", args, err, out)
	}
	return out
}

// property is one of the unit's, as systemctl show names it.
func (m *machine) property(name string) string {
	m.t.Helper()
	return strings.TrimSpace(m.run("systemctl", "show", "--value", "-p", name, "courtkiosk.service"))
}

// pid is the unit's main process as this machine counts: that in the container is looked for by its NSpid line.
func (m *machine) pid() int {
	m.t.Helper()
	inside := m.property("MainPID")
	last := regexp.MustCompile(`(?m)^NSpid:\s+(?:\d+\s+)+` + inside + `$`)
	all, err := filepath.Glob("/proc/[0-9]*/status")
	m.must(err)
	for _, name := range all {
		text, _ := os.ReadFile(name) // it may have ended
		if last.Match(text) && strings.Contains(string(text), "courtkiosk") {
			var pid int
			_, err := fmt.Sscanf(name, "/proc/%d/status", &pid)
			m.must(err)
			return pid
		}
	}
	m.t.Fatalf("no process %s of the machine is seen", inside)
	return 0
}

// serving waits until the unit is up and has been started anew n times.
func (m *machine) serving(n int) {
	m.t.Helper()
	state := ""
	for end := time.Now().Add(30 * time.Second); time.Now().Before(end); time.Sleep(100 * time.Millisecond) {
		state = m.property("ActiveState") + "/" + m.property("StatusText") + "/" + m.property("NRestarts")
		if state == fmt.Sprintf("active/serving/%d", n) {
			return
		}
	}
	m.t.Fatalf("the unit is %s, want active/serving/%d\n%s", state, n, m.journal())
}

// bitten waits until the watchdog has ended the unit and it is up again, for the n-th time, then mends what hung it.
func (m *machine) bitten(n int, mend func()) {
	m.t.Helper()
	count := func() int { return strings.Count(m.journal(), "Watchdog timeout") }
	before := count()
	for end := time.Now().Add(30 * time.Second); count() == before; time.Sleep(200 * time.Millisecond) {
		if time.Now().After(end) {
			m.t.Fatalf("it hangs, and the watchdog lets it\n%s", m.journal())
		}
	}
	mend()
	m.serving(n)
}

// journal is what the unit and the service manager say of it.
func (m *machine) journal() string {
	out, _ := m.try("journalctl", "--no-pager", "-o", "cat", "-u", "courtkiosk.service")
	return traces.ReplaceAllString(out, "")
}

// traces are the lines with which Go says where all its goroutines stood when the watchdog aborted it.
var traces = regexp.MustCompile(`(?m)^(\t.*|goroutine .*|created by .*|[\w./*()\[\]{}-]+\(.*\)|[a-z0-9]+ +0x.*|)\n`)
