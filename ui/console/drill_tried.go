package console

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"sync"
	"syscall"
	"time"

	"courtkiosk/app/drill"
	"courtkiosk/payment"
	"courtkiosk/payment/durable"
)

// A tried program is a process of this one, by the drill's configuration.
type tried struct {
	process *exec.Cmd
	log     *os.File
	ended   chan struct{}
}

// startWithin is how long the tried program may take to serve its socket.
const startWithin = 30 * time.Second

// start starts the tried program, on what the last one has left.
func (d *drilling) start(ctx context.Context) error {
	self := d.Self
	if self == "" {
		self = "/proc/self/exe"
	}
	path := filepath.Join(d.dir, fmt.Sprintf("log-%s.json", time.Now().Format("150405.000")))
	log, err := durable.Make(path, 0o600)
	if err != nil {
		return err
	}
	t := &tried{process: exec.Command(self, "kiosk", "--no-window", "--config", d.file()), log: log,
		ended: make(chan struct{})}
	t.process.Args[0] = "courtkiosk"
	t.process.Stderr = log
	// Ctrl-C is for the drill, which still has to close its order; without the drill nobody would end it.
	t.process.SysProcAttr = &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGTERM}
	t.process.Env = append(os.Environ(), "NOTIFY_SOCKET=") // no service manager hears of it
	if err := t.process.Start(); err != nil {
		return errors.Join(err, log.Close())
	}
	go func() {
		_ = t.process.Wait() // how it ended its log says
		close(t.ended)
	}()
	d.tried = t
	for end := time.Now().Add(startWithin); ; {
		if conn, err := reach(d.conf.SocketFile()); err == nil {
			err = greeted(conn, json.NewDecoder(conn))
			if err = errors.Join(err, conn.Close()); err == nil {
				return nil
			}
		}
		select {
		case <-t.ended:
			return fmt.Errorf("the tried program has ended by itself; %s says why", path)
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(100 * time.Millisecond):
		}
		if time.Now().After(end) {
			return fmt.Errorf("the tried program does not answer; see %s", path)
		}
	}
}

// kill pulls the tried program's plug.
func (t *tried) kill() error {
	err := t.process.Process.Kill()
	<-t.ended
	return errors.Join(err, t.log.Close())
}

// end ends the tried program in order.
func (t *tried) end() error {
	select {
	case <-t.ended: // it was killed
		return nil
	default:
	}
	_ = t.process.Process.Signal(syscall.SIGTERM)
	select {
	case <-t.ended:
		return t.log.Close()
	case <-time.After(15 * time.Second):
		return t.kill()
	}
}

// asked has the tried program serve a command line; what it prints goes to out, what it says into the drill's log.
func (d *drilling) asked(ctx context.Context, out io.Writer, args ...string) error {
	if out == nil {
		out = io.Discard
	}
	asking := &call{Env: d.Env, lang: d.lang}
	var said bytes.Buffer
	asking.Args, asking.Stdout, asking.Stderr = args, out, &said
	if args[0] == "bills" && args[1] == "import" { // a file is read here
		text, err := durable.ReadFile(args[2])
		if err != nil {
			return err
		}
		asking.input = text
	}
	err := asking.forward(ctx, d.conf.SocketFile())
	if _, ok := errors.AsType[servedError](err); ok {
		return fmt.Errorf("courtkiosk %s: %w: %s", args[0], err, bytes.TrimSpace(said.Bytes()))
	}
	return err
}

// told is asked, of what is printed as JSON.
func (d *drilling) told(ctx context.Context, into any, args ...string) error {
	var out bytes.Buffer
	if err := d.asked(ctx, &out, append(args, "--json")...); err != nil && out.Len() == 0 {
		return err
	}
	return json.Unmarshal(out.Bytes(), into)
}

// An event is a step of a payment, as pay prints it.
type event struct {
	Event string
	Data  json.RawMessage
}

// A paidBy is one pay command at the tried program.
type paidBy struct {
	events chan event
	kept   []event // that were taken, and not looked at
	err    error   // once events is closed
	stop   context.CancelFunc
	until  time.Time // the code can be paid
}

// pays begins to pay an act's bill.
func (d *drilling) pays(ctx context.Context, act drill.Act) (*paidBy, error) {
	number := drill.Case(d.conf, d.report.Begun)
	var list []dueData
	if err := d.told(ctx, &list, "bills", "list", number); err != nil {
		return nil, err
	}
	i := slices.IndexFunc(list, func(b dueData) bool {
		return b.Notice == drill.Notice(d.report.Name, d.conf, act)
	})
	if i < 0 {
		return nil, errors.New("the drill's bill is not in its list")
	}
	ctx, stop := context.WithCancel(ctx)
	p := &paidBy{events: make(chan event, 10), stop: stop}
	from, to := io.Pipe()
	var both sync.WaitGroup
	both.Go(func() {
		lines := json.NewDecoder(from)
		for {
			var e event
			if lines.Decode(&e) != nil {
				_, _ = io.Copy(io.Discard, from)
				return
			}
			p.events <- e
		}
	})
	go func() {
		err := d.asked(ctx, to, "pay", number, "--bill", list[i].ID, "--yes", "--json")
		_ = to.Close()
		both.Wait()
		p.err = err
		close(p.events)
	}()
	return p, nil
}

// entries are the orders of an act's bill in the tried program's ledger, and how its receipt stands.
func (d *drilling) entries(ctx context.Context, orders []string) (list []drill.Entry, receipt payment.EffectState,
	err error,
) {
	for _, no := range orders {
		var h history
		if err := d.told(ctx, &h, "orders", "show", no); err != nil {
			return nil, "", err
		}
		e := drill.Entry{No: h.No, State: h.State, Paid: h.PaidFen, Transaction: h.Transaction}
		for _, a := range h.Audit {
			if a.To == payment.Paid && a.From != payment.Paid {
				e.Bookings++
			}
		}
		for _, w := range h.Effects {
			if w.Kind == "receipt" {
				receipt = w.State
			}
		}
		list = append(list, e)
	}
	return list, receipt, nil
}
