package postgrestest

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// Messages of the extended protocol, without parameters.
func parse(name, sql string) []byte { return message('P', name, "\x00", sql, "\x00\x00\x00") }
func bind(portal, statement string) []byte {
	return message('B', portal, "\x00", statement, "\x00\x00\x00\x00\x00\x00\x00")
}
func execute(portal string) []byte { return message('E', portal, "\x00\x00\x00\x00\x00") }

// once is a statement that nobody has prepared.
func once(sql string) []byte { return slices.Concat(parse("", sql), bind("", ""), execute("")) }

func query(sql string) []byte { return message('Q', sql, "\x00") }

var synced = message('S')

const insert = "insert into notes values (7, '')"

// ways are those in which a client says COMMIT after a note: batch by batch, or all before the first answer.
var ways = map[string][][]byte{
	"queries":       {query("begin"), query(insert), query("Commit;")},
	"one query":     {query("begin; " + insert + "; commit")},
	"unnamed":       {slices.Concat(once("begin"), synced), slices.Concat(once(insert), once(" COMMIT "), synced)},
	"of one batch":  {slices.Concat(once("begin"), once(insert), once("commit"), synced)},
	"begun in it":   {query("begin"), slices.Concat(once(insert), once("commit work"), synced)},
	"with a flush":  {query("begin"), slices.Concat(once(insert), message('H'), once("commit"), synced)},
	"two at a time": {query("begin"), slices.Concat(once(insert), synced, once("commit"), synced)},
	"prepared": {slices.Concat(parse("c", "commit"), parse("i", insert), synced), query("begin"),
		slices.Concat(bind("p", "i"), bind("", "c"), execute("p"), execute(""), synced)},
	"prepared, and another closed": {slices.Concat(parse("c", "commit"), parse("i", insert), synced), query("begin"),
		slices.Concat(message('C', "Si\x00"), parse("i", insert), bind("", "i"), execute(""), synced),
		slices.Concat(bind("", "c"), execute(""), synced)},
}

// say sends all batches, and returns what the first one of them met that was refused or not answered.
func say(w *wire, batches [][]byte) error {
	for _, b := range batches {
		if _, err := w.ask(b); err != nil {
			return err
		}
		for range strings.Count(string(b), string(synced)) - 1 {
			if _, err := w.ask(nil); err != nil {
				return err
			}
		}
	}
	return nil
}

func through(t *testing.T, dsn string) *wire {
	t.Helper()
	w, err := dial(value(t, dsn, "host")+":"+value(t, dsn, "port"), value(t, dsn, "user"), value(t, dsn, "dbname"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = w.Close() })
	return w
}

// settled waits until no other client is in the middle of anything.
func settled(t *testing.T, dsn string) {
	t.Helper()
	await(t, Superuser(t, dsn), `not exists (select from pg_stat_activity where datname = current_database()
and pid <> pg_backend_pid() and backend_type = 'client backend' and state <> 'idle')`)
}

// await asks until it is so, or 20 seconds are over.
func await(t *testing.T, dsn, question string) {
	t.Helper()
	w := through(t, dsn)
	for range 1000 {
		if isSo(w, question) {
			return
		}
		time.Sleep(20 * time.Millisecond)
	}
	t.Errorf("not so within 20 s: %s", question)
}

func TestLineCutsACommit(t *testing.T) {
	for name, batches := range ways {
		for _, store := range []bool{true, false} {
			t.Run(fmt.Sprintf("%s, %v", name, store), func(t *testing.T) {
				dsn := New(t)
				line, cut := Cut(t, dsn)
				beside, w := through(t, cut), through(t, cut)
				line.Arm(store)
				if err := say(w, batches); err == nil {
					t.Error("the COMMIT is answered")
				}
				settled(t, dsn)
				want := map[bool]string{true: "0 7", false: "0"}[store]
				has(t, dsn, want)
				if n := line.Cuts(); n != 1 {
					t.Errorf("%d cuts", n)
				}
				if _, err := beside.query("begin; delete from notes where false; commit"); err == nil ||
					!strings.Contains(err.Error(), "permission") {
					t.Errorf("a connection beside it: %v", err)
				}
				if _, err := beside.query("rollback; begin; select 1; commit"); err != nil {
					t.Errorf("the next COMMIT: %v", err)
				}
			})
		}
	}
}

// A sequence is not rolled back: it shows what has reached the server.
func TestLineCutsTheWholeBatch(t *testing.T) {
	dsn := New(t)
	Exec(t, Owner(t, dsn), "create sequence reached; grant usage on sequence reached to courtkiosk")
	line, cut := Cut(t, dsn)
	next := once("select nextval('reached')")
	for _, store := range []bool{false, true} {
		w := through(t, cut)
		line.Arm(store)
		if say(w, [][]byte{query("begin"), slices.Concat(next, next, once("commit"), synced)}) == nil {
			t.Error("the COMMIT is answered")
		}
		settled(t, dsn)
		want := map[bool]string{false: "1|f", true: "2|t"}[store]
		if got := Exec(t, Owner(t, dsn), "select last_value, is_called from reached"); got != want {
			t.Errorf("stored %v: %s, not %s", store, got, want)
		}
	}
}

// Unarmed, a line changes nothing; nor does one that is armed for a COMMIT, for what is none.
func TestLinePasses(t *testing.T) {
	for name, batches := range ways {
		t.Run(name, func(t *testing.T) {
			dsn := New(t)
			line, cut := Cut(t, dsn)
			if err := say(through(t, cut), batches); err != nil {
				t.Error(err)
			}
			has(t, dsn, "0 7")
			line.Arm(false)
			if _, err := through(t, cut).query("begin; select 'commit'; rollback"); err != nil {
				t.Error(err)
			}
			line.Disarm()
			if got := Exec(t, cut, "select repeat('x', 100000) from generate_series(1, 30)"); len(got) != 3000029 {
				t.Errorf("%d bytes", len(got))
			}
			if line.Cuts() != 0 {
				t.Error("cut")
			}
		})
	}
}

// What the server did not store is no COMMIT that was cut.
func TestLineStaysArmedWhenRefused(t *testing.T) {
	refused := map[string][][]byte{
		"rolled back": {query("begin"), query("select 1/0"), query("commit")},
		"one batch":   {query("begin"), slices.Concat(once("select 1/0"), once("commit"), synced)},
		"deferred":    {query("begin; " + strings.Replace(insert, "notes", "late", 1)), query("commit")},
	}
	for name, batches := range refused {
		t.Run(name, func(t *testing.T) {
			dsn := New(t)
			Exec(t, Owner(t, dsn), `create table late (n int references notes deferrable initially deferred,
words text); grant insert on late to courtkiosk`)
			line, cut := Cut(t, dsn)
			w := through(t, cut)
			line.Arm(true)
			for _, b := range batches {
				_, _ = w.ask(b)
			}
			if _, err := w.query("rollback"); err != nil {
				t.Errorf("the connection of a refused COMMIT: %v", err)
			}
			if line.Cuts() != 0 {
				t.Error("cut")
			}
			if say(w, ways["queries"]) == nil {
				t.Error("the next COMMIT is answered")
			}
			has(t, dsn, "0 7")
		})
	}
}

func TestLineCutsOneOfMany(t *testing.T) {
	dsn := New(t)
	line, cut := Cut(t, dsn)
	for _, store := range []bool{true, false} {
		line.Arm(store)
		var failed atomic.Int32
		var all sync.WaitGroup
		for range 8 {
			w := through(t, cut)
			all.Go(func() {
				for range 5 {
					if _, err := w.query("begin; select count(*) from notes; commit"); err != nil {
						failed.Add(1)
						return
					}
				}
			})
		}
		all.Wait()
		if failed.Load() != 1 {
			t.Errorf("stored %v: %d of 8 connections failed", store, failed.Load())
		}
	}
}

func TestLineHoldsAnswers(t *testing.T) {
	dsn := New(t)
	line, cut := Cut(t, dsn)
	w := through(t, cut)
	line.Hold()
	ctx, cancel := context.WithTimeout(t.Context(), 300*time.Millisecond)
	defer cancel()
	if _, err := psqlUntil(ctx, cut, "select 1"); err == nil || ctx.Err() == nil {
		t.Errorf("a new connection on a line that holds answers: %v", err)
	}
	done := make(chan error, 1)
	go func() { done <- say(w, ways["one query"]) }()
	select {
	case err := <-done:
		t.Errorf("answered: %v", err)
	case <-time.After(300 * time.Millisecond):
	}
	await(t, dsn, "exists (select from notes where n = 7)")
	line.Release()
	if err := <-done; err != nil {
		t.Error(err)
	}
}

func TestLineNobodyCommitsOn(t *testing.T) {
	dsn := New(t)
	for _, armed := range []bool{true, false} {
		w := &watched{TB: t}
		line, _ := Cut(w, dsn)
		line.Arm(true)
		if !armed {
			line.Disarm()
		}
		for _, f := range w.cleanups {
			f()
		}
		if failed := len(w.became) == 1 && w.became[0] == "error"; failed != armed {
			t.Errorf("armed %v: %q", armed, w.became)
		}
	}
}

// Clients that were not written for this room.
func TestLineCutsRealClients(t *testing.T) {
	script := filepath.Join(t.TempDir(), "script")
	if err := os.WriteFile(script, []byte("begin;\n"+insert+";\ncommit;\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	pipeline := filepath.Join(t.TempDir(), "pipeline")
	if err := os.WriteFile(pipeline, []byte("\\startpipeline\nbegin;\n"+insert+";\ncommit;\n\\endpipeline\n"),
		0o600); err != nil {
		t.Fatal(err)
	}
	clients := map[string]func(dsn string) error{
		"psql": func(dsn string) error {
			_, err := psql(dsn, "begin;\n"+insert+";\ncommit;\n")
			return err
		},
	}
	for _, mode := range []string{"simple", "extended", "prepared"} {
		clients["pgbench "+mode] = func(dsn string) error { return pgbench(dsn, mode, script) }
	}
	for _, mode := range []string{"extended", "prepared"} {
		clients["pgbench pipeline "+mode] = func(dsn string) error { return pgbench(dsn, mode, pipeline) }
	}
	for name, run := range clients {
		for _, store := range []bool{true, false} {
			t.Run(fmt.Sprintf("%s, %v", name, store), func(t *testing.T) {
				dsn := New(t)
				line, cut := Cut(t, dsn)
				line.Arm(store)
				if err := run(cut); err == nil {
					t.Error("it took the COMMIT for answered")
				}
				settled(t, dsn)
				has(t, dsn, map[bool]string{true: "0 7", false: "0"}[store])
				if !store {
					if err := run(cut); err != nil {
						t.Error(err)
					}
					has(t, dsn, "0 7")
				}
			})
		}
	}
}

func pgbench(dsn, mode, script string) error {
	dir, err := programs()
	if err != nil {
		return err
	}
	out, err := command(filepath.Join(dir, "pgbench"), "-n", "-M", mode, "-t", "1", "-f", script, dsn).CombinedOutput()
	if err == nil && !strings.Contains(string(out), "actually processed: 1/1") {
		err = fmt.Errorf("pgbench: %s", out)
	}
	return err
}

func command(name string, args ...string) *exec.Cmd {
	cmd := exec.Command(name, args...)
	cmd.Env = plain()
	return cmd
}
