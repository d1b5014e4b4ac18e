package watchdog

import (
	"context"
	"errors"
	"log/slog"
	"net"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"
)

// soon is a watchdog's interval that a test can wait for: four ticks in it.
const soon = 400 * time.Millisecond

// A unit is the service manager's side.
type unit struct {
	t    *testing.T
	conn *net.UnixConn
}

// start runs a program under a unit until the test ends.
func start(t *testing.T, at string, questions ...Question) (u *unit, stop func()) {
	t.Helper()
	conn, err := net.ListenUnixgram("unixgram", &net.UnixAddr{Name: at, Net: "unixgram"})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	m, err := Find(func(key string) string {
		return map[string]string{"NOTIFY_SOCKET": at, "WATCHDOG_USEC": "400000"}[key]
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { m.Close() })
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		m.Run(ctx, slog.New(slog.DiscardHandler), questions...)
	}()
	stop = func() { cancel(); <-ended }
	t.Cleanup(stop)
	return &unit{t, conn}, stop
}

// hears returns the lines of the next datagram; none when nothing comes within a watchdog's interval.
func (u *unit) hears() string {
	u.t.Helper()
	if err := u.conn.SetReadDeadline(time.Now().Add(soon)); err != nil {
		u.t.Fatal(err)
	}
	b := make([]byte, 4096)
	n, err := u.conn.Read(b)
	if err != nil {
		return ""
	}
	return string(b[:n])
}

// ticks reports whether the unit would be let live: a tick comes in time.
func (u *unit) ticks() bool {
	for end := time.Now().Add(soon); time.Now().Before(end); {
		if strings.Contains(u.hears(), "WATCHDOG=1") {
			return true
		}
	}
	return false
}

func fine(context.Context) error { return nil }

func TestReadyOnceAllAnswer(t *testing.T) {
	for name, at := range map[string]string{
		"a file":        filepath.Join(t.TempDir(), "notify"),
		"abstract name": "@courtkiosk-watchdog-test",
	} {
		t.Run(name, func(t *testing.T) {
			hold := make(chan struct{})
			u, stop := start(t, at, Question{"ledger", fine},
				Question{"window", func(context.Context) error { <-hold; return nil }})
			if got := u.hears(); got != "STATUS=no answer from the window" {
				t.Fatalf("got %q before the window answers", got)
			}
			close(hold)
			for got := ""; !strings.Contains(got, "READY=1\nMAINPID="); got = u.hears() {
				if strings.Contains(got, "WATCHDOG=1") {
					t.Fatalf("%q comes before the unit is told that the program is ready", got)
				}
			}
			if got := u.hears(); got != "WATCHDOG=1\nSTATUS=serving" {
				t.Errorf("got %q, want a tick alone: it is ready once", got)
			}
			go stop()
			got := ""
			for range 3 {
				if got = u.hears(); got == "STOPPING=1" {
					return
				}
			}
			t.Errorf("got %q at the end", got)
		})
	}
}

// Each that hangs alone, or answers with an error alone, ends the ticks; they come again with its answer. A question
// that hangs is asked once.
func TestEachAloneEndsTheTicks(t *testing.T) {
	names := []string{"ledger", "window", "socket"}
	for i, hung := range names {
		t.Run(hung, func(t *testing.T) {
			t.Parallel()
			var broken, hanging atomic.Bool
			var asked atomic.Int64
			release := make(chan struct{})
			var questions []Question
			for j, name := range names {
				ask := fine
				if i == j {
					ask = func(context.Context) error {
						if broken.Load() {
							return errors.New("broken")
						}
						if hanging.Load() {
							asked.Add(1)
							<-release
						}
						return nil
					}
				}
				questions = append(questions, Question{name, ask})
			}
			u, _ := start(t, filepath.Join(t.TempDir(), "notify"), questions...)
			for u.hears() == "" {
			}
			check := func(how string, down *atomic.Bool, mend func()) {
				t.Helper()
				if !u.ticks() {
					t.Fatalf("no ticks before it is %s", how)
				}
				down.Store(true)
				u.ticks() // one may be on its way
				if u.ticks() {
					t.Errorf("%s, and the unit is told that all is well", how)
				}
				if got := u.hears(); got != "STATUS=no answer from the "+hung {
					t.Errorf("%s: got %q", how, got)
				}
				mend()
			}
			check("broken", &broken, func() { broken.Store(false) })
			check("hanging", &hanging, func() { hanging.Store(false); close(release) })
			if !u.ticks() {
				t.Error("no ticks after it has answered")
			}
			if n := asked.Load(); n != 1 {
				t.Errorf("%d goroutines hang, want 1", n)
			}
		})
	}
}

func TestNobodyAsks(t *testing.T) {
	if m, err := Find(func(string) string { return "" }); m != nil || err != nil {
		t.Errorf("got %v, %v", m, err)
	}
	if _, err := Find(func(string) string { return filepath.Join(t.TempDir(), "none") }); err == nil {
		t.Error("a socket that is not there is taken")
	}
}
