package postgrestest

import (
	"bufio"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"strconv"
	"testing"
	"time"
)

func TestStopLeavesNothing(t *testing.T) {
	c, err := Start()
	if err != nil {
		orSkip(t, cannotStart{err})
	}
	pid := c.server.process.Pid
	children, err := childrenOf(pid)
	if err != nil || len(children) == 0 {
		t.Errorf("a server with the children %v (%v)", children, err)
	}
	if err := c.Stop(); err != nil {
		t.Error(err)
	}
	for _, pid := range append(children, pid) {
		if !gone(pid) {
			t.Errorf("process %d lives", pid)
		}
	}
	if _, err := os.Stat(c.server.folder); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("%s: %v", c.server.folder, err)
	}
}

const childIs = "POSTGRESTEST_CHILD"

// A test process that is killed cannot stop its server, nor remove the folder.
func TestKilledLeavesNoServer(t *testing.T) {
	running(t)
	child := exec.Command(os.Args[0], "-test.run", "^TestChildWithServer$")
	child.Env, child.Stderr = append(os.Environ(), childIs+"=1"), os.Stderr
	out, err := child.StdoutPipe()
	if err := errors.Join(err, child.Start()); err != nil {
		t.Fatal(err)
	}
	var pid int
	var folder string
	if _, err := fmt.Fscanln(bufio.NewReader(out), &pid, &folder); err != nil || !lives(pid) {
		t.Fatalf("the child has no server: %d, %v", pid, err)
	}
	children, err := childrenOf(pid)
	if err := errors.Join(err, child.Process.Kill()); err != nil {
		t.Fatal(err)
	}
	_ = child.Wait()
	for _, pid := range append(children, pid) {
		if !gone(pid) {
			t.Errorf("process %d lives on", pid)
		}
	}
	sweep()
	if _, err := os.Stat(folder); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("the next server leaves %s: %v", folder, err)
	}
	if _, err := os.Stat(running(t).server.folder); err != nil {
		t.Errorf("the folder of a server that runs: %v", err)
	}
}

// gone waits for the end of a process, 5 seconds at most.
func gone(pid int) bool {
	for range 500 {
		if !lives(pid) {
			return true
		}
		time.Sleep(10 * time.Millisecond)
	}
	return false
}

// TestChildWithServer is what TestKilledLeavesNoServer kills.
func TestChildWithServer(t *testing.T) {
	if os.Getenv(childIs) == "" {
		return
	}
	s := running(t).server
	fmt.Println(strconv.Itoa(s.process.Pid), s.folder)
	time.Sleep(time.Minute)
}
