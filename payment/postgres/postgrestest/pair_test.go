package postgrestest

import (
	"context"
	"errors"
	"testing"
	"time"
)

// commits writes a note, and reports whether the server says within two seconds that it is kept.
func commits(t *testing.T, dsn, n string) bool {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Second)
	defer cancel()
	_, err := psqlUntil(ctx, dsn, "insert into notes values ("+n+", '')")
	if err != nil && !errors.Is(ctx.Err(), context.DeadlineExceeded) {
		t.Errorf("refused, not unanswered: %v", err)
	}
	return err == nil
}

func has(t *testing.T, dsn, want string) {
	t.Helper()
	if got := Exec(t, dsn, "select string_agg(n::text, ' ' order by n) from notes"); got != want {
		t.Errorf("the notes %s, not %s", got, want)
	}
}

func TestPairLosesWhatTheStandbyNeverHad(t *testing.T) {
	p := StartPair(t, false)
	if !commits(t, p.DSN(), "1") {
		t.Error("no answer while both nodes are there")
	}
	p.B.Rejoin() // in step
	has(t, p.B.DSN(), "0 1")
	p.B.Cut()
	if !commits(t, p.DSN(), "2") {
		t.Error("an asynchronous primary waits for its standby")
	}
	p.A.Kill()
	p.B.Promote()
	has(t, p.DSN(), "0 1") // 2 was said to be kept
	if !commits(t, p.DSN(), "3") {
		t.Error("no answer from the new primary")
	}
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
	if !commits(t, p.DSN(), "1") {
		t.Error("no answer while both nodes are there")
	}
	p.B.Cut()
	if commits(t, p.DSN(), "2") {
		t.Error("a commit that its standby lacks is answered")
	}
	p.B.Rejoin()
	if !commits(t, p.DSN(), "3") {
		t.Error("no answer with the standby back")
	}
	p.A.Kill()
	p.B.Promote()
	has(t, p.DSN(), "0 1 2 3")
	if !commits(t, p.DSN(), "4") {
		t.Error("a primary that is alone waits")
	}
	p.A.Follow()
	if !commits(t, p.DSN(), "5") {
		t.Error("no answer with the old primary as the standby")
	}
	p.A.Kill()
	if commits(t, p.DSN(), "6") {
		t.Error("the new primary does not wait for its standby")
	}
}
