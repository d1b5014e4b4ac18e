package endtoend

import (
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"courtkiosk/assets"
	"courtkiosk/payment/postgres/postgrestest"
	"courtkiosk/payment/wechatsim"
)

// shared turns an installation into two machines, 03 and 04, whose ledger is in one PostgreSQL database.
func (s *site) shared(t *testing.T) (other *site) {
	t.Helper()
	dsn := postgrestest.New(s.t)
	write := func(path, text string) {
		if err := os.WriteFile(filepath.Join(s.dir, path), []byte(text), 0o600); err != nil {
			s.t.Fatal(err)
		}
	}
	write("dsn", dsn)
	write("owner.dsn", postgrestest.Owner(s.t, dsn))
	said, err := exec.Command(s.by, "ledger", "migrate", "--dsn-file", filepath.Join(s.dir, "owner.dsn"), "--role",
		"courtkiosk").CombinedOutput()
	if err != nil {
		s.t.Fatalf("ledger migrate: %v\n%s", err, said)
	}
	text, err := os.ReadFile(s.config)
	if err != nil {
		s.t.Fatal(err)
	}
	first := strings.Replace(string(text), `backups = "backups"`, `dsn_file = "dsn"`, 1)
	page := func() string { return fmt.Sprintf("[clerk]\nlisten = \"127.0.0.1:%d\"\n", freePort(t)) }
	write("config.toml", first+page())
	two := *s
	two.config, two.receipts = filepath.Join(s.dir, "other.toml"), s.receipts+"-other"
	second := strings.NewReplacer(`id = "03"`, `id = "04"`, `"ledger.db"`, `"other/ledger.db"`, s.receipts, two.receipts).
		Replace(first)
	write("other.toml", second+page())
	if err := os.MkdirAll(filepath.Join(s.dir, "other"), 0o700); err != nil {
		s.t.Fatal(err)
	}
	write("bills.csv", string(assets.SampleBillsOf(thisYear())))
	two.command("bills", "import", filepath.Join(s.dir, "bills.csv"))
	return &two
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

// Two processes have one ledger, on a real PostgreSQL. The one that follows an order is killed (kill -9) while its code
// is on the screen; the payer pays; the other one takes the order over after its lease. It is paid once, and both print
// its receipt at once: one original.
func TestFollowerIsKilled(t *testing.T) {
	a := newSite(t, filepath.Join(t.TempDir(), "receipts"))
	b := a.shared(t)
	a.server()
	for name, follow := range map[string]func(serial string) (dies *process){
		"a server": func(serial string) *process {
			s := b.server()
			b.process("pay", fmt.Sprintf("%d京0101民初%s", thisYear(), serial), "--yes")
			return s
		},
		"a command": func(serial string) *process {
			return b.process("pay", fmt.Sprintf("%d京0101民初%s", thisYear(), serial), "--yes")
		},
	} {
		t.Run(name, func(t *testing.T) {
			serial := map[string]string{"a server": "12345", "a command": "12347"}[name]
			dies := follow(serial)
			var o wechatsim.Order
			eventually(t, "a code", func() bool {
				for _, o = range a.sim.Orders() {
					if o.State == wechatsim.NotPaid && o.CodeURL != "" {
						return true
					}
				}
				return false
			})
			eventually(t, "an order that waits", func() bool { return a.told(o.No).State == "waiting" })
			dies.kill()
			if err := a.sim.Pay(o.No); err != nil {
				t.Fatal(err)
			}
			died := time.Now()
			eventually(t, "the payment in the ledger", func() bool { return a.told(o.No).State == "paid" })
			t.Logf("taken over and settled %v after the kill", time.Since(died).Round(100*time.Millisecond))

			again := b.server()
			defer again.kill()
			if got := b.told(o.No); got.State != "paid" || got.Paid != o.Total {
				t.Errorf("the other machine tells of %+v", got)
			}
			var both sync.WaitGroup
			for _, s := range []*site{a, b, a, b} {
				both.Go(func() { // one of them at a time has it in hand; the others are told so
					_ = exec.Command(s.by, "receipt", "print", o.No, "--config", s.config).Run()
				})
			}
			both.Wait()
			originals, copies := 0, 0
			for _, file := range append(pdfs(t, a.receipts), pdfs(t, b.receipts)...) {
				if !strings.Contains(pdfText(t, file), serial) {
					continue
				}
				if strings.Contains(file, "-copy") {
					copies++
				} else {
					originals++
				}
			}
			if originals != 1 {
				t.Errorf("%d originals of one receipt, and %d copies", originals, copies)
			}
			paid := 0
			for _, other := range a.sim.Orders() {
				if other.Description == o.Description && other.State != wechatsim.Closed {
					paid++
				}
			}
			if paid != 1 {
				t.Errorf("WeChat has %d orders of the bill that are paid or can be", paid)
			}
		})
	}
	if text := a.command("ledger", "check"); !strings.Contains(text, "sound") {
		t.Errorf("the ledger after all that:\n%s", text)
	}
}
