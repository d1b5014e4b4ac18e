package console_test

import (
	"context"
	"net"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"courtkiosk/app"
	"courtkiosk/payment"
	"courtkiosk/payment/ledgertest"
	"courtkiosk/ui/console"
)

// A stalling ledger reads nothing while somebody holds it.
type stalling struct {
	payment.Ledger
	sync.RWMutex
}

func (l *stalling) Since(ctx context.Context, seq uint64, n int) ([]payment.Entry, error) {
	l.RLock()
	defer l.RUnlock()
	return l.Ledger.Since(ctx, seq, n)
}

// Under a service manager a kiosk is ready once ledger, socket and window answer, and each that hangs alone ends its
// ticks. The unit's own test does the same to the program that is installed.
func TestWatchdogAsksTheKiosk(t *testing.T) {
	const within = 2 * time.Second
	dir := t.TempDir()
	at := filepath.Join(dir, "notify")
	unit, err := net.ListenUnixgram("unixgram", &net.UnixAddr{Name: at, Net: "unixgram"})
	if err != nil {
		t.Fatal(err)
	}
	defer unit.Close()
	t.Setenv("NOTIFY_SOCKET", at)
	t.Setenv("WATCHDOG_USEC", "400000")
	// heard reports whether the unit is told something within an interval of several ticks.
	heard := func(what string) bool {
		for end := time.Now().Add(within); ; {
			b := make([]byte, 4096)
			if err := unit.SetReadDeadline(end); err != nil {
				t.Fatal(err)
			}
			n, err := unit.Read(b)
			if err != nil {
				return false
			}
			if strings.Contains(string(b[:n]), what) {
				return true
			}
		}
	}
	silent := func(what string) { // and the unit is told so until it answers again
		t.Helper()
		if !heard("STATUS=no answer from the " + what) {
			t.Errorf("the %s hangs, and the unit is not told", what)
		}
		if heard("WATCHDOG=1") {
			t.Errorf("the %s hangs, and there are ticks", what)
		}
	}

	memory := ledgertest.NewMemory(payment.Identity{Court: "京0101", Environment: "demo", Instance: "X"})
	ledger := &stalling{Ledger: memory}
	var thread sync.RWMutex
	socket := make(chan string, 1)
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan string, 1)
	go func() {
		_, words := inProcess(ctx, console.Env{
			Args:    []string{"demo", "--dir", filepath.Join(dir, "state")},
			Options: []app.Option{app.OnLedger(ledger, memory)},
			Window: func(ctx context.Context, a *app.App) error {
				socket <- a.Config.SocketFile()
				<-ctx.Done()
				return nil
			},
			Thread: func(context.Context) error {
				thread.RLock()
				defer thread.RUnlock()
				return nil
			},
		})
		ended <- words
	}()
	path := <-socket
	if !heard("READY=1") || !heard("WATCHDOG=1") {
		t.Fatal("the unit is not told that the kiosk is ready")
	}

	ledger.Lock()
	silent("ledger")
	memory.Fail(payment.ErrAway)
	if !heard("WATCHDOG=1") {
		t.Error("no ticks while the ledger's database is away: the program is started anew for ever")
	}
	memory.Fail(nil)
	silent("ledger")
	ledger.Unlock()
	if !heard("WATCHDOG=1") {
		t.Error("no ticks after the ledger has answered")
	}
	thread.Lock()
	silent("window")
	thread.Unlock()
	if !heard("WATCHDOG=1") {
		t.Error("no ticks after the window has answered")
	}
	if err := os.Rename(path, path+".away"); err != nil {
		t.Fatal(err)
	}
	silent("socket")
	if err := os.Rename(path+".away", path); err != nil {
		t.Fatal(err)
	}
	if !heard("WATCHDOG=1") {
		t.Error("no ticks after the socket has answered")
	}
	stop()
	if !heard("STOPPING=1") {
		t.Error("the unit is not told of the end")
	}
	if words := <-ended; !strings.Contains(words, "kiosk stopped") {
		t.Errorf("it ended like this: %s", words)
	}
}
