package postgrestest

import (
	"errors"
	"fmt"
	"os"
	"slices"
	"testing"
	"time"
)

// A Pair is a primary, A, and its standby, B, which write to the disk as in a court. Its methods fail the test, and are
// called on its goroutine.
type Pair struct {
	A, B        *Node
	t           testing.TB
	synchronous bool
}

// A Node is one server of a pair.
type Node struct {
	Name   string // a or b, and what it calls itself as a standby
	server *server
	pair   *Pair
}

const pairs = "courtkiosk" // the one database of a pair

// StartPair starts a pair whose database was filled by what Main was given. When synchronous, a commit on the primary
// is answered only once it is on the standby's disk, too. The pair ends with the test. Without PostgreSQL it does as
// New does.
func StartPair(t testing.TB, synchronous bool) *Pair {
	t.Helper()
	shared.Lock()
	prepare := shared.prepare
	shared.Unlock()
	p := &Pair{t: t, synchronous: synchronous}
	p.A, p.B = &Node{Name: "a", pair: p}, &Node{Name: "b", pair: p}
	for _, n := range []*Node{p.A, p.B} {
		// No slot keeps what a standby lacks; it may be cut off for this much.
		s, err := newServer("wal_keep_size=512MB", "wal_receiver_status_interval=1s",
			"wal_retrieve_retry_interval=100ms")
		if err != nil {
			orSkip(t, cannotStart{err})
		}
		n.server = s
		t.Cleanup(func() { p.check(errors.Join(s.kill(), s.remove())) })
	}
	err := p.A.server.create()
	if err == nil {
		err = p.A.server.start()
	}
	if err != nil {
		orSkip(t, cannotStart{err})
	}
	p.A.super(roles)
	p.check(p.A.server.prepared(pairs, prepare))
	p.B.Follow()
	return p
}

func (p *Pair) check(err error) {
	p.t.Helper()
	if err != nil {
		p.t.Fatal(err)
	}
}

// DSN returns the way of the program's role to whichever node is the primary.
func (p *Pair) DSN() string {
	return fmt.Sprintf("host=127.0.0.1,127.0.0.1 port=%d,%d user=courtkiosk dbname=%s sslmode=disable"+
		" connect_timeout=2 target_session_attrs=read-write", p.A.server.port, p.B.server.port, pairs)
}

// DSN returns the way of the program's role to this node, whatever that is.
func (n *Node) DSN() string { return n.server.dsn("courtkiosk", pairs) }

func (n *Node) other() *Node {
	if n == n.pair.A {
		return n.pair.B
	}
	return n.pair.A
}

func (n *Node) super(sql string) string {
	n.pair.t.Helper()
	return Exec(n.pair.t, n.server.dsn("postgres", "postgres"), sql)
}

// Kill ends all processes of the node at once, as a power cut does.
func (n *Node) Kill() {
	n.pair.t.Helper()
	n.pair.check(n.server.kill())
}

// StopImmediate ends the node as an administrator does who has no time: its clients are told.
func (n *Node) StopImmediate() {
	n.pair.t.Helper()
	n.pair.check(n.server.stop())
}

// Start starts the node as what it was, a primary that has been left behind included.
func (n *Node) Start() {
	n.pair.t.Helper()
	n.pair.check(n.server.start())
}

// Promote makes the standby a primary that waits for nobody until another follows it. The other node is not asked.
func (n *Node) Promote() {
	n.pair.t.Helper()
	if n.super("select pg_promote()") != "t" {
		n.pair.t.Fatalf("%s is not promoted", n.Name)
	}
	n.await("select not pg_is_in_recovery()")
	n.confirmedBy("")
}

// Cut keeps the standby from receiving anything, and returns once it does not. Its primary notices that it is gone.
func (n *Node) Cut() {
	n.pair.t.Helper()
	n.super("alter system set primary_conninfo = ''; select pg_reload_conf();")
	n.await("select count(*) = 0 from pg_stat_wal_receiver")
	n.other().await("select count(*) = 0 from pg_stat_replication")
}

// Rejoin ends Cut, and returns once the standby has what it lacked.
func (n *Node) Rejoin() {
	n.pair.t.Helper()
	n.super("alter system set primary_conninfo = '" + n.toOther() + "'; select pg_reload_conf();")
	n.caughtUp()
}

func (n *Node) toOther() string {
	return n.other().server.dsn("postgres", "postgres") + " application_name=" + n.Name
}

// Follow makes the node a standby of the other one. Whatever it held is thrown away.
func (n *Node) Follow() {
	n.pair.t.Helper()
	s := n.server
	n.pair.check(errors.Join(s.stop(), os.RemoveAll(s.data())))
	n.pair.check(s.run("pg_basebackup", "-D", s.data(), "-d", n.toOther(), "-R", "-X", "stream", "-c", "fast",
		"--no-sync"))
	n.Start()
	n.caughtUp()
	if n.pair.synchronous {
		n.other().confirmedBy(n.Name)
		n.other().await("select sync_state = 'quorum' from pg_stat_replication")
	}
}

// confirmedBy says whose answer a commit on this primary waits for; nobody's if empty.
func (n *Node) confirmedBy(name string) {
	n.pair.t.Helper()
	if name != "" {
		name = "ANY 1 (" + name + ")"
	}
	n.super("alter system set synchronous_standby_names = '" + name + "'; select pg_reload_conf();")
	n.await("select setting = '" + name + "' from pg_settings where name = 'synchronous_standby_names'")
}

// caughtUp waits until the standby shows all that the primary holds now.
func (n *Node) caughtUp() {
	n.pair.t.Helper()
	now := n.other().super("select pg_current_wal_flush_lsn()")
	n.await("select pg_last_wal_replay_lsn() >= '" + now + "'")
	n.other().await("select count(*) = 1 from pg_stat_replication where state = 'streaming'")
}

// await asks until it is so, or 20 seconds are over.
func (n *Node) await(question string) {
	n.pair.t.Helper()
	w, err := dial(n.server.address(), "postgres", "postgres")
	n.pair.check(err)
	defer w.Close()
	for end := time.Now().Add(20 * time.Second); time.Now().Before(end); time.Sleep(20 * time.Millisecond) {
		if isSo(w, question) {
			return
		}
	}
	n.pair.t.Fatalf("%s: not so within 20 s: %s\n%s", n.Name, question, n.server.lastWords())
}

func isSo(w *wire, question string) bool {
	tags, err := w.query("select where (" + question + ")")
	return err == nil && slices.Equal(tags, []string{"SELECT 1"})
}
