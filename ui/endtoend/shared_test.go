package endtoend

import (
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"courtkiosk/payment/postgres/postgrestest"
	"courtkiosk/payment/wechatsim"
)

// share turns an installation into machine 03 of several whose ledger is in one PostgreSQL database, and returns the
// others, which begin without a ledger of their own.
func (s *site) share(t *testing.T, ids ...string) (others []*site) {
	t.Helper()
	dsn := postgrestest.New(t)
	s.write("dsn", dsn)
	s.write("owner.dsn", postgrestest.Owner(t, dsn))
	s.command("ledger", "migrate", "--dsn-file", filepath.Join(s.dir, "owner.dsn"), "--role", "courtkiosk")
	text, err := os.ReadFile(s.config)
	if err == nil {
		err = os.Remove(filepath.Join(s.dir, "ledger.db")) // which has never had an order
	}
	if err != nil {
		t.Fatal(err)
	}
	page := func() string { return fmt.Sprintf("[clerk]\nlisten = \"127.0.0.1:%d\"\n", freePort(t)) }
	first := strings.Replace(string(text), `backups = "backups"`, `dsn_file = "dsn"`, 1)
	s.write("config.toml", first+page())
	for _, id := range ids {
		o := *s
		o.config, o.receipts = filepath.Join(s.dir, id+".toml"), s.receipts+id
		s.write(id+".toml", strings.NewReplacer(`id = "03"`, fmt.Sprintf("id = %q", id),
			`"ledger.db"`, fmt.Sprintf("%q", id+"/ledger.db"), s.receipts, o.receipts).Replace(first)+page())
		if err := os.MkdirAll(filepath.Join(s.dir, id), 0o700); err != nil {
			t.Fatal(err)
		}
		o.command("bills", "import", filepath.Join(s.dir, "bills.csv"))
		others = append(others, &o)
	}
	return others
}

func (s *site) write(name, text string) {
	s.t.Helper()
	if err := os.WriteFile(filepath.Join(s.dir, name), []byte(text), 0o600); err != nil {
		s.t.Fatal(err)
	}
}

// A process of an installation, until it is killed or its test ends.
type process struct {
	*exec.Cmd
	said *voice
}

func (s *site) process(args ...string) *process {
	s.t.Helper()
	p := &process{exec.Command(s.by, append(args, "--config", s.config)...), &voice{}}
	p.Stdout, p.Stderr = p.said, p.said
	if err := p.Start(); err != nil {
		s.t.Fatal(err)
	}
	s.t.Cleanup(func() {
		p.kill()
		if s.t.Failed() {
			s.t.Logf("courtkiosk %v:\n%s", args, p.said)
		}
	})
	return p
}

// kill ends it as kill -9 does.
func (p *process) kill() {
	if p.ProcessState == nil {
		_ = p.Process.Kill()
		_ = p.Wait()
	}
}

// server is a machine without a window that serves commands.
func (s *site) server() *process {
	s.t.Helper()
	p := s.process("server")
	eventually(s.t, "the server", func() bool { return strings.Contains(p.said.String(), "server ready") })
	return p
}

// told is what a command line of the installation tells of an order.
func (s *site) told(no string) (o known) {
	s.t.Helper()
	var all []known
	if err := json.Unmarshal([]byte(s.command("orders", "list", "-n", "1000", "--json")), &all); err != nil {
		s.t.Fatal(err)
	}
	for _, o := range all {
		if o.No == no {
			return o
		}
	}
	return o
}

// Three machines have one ledger, on a real PostgreSQL. A server follows one order, a plain command at a machine that
// has no server another one; both are killed (kill -9) while their codes can be paid, and paid after it. The machine
// that is left takes the orders over after their leases. Each is paid once, and four who print its receipt at two
// machines at once make one original.
func TestFollowerIsKilled(t *testing.T) {
	a := newSite(t, filepath.Join(t.TempDir(), "receipts"))
	others := a.share(t, "04", "05")
	b, c := others[0], others[1]
	a.server()
	pays := func(s *site, serial string) *process {
		return s.process("pay", fmt.Sprintf("%d京0101民初%s", thisYear(), serial), "--yes")
	}
	served := b.server()
	pays(b, "12345")
	alone := pays(c, "12347")
	payable := func() (list []wechatsim.Order) {
		for _, o := range a.sim.Orders() {
			if o.State == wechatsim.NotPaid && o.CodeURL != "" && a.told(o.No).State == "waiting" {
				list = append(list, o)
			}
		}
		return list
	}
	eventually(t, "two codes", func() bool { return len(payable()) == 2 })
	orders := payable()
	served.kill()
	alone.kill()
	died := time.Now()
	for _, o := range orders {
		if err := a.sim.Pay(o.No); err != nil {
			t.Fatal(err)
		}
	}
	for _, o := range orders {
		eventually(t, "the payment in the ledger", func() bool { return a.told(o.No).State == "paid" })
	}
	t.Logf("taken over and settled %v after the kill", time.Since(died).Round(100*time.Millisecond))

	b.server()
	for _, o := range orders {
		if got := b.told(o.No); got.State != "paid" || got.Paid != o.Total {
			t.Errorf("another machine tells of %+v", got)
		}
		a.printsOnce(b, o)
	}
	for _, o := range a.sim.Orders() {
		if o.State != wechatsim.Success {
			t.Errorf("WeChat has %s beside the two, %s", o.No, o.State)
		}
	}
	if n := len(a.sim.Orders()); n != 2 {
		t.Errorf("WeChat has %d orders of two bills", n)
	}
	if text := a.command("ledger", "check"); !strings.Contains(text, "sound") {
		t.Errorf("the ledger after all that:\n%s", text)
	}
}

// printsOnce has four print an order's receipt at once, at two machines.
func (s *site) printsOnce(other *site, o wechatsim.Order) {
	s.t.Helper()
	files := func() []string { return append(pdfs(s.t, s.receipts), pdfs(s.t, other.receipts)...) }
	before := files()
	var all sync.WaitGroup
	for _, at := range []*site{s, other, s, other} {
		all.Go(func() { // one of them at a time has it in hand; the others are told so, or print a copy after it
			_ = exec.Command(at.by, "receipt", "print", o.No, "--config", at.config).Run()
		})
	}
	all.Wait()
	originals, copies := 0, 0
	for _, file := range files() {
		switch {
		case slices.Contains(before, file):
		case strings.Contains(file, "-copy"):
			copies++
		default:
			originals++
		}
	}
	if s.t.Logf("%s: %d original, %d copies", o.No, originals, copies); originals != 1 {
		s.t.Errorf("%d originals of one receipt", originals)
	}
}
