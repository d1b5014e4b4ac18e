package ear

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"courtkiosk/app/ear"
	"courtkiosk/app/message"
)

// asItIs is words that are sounds already.
func asItIs(lang message.Lang, text string) []ear.Part {
	return []ear.Part{{Lang: lang, Words: text, Sound: text}}
}

// need skips a test, loudly, where a program of the system is missing.
func need(t testing.TB, program string) {
	t.Helper()
	if _, err := exec.LookPath(program); err != nil {
		t.Skipf("SKIPPED: %s is not installed, and this is about the real one", program)
	}
}

// ours is how the folders of this process's programs begin.
func ours() string { return fmt.Sprintf("ear-%d-", os.Getpid()) }

// script makes a program of a few lines of sh. What it starts by "$nap" sleeps for long, and is found by noChild.
func script(t *testing.T, lines string) string {
	t.Helper()
	dir, err := os.MkdirTemp("", ours())
	must(t, err)
	t.Cleanup(func() { must(t, os.RemoveAll(dir)) })
	nap, path := filepath.Join(dir, "nap"), filepath.Join(dir, "program")
	must(t, os.Symlink("/bin/sleep", nap))
	// A child that is started now would hold the file open for writing, and nobody could run it.
	syscall.ForkLock.RLock()
	defer syscall.ForkLock.RUnlock()
	must(t, os.WriteFile(path, []byte("#!/bin/sh\nnap='"+nap+" 600'\n"+lines+"\n"), 0o700))
	return path
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// nothingLeft checks at the end of a test that no goroutine of this room and no process that it started is left.
func nothingLeft(t *testing.T) {
	t.Helper()
	dir := filepath.Join(os.TempDir(), ours())
	t.Cleanup(func() {
		var left string
		for range 100 {
			if left = children(dir) + goroutines(); left == "" {
				return
			}
			time.Sleep(20 * time.Millisecond)
		}
		t.Errorf("left behind: %s", left)
	})
}

// children returns the command lines of our children, and of all that was started from under a folder.
func children(dir string) (found string) {
	stats, _ := filepath.Glob("/proc/[0-9]*/stat")
	for _, path := range stats {
		stat, err := os.ReadFile(path)
		if err != nil {
			continue // it has ended
		}
		line, _ := os.ReadFile(filepath.Join(filepath.Dir(path), "cmdline"))
		_, rest, _ := strings.Cut(string(stat), ") ")
		var state string
		var parent int
		_, _ = fmt.Sscan(rest, &state, &parent)
		ended := state == "Z" && parent != os.Getpid() // somebody else's to wait for
		if !ended && (parent == os.Getpid() || strings.Contains(string(line), dir)) {
			found += fmt.Sprintf("process %s %q; ", state, line)
		}
	}
	return found
}

func goroutines() (found string) {
	buf := make([]byte, 1<<20)
	for g := range strings.SplitSeq(string(buf[:runtime.Stack(buf, true)]), "\n\n") {
		if strings.Contains(g, "courtkiosk/ui/ear.") && !strings.Contains(g, "testing.tRunner") &&
			!strings.Contains(g, "ear.nothingLeft") {
			found += g + "\n"
		}
	}
	return found
}

// readAll is for tests that look at what a child was given.
func readAll(t *testing.T, path string) string {
	t.Helper()
	f, err := os.Open(path)
	must(t, err)
	defer f.Close()
	b, err := io.ReadAll(f)
	must(t, err)
	return string(b)
}

var background = context.Background()

// A logbook holds what was logged, line by line.
type logbook struct {
	mu   sync.Mutex
	text strings.Builder
}

func (l *logbook) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.Write(p)
}

func (l *logbook) logger() *slog.Logger { return slog.New(slog.NewTextHandler(l, nil)) }

// of returns the lines that hold a word.
func (l *logbook) of(word string) (found []string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for line := range strings.Lines(l.text.String()) {
		if strings.Contains(line, word) {
			found = append(found, line)
		}
	}
	return found
}
