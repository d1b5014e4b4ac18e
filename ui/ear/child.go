package ear

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"runtime"
	"strings"
	"syscall"
	"time"
)

// How a child can end that did not end well by itself.
var (
	errHangs   = errors.New("it did not end in time, and was killed")
	errStuck   = errors.New("it was killed, and has not ended")
	errEndless = errors.New("it sends more than a phrase can be")
)

// graceful is how long a killed child may take to be gone. One that waits inside the kernel, for a device that was
// pulled, goes when the kernel lets it.
const graceful = time.Second

// A child is one run of a program that is given bytes and sends bytes.
type child struct {
	program string
	args    []string
	input   []byte
	most    int           // bytes that it may send; zero: none are read
	within  time.Duration // it is killed then
	gently  bool          // it gives way to everything else
}

// A result is how a child ended.
type result struct {
	output []byte
	said   string // the beginning of its standard error
	err    error
}

// run runs a child to its end, or kills it when ctx ends. What the child was given is overwritten when it is gone; what
// it has sent is the caller's to overwrite. Where it cannot be killed the error is errStuck, and gone is closed when it
// has ended after all.
func (c child) run(ctx context.Context) (r result, gone <-chan struct{}) {
	if err := context.Cause(ctx); err != nil {
		clear(c.input)
		return result{err: err}, closed
	}
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	late := time.AfterFunc(c.within, func() { cancel(errHangs) })
	defer late.Stop()
	ended, left, over := make(chan result), make(chan struct{}), make(chan struct{})
	go func() {
		defer close(over)
		r := c.whole(ctx, cancel)
		select {
		case ended <- r:
		case <-left:
			clear(r.output)
		}
	}()
	r, there := await(ctx, ended, graceful)
	if !there {
		close(left)
		return result{err: errors.Join(errStuck, context.Cause(ctx))}, over
	}
	if cause := context.Cause(ctx); cause != nil {
		r.err = cause
	}
	return r, closed
}

// await returns what comes, and gives it a grace once ctx has ended.
func await(ctx context.Context, ended <-chan result, grace time.Duration) (r result, there bool) {
	select {
	case r = <-ended:
		return r, true
	case <-ctx.Done():
	}
	patience := time.NewTimer(grace)
	defer patience.Stop()
	select {
	case r = <-ended:
		return r, true
	case <-patience.C:
		return r, false
	}
}

// closed is for what has nothing to wait for.
var closed = func() chan struct{} {
	c := make(chan struct{})
	close(c)
	return c
}()

// whole starts a child and waits for its end.
func (c child) whole(ctx context.Context, cancel context.CancelCauseFunc) (r result) {
	defer clear(c.input)
	// The kernel kills the child when the thread ends that started it, not the process. So nobody else may have this
	// thread, and end it, before the child has ended.
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	cmd := exec.CommandContext(ctx, c.program, c.args...)
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL}
	cmd.Cancel = func() error { return syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) } // what it has started too
	cmd.WaitDelay = graceful / 2
	cmd.Env = append(os.Environ(), "LC_ALL=C") // its complaints are read
	cmd.Stdin = bytes.NewReader(c.input)
	output := &bounded{most: c.most, full: func() { cancel(errEndless) }}
	if c.most > 0 {
		cmd.Stdout = output
	}
	complaints := &complaint{}
	cmd.Stderr = complaints
	if err := cmd.Start(); err != nil {
		return result{err: err}
	}
	if c.gently {
		_ = syscall.Setpriority(syscall.PRIO_PROCESS, cmd.Process.Pid, 19) // it is only slower for others
	}
	err := cmd.Wait()
	return result{output.b, strings.ToValidUTF8(string(complaints.b), "?"), err}
}

// A bounded keeps what it reads, and leaves no copy of it behind when it grows.
type bounded struct {
	b    []byte
	most int
	full func()
}

// Write is for those who do not know of ReadFrom.
func (w *bounded) Write(p []byte) (int, error) {
	n, err := w.ReadFrom(bytes.NewReader(p))
	return int(n), err
}

// ReadFrom reads to the end, straight into what is kept.
func (w *bounded) ReadFrom(r io.Reader) (n int64, err error) {
	for {
		if len(w.b) == cap(w.b) {
			more := make([]byte, len(w.b), min(w.most+1, max(1<<16, 2*cap(w.b))))
			copy(more, w.b)
			clear(w.b)
			w.b = more
		}
		got, err := r.Read(w.b[len(w.b):cap(w.b)])
		w.b = w.b[:len(w.b)+got]
		n += int64(got)
		switch {
		case len(w.b) > w.most:
			w.full()
			return n, errEndless
		case err == io.EOF:
			return n, nil
		case err != nil:
			return n, err
		}
	}
}

// A complaint keeps the beginning of what a child says.
type complaint struct{ b []byte }

const longestComplaint = 2048

func (c *complaint) Write(p []byte) (int, error) {
	c.b = append(c.b, p[:min(len(p), longestComplaint-len(c.b))]...)
	return len(p), nil
}

// complained joins how a child ended with the last line that it said, which says most: libraries complain before the
// program does.
func (r result) complained() error {
	lines := strings.Split(strings.TrimSpace(r.said), "\n")
	if last := lines[len(lines)-1]; last != "" {
		return fmt.Errorf("%w: %s", r.err, last)
	}
	return r.err
}
