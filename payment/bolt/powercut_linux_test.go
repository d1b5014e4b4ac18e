package bolt

import (
	"bufio"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
	"unsafe"

	"courtkiosk/payment"
	"courtkiosk/payment/durable"
	"courtkiosk/payment/ledgertest"
)

const (
	writerEnv   = "COURTKIOSK_TEST_WRITER"   // the ledger that TestPowerCutWriter writes to
	unsyncedEnv = "COURTKIOSK_TEST_UNSYNCED" // set: without a sync, for the control
	soakEnv     = "COURTKIOSK_SOAK"          // how long TestPowerCut runs, a Go duration
	whatItNeeds = "needs root and a kernel with loop devices and ext4, and the Debian packages mount and e2fsprogs"
	ms          = time.Millisecond
	patience    = 30 * time.Second // for a process that answers within milliseconds
	cutsOfLife  = 10               // then a long-lived ledger has seen enough and a new one begins
	ext4Cut     = 0x8004587d       // EXT4_IOC_SHUTDOWN, _IOR('X', 125, __u32)
	noLogFlush  = 2                // EXT4_GOING_FLAGS_NOLOGFLUSH: what was not made durable is gone
	volumeBytes = 256 << 20
)

// A volume is an ext4 file system in a file, mounted through a loop device. It dies as a disk does whose power is cut:
// what no sync had made durable is lost. It does not lie about its cache, as some drives do.
type volume struct {
	*testing.T
	image, dir string
}

func newVolume(t *testing.T, size int64) *volume {
	t.Helper()
	for _, tool := range []string{"mkfs.ext4", "mount", "umount"} {
		if _, err := exec.LookPath(tool); err != nil {
			t.Skipf("SKIPPED, no %s on the PATH (/usr/sbin belongs to it): %s", tool, whatItNeeds)
		}
	}
	if os.Geteuid() != 0 {
		t.Skip("SKIPPED, not root and so not allowed to mount: " + whatItNeeds)
	}
	if _, err := os.Stat("/dev/loop-control"); err != nil {
		t.Skipf("SKIPPED, no loop devices (%v): %s", err, whatItNeeds)
	}
	home := t.TempDir()
	v := &volume{t, filepath.Join(home, "disk.img"), filepath.Join(home, "disk")}
	err := errors.Join(os.WriteFile(v.image, nil, 0o600), os.Truncate(v.image, size), os.Mkdir(v.dir, 0o700))
	if err != nil {
		t.Fatal(err)
	}
	if out, err := exec.Command("mkfs.ext4", "-q", "-F", "-m", "0", v.image).CombinedOutput(); err != nil {
		t.Fatalf("mkfs.ext4: %v: %s", err, out)
	}
	if out, err := v.mount(); err != nil {
		t.Skipf("SKIPPED, mount -o loop: %v: %s: %s", err, out, whatItNeeds)
	}
	t.Cleanup(func() { unmount(t, v.dir) })
	return v
}

func (v *volume) mount() ([]byte, error) {
	return exec.Command("mount", "-t", "ext4", "-o", "loop", v.image, v.dir).CombinedOutput()
}

// unmount takes a file system away, if need be as soon as its last user has gone; the loop device goes with it.
func unmount(t *testing.T, dir string) {
	t.Helper()
	var out []byte
	var err error
	for range 50 { // a process that was killed may hold its files for a moment longer
		out, err = exec.Command("umount", dir).CombinedOutput()
		if err == nil || strings.Contains(string(out), "not mounted") {
			return
		}
		if !strings.Contains(string(out), "busy") {
			break
		}
		time.Sleep(100 * ms)
	}
	t.Errorf("umount: %v: %s", err, out)
	if out, err := exec.Command("umount", "-l", dir).CombinedOutput(); err != nil {
		t.Errorf("umount -l: %v: %s", err, out)
	}
}

// aside copies a file out of the volume, if it is there, and returns where it would be.
func (v *volume) aside(path string) string {
	v.Helper()
	to := filepath.Join(v.T.TempDir(), filepath.Base(path))
	if err := durable.Copy(to, path); err != nil && !errors.Is(err, os.ErrNotExist) {
		v.Fatal(err)
	}
	return to
}

// cut ends the file system where it stands, under its writers.
func (v *volume) cut() {
	v.Helper()
	d, err := os.Open(v.dir)
	if err != nil {
		v.Fatal(err)
	}
	defer d.Close()
	flags := uint32(noLogFlush)
	_, _, errno := syscall.Syscall(syscall.SYS_IOCTL, d.Fd(), ext4Cut, uintptr(unsafe.Pointer(&flags)))
	switch errno {
	case 0:
	case syscall.ENOTTY, syscall.EPERM, syscall.EOPNOTSUPP:
		v.Skipf("SKIPPED, the kernel refuses EXT4_IOC_SHUTDOWN (%v), which came with Linux 4.10 and needs "+
			"CAP_SYS_ADMIN: %s", errno, whatItNeeds)
	default:
		v.Fatalf("EXT4_IOC_SHUTDOWN: %v", errno)
	}
}

// remount is the next start of the machine: the journal is replayed.
func (v *volume) remount() {
	v.Helper()
	unmount(v.T, v.dir)
	if out, err := v.mount(); err != nil {
		v.Fatalf("mount after the cut: %v: %s", err, out)
	}
}

// A writer is a process that writes orders and says which are durable.
type writer struct {
	cmd     *exec.Cmd
	opening chan struct{} // closed just before it opens the ledger
	writing chan struct{} // closed once the first commit was acknowledged
	ended   chan struct{} // closed at the end of its output; said and rest are complete then
	said    map[string]payment.State
	commits int
	rest    []string
}

func startWriter(t *testing.T, path string, unsynced bool) *writer {
	t.Helper()
	w := &writer{
		cmd:     exec.Command(os.Args[0], "-test.run", "^TestPowerCutWriter$"),
		opening: make(chan struct{}), writing: make(chan struct{}), ended: make(chan struct{}),
		said: make(map[string]payment.State),
	}
	w.cmd.Env = append(os.Environ(), writerEnv+"="+path)
	if unsynced {
		w.cmd.Env = append(w.cmd.Env, unsyncedEnv+"=1")
	}
	out, err := w.cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := w.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	go w.listen(bufio.NewScanner(out))
	t.Cleanup(w.kill) // before the unmount, whatever happened
	return w
}

func (w *writer) listen(lines *bufio.Scanner) {
	defer close(w.ended)
	for lines.Scan() {
		word, no, _ := strings.Cut(lines.Text(), " ")
		switch state := payment.State(word); state {
		case "opening":
			close(w.opening)
		case payment.Created, payment.Paid:
			if w.said[no] = state; w.commits == 0 {
				close(w.writing)
			}
			w.commits++
		default:
			w.rest = append(w.rest, lines.Text())
		}
	}
}

// kill ends the writer and waits until all that it said was heard.
func (w *writer) kill() {
	if w.cmd.ProcessState == nil {
		w.cmd.Process.Kill()
		<-w.ended
		w.cmd.Wait()
	}
}

// reach waits until the writer has come to a point, and then for a moment longer. It must not end by itself.
func (w *writer) reach(t *testing.T, point chan struct{}, moment time.Duration) {
	t.Helper()
	select {
	case <-point:
	case <-w.ended:
	case <-time.After(patience):
		t.Fatalf("the writer says nothing within %v", patience)
	}
	select {
	case <-time.After(moment):
	case <-w.ended:
		t.Fatalf("the writer ended before the cut: %s", strings.Join(w.rest, "\n"))
	}
}

// TestPowerCutWriter is not a test: it writes orders for TestPowerCut until its disk or itself is gone.
func TestPowerCutWriter(t *testing.T) {
	path := os.Getenv(writerEnv)
	if path == "" {
		t.Skip("runs as the child of TestPowerCut only")
	}
	born := time.Now().UnixNano()
	fmt.Println("opening")
	l, err := Open(path, identity, beside(path))
	if err != nil {
		t.Fatal(err)
	}
	if os.Getenv(unsyncedEnv) != "" {
		l.db.NoSync = true // and else as Open left it
	}
	for n := 0; ; n++ {
		r := ledgertest.Request(n)
		r.Key.Bill = fmt.Sprint(born, "/", n)
		o := ledgertest.New(t, l, r, ledgertest.Born)
		fmt.Println(payment.Created, o.No)
		o = coded(t, l, o)
		ledgertest.Said(t, l, o, payment.TradeSuccess)
		fmt.Println(payment.Paid, o.No)
	}
}

// A cutting is one way to cut the power, and what came of it.
type cutting struct {
	rounds   int
	newborn  bool             // cut during the first initialisation, a new file each round
	frozen   bool             // the writer is stopped some time before the cut
	unsynced bool             // the control: must lose
	moment   [2]time.Duration // how long after it began: from, to

	done, commits, lossy, lost, unopenable, absent int
}

// What was acknowledged before the power went is there after the next start, whole. A ledger that does not sync
// fails the same test, or the test shows nothing.
func TestPowerCut(t *testing.T) {
	var soak time.Duration
	if text := os.Getenv(soakEnv); text != "" {
		var err error
		if soak, err = time.ParseDuration(text); err != nil {
			t.Fatalf("%s: %v", soakEnv, err)
		}
	}
	cuttings := map[string]*cutting{
		"while it writes":      {rounds: 5, moment: [2]time.Duration{0, 300 * ms}},
		"writer frozen before": {rounds: 5, moment: [2]time.Duration{0, 200 * ms}, frozen: true},
		"new ledger":           {rounds: 12, moment: [2]time.Duration{0, 25 * ms}, newborn: true},
		// Long before ext4 commits its journal (5 s) or the kernel writes old pages back (30 s).
		// bbolt syncs where it makes the file larger, so one round in ten loses nothing.
		"control without sync": {rounds: 6, moment: [2]time.Duration{100 * ms, 300 * ms}, unsynced: true},
	}
	for name, c := range cuttings {
		t.Run(name, func(t *testing.T) {
			v := newVolume(t, volumeBytes)
			c.run(v, time.Now().Add(soak/time.Duration(len(cuttings))))
			t.Logf("%d rounds, %d commits acknowledged, %d rounds with loss, %d orders lost, %d unopenable, %d cut "+
				"before there was a ledger",
				c.done, c.commits, c.lossy, c.lost, c.unopenable, c.absent)
			switch {
			case c.unsynced && c.lossy == 0:
				t.Error("a ledger without sync lost nothing: this test has no teeth here")
			case !c.unsynced && c.lossy > 0:
				t.Error("what was acknowledged is not there")
			case !c.newborn && c.commits == 0:
				t.Error("nothing was acknowledged")
			}
		})
	}
}

func (c *cutting) run(v *volume, end time.Time) {
	path, said := "", map[string]payment.State{}
	for c.done < c.rounds || time.Now().Before(end) {
		if path == "" || c.newborn || c.unsynced || c.done%cutsOfLife == 0 {
			os.RemoveAll(path)
			os.RemoveAll(filepath.Dir(beside(path).Mark))
			path, said = filepath.Join(v.dir, fmt.Sprintf("ledger-%d.db", c.done)), map[string]payment.State{}
		}
		w := c.round(v, path)
		for no, state := range w.said {
			said[no] = state
		}
		c.done++
		c.commits += w.commits
		c.check(v, path, said)
	}
}

// round lets a writer work on the ledger until the power goes and comes back.
func (c *cutting) round(v *volume, path string) *writer {
	w := startWriter(v.T, path, c.unsynced)
	point := w.writing
	if c.newborn {
		point = w.opening
	}
	moment := c.moment[0] + rand.N(c.moment[1]-c.moment[0])
	if c.newborn && c.done%2 == 0 {
		moment /= 10 // most of the first initialisation is over by then
	}
	w.reach(v.T, point, moment)
	if c.frozen {
		if err := w.cmd.Process.Signal(syscall.SIGSTOP); err != nil {
			v.Fatal(err)
		}
		w.reach(v.T, point, 10*ms+rand.N(60*ms))
	}
	v.cut()
	w.kill()
	v.remount()
	return w
}

// check opens the ledger and counts what it lost. Only the control may lose anything.
func (c *cutting) check(v *volume, path string, said map[string]payment.State) {
	if _, err := os.Stat(path); errors.Is(err, os.ErrNotExist) {
		c.absent++
	}
	// bbolt may panic at what is left of it, and then holds the file, and with it the file system, for ever
	if c.unsynced {
		path = v.aside(path)
	}
	lost, err := missing(v.T, path, said)
	if err != nil {
		c.unopenable++
		lost = len(said)
	}
	if !c.unsynced && (err != nil || lost > 0) {
		v.Errorf("round %d: %d of %d orders are gone, %v", c.done, lost, len(said), err)
	}
	if c.lost += lost; err != nil || lost > 0 {
		c.lossy++
	}
}

// missing opens the ledger, makes sure that it is whole, and counts the orders that are not as far as they were
// said to be. A paid one owes its work.
func missing(t *testing.T, path string, said map[string]payment.State) (n int, err error) {
	l, err := Open(path, identity, beside(path))
	if err != nil {
		return 0, err
	}
	defer l.Close()
	findings, err := l.Verify(t.Context())
	if err != nil || len(findings) > 0 {
		return 0, errors.Join(err, fmt.Errorf("%q", findings))
	}
	if lost, ok := l.Incomplete(); ok {
		return 0, fmt.Errorf("its mark was ahead of it: %+v", lost)
	}
	for no, state := range said {
		o, err := l.Order(t.Context(), no)
		owed, _ := l.Effects(t.Context(), no)
		later := o.State == payment.Paid || o.State == payment.Waiting && state == payment.Created
		if err != nil || o.State != state && !later || o.State == payment.Paid && len(owed) != 2 {
			n++
		}
	}
	return n, nil
}
