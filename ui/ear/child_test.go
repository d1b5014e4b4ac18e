package ear

import (
	"bytes"
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"
)

// parentWord makes this test's process the parent that is killed in TestChildrenEndWithUs.
const parentWord = "EAR_TEST_PARENT"

// A process that is killed takes its child with it; and the end of any other of its threads does not.
func TestChildrenEndWithUs(t *testing.T) {
	if nap := os.Getenv(parentWord); nap != "" {
		parent(t, nap)
		return
	}
	nothingLeft(t)
	dir := t.TempDir()
	nap := filepath.Join(dir, "nap")
	must(t, os.Symlink("/bin/sleep", nap))
	us := exec.Command("/proc/self/exe", "-test.run=^TestChildrenEndWithUs$")
	us.Env = append(os.Environ(), parentWord+"="+nap)
	must(t, us.Start())
	until(t, "there is a child", func() bool { return strings.Contains(children(dir), "nap") })
	time.Sleep(300 * time.Millisecond) // other threads end
	if !strings.Contains(children(dir), "nap") {
		t.Error("the child ended with a thread that had not started it")
	}
	must(t, us.Process.Kill())
	_ = us.Wait() // it was killed
	until(t, "the child ends", func() bool { return children(dir) == "" })
}

// parent runs a child that sleeps, while threads of all kinds end, until it is killed.
func parent(t *testing.T, nap string) {
	t.Helper()
	go child{program: nap, args: []string{"600"}, within: time.Minute}.run(background)
	for range 20 {
		go runtime.LockOSThread() // it ends locked, and its thread with it
		time.Sleep(10 * time.Millisecond)
	}
	time.Sleep(time.Minute)
}

// A child that is given a sound has it overwritten when it ends, also when it was killed.
func TestChildForgets(t *testing.T) {
	for _, lines := range []string{"cat >/dev/null", "exit 1", "$nap"} {
		c := child{program: script(t, lines), input: []byte(strings.Repeat("x", 1<<18)), within: 200 * time.Millisecond}
		c.run(background)
		if bytes.ContainsRune(c.input, 'x') {
			t.Errorf("%q: the sound is still there", lines)
		}
	}
}

// What gives way to all else has the lowest priority there is.
func TestGently(t *testing.T) {
	told := filepath.Join(t.TempDir(), "told")
	c := child{program: script(t, "sleep 0.2; cut -d' ' -f19 /proc/$$/stat >"+told), within: time.Minute, gently: true}
	if r, _ := c.run(background); r.err != nil {
		t.Fatal(r.err)
	}
	if got := readAll(t, told); got != "19\n" {
		t.Errorf("its niceness is %q", got)
	}
	if isGentle(background) || !isGentle(gently(background)) {
		t.Error("not marked")
	}
}

// A killed process that will not go, as one that waits for a device in the kernel, holds nobody up.
func TestStuck(t *testing.T) {
	ctx, cancel := context.WithCancel(background)
	cancel()
	if _, there := await(ctx, make(chan result), 10*time.Millisecond); there {
		t.Error("a result came from nowhere")
	}
}

// What grows leaves no copy behind.
func TestBoundedLeavesNothing(t *testing.T) {
	w := &bounded{most: 1 << 20, full: func() {}}
	_, err := w.Write(bytes.Repeat([]byte{7}, 1<<16-1))
	must(t, err)
	before := w.b
	_, err = w.Write([]byte{7, 7})
	must(t, err)
	if len(w.b) != 1<<16+1 || bytes.Contains(before, []byte{7}) {
		t.Errorf("%d bytes, and the first of what was left is %d", len(w.b), before[0])
	}
}
