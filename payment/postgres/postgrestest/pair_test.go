package postgrestest

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"
)

func write(t *testing.T, dsn, n string) {
	t.Helper()
	Exec(t, dsn, "insert into notes values ("+n+", '')")
}

// unanswered writes a note that the server does not say to be kept.
func unanswered(t *testing.T, dsn, n string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Second)
	defer cancel()
	_, err := psqlUntil(ctx, dsn, "insert into notes values ("+n+", '')")
	if err == nil || !errors.Is(ctx.Err(), context.DeadlineExceeded) {
		t.Errorf("answered, or refused: %v", err)
	}
}

// has compares the notes. Psql is asked only for what is wrong: it takes long to start.
func has(t *testing.T, dsn, want string) {
	t.Helper()
	const all = "select string_agg(n::text, ' ' order by n) from notes"
	if !strings.Contains(value(t, dsn, "host"), ",") {
		if isSo(through(t, dsn), "("+all+") = '"+want+"'") {
			return
		}
	}
	if got := Exec(t, dsn, all); got != want {
		t.Errorf("the notes %s, not %s", got, want)
	}
}

func TestPairLosesWhatTheStandbyNeverHad(t *testing.T) {
	p := StartPair(t, false)
	write(t, p.DSN(), "1")
	p.B.Rejoin() // in step
	has(t, p.B.DSN(), "0 1")
	p.B.Cut()
	write(t, p.DSN(), "2")
	p.A.Kill()
	p.B.Promote()
	has(t, p.DSN(), "0 1") // 2 was said to be kept
	write(t, p.DSN(), "3")
	p.A.Start() // takes itself for the primary
	has(t, p.A.DSN(), "0 1 2")
	p.A.Follow()
	has(t, p.A.DSN(), "0 1 3")
	p.B.StopImmediate()
	p.A.Promote()
	has(t, p.DSN(), "0 1 3")
}

func TestPairWaitsForTheStandby(t *testing.T) {
	p := StartPair(t, true)
	write(t, p.DSN(), "1")
	p.B.Cut()
	unanswered(t, p.DSN(), "2")
	p.A.await("exists (select from pg_stat_activity where wait_event = 'SyncRep')")
	p.B.Rejoin()
	write(t, p.DSN(), "3")
	p.A.Kill()
	p.B.Promote()
	has(t, p.DSN(), "0 1 2 3")
	write(t, p.DSN(), "4")
	p.A.Follow()
	write(t, p.DSN(), "5")
	p.A.Kill()
	unanswered(t, p.DSN(), "6")
	p.B.await("exists (select from pg_stat_activity where wait_event = 'SyncRep')")
}
