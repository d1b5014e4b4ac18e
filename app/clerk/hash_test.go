package clerk_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"courtkiosk/app/clerk"
	"courtkiosk/app/export"
	"courtkiosk/app/receipt"
)

// TestMain is the child of HashElsewhere, too.
func TestMain(m *testing.M) {
	if len(os.Args) == 2 && os.Args[1] == clerk.HashWord {
		os.Exit(clerk.HashChild(os.Stdin, os.Stdout))
	}
	os.Exit(m.Run())
}

// The hash of another process is the same, and costs this one no memory to speak of; where there is no such process, or
// another program, it is made here.
func TestHashElsewhere(t *testing.T) {
	cost := clerk.Cost{Time: 1, Memory: 32 << 10, Lanes: 1}
	secret, salt := []byte("482915"), []byte("0123456789abcdef")
	want, err := clerk.HashHere(t.Context(), cost, secret, salt)
	if err != nil {
		t.Fatal(err)
	}
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	for program, mebibytes := range map[string]uint64{self: 2, "/nowhere": 34, "/bin/true": 34} {
		var said bytes.Buffer
		hash := clerk.HashElsewhere(program, slog.New(slog.NewTextHandler(&said, nil)))
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		got, err := hash(t.Context(), cost, secret, salt)
		runtime.ReadMemStats(&after)
		if err != nil || !bytes.Equal(got, want) {
			t.Errorf("%s: %x, %v, want %x", program, got, err, want)
		}
		if used := (after.TotalAlloc - before.TotalAlloc) >> 20; used >= mebibytes {
			t.Errorf("%s: %d MiB were taken here", program, used)
		}
		if here := strings.Contains(said.String(), "beside the touches"); here != (program != self) {
			t.Errorf("%s: the log says %q", program, said.String())
		}
	}
}

// Every thread of the other process comes after all others, and it ends with who waits for it.
func TestHashGivesWay(t *testing.T) {
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	ctx, leave := context.WithCancel(t.Context())
	ended := make(chan error)
	go func() {
		hash := clerk.HashElsewhere(self, slog.New(slog.DiscardHandler))
		_, err := hash(ctx, clerk.Cost{Time: 1 << 30, Memory: 8 << 10, Lanes: 1}, []byte("482915"), []byte("salt"))
		ended <- err
	}()
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	limit := time.After(30 * time.Second)
	child := 0
	for done := false; !done; {
		select {
		case <-limit:
			t.Fatalf("child %d does not give way: %v", child, priorities(child))
		case err := <-ended:
			t.Fatalf("it has ended: %v", err)
		case <-tick.C:
		}
		if child = childWith(clerk.HashWord); child == 0 {
			continue
		}
		all := priorities(child)
		done = len(all) > 1
		for _, nice := range all {
			done = done && nice == 19
		}
	}
	leave()
	if err := <-ended; !errors.Is(err, context.Canceled) {
		t.Errorf("of who has left: %v", err)
	}
	if still := childWith(clerk.HashWord); still != 0 {
		t.Errorf("child %d is still there", still)
	}
}

// A process that hangs keeps nobody out: it is ended, and the PIN is hashed here.
func TestHashThatHangs(t *testing.T) {
	defer clerk.HashWithin(200 * time.Millisecond)()
	program := filepath.Join(t.TempDir(), "stopped")
	err := os.WriteFile(program, []byte("#!/bin/sh\nkill -STOP $$\n"), 0o700) //nolint:gosec // it is run
	if err != nil {
		t.Fatal(err)
	}
	cost := clerk.Cost{Time: 1, Memory: 64, Lanes: 1}
	want, err := clerk.HashHere(t.Context(), cost, []byte("482915"), []byte("salt"))
	if err != nil {
		t.Fatal(err)
	}
	ctx, leave := context.WithTimeout(t.Context(), 10*time.Second)
	defer leave()
	hash := clerk.HashElsewhere(program, slog.New(slog.DiscardHandler))
	got, err := hash(ctx, cost, []byte("482915"), []byte("salt"))
	if err != nil || !bytes.Equal(got, want) {
		t.Errorf("%x, %v, want %x", got, err, want)
	}
}

// childWith is the id of this process's child that was started with a word; zero when there is none.
func childWith(word string) int {
	files, _ := filepath.Glob("/proc/[0-9]*/stat")
	for _, f := range files {
		line, _ := os.ReadFile(filepath.Join(filepath.Dir(f), "cmdline"))
		if stat := statOf(f); stat != nil && stat[1] == strconv.Itoa(os.Getpid()) && stat[0] != "Z" &&
			strings.HasSuffix(string(line), "\x00"+word+"\x00") {
			id, _ := strconv.Atoi(filepath.Base(filepath.Dir(f)))
			return id
		}
	}
	return 0
}

// priorities are those of a process's threads.
func priorities(id int) (all []int) {
	files, _ := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/stat", id))
	for _, f := range files {
		if stat := statOf(f); stat != nil {
			nice, _ := strconv.Atoi(stat[16])
			all = append(all, nice)
		}
	}
	return all
}

// statOf are the fields of a thread's state from the third on (proc_pid_stat(5)): 0 is the state, 1 the parent, 16
// nice.
func statOf(file string) []string {
	text, _ := os.ReadFile(file)
	_, rest, ok := strings.Cut(string(text), ") ")
	if fields := strings.Fields(rest); ok && len(fields) > 16 {
		return fields
	}
	return nil
}

// One PIN is hashed at a time whoever comes, six wait, and who comes then is told so: nothing was compared, and no try
// was counted.
func TestCrowd(t *testing.T) {
	inCourt(t, func(c *court) {
		c.founded()
		var at, most atomic.Int32
		gate := make(chan struct{})
		c.Desk = clerk.New(clerk.Options{
			Ledger: c.ledger, Device: console, Issuer: c.Issuer, Key: c.Key, Log: c.Desk.Log,
			Hash: func(ctx context.Context, cost clerk.Cost, secret, salt []byte) ([]byte, error) {
				most.Store(max(most.Load(), at.Add(1)))
				defer at.Add(-1)
				<-gate
				return clerk.HashHere(ctx, cost, secret, salt)
			},
		})
		const come = 40
		tries := make(chan error, come)
		for range come {
			go func() {
				_, err := c.SignIn(context.Background(), window, lead1, "000111", "")
				tries <- err
			}()
		}
		synctest.Wait()
		crowd := come - len(tries)
		for range come - crowd {
			if err := <-tries; !errors.Is(err, clerk.ErrCrowd) {
				t.Errorf("in a crowd: %v", err)
			}
		}
		if crowd != 7 {
			t.Errorf("%d are let in, not one and six", crowd)
		}
		if p := c.person(lead1); p.Tries != 1 {
			t.Errorf("%d tries are counted while one is compared", p.Tries)
		}
		close(gate)
		for range crowd {
			if err := <-tries; errors.Is(err, clerk.ErrCrowd) || err == nil {
				t.Errorf("of those inside: %v", err)
			}
		}
		if most.Load() != 1 {
			t.Errorf("%d were hashed at once", most.Load())
		}
	})
}

// Of what takes long one thing is done at a time, one waits, and who comes then is told so.
func TestOneLongThingAtATime(t *testing.T) {
	inCourt(t, func(c *court) {
		leave, err := c.Occupy(c.Context())
		if err != nil {
			t.Fatal(err)
		}
		waits := make(chan error, 1)
		go func() {
			_, err := c.VerifyAudit(c.Context(), auditor())
			waits <- err
		}()
		synctest.Wait()
		finance := clerk.AtPage(member(clerk.RoleFinance, true))
		for what, do := range map[string]func() error{
			"the audit": func() error { _, err := c.VerifyAudit(c.Context(), auditor()); return err },
			"a month":   func() error { _, err := c.Month(c.Context(), finance, noon); return err },
			"a paper":   func() error { _, err := c.PDF(c.Context(), receipt.Sheet{}); return err },
			"a file": func() error {
				days := export.Range{From: noon, To: noon}
				_, err := c.Export(c.Context(), clerk.Console(console, clerk.Process), clerk.ExportOrders, export.CSV,
					days)
				return err
			},
		} {
			if err := do(); !errors.Is(err, clerk.ErrBusy) {
				t.Errorf("%s: %v", what, err)
			}
		}
		select {
		case err := <-waits:
			t.Errorf("it has not waited: %v", err)
		default:
		}
		leave()
		if err := <-waits; err != nil {
			t.Errorf("of who has waited: %v", err)
		}
	})
}
