package postgrestest

import (
	"bufio"
	"encoding/binary"
	"net"
	"strings"
	"sync"
	"testing"
)

// A Line stands between a program and its server, and passes on what they say, until it is told to cut a COMMIT off or
// to hold answers back. It speaks what a client without TLS speaks, statements prepared and in batches included.
type Line struct {
	address string // of the server

	mu   sync.Mutex
	arm  arm
	cuts int
	open chan struct{} // closed while answers pass
	ends map[*link]bool
	over bool // the test is
	all  sync.WaitGroup
}

type arm int

const (
	unarmed arm = iota
	stored
	unstored
	waiting // a COMMIT that is to be cut is with the server
)

// Cut lays a line to the server of a DSN, for the length of the test, and returns the way through it. The test fails
// when the line is still armed at its end: no COMMIT came.
func Cut(t testing.TB, dsn string) (line *Line, proxiedDSN string) {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	host, port, err := net.SplitHostPort(listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	server, err := net.ResolveTCPAddr("tcp", value(t, dsn, "host")+":"+value(t, dsn, "port"))
	if err != nil {
		t.Fatal("a line leads to one server: ", err)
	}
	l := &Line{address: server.String(), open: make(chan struct{}), ends: map[*link]bool{}}
	close(l.open)
	l.all.Go(func() { l.accept(listener) })
	t.Cleanup(func() {
		_ = listener.Close()
		l.mu.Lock()
		l.over = true
		if l.arm != unarmed {
			t.Error("a line was armed, and no COMMIT was cut")
		}
		for k := range l.ends {
			k.close()
		}
		l.mu.Unlock()
		l.all.Wait()
	})
	dsn = with(t, with(t, dsn, "host", host), "port", port)
	return l, with(t, dsn, "sslmode", "disable")
}

// Arm cuts the next COMMIT on whichever connection it comes. When it is to be stored, the server gets it, and the
// connection is closed in place of the answer, once that has come; a refusal is passed on, and the line stays armed.
// When it is not, the connection is closed before anything of the batch that holds the COMMIT has reached the server.
func (l *Line) Arm(store bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.arm = unstored
	if store {
		l.arm = stored
	}
}

// Disarm cuts nothing, unless a COMMIT is on its way already.
func (l *Line) Disarm() {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.arm != waiting {
		l.arm = unarmed
	}
}

// Cuts returns how many COMMITs have been cut.
func (l *Line) Cuts() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.cuts
}

// Hold keeps back the server's answers on every connection, of today and to come, as a network does that has died.
// What the program says still arrives.
func (l *Line) Hold() {
	l.mu.Lock()
	defer l.mu.Unlock()
	select {
	case <-l.open:
		l.open = make(chan struct{})
	default:
	}
}

// Release lets them pass again, those that were kept back first.
func (l *Line) Release() {
	l.mu.Lock()
	defer l.mu.Unlock()
	select {
	case <-l.open:
	default:
		close(l.open)
	}
}

func (l *Line) gate() <-chan struct{} {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.open
}

func (l *Line) accept(listener net.Listener) {
	for {
		client, err := listener.Accept()
		if err != nil {
			return
		}
		server, err := net.Dial("tcp", l.address)
		if err != nil { // as from a server that is not there, nearly
			_ = client.Close()
			continue
		}
		k := &link{line: l, client: client, server: server, closed: make(chan struct{}),
			commits: map[string]bool{}, portals: map[string]bool{}}
		l.mu.Lock()
		l.ends[k] = true
		if l.over {
			k.close()
		}
		l.mu.Unlock()
		l.all.Go(func() { k.up(); k.end() })
		l.all.Go(func() { k.down(); k.end() })
	}
}

// A link is one connection through a line.
type link struct {
	line           *Line
	client, server net.Conn
	once           sync.Once
	closed         chan struct{}

	// What the client has prepared, by name, and whether it is a COMMIT.
	commits, portals map[string]bool

	// Under the line's mutex.
	asked, answered int  // the ends of batches, and the server's word for each
	cutting         bool // a COMMIT is to be cut, after the answers to the batches before it
	before          int
}

func (k *link) close() {
	k.once.Do(func() {
		close(k.closed)
		_, _ = k.client.Close(), k.server.Close()
	})
}

func (k *link) end() {
	k.close()
	k.line.mu.Lock()
	defer k.line.mu.Unlock()
	delete(k.line.ends, k)
	if k.cutting { // it broke before the server had answered: nothing was cut
		k.settle(stored)
	}
}

// settle says what the line is, once it is known what became of the COMMIT that it waited for.
func (k *link) settle(next arm) {
	k.cutting = false
	if k.line.arm == waiting { // and was not armed anew in the meantime
		k.line.arm = next
	}
}

const (
	cancelRequest = 80877102
	sslRequest    = 80877103
	gssRequest    = 80877104
)

// up passes on what the client says: a batch as a whole.
func (k *link) up() {
	client := bufio.NewReader(k.client)
	if !k.begin(client) {
		return
	}
	var batch []byte
	commit := false
	for {
		m, err := readMessage(client)
		if err != nil {
			return
		}
		batch = append(batch, m...)
		commit = k.learn(m[0], m[5:]) || commit
		switch m[0] {
		case 'P', 'B', 'D', 'E', 'C': // the server answers to none of these before the batch ends
			continue
		}
		if !k.send(batch, commit, m[0] == 'S' || m[0] == 'Q' || m[0] == 'F') {
			return
		}
		batch, commit = nil, false
	}
}

// begin passes on the first message, which has no letter.
func (k *link) begin(client *bufio.Reader) bool {
	for {
		first, err := readUnnamed(client)
		if err != nil || len(first) < 8 {
			return false
		}
		switch binary.BigEndian.Uint32(first[4:]) {
		case sslRequest, gssRequest:
			if _, err := k.client.Write([]byte("N")); err != nil {
				return false
			}
		case cancelRequest:
			k.send(first, false, false)
			return false
		default:
			return k.send(first, false, true)
		}
	}
}

// learn takes in what a message prepares, and reports whether it runs a COMMIT.
func (k *link) learn(letter byte, body []byte) bool {
	switch letter {
	case 'Q':
		return isCommit(words(body, 1)[0])
	case 'P':
		w := words(body, 2)
		k.commits[w[0]] = isCommit(w[1])
	case 'B':
		w := words(body, 2)
		k.portals[w[0]] = k.commits[w[1]]
	case 'E':
		return k.portals[words(body, 1)[0]]
	case 'C':
		w := words(body, 1)[0]
		if name, statement := strings.CutPrefix(w, "S"); statement {
			delete(k.commits, name)
		} else {
			delete(k.portals, strings.TrimPrefix(w, "P"))
		}
	}
	return false
}

// isCommit looks at the first word of each statement, and takes a semicolon for its end wherever it stands.
func isCommit(sql string) bool {
	for statement := range strings.SplitSeq(sql, ";") {
		first, _, _ := strings.Cut(strings.TrimSpace(statement), " ")
		if strings.EqualFold(first, "commit") {
			return true
		}
	}
	return false
}

// send passes a batch on, or cuts it off. ends is whether the server will say that it is ready after it.
func (k *link) send(batch []byte, commit, ends bool) bool {
	l := k.line
	l.mu.Lock()
	if commit && l.arm == unstored {
		l.arm = unarmed
		l.cuts++
		l.mu.Unlock()
		return false
	}
	if commit && l.arm == stored {
		l.arm, k.cutting, k.before = waiting, true, k.asked-k.answered
	}
	if ends {
		k.asked++
	}
	l.mu.Unlock()
	_, err := k.server.Write(batch)
	return err == nil
}

// down passes on what the server answers.
func (k *link) down() {
	server := bufio.NewReader(k.server)
	for {
		m, err := readMessage(server)
		if err != nil || k.cuts(m) {
			return
		}
		select {
		case <-k.line.gate():
		case <-k.closed:
			return
		}
		if _, err := k.client.Write(m); err != nil {
			return
		}
	}
}

// cuts reports whether the connection ends before an answer.
func (k *link) cuts(m []byte) bool {
	l := k.line
	l.mu.Lock()
	defer l.mu.Unlock()
	if m[0] == 'Z' {
		k.answered++
	}
	switch {
	case !k.cutting:
	case k.before > 0:
		if m[0] == 'Z' {
			k.before--
		}
	case m[0] == 'C' && words(m[5:], 1)[0] == "COMMIT":
		k.settle(unarmed)
		l.cuts++
		return true
	case m[0] == 'Z' || m[0] == 'E': // refused, or rolled back
		k.settle(stored)
	}
	return false
}
