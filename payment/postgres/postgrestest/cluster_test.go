package postgrestest

import (
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
)

func TestMain(m *testing.M) { os.Exit(Main(m, prepareNotes)) }

func prepareNotes(_ context.Context, ownerDSN string) error {
	_, err := psql(ownerDSN, `create table notes (n int primary key, words text);
grant select, insert on notes to courtkiosk;
insert into notes values (0, '模板');`)
	return err
}

func TestClones(t *testing.T) {
	one, other := New(t), New(t)
	Exec(t, one, "insert into notes values (1, 'one')")
	for dsn, want := range map[string]string{one: "0|模板\n1|one", other: "0|模板"} {
		if got := Exec(t, dsn, "select * from notes order by n"); got != want {
			t.Errorf("%q, not %q", got, want)
		}
	}
	if _, err := psql(one, "delete from notes"); err == nil || !strings.Contains(err.Error(), "permission denied") {
		t.Errorf("the program's role deletes: %v", err)
	}
	Exec(t, Owner(t, one), "drop table notes")
	if got := Exec(t, Superuser(t, other), "select current_user, count(*) from notes"); got != "postgres|1" {
		t.Errorf("%q", got)
	}
}

func TestClonesAtOnce(t *testing.T) {
	var all sync.WaitGroup
	for n := range 8 {
		all.Go(func() {
			t.Run(strconv.Itoa(n), func(t *testing.T) {
				dsn := New(t)
				Exec(t, dsn, "insert into notes values (1, '')")
				if got := Exec(t, dsn, "select count(*) from notes"); got != "2" {
					t.Errorf("%s rows", got)
				}
			})
		})
	}
	all.Wait()
}

func TestClonesAreDropped(t *testing.T) {
	running(t)
	var dsn string
	t.Run("one", func(t *testing.T) { dsn = New(t) })
	if _, err := psql(dsn, "select 1"); err == nil || !strings.Contains(err.Error(), "does not exist") {
		t.Errorf("after its test: %v", err)
	}
}

func TestPassword(t *testing.T) {
	dsn, secret := Password(t, New(t))
	if got := Exec(t, dsn+" password="+secret, "select words from notes"); got != "模板" {
		t.Errorf("%q", got)
	}
	for _, wrong := range []string{"", " password=another"} {
		if _, err := psql(dsn+wrong, "select 1"); err == nil || !strings.Contains(err.Error(), "password") {
			t.Errorf("with%s: %v", wrong, err)
		}
	}
}

// A watched test is one of which it is written down what becomes of it.
type watched struct {
	testing.TB
	became   []string
	cleanups []func()
}

func (w *watched) Error(...any)          { w.became = append(w.became, "error") }
func (w *watched) Fatalf(string, ...any) { w.became = append(w.became, "fatal") }
func (w *watched) Skipf(why string, args ...any) {
	w.became = append(w.became, fmt.Sprintf(why, args...))
}
func (w *watched) Cleanup(f func()) { w.cleanups = append(w.cleanups, f) }

func TestWithoutPostgreSQL(t *testing.T) {
	none := cannotStart{errors.New("none")}
	skipped := []string{"SKIPPED: NOT TESTED: no PostgreSQL (make deps installs it): none"}
	for _, c := range []struct {
		err  error
		ci   string
		want []string
	}{
		{none, "", skipped}, {none, "false", skipped}, {none, "true", []string{"fatal"}}, {nil, "true", nil},
		{errors.New("not prepared"), "", []string{"fatal"}},
	} {
		t.Setenv("CI", c.ci)
		w := &watched{TB: t}
		if orSkip(w, c.err); !slices.Equal(w.became, c.want) {
			t.Errorf("%v with CI=%s: %q, not %q", c.err, c.ci, w.became, c.want)
		}
	}
}

func BenchmarkCloneAndDrop(b *testing.B) {
	c := running(b)
	for b.Loop() {
		name, err := c.clone()
		if err := errors.Join(err, c.drop(name)); err != nil {
			b.Fatal(err)
		}
	}
}
