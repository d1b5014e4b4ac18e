package console_test

import (
	"archive/zip"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"courtkiosk/app"
	"courtkiosk/payment/wechatsim"
)

// awaitLimit is how long a script waits for anything.
const awaitLimit = 30 * time.Second

type worldKey struct{}

// A world is what one script has around the program.
type world struct {
	sim       *wechatsim.Sim
	processes map[string]*process
	browsers  map[string]*http.Client
	inside    []app.Option // of a world whose command lines all run in this process; nil where each has its own
}

// setup makes the world of a script; inside returns what its command lines are given when they run in this process.
func setup(inside func() []app.Option) func(*testscript.Env) error {
	return func(env *testscript.Env) error {
		env.Values[worldKey{}] = &world{
			processes: make(map[string]*process), browsers: make(map[string]*http.Client), inside: inside(),
		}
		return nil
	}
}

func worldOf(ts *testscript.TestScript) *world { return ts.Value(worldKey{}).(*world) }

// A process is a courtkiosk in the background.
type process struct {
	signal func(os.Signal) error
	ended  chan struct{}
	exit   int // once it has ended

	mu          sync.Mutex
	out, stderr bytes.Buffer
	more        chan struct{} // closed and replaced at new output
}

type pipe struct {
	*process
	into *bytes.Buffer
}

func (p pipe) Write(b []byte) (int, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.into.Write(b)
	close(p.more)
	p.more = make(chan struct{})
	return len(b), nil
}

func (p *process) said() (text string, more <-chan struct{}) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.out.String() + p.stderr.String(), p.more
}

// await returns the first match of pattern in what the process says.
func (p *process) await(ts *testscript.TestScript, pattern string) []string {
	re, err := regexp.Compile(pattern)
	ts.Check(err)
	limit := time.After(awaitLimit)
	for {
		text, more := p.said()
		if m := re.FindStringSubmatch(text); m != nil {
			return m
		}
		select {
		case <-more:
		case <-p.ended:
			if text, _ := p.said(); !re.MatchString(text) {
				ts.Fatalf("it ended without saying %q:\n%s", pattern, text)
			}
		case <-limit:
			ts.Fatalf("it does not say %q:\n%s", pattern, text)
		}
	}
}

func named(ts *testscript.TestScript, name string) *process {
	p := worldOf(ts).processes[name]
	if p == nil {
		ts.Fatalf("nothing was started as %s", name)
	}
	return p
}

// start NAME [-say TEXT | -wait] ARG...: runs courtkiosk in the background, with TEXT typed or with a person who
// thinks.
func cmdStart(ts *testscript.TestScript, _ bool, args []string) {
	name, args := args[0], args[1:]
	var typed io.Reader
	switch args[0] {
	case "-say":
		typed, args = strings.NewReader(args[1]+"\n"), args[2:]
	case "-wait":
		r, w, err := os.Pipe()
		ts.Check(err)
		ts.Defer(func() { _, _ = r.Close(), w.Close() })
		typed, args = r, args[1:]
	}
	p := &process{ended: make(chan struct{}), more: make(chan struct{})}
	if w := worldOf(ts); w.inside != nil {
		p.startInside(ts, typed, args)
	} else {
		p.start(ts, typed, args)
	}
	worldOf(ts).processes[name] = p
}

func (p *process) start(ts *testscript.TestScript, typed io.Reader, args []string) {
	path, err := exec.LookPath("courtkiosk")
	ts.Check(err)
	cmd := exec.Command(path, args...)
	cmd.Dir = ts.Getenv("WORK")
	cmd.Env = append(os.Environ(), "TMPDIR="+ts.Getenv("TMPDIR"))
	cmd.Stdin = typed
	cmd.Stdout, cmd.Stderr = pipe{p, &p.out}, pipe{p, &p.stderr}
	ts.Check(cmd.Start())
	p.signal = cmd.Process.Signal
	go func() {
		_ = cmd.Wait() // the exit code tells how
		p.exit = cmd.ProcessState.ExitCode()
		close(p.ended)
	}()
	ts.Defer(func() { _ = cmd.Process.Kill(); <-p.ended })
}

// await NAME PATTERN: until the process has said it. Groups with a name are kept in the environment under it.
func cmdAwait(ts *testscript.TestScript, _ bool, args []string) {
	found := named(ts, args[0]).await(ts, args[1])
	keep(ts, regexp.MustCompile(args[1]), found)
}

// keep PATTERN: in what the last command has printed; groups with a name are kept in the environment under it.
func cmdKeep(ts *testscript.TestScript, _ bool, args []string) {
	re := regexp.MustCompile(args[0])
	found := re.FindStringSubmatch(ts.ReadFile("stdout"))
	if found == nil {
		ts.Fatalf("it does not say %q", args[0])
	}
	keep(ts, re, found)
}

func keep(ts *testscript.TestScript, re *regexp.Regexp, found []string) {
	for i, name := range re.SubexpNames() {
		if name != "" {
			ts.Setenv(name, found[i])
		}
	}
}

// busy FILE: writes a workbook that is within the budget of a reading and takes many seconds of it.
func cmdBusy(ts *testscript.TestScript, _ bool, args []string) {
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	w, err := z.Create("xl/worksheets/sheet1.xml")
	ts.Check(err)
	_, err = io.WriteString(w, "<worksheet><sheetData>")
	ts.Check(err)
	row := []byte("<row>" + strings.Repeat("<c><v>1</v></c>", 39) + "</row>")
	for range 7_000_000 / 80 {
		_, err = w.Write(row)
		ts.Check(err)
	}
	_, err = io.WriteString(w, "</sheetData></worksheet>")
	ts.Check(errors.Join(err, z.Close(), os.WriteFile(ts.MkAbs(args[0]), b.Bytes(), 0o600)))
}

// signal NAME INT|TERM|KILL
func cmdSignal(ts *testscript.TestScript, _ bool, args []string) {
	signals := map[string]os.Signal{"INT": os.Interrupt, "TERM": syscall.SIGTERM, "KILL": os.Kill}
	ts.Check(named(ts, args[0]).signal(signals[args[1]]))
}

// ended NAME CODE [LIMIT]: waits for the end of a process; its output is then looked at with stdout and stderr.
func cmdEnded(ts *testscript.TestScript, _ bool, args []string) {
	p, limit := named(ts, args[0]), awaitLimit
	if len(args) > 2 {
		var err error
		limit, err = time.ParseDuration(args[2])
		ts.Check(err)
	}
	select {
	case <-p.ended:
	case <-time.After(limit):
		text, _ := p.said()
		ts.Fatalf("it does not end:\n%s", text)
	}
	_, err := io.WriteString(ts.Stdout(), p.out.String())
	ts.Check(err)
	_, err = io.WriteString(ts.Stderr(), p.stderr.String())
	ts.Check(err)
	if strconv.Itoa(p.exit) != args[1] {
		ts.Fatalf("exit %d, want %s", p.exit, args[1])
	}
}

// status CODE PROGRAM ARG...: runs to the end and looks at the exit code.
func cmdStatus(ts *testscript.TestScript, _ bool, args []string) {
	got := 0
	if w := worldOf(ts); w.inside != nil {
		got = w.runInside(ts, args[2:])
	} else if err := ts.Exec(args[1], args[2:]...); err != nil {
		failed, ok := errors.AsType[*exec.ExitError](err)
		if !ok {
			ts.Fatalf("%v", err)
		}
		got = failed.ExitCode()
	}
	if strconv.Itoa(got) != args[0] {
		ts.Fatalf("exit %d, want %s", got, args[0])
	}
}

var codeURL = `(http://127\.0\.0\.1:\d+/phone/)([A-Z2-7]{32})`

// phone NAME [BUTTON]: scans the code that the process shows and touches a button of the phone's page.
func cmdPhone(ts *testscript.TestScript, _ bool, args []string) {
	m := named(ts, args[0]).await(ts, codeURL)
	press := "pay"
	if len(args) > 1 {
		press = args[1]
	}
	r, err := http.PostForm(m[0], url.Values{"press": {press}})
	ts.Check(err)
	defer r.Body.Close()
	page, err := io.ReadAll(r.Body)
	ts.Check(err)
	if r.StatusCode != http.StatusOK || press == "pay" && !strings.Contains(string(page), "支付成功") {
		ts.Fatalf("the phone says %s:\n%s", r.Status, page)
	}
	ts.Setenv("ORDER", m[2])
}

// refund: the court gives the order back that was paid last, in WeChat's own pages.
func cmdRefund(ts *testscript.TestScript, _ bool, _ []string) {
	ts.Check(worldOf(ts).sim.RefundOutside(ts.Getenv("ORDER")))
}

// mode FILE MODE: the permissions of a file.
func cmdMode(ts *testscript.TestScript, _ bool, args []string) {
	info, err := os.Stat(ts.MkAbs(args[0]))
	ts.Check(err)
	if got := fmt.Sprintf("%o", info.Mode().Perm()); got != args[1] {
		ts.Fatalf("mode %s, want %s", got, args[1])
	}
}

// port [-hold]: a free port of this machine is kept in the environment as PORT; held, somebody else listens there.
func cmdPort(ts *testscript.TestScript, _ bool, args []string) {
	l, err := (&net.ListenConfig{}).Listen(context.Background(), "tcp", ":0")
	ts.Check(err)
	_, port, err := net.SplitHostPort(l.Addr().String())
	ts.Check(err)
	ts.Setenv("PORT", port)
	if len(args) > 0 {
		ts.Defer(func() { _ = l.Close() })
		return
	}
	ts.Check(l.Close())
}

// hang FILE: a process that holds the socket and says nothing.
func cmdHang(ts *testscript.TestScript, _ bool, args []string) {
	l, err := (&net.ListenConfig{}).Listen(context.Background(), "unix", ts.MkAbs(args[0]))
	ts.Check(err)
	ts.Defer(func() { _ = l.Close() })
}
