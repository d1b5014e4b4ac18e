package postgrestest

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"
)

// A Cluster is a server whose databases last as long as a test. It never waits for the disk: it would not outlive a
// power cut.
type Cluster struct {
	server *server
	mu     sync.Mutex // one clone at a time: another would find the template in use
	clones int
	admin  *wire
}

// Start starts a cluster that ends with this process, however that ends.
func Start() (*Cluster, error) {
	s, err := newServer("fsync=off", "full_page_writes=off")
	if err != nil {
		return nil, err
	}
	c := &Cluster{server: s}
	err = s.create()
	for tries := 0; err == nil; tries++ { // another process may have been given the same port
		if err = s.start(); err == nil || tries == 3 || !strings.Contains(err.Error(), "could not bind") {
			break
		}
		s.port, err = freePort()
	}
	if err == nil {
		c.admin, err = dial(s.address(), "postgres", "postgres")
	}
	if err == nil {
		_, err = c.admin.query(roles)
	}
	if err != nil {
		return nil, errors.Join(err, c.Stop())
	}
	return c, nil
}

// Stop ends the cluster, and removes all of it.
func (c *Cluster) Stop() error {
	if c.admin != nil {
		_ = c.admin.Close()
	}
	return errors.Join(c.server.stop(), c.server.remove())
}

const password = "correct-horse"

const roles = `create role courtkiosk_owner login;
create role courtkiosk login;
create role courtkiosk_password login password '` + password + `' in role courtkiosk;
`

// prepared makes a database of the owner's that prepare has filled.
func (s *server) prepared(name string, prepare func(ctx context.Context, ownerDSN string) error) error {
	if _, err := psql(s.dsn("postgres", "postgres"),
		"create database "+name+" owner courtkiosk_owner"); err != nil || prepare == nil {
		return err
	}
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	if err := prepare(ctx, s.dsn("courtkiosk_owner", name)); err != nil {
		return fmt.Errorf("prepare the database: %w", err)
	}
	return nil
}

// seal keeps everybody out of the template: a database that is in use cannot be cloned.
func (c *Cluster) seal() error {
	return c.do("alter database template allow_connections false",
		"select pg_terminate_backend(pid) from pg_stat_activity where datname = 'template'")
}

func (c *Cluster) clone() (name string, err error) {
	c.mu.Lock()
	c.clones++
	name = fmt.Sprint("clone", c.clones)
	c.mu.Unlock()
	return name, c.do("create database " + name + " owner courtkiosk_owner template template strategy file_copy")
}

func (c *Cluster) drop(name string) error { return c.do("drop database " + name + " with (force)") }

func (c *Cluster) do(statements ...string) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, sql := range statements {
		if _, err := c.admin.query(sql); err != nil {
			return fmt.Errorf("%s: %w", sql, err)
		}
	}
	return nil
}

// shared is the cluster of this test process, and how its template is prepared.
var shared struct {
	sync.Mutex
	inMain  bool
	prepare func(ctx context.Context, ownerDSN string) error
	cluster *Cluster
	err     error
}

// Main is what TestMain calls in place of m.Run. The first test that asks for a database starts a cluster, prepare
// fills the one that all of its databases are clones of (nil leaves it empty), and the last test's end is the
// cluster's.
func Main(m *testing.M, prepare func(ctx context.Context, ownerDSN string) error) int {
	shared.Lock()
	shared.inMain, shared.prepare = true, prepare
	shared.Unlock()
	code := m.Run()
	shared.Lock()
	defer shared.Unlock()
	if shared.cluster != nil {
		if err := shared.cluster.Stop(); err != nil {
			fmt.Fprintln(os.Stderr, "stop PostgreSQL:", err)
			return 1
		}
	}
	return code
}

// running returns this process's cluster. What could not be started once is not tried again.
func running(t testing.TB) *Cluster {
	t.Helper()
	shared.Lock()
	defer shared.Unlock()
	if !shared.inMain {
		t.Fatal("TestMain does not call postgrestest.Main")
	}
	if shared.cluster == nil && shared.err == nil {
		shared.cluster, shared.err = Start()
		if shared.err != nil {
			shared.err = cannotStart{shared.err}
		} else if shared.err = shared.cluster.server.prepared("template", shared.prepare); shared.err == nil {
			shared.err = shared.cluster.seal()
		}
	}
	orSkip(t, shared.err)
	return shared.cluster
}

// cannotStart is the one reason for which a test may be skipped: no PostgreSQL is to be had. One that cannot be
// prepared is an error.
type cannotStart struct{ error }

func orSkip(t testing.TB, err error) {
	t.Helper()
	var none cannotStart
	switch {
	case err == nil:
	case errors.As(err, &none) && os.Getenv("CI") != "true":
		t.Skipf("SKIPPED: NOT TESTED: no PostgreSQL (make deps installs it): %v", err)
	default:
		t.Fatalf("no PostgreSQL: %v", err)
	}
}

// New returns how the program reaches a database that is this test's alone, as the role courtkiosk. Where there is no
// PostgreSQL the test is skipped, and says so; with CI=true in the environment it fails.
func New(t testing.TB) (dsn string) {
	t.Helper()
	c := running(t)
	name, err := c.clone()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := c.drop(name); err != nil {
			t.Error(err)
		}
	})
	return c.server.dsn("courtkiosk", name)
}

// Owner returns the way to the same database for the role that owns it, courtkiosk_owner.
func Owner(t testing.TB, dsn string) string {
	t.Helper()
	return with(t, dsn, "user", "courtkiosk_owner")
}

// Superuser returns the way to the same database for the role postgres, which may do everything.
func Superuser(t testing.TB, dsn string) string {
	t.Helper()
	return with(t, dsn, "user", "postgres")
}

// Password returns the way to the same database for a role that may do what courtkiosk may, and that must say the
// password, which the server checks by SCRAM.
func Password(t testing.TB, dsn string) (as, secret string) {
	t.Helper()
	return with(t, dsn, "user", "courtkiosk_password"), password
}

// with returns a DSN with one value replaced, or added.
func with(t testing.TB, dsn, key, value string) string {
	t.Helper()
	words := strings.Fields(dsn)
	for i, w := range words {
		k, _, ok := strings.Cut(w, "=")
		if !ok {
			t.Fatalf("not a DSN of words with = in them: %q", w)
		}
		if k == key {
			words[i] = key + "=" + value
			return strings.Join(words, " ")
		}
	}
	return strings.Join(append(words, key+"="+value), " ")
}

// value returns what a DSN says of a key.
func value(t testing.TB, dsn, key string) string {
	t.Helper()
	for _, w := range strings.Fields(dsn) {
		if v, ok := strings.CutPrefix(w, key+"="); ok {
			return v
		}
	}
	t.Fatalf("a DSN without %s", key)
	return ""
}

// Exec runs SQL, statement by statement, and returns the rows: a line each, with | between the columns.
func Exec(t testing.TB, dsn, sql string) string {
	t.Helper()
	out, err := psql(dsn, sql)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func psql(dsn, sql string) (string, error) {
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	return psqlUntil(ctx, dsn, sql)
}

func psqlUntil(ctx context.Context, dsn, sql string) (string, error) {
	dir, err := programs()
	if err != nil {
		return "", err
	}
	cmd := exec.CommandContext(ctx, filepath.Join(dir, "psql"), "-XAtqw", "-v", "ON_ERROR_STOP=1", "-d", dsn)
	cmd.Env, cmd.Stdin = plain(), strings.NewReader(sql)
	var said strings.Builder
	cmd.Stderr = &said
	out, err := cmd.Output()
	if err != nil {
		return "", fmt.Errorf("psql: %w: %s", err, said.String())
	}
	return strings.TrimSuffix(string(out), "\n"), nil
}
