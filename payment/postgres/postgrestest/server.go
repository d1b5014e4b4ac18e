package postgrestest

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"time"
)

// A server is one PostgreSQL in a folder of its own.
type server struct {
	folder   string
	port     int
	settings []string // name=value, beside what every server is told
	lock     *os.File // held while this process lives: what nobody holds is left of a killed one
	process  *os.Process
	ended    chan struct{} // closed once the process is gone
}

const folders = "courtkiosk-postgres-"

// programs is the folder of the newest PostgreSQL that is installed.
var programs = sync.OnceValues(func() (string, error) {
	version := func(dir string) float64 {
		v, _ := strconv.ParseFloat(filepath.Base(filepath.Dir(dir)), 64)
		return v
	}
	found, err := filepath.Glob("/usr/lib/postgresql/*/bin")
	if err != nil {
		return "", err
	}
	slices.SortFunc(found, func(a, b string) int { return int(version(a)*10) - int(version(b)*10) })
	if len(found) > 0 {
		return found[len(found)-1], nil
	}
	path, err := exec.LookPath("postgres")
	if err != nil {
		return "", err
	}
	return filepath.Dir(path), nil
})

// owner is whom a server runs as when the tests run as root, which PostgreSQL refuses to.
var owner = sync.OnceValues(func() (*syscall.Credential, error) {
	if os.Geteuid() != 0 {
		return nil, nil
	}
	u, err := user.Lookup("postgres")
	if err != nil {
		return nil, err
	}
	uid, uerr := strconv.ParseUint(u.Uid, 10, 32)
	gid, gerr := strconv.ParseUint(u.Gid, 10, 32)
	return &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}, errors.Join(uerr, gerr)
})

// newServer makes the folder of a server, which has no data yet.
func newServer(settings ...string) (*server, error) {
	sweep()
	who, err := owner()
	if err != nil {
		return nil, err
	}
	folder, err := os.MkdirTemp("", folders) // a short name: that of a socket is 107 bytes at most
	if err != nil {
		return nil, err
	}
	s := &server{folder: folder, settings: settings}
	if s.lock, err = lockNew(filepath.Join(folder, "lock")); err == nil && who != nil {
		err = os.Chown(folder, int(who.Uid), int(who.Gid))
	}
	if err == nil {
		s.port, err = freePort()
	}
	if err != nil {
		return nil, errors.Join(err, s.remove())
	}
	return s, nil
}

// lockNew makes a file that is locked from the moment at which it is there.
func lockNew(path string) (*os.File, error) {
	f, err := os.Create(path + ".new")
	if err != nil {
		return nil, err
	}
	err = errors.Join(syscall.Flock(int(f.Fd()), syscall.LOCK_EX), os.Rename(f.Name(), path))
	return f, err
}

// sweep removes what killed test processes left.
func sweep() {
	locks, _ := filepath.Glob(filepath.Join(os.TempDir(), folders+"*", "lock"))
	for _, path := range locks {
		f, err := os.Open(path)
		if err != nil {
			continue
		}
		if syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB) == nil {
			_ = os.RemoveAll(filepath.Dir(path))
		}
		_ = f.Close()
	}
}

// freePort returns a port that is not among those which Linux gives to calls that go out: a server that is down for a
// while finds it free again.
func freePort() (int, error) {
	for range 100 {
		port := 20000 + rand.IntN(12000)
		l, err := net.Listen("tcp", (&server{port: port}).address())
		if err == nil {
			return port, l.Close()
		}
	}
	return 0, errors.New("no free port")
}

func (s *server) data() string { return filepath.Join(s.folder, "data") }

func (s *server) address() string { return fmt.Sprint("127.0.0.1:", s.port) }

func (s *server) dsn(user, database string) string {
	return fmt.Sprintf("host=127.0.0.1 port=%d user=%s dbname=%s sslmode=disable", s.port, user, database)
}

// command is a program of PostgreSQL's, as the server's owner.
func (s *server) command(ctx context.Context, name string, args ...string) (*exec.Cmd, error) {
	dir, err := programs()
	if err != nil {
		return nil, err
	}
	who, err := owner()
	if err != nil {
		return nil, err
	}
	cmd := exec.CommandContext(ctx, filepath.Join(dir, name), args...)
	cmd.Dir, cmd.Env = s.folder, plain()
	cmd.SysProcAttr = &syscall.SysProcAttr{Credential: who}
	return cmd, nil
}

// plain is an environment without anybody's PGHOST.
func plain() []string {
	return []string{"PATH=" + os.Getenv("PATH"), "LC_ALL=C", "PGCLIENTENCODING=UTF8"}
}

func (s *server) run(name string, args ...string) error {
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	cmd, err := s.command(ctx, name, args...)
	if err != nil {
		return err
	}
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("%s: %w: %s", name, err, out)
	}
	return nil
}

// Everybody on this machine is trusted, but for the one role that must say its password.
const hba = `local all         all                  trust
host  all         courtkiosk_password  127.0.0.1/32 scram-sha-256
host  all         all                  127.0.0.1/32 trust
host  replication all                  127.0.0.1/32 trust
`

// create makes the data of a server that has none.
func (s *server) create() error {
	if err := s.run("initdb", "-D", s.data(), "-U", "postgres", "--no-sync", "--no-instructions",
		"-A", "trust", "-E", "UTF8", "--locale", "C.UTF-8"); err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(s.data(), "pg_hba.conf"), []byte(hba), 0o600)
}

// start returns when the server takes connections.
func (s *server) start() error {
	args := []string{"-D", s.data(), "-p", strconv.Itoa(s.port), "-k", s.folder}
	for _, setting := range append([]string{"listen_addresses=127.0.0.1", "max_connections=300"}, s.settings...) {
		args = append(args, "-c", setting)
	}
	cmd, err := s.command(context.Background(), "postgres", args...)
	if err != nil {
		return err
	}
	log, err := os.OpenFile(s.log(), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	defer log.Close()
	cmd.Stdout, cmd.Stderr = log, log
	// A test process that is killed takes its server with it, by an immediate shutdown.
	cmd.SysProcAttr.Pdeathsig = syscall.SIGQUIT
	started, ended := make(chan error), make(chan struct{})
	go func() {
		runtime.LockOSThread() // whose end the signal tells, not the process's
		err := cmd.Start()
		started <- err
		if err == nil {
			_ = cmd.Wait()
		}
		close(ended)
	}()
	if err := <-started; err != nil {
		return err
	}
	s.process, s.ended = cmd.Process, ended
	if err := s.ready(); err != nil {
		return errors.Join(err, s.stop())
	}
	return nil
}

func (s *server) log() string { return filepath.Join(s.folder, "log") }

// ready waits until the server says of itself that it takes connections.
func (s *server) ready() error {
	for range 6000 {
		text, _ := os.ReadFile(filepath.Join(s.data(), "postmaster.pid"))
		lines := strings.Split(string(text), "\n")
		if len(lines) > 7 && lines[0] == strconv.Itoa(s.process.Pid) && strings.TrimSpace(lines[7]) == "ready" {
			return nil
		}
		select {
		case <-s.ended:
			return fmt.Errorf("PostgreSQL did not start: %s", s.lastWords())
		case <-time.After(10 * time.Millisecond):
		}
	}
	return fmt.Errorf("PostgreSQL is not ready after a minute: %s", s.lastWords())
}

func (s *server) lastWords() []byte {
	text, err := os.ReadFile(s.log())
	if err != nil {
		return []byte(err.Error())
	}
	return text[max(0, len(text)-2000):]
}

func (s *server) runs() bool {
	if s.process == nil {
		return false
	}
	select {
	case <-s.ended:
		return false
	default:
		return true
	}
}

// stop ends the server by an immediate shutdown: its connections are closed, and nothing is finished.
func (s *server) stop() error {
	if !s.runs() {
		return nil
	}
	if err := s.process.Signal(syscall.SIGQUIT); err != nil && !errors.Is(err, os.ErrProcessDone) {
		return err
	}
	select {
	case <-s.ended:
		return nil
	case <-time.After(10 * time.Second):
		return errors.Join(errors.New("PostgreSQL did not stop"), s.kill())
	}
}

// kill ends all processes of the server at once. The first is halted before, so that it makes no new ones.
func (s *server) kill() error {
	if !s.runs() {
		return nil
	}
	if err := s.process.Signal(syscall.SIGSTOP); err != nil {
		return err
	}
	children, err := childrenOf(s.process.Pid)
	for _, pid := range children {
		_ = syscall.Kill(pid, syscall.SIGKILL)
	}
	err = errors.Join(err, s.process.Kill())
	<-s.ended
	for _, pid := range children {
		for lives(pid) {
			time.Sleep(time.Millisecond)
		}
	}
	return err
}

func (s *server) remove() error {
	err := os.RemoveAll(s.folder)
	if s.lock != nil {
		err = errors.Join(err, s.lock.Close())
	}
	return err
}

// stat returns the state of a process and the number of its parent.
func stat(pid int) (state string, parent int, ok bool) {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return "", 0, false
	}
	fields := strings.Fields(string(text[bytes.LastIndexByte(text, ')')+1:]))
	if len(fields) < 2 {
		return "", 0, false
	}
	parent, err = strconv.Atoi(fields[1])
	return fields[0], parent, err == nil
}

func lives(pid int) bool {
	state, _, ok := stat(pid)
	return ok && state != "Z" && state != "X"
}

func childrenOf(pid int) (children []int, err error) {
	all, err := os.ReadDir("/proc")
	for _, e := range all {
		child, err := strconv.Atoi(e.Name())
		if err != nil {
			continue
		}
		if _, parent, ok := stat(child); ok && parent == pid {
			children = append(children, child)
		}
	}
	return children, err
}
