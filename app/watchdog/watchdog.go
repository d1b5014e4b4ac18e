// Package watchdog tells the service manager that the program lives, and only while what a visitor needs answers: a
// ticker that only ticks would say so of a program in which everything else stands still.
//
// It speaks systemd's protocol, sd_notify(3): datagrams of lines to the socket that NOTIFY_SOCKET names.
//
// # Decisions
//
// 2026-11-29: a question that has not been answered is not asked again before it is: a ledger that hangs would collect
// goroutines, and a thread work to do.
//
// 2026-11-29: the program calls itself its unit's main process. Under xinit it is not: a stop would end X below it, and
// the watchdog would abort xinit.
package watchdog

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"os"
	"slices"
	"strconv"
	"strings"
	"time"
)

// A Question is one thing that must answer. Ask may hang for as long as it likes; it is asked on a goroutine of its
// own.
type Question struct {
	Of  string // what is asked, for people: "ledger"
	Ask func(ctx context.Context) error
}

// A Manager is the service manager that started this program.
type Manager struct {
	conn  *net.UnixConn
	every time.Duration
}

// quiet is how often a manager that wants no ticks is told how the program stands.
const quiet = 10 * time.Second

// Find returns the manager that an environment names; nil when the program was started by something else.
func Find(env func(key string) string) (*Manager, error) {
	at := env("NOTIFY_SOCKET")
	if at == "" {
		return nil, nil
	}
	conn, err := net.DialUnix("unixgram", nil, &net.UnixAddr{Name: at, Net: "unixgram"}) // Go knows the leading @
	if err != nil {
		return nil, fmt.Errorf("service manager at NOTIFY_SOCKET: %w", err)
	}
	m := &Manager{conn: conn, every: quiet}
	if us, err := strconv.ParseInt(env("WATCHDOG_USEC"), 10, 64); err == nil && us > 0 {
		m.every = time.Duration(us) * time.Microsecond / 4 // two ticks may come late
	}
	return m, nil
}

// Tell sends lines like READY=1 in one datagram.
func (m *Manager) Tell(lines ...string) error {
	_, err := m.conn.Write([]byte(strings.Join(lines, "\n")))
	if err != nil {
		return fmt.Errorf("tell the service manager %q: %w", lines[0], err)
	}
	return nil
}

// Close ends the talk.
func (m *Manager) Close() error { return m.conn.Close() }

// Run asks all questions again and again until ctx ends. The manager is told that the program is ready once all have
// answered, has a tick each time that all have again, and is told whose answer is missing.
func (m *Manager) Run(ctx context.Context, log *slog.Logger, questions ...Question) {
	asked := make([]asking, len(questions))
	for i, q := range questions {
		asked[i].Question = q
	}
	tick := time.NewTicker(m.every)
	defer tick.Stop()
	ready, before := false, []string(nil)
	for {
		silent := m.ask(ctx, asked)
		if ctx.Err() != nil {
			break
		}
		lines := []string{"STATUS=no answer from the " + strings.Join(silent, ", nor from the ")}
		if len(silent) == 0 {
			lines = []string{"WATCHDOG=1", "STATUS=serving"}
		}
		if len(silent) == 0 && !ready {
			ready = true
			lines = append(lines, "READY=1", "MAINPID="+strconv.Itoa(os.Getpid()))
		}
		err := m.Tell(lines...)
		if !slices.Equal(silent, before) || err != nil {
			log.WarnContext(ctx, "watchdog", "silent", silent, "why", why(asked), "err", err)
		}
		before = silent
		select {
		case <-ctx.Done():
		case <-tick.C:
		}
	}
	if err := m.Tell("STOPPING=1"); err != nil {
		log.WarnContext(ctx, "watchdog", "err", err)
	}
}

// An asking is a question that may be under way.
type asking struct {
	Question
	answer chan error // nil when it is not
	err    error      // of the last answer
}

// ask asks what is not being asked still, waits for as long as there is until the next tick, and names what has no
// answer by then.
func (m *Manager) ask(ctx context.Context, asked []asking) (silent []string) {
	enough := time.NewTimer(m.every * 9 / 10)
	defer enough.Stop()
	for i := range asked {
		if a := &asked[i]; a.answer == nil {
			a.answer = make(chan error, 1)
			go func() { a.answer <- a.Ask(ctx) }()
		}
	}
	late := false
	for i := range asked {
		a := &asked[i]
		if late {
			select {
			case a.err = <-a.answer:
				a.answer = nil
			default:
				a.err = errSilent
			}
		} else {
			select {
			case a.err = <-a.answer:
				a.answer = nil
			case <-enough.C:
				late, a.err = true, errSilent
			case <-ctx.Done():
				return nil
			}
		}
		if a.err != nil {
			silent = append(silent, a.Of)
		}
	}
	return silent
}

var errSilent = errors.New("it hangs")

// why joins what is wrong with those that have not answered well; nil when nothing is.
func why(asked []asking) (err error) {
	for _, a := range asked {
		if a.err != nil {
			err = errors.Join(err, fmt.Errorf("%s: %w", a.Of, a.err))
		}
	}
	return err
}
